"""The forms that *Edit* opens. Unlike the options of a slash command, their fields can hold line breaks. Pure."""

from collections.abc import Mapping
from typing import Final

from actors.panel.input import NAME_CHARS_MAX, SYSTEM_MSG_CHARS_MAX
from actors.panel.refused_forms import RefusedForm
from messages.components import Button, Field, Form, Panel, simple_panel
from messages.custom_id import encode
from messages.ids import InteractionId, SessionId
from messages.presses import EditAgain, EditSession, EditUser
from messages.verbs.sessions import SessionShown
from messages.verbs.users import UserShown
from texts.keys import PanelKey
from texts.say import Locale, say

USER_FIELDS: Final = ("system_msg", "max_token", "temperature")
SESSION_FIELDS: Final = ("name", "system_msg")

MAX_TOKEN_CHARS: Final = 6
TEMPERATURE_CHARS: Final = 12
"""A valid number has fewer characters than the field takes."""


def texts_of_user(user: UserShown) -> dict[str, str]:
    """Return what the form of `/user` shows at first: the settings as they are."""
    temperature = "" if user.temperature is None else f"{user.temperature:g}"
    return {"system_msg": user.system_msg, "max_token": str(user.max_token), "temperature": temperature}


def texts_of_session(shown: SessionShown) -> dict[str, str]:
    """Return what the form of `/session` shows its owner at first: the name and the system message as they are."""
    return {"name": shown.title, "system_msg": shown.system_msg or ""}


def user_form(texts: Mapping[str, str], page: int, locale: Locale) -> Form:
    """Return the form of the settings that a person types; `page` is the page of sessions that the panel shows."""
    return Form(
        custom_id=encode(EditUser(page=page)),
        title=say("form.user", locale),
        fields=(
            _system_msg(say("form.user_system_msg", locale), texts),
            Field(
                name="max_token",
                label=say("form.max_token", locale),
                value=texts["max_token"][:MAX_TOKEN_CHARS],
                chars_max=MAX_TOKEN_CHARS,
                required=True,
            ),
            Field(
                name="temperature",
                label=say("form.temperature", locale),
                value=texts["temperature"][:TEMPERATURE_CHARS],
                chars_max=TEMPERATURE_CHARS,
            ),
        ),
    )


def session_form(texts: Mapping[str, str], session: SessionId, locale: Locale) -> Form:
    """Return the form of a session's name and system message, for its owner."""
    return Form(
        custom_id=encode(EditSession(session=session)),
        title=say("form.session", locale),
        fields=(
            Field(
                name="name",
                label=say("form.session_name", locale),
                value=texts["name"][:NAME_CHARS_MAX],
                chars_max=NAME_CHARS_MAX,
                required=True,
            ),
            _system_msg(say("form.session_system_msg", locale), texts),
        ),
    )


def form_again(refused: RefusedForm, locale: Locale) -> Form:
    """Return a refused form with what was typed into it."""
    match refused.press:
        case EditUser(page=page):
            return user_form(refused.texts, page, locale)
        case EditSession(session=session):
            return session_form(refused.texts, session, locale)


def refusal_panel(key: PanelKey, interaction: InteractionId, locale: Locale) -> Panel:
    """Return the sentence that says why a form was refused, with the button that opens the form again."""
    button = Button(
        label=say("button.edit_again", locale), custom_id=encode(EditAgain(form=interaction)), style="primary"
    )
    return simple_panel(say(key, locale), (button,))


def _system_msg(label: str, texts: Mapping[str, str]) -> Field:
    return Field(
        name="system_msg",
        label=label,
        value=texts["system_msg"][:SYSTEM_MSG_CHARS_MAX],
        chars_max=SYSTEM_MSG_CHARS_MAX,
        long=True,
    )
