"""What the panel hears: interactions, as plain data; and the words of its buttons."""

from typing import Literal

from msgspec import Struct

from messages.ids import ChannelId, GuildId, InteractionId, MessageId, TurnId, UserId

Status = Literal["disable", "new", "activate"]


class Interaction(Struct, frozen=True, kw_only=True):
    """Who did something, where, and how it can be answered. The token lives 15 minutes."""

    interaction_id: InteractionId
    token: str
    user_id: UserId
    user_name: str
    channel_id: ChannelId
    guild_id: GuildId | None


class CommandUsed(Struct, frozen=True, kw_only=True, tag="command_used"):
    """A person used a slash command. From the gateway."""

    interaction: Interaction
    name: str
    options: dict[str, str | int | float | bool]


class ComponentPressed(Struct, frozen=True, kw_only=True, tag="component_pressed"):
    """A person pressed a button or chose from a menu; `custom_id` may be forged. From the gateway."""

    interaction: Interaction
    message_id: MessageId
    custom_id: str
    values: tuple[str, ...]


PanelMessage = CommandUsed | ComponentPressed


class ChooseStatus(Struct, frozen=True, array_like=True, tag="status"):
    """The button that sets the presser's status."""

    status: Status


class Stop(Struct, frozen=True, array_like=True, tag="stop"):
    """The button that ends an answer as far as it is."""

    turn: TurnId


class Retry(Struct, frozen=True, array_like=True, tag="retry"):
    """The button that asks the same question again."""

    turn: TurnId


class Continue(Struct, frozen=True, array_like=True, tag="continue"):
    """The button that has an answer carried on."""

    turn: TurnId


Press = ChooseStatus | Stop | Retry | Continue
"""What a `custom_id` says. It is decoded strictly and checked as if a stranger had forged it."""
