"""The requests that the courier sends to Discord: what they say, which goes first, and under which nonce a post goes. Pure.

What can come of them stands in `discord_api.results`.

A nonce is the same after a restart, so that a post whose answer was lost does not become a second message: Discord
remembers a nonce for a few minutes, and answers a repeated one with the message that it made then. A nonce has at most 25
characters (Discord: Create Message, nonce).
"""

from enum import IntEnum
from typing import Final, Literal

from msgspec import Struct

from actors.courier.answer_view import PartWanted
from messages.courier import ReadChannel
from messages.ids import ChannelId, MessageId, SessionId, TurnId, UserId
from messages.speech import SpeechMade
from messages.turn import Place

UNANSWERED_PAUSE_S: Final = 1.0
UNANSWERED_PAUSE_MAX_S: Final = 30.0
"""The pause after a request that nothing came back for: one second first, then twice as long each time, up to half a minute."""


class Search(Struct, frozen=True, kw_only=True):
    """Look for replies to `reply_to` that an earlier process posted and could not record any more."""

    turn: TurnId
    channel_id: ChannelId
    after: MessageId
    reply_to: MessageId


class PostPart(Struct, frozen=True, kw_only=True):
    """Post one part of the answer as a reply to the question."""

    turn: TurnId
    channel_id: ChannelId
    part: int
    reply_to: MessageId
    nonce: str
    wanted: PartWanted


class EditPart(Struct, frozen=True, kw_only=True):
    """Replace what one part shows.

    `may_have_files` is true when the message may have files; those that are not wanted are then taken off.
    """

    turn: TurnId
    channel_id: ChannelId
    part: int
    message_id: MessageId
    wanted: PartWanted
    may_have_files: bool = False


class DeletePart(Struct, frozen=True, kw_only=True):
    """Delete a message that the answer does not need any more."""

    turn: TurnId
    channel_id: ChannelId
    message_id: MessageId


class React(Struct, frozen=True, kw_only=True):
    """Put a reaction of the bot on the question."""

    turn: TurnId
    channel_id: ChannelId
    message_id: MessageId
    emoji: str


class Unreact(Struct, frozen=True, kw_only=True):
    """Take a reaction of the bot off the question."""

    turn: TurnId
    channel_id: ChannelId
    message_id: MessageId
    emoji: str


class ReadQuestion(Struct, frozen=True, kw_only=True):
    """Read one waiting question again, because it may have been edited or deleted while nobody listened."""

    session: SessionId
    channel_id: ChannelId
    message_id: MessageId


class TellPrivately(Struct, frozen=True, kw_only=True):
    """Send a note by direct message. This takes two requests, because the channel has to be opened first."""

    note: int
    person: UserId
    text: str
    nonce: str


class SearchSpeech(Struct, frozen=True, kw_only=True):
    """Look for an answer that was read aloud, which an earlier process or request may have posted as a reply to `reply_to`."""

    turn: TurnId
    channel_id: ChannelId
    after: MessageId
    reply_to: MessageId


class PostSpeech(Struct, frozen=True, kw_only=True):
    """Post an answer that was read aloud: as a voice message or, where `is_voice` is false, as a file."""

    turn: TurnId
    channel_id: ChannelId
    speech: SpeechMade
    is_voice: bool


class DeleteSpeech(Struct, frozen=True, kw_only=True):
    """Delete the message of an answer that was read aloud to somebody who wants to be forgotten."""

    turn: TurnId
    channel_id: ChannelId
    message_id: MessageId


SpeechRequest = SearchSpeech | PostSpeech | DeleteSpeech

TextRequest = Search | PostPart | EditPart | DeletePart
Reaction = React | Unreact
Request = TextRequest | Reaction
"""The requests that are about a turn's reply."""

Sendable = Request | ReadChannel | ReadQuestion | TellPrivately | SpeechRequest

PartitionKey = tuple[int, Literal["text", "reactions", "reading", "notes", "speech"]]
"""Requests of one partition go one after the other, so that what lands last in it is what was sent last."""


def partition_of(request: Sendable) -> PartitionKey:
    """Return a request's partition. Reactions have their own, so that one that must wait does not hold up a text."""
    match request:
        case React() | Unreact():
            return request.channel_id, "reactions"
        case ReadChannel() | ReadQuestion():
            return request.channel_id, "reading"
        case TellPrivately():
            return request.person, "notes"
        case SearchSpeech() | PostSpeech() | DeleteSpeech():
            return request.channel_id, "speech"
        case _:
            return request.channel_id, "text"


def requests_in(request: Sendable) -> int:
    """Return how many HTTP requests it takes."""
    return 2 if isinstance(request, TellPrivately) else 1


class Priority(IntEnum):
    """Which request goes first when there is not room for all of them: the lowest value.

    | priority | the request | who waits for it |
    |---|---|---|
    | `FIRST_TEXT` | the first text of a reply, and whatever holds such a text up | a person who has seen nothing of the answer yet |
    | `FINAL_TEXT` | the rest of an answer that is complete | a person who reads the beginning of it |
    | `NOTICE` | a refusal, a private note, an answer that was read aloud, a channel or question to read | a person, but not for an answer |
    | `DONE_MARK` | the reaction that the question keeps (👌) | a person who wants to know whether that was all |
    | `WRITING_HAND` | the reaction ✍🏻 while the answer is written | nobody |
    | `INTERIM_EDIT` | a draft that has grown | nobody |
    | `LATE` | an outcome from before the present start, a question that is read again after it | nobody any more, perhaps |
    | `PLACEHOLDER` | that a turn waits behind others of its session | nobody |

    What nobody waits for is throttled: it is only sent where the rate limits leave room. What is late has a share of its own
    beside that, so that it is not late for ever.
    """

    FIRST_TEXT = 0
    FINAL_TEXT = 1
    NOTICE = 2
    DONE_MARK = 3
    WRITING_HAND = 4
    INTERIM_EDIT = 5
    LATE = 6
    PLACEHOLDER = 7


DECORATION: Final = (Priority.INTERIM_EDIT, Priority.PLACEHOLDER)
"""Texts that nobody waits for."""

THROTTLED_FROM: Final = Priority.WRITING_HAND
"""Requests of this priority and later ones are throttled."""


class Candidate(Struct):
    """One request that may be sent next.

    `kind` is the type of the request. The request itself may be None: a text is drawn only when it is chosen, because newer
    text may come until then. `since_s` is the moment since when it waits; for requests that are throttled, when the same
    reply was last served. `not_before_s` is the earliest moment to send it. `asker` is the person that it is for.
    """

    priority: Priority
    since_s: float
    partition: PartitionKey
    kind: type[Sendable]
    not_before_s: float
    asker: UserId | None = None
    turn: TurnId | None = None
    request: Sendable | None = None


_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"

_REPLACED_MAX: Final = 36**3
"""Three characters say which message is replaced; more do not fit."""


def nonce_of_part(place: Place, turn: TurnId | None, part: int, *, replaced: MessageId | None) -> str:
    """Return the nonce of one part of a turn's reply.

    `turn` is None for the refusal of a message that storage could not commit: no turn is stored. The number of a question's own turn
    is not in the nonce: if two processes with copies of one database answer the question, Discord shows one reply. `replaced` is the newest
    message that cannot be edited any more, and that the reply goes on without. The parts that are posted from then on have
    other nonces than before, or Discord would answer with the old messages.
    """
    of_turn = "-" if turn is None else "*" if place.question_id is not None else _base36(turn)
    reply_to = place.reply_to
    if replaced is None:
        return f"{_base36(reply_to)}.{of_turn}.{_base36(part)}"
    # A message id counts milliseconds above its lowest 22 bits (Discord: Snowflakes), and those are often equal.
    salt = (replaced ^ (replaced >> 22)) % _REPLACED_MAX
    return f"{_base36(reply_to)}.{of_turn}-{_base36(part)}.{_base36(salt)}"


def nonce_of_placeholder(place: Place, turn: TurnId) -> str:
    """Return the nonce of what says that a turn waits. No part of its reply has the same: it may be posted when this was deleted."""
    return f"{_base36(place.reply_to)}.{_base36(turn)}.-"


def nonce_of_note(note: int) -> str:
    """Return the nonce of a note's direct message."""
    return f"note.{_base36(note)}"


def _base36(number: int) -> str:
    if number < 0:
        raise ValueError(number)
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
