"""What Discord can show a person: buttons, menus, forms, files, and the private message that holds them."""

from typing import Literal

from msgspec import Struct

from messages.files import File


class Button(Struct, frozen=True, kw_only=True):
    """A button. Its `custom_id` is an encoded `messages.presses.Press`."""

    label: str
    custom_id: str
    style: Literal["primary", "secondary", "success", "danger"] = "secondary"
    disabled: bool = False


class Option(Struct, frozen=True, kw_only=True):
    """One line of a menu: label, value and description have at most 100 characters each."""

    label: str
    value: str
    description: str = ""
    default: bool = False


class Menu(Struct, frozen=True, kw_only=True):
    """A menu from which one of 1 to 25 options is chosen; `custom_id` is an encoded `messages.presses.Press`."""

    custom_id: str
    placeholder: str
    options: tuple[Option, ...]


class Panel(Struct, frozen=True, kw_only=True):
    """A private message: text of at most 2,000 code points, at most five rows of buttons or one menu each, files."""

    text: str
    rows: tuple[tuple[Button, ...] | Menu, ...] = ()
    files: tuple[File, ...] = ()


class Field(Struct, frozen=True, kw_only=True):
    """A field of a form.

    People read its `label`, of at most 45 characters; the bot knows it by its `name`. `value` is its text at first.
    """

    name: str
    label: str
    value: str = ""
    chars_max: int = 4000
    required: bool = False
    long: bool = False


class Form(Struct, frozen=True, kw_only=True):
    """A form of one to five fields; the title has at most 45 characters, `custom_id` is an encoded `messages.presses.Press`."""

    custom_id: str
    title: str
    fields: tuple[Field, ...]


class Choice(Struct, frozen=True, kw_only=True):
    """What autocomplete offers: a name and the value that stands for it, at most 100 characters each."""

    name: str
    value: str
