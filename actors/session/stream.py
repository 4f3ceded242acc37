"""What a model's stream brought that the session's core does not have yet. Pure."""

from typing import Final

from messages.session import DraftGrew
from messages.turn import TurnTaken

REASONING_CHARS_MAX: Final = 16_000
"""So much of what a model reasons is kept: ten minutes of it can be a hundred times as long, and nobody reads that."""


class Stream:
    """The stream of one attempt, and the text that came and that the core does not have yet."""

    def __init__(self, turn: TurnTaken) -> None:
        self.turn, self.attempt = turn.turn, turn.attempt
        self.pieces: list[str] = []
        self.begins_anew = False
        """Whether all text that was taken before is no part of the answer."""
        self.comes_whole = False
        """Whether what is still to come is handed over with the end."""
        self.is_thinking = False
        self.reasoning = ""
        """What the model wrote for itself, as far as it is kept."""
        self.thought_bytes = 0
        """How much of that there is in all, kept or not."""

    def think(self, text: str) -> None:
        """Append a piece of reasoning, as far as there is room for it."""
        self.thought_bytes += len(text.encode("utf-8", "replace"))
        self.reasoning += text[: max(0, REASONING_CHARS_MAX - len(self.reasoning))]

    def take_text(self) -> DraftGrew:
        """Return the text that waits, and empty the buffer."""
        grew = DraftGrew(turn=self.turn, attempt=self.attempt, text="".join(self.pieces), begins_anew=self.begins_anew)
        self.pieces.clear()
        self.begins_anew = False
        return grew

    def forget_text(self) -> None:
        """Forget all text so far, whether it was taken or waits: it is no part of the answer."""
        self.pieces.clear()
        self.begins_anew = True
