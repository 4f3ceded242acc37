"""An answer that its server's gate holds: how much of it came, and how much was judged and let through. Pure."""

from typing import Final

JUDGE_EVERY_S: Final = 1.5
JUDGE_EVERY_CHARS: Final = 2_000
"""An answer that streams is judged again when so much time has passed, or so many characters came, since it was judged last."""

REASONING_CHARS_MAX: Final = 16_000
"""So much of what a model reasons is held back and judged; its session keeps no more."""


class Held:
    """An answer as far as it came, and how much of it was judged and let through."""

    def __init__(self, now_s: float) -> None:
        self.text = ""
        self.reasoning = ""
        self.bytes = 0
        """How long all that came is, in UTF-8, its reasoning included, kept or not."""
        self.held_bytes = 0
        """How much of it was not let through, which reasoning is at the end only."""
        self._thought_bytes = 0
        self._passed_chars = 0
        self._reasoning_judged_chars = 0
        self._judged_at_s = now_s

    @property
    def has_unjudged(self) -> bool:
        """Whether some of the text or of the reasoning was not judged yet."""
        return len(self.text) > self._passed_chars or len(self.reasoning) > self._reasoning_judged_chars

    def is_due(self, now_s: float) -> bool:
        """Whether the text is to be judged now, before more of it comes."""
        unjudged = len(self.text) - self._passed_chars
        return unjudged >= JUDGE_EVERY_CHARS or (unjudged > 0 and now_s - self._judged_at_s >= JUDGE_EVERY_S)

    def take_judged(self, now_s: float) -> str:
        """All that is held was judged: return what was not let through before."""
        text = self.text[self._passed_chars :]
        self.held_bytes = self._thought_bytes
        self._passed_chars, self._reasoning_judged_chars, self._judged_at_s = len(self.text), len(self.reasoning), now_s
        return text

    def drop(self) -> None:
        """All text so far is no part of the answer. Where it was reasoning, it comes again as such."""
        self.text, self._passed_chars = "", 0
        self.bytes = self.held_bytes = self._thought_bytes

    def write(self, text: str) -> None:
        """Hold a piece of the answer."""
        self.text += text
        self._came(text)

    def forget_reasoning(self) -> None:
        """Another request begins: what the one before has reasoned led to no answer."""
        self.reasoning = ""
        self.bytes, self.held_bytes = self.bytes - self._thought_bytes, self.held_bytes - self._thought_bytes
        self._thought_bytes = 0

    def _came(self, text: str) -> int:
        """Count what came, and return how many bytes it has."""
        came = len(text.encode("utf-8", "replace"))
        self.bytes, self.held_bytes = self.bytes + came, self.held_bytes + came
        return came

    def think(self, text: str) -> None:
        """Hold a piece of reasoning, as far as there is room for it."""
        self._thought_bytes += self._came(text)
        self.reasoning += text[: max(0, REASONING_CHARS_MAX - len(self.reasoning))]
