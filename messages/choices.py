"""How the model of a session is to answer: what its owner chose of what the model offers."""

from typing import Literal, get_args

from msgspec import Struct

Setting = Literal["effort", "size", "quality"]
"""What can be chosen for a session; the fields of `Choices` have the same names."""

SETTINGS: tuple[Setting, ...] = get_args(Setting)


class Choices(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was chosen for a session; "" where nothing was, and then the model's default holds.

    `effort` is how much a model reasons before it answers. `size` and `quality` are those of the pictures that a model draws. The
    session may have another model meanwhile, which does not offer what was chosen: `Model.asked` says what holds.
    """

    effort: str = ""
    size: str = ""
    quality: str = ""

    def of(self, setting: Setting) -> str:
        """Return what was chosen of this, or ""."""
        value: str = getattr(self, setting)
        return value
