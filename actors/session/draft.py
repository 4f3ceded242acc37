"""The draft of the answer that streams, and when to save it. Pure."""

from typing import Final

CHECKPOINT_S: Final = 1.0
CHECKPOINT_CHARS: Final = 512
"""A process that is killed loses no more of a draft than what came in this time, or this many characters, whichever is less."""


class Draft:
    """The text of one attempt to answer, as far as it came."""

    def __init__(self, now_s: float) -> None:
        """Begin without text; `now_s` counts as the moment of the last checkpoint."""
        self.text = ""
        self._saved_chars = 0
        self._saved_at_s = now_s

    def grow(self, text: str) -> None:
        """Append what came."""
        self.text += text

    def checkpoint_due_s(self, now_s: float) -> float | None:
        """Return when the text must be saved, which may be `now_s`; None when all of it is saved."""
        unsaved = len(self.text) - self._saved_chars
        if unsaved <= 0:
            return None
        due_s = self._saved_at_s + CHECKPOINT_S
        return now_s if unsaved >= CHECKPOINT_CHARS or now_s >= due_s else due_s

    def saved(self, now_s: float) -> None:
        """Record that the text is being saved as it is now."""
        self._saved_chars, self._saved_at_s = len(self.text), now_s
