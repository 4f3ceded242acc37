"""What the recorder hears about messages, turns and channels. People and their sessions: `user_verbs`, `session_verbs`."""

from typing import Literal

from msgspec import Struct

from messages.answer import Answer
from messages.ids import ChannelId, GuildId, InteractionId, MessageId, SessionId, TurnId, UserId
from messages.intake import MessagePosted
from messages.session import DraftSaved, NothingWaits, TurnPaused
from messages.turn import Ending, OutcomePending, Part, Reason, StopTurn, TurnTaken, Usage, Utterance
from messages.verbs.verb import Deny, TooLate, Verb


class NotOurs(Struct, frozen=True, kw_only=True, tag="not_ours"):
    """Nothing to answer: nothing was written."""


class AlreadyKnown(Struct, frozen=True, kw_only=True, tag="already_known"):
    """This cause has its turn, and nobody needs to be told: it came before, or an earlier notice speaks for it too."""


class Accepted(Struct, frozen=True, kw_only=True, tag="accepted"):
    """A turn waits in this session."""

    turn: TurnId
    session: SessionId


class Refused(Struct, frozen=True, kw_only=True, tag="refused"):
    """The refusal is committed under the cause; the courier owes the person its sentence."""

    outcome: OutcomePending


Acceptance = NotOurs | AlreadyKnown | Accepted | Refused


class AcceptMessage(Verb[Acceptance], frozen=True, kw_only=True):
    """Record a message once; find its user, find or create its session, queue its turn.

    `missed` marks a message that was found by reading a channel again, so its age and number are limited;
    `newer_missed` counts those of the same author that were found with it and posted after it.
    Also moves the channel's watermark.
    """

    posted: MessagePosted
    now_s: float
    missed: bool = False
    newer_missed: int = 0


class RetryTurn(Verb[Accepted | Refused | Deny | TooLate], frozen=True, kw_only=True):
    """Queue a turn that asks a turn's question again, or has its answer carried on.

    The asker, while they may speak in the session, or the owner may; from a message that holds a part of that turn.
    `with_default` gives the session, whose model is gone, the default model first; that only its owner may.
    """

    interaction_id: InteractionId
    actor: UserId
    turn: TurnId
    kind: Literal["retry", "continue"]
    channel_id: ChannelId
    guild_id: GuildId | None
    message_id: MessageId
    now_s: float
    with_default: bool = False


class CancelTurn(Verb[StopTurn | OutcomePending | Deny | TooLate], frozen=True, kw_only=True):
    """End a turn: at once when it waits, by its actor when it streams.

    The asker or the owner may; from a message that holds a part of that turn.
    """

    actor: UserId
    turn: TurnId
    message_id: MessageId


class Ended(Struct, frozen=True, kw_only=True):
    """What ended because a session was removed, or closed to those who asked in it."""

    outcomes: tuple[OutcomePending, ...] = ()
    stops: tuple[StopTurn, ...] = ()


class WithdrawQuestion(Verb[StopTurn | OutcomePending | None], frozen=True, kw_only=True):
    """The question's message was deleted: cancel its turn when it waits, stop it when it streams."""

    message_id: MessageId


class EditQuestion(Verb[None], frozen=True, kw_only=True):
    """The question's message was changed: a turn whose model was not asked yet asks it as edited, and so does a later *Retry*."""

    message_id: MessageId
    text: str


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
    """A turn's model is asked from here on: read what it is asked, at most so many characters of the newest history.

    Commits that it is: an edit of the question changes this attempt no more, and if the process dies, then perhaps of this
    turn, not of one that only waits to be asked. None where the attempt is over.
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
    """Put a streaming turn back among the waiting, with its draft, without counting a death: a clean stop."""

    turn: TurnId
    attempt: int
    draft: str


class FinishTurn(Verb[OutcomePending], frozen=True, kw_only=True):
    """Commit how a turn ended, with its utterances, tokens and cost, and that Discord is owed the outcome.

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


class RecordPart(Verb[None], frozen=True, kw_only=True):
    """Remember which Discord message holds a part of a turn's reply."""

    turn: TurnId
    part: Part


class ForgetPart(Verb[None], frozen=True, kw_only=True):
    """A surplus part was deleted from Discord."""

    turn: TurnId
    message_id: MessageId


class KnownParts(Verb[tuple[Part, ...]], frozen=True, kw_only=True):
    """The parts recorded for a turn, in order."""

    turn: TurnId


class UnclaimedOf(Verb[tuple[MessageId, ...]], frozen=True, kw_only=True):
    """Those of these replies that may be a turn's, and hold no recorded part of any turn, in the order given.

    A *Retry* replies to the same message as what it asks again; it was pressed when all of that stood there. So a turn's
    parts came after its own cause and before the next one that replies to the same.
    """

    turn: TurnId
    message_ids: tuple[MessageId, ...]


class RecordDelivered(Verb[None], frozen=True, kw_only=True):
    """Discord shows the whole outcome: nothing is owed any more, and `answered` becomes `delivered`."""

    turn: TurnId


class PendingOutcomes(Verb[tuple[OutcomePending, ...]], frozen=True, kw_only=True):
    """Every outcome that Discord does not show yet, oldest first."""


class WaitingSessions(Verb[tuple[SessionId, ...]], frozen=True, kw_only=True):
    """The sessions in which a turn waits."""


class SessionQuestions(Struct, frozen=True, kw_only=True):
    """The messages whose questions wait in a session, in the order of their turns."""

    session: SessionId
    questions: tuple[tuple[ChannelId, MessageId], ...]


class WaitingQuestions(Verb[tuple[SessionQuestions, ...]], frozen=True, kw_only=True):
    """What waits, by session: read again when the process begins, for nobody heard what became of it meanwhile."""


class HasWork(Verb[bool], frozen=True, kw_only=True):
    """Whether a turn of this session waits."""

    session: SessionId


class Recover(Verb[None], frozen=True, kw_only=True):
    """Begin after an unclean end: turns whose models were being asked have died once more; a third death sets one aside, the others wait again.

    Run once, before anything else, by the process that owns the data.
    """

    now_s: float


class RestartTurns(Verb[tuple[OutcomePending, ...]], frozen=True, kw_only=True):
    """A session's actor crashed, the process lives: its streaming turn waits again. Counts no death.

    One that was to be stopped ends instead; its outcome is the answer.
    """

    session: SessionId


class ParkSession(Verb[tuple[OutcomePending, ...]], frozen=True, kw_only=True):
    """Fail what waits in a session that crashes again and again, and what comes, until `until_s` (seconds since 1970)."""

    session: SessionId
    until_s: float
    now_s: float


class ChannelGap(Struct, frozen=True, kw_only=True):
    """A channel in which something was posted after the last message seen."""

    channel_id: ChannelId
    after: MessageId


class SeeChannels(Verb[tuple[ChannelGap, ...]], frozen=True, kw_only=True):
    """Compare a server's channels' last messages with the watermarks; a channel never seen starts at its last message."""

    guild_id: GuildId
    last_messages: tuple[tuple[ChannelId, MessageId], ...]


class KnownChannels(Verb[tuple[ChannelGap, ...]], frozen=True, kw_only=True):
    """Every channel with a watermark that no server lists, direct messages above all; of servers only these."""

    except_for: tuple[ChannelId, ...]
    guilds: tuple[GuildId, ...]


class ForgetChannel(Verb[None], frozen=True, kw_only=True):
    """A channel is gone, or closed to the bot: it has no watermark any more, until something is seen of it again."""

    channel_id: ChannelId


class SaveWatermarks(Verb[None], frozen=True, kw_only=True):
    """Move watermarks forward past messages that were not for us; never backward."""

    seen: tuple[tuple[ChannelId, MessageId], ...]
