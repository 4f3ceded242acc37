"""The gateway: turns Discord's events into typed messages and posts each to the mailbox of the actor that it concerns.

A listener never waits, because hikari keeps the order of events only up to a listener's first `await`. In our words are put:
messages by `discord_api/translation.py`, commands and presses by `discord_api/interactions.py`, and what happens to servers
and channels by `discord_api/server_events.py`.
"""

import time
from collections.abc import Iterable
from typing import Final

import anyio
import hikari
import structlog
from hikari.impl import CacheSettings, HTTPSettings

from actors.connection.actor import GatewayConnection
from actors.figures import FiguresCollector
from actors.mailbox import Mailbox
from discord_api.channel_tree import ChannelTree
from discord_api.hikari_internals import LenientBot
from discord_api.interactions import panel_message
from discord_api.lenient_messages import PlainMessages
from discord_api.server_events import SERVER_EVENTS, ServerEvent, remember
from discord_api.translation import HikariMessages
from messages.figures import GatewayFigures
from messages.ids import ChannelId, GuildId, InteractionId, MessageId
from messages.intake import (
    ChannelEvent,
    Connected,
    EventsDropped,
    IntakeMessage,
    MessageDeleted,
    MessagePosted,
)
from messages.panel import PanelMessage
from network.tls import tls_context
from settings.errors import ConfigurationError

log = structlog.get_logger()

INTENTS: Final = hikari.Intents.GUILDS | hikari.Intents.GUILD_MESSAGES | hikari.Intents.DM_MESSAGES

INTERACTIONS_REMEMBERED: Final = 4096
"""An interaction is ignored when it is among this many latest ones: after a RESUME hikari hands on some events twice."""

_REMEDIES: Final[dict[int, str]] = {
    4004: "DISCORD_TOKEN was refused by Discord. Copy it again from the developer portal into .env and start again.",
    4014: "The message content intent was refused (message_content is on). Switch it on at the bot's page in Discord's "
    "developer portal, or set message_content = false under [discord] in CAUSERIE_CONFIG, and start again.",
}
"""What an operator can do about some of the close codes after which Discord says not to reconnect."""

_OUTDATED: Final = "Discord refused the connection for good (close code {code}). Update Causerie and start again."
"""The message for the other close codes: an operator cannot change intents, API version or shards."""


def listener(token: str, rest_url: str, *, message_content: bool) -> hikari.GatewayBot:
    """Return hikari's bot, without cache or output. It turns payloads into events and calls listeners; it is never started.

    :param message_content: whether Discord shall send the text of messages that do not mention the bot
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
    """Listens to Discord's events for as long as the process lives."""

    def __init__(
        self,
        bot: hikari.GatewayBot,
        connection: GatewayConnection,
        *,
        bot_id: int,
        channel_tree: ChannelTree,
        intake: Mailbox[IntakeMessage],
        panel: Mailbox[PanelMessage],
        figures: FiguresCollector,
    ) -> None:
        self.connection = connection
        self._messages = HikariMessages(bot_id, channel_tree)
        self._channel_tree = channel_tree
        self._intake = intake
        self._panel = panel
        self._heard: dict[InteractionId, None] = {}
        self._figures = figures
        self._connected_s: dict[int, float] = {}
        """Since when each shard that is connected has been so, in seconds since 1970."""
        for event in SERVER_EVENTS:
            bot.subscribe(event, self._on_server)
        bot.subscribe(hikari.ShardReadyEvent, self._on_ready)
        bot.subscribe(hikari.ShardResumedEvent, self._on_resumed)
        bot.subscribe(hikari.ShardDisconnectedEvent, self._on_disconnected)
        bot.subscribe(hikari.MessageCreateEvent, self._on_message)
        bot.subscribe(hikari.MessageUpdateEvent, self._on_edit)
        bot.subscribe(hikari.MessageDeleteEvent, self._on_delete)
        bot.subscribe(hikari.GuildBulkMessageDeleteEvent, self._on_deletes)
        bot.subscribe(hikari.InteractionCreateEvent, self._on_interaction)

    async def run(self) -> None:
        """Listen until stopped; a lost connection is opened again, by `actors/connection`.

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
        guilds = tuple(GuildId(int(guild)) for guild in event.unavailable_guilds)
        self._channel_tree.keep_only(guilds)
        # If this found no room, nothing else would say that messages may have been missed.
        self._intake.post_always(Connected(guilds=guilds))
        log.info("gateway.ready", shard=event.shard.id)
        self._note_connection(event.shard, is_connected=True)

    async def _on_resumed(self, event: hikari.ShardResumedEvent) -> None:
        self._note_connection(event.shard, is_connected=True)

    async def _on_disconnected(self, event: hikari.ShardDisconnectedEvent) -> None:
        self._note_connection(event.shard, is_connected=False)

    def _note_connection(self, shard: hikari.api.GatewayShard, *, is_connected: bool) -> None:
        """Publish since when all shards are connected, if they are."""
        self._connected_s.pop(shard.id, None)
        if is_connected:
            self._connected_s[shard.id] = time.time()
        is_whole = len(self._connected_s) == shard.shard_count
        self._figures.publish(GatewayFigures(connected_since_s=max(self._connected_s.values()) if is_whole else None))

    async def _on_server(self, event: ServerEvent) -> None:
        news = remember(event, self._channel_tree)
        if news is not None:
            self._intake.post(news)

    async def _on_message(self, event: hikari.MessageCreateEvent) -> None:
        posted = self._messages.posted(event.message)
        if posted.by_person:
            self._tell(posted)

    async def _on_edit(self, event: hikari.MessageUpdateEvent) -> None:
        edited = self._messages.edited(event.message)
        if edited is not None:
            self._tell(edited)

    async def _on_delete(self, event: hikari.MessageDeleteEvent) -> None:
        self._forget(event.channel_id, [event.message_id])

    async def _on_deletes(self, event: hikari.GuildBulkMessageDeleteEvent) -> None:
        self._forget(event.channel_id, sorted(event.message_ids))

    def _forget(self, channel: hikari.Snowflake, messages: Iterable[hikari.Snowflake]) -> None:
        for message in messages:
            self._tell(MessageDeleted(message_id=MessageId(int(message)), channel_id=ChannelId(int(channel))))

    def _tell(self, event: ChannelEvent) -> None:
        """Post an event to the intake; where it finds no room, its channel will be read again from before it.

        Edits and deletions have more room, because reading a channel does not say what was deleted there.
        """
        if not self._intake.post(event, uses_reserve=not isinstance(event, MessagePosted)):
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
