"""The kind `embedding`: turns a text into numbers by which it can be compared with others (OpenAI: API reference, Embeddings).

The answer says how many numbers there are and how they begin, and which of the session's earlier texts are the nearest. All numbers
are in a file.
"""

import base64
import binascii
import json
import math
import sys
from array import array
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from operator import mul
from typing import Any, Final

import anyio
import anyio.to_thread
import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace

from messages.files import File
from messages.turn import BREAKS, TurnTaken, Utterance
from messages.usage import Usage
from messages.vectors import EarlierVector, Vector
from models.answer_account import usage_of
from models.api_client import REQUEST_ERRORS, ApiClient, end_of, fault_of_refusal, whole
from models.errors import reason_of
from models.events import ComesWhole, StreamEvent, StreamFinished
from models.faults import Fault
from models.lenient_json import parsed
from models.model import Model
from models.shapes import count_in
from models.tokens import tokens
from texts.escaping import escape_markdown
from texts.say import Locale, locale_for, number, say

log = structlog.get_logger()

PATH: Final = "/embeddings"

ANSWER_S: Final = 60.0
"""A vector takes a moment, also of a server that has to load its model first."""

NUMBERS_MAX: Final = 65_536
"""No model makes more of a text; the largest make some thousands."""

FIRST: Final = 8
NEAREST: Final = 10
"""So many of the first numbers, and of the nearest texts, stand in the answer."""
TEXT_CHARS: Final = 80
"""So many code points of each of the nearest texts say which one it is."""


class _Embedded(Struct):
    embedding: str | list[float]


class _Response(Struct):
    data: list[_Embedded]


class Embedding:
    """Asks embedding models, for the life of the process."""

    def __init__(self, api: ApiClient) -> None:
        """Be ready to ask; nothing is sent yet."""
        self._api = api
        self._takes_no_base64: set[str] = set()
        """The models whose server refuses to be told how to encode the numbers."""

    async def stream(self, turn: TurnTaken, model: Model) -> AsyncGenerator[StreamEvent, None]:
        """Yield what the question's text has become, then the end with its vector, as `models.kind.Kind.stream` promises."""
        words, earlier, locale = _words(turn.question), turn.earlier, locale_for(turn.locale)
        has_files = any(enclosed.is_file for enclosed in turn.question.enclosures)
        del turn
        if not words:
            yield StreamFinished(reason="only_files" if has_files else "no_question", usage=None)
            return
        # Half a surrogate pair cannot be sent as UTF-8.
        words = words.encode("utf-8", "replace").decode()
        said = await self._asked(words, model.name)
        numbers = None if isinstance(said, StreamFinished) else _numbers(said)
        if isinstance(said, StreamFinished) or numbers is None:
            yield _failed(said, words, model)
            return
        yield ComesWhole()
        # The numbers of many vectors are multiplied: meanwhile the event loop does other work.
        yield await anyio.to_thread.run_sync(_told, numbers, earlier, locale)
        counted = count_in(said, ("usage", "prompt_tokens"))
        usage = None if counted is None else Usage(input_tokens=counted)
        yield StreamFinished(
            reason="complete",
            usage=usage_of(usage, reason="complete", asked=tokens(words), written=0, model=model),
            files=(
                File(
                    name="embedding.json",
                    content=_document(model.name, numbers),
                    description=say("embedding.file", locale, count=number(len(numbers), locale)),
                ),
            ),
            vector=Vector(model=model.name, numbers=_packed(numbers)),
        )

    async def _asked(self, words: str, model: str) -> dict[str, Any] | StreamFinished:
        """Return the response to a text, or how the request failed."""
        body: dict[str, Any] = {"model": model, "input": words}
        while True:
            # As text, the numbers are four times as long.
            takes_base64 = model not in self._takes_no_base64
            asked = {**body, "encoding_format": "base64"} if takes_base64 else body
            try:
                with anyio.fail_after(ANSWER_S):
                    response = await self._api.ask(
                        PATH, json.dumps(asked, ensure_ascii=False, separators=(",", ":")).encode()
                    )
                    async with aclosing(response):
                        said = parsed(await whole(response))
            except REQUEST_ERRORS as error:
                fault = fault_of_refusal(error)
                if fault is not None and takes_base64 and _is_about_encoding(fault):
                    self._takes_no_base64.add(model)
                    continue
                end = end_of(error)
                # It is one text that is too long, not a conversation.
                return StreamFinished(reason="text_too_long", usage=None) if end.reason == "context_too_long" else end
            except (msgspec.MsgspecError, RecursionError):
                return StreamFinished(reason="malformed", usage=None)
            return said if isinstance(said, dict) else StreamFinished(reason="malformed", usage=None)


def _failed(said: dict[str, Any] | StreamFinished, words: str, model: Model) -> StreamFinished:
    """Return how an answer ends that has no numbers. A response that broke off, or that nobody understands, was paid for all the same."""
    if not isinstance(said, StreamFinished):
        log.warning("embedding.malformed", model=model.name)
        said = StreamFinished(reason="malformed", usage=None)
    if said.reason not in BREAKS:
        return said
    return replace(said, usage=usage_of(None, reason=said.reason, asked=tokens(words), written=0, model=model))


def _words(question: Utterance) -> str:
    """Return what somebody wrote, with what the message encloses that could be a question by itself: documents, recordings, forwards."""
    enclosed = (one.text or "" for one in question.enclosures if one.can_be_asked)
    return "\n\n".join(text for text in (question.text, *enclosed) if text.strip())


def _is_about_encoding(fault: Fault) -> bool:
    return reason_of(fault) == "bad_request" and "encoding_format" in fault.words


def _numbers(said: dict[str, Any]) -> "array[float] | None":
    """Return the numbers of a response; None where it has none that can be understood. Some servers write them as text all the same."""
    try:
        (embedded,) = msgspec.convert(said, _Response).data
        if isinstance(embedded.embedding, str):
            numbers = unpacked(base64.b64decode(embedded.embedding, validate=True))
        else:
            numbers = array("f", embedded.embedding)
    except (msgspec.MsgspecError, binascii.Error, ValueError, OverflowError):
        return None
    return numbers if 0 < len(numbers) <= NUMBERS_MAX and all(map(math.isfinite, numbers)) else None


def unpacked(numbers: bytes) -> "array[float]":
    """Return the numbers of a vector as it is sent and kept: 32-bit floating-point numbers, little-endian.

    :raises ValueError: it has a part of a number
    """
    found = array("f")
    found.frombytes(numbers)
    if sys.byteorder == "big":
        found.byteswap()
    return found


def _packed(numbers: "array[float]") -> bytes:
    copy = array("f", numbers)
    if sys.byteorder == "big":
        copy.byteswap()
    return copy.tobytes()


def _document(model: str, numbers: Sequence[float]) -> bytes:
    """Return the file with all numbers, each with the nine digits that a 32-bit number has at most."""
    return msgspec.json.encode({"model": model, "embedding": [float(f"{number:.9g}") for number in numbers]})


def _norm(numbers: Sequence[float]) -> float:
    return math.sqrt(sum(map(mul, numbers, numbers)))


def _told(numbers: "array[float]", earlier: Sequence[EarlierVector], locale: Locale) -> str:
    """Return the answer's text: the vector in short, and the earlier texts that are nearest, with their cosines."""
    first = ", ".join(f"{number:.4f}" for number in numbers[:FIRST])
    more = ", …" if len(numbers) > FIRST else ""
    lines = [
        say(
            "embedding.vector",
            locale,
            count=number(len(numbers), locale),
            norm=f"{_norm(numbers):.4f}",
            numbers=first + more,
        )
    ]
    near = nearest(numbers, earlier)
    lines.append(say("embedding.nearest" if near else "embedding.first", locale))
    lines += [f"- {cosine:.3f} {escape_markdown(text, TEXT_CHARS)}" for cosine, text in near]
    return "\n".join(lines)


def nearest(numbers: Sequence[float], earlier: Sequence[EarlierVector]) -> list[tuple[float, str]]:
    """Return the `NEAREST` earlier texts with the cosines of their vectors, the nearest first.

    A vector with another number of numbers cannot be compared, nor one whose numbers are all 0.
    """
    norm = _norm(numbers)
    near = []
    for one in earlier:
        other = unpacked(one.numbers)
        norms = norm * _norm(other)
        if len(other) == len(numbers) and norms:
            near.append((sum(map(mul, numbers, other)) / norms, one.text))
    return sorted(near, key=lambda found: -found[0])[:NEAREST]
