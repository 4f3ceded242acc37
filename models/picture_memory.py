"""Which pictures a model's server could not read: they are not shown to that model again, so that one bad picture spoils one turn. Pure."""

from collections.abc import Collection, Iterable
from typing import Final

from msgspec.structs import replace

from messages.enclosure import Problem
from messages.turn import TurnTaken, Utterance
from models.entries import Picture

REMEMBERED_MAX: Final = 10_000
"""So many pictures are remembered, the newest ones, for as long as the process lives."""


class PictureMemory:
    """Remembers for each picture and model whether the model's server took it."""

    def __init__(self) -> None:
        self._took: dict[tuple[str, str], bool] = {}

    def took(self, model: str, pictures: Iterable[Picture]) -> None:
        """Remember that the server took these pictures."""
        self._remember(model, pictures, is_good=True)

    def refused(self, model: str, pictures: Collection[Picture]) -> None:
        """Remember that the server could not read one of these. It is one that the server never took before, if there is any."""
        new = [picture for picture in pictures if (model, picture.stored) not in self._took]
        self._remember(model, new or pictures, is_good=False)

    def without_refused(self, turn: TurnTaken, model: str) -> TurnTaken:
        """Return the turn with a problem at each picture that this model's server could not read."""
        refused = {stored for (name, stored), is_good in self._took.items() if name == model and not is_good}
        return with_problem(turn, refused, "picture_refused")

    def _remember(self, model: str, pictures: Iterable[Picture], *, is_good: bool) -> None:
        for picture in pictures:
            self._took.pop((model, picture.stored), None)
            self._took[model, picture.stored] = is_good
        while len(self._took) > REMEMBERED_MAX:
            del self._took[next(iter(self._took))]


def with_problem(turn: TurnTaken, stored: Collection[str], problem: Problem) -> TurnTaken:
    """Return the turn with this problem at each of the files that are stored under these names."""

    def marked(said: Utterance) -> Utterance:
        if not any(enclosed.stored in stored for enclosed in said.enclosures):
            return said
        enclosures = tuple(
            replace(enclosed, problem=problem) if enclosed.stored in stored else enclosed
            for enclosed in said.enclosures
        )
        return replace(said, enclosures=enclosures)

    if not stored:
        return turn
    return replace(turn, question=marked(turn.question), history=tuple(marked(said) for said in turn.history))
