"""The gateway: turns Discord's events into typed messages and posts each to the mailbox of the actor that it concerns.

A listener only notes what an event says of servers and channels, in the channel tree, and posts. It never waits, because
hikari keeps the order of events only up to a listener's first `await`. `discord_api/translation.py` turns hikari's objects
into our messages.
"""

from collections.abc import Iterable
from typing import Final

import anyio
import hikari
import structlog
from hikari.impl import CacheSettings, HTTPSettings

from actors.connection.actor import GatewayConnection
from actors.mailbox import Mailbox
from discord_api.channel_tree import ChannelTree
from discord_api.hikari_internals import LenientBot
from discord_api.lenient_messages import PlainMessages
from discord_api.translation import known_channel, panel_message, posted_of
from messages.ids import ChannelId, GuildId, InteractionId, MessageId
from messages.intake import (
    ChannelEvent,
    ChannelGone,
    ChannelsListed,
    Connected,
    EventsDropped,
    IntakeMessage,
    MessageDeleted,
    MessageEdited,
)
from messages.panel import PanelMessage
from settings import ConfigurationError
from tls import tls_context

log = structlog.get_logger()

INTENTS: Final = hikari.Intents.GUILDS | hikari.Intents.GUILD_MESSAGES | hikari.Intents.DM_MESSAGES

INTERACTIONS_REMEMBERED: Final = 4096
"""After a RESUME hikari hands on some events twice. An interaction is ignored when it is among this many latest ones."""

_REMEDIES: Final[dict[int, str]] = {
    4004: "DISCORD_TOKEN was refused by Discord. Copy it again from the developer portal into .env and start again.",
    4014: "The message content intent was refused (message_content is on). Switch it on at the bot's page in Discord's "
    "developer portal, or set message_content = false under [discord] in CAUSERIE_CONFIG, and start again.",
}
"""What an operator can do about some of the close codes after which Discord says not to reconnect."""

_OUTDATED: Final = "Discord refused the connection for good (close code {code}). Update Causerie and start again."
"""What is said of the other close codes: an operator cannot change intents, API version or shards."""


def listener(token: str, rest_url: str, *, message_content: bool) -> hikari.GatewayBot:
    """Return hikari's bot, without cache or output. It turns payloads into events and calls listeners; it is never started.

    :param message_content: whether to ask Discord for the text of messages that do not mention the bot
    """
    return LenientBot(
        token,
        PlainMessages,  # a message that hikari does not understand is read for its text, not dropped
        banner=None,
        logs=None,
        suppress_optimization_warning=True,
        intents=INTENTS | hikari.Intents.MESSAGE_CONTENT if message_content else INTENTS,
        cache_settings=CacheSettings(components=hikari.api.CacheComponents.NONE),
        auto_chunk_members=False,
        rest_url=rest_url,
        http_settings=HTTPSettings(ssl=tls_context()),
    )


class Gateway:
    """Hears Discord's events for as long as the process lives."""

    def __init__(
        self,
        bot: hikari.GatewayBot,
        connection: GatewayConnection,
        *,
        bot_id: int,
        channel_tree: ChannelTree,
        intake: Mailbox[IntakeMessage],
        panel: Mailbox[PanelMessage],
    ) -> None:
        self.connection = connection
        self._bot_id = bot_id
        self._channel_tree = channel_tree
        self._intake = intake
        self._panel = panel
        self._heard: dict[InteractionId, None] = {}
        for event, listener in (
            (hikari.ShardReadyEvent, self._on_ready),
            (hikari.GuildAvailableEvent, self._on_guild),
            (hikari.GuildJoinEvent, self._on_guild),
            (hikari.GuildUpdateEvent, self._on_guild_change),
            (hikari.GuildLeaveEvent, self._on_leave),
            (hikari.RoleUpdateEvent, self._on_role),
            (hikari.GuildChannelCreateEvent, self._on_new_channel),
            (hikari.GuildChannelUpdateEvent, self._on_channel_change),
            (hikari.GuildChannelDeleteEvent, self._on_channel_gone),
            (hikari.GuildThreadCreateEvent, self._on_new_thread),
            (hikari.GuildThreadAccessEvent, self._on_opened_thread),
            (hikari.GuildThreadUpdateEvent, self._on_thread_change),
            (hikari.GuildThreadDeleteEvent, self._on_thread_gone),
            (hikari.ThreadListSyncEvent, self._on_threads),
            (hikari.MessageCreateEvent, self._on_message),
            (hikari.MessageUpdateEvent, self._on_edit),
            (hikari.MessageDeleteEvent, self._on_delete),
            (hikari.GuildBulkMessageDeleteEvent, self._on_deletes),
            (hikari.InteractionCreateEvent, self._on_interaction),
        ):
            bot.subscribe(event, listener)

    async def run(self) -> None:
        """Listen until stopped; a lost connection is opened again.

        :raises ConfigurationError: when Discord refuses the token or the intents
        """
        try:
            await self.connection.run()
        except hikari.UnauthorizedError as error:
            raise ConfigurationError(_REMEDIES[4004]) from error
        except hikari.GatewayServerClosedConnectionError as error:
            code = -1 if error.code is None else int(error.code)
            raise ConfigurationError(_REMEDIES.get(code, _OUTDATED.format(code=code))) from error

    async def _on_ready(self, event: hikari.ShardReadyEvent) -> None:
        # If this found no room, nothing else would say that messages may have been missed.
        self._intake.post_always(Connected(guilds=tuple(GuildId(int(guild)) for guild in event.unavailable_guilds)))
        log.info("gateway.ready", shard=event.shard.id)

    async def _on_guild(self, event: hikari.GuildAvailableEvent | hikari.GuildJoinEvent) -> None:
        guild, listed = GuildId(int(event.guild_id)), [*event.channels.values(), *event.threads.values()]
        everyone = event.roles.get(event.guild_id)
        self._channel_tree.list_guild(
            guild, 0 if everyone is None else int(everyone.permissions), [known_channel(place) for place in listed]
        )
        last_messages = tuple(
            (ChannelId(int(place.id)), _last_message_of(place))
            for place in listed
            if isinstance(place, hikari.TextableGuildChannel)
        )
        self._intake.post(ChannelsListed(guild_id=guild, last_messages=last_messages))

    async def _on_guild_change(self, event: hikari.GuildUpdateEvent) -> None:
        self._note_roles(event.roles.values())

    async def _on_role(self, event: hikari.RoleUpdateEvent) -> None:
        self._note_roles([event.role])

    def _note_roles(self, roles: Iterable[hikari.Role]) -> None:
        for role in roles:
            if role.id == role.guild_id:  # @everyone
                self._channel_tree.change_everyone(GuildId(int(role.guild_id)), int(role.permissions))

    async def _on_leave(self, event: hikari.GuildLeaveEvent) -> None:
        self._channel_tree.leave(GuildId(int(event.guild_id)))

    async def _on_new_channel(self, event: hikari.GuildChannelCreateEvent) -> None:
        self._begin(event.channel, MessageId(0))

    async def _on_new_thread(self, event: hikari.GuildThreadCreateEvent) -> None:
        self._begin(event.thread, MessageId(0))

    async def _on_opened_thread(self, event: hikari.GuildThreadAccessEvent) -> None:
        self._begin(event.thread, _last_message_of(event.thread))

    def _begin(self, channel: hikari.GuildChannel, last: MessageId) -> None:
        known = known_channel(channel)
        self._channel_tree.change(known)
        listed = ((known.channel_id, last),)
        self._intake.post(ChannelsListed(guild_id=known.guild_id, last_messages=listed))

    async def _on_channel_change(self, event: hikari.GuildChannelUpdateEvent) -> None:
        self._channel_tree.change(known_channel(event.channel))

    async def _on_thread_change(self, event: hikari.GuildThreadUpdateEvent) -> None:
        self._channel_tree.change(known_channel(event.thread))

    async def _on_channel_gone(self, event: hikari.GuildChannelDeleteEvent) -> None:
        self._remove(event.channel_id)

    async def _on_thread_gone(self, event: hikari.GuildThreadDeleteEvent) -> None:
        self._remove(event.thread_id)

    def _remove(self, gone: hikari.Snowflake) -> None:
        channel = ChannelId(int(gone))
        self._channel_tree.remove(channel)
        self._intake.post(ChannelGone(channel_id=channel))

    async def _on_threads(self, event: hikari.ThreadListSyncEvent) -> None:
        channels = None if event.channel_ids is None else [ChannelId(int(channel)) for channel in event.channel_ids]
        threads = [known_channel(thread) for thread in event.threads.values()]
        self._channel_tree.list_threads(GuildId(int(event.guild_id)), channels, threads)

    async def _on_message(self, event: hikari.MessageCreateEvent) -> None:
        posted = posted_of(event.message, self._bot_id, self._channel_tree)
        if posted.by_person:
            self._tell(posted)

    async def _on_edit(self, event: hikari.MessageUpdateEvent) -> None:
        message = event.message
        if message.edited_timestamp and message.content is not hikari.UNDEFINED:
            edited = MessageEdited(
                message_id=MessageId(int(message.id)),
                channel_id=ChannelId(int(message.channel_id)),
                text=message.content or "",
            )
            self._tell(edited)

    async def _on_delete(self, event: hikari.MessageDeleteEvent) -> None:
        self._forget(event.channel_id, [event.message_id])

    async def _on_deletes(self, event: hikari.GuildBulkMessageDeleteEvent) -> None:
        self._forget(event.channel_id, sorted(event.message_ids))

    def _forget(self, channel: hikari.Snowflake, messages: Iterable[hikari.Snowflake]) -> None:
        for message in messages:
            self._tell(MessageDeleted(message_id=MessageId(int(message)), channel_id=ChannelId(int(channel))))

    def _tell(self, event: ChannelEvent) -> None:
        """Post an event to the intake; where it finds no room, its channel will be read again from before it."""
        if not self._intake.post(event):
            channel = event.channel_id
            dropped = EventsDropped(channel_id=channel, after=MessageId(event.message_id - 1))
            self._intake.post_always(dropped, conflation_key=("dropped", channel))

    async def _on_interaction(self, event: hikari.InteractionCreateEvent) -> None:
        interaction = InteractionId(int(event.interaction.id))
        if interaction in self._heard:
            return
        self._heard[interaction] = None
        if len(self._heard) > INTERACTIONS_REMEMBERED:
            del self._heard[next(iter(self._heard))]
        message = panel_message(event.interaction, self._channel_tree, anyio.current_time())
        if message is not None:
            self._panel.post(message, conflation_key=interaction)


def _last_message_of(channel: hikari.GuildChannel) -> MessageId:
    return MessageId(int(getattr(channel, "last_message_id", None) or 0))
