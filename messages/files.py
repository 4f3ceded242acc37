"""A file, as it is attached to a message."""

from msgspec import Struct


class File(Struct, frozen=True, kw_only=True):
    """A file in memory: its name, with an ending that says what it is, and its bytes."""

    name: str
    content: bytes
