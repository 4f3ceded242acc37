"""Turns our buttons, menus and form fields into hikari's builders."""

from typing import Any, Final, Literal

import hikari
from hikari.api import ComponentBuilder
from hikari.impl import MessageActionRowBuilder, ModalActionRowBuilder

from messages.components import Button, Field, Link, Menu

NO_PINGS: Final[dict[str, Any]] = {"mentions_everyone": False, "user_mentions": False, "role_mentions": False}
"""The parameters with which nobody is pinged, for every create and every edit: an edit without them parses mentions again,
whatever the create said."""

_STYLES: Final[dict[str, Literal[1, 2, 3, 4]]] = {
    "primary": 1,
    "secondary": 2,
    "success": 3,
    "danger": 4,
}
"""The numbers of the button styles (Discord: Component Reference, Button Styles)."""


def row_of(row: tuple[Button | Link, ...] | Menu) -> ComponentBuilder:
    """Return a row of at least one button, or of one menu."""
    built = MessageActionRowBuilder()
    if isinstance(row, Menu):
        menu = built.add_text_menu(row.custom_id, placeholder=row.placeholder, min_values=1, max_values=1)
        for option in row.options:
            described = option.description or hikari.UNDEFINED
            menu.add_option(option.label, option.value, description=described, is_default=option.default)
        return built
    for button in row:
        if isinstance(button, Link):
            built.add_link_button(button.url, label=button.label, emoji=button.emoji or hikari.UNDEFINED)
            continue
        built.add_interactive_button(
            _STYLES[button.style],
            button.custom_id,
            label=button.label,
            emoji=button.emoji or hikari.UNDEFINED,
            is_disabled=button.disabled,
        )
    return built


def input_of(field: Field) -> ComponentBuilder:
    """Return a text input of a form, in a row of its own."""
    return ModalActionRowBuilder().add_text_input(
        field.name,
        field.label,
        style=hikari.TextInputStyle.PARAGRAPH if field.long else hikari.TextInputStyle.SHORT,
        value=field.value or hikari.UNDEFINED,
        required=field.required,
        min_length=1 if field.required else 0,
        max_length=field.chars_max,
    )
