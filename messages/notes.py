"""What the recorder hears about notes: what is owed to one person privately."""

from msgspec import Struct

from messages.ids import TurnId, UserId
from messages.turn import Reason
from messages.verb import Verb


class KeepUndelivered(Verb[None], frozen=True, kw_only=True):
    """An outcome can never be shown where it was asked, as Discord says with `code`: nothing is owed there any more.

    Where there is a text, the asker is owed it privately, at their next panel.
    """

    turn: TurnId
    code: int
    now_s: float


class NoteOwed(Struct, frozen=True, kw_only=True):
    """Something to be said to a person by direct message: what `reason` means to those who run the bot."""

    note: int
    person: UserId
    reason: Reason


class OwedNotes(Verb[tuple[NoteOwed, ...]], frozen=True, kw_only=True):
    """Every note that waits to be sent by direct message, oldest first."""


class RecordNoteTold(Verb[None], frozen=True, kw_only=True):
    """The person has it."""

    note: int
    now_s: float


class KeepNote(Verb[None], frozen=True, kw_only=True):
    """No direct message reaches the person: it is shown at their next panel."""

    note: int
