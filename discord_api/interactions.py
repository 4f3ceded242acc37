"""Turns interactions, as hikari reads them, into our words: commands, presses, forms, typed options.

Nothing here waits or is remembered.
"""

from collections.abc import Iterable
from typing import Final

import hikari

from discord_api.channel_tree import ChannelTree
from discord_api.message_text import name_of
from discord_api.translation import locale_name, roles_of
from messages.channel_permissions import lacking
from messages.ids import ChannelId, GuildId, InteractionId, MessageId, UserId
from messages.interaction import Interaction
from messages.panel import CommandUsed, ComponentPressed, FormSubmitted, MessageCommandUsed, OptionTyped, PanelMessage

Answerable = (
    hikari.CommandInteraction | hikari.AutocompleteInteraction | hikari.ComponentInteraction | hikari.ModalInteraction
)
"""The kinds of interactions that Causerie answers."""

THREADS: Final = frozenset(
    {
        hikari.ChannelType.GUILD_NEWS_THREAD,
        hikari.ChannelType.GUILD_PUBLIC_THREAD,
        hikari.ChannelType.GUILD_PRIVATE_THREAD,
    }
)


def panel_message(
    interaction: hikari.PartialInteraction, channel_tree: ChannelTree, now_s: float
) -> PanelMessage | None:
    """Return what a person did with a command, button, menu or form; None for kinds that Causerie does not use.

    :param now_s: the event loop's time, in monotonic seconds
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
    """Return every text input of a form, in order. One that was sent twice is in it twice."""
    found: list[tuple[str, str]] = []
    for component in components:
        if isinstance(component, hikari.TextInputComponent):
            found.append((component.custom_id, component.value))
        found += _fields(getattr(component, "components", ()))
    return tuple(found)


def _is_panel_of(user: hikari.User, message: hikari.Message | None) -> bool:
    """Return whether a message is private and answers an interaction of this person."""
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
        user_name=name_of(interaction.user),
        channel_id=channel,
        guild_id=None if interaction.guild_id is None else GuildId(int(interaction.guild_id)),
        parents=parents,
        roles=roles_of(interaction.member),
        locale=locale_name(interaction.locale),
        lacks=_lacks(interaction),
        received_s=now_s,
    )


def _lacks(interaction: Answerable) -> int | None:
    """Return the permissions that the bot lacks where the interaction happened; in direct messages it lacks none."""
    if interaction.guild_id is None:
        return 0
    permissions = interaction.app_permissions
    if permissions is None:
        return None
    return lacking(int(permissions), in_thread=interaction.channel.type in THREADS)
