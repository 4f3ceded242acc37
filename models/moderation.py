"""The kind `moderation`: says which categories of harmful content a text belongs to (OpenAI: API reference, Create moderation).

A session with such a model answers with the categories and their scores. A server's gate asks a model of this kind too, about
questions and answers: see `models/access/gate.py`.
"""

import math
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final

import anyio
import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace

from files.folder import Folder
from messages.enclosure import Enclosure, LeftOut, Problem, words_of
from messages.turn import BREAKS, Reason, TurnTaken
from messages.usage import Usage
from models.api_client import REQUEST_ERRORS, ApiClient, end_of, whole
from models.entries import DataUrl, Picture
from models.events import ComesWhole, StreamEvent, StreamFinished
from models.lenient_json import parsed
from models.model import Model
from models.prices import cost_of_judging
from models.request_body import RequestBody
from texts.given import category
from texts.say import Locale, locale_for, say

log = structlog.get_logger()

PATH: Final = "/moderations"
ANSWER_S: Final = 20.0
"""A judgement takes a third of a second."""

PIECE_CHARS: Final = 10_000
"""A longer text is judged in pieces: what is harmful in a long harmless text is found more surely, and no model reads without end."""
OVERLAP_CHARS: Final = 200
"""So many characters are at the end of one piece and at the beginning of the next, so that no sentence is cut in two for both."""
PIECES_MAX: Final = 32
"""The most that one request has."""


Judged = str | Enclosure
"""What is judged: texts, and pictures that are kept on disk."""

_NOT_TAKEN: Final[frozenset[Reason]] = frozenset({"bad_request", "picture_refused", "file_unreadable"})
"""What is said of a picture that the model does not take."""


class Verdict(Struct, frozen=True):
    """What a model thinks of something: the categories that it flags, and the score of every category, from 0 to 1.

    Of several pieces, the highest score counts. `requests` is how many its server has answered for that: none where there was nothing
    to judge.
    """

    flagged: tuple[str, ...] = ()
    scores: dict[str, float] = {}
    requests: int = 0

    def with_other(self, other: "Verdict") -> "Verdict":
        """Return what both say together."""
        scores = {name: max(self.scores.get(name, 0.0), score) for name, score in (self.scores | other.scores).items()}
        flagged = tuple(dict.fromkeys((*self.flagged, *other.flagged)))
        return Verdict(flagged, scores, self.requests + other.requests)


class _Result(Struct):
    flagged: bool
    categories: dict[str, bool | None]
    category_scores: dict[str, float | None]


class _Response(Struct):
    results: list[_Result]


class Moderation:
    """Asks moderation models, for the life of the process."""

    def __init__(self, api: ApiClient, *, files: Folder) -> None:
        """Be ready to ask; nothing is sent yet. `files` is where the pictures lie that are judged."""
        self._api = api
        self._files = files

    async def stream(self, turn: TurnTaken, model: Model) -> AsyncGenerator[StreamEvent, None]:
        """Yield the categories of the question and their scores, as `models.kind.Kind.stream` promises."""
        words = words_of(turn.question.text, turn.question.enclosures)
        pictures = tuple(enclosed for enclosed in turn.question.enclosures if is_picture(enclosed))
        locale = locale_for(turn.locale)
        del turn
        verdict, left_out = await self._judge((words, *pictures), model.name)
        if isinstance(verdict, StreamFinished):
            broke = verdict.reason in BREAKS
            yield replace(verdict, usage=Usage(cost=cost_of_judging(model))) if broke else verdict
        elif left_out and not verdict.scores:
            yield StreamFinished(reason="only_files", usage=None, left_out=left_out)
        else:
            yield ComesWhole()
            yield _table(verdict, locale)
            usage = Usage(cost=cost_of_judging(model)) if verdict.requests else None
            yield StreamFinished(reason="complete", usage=usage, left_out=left_out)

    async def judge(self, said: Sequence[Judged], model: str) -> Verdict | StreamFinished:
        """Return what the model thinks of all this together, or how a request failed. Blank texts are not sent.

        A picture that the model does not take, or that is gone from the disk, counts as not flagged.
        """
        verdict, _ = await self._judge(said, model)
        return verdict

    async def _judge(self, said: Sequence[Judged], model: str) -> tuple[Verdict | StreamFinished, tuple[LeftOut, ...]]:
        """Return what the model thinks, as `judge` does, and the pictures that it was not shown."""
        verdict, left_out = Verdict(), tuple[LeftOut, ...]()
        for given, picture in _inputs(said):
            judged = await self._judged({"model": model, "input": given})
            if isinstance(judged, Verdict):
                verdict = verdict.with_other(judged)
            elif picture is not None and judged.reason in _NOT_TAKEN:
                problem: Problem = "gone" if judged.reason == "file_unreadable" else "no_vision"
                left_out += (LeftOut(name=picture.name, problem=problem),)
            else:
                return judged, ()
        return verdict, left_out

    async def _judged(self, fields: Mapping[str, Any]) -> Verdict | StreamFinished:
        try:
            body = RequestBody(fields, self._files)
        except OSError:
            return StreamFinished(reason="file_unreadable", usage=None)
        try:
            with anyio.fail_after(ANSWER_S):
                response = await self._api.ask(PATH, body.content(), body.size)
                async with aclosing(response):
                    said = await whole(response)
        except REQUEST_ERRORS as error:
            return end_of(error)
        verdict = _verdict(said)
        if verdict is None:
            log.warning("moderation.malformed")
            return StreamFinished(reason="malformed", usage=None)
        return verdict.with_other(Verdict(requests=1))


def is_picture(enclosed: Enclosure) -> bool:
    """Return whether it is a picture that is kept on disk."""
    return enclosed.is_file and bool(enclosed.stored) and enclosed.media_type.startswith("image/")


def _inputs(said: Sequence[Judged]) -> Iterator[tuple[list[Any], Enclosure | None]]:
    """Yield what each request has, and the picture that it is, if it is one: a request has one of these at most (OpenAI: Moderation guide)."""
    pieces = [piece for text in said if isinstance(text, str) and text.strip() for piece in _pieces(text)]
    for start in range(0, len(pieces), PIECES_MAX):
        yield pieces[start : start + PIECES_MAX], None
    for enclosed in said:
        if isinstance(enclosed, Enclosure):
            picture = Picture(
                name=enclosed.name,
                stored=enclosed.stored,
                media_type=enclosed.media_type,
                size=enclosed.size,
                tokens=0,
                at=0,
            )
            yield [{"type": "image_url", "image_url": {"url": DataUrl(picture)}}], enclosed


def _pieces(text: str) -> list[str]:
    # Half a surrogate pair cannot be sent as UTF-8.
    text = text.encode("utf-8", "replace").decode()
    step = PIECE_CHARS - OVERLAP_CHARS
    return [text[start : start + PIECE_CHARS] for start in range(0, max(1, len(text) - OVERLAP_CHARS), step)]


def _verdict(body: bytes) -> Verdict | None:
    """Return what a response says; None where it says nothing that can be understood, which is never taken for a good word."""
    try:
        results = msgspec.convert(parsed(body), _Response).results
    except (msgspec.MsgspecError, RecursionError):
        return None
    verdict = Verdict()
    for result in results:
        flagged = tuple(name for name, is_flagged in result.categories.items() if is_flagged)
        if result.flagged and not flagged:
            flagged = ("flagged",)  # a server that names no category
        scores = {
            name: score for name, score in result.category_scores.items() if score is not None and math.isfinite(score)
        }
        verdict = verdict.with_other(Verdict(flagged, scores))
    return verdict if results else None


def _table(verdict: Verdict, locale: Locale) -> str:
    """Return the categories as lines of Markdown, the highest score first; what is flagged is bold."""
    names = sorted(verdict.scores, key=lambda name: (name not in verdict.flagged, -verdict.scores[name], name))
    lines = [say("moderation.flagged" if verdict.flagged else "moderation.not_flagged", locale)]
    for name in names:
        shown = category(name, locale)
        shown = f"**{shown}**" if name in verdict.flagged else shown
        lines.append(f"- {shown}: {verdict.scores[name]:.3f}")
    return "\n".join(lines)
