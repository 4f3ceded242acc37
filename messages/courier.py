"""The messages in the courier's mailbox: what Discord is to show, and what is to be read there."""

from msgspec import Struct

from messages.answer import Answer
from messages.figures import ReportFigures
from messages.ids import ChannelId, MessageId, SessionId, TurnId, UserId
from messages.speech import SpeechMade
from messages.turn import OutcomePending, Place


class TurnBegan(Struct, frozen=True, kw_only=True, tag="turn_began"):
    """A turn is being answered. From the session's actor.

    `resumed` is true when an earlier attempt, perhaps of a process that died, may have posted parts already.
    """

    turn: TurnId
    session: SessionId
    asker: UserId
    attempt: int
    place: Place
    resumed: bool
    locale: str = ""
    """The language of what is said beside the answer, by Discord's name."""
    waited: bool = False
    """Its reply may stand there already, and say that the turn waits behind others."""


class TurnWaits(Struct, frozen=True, kw_only=True, tag="turn_waits"):
    """A turn waits behind `ahead` others of its session, for a while already. From the recorder, to the courier, by the session's actor.

    `ahead` is 0 where how many there are is nobody's business. `resumed` is true when its reply may say so already.
    """

    turn: TurnId
    session: SessionId
    asker: UserId
    place: Place
    ahead: int
    resumed: bool
    locale: str = ""
    """The language of what is said, by Discord's name."""


class DraftShown(Struct, frozen=True, kw_only=True, tag="draft_shown"):
    """The answer so far. From the session's actor; only the newest of a turn waits, an older one is never sent.

    `is_reading` says that what the question encloses is fetched and read, and no model is asked yet.
    `is_waiting` says that it waits for its model, for a while already, and nothing is known of what that does.
    `is_thinking` says that the model reasons and has not begun its answer, which is empty then. `is_drawing` says that it draws: the
    answer's files are its unfinished pictures, and there may be none yet. `awaits_judgement` says that the server's
    moderation has to judge what follows, and does not answer. `starts_again` says that an earlier attempt may have shown more than this.
    """

    turn: TurnId
    attempt: int
    revision: int
    answer: Answer
    is_reading: bool = False
    is_waiting: bool = False
    is_thinking: bool = False
    awaits_judgement: bool = False
    is_drawing: bool = False
    starts_again: bool = False
    heard: str = ""
    """What is said in the recordings of the question."""


class TurnPausedShown(Struct, frozen=True, kw_only=True, tag="turn_paused_shown"):
    """A turn's draft stays as it is until the next start. From the session's actor, while the process stops."""

    turn: TurnId


class NotesKept(Struct, frozen=True, kw_only=True, tag="notes_kept"):
    """Notes for admins have been kept that no turn's end announces: read the waiting ones. From the connection."""


class ReadChannel(Struct, frozen=True, kw_only=True, tag="read_channel"):
    """Read one page of the messages after this one, and post it to the intake as a `ChannelRead`. From the intake."""

    channel_id: ChannelId
    after: MessageId


class ReadQuestions(Struct, frozen=True, kw_only=True, tag="read_questions"):
    """Read these waiting questions again: they may have been edited or deleted while nobody listened.

    From the supervisor, when the process begins, for a session whose turns an earlier process accepted. The courier posts
    to the intake what changed, then `QuestionsRead`. A question that cannot be read stays as it is.
    """

    session: SessionId
    questions: tuple[tuple[ChannelId, MessageId], ...]


class SpeechReady(Struct, frozen=True, kw_only=True, tag="speech_ready"):
    """This turn's answer was read aloud, and is kept: post it beside its text. From the speaker."""

    turn: TurnId


class SpeechWithdrawn(Struct, frozen=True, kw_only=True, tag="speech_withdrawn"):
    """Whoever this was read aloud to wants to be forgotten: do not post it, and delete it where it is being posted. From the panel or the eraser."""

    speech: SpeechMade


ShowOrRead = (
    TurnWaits
    | TurnBegan
    | DraftShown
    | OutcomePending
    | TurnPausedShown
    | NotesKept
    | ReadChannel
    | ReadQuestions
    | SpeechReady
    | SpeechWithdrawn
)
"""What Discord should show, and what is to be read there."""

CourierMessage = ShowOrRead | ReportFigures
