"""A file, as it is attached to a message."""

from msgspec import Struct


class File(Struct, frozen=True, kw_only=True):
    """A file: its name, with an ending that says what it is, and its bytes.

    The bytes are in memory (`content`) or, of what a model made, on disk: then `stored` is its name in the folder of kept files, `size` how
    many bytes it has, and `media_type`, `width` and `height` what it is. `description` is read to those who cannot see a picture.
    """

    name: str
    content: bytes = b""
    stored: str = ""
    description: str = ""
    media_type: str = ""
    size: int = 0
    width: int = 0
    height: int = 0

    @property
    def length(self) -> int:
        """How many bytes it has, wherever they are."""
        return self.size if self.stored else len(self.content)
