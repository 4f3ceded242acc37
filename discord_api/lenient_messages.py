"""Which messages hikari reads, and how leniently: a message that it does not understand is read for its text.

Any bot may have posted what hikari does not know yet: a new kind of component, or a message without a field that hikari
expects. Without this, one such message would end the reading of its channel at each start, or its event would be dropped
although its text can be read.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar, cast

import hikari
import structlog
from hikari.impl import EntityFactoryImpl

from discord_api.own_posts import OwnPosts
from discord_api.rest import is_known
from messages.ids import ChannelId, MessageId

log = structlog.get_logger()
Read = TypeVar("Read")

PLAIN: Final = frozenset(
    {
        "id",
        "channel_id",
        "guild_id",
        "author",
        "member",
        "content",
        "timestamp",
        "edited_timestamp",
        "tts",
        "mention_everyone",
        "mentions",
        "mention_roles",
        "pinned",
        "type",
        "flags",
        "webhook_id",
        "message_reference",
        "nonce",
    }
)
"""The fields that say who wrote what, where, and in reply to what (Discord: Message Object)."""

RICH: Final = frozenset(
    {
        "attachments",
        "embeds",
        "interaction_metadata",
        "message_snapshots",
        "poll",
        "referenced_message",
        "sticker_items",
        "stickers",
    }
)
"""The fields that say what a message has beside its text; each is read where hikari understands it."""


class OthersMessages:
    """Hands Discord's events on to hikari, but for those about messages of the bot itself: nobody here needs them.

    Each edit of an answer comes back as such an event. `found_anothers` is called with each message that another process has posted
    as the bot.
    """

    def __init__(
        self,
        events: hikari.api.EventManager,
        bot_id: int,
        *,
        own_posts: OwnPosts,
        found_anothers: Callable[[ChannelId, MessageId], None],
    ) -> None:
        self._events = events
        self._bot_id = str(bot_id)
        self._own_posts = own_posts
        self._found_anothers = found_anothers

    def consume_raw_event(self, event_name: str, shard: hikari.api.GatewayShard, payload: Any) -> None:
        """Hand an event on as Discord sent it, unless it is about a message of the bot."""
        of_a_message = event_name in ("MESSAGE_CREATE", "MESSAGE_UPDATE")
        is_own = of_a_message and (payload.get("author") or {}).get("id") == self._bot_id
        if event_name == "MESSAGE_CREATE" and not is_own:
            self._own_posts.heard(payload)
        elif event_name == "MESSAGE_CREATE" and self._own_posts.is_anothers(payload):
            self._found_anothers(ChannelId(int(payload["channel_id"])), MessageId(int(payload["id"])))
        if not is_own:
            self._events.consume_raw_event(event_name, shard, payload)

    def dispatch(self, event: hikari.Event, *, return_tasks: bool = False) -> asyncio.Future[Any] | None:
        """Hand on an event of hikari's own, about the connection."""
        return self._events.dispatch(event, return_tasks=return_tasks)


class Known(NamedTuple):
    """All that is read of a message that the bot has just sent itself."""

    id: hikari.Snowflake
    content: str | None


class PlainMessages(EntityFactoryImpl):
    """hikari's reader of payloads, which also reads a message of which it understands no more than author and text."""

    def deserialize_user(self, payload: Any) -> hikari.User:
        """Read a user; of somebody who is mentioned in a server, the nickname there counts as the display name."""
        nickname = (payload.get("member") or {}).get("nick")
        return super().deserialize_user({**payload, "global_name": nickname} if nickname else payload)

    def deserialize_message(self, payload: Any) -> hikari.Message:
        """Read a message, without what hikari does not understand; of one that was just sent, only id and text."""
        if is_known():
            return cast("hikari.Message", Known(hikari.Snowflake(payload["id"]), payload.get("content")))
        try:
            return super().deserialize_message(payload)
        except Exception as error:  # noqa: BLE001 hikari's, or what its code stumbles over
            log.warning("discord.message_not_understood", message_id=payload.get("id"), error=type(error).__name__)
            return _understood(super().deserialize_message, payload, attachments=[], embeds=[])

    def deserialize_partial_message(self, payload: Any) -> hikari.PartialMessage:
        """Read an event about a changed message, without what hikari does not understand."""
        try:
            return super().deserialize_partial_message(payload)
        except Exception as error:  # noqa: BLE001 as above
            log.warning("discord.message_not_understood", message_id=payload.get("id"), error=type(error).__name__)
            return _understood(super().deserialize_partial_message, payload)


def _understood(read: Callable[[dict[str, Any]], Read], payload: dict[str, Any], **otherwise: Any) -> Read:
    """Return what hikari reads of a message's plain fields and of each rich one that it understands.

    `otherwise` are the fields that a message must have, with their values where they are not understood.
    """
    kept = {**otherwise, **{name: value for name, value in payload.items() if name in PLAIN}}
    for name in RICH & payload.keys():
        with contextlib.suppress(Exception):
            read({**kept, name: payload[name]})
            kept[name] = payload[name]
    return read(kept)
