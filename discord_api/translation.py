"""Discord's events and messages, as hikari reads them, in our words. Nothing here waits or is remembered."""

from collections.abc import Iterable
from typing import Final, Literal, Protocol

import hikari

from discord_api.channel_tree import ChannelTree, KnownChannel
from messages.ids import ChannelId, GuildId, InteractionId, MessageId, RoleId, UserId
from messages.intake import MessagePosted
from messages.interaction import Interaction
from messages.panel import CommandUsed, ComponentPressed, FormSubmitted, MessageCommandUsed, OptionTyped, PanelMessage

_WRITTEN_BY_PEOPLE: Final = (
    hikari.MessageType.DEFAULT,
    hikari.MessageType.REPLY,
)

Answerable = (
    hikari.CommandInteraction | hikari.AutocompleteInteraction | hikari.ComponentInteraction | hikari.ModalInteraction
)


class MessageTranslator(Protocol):
    """Says in our words what a message holds."""

    def posted(self, message: hikari.Message) -> MessagePosted | None:
        """Return the message, or None when it is none that anybody here has to hear of."""
        ...


class HikariMessages:
    """The translator of the messages that hikari reads over REST."""

    def __init__(self, bot_id: int, channel_tree: ChannelTree) -> None:
        """`channel_tree` knows which server a channel belongs to: a message read over REST does not say it."""
        self._bot_id = bot_id
        self._channel_tree = channel_tree

    def posted(self, message: hikari.Message) -> MessagePosted:
        """Return the message in our words."""
        return posted_of(message, self._bot_id, self._channel_tree)


def posted_of(message: hikari.Message, bot_id: int, channel_tree: ChannelTree) -> MessagePosted:
    """A message, from an event or read over REST, which tells neither server nor roles: the server is looked up."""
    mentioned = message.user_mentions_ids or ()
    reference = message.message_reference
    channel = ChannelId(int(message.channel_id))
    guild = channel_tree.guild_of(channel) if message.guild_id is None else GuildId(int(message.guild_id))
    return MessagePosted(
        message_id=MessageId(int(message.id)),
        channel_id=channel,
        guild_id=guild,
        author_id=UserId(int(message.author.id)),
        author_name=_name_of(message.author, message.member),
        account_name=_name_of(message.author),
        by_person=not message.author.is_bot
        and not message.author.is_system
        and message.webhook_id is None
        and message.type in _WRITTEN_BY_PEOPLE,
        text=message.content or "",
        mentions_bot=bot_id in mentioned,
        reply_to=None if reference is None or reference.id is None else MessageId(int(reference.id)),
        channel_is_public=channel_tree.is_public(channel),
        parents=channel_tree.parents_of(channel),
        roles=_roles_of(message.member) if message.member is not None or guild is None else None,
    )


def known_channel(channel: hikari.GuildChannel) -> KnownChannel:
    """A channel, category or thread, as `ChannelTree` keeps it."""
    everyone = None
    if isinstance(channel, hikari.PermissibleGuildChannel):
        everyone = channel.permission_overwrites.get(channel.guild_id)
    return KnownChannel(
        channel_id=ChannelId(int(channel.id)),
        guild_id=GuildId(int(channel.guild_id)),
        parent_id=None if channel.parent_id is None else ChannelId(int(channel.parent_id)),
        kind=_kind_of(channel),
        allow=0 if everyone is None else int(everyone.allow),
        deny=0 if everyone is None else int(everyone.deny),
    )


def _kind_of(channel: hikari.GuildChannel) -> Literal["channel", "thread", "private_thread"]:
    match channel:
        case hikari.GuildPrivateThread():
            return "private_thread"
        case hikari.GuildThreadChannel():
            return "thread"
        case _:
            return "channel"


def panel_message(
    interaction: hikari.PartialInteraction, channel_tree: ChannelTree, now_s: float
) -> PanelMessage | None:
    """What somebody did with a command, button, menu or form; None for what Causerie has not registered.

    :param now_s: the event loop's time, monotonic seconds.
    """
    match interaction:
        case hikari.CommandInteraction():
            return _command(interaction, channel_tree, now_s)
        case hikari.AutocompleteInteraction():
            return _typed(interaction, channel_tree, now_s)
        case hikari.ComponentInteraction():
            return ComponentPressed(
                interaction=_interaction_of(interaction, channel_tree, now_s),
                message_id=MessageId(int(interaction.message.id)),
                custom_id=interaction.custom_id,
                values=tuple(interaction.values),
                on_own_panel=_is_panel_of(interaction.user, interaction.message),
            )
        case hikari.ModalInteraction():
            return FormSubmitted(
                interaction=_interaction_of(interaction, channel_tree, now_s),
                custom_id=interaction.custom_id,
                fields=_fields(interaction.components),
                on_own_panel=_is_panel_of(interaction.user, interaction.message),
            )
        case _:
            return None


def _command(
    used: hikari.CommandInteraction, channel_tree: ChannelTree, now_s: float
) -> CommandUsed | MessageCommandUsed | None:
    interaction = _interaction_of(used, channel_tree, now_s)
    match used.command_type:
        case hikari.CommandType.SLASH:
            options = {option.name: option.value for option in used.options or ()}
            plain = {name: value for name, value in options.items() if isinstance(value, str | int | float | bool)}
            return CommandUsed(interaction=interaction, name=used.command_name, options=plain)
        case hikari.CommandType.MESSAGE if used.target_id is not None:
            return MessageCommandUsed(
                interaction=interaction, name=used.command_name, message_id=MessageId(int(used.target_id))
            )
        case _:
            return None


def _typed(typing: hikari.AutocompleteInteraction, channel_tree: ChannelTree, now_s: float) -> OptionTyped | None:
    for option in typing.options:
        if option.is_focused:
            return OptionTyped(
                interaction=_interaction_of(typing, channel_tree, now_s),
                command=typing.command_name,
                option=option.name,
                typed="" if option.value is None else str(option.value),
            )
    return None


def _fields(components: Iterable[object]) -> tuple[tuple[str, str], ...]:
    """Every text input of a form, in order; one that was sent twice is there twice."""
    found: list[tuple[str, str]] = []
    for component in components:
        if isinstance(component, hikari.TextInputComponent):
            found.append((component.custom_id, component.value))
        found += _fields(getattr(component, "components", ()))
    return tuple(found)


def _is_panel_of(user: hikari.User, message: hikari.Message | None) -> bool:
    """Whether a message is private and answers an interaction of this person."""
    if message is None or not message.flags & hikari.MessageFlag.EPHEMERAL:
        return False
    answered = message.interaction_metadata
    return answered is None or answered.user.id == user.id


def _interaction_of(interaction: Answerable, channel_tree: ChannelTree, now_s: float) -> Interaction:
    channel = ChannelId(int(interaction.channel_id))
    parents = channel_tree.parents_of(channel)
    if not parents and interaction.channel.parent_id is not None:  # an archived thread, which no listing names
        parent = ChannelId(int(interaction.channel.parent_id))
        parents = (parent, *channel_tree.parents_of(parent))
    return Interaction(
        interaction_id=InteractionId(int(interaction.id)),
        token=interaction.token,
        user_id=UserId(int(interaction.user.id)),
        user_name=_name_of(interaction.user),
        channel_id=channel,
        guild_id=None if interaction.guild_id is None else GuildId(int(interaction.guild_id)),
        parents=parents,
        roles=_roles_of(interaction.member),
        received_s=now_s,
    )


def _roles_of(member: hikari.Member | None) -> tuple[RoleId, ...]:
    """A member's roles, @everyone's among them: its id is the server's. Outside servers there are none."""
    return () if member is None else tuple(RoleId(int(role)) for role in member.role_ids)


def _name_of(user: hikari.User, member: hikari.Member | None = None) -> str:
    """What people see of a person: the server's nickname, the display name, the account's name."""
    nickname = None if member is None else member.nickname
    return nickname or user.global_name or user.username
