"""Reads what a question encloses and no event tells, before its model is asked: long texts in files, and what threads began with.

All of it is read anew by whoever answers the turn, so a kill in between loses nothing. What was read is committed with the turn.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from actors.recorder import Recorder
from actors.session.actor import Answers, Finished
from messages.enclosure import Enclosure
from messages.files import File
from messages.session import ModelAsked
from messages.turn import Place, Reason, TurnTaken, Usage, Utterance
from messages.verbs.turns import RecordEnclosures
from models.events import Piece

log = structlog.get_logger()

EDITS_MAX: Final = 5
"""How often a question that is edited again and again while it is read is read anew."""


class EnclosureReader(Protocol):
    """What reads from Discord."""

    async def read(self, enclosed: Enclosure, place: Place) -> Enclosure | None:
        """Return what a question encloses with its text; None where that cannot be read now."""
        ...


@dataclass(frozen=True)
class Unread:
    """The turn ends before its model was asked: what it asks could not be read."""

    reason: Reason = "file_unreadable"
    usage: Usage | None = None
    retry_after_s: float | None = None
    files: tuple[File, ...] = ()


class QuestionReader:
    """Has a question read, then answered."""

    def __init__(self, answers: Answers, reader: EnclosureReader, recorder: Recorder) -> None:
        self._answers = answers
        self._reader = reader
        self._recorder = recorder

    async def stream(self, turn: TurnTaken) -> AsyncGenerator[Piece | ModelAsked | Finished, None]:
        """Yield what the models yield; or only that the question cannot be read."""
        if not await self._read(turn):
            log.warning("question.not_read", turn=turn.turn)
            yield Unread()
            return
        async with aclosing(self._answers.stream(turn)) as events:
            async for event in events:
                yield event

    async def _read(self, turn: TurnTaken) -> bool:
        """Complete the question in the rows, from which it is asked; return whether all that must be read was read."""
        question: Utterance | None = turn.question
        for _ in range(EDITS_MAX):
            if question is None or not any(enclosed.is_unread for enclosed in question.enclosures):
                return True
            before = question.enclosures
            after = [await self._completed(enclosed, turn.place) for enclosed in before]
            if None in after:
                return False
            found = tuple(enclosed for enclosed in after if enclosed is not None)
            question = await self._recorder.execute_retrying(
                RecordEnclosures(turn=turn.turn, attempt=turn.attempt, before=before, after=found)
            )
        return False

    async def _completed(self, enclosed: Enclosure, place: Place) -> Enclosure | None:
        return await self._reader.read(enclosed, place) if enclosed.is_unread else enclosed
