"""The notes that people are to get by direct message. Pure."""

from collections.abc import Iterator
from typing import Final

from actors.courier.requests import TellPrivately, nonce_of_note
from discord_api.results import Limited, Result, Unknown
from messages.verbs.notes import PendingNote
from texts.answers import FOR_ADMINS
from texts.say import locale_for, say

NOTE_AGAIN_S: Final = 30.0
"""How long a note that could not be sent waits for the next try."""


class NoteQueue:
    """Notes that wait, and since when each may be sent."""

    def __init__(self) -> None:
        self._notes: dict[int, TellPrivately] = {}
        self._not_before_s: dict[int, float] = {}

    def add(self, note: PendingNote) -> None:
        """Have a note sent; one that waits already is sent once."""
        tell = TellPrivately(
            note=note.note,
            person=note.person,
            text=say(FOR_ADMINS[note.reason], locale_for(note.locale)),
            nonce=nonce_of_note(note.note),
        )
        self._notes.setdefault(note.note, tell)

    def waiting(self) -> Iterator[tuple[float, TellPrivately]]:
        """Return what may be sent, each with the earliest moment to send it."""
        for number, tell in self._notes.items():
            yield self._not_before_s.get(number, 0.0), tell

    def began(self, request: TellPrivately) -> None:
        """A request is under way."""
        del self._notes[request.note]

    def ended(self, request: TellPrivately, result: Result, now_s: float) -> None:
        """A request has ended: what was not told is tried again."""
        self._not_before_s.pop(request.note, None)
        if isinstance(result, Unknown | Limited):
            self._notes[request.note] = request
            self._not_before_s[request.note] = now_s + NOTE_AGAIN_S
