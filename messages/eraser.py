"""The messages in the eraser's mailbox."""

from msgspec import Struct


class SomebodyToForget(Struct, frozen=True, kw_only=True, tag="somebody_to_forget"):
    """A person waits in the rows to be forgotten. From the panel, which had that committed."""


EraserMessage = SomebodyToForget
