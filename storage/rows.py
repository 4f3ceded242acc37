"""Rows as typed structs: their fields are named by the words of the code, and read from the columns named here.

The database's columns keep the names that people see who open the file with another program. A field whose name differs
from its column's is listed in its struct's `rename`, with the column or the SQL expression that it is read from.
`UnitOfWork.first` and `UnitOfWork.every` read rows; nothing else turns columns into fields.
"""

from msgspec import Struct

from messages.choices import Choices
from messages.enclosure import Enclosure
from messages.ids import ChannelId, GuildId, IdempotencyKey, MessageId, SessionId, TurnId, UserId
from messages.presses import Status
from messages.turn import Kind
from storage.enclosures import decoded, decoded_edit


class TurnRow(
    Struct,
    frozen=True,
    array_like=True,
    rename={
        "idempotency_key": "cause",
        "guild_id": "guild",
        "crash_count": "deaths",
        "notes_public": "note_public != 0",
        "again_at_s": "again_at",
        "is_muted": "muted != 0",
        "is_withdrawn": "withdrawn != 0",
        "is_wait_told": "wait_told != 0",
    },
):
    """A turn. `state` and the reasons are checked where they become a message, so that a wrong one can be quarantined.

    `session` is None for a refusal that never had one, and `root`, the turn that asked the question first, is None for a
    retry that was refused. `question_id` is None where a button asked. `edited` is the question as it was edited after its
    model had been asked. `model` is the session's model when an attempt last began. `is_wait_told`: its reply may stand in Discord already,
    and say that it waits.
    """

    id: TurnId
    idempotency_key: IdempotencyKey
    kind: Kind
    root: TurnId | None
    session: SessionId | None
    asker: UserId
    asker_name: str
    channel_id: ChannelId
    guild_id: GuildId | None
    reply_to: MessageId
    question_id: MessageId | None
    question: str
    enclosed: str
    state: str
    reason: str | None
    attempt: int
    crash_count: int
    draft: str
    stop_reason: str | None
    notes_public: bool
    again_at_s: float | None
    is_muted: bool
    is_withdrawn: bool
    edited: str | None
    flags: str
    left_out: str
    model: str | None
    is_wait_told: bool

    @property
    def enclosures(self) -> tuple[Enclosure, ...]:
        """What the question encloses beside its text."""
        return decoded(self.enclosed)

    @property
    def next_question(self) -> tuple[str, str]:
        """What asking again asks: the question as it was edited last, and what it encloses, as the column holds it."""
        return (self.question, self.enclosed) if self.edited is None else decoded_edit(self.edited)

    @property
    def known_session(self) -> SessionId:
        """The session of a turn that cannot be without one.

        :raises LookupError: when the row has none all the same
        """
        if self.session is None:
            raise LookupError(f"turn {self.id} has no session")
        return self.session


class SessionRow(
    Struct,
    frozen=True,
    array_like=True,
    rename={
        "create_time_s": "create_time",
        "update_time_s": "update_time",
        "modify_time_s": "modify_time",
        "is_public": "is_public != 0",
        "is_removed": "is_removed != 0",
        "said_public": "direct_told != 0",
    },
):
    """A session. `said_public`: an answer to a direct message has said that the session is public."""

    id: SessionId
    creator: UserId
    origin_guild: GuildId | None
    model: str
    effort: str
    size: str
    quality: str
    system_msg: str
    create_time_s: float
    update_time_s: float
    modify_time_s: float
    is_public: bool
    is_removed: bool
    said_public: bool

    @property
    def choices(self) -> Choices:
        """What its owner chose of what its model offers."""
        return Choices(effort=self.effort, size=self.size, quality=self.quality)


class ListedRow(
    Struct,
    frozen=True,
    array_like=True,
    rename={
        "id": "session.id",
        "title": "session.title",
        "creator": "session.creator",
        "creator_name": "owner.name",
        "origin_guild": "session.origin_guild",
        "model": "session.model",
        "update_time_s": "session.update_time",
        "is_public": "session.is_public != 0",
        "is_removed": "session.is_removed != 0",
        "current_session": "me.current_session",
    },
):
    """A session as lists show it, joined with its owner and with whoever looks, whose `current_session` it may be."""

    id: SessionId
    title: str
    creator: UserId
    creator_name: str
    origin_guild: GuildId | None
    model: str
    update_time_s: float
    is_public: bool
    is_removed: bool
    current_session: SessionId | None


class UserRow(
    Struct,
    frozen=True,
    array_like=True,
    rename={
        "id": "discord_user_id",
        "create_time_s": "create_time",
        "update_time_s": "update_time",
        "modify_time_s": "modify_time",
        "show_public": "show_public != 0",
        "attach": "attach != 0",
        "speaks": "speaks != 0",
    },
):
    """A user. `status_cause` and `chosen_cause` are the interactions that last set the status and chose the session.

    `sessions` is how many they have, and `newest_session` the last that they began, removed or not; 0 where they began none.
    """

    id: UserId
    name: str
    status: Status
    status_cause: int
    model: str | None
    current_session: SessionId | None
    session_before: SessionId | None
    chosen_cause: int
    locale: str
    system_msg: str
    max_token: int
    temperature: float | None
    show_public: bool
    attach: bool
    speaks: bool
    create_time_s: float
    update_time_s: float
    modify_time_s: float
    sessions: int
    newest_session: SessionId


def columns(row: type[Struct]) -> str:
    """Return the columns of a row's fields in their order, as SQL."""
    return ", ".join(row.__struct_encode_fields__)
