"""What the page may have the sandbox do for a person, as typed messages."""

from msgspec import Struct


class Deed(Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    """A person, given by name, does something; the field `do` says what."""

    person: str


class SentFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file: its name, its media type, its bytes in base64. A voice message also has a length and a waveform, and goes alone."""

    name: str
    type: str
    data: bytes
    seconds: float | None = None
    waveform: str = ""


class Say(Deed, frozen=True, kw_only=True, tag="say"):
    """Write into a channel (its id or its name; `direct` is the direct message with the bot)."""

    channel: str
    text: str
    reply_to: str | None = None
    files: list[SentFile] = []


class Edit(Deed, frozen=True, kw_only=True, tag="edit"):
    """Change an own message."""

    message: str
    text: str


class Delete(Deed, frozen=True, kw_only=True, tag="delete"):
    """Remove an own message."""

    message: str


class React(Deed, frozen=True, kw_only=True, tag="react"):
    """Add a reaction."""

    message: str
    emoji: str


class Unreact(Deed, frozen=True, kw_only=True, tag="unreact"):
    """Take an own reaction back."""

    message: str
    emoji: str


class Type(Deed, frozen=True, kw_only=True, tag="type"):
    """Begin to type in a channel, or go on; the others see that for ten seconds."""

    channel: str


class BeginPost(Deed, frozen=True, kw_only=True, tag="begin_post"):
    """Begin a post in a forum."""

    channel: str
    title: str
    text: str


class Command(Deed, frozen=True, kw_only=True, tag="command"):
    """Use a slash command. Values may be text; they are converted to the types of the command's options."""

    channel: str
    name: str
    options: dict[str, str | int | float | bool] = {}


class Complete(Deed, frozen=True, kw_only=True, tag="complete"):
    """Type into an option with autocomplete."""

    channel: str
    name: str
    focused: str
    options: dict[str, str | int | float | bool] = {}


class MessageCommand(Deed, frozen=True, kw_only=True, tag="message_command"):
    """Use an entry of the Apps menu on a message."""

    message: str
    name: str


class Press(Deed, frozen=True, kw_only=True, tag="press"):
    """Press a button, by label or custom_id."""

    message: str
    button: str


class Choose(Deed, frozen=True, kw_only=True, tag="choose"):
    """Choose from a menu, by placeholder or custom_id."""

    message: str
    menu: str
    values: list[str]


class Submit(Deed, frozen=True, kw_only=True, tag="submit"):
    """Send the form that an interaction opened."""

    interaction: str
    values: dict[str, str]


class UseLanguage(Deed, frozen=True, kw_only=True, tag="use_language"):
    """Use Discord in a language from now on, by Discord's name for it."""

    locale: str


class Dismiss(Deed, frozen=True, kw_only=True, tag="dismiss"):
    """Hide an interaction that failed or whose form is open."""

    interaction: str


Talk = Say | Edit | Delete | React | Unreact | Type | BeginPost
AnyDeed = Talk | Command | Complete | MessageCommand | Press | Choose | Submit | UseLanguage | Dismiss
