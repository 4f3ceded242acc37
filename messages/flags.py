"""What a server's moderation found in a turn."""

from msgspec import Struct


class Flags(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The categories that the moderation model flagged, such as `violence`, in the question and in the answer."""

    question: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything was flagged."""
        return bool(self.question or self.answer)
