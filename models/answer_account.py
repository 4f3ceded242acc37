"""Keeps account of one answer: how much of its text counts, how it ended, what it used and cost. Pure."""

from typing import Final

from msgspec.structs import replace

from messages.rates import tokens_in
from messages.turn import Reason
from messages.usage import Usage
from models.events import Piece, StreamFinished, TextDropped, Thought
from models.model import Model
from models.prices import cost_of
from models.prompt import Prompt
from models.tokens import tokens

ANSWER_CHARS_MAX: Final = 18_000
"""Nine or ten Discord messages of ordinary text, which is as much as anybody reads at once. *Continue* has more."""


class AnswerAccount:
    """Counts one answer's text while it streams, and says in the end what it used and cost. It does not hold the prompt."""

    def __init__(self, prompt: Prompt, model: Model) -> None:
        self._model = model
        self._tokens_asked = tokens_asked(prompt)
        self.output_tokens_max = prompt.output_tokens_max
        """How many tokens the answer may have, as the server was asked."""
        self._text_bytes = self._thought_bytes = 0
        self.chars = 0
        """How many characters of the answer's text were counted."""
        self.is_full = False
        """Whether the answer became longer than it may be."""

    def add(self, piece: Piece) -> Piece:
        """Count a piece, and return as much of it as the answer may still have: "" for a text that has no room."""
        match piece:
            case str():
                text = piece[: ANSWER_CHARS_MAX - self.chars]
                self.chars += len(text)
                self._text_bytes += len(text.encode("utf-8", "replace"))
                self.is_full = len(text) < len(piece)
                return text
            case Thought(text):
                self._thought_bytes += len(text.encode("utf-8", "replace"))
            case TextDropped():
                self.chars = self._text_bytes = 0  # it comes again, as reasoning or otherwise
        return piece

    def completed(self, end: StreamFinished, *, has_begun: bool) -> StreamFinished:
        """Return the end with its final reason, and with what was used and cost, estimated where the model did not count.

        Nothing was used where no response had begun.
        """
        reason = self._reason(end)
        usage = None
        if has_begun:
            written = self._text_bytes + self._thought_bytes
            usage = usage_of(end.usage, reason=reason, asked=self._tokens_asked, written=written, model=self._model)
        return replace(end, reason=reason, usage=usage)

    def _reason(self, end: StreamFinished) -> Reason:
        if end.reason != "complete":
            return end.reason
        # llama.cpp's server calls an answer "completed" that it cut at exactly the bound it was given.
        if end.usage is not None and end.usage.output_tokens == self.output_tokens_max:
            return "token_limit"
        return "complete" if self.chars or end.files else "no_text"


TOKENS_MAX: Final = 1_000_000_000
"""No answer uses more. A server that claims more, or a negative number, would spoil every sum."""

_COUNTS: Final = tuple(name for name, kind in Usage.__annotations__.items() if kind is int)
"""The fields of `Usage` that count something."""

_NOT_BEGUN: Final[frozenset[Reason]] = frozenset(
    (
        "wrong_key",
        "rate_limited",
        "quota_exhausted",
        "answer_too_dear",
        "model_unknown",
        "context_too_long",
        "bad_request",
        "not_verified",
        "wrong_address",
        "picture_refused",
    )
)
"""A server that ends like this before the first text has not asked the model."""


def usage_of(counted: Usage | None, *, reason: Reason, asked: int, written: int, model: Model) -> Usage | None:
    """Return what an answer used that ended for this reason, or None where nothing was used.

    `counted` is what the model counted, if it did. Else the usage is estimated, from `asked`, the prompt's tokens by
    `tokens_asked`, and `written`, the length of the answer's text in bytes of UTF-8. What a model reasoned before its text
    cannot be estimated, so the true number may be larger.
    """
    if counted is None and not written and reason in _NOT_BEGUN:
        return None
    used = counted or Usage(input_tokens=asked, output_tokens=tokens_in(written), estimated=True)
    used = replace(used, **{name: _within(getattr(used, name)) for name in _COUNTS})
    cached = min(used.cached_tokens, used.input_tokens)
    stored = min(used.cache_write_tokens, used.input_tokens - cached)
    used = replace(used, cached_tokens=cached, cache_write_tokens=stored)
    return replace(used, cost=cost_of(model, used))


def tokens_asked(asked: Prompt) -> int:
    """Return roughly how many tokens a prompt has."""
    return (tokens(asked.instructions) if asked.instructions else 0) + sum(entry.tokens for entry in asked.dialogue)


def _within(count: int) -> int:
    return min(max(count, 0), TOKENS_MAX)
