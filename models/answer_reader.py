"""What both APIs' decoders have in common: they tell each text once, keep reasoning apart, and know how the answer ended. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from messages.turn import Reason
from messages.usage import Usage
from models.errors import reason_of
from models.events import Piece, StreamEvent, StreamFinished, TextDropped, Thought
from models.faults import Fault, fault_in, fault_of, wait_s_in
from models.growing_text import GrowingText
from models.lenient_json import Halves, parsed, without_halves
from models.reasoning_tags import ReasoningTags
from models.shapes import Role, Said, usage_in

IN_BETWEEN: Final[frozenset[Reason]] = frozenset({"server_error", "bad_request"})
"""Before an answer's first text these mean that it may be asked again. Amid an answer they only say that it ends here."""


class _Told:
    """A text that has been heard piece by piece. A server that sends the whole of it as well adds only what was missing."""

    def __init__(self) -> None:
        self._heard = GrowingText()
        self._spans: list[tuple[object, int]] = []
        """Where a text of another part than before begins, with whatever names the part."""
        self._closed = 0
        """So many characters belong to parts whose whole has come."""

    def add(self, text: str, part: object) -> None:
        """Note a piece of a part."""
        if not self._spans or self._spans[-1][0] != part:
            self._spans.append((part, self._heard.chars))
        self._heard.append(text)

    def rest(self, whole: str, part: object) -> str | None:
        """Return what is missing of the whole of a part, or of everything where `part` is None; None where it is another text."""
        heard = str(self._heard)
        unclosed, self._closed = heard[self._closed :], len(heard)
        if whole.strip() in heard:
            return ""
        # Some servers number the whole of a part otherwise than its pieces, or not at all.
        for before in (self._of_part(part, heard), unclosed, heard):
            if before and whole.startswith(before):
                return whole[len(before) :]
        parts = {known for known, _ in self._spans}
        if not heard or (part is not None and part not in parts):
            return whole  # a part of which nothing was heard yet
        return None if part is None or len(parts) == 1 else ""

    def _of_part(self, part: object, heard: str) -> str:
        ends = [*(begin for _, begin in self._spans[1:]), len(heard)]
        spans = zip(self._spans, ends, strict=False)  # there are none where nothing was heard
        return "".join(heard[begin:end] for (known, begin), end in spans if known == part)


class AnswerReader:
    """Collects what one stream says."""

    def __init__(self) -> None:
        self._tags = ReasoningTags()
        self._told = {"text": _Told(), "thought": _Told()}
        self._halves: dict[Role, Halves] = {"text": Halves(), "thought": Halves()}
        self._usage: Usage | None = None
        self._has_refused = False
        self._has_text = False

    def parsed(self, data: bytes, event: str) -> dict[str, Any] | StreamFinished:
        """Return the object in an event's data, or the end that data without an object tells as an error.

        :raises msgspec.MsgspecError: it is neither
        :raises RecursionError: it is nested too deeply
        """
        try:
            return self._object(data, event)
        except msgspec.DecodeError:
            error = self._error_in_text(data, event)
            if error is None:
                raise
            return error

    def _object(self, data: bytes, event: str) -> dict[str, Any]:
        found = parsed(data)
        if isinstance(found, list) and found and event == "body":
            found = found[0]  # Gemini's API for OpenAI's clients sends its errors in a list
        if not isinstance(found, dict):
            raise msgspec.ValidationError(f"an event is a {type(found).__name__}")
        self._usage = usage_in(found) or self._usage
        return found

    def _error_in_text(self, data: bytes, event: str) -> StreamFinished | None:
        if event == "body" and data.startswith(b"<"):
            return StreamFinished(reason="wrong_address", usage=None)  # a page for people, not an answer
        return self.failed(fault_of(data.decode("utf-8", "replace"))) if event == "error" else None

    def error(self, found: dict[str, Any], event: str) -> StreamFinished | None:
        """Return the end that an event's object tells as an error; None where it tells none."""
        fault = fault_in(found, event)
        return None if fault is None else self.failed(fault)

    def failed(self, fault: Fault, otherwise: Reason = "error_event") -> StreamFinished:
        """Return the end that this error is."""
        reason = reason_of(fault, otherwise=otherwise)
        if reason in IN_BETWEEN and self._has_text:
            reason = otherwise
        refusal = None if self._has_text else fault
        return StreamFinished(reason=reason, usage=self._usage, retry_after_s=wait_s_in(fault), fault=refusal)

    def hear(self, said: Iterable[Said], part: object = None) -> Iterator[Piece]:
        """Yield pieces with which the answer goes on."""
        for role, piece in said:
            if role == "thought":
                text = self._halves[role].joined(piece)
                if text:
                    self._told[role].add(text, part)
                    yield Thought(text)
            else:
                self._has_refused = self._has_refused or role == "refusal"
                yield from self.hear_text(piece, part)

    def hear_text(self, piece: str, part: object = None) -> list[Piece]:
        """Return what is known of the answer's text, and of reasoning in it, now that this piece has come."""
        text = self._halves["text"].joined(piece)
        if not text:
            return []
        self._told["text"].add(text, part)
        pieces = self._tags.feed(text)
        self._has_text = self._has_text or any(isinstance(one, str) for one in pieces)
        return pieces

    def hear_whole(self, said: Iterable[Said], part: object = None) -> Iterator[Piece]:
        """Yield what was missing of a part, or of the whole answer where `part` is None, now that all of it is sent at once."""
        pieces = list(said)
        for kind, roles in (("thought", ("thought",)), ("text", ("text", "refusal"))):
            whole = without_halves("".join(text for role, text in pieces if role in roles))
            rest = self._told[kind].rest(whole, part)
            role = next((role for role, _ in pieces if role in roles), None)
            if role == "refusal":
                self._has_refused = True
            if rest is None and kind == "text":
                yield from self._drop_text()
                rest = whole
            if rest and role is not None:
                yield from self.hear([Said(role, rest)], part)

    def _drop_text(self) -> Iterator[Piece]:
        self._told["text"] = _Told()  # another text takes its place
        self._tags, self._has_text = ReasoningTags(), False
        yield TextDropped()

    def flush(self) -> Iterator[Piece]:
        """Yield what was held back, for no text follows."""
        if rest := self._halves["thought"].rest():
            yield Thought(rest)
        if rest := self._halves["text"].rest():
            yield from self._tags.feed(rest)
        yield from self._tags.flush()

    def ended(self, reason: Reason) -> list[StreamEvent]:
        """Return what was held back, and the end."""
        if reason == "complete" and self._has_refused:
            reason = "refused_by_model"
        return [*self.flush(), StreamFinished(reason=reason, usage=self._usage)]
