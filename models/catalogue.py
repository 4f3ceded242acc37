"""The catalogue: the models that sessions can have."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from models.kind_traits import KIND_TRAITS
from models.model import KIND_NAMES, Model, check
from models.temperatures import ANY, Temperatures

SERVERS_FIRST: Final = "server-default"
"""The name of the model that a server lists first, whatever its name is there: new sessions have it where the operator named no
model, and go on when the server gets another one."""

_WAITING: Final = Model(
    name=SERVERS_FIRST,
    api="chat_completions",
    label="models.servers_first",
    description="models.not_reached",
    default=True,
)

MODELS_MAX: Final = 1_000
"""So many models of a server are known."""


class Learnt(NamedTuple):
    """What a server has taught: the models that it lists where the operator named none, when models end, which temperatures they take.

    `from_server` has the models by the names under which they are found, those of the menu, and the default.
    """

    from_server: tuple[Mapping[str, Model], tuple[Model, ...], Model] | None
    shutdowns: Mapping[str, dt.date]
    temperatures: Mapping[str, Temperatures]


class Catalogue:
    """The models by name, and which one new sessions start with."""

    def __init__(self, models: Sequence[Model] = ()) -> None:
        """Check the models. Without any, the catalogue waits for those that the server lists, which `learn` tells it.

        :raises ValueError: a sentence that names the key and the remedy
        """
        self.menu: tuple[Model, ...] = ()
        """The models that menus show, grouped by kind; within a kind in the order in which they are listed."""
        self._models: dict[str, Model] = {}
        self.listed = tuple(models)
        """The models as the operator, or the built-in list, has them."""
        self._ended: frozenset[str] = frozenset()
        self._shutdowns: dict[str, dt.date] = {}
        """When models end, as their server said."""
        self._temperatures: dict[str, Temperatures] = {}
        """Which temperatures models take, by name, where their servers refused some. Only models of the catalogue are in it."""
        self._set(tuple(models) or (_WAITING,))

    @property
    def is_waiting(self) -> bool:
        """Whether nothing is known yet of the server's models."""
        return self._models.get(SERVERS_FIRST) is _WAITING

    def learn(self, listed: Sequence[Model]) -> None:
        """Offer these models of the server, each with another name; the first that chats is the default.

        :raises StopIteration: none of them chats
        """
        self._set((_WAITING, *listed))
        first = replace(
            next(model for model in listed if model.kind == "chat"),
            description="models.first_listed",
        )
        self._models[SERVERS_FIRST] = first
        self.default = replace(first, name=SERVERS_FIRST, label=first.name, default=True)
        self.menu = (self.default, *(model for model in self.menu if model is not _WAITING))

    @property
    def learnt(self) -> Learnt:
        """What the server has taught; another catalogue can `inherit` it."""
        from_server = (self._models, self.menu, self.default) if SERVERS_FIRST in self._models else None
        return Learnt(from_server, self._shutdowns, self._temperatures)

    def inherit(self, learnt: Learnt, today: dt.date) -> None:
        """Know what another catalogue has learnt of the same server."""
        if self.is_waiting and learnt.from_server is not None:
            models, self.menu, self.default = learnt.from_server
            self._models = dict(models)
        self.learn_shutdowns(learnt.shutdowns, today)
        self._temperatures = {name: taken for name, taken in learnt.temperatures.items() if name in self._models}

    def _set(self, chosen: tuple[Model, ...]) -> None:
        self._models = {}
        for model in chosen:
            check(model)
            if model.name in self._models:
                raise ValueError(f"models: '{model.name}' is listed twice. Remove one.")
            self._models[model.name] = model
        self.menu = self._shown()
        if not self.menu:
            raise ValueError("models: no model is shown in menus. Leave menu = false away from at least one.")
        self.default = _default_of(chosen)

    def _shown(self) -> tuple[Model, ...]:
        """Return the models that menus are to show, grouped by kind."""
        return tuple(model for kind in KIND_NAMES for model in self if model.menu and model.kind == kind)

    def learn_shutdowns(self, dates: Mapping[str, dt.date], today: dt.date) -> None:
        """Note when models end, by their names. Menus do not show those that have ended by today, while any other is left.

        The models that a server lists are there as long as it lists them, so nothing is noted of them.
        """
        if SERVERS_FIRST in self._models:
            return
        self._shutdowns = {**self._shutdowns, **{name: dates[name] for name in self._models if name in dates}}
        for name, model in self._models.items():
            self._models[name] = replace(model, shutdown_date=dates.get(name, model.shutdown_date))
        self.default = self._models[self.default.name]
        self._ended = frozenset(
            name for name, model in self._models.items() if model.shutdown_date and model.shutdown_date <= today
        )
        shown = self._shown()
        self.menu = tuple(model for model in shown if model.name not in self._ended) or shown

    def learn_temperatures(self, name: str, taken: Temperatures) -> None:
        """Note which temperatures a listed model's server takes."""
        if taken != ANY and name in self._models:
            self._temperatures[name] = taken

    def takes_temperature(self, name: str, temperature: float) -> bool:
        """Return whether the model of that name takes this temperature, as far as is known."""
        model = self._models.get(name)
        if model is None:
            return True
        if not model.temperature or "temperature" in model.left_out:
            return False
        return self._temperatures.get(model.name, ANY).takes(temperature)

    def leave_ended_default(self) -> Model | None:
        """Have another model be the default where the default has ended, and return the one that was it; None where it has not.

        It is the first in the menu that chats. Where all of them have ended, the default stays what it is.
        """
        before = self.default
        others = (model for model in self.menu if model.kind == "chat" and not self.has_ended(model.name))
        other = next(others, None) if self.has_ended(before.name) else None
        self.default = other or before
        return before if other else None

    def has_ended(self, name: str) -> bool:
        """Return whether the model of that name has ended, as far as is known."""
        return name in self._ended

    def get(self, name: str) -> Model | None:
        """Return the model of that name, or None when it is not, or no longer, listed."""
        return self._models.get(name)

    @property
    def without_dialogue(self) -> frozenset[str]:
        """The names of the models to which each question stands alone."""
        return frozenset(model.name for model in self if not model.traits.dialogue)

    def carries_on(self, name: str) -> bool:
        """Return whether a model of that name can go on with an answer that stopped; also where no such model is known any more."""
        model = self._models.get(name)
        return model is None or model.traits.dialogue

    def offers(self, name: str) -> bool:
        """Return whether menus show a model of that name, so that people can choose it."""
        return any(model.name == name for model in self.menu)

    @property
    def has_kinds(self) -> bool:
        """Whether menus show models of more than one kind, so that people must see which is which."""
        return len({model.kind for model in self.menu}) > 1

    @property
    def speaks(self) -> bool:
        """Whether a model can read answers aloud that has not ended."""
        return any(model.kind == "speech" and not self.has_ended(model.name) for model in self)

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())


def _default_of(models: Sequence[Model]) -> Model:
    """Return the model that new sessions start with: the one that says so, else the first that chats, else the first that may be it.

    :raises ValueError: a sentence that names the key and the remedy
    """
    starting = ", ".join(kind for kind, traits in KIND_TRAITS.items() if traits.starts)
    defaults = [model for model in models if model.default]
    if len(defaults) > 1:
        raise ValueError(f"models: both '{defaults[0].name}' and '{defaults[1].name}' are the default. Choose one.")
    if defaults and not defaults[0].traits.starts:
        raise ValueError(
            f"models: '{defaults[0].name}' is the default, and models of the kind {defaults[0].kind} do not answer what people write."
            f" Write default = true at a model of one of these kinds: {starting}."
        )
    may_start = sorted((model for model in models if model.traits.starts), key=lambda model: model.kind != "chat")
    if not may_start:
        raise ValueError(
            f"models: none of them answers what people write, so no session can start."
            f" List a model of one of these kinds: {starting}."
        )
    return next(iter(defaults or may_start))
