"""Verbs about notes: what the bot still has to tell one person privately."""

from typing import Literal

from msgspec import Struct

from messages.answer import Answer
from messages.ids import ChannelId, TurnId, UserId
from messages.interaction import Interaction
from messages.turn import Reason
from messages.verbs.verb import Deny, Verb

Trouble = Reason | Literal["runs_twice"]
"""What only the people who run the bot can mend: why a turn ended, or that another process answers with the same token."""

NOTES_A_PRESS = 5
"""How many notes one press shows. The next press shows the next ones."""


class KeepUndelivered(Verb[None], frozen=True, kw_only=True):
    """An outcome can never be shown where it was asked, as Discord's error `code` says: stop trying there.

    An answer with text or files is kept for the asker, who finds it in their next panel.
    """

    turn: TurnId
    code: int
    now_s: float


class TellAdmins(Verb[None], frozen=True, kw_only=True):
    """Keep a note about this trouble for every admin who has had none about it within a day."""

    trouble: Trouble
    now_s: float


class PendingNote(Struct, frozen=True, kw_only=True):
    """A note for an admin of the bot, to be sent by direct message: what `reason` means for whoever runs it."""

    note: int
    person: UserId
    reason: Trouble
    locale: str = ""
    """The person's language, by Discord's name."""


class PendingNotes(Verb[tuple[PendingNote, ...]], frozen=True, kw_only=True):
    """Return the notes that wait to be sent by direct message, oldest first."""


class RecordNoteTold(Verb[None], frozen=True, kw_only=True):
    """Record that the person has received the note."""

    note: int
    now_s: float


class KeepNote(Verb[None], frozen=True, kw_only=True):
    """Keep a note for the person's next panel, because no direct message reaches them."""

    note: int


class UndeliveredAnswer(Struct, frozen=True, kw_only=True, tag="answer"):
    """An answer for its asker. `answer` is None when its session has been closed to them since.

    `lacks` are the permissions that the bot lacks in the channel, as Discord's bits, as far as was learnt within a day.
    """

    note: int
    channel_id: ChannelId
    question: str
    answer: Answer | None
    is_cut: bool
    lacks: int = 0


class UndeliveredNotice(Struct, frozen=True, kw_only=True, tag="word"):
    """A note for an admin of the bot whom no direct message reaches."""

    note: int
    reason: Trouble


class ReadUndelivered(Verb[tuple[UndeliveredAnswer | UndeliveredNotice, ...]], frozen=True, kw_only=True):
    """Return what could not be delivered to this person, oldest first, at most `NOTES_A_PRESS`. Nothing is written."""

    by: Interaction


class DismissNote(Verb[int | Deny], frozen=True, kw_only=True):
    """Delete a note that the person has read, and return how many still wait."""

    by: Interaction
    note: int
    now_s: float
