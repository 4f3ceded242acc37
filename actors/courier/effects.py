"""What the courier's core wants done, and what it hears besides its mailbox. Pure."""

from msgspec import Struct

from actors.courier.requests import Sendable
from discord_api.results import RateLimitHeaders, Result
from messages.courier import ShowOrRead
from messages.figures import CourierFigures, ReportFigures
from messages.ids import ChannelId, MessageId, SessionId, TurnId
from messages.intake import IntakeMessage
from messages.speech import SpeechMade
from messages.turn import OutcomePending, Part
from messages.verbs.notes import KeepNote, PendingNote
from messages.verbs.replies import ForgetPart, RecordPart
from messages.verbs.speech import ForgetSpeech, RecordSpeechSent

# What the core wants done


class Enqueue(Struct, frozen=True):
    """Have the recorder execute a verb."""

    verb: RecordPart | ForgetPart | KeepNote | RecordSpeechSent | ForgetSpeech


class LoadOutcomes(Struct, frozen=True, kw_only=True):
    """Load outcomes that Discord does not show yet: a page of those after a turn, or all of a session. The answer is `OutcomesLoaded`."""

    after: TurnId = TurnId(0)
    limit: int = 2**31
    session: SessionId | None = None


class LoadParts(Struct, frozen=True):
    """Load the recorded parts of a turn's reply. The answer is `PartsLoaded`."""

    turn: TurnId


class LoadNotes(Struct, frozen=True):
    """Load the notes that wait to be sent by direct message. The answer is `NotesLoaded`."""


class LoadSpeech(Struct, frozen=True):
    """Load answers that were read aloud and that Discord does not have yet; with a `turn`, only that one's.

    The answer is `SpeechLoaded`.
    """

    turn: TurnId | None = None


class PostToIntake(Struct, frozen=True):
    """Leave a message in the intake's mailbox."""

    message: IntakeMessage


class PublishFigures(Struct, frozen=True):
    """Publish the courier's figures."""

    figures: CourierFigures


class Delivered(Struct, frozen=True):
    """Discord shows all of a turn's outcome: log that, and record it when `is_stored`.

    `is_stored` is false when no row knows the turn, because storage could not commit it.
    """

    turn: TurnId
    is_stored: bool = True


class Undelivered(Struct, frozen=True):
    """Discord will never show a turn's outcome where it belongs, as its `code` says: log that, and record it when `is_stored`."""

    turn: TurnId
    code: int
    is_stored: bool = True


class Lacks(Struct, frozen=True):
    """Discord refused a request because the bot lacks permissions in a channel (Discord's bits): record that."""

    channel_id: ChannelId
    lacks: int


class NoteTold(Struct, frozen=True):
    """A person has got a note by direct message: record that."""

    note: int


Effect = (
    Enqueue
    | LoadOutcomes
    | LoadParts
    | LoadNotes
    | LoadSpeech
    | PostToIntake
    | Delivered
    | Undelivered
    | Lacks
    | NoteTold
    | PublishFigures
)

# What the core hears besides its mailbox


class Started(Struct, frozen=True):
    """The courier begins, and knows nothing yet."""


class Overflowed(Struct, frozen=True):
    """A message found no room in the mailbox: rows say what it may have been."""


class Tick(Struct, frozen=True):
    """Time has passed."""


class RequestEnded(Struct, frozen=True):
    """A request that `next` returned has ended; `headers` are what its answer said about its rate limit."""

    request: Sendable
    result: Result
    headers: RateLimitHeaders | None = None


class PartsLoaded(Struct, frozen=True):
    """The recorded parts of a turn's reply; an earlier process may have posted them. `below` is as in `OutcomePending`."""

    turn: TurnId
    parts: tuple[Part, ...]
    below: MessageId = MessageId(0)


class OutcomesLoaded(Struct, frozen=True):
    """The outcomes that a request asked for, oldest first."""

    request: LoadOutcomes

    outcomes: tuple[OutcomePending, ...]


class NotesLoaded(Struct, frozen=True):
    """Every note that waits to be sent by direct message."""

    notes: tuple[PendingNote, ...]


class SpeechLoaded(Struct, frozen=True):
    """The answers that a request asked for."""

    request: LoadSpeech
    speeches: tuple[SpeechMade, ...]


Heard = ShowOrRead | Started | Overflowed | RequestEnded | PartsLoaded | OutcomesLoaded | NotesLoaded | SpeechLoaded
CoreMessage = Heard | ReportFigures | Tick
