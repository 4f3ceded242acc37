"""The panel of `/user`: a person's settings and sessions, with the buttons and menus that change them. Pure."""

from typing import Final

from actors.panel.models_view import model_line, models_menu, system_msg_label
from actors.panel.names_view import shared_names
from actors.panel.status_view import STATUS_EMOJIS, STATUS_MEANINGS, STATUS_NAMES
from actors.panel.times_view import times_of, utc
from actors.panel.undelivered_view import undelivered_button, undelivered_line
from actors.panel.usage_view import budget_lines, usage_line
from messages.components import Button, Line, Menu, Option, Panel, Part, Text, simple_panel
from messages.custom_id import encode
from messages.ids import NOBODY, SessionId
from messages.pressed import PAGE_MAX
from messages.presses import (
    Attach,
    ChooseModel,
    ChooseSession,
    ChooseStatus,
    Clear,
    ConfirmClear,
    EditUser,
    OpenUser,
    ShowPublic,
    Speak,
    Status,
)
from messages.verbs.users import SESSIONS_A_PAGE, SessionListed, UserShown
from models.catalogue import Catalogue
from texts.escaping import CONTENT_CHARS_MAX, code_block, escape_markdown, one_line
from texts.given import given_text
from texts.lacks import lacks_lines
from texts.say import Locale, number, say, say_count

SYSTEM_MSG_CHARS: Final = 300
SYSTEM_MSG_LINES: Final = 6
"""So much of the system message is shown: with more of it, the buttons below would be out of sight, on a phone far out. *Edit* has all of it."""

_CREATOR_CHARS: Final = 32
"""A name may take no more of a menu's line, which also shows visibility and model."""


def user_panel(
    user: UserShown, catalogue: Catalogue, locale: Locale, headline: str = "", models_page: int | None = None
) -> Panel:
    """Return the panel; `headline` is a sentence above it about what was just done, or could not be done.

    `models_page` is the page of models that its menu shows; None is that of the person's model.
    """
    page = min(user.page, PAGE_MAX)
    settings = (*_settings(user, page, locale), *undelivered_button(user.undelivered, locale))
    placeholder = say("user.models", locale)
    menu = models_menu(catalogue, user.model, ChooseModel(page=page), placeholder, locale, page=models_page)
    statuses = (*_statuses(user.status, page, locale), *_voice(user, catalogue, page, locale))
    sessions: list[Part] = [Text(_about_sessions(user, locale))]
    if user.listed:
        sessions.append(_sessions(user.listed, page, locale))
    if user.pages > 1:
        sessions.append(_paging(page, user.pages, locale))
    above = _above(user, locale, headline)
    times = Text(times_of(user.create_time_s, user.update_time_s, user.modify_time_s, locale))
    model = Text(say("model", locale, model=model_line(catalogue, user.model, locale)))
    others = [*above, _who(user, locale), model, *sessions[:1], times]
    taken = sum(len(part.text) + 1 for part in others if isinstance(part, Text))
    given = Text(_given(user, catalogue, locale, CONTENT_CHARS_MAX - taken))
    return Panel(
        parts=(
            *above,
            _who(user, locale),
            Line(),
            given,
            settings,
            Line(),
            model,
            menu,
            statuses,
            Line(),
            *sessions,
            times,
        )
    )


def clear_panel(sessions: int, newest: SessionId, locale: Locale) -> Panel:
    """Return what is to be confirmed after *Clear*; it says how many sessions there are, and its button removes only those."""
    what = say_count("sessions", sessions, locale)
    return simple_panel(
        say("clear.question", locale, sessions=what),
        (
            Button(
                label=say("button.remove_sessions", locale, sessions=what),
                custom_id=encode(Clear(newest=newest)),
                style="danger",
                emoji="🗑️",
            ),
            Button(label=say("button.keep_sessions", locale), custom_id=encode(OpenUser(page=0))),
        ),
    )


def _above(user: UserShown, locale: Locale, headline: str) -> tuple[Part, ...]:
    """Return what was just done, what is lacking here, and what could not be delivered; nothing where there is nothing of that."""
    lines = [
        *([headline] if headline else []),
        *lacks_lines(user.lacks, locale),
        *undelivered_line(user.undelivered, locale),
    ]
    return (Text("\n".join(lines).rstrip()), Line()) if lines else ()


def _who(user: UserShown, locale: Locale) -> Text:
    status = say(STATUS_NAMES[user.status], locale)
    return Text(
        "\n".join(
            [
                say("user.name", locale, name=escape_markdown(user.name), user=user.user_id),
                say("user.status", locale, status=status, meaning=say(STATUS_MEANINGS[user.status], locale)),
                say("user.current", locale, session=_current(user, locale)),
            ]
        )
    )


def _given(user: UserShown, catalogue: Catalogue, locale: Locale, room: int) -> str:
    """Return what the person chose or typed, in at most `room` code points; of the system message only the beginning."""
    text = "\n".join(
        [
            say("user.max_token", locale, tokens=number(user.max_token, locale)),
            say("user.temperature", locale, temperature=_temperature(user, catalogue, locale)),
            say("user.show_public", locale, switch=_on(user.show_public, locale)),
            say("user.attach", locale, switch=_on(user.attach, locale)),
            *([say("user.voice", locale, switch=_on(user.speaks, locale))] if catalogue.speaks else []),
            system_msg_label(catalogue, user.model, locale),
        ]
    )
    room = min(room - len(text), SYSTEM_MSG_CHARS)
    return text + code_block(user.system_msg, room, locale, lines_max=SYSTEM_MSG_LINES)


def _about_sessions(user: UserShown, locale: Locale) -> str:
    return "\n".join(
        [
            say("user.sessions", locale, sessions=number(user.sessions, locale)),
            usage_line(user.used, locale),
            *budget_lines(user.budgets, locale),
        ]
    )


def _temperature(user: UserShown, catalogue: Catalogue, locale: Locale) -> str:
    if user.temperature is None:
        return say("user.temperature_default", locale)
    given = f"{user.temperature:g}"
    asked = user.current.model if user.status == "activate" and user.current is not None else user.model
    if catalogue.takes_temperature(asked, user.temperature):
        return given
    model = catalogue.get(asked)
    name = escape_markdown(asked if model is None else given_text(model.shown, locale))
    return say("user.temperature_unused", locale, temperature=given, model=name)


def _current(user: UserShown, locale: Locale) -> str:
    if user.current is not None:
        return f"**{escape_markdown(user.current.title)}**"
    if user.current_is_closed:
        return say("user.current_closed", locale)
    return say("user.current_none" if user.status == "disable" else "user.current_next", locale)


def _on(value: bool, locale: Locale) -> str:
    return say("switch.on" if value else "switch.off", locale)


def _settings(user: UserShown, page: int, locale: Locale) -> tuple[Button, ...]:
    return (
        Button(
            label=say("button.show_public", locale),
            custom_id=encode(ShowPublic(on=not user.show_public, page=page)),
            emoji="🌐",
            style="primary" if user.show_public else "secondary",
        ),
        Button(
            label=say("button.attach", locale),
            custom_id=encode(Attach(on=not user.attach, page=page)),
            emoji="📌",
            style="primary" if user.attach else "secondary",
        ),
        Button(label=say("button.clear", locale), custom_id=encode(ConfirmClear()), style="danger", emoji="🗑️"),
        Button(label=say("button.edit", locale), custom_id=encode(EditUser(page=page)), emoji="✏️"),
    )


def _statuses(present: Status, page: int, locale: Locale) -> tuple[Button, ...]:
    return tuple(
        Button(
            label=say(key, locale),
            custom_id=encode(ChooseStatus(status=status, page=page)),
            emoji=STATUS_EMOJIS[status],
            style="primary" if status == present else "secondary",
        )
        for status, key in STATUS_NAMES.items()
    )


def _voice(user: UserShown, catalogue: Catalogue, page: int, locale: Locale) -> tuple[Button, ...]:
    """Return the button *Voice*, where a model can read answers aloud."""
    if not catalogue.speaks:
        return ()
    custom_id = encode(Speak(on=not user.speaks, page=page))
    return (
        Button(
            label=say("button.voice", locale),
            custom_id=custom_id,
            emoji="🔊",
            style="primary" if user.speaks else "secondary",
        ),
    )


def _sessions(listed: tuple[SessionListed, ...], page: int, locale: Locale) -> Menu:
    # None is marked as chosen: Discord does not report a choice that changes nothing, and the current session may be
    # chosen again to get its conversation.
    listed = listed[:SESSIONS_A_PAGE]
    shared = shared_names(listed)
    return Menu(
        custom_id=encode(ChooseSession(page=page)),
        placeholder=say("user.menu", locale),
        options=tuple(
            Option(
                label=(name := one_line(session.title)),
                value=str(session.session),
                description=one_line(_about(session, locale, is_shared=name in shared)),
            )
            for session in listed
        ),
    )


def _about(session: SessionListed, locale: Locale, *, is_shared: bool) -> str:
    """Return the second line of a session; where others have the same name, it says when this one was spoken in."""
    if session.creator == NOBODY:
        owner = say("menu.everyones", locale)
    elif session.is_own:
        owner = say("menu.own", locale)
    else:
        owner = say("menu.others", locale, name=one_line(session.creator_name, _CREATOR_CHARS))
    visibility = say("menu.public" if session.is_public else "menu.private", locale)
    about = say("menu.session", locale, owner=owner, visibility=visibility, model=session.model)
    if is_shared:
        about = f"{utc(session.update_time_s, to_the_second=True)} · {about}"
    return say("menu.current", locale, about=about) if session.is_current else about


def _paging(page: int, pages: int, locale: Locale) -> tuple[Button, ...]:
    # Discord refuses a message with the same custom_id twice, also on buttons that cannot be pressed.
    is_first, is_last = page == 0, page >= pages - 1
    return (
        Button(
            label=say("button.previous", locale),
            custom_id=encode(OpenUser(page=page + 2 if is_first else page - 1)),
            disabled=is_first,
        ),
        Button(
            label=say("button.page", locale, page=page + 1, pages=pages),
            custom_id=encode(OpenUser(page=page)),
            disabled=True,
        ),
        Button(label=say("button.next", locale), custom_id=encode(OpenUser(page=page + 1)), disabled=is_last),
    )
