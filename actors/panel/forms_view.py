"""The forms that *Edit* opens: what slash options cannot hold, above all line breaks. Pure."""

from typing import Final

from actors.panel.input import NAME_CHARS_MAX, SYSTEM_MSG_CHARS_MAX
from messages.components import Field, Form
from messages.custom_id import encode
from messages.presses import EditSession, EditUser
from messages.verbs.sessions import SessionShown
from messages.verbs.users import UserShown

USER_FIELDS: Final = ("system_msg", "max_token", "temperature")
SESSION_FIELDS: Final = ("name", "system_msg")


def user_form(user: UserShown, page: int) -> Form:
    """The settings that are written rather than chosen."""
    temperature = "" if user.temperature is None else f"{user.temperature:g}"
    return Form(
        custom_id=encode(EditUser(page=page)),
        title="Your settings",
        fields=(
            _system_msg("System message of new sessions", user.system_msg),
            Field(
                name="max_token",
                label="Tokens an answer may have, 1 to 128000",
                value=str(user.max_token),
                chars_max=6,
                required=True,
            ),
            Field(
                name="temperature",
                label="Temperature, 0 to 2; empty: the model's own",
                value=temperature,
                chars_max=12,
            ),
        ),
    )


def session_form(shown: SessionShown) -> Form:
    """What the owner has written about a session."""
    return Form(
        custom_id=encode(EditSession(session=shown.session)),
        title="Edit this session",
        fields=(
            Field(
                name="name",
                label="Name",
                value=shown.title[:NAME_CHARS_MAX],
                chars_max=NAME_CHARS_MAX,
                required=True,
            ),
            _system_msg("System message", shown.system_msg or ""),
        ),
    )


def _system_msg(label: str, value: str) -> Field:
    return Field(
        name="system_msg", label=label, value=value[:SYSTEM_MSG_CHARS_MAX], chars_max=SYSTEM_MSG_CHARS_MAX, long=True
    )
