"""Verbs that end turns early, and that change or withdraw questions."""

from collections.abc import Iterable

from msgspec import Struct

from messages.enclosure import Enclosure
from messages.ids import MessageId, TurnId, UserId
from messages.speech import SpeechMade
from messages.turn import OutcomePending, StopTurn
from messages.verbs.verb import Deny, NotAsker, TooLate, Verb


class CancelTurn(Verb[StopTurn | OutcomePending | Deny | NotAsker | TooLate], frozen=True, kw_only=True):
    """End a turn: at once if it is queued; if it streams, the answer is a `StopTurn` for its actor.

    Only the asker and the session's owner may do that, from a message that holds a part of that turn.
    """

    actor: UserId
    turn: TurnId
    message_id: MessageId


class Ended(Struct, frozen=True, kw_only=True):
    """The turns that ended, or are to be stopped, because a session was removed or made private, or somebody wants to be forgotten.

    `withdrawn` are answers that were read aloud to them, and that are not to be posted.
    """

    outcomes: tuple[OutcomePending, ...] = ()
    stops: tuple[StopTurn, ...] = ()
    withdrawn: tuple[SpeechMade, ...] = ()


def merged(several: Iterable[Ended]) -> Ended:
    """Return all of these as one."""
    known = tuple(several)
    return Ended(
        outcomes=tuple(outcome for ended in known for outcome in ended.outcomes),
        stops=tuple(stop for ended in known for stop in ended.stops),
        withdrawn=tuple(speech for ended in known for speech in ended.withdrawn),
    )


class WithdrawQuestion(Verb[StopTurn | OutcomePending | None], frozen=True, kw_only=True):
    """A question's message was deleted: end its turn if it is queued, have it stopped if it streams."""

    message_id: MessageId


class EditQuestion(Verb[OutcomePending | None], frozen=True, kw_only=True):
    """A question's message was edited: a turn whose model was not asked yet, and one that is asked again, use what it says now.

    The answer is the outcome of a turn whose answer Discord is to show with *Ask again*; None where nothing is to be shown.
    `enclosures` is None where nobody said what the message encloses now.
    """

    message_id: MessageId
    text: str
    enclosures: tuple[Enclosure, ...] | None = None
