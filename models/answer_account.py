"""Keeps account of one answer: how much of its text counts, how it ended, what it used and cost. Pure."""

from typing import Final

from msgspec.structs import replace

from messages.turn import Reason
from models import costs
from models.catalogue import Model
from models.events import StreamFinished
from models.prompt import Prompt

ANSWER_CHARS_MAX: Final = 18_000
"""Nine or ten Discord messages of ordinary text, which is as much as anybody reads at once. *Continue* has more."""


class AnswerAccount:
    """The account of one answer, from the prompt on. It does not hold the prompt."""

    def __init__(self, prompt: Prompt, model: Model) -> None:
        self._model = model
        self._tokens_asked = costs.tokens_asked(prompt)
        self._output_tokens_max = prompt.output_tokens_max
        self._bytes = 0
        self.chars = 0
        """How many characters of the answer's text were counted."""
        self.is_full = False
        """Whether the answer became longer than it may be."""

    def add(self, text: str) -> str:
        """Count a piece of text, and return as much of it as the answer may still have."""
        piece = text[: ANSWER_CHARS_MAX - self.chars]
        self.chars += len(piece)
        self._bytes += len(piece.encode("utf-8", "replace"))
        self.is_full = len(piece) < len(text)
        return piece

    def settled(self, end: StreamFinished, *, has_begun: bool) -> StreamFinished:
        """Return the end with its final reason, and with what was used and cost, estimated where the model did not count.

        Nothing was used where no response had begun.
        """
        reason = self._reason(end)
        usage = None
        if has_begun:
            usage = costs.usage(
                end.usage, reason=reason, asked=self._tokens_asked, written=self._bytes, model=self._model
            )
        return replace(end, reason=reason, usage=usage)

    def _reason(self, end: StreamFinished) -> Reason:
        if end.reason != "complete":
            return end.reason
        # llama.cpp's server calls an answer "completed" that it cut at exactly the bound it was given.
        if end.usage is not None and end.usage.output_tokens == self._output_tokens_max:
            return "token_limit"
        return "complete" if self.chars or end.files else "no_text"
