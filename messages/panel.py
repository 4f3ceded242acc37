"""The messages in the panel's mailbox: what people did with commands, buttons, menus and forms. From the gateway."""

from msgspec import Struct

from messages.ids import MessageId
from messages.interaction import Interaction


class CommandUsed(Struct, frozen=True, kw_only=True, tag="command_used"):
    """A person used a slash command. From the gateway."""

    interaction: Interaction
    name: str
    options: dict[str, str | int | float | bool]


class MessageCommandUsed(Struct, frozen=True, kw_only=True, tag="message_command_used"):
    """A person used an entry of the Apps menu on a message. From the gateway."""

    interaction: Interaction
    name: str
    message_id: MessageId


class OptionTyped(Struct, frozen=True, kw_only=True, tag="option_typed"):
    """A person is typing into an option with autocomplete. From the gateway."""

    interaction: Interaction
    command: str
    option: str
    typed: str


class ComponentPressed(Struct, frozen=True, kw_only=True, tag="component_pressed"):
    """A person pressed a button or chose from a menu. From the gateway.

    `custom_id` and `values` may be forged. `on_own_panel` is true when the message is private and answers an interaction
    of the same person: only such a message may be redrawn.
    """

    interaction: Interaction
    message_id: MessageId
    custom_id: str
    values: tuple[str, ...]
    on_own_panel: bool = False


class FormSubmitted(Struct, frozen=True, kw_only=True, tag="form_submitted"):
    """A person submitted a form. From the gateway.

    Everything in it may be forged; fields may be missing or doubled.
    """

    interaction: Interaction
    custom_id: str
    fields: tuple[tuple[str, str], ...]
    on_own_panel: bool = False


PanelMessage = CommandUsed | MessageCommandUsed | OptionTyped | ComponentPressed | FormSubmitted
