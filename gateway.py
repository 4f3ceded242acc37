"""The gateway: Discord's events in, typed messages out, each to the mailbox it belongs to.

Listeners do nothing but a post that never waits: hikari keeps the order of events only up to their first `await`.
"""

from typing import Final

import anyio
import hikari
import structlog
from hikari.impl import CacheSettings, HTTPSettings, HTTPTimeoutSettings

from actors.courier import REQUEST_TIMEOUT_S
from actors.intake import Intake
from actors.mailbox import Mailbox
from messages.gateway import ChannelsListed, Connected, MessageDeleted, MessageEdited, MessagePosted
from messages.ids import ChannelId, GuildId, InteractionId, MessageId, UserId
from messages.panel import CommandUsed, ComponentPressed, Interaction, PanelMessage
from settings import Misconfigured, Unreachable

log = structlog.get_logger()

INTENTS: Final = hikari.Intents.GUILDS | hikari.Intents.GUILD_MESSAGES | hikari.Intents.DM_MESSAGES

_WRITTEN_BY_PEOPLE: Final = (
    hikari.MessageType.DEFAULT,
    hikari.MessageType.REPLY,
)

_REMEDIES: Final[dict[int, str]] = {
    4004: "DISCORD_TOKEN was refused by Discord. Copy it again from the developer portal into .env and start again.",
    4013: "Discord refused the bot's intents. Update Causerie and start again.",
    4014: "The message content intent was refused (message_content is on). Switch it on at the bot's page in Discord's "
    "developer portal, or set message_content = false under [discord] in CAUSERIE_CONFIG, and start again.",
}
"""Close codes after which Discord says not to reconnect (Opcodes and Status Codes, Gateway)."""


def connect(token: str, rest_url: str, *, message_content: bool) -> hikari.GatewayBot:
    """Return a hikari bot that has not been started: no cache, no output, no retries of its own."""
    return hikari.GatewayBot(
        token,
        banner=None,
        logs=None,
        suppress_optimization_warning=True,
        intents=INTENTS | hikari.Intents.MESSAGE_CONTENT if message_content else INTENTS,
        cache_settings=CacheSettings(components=hikari.api.CacheComponents.NONE),
        http_settings=HTTPSettings(timeouts=HTTPTimeoutSettings(total=REQUEST_TIMEOUT_S)),
        auto_chunk_members=False,
        max_retries=0,
        rest_url=rest_url,
    )


def posted_of(message: hikari.Message, bot_id: int) -> MessagePosted:
    """A message of hikari's in our words."""
    mentioned = message.user_mentions_ids or ()
    reference = message.message_reference
    return MessagePosted(
        message_id=MessageId(message.id),
        channel_id=ChannelId(message.channel_id),
        guild_id=None if message.guild_id is None else GuildId(message.guild_id),
        author_id=UserId(message.author.id),
        author_name=_name_of(message.author, message.member),
        by_person=not message.author.is_bot
        and not message.author.is_system
        and message.webhook_id is None
        and message.type in _WRITTEN_BY_PEOPLE,
        text=message.content or "",
        mentions_bot=bot_id in mentioned,
        reply_to=None if reference is None or reference.id is None else MessageId(reference.id),
        attachments=len(message.attachments),
    )


def _name_of(user: hikari.User, member: hikari.Member | None = None) -> str:
    """What people see of a person: the server's nickname, the display name, the account's name."""
    nickname = None if member is None else member.nickname
    return nickname or user.global_name or user.username


class Gateway:
    """Listens to Discord for as long as the process lives."""

    def __init__(self, bot: hikari.GatewayBot, *, bot_id: int, intake: Intake, panel: Mailbox[PanelMessage]) -> None:
        self._bot = bot
        self._bot_id = bot_id
        self._intake = intake
        self._panel = panel
        for event, listener in (
            (hikari.ShardReadyEvent, self._on_ready),
            (hikari.GuildAvailableEvent, self._on_guild),
            (hikari.GuildJoinEvent, self._on_guild),
            (hikari.GuildChannelCreateEvent, self._on_new_channel),
            (hikari.GuildThreadCreateEvent, self._on_new_channel),
            (hikari.MessageCreateEvent, self._on_message),
            (hikari.MessageUpdateEvent, self._on_edit),
            (hikari.MessageDeleteEvent, self._on_delete),
            (hikari.InteractionCreateEvent, self._on_interaction),
        ):
            bot.subscribe(event, listener)

    async def start(self) -> None:
        """Connect and return when Discord is ready.

        :raises Misconfigured: when Discord refuses the token or the intents
        :raises Unreachable: when there is no Discord
        """
        try:
            # Cancelling a start before READY leaks hikari's shard.
            with anyio.CancelScope(shield=True):
                await self._bot.start(check_for_updates=False)
        except hikari.UnauthorizedError as error:
            raise Misconfigured(_REMEDIES[4004]) from error
        except hikari.GatewayServerClosedConnectionError as error:
            self._raise_remedy(error)
        except (hikari.HTTPError, hikari.GatewayConnectionError) as error:
            raise Unreachable("Discord cannot be reached at DISCORD_REST_URL. Check the network.") from error

    async def run(self) -> None:
        """Stay connected until cancelled.

        :raises Misconfigured: when Discord refuses the token or the intents
        """
        try:
            await self._bot.join()
        except hikari.GatewayServerClosedConnectionError as error:
            self._raise_remedy(error)

    async def close(self) -> None:
        """Disconnect; everything under way at hikari is seen through."""
        with anyio.CancelScope(shield=True):
            if self._bot.is_alive:
                await self._bot.close()

    def _raise_remedy(self, error: hikari.GatewayServerClosedConnectionError) -> None:
        code = -1 if error.code is None else int(error.code)
        if code in _REMEDIES:
            raise Misconfigured(_REMEDIES[code]) from error
        raise error

    async def _on_ready(self, event: hikari.ShardReadyEvent) -> None:
        self._intake.mailbox.post(Connected(guilds=tuple(GuildId(guild) for guild in event.unavailable_guilds)))
        log.info("gateway.ready", shard=event.shard.id)

    async def _on_guild(self, event: hikari.GuildAvailableEvent | hikari.GuildJoinEvent) -> None:
        places = [*event.channels.values(), *event.threads.values()]
        last_messages = tuple(
            (ChannelId(place.id), MessageId(getattr(place, "last_message_id", None) or 0))
            for place in places
            if isinstance(place, hikari.TextableGuildChannel)
        )
        self._intake.mailbox.post(ChannelsListed(guild_id=GuildId(event.guild_id), last_messages=last_messages))

    async def _on_new_channel(self, event: hikari.GuildChannelCreateEvent | hikari.GuildThreadCreateEvent) -> None:
        channel = event.channel if isinstance(event, hikari.GuildChannelCreateEvent) else event.thread
        listed = ((ChannelId(channel.id), MessageId(0)),)
        self._intake.mailbox.post(ChannelsListed(guild_id=GuildId(event.guild_id), last_messages=listed))

    async def _on_message(self, event: hikari.MessageCreateEvent) -> None:
        posted = posted_of(event.message, self._bot_id)
        if posted.by_person and not self._intake.mailbox.post(posted):
            self._intake.drop(posted)

    async def _on_edit(self, event: hikari.MessageUpdateEvent) -> None:
        message = event.message
        if message.edited_timestamp and message.content is not hikari.UNDEFINED:
            edited = MessageEdited(
                message_id=MessageId(message.id),
                channel_id=ChannelId(message.channel_id),
                text=message.content or "",
            )
            if not self._intake.mailbox.post(edited):
                self._intake.drop(edited)

    async def _on_delete(self, event: hikari.MessageDeleteEvent) -> None:
        deleted = MessageDeleted(message_id=MessageId(event.message_id), channel_id=ChannelId(event.channel_id))
        if not self._intake.mailbox.post(deleted):
            self._intake.drop(deleted)

    async def _on_interaction(self, event: hikari.InteractionCreateEvent) -> None:
        interaction = event.interaction
        if isinstance(interaction, hikari.CommandInteraction):
            options = {option.name: option.value for option in interaction.options or ()}
            self._panel.post(
                CommandUsed(
                    interaction=_interaction_of(interaction),
                    name=interaction.command_name,
                    options={
                        name: value for name, value in options.items() if isinstance(value, str | int | float | bool)
                    },
                ),
                slot=interaction.id,
            )
        elif isinstance(interaction, hikari.ComponentInteraction):
            self._panel.post(
                ComponentPressed(
                    interaction=_interaction_of(interaction),
                    message_id=MessageId(interaction.message.id),
                    custom_id=interaction.custom_id,
                    values=tuple(interaction.values),
                ),
                slot=interaction.id,
            )


def _interaction_of(interaction: hikari.CommandInteraction | hikari.ComponentInteraction) -> Interaction:
    return Interaction(
        interaction_id=InteractionId(interaction.id),
        token=interaction.token,
        user_id=UserId(interaction.user.id),
        user_name=_name_of(interaction.user, interaction.member),
        channel_id=ChannelId(interaction.channel_id),
        guild_id=None if interaction.guild_id is None else GuildId(interaction.guild_id),
    )
