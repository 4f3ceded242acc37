"""What storage, the session's actor and the courier say to each other about a turn."""

from typing import Final, Literal

from msgspec import Struct

from messages.answer import Answer
from messages.choices import Choices
from messages.enclosure import Enclosure, LeftOut
from messages.flags import Flags
from messages.ids import ChannelId, GuildId, MessageId, SessionId, TurnId, UserId
from messages.vectors import EarlierVector

Ending = Literal["answered", "interrupted", "failed", "cancelled", "refused"]
"""How a turn ends; `delivered` follows when all of it stands in Discord."""

Reason = Literal[
    "complete",
    # answered, but not to its end
    "token_limit",
    "content_filter",
    "too_long",
    "whole_in_file",
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
    "answer_blocked",
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
    "text_too_long",
    "file_unreadable",
    "question_blocked",
    "picture_refused",
    "no_recording",
    "not_heard",
    "only_files",
    "bad_request",
    "not_verified",
    "no_prompt",
    "no_picture",
    "only_link",
    "drawing_refused",
    "picture_late",
    "picture_gone",
    "picture_unusable",
    "picture_not_changed",
    "cannot_edit",
    "cannot_continue",
    "budget_user",
    "budget_role",
    "budget_server",
    "budget_all",
    "quarantined",
    "parked",
    # cancelled
    "question_deleted",
    "session_ended",
    "forgotten",
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
"""The answer broke off without a reason that anybody gave. The bot tries such a turn once more, in the same messages."""

GATED: Final[frozenset[Reason]] = frozenset({"question_blocked", "answer_blocked"})
"""The server's moderation does not let the question be asked, or the answer be shown."""

AFTER_EDIT: Final[frozenset[Reason]] = frozenset(
    {
        "complete",
        "token_limit",
        "content_filter",
        "too_long",
        "whole_in_file",
        "no_recording",
        "refused_by_model",
        "context_too_long",
        "text_too_long",
        "question_blocked",
        "no_prompt",
        "picture_gone",
        "picture_unusable",
        "picture_not_changed",
        "cannot_edit",
    }
)
"""After these there is no *Retry*; when the question is edited, the message gets the button *Ask again*."""

Kind = Literal["question", "retry", "continue"]

CRASH_COUNT_MAX: Final = 3
"""A turn during which the process died so often is quarantined, so that the turns after it can be answered."""

CRASH_COUNT_ALONE: Final = CRASH_COUNT_MAX - 1
"""A turn during which the process died so often may be the cause. Such turns run one at a time, to find out which it is."""


class Utterance(Struct, frozen=True, kw_only=True):
    """One thing said in a session, with what it encloses. `cut` marks an answer that stopped before its end."""

    role: Literal["user", "assistant"]
    author_id: UserId | None
    author_name: str
    text: str
    cut: bool = False
    enclosures: tuple[Enclosure, ...] = ()

    @property
    def is_forgotten(self) -> bool:
        """Whether it was erased with everything of its author's: only its place is left."""
        return self.role == "user" and self.author_id is None and not self.text and not self.enclosures


class Part(Struct, frozen=True, kw_only=True):
    """The Discord message that holds one part of a turn's reply; parts count from 0."""

    part: int
    message_id: MessageId


class Place(Struct, frozen=True, kw_only=True):
    """Where a turn's reply belongs: its channel, the message that it replies to, and the message that gets the reactions.

    `question_id` is None for a turn that was asked by a button.
    """

    channel_id: ChannelId
    reply_to: MessageId
    question_id: MessageId | None


class TurnTaken(Struct, frozen=True, kw_only=True, tag="turn_taken"):
    """A turn has started; this is everything that its session's actor needs. From the recorder (`TakeNextTurn`, `TryAgain`)."""

    turn: TurnId
    session: SessionId
    attempt: int
    crash_count: int
    """How many processes died uncleanly while this turn's model was asked."""
    asker: UserId
    guild_id: GuildId | None = None
    """The server in which it was asked; None for direct messages."""
    locale: str = ""
    """The language of what is said beside the answer, by Discord's name; "" where it is not known."""
    kind: Kind
    place: Place
    model: str
    system_msg: str
    max_token: int
    temperature: float | None
    choices: Choices = Choices()
    """What was chosen for the session; the model may not offer it (`Model.asked`)."""
    history: tuple[Utterance, ...] = ()
    """What was said before, oldest first. For a turn of kind `continue`, the last entry is the answer to be continued.

    It is empty until the model can be asked (`BeginAsking`), for many turns may wait until then.
    """
    earlier: tuple[EarlierVector, ...] = ()
    """The vectors of the session's other texts, where the model makes vectors; like the history, empty until it can be asked."""
    question: Utterance
    """It may still be edited before `BeginAsking`, which returns it anew."""
    draft: str
    """The part of the answer that an earlier attempt has shown."""
    is_wait_told: bool = False
    """Its reply may stand in Discord already, and say that it waits."""
    is_followed: bool = False
    """Whether other turns of its session wait behind it."""


class OutcomePending(Struct, frozen=True, kw_only=True, tag="outcome_owed"):
    """A turn has ended, which is committed, and Discord does not show all of its outcome yet.

    From the recorder, to the courier, by the actor that had the end committed.
    """

    turn: TurnId
    session: SessionId | None
    """None for a refusal without a session."""
    asker: UserId
    place: Place
    ending: Ending
    reason: Reason
    answer: Answer
    """The whole answer, or as much as there is."""
    parts: tuple[Part, ...]
    """The messages that are known to hold the answer."""
    attempted: bool
    search: bool
    """Whether there may be more parts, posted by a process that died before it could record them."""
    waited: bool = False
    """Its reply may stand there, and say that the turn waits behind others."""
    below: MessageId = MessageId(0)
    """Where it `waited`: the newest message in its channel that holds an answer to an earlier turn of its session."""
    locale: str = ""
    """The language of what is said beside the answer, by Discord's name; "" where it is not known."""
    note_public: bool = False
    """The question came by direct message, so the answer's footer says that the session is public."""
    flags: Flags = Flags()
    """What the server's moderation found, where it only warns."""
    heard: str = ""
    """What is said in the recordings of the question."""
    has_reasoning: bool = False
    """What the model reasoned is stored, and can be asked for."""
    left_out: tuple[LeftOut, ...] = ()
    """The files of the question that its model was not shown, and why."""
    again_at_s: float | None = None
    """When the model's server will accept the question again (seconds since 1970); None if it did not say."""
    muted: bool = False
    """An earlier notice to this person covers this turn too, so the question gets a mark only."""
    model: str = ""
    """The model that was asked; "" where none was."""
    can_continue: bool = True
    """Whether that model can go on with an answer that stopped. The courier knows, and storage does not."""
    guide_url: str = ""
    """With the hint: the page that tells more, if the operator names one. The courier knows, and storage does not."""
    other_model: str | None = None
    """The default model, if the session's own model is gone: its owner may choose it for the session."""
    lacks: int = 0
    """With the hint: the permissions that the bot lacks in the channel, as Discord's bits, as far as is known."""
    is_edited: bool = False
    """The question was edited after its model had been asked, so the answer may offer to ask it again."""
    is_stored: bool = True
    """False only for the refusal of a message that storage could not commit: `turn` is that message's id."""


class StopTurn(Struct, frozen=True, kw_only=True, tag="stop_turn"):
    """End a streaming turn with the answer as it is. The request is committed, and the right to it was checked.

    From the recorder, when a turn is stopped, a question is deleted or a session is closed; to the session's actor, by
    the supervisor.
    """

    session: SessionId
    turn: TurnId
    reason: Reason
