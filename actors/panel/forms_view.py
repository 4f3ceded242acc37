"""The forms that *Edit* opens. Unlike the options of a slash command, their fields can hold line breaks. Pure."""

from typing import Final

from actors.panel.input import NAME_CHARS_MAX, SYSTEM_MSG_CHARS_MAX
from messages.components import Field, Form
from messages.custom_id import encode
from messages.presses import EditSession, EditUser
from messages.verbs.sessions import SessionShown
from messages.verbs.users import UserShown
from texts.say import Locale, say

USER_FIELDS: Final = ("system_msg", "max_token", "temperature")
SESSION_FIELDS: Final = ("name", "system_msg")


def user_form(user: UserShown, page: int, locale: Locale) -> Form:
    """Return the form of the settings that a person types; `page` is the page of sessions that the panel shows."""
    temperature = "" if user.temperature is None else f"{user.temperature:g}"
    return Form(
        custom_id=encode(EditUser(page=page)),
        title=say("form.user", locale),
        fields=(
            _system_msg(say("form.user_system_msg", locale), user.system_msg),
            Field(
                name="max_token",
                label=say("form.max_token", locale),
                value=str(user.max_token),
                chars_max=6,
                required=True,
            ),
            Field(
                name="temperature",
                label=say("form.temperature", locale),
                value=temperature,
                chars_max=12,
            ),
        ),
    )


def session_form(shown: SessionShown, locale: Locale) -> Form:
    """Return the form of a session's name and system message, for its owner."""
    return Form(
        custom_id=encode(EditSession(session=shown.session)),
        title=say("form.session", locale),
        fields=(
            Field(
                name="name",
                label=say("form.session_name", locale),
                value=shown.title[:NAME_CHARS_MAX],
                chars_max=NAME_CHARS_MAX,
                required=True,
            ),
            _system_msg(say("form.session_system_msg", locale), shown.system_msg or ""),
        ),
    )


def _system_msg(label: str, value: str) -> Field:
    return Field(
        name="system_msg", label=label, value=value[:SYSTEM_MSG_CHARS_MAX], chars_max=SYSTEM_MSG_CHARS_MAX, long=True
    )
