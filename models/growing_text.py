"""A text that comes in very many small pieces. Pure."""


class GrowingText:
    """Keeps what came of a text in little memory, as UTF-8. A further piece costs the same however long the text is."""

    __slots__ = ("_utf8", "chars")

    def __init__(self) -> None:
        self._utf8 = bytearray()
        self.chars = 0
        """How long the text is."""

    def __str__(self) -> str:
        return self._utf8.decode("utf-8", "surrogatepass")

    def append(self, piece: str) -> None:
        """Add what came."""
        self._utf8 += piece.encode("utf-8", "surrogatepass")
        self.chars += len(piece)
