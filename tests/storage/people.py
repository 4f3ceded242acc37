"""People and messages for tests of storage and of what stands on it."""

from messages.gateway import MessagePosted
from messages.ids import ChannelId, GuildId, InteractionId, MessageId, UserId, snowflake_at
from messages.panel import Status
from messages.recorder import SetUser
from storage.limits import Limits
from storage.sqlite import SqliteStore, open_store

NOW_S = 1_790_000_000.0
ALICE, BOB = UserId(1001), UserId(1002)
CHANNEL, GUILD = ChannelId(2001), GuildId(3001)
LIMITS = Limits(default_model="test-model", questions_per_minute=1000)


def message_id(number: int) -> MessageId:
    """The id of the n-th message of a test, a tenth of a second apart."""
    return MessageId(snowflake_at(NOW_S + number / 10) + 1)


def posted(number: int, text: str = "What is a comet?", *, author: UserId = ALICE, dm: bool = False) -> MessagePosted:
    return MessagePosted(
        message_id=message_id(number),
        channel_id=CHANNEL,
        guild_id=None if dm else GUILD,
        author_id=author,
        author_name={ALICE: "Alice", BOB: "Bob"}.get(author, "Somebody"),
        by_person=True,
        text=text,
        mentions_bot=False,
        reply_to=None,
        attachments=0,
    )


def store(limits: Limits = LIMITS) -> SqliteStore:
    return open_store(":memory:", limits)


def set_status(rows: SqliteStore, status: Status, *, user: UserId = ALICE, number: int = -1) -> None:
    """`number` places the change among the messages."""
    rows.perform(
        SetUser(
            user_id=user,
            name={ALICE: "Alice", BOB: "Bob"}.get(user, "Somebody"),
            cause=InteractionId(message_id(number)),
            channel_id=CHANNEL,
            now_s=NOW_S,
            status=status,
        )
    )
