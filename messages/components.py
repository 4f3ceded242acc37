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
    emoji: str = ""
    """Stands before the label."""


class Link(Struct, frozen=True, kw_only=True):
    """A button that opens a page in the browser; the bot does not hear of it. `url` has at most 512 characters, of http or https."""

    label: str
    url: str
    emoji: str = ""
    """Stands before the label."""


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


class Text(Struct, frozen=True):
    """A part of a panel that people read: Discord's Markdown, not empty."""

    text: str


class Line(Struct, frozen=True):
    """A thin line between two parts of a panel."""


Row = tuple[Button | Link, ...] | Menu
"""One to five buttons, or one menu."""

Part = Text | Line | Row


class Panel(Struct, frozen=True, kw_only=True):
    """A private message: parts from top to bottom, then files.

    At most 4,000 code points of text and 40 components, each button and menu counted (Discord: Components, Legacy Message Component
    Behavior). What this bot shows is bounded by 2,000 code points of text, and by eight rows.
    """

    parts: tuple[Part, ...]
    files: tuple[File, ...] = ()

    @property
    def text(self) -> str:
        """All that people read of it, without its buttons and menus."""
        return "\n".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def rows(self) -> tuple[Row, ...]:
        """Its buttons and menus."""
        return tuple(part for part in self.parts if isinstance(part, tuple | Menu))


def simple_panel(text: str, *rows: Row, files: tuple[File, ...] = ()) -> Panel:
    """Return a panel that is one text with rows below it; an empty text and empty rows are left out."""
    return Panel(parts=(*([Text(text)] if text else []), *(row for row in rows if row)), files=files)


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
