"""Reads what a question encloses and no event tells, before its model is asked: long texts in files, and what threads began with.

All of it is read anew by whoever answers the turn, so a kill in between loses nothing. What was read is committed with the turn.
"""

from typing import Final, Protocol

import structlog

from actors.recorder import Recorder
from messages.enclosure import Enclosure
from messages.turn import Place, TurnTaken, Utterance
from messages.verbs.turns import RecordEnclosures

log = structlog.get_logger()

EDITS_MAX: Final = 5
"""How often a question that is edited again and again while it is read is read anew."""


class EnclosureReader(Protocol):
    """What reads from Discord."""

    async def read(self, enclosed: Enclosure, place: Place) -> Enclosure | None:
        """Return what a question encloses with its text; None where that cannot be read now."""
        ...


class QuestionReader:
    """Has questions read, and completes them in the rows."""

    def __init__(self, reader: EnclosureReader, recorder: Recorder) -> None:
        self._reader = reader
        self._recorder = recorder

    async def read(self, turn: TurnTaken) -> bool:
        """Complete the question in the rows, from which it is asked; return whether all that must be read was read."""
        question: Utterance | None = turn.question
        for _ in range(EDITS_MAX):
            if question is None or not any(enclosed.is_unread for enclosed in question.enclosures):
                return True
            before = question.enclosures
            after = [await self._completed(enclosed, turn.place) for enclosed in before]
            if None in after:
                break
            found = tuple(enclosed for enclosed in after if enclosed is not None)
            question = await self._recorder.execute_retrying(
                RecordEnclosures(turn=turn.turn, attempt=turn.attempt, before=before, after=found)
            )
        log.warning("question.not_read", turn=turn.turn)
        return False

    async def _completed(self, enclosed: Enclosure, place: Place) -> Enclosure | None:
        return await self._reader.read(enclosed, place) if enclosed.is_unread else enclosed
