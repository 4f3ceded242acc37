"""A text that comes in very many small pieces. Pure."""

from typing import Final

PIECES_MAX: Final = 32
"""So many pieces are kept as they came, then they are joined: a string of four characters takes over fifty bytes."""


class GrowingText:
    """Keeps what came of a text in little memory. A further piece costs the same however long the text is."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._pieces: list[str] = []
        self.chars = 0
        """How long the text is."""

    def __str__(self) -> str:
        return "".join([*self._blocks, *self._pieces])

    def append(self, piece: str) -> None:
        """Add what came."""
        self._pieces.append(piece)
        self.chars += len(piece)
        if len(self._pieces) == PIECES_MAX:
            self._blocks.append("".join(self._pieces))
            self._pieces.clear()
