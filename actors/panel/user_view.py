"""What `/user` shows: a person's settings, the buttons and menus that change them, their sessions. Pure."""

from typing import Final

from actors.panel.models_view import model_line, models_menu
from actors.panel.undelivered_view import undelivered_button, undelivered_line
from messages.components import Button, Menu, Option, Panel
from messages.custom_id import PAGE_MAX, encode
from messages.ids import SessionId
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
    Status,
)
from messages.verbs.users import SESSIONS_A_PAGE, SessionListed, UserShown
from models.catalogue import Catalogue
from texts.escaping import CONTENT_CHARS_MAX, code_block, escape_markdown, moment, one_line
from texts.panels import counted

_MEANING: Final[dict[Status, str]] = {
    "disable": "the bot does not answer you",
    "new": "each message starts a new session",
    "activate": "each message goes to your current session",
}


def user_panel(user: UserShown, catalogue: Catalogue, note: str = "") -> Panel:
    """The panel, under a sentence about what has just been done or could not be."""
    page = min(user.page, PAGE_MAX)
    rows: list[tuple[Button, ...] | Menu] = [
        (*_settings(user, page), *undelivered_button(user.undelivered)),
        models_menu(catalogue, user.model, ChooseModel(page=page), "Model for new sessions"),
        _statuses(user.status, page),
    ]
    if user.listed:
        rows.append(_sessions(user.listed, page))
    if user.pages > 1:
        rows.append(_paging(page, user.pages))
    return Panel(text=_text(user, catalogue, note), rows=tuple(rows))


def clear_panel(sessions: int, newest: SessionId) -> Panel:
    """What *Clear* asks first: it says how many, and removes those only."""
    what = counted(sessions, "session")
    return Panel(
        text=f"Remove {what}, with everything that was said in them? Others may have spoken in those that are public."
        " This cannot be undone.",
        rows=(
            (
                Button(label=f"Remove {what}", custom_id=encode(Clear(newest=newest)), style="danger"),
                Button(label="Keep them", custom_id=encode(OpenUser(page=0))),
            ),
        ),
    )


def _text(user: UserShown, catalogue: Catalogue, note: str) -> str:
    temperature = "the model's own" if user.temperature is None else f"{user.temperature:g}"
    text = "\n".join(
        [
            *([note, ""] if note else []),
            *undelivered_line(user.undelivered),
            f"**Name**: {escape_markdown(user.name)} ({user.user_id})",
            f"**Status**: {user.status} — {_MEANING[user.status]}",
            f"**Model**: {model_line(catalogue, user.model)}",
            f"**Create time**: {moment(user.create_time_s)}",
            f"**Update time**: {moment(user.update_time_s)}",
            f"**Modify time**: {moment(user.modify_time_s)}",
            f"**Max token**: {user.max_token}",
            f"**Temperature**: {temperature}",
            f"**Show public**: {_on(user.show_public)}",
            f"**Attach**: {_on(user.attach)}",
            f"**Sessions**: {user.sessions}",
            f"**Current session**: {_current(user)}",
            "**System message**: ",
        ]
    )
    return text + code_block(user.system_msg, CONTENT_CHARS_MAX - len(text))


def _current(user: UserShown) -> str:
    if user.current is not None:
        return f"**{escape_markdown(user.current.title)}**"
    return "gone, or closed to you here: choose another, or press new" if user.current_is_closed else "none"


def _on(value: bool) -> str:
    return "on" if value else "off"


def _settings(user: UserShown, page: int) -> tuple[Button, ...]:
    return (
        Button(
            label="Show public",
            custom_id=encode(ShowPublic(on=not user.show_public, page=page)),
            style="success" if user.show_public else "secondary",
        ),
        Button(
            label="Attach",
            custom_id=encode(Attach(on=not user.attach, page=page)),
            style="success" if user.attach else "secondary",
        ),
        Button(label="Clear", custom_id=encode(ConfirmClear()), style="danger"),
        Button(label="Edit", custom_id=encode(EditUser(page=page))),
    )


def _statuses(present: Status, page: int) -> tuple[Button, ...]:
    statuses: tuple[Status, ...] = ("new", "activate", "disable")
    return tuple(
        Button(
            label=status,
            custom_id=encode(ChooseStatus(status=status, page=page)),
            style="success" if status == present else "secondary",
        )
        for status in statuses
    )


def _sessions(listed: tuple[SessionListed, ...], page: int) -> Menu:
    return Menu(
        custom_id=encode(ChooseSession(page=page)),
        placeholder="Sessions: choose one to go on with",
        options=tuple(
            Option(
                label=one_line(session.title),
                value=str(session.session),
                description=one_line(_about(session)),
                default=session.is_current,
            )
            for session in listed[:SESSIONS_A_PAGE]
        ),
    )


def _about(session: SessionListed) -> str:
    whose = "yours" if session.is_own else f"by {one_line(session.creator_name, 32)}"
    return f"{whose} · {'public' if session.is_public else 'private'} · {session.model}"


def _paging(page: int, pages: int) -> tuple[Button, ...]:
    # Discord refuses a message with the same custom_id twice, also on buttons that cannot be pressed.
    is_first, is_last = page == 0, page >= pages - 1
    return (
        Button(
            label="Previous", custom_id=encode(OpenUser(page=page + 2 if is_first else page - 1)), disabled=is_first
        ),
        Button(label=f"Page {page + 1} of {pages}", custom_id=encode(OpenUser(page=page)), disabled=True),
        Button(label="Next", custom_id=encode(OpenUser(page=page + 1)), disabled=is_last),
    )
