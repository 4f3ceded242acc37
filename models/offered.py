"""What a model lets the owner of a session choose, and what holds where nothing is chosen. Pure."""

import re
from typing import Annotated, Final

from msgspec import Meta, Struct

from messages.choices import SETTINGS, Choices, Setting

DEFAULT: Final = "default"
"""Offered as an effort, a size or a quality: the API is told nothing, and its own default holds."""

CHOICES_MAX: Final = 25
"""A menu of Discord's holds no more options (Component reference, String select)."""

CHOICE_CHARS_MAX: Final = 40
"""An effort, a size or a quality has a name in front of it in menus."""

EFFORTS: Final = (DEFAULT, "none", "minimal", "low", "medium", "high", "xhigh", "max")
"""What an API can be told of how much to reason (OpenAI: API reference, Create a response, reasoning.effort)."""

_SIZE: Final = re.compile(r"default|auto|.*\d.*")
"""OpenAI's sizes are `auto` and those such as 1024x1024; other servers also take 2K or 16:9."""

Words = Annotated[tuple[str, ...], Meta(min_length=1)]
"""What can be chosen. A table of the TOML file that has the key has something in it."""


class Offered(Struct, frozen=True, kw_only=True):
    """What can be chosen: how much the model reasons; the size and the quality of the pictures that it draws.

    The first of each holds where nothing is chosen, or something that is not offered (any more). A model without efforts is never
    told how much to reason.
    """

    efforts: Words = ()
    sizes: Words = ()
    qualities: Words = ()

    def offered(self, setting: Setting) -> tuple[str, ...]:
        """Return what can be chosen of this; nothing where the model has no such choice."""
        match setting:
            case "effort":
                return self.efforts
            case "size":
                return self.sizes
            case "quality":
                return self.qualities

    def present(self, setting: Setting, choices: Choices) -> str:
        """Return which of the offered holds in a session: what was chosen if it is offered, else the first; "" where none is offered."""
        offered, chosen = self.offered(setting), choices.of(setting)
        return chosen if chosen in offered else next(iter(offered), "")

    def asked(self, choices: Choices) -> Choices:
        """Return what the API is asked for in a session; "" where it is told nothing."""
        present = {setting: self.present(setting, choices) for setting in SETTINGS}
        return Choices(**{setting: value for setting, value in present.items() if value != DEFAULT})


def check_offered(name: str, model: Offered) -> None:
    """Check what menus offer to choose.

    :raises ValueError: a sentence that names the key and the remedy
    """
    for key in ("efforts", "sizes", "qualities"):
        offered: tuple[str, ...] = getattr(model, key)
        if len(offered) > CHOICES_MAX:
            raise ValueError(
                f"models: {key} of '{name}' has {len(offered)} entries, and menus hold {CHOICES_MAX}. Remove some."
            )
        for one in offered:
            if not one.strip() or not one.isprintable() or len(one) > CHOICE_CHARS_MAX:
                raise ValueError(
                    f"models: {key} of '{name}' has an entry that is no word of at most {CHOICE_CHARS_MAX} characters."
                    " Write values that the API takes."
                )
            if offered.count(one) > 1:
                raise ValueError(f"models: {key} of '{name}' lists '{one}' twice. Remove one.")
    for one in model.efforts:
        if one not in EFFORTS:
            raise ValueError(f"models: efforts of '{name}' has '{one}'; it may have: {', '.join(EFFORTS)}.")
    for one in model.sizes:
        if not _SIZE.fullmatch(one):
            raise ValueError(
                f"models: sizes of '{name}' has '{one}', which is no size. Write sizes that the API takes, such as 1024x1024, or auto."
            )
