"""Verbs about a turn's life: it is taken, asked, checkpointed, paused and finished."""

from msgspec import Struct

from messages.answer import Answer
from messages.ids import SessionId, TurnId
from messages.session import DraftSaved, NothingWaits, TurnPaused
from messages.turn import Ending, OutcomePending, Reason, TurnTaken, Usage, Utterance
from messages.verbs.verb import Verb


class TakeNextTurn(Verb[TurnTaken | NothingWaits | OutcomePending], frozen=True, kw_only=True):
    """Start the session's waiting turn with the lowest cause, if none of its turns is under way.

    One whose asker may not speak in the session any more is ended instead; its outcome is the answer. Commits the state `streaming` and the attempt's number.
    """

    session: SessionId


class TryAgain(Verb[TurnTaken | NothingWaits], frozen=True, kw_only=True):
    """Commit the next attempt of a turn whose stream broke, its draft so far, and what the broken attempt used."""

    turn: TurnId
    attempt: int
    draft: str
    usage: Usage | None = None


class Asked(Struct, frozen=True, kw_only=True):
    """What a model is asked: the question as it is now, and what was said before it, oldest first.

    A retry's history ends before its question; a continuation's ends with the answer that it continues.
    """

    question: Utterance
    history: tuple[Utterance, ...]


class BeginAsking(Verb[Asked | None], frozen=True, kw_only=True):
    """A turn's model is asked from now on: read the question and at most `chars` characters of the newest history.

    This is committed: a later edit of the question does not change this attempt, and if the process crashes, this turn may
    be the cause, unlike one that still waits to be asked. None when the attempt is over.
    """

    turn: TurnId
    attempt: int
    chars: int


class SaveDraft(Verb[DraftSaved], frozen=True, kw_only=True):
    """Checkpoint the answer so far of this attempt; of an earlier attempt nothing is written."""

    turn: TurnId
    attempt: int
    text: str


class PauseTurn(Verb[TurnPaused], frozen=True, kw_only=True):
    """Put a streaming turn back into the queue with its draft, for a clean stop; this does not count as a crash."""

    turn: TurnId
    attempt: int
    draft: str


class FinishTurn(Verb[OutcomePending], frozen=True, kw_only=True):
    """Commit how a turn ended, with its utterances, tokens and cost, and that Discord has to show the outcome.

    `usage` is the last attempt's: it is added to what earlier ones used. `again_at_s` is in seconds since 1970. A turn
    that ended already keeps its first ending, and answers with it.
    """

    turn: TurnId
    attempt: int
    ending: Ending
    reason: Reason
    answer: Answer
    usage: Usage | None
    again_at_s: float | None = None
    now_s: float
