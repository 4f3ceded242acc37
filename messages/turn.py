"""The words of a turn that storage, session and courier share."""

from typing import Final, Literal

from msgspec import Struct

from messages.answer import Answer
from messages.ids import ChannelId, MessageId, SessionId, TurnId, UserId

Ending = Literal["answered", "interrupted", "failed", "cancelled", "refused"]
"""How a turn ends; `delivered` follows when all of it stands in Discord."""

Reason = Literal[
    "complete",
    # answered, but not to its end
    "token_limit",
    "content_filter",
    "too_long",
    # interrupted
    "stopped",
    "stream_broke",
    "ended_early",
    "malformed",
    "first_text_late",
    "stalled",
    "only_keepalives",
    "error_event",
    "response_failed",
    "thought_too_long",
    # failed
    "no_text",
    "refused_by_model",
    "unreachable",
    "wrong_key",
    "rate_limited",
    "quota_exhausted",
    "answer_too_dear",
    "server_error",
    "model_unknown",
    "wrong_address",
    "context_too_long",
    "bad_request",
    "quarantined",
    "parked",
    # cancelled
    "question_deleted",
    "session_ended",
    # refused
    "hint",
    "session_closed",
    "no_question",
    "content_hidden",
    "queue_full",
    "too_many_questions",
    "too_old",
    "storage",
]

BREAKS: Final[frozenset[Reason]] = frozenset(
    {"stream_broke", "ended_early", "malformed", "first_text_late", "stalled", "only_keepalives"}
)
"""An answer broke off, and nobody said why: it is tried once more by itself, into the same messages."""

Kind = Literal["question", "retry", "continue"]

CRASH_COUNT_MAX: Final = 3
"""A turn during which the process died that often is set aside, so that what waits behind it can be answered."""

CRASH_COUNT_ALONE: Final = CRASH_COUNT_MAX - 1
"""A turn during which the process died that often may be the cause: such turns run one at a time, to find out which."""


class Utterance(Struct, frozen=True, kw_only=True):
    """One thing said in a session. `cut` marks an answer that stopped before its end."""

    role: Literal["user", "assistant"]
    author_id: UserId | None
    author_name: str
    text: str
    cut: bool = False


class Usage(Struct, frozen=True, kw_only=True):
    """Tokens of one turn, as the model counted them, or estimated where it did not say; what they cost, in dollars."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    estimated: bool = False
    cost: float = 0.0


class Part(Struct, frozen=True, kw_only=True):
    """The Discord message that holds one part of a turn's reply; parts count from 0."""

    part: int
    message_id: MessageId


class Place(Struct, frozen=True, kw_only=True):
    """Where a turn's reply belongs: its channel, the message it replies to, the message that carries reactions.

    `question_id` is None for a turn that was asked by a button.
    """

    channel_id: ChannelId
    reply_to: MessageId
    question_id: MessageId | None


class TurnTaken(Struct, frozen=True, kw_only=True, tag="turn_taken"):
    """A turn that may start now: its attempt number is committed, and this is everything it needs.

    From storage (`TakeNextTurn`, `TryAgain`), to the session's actor. `draft` is what an earlier attempt had shown.
    `crash_count` counts the processes that died uncleanly while its model was asked. `history` is oldest first and ends before
    `question`; it is empty until the model can be asked, for many turns may wait, and the question may be edited until
    then (`BeginAsking`). A turn of kind `continue` has in `history`, as the last entry, the answer that it continues.
    """

    turn: TurnId
    session: SessionId
    attempt: int
    crash_count: int
    asker: UserId
    kind: Kind
    place: Place
    model: str
    system_msg: str
    max_token: int
    temperature: float | None
    history: tuple[Utterance, ...] = ()
    question: Utterance
    draft: str


class OutcomePending(Struct, frozen=True, kw_only=True, tag="outcome_owed"):
    """A turn has ended, that is committed, and Discord does not show all of it yet.

    From storage, by way of whoever asked for the commit, to the courier. `answer` is the whole answer, or as much as there is.
    `parts` are the messages known to hold it; when `search` is true there may be more, posted by a process that died
    before it could record them. `session` is None for a refusal that never had one. `note_public`: the footer says that
    the session is public, for the question came by direct message. `again_at_s` is when the model's server will take the
    question again, in seconds since 1970, where it said so. `muted`: a notice that this person got before says it all;
    the question only carries a mark. `other_model` is the default model, where the session's own is gone: its owner may have
    the session go on with it. `is_stored` is false for the one outcome that no row knows, the refusal of a message that
    storage could not commit: `turn` is then the number of that message, and nothing about it is recorded.
    """

    turn: TurnId
    session: SessionId | None
    asker: UserId
    place: Place
    ending: Ending
    reason: Reason
    answer: Answer
    parts: tuple[Part, ...]
    attempted: bool
    search: bool
    note_public: bool = False
    again_at_s: float | None = None
    muted: bool = False
    other_model: str | None = None
    is_stored: bool = True


class StopTurn(Struct, frozen=True, kw_only=True, tag="stop_turn"):
    """A turn that streams shall end as far as it is; that it shall is committed, and so is who may have it stopped.

    From storage, as its answer to whoever had a turn stopped, a question withdrawn or a session closed; by way of the
    supervisor to the session's actor, if it runs.
    """

    session: SessionId
    turn: TurnId
    reason: Reason
