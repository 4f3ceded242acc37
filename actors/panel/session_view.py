"""What `/session` and *Show session* show: a session, and for its owner what changes it. Pure."""

from actors.panel.models_view import model_line, models_menu
from actors.panel.transcript_view import excerpt
from actors.panel.undelivered_view import undelivered_button, undelivered_line
from messages.components import Button, Menu, Panel
from messages.custom_id import encode
from messages.presses import (
    ChooseSessionModel,
    ConfirmPublic,
    ConfirmRemove,
    EditSession,
    Export,
    OpenSession,
    Remove,
    SetPublic,
)
from messages.verbs.sessions import SessionShown
from models.catalogue import Catalogue
from texts.escaping import CONTENT_CHARS_MAX, code_block, escape_markdown, moment
from texts.panels import counted

_NO_SERVER = "It began in direct messages: there is no server to whose members it could be opened."


def session_panel(shown: SessionShown, catalogue: Catalogue, note: str = "") -> Panel:
    """The panel, under a sentence about what has just been done or could not be; what only its owner may is not offered to others."""
    text = _text(shown, catalogue, note)
    export = Button(label="Export", custom_id=encode(Export(session=shown.session)))
    if not shown.is_own:
        return Panel(text=text, rows=((export, *undelivered_button(shown.undelivered)),))
    buttons = (
        _public(shown),
        Button(label="Remove", custom_id=encode(ConfirmRemove(session=shown.session)), style="danger"),
        export,
        Button(label="Edit", custom_id=encode(EditSession(session=shown.session))),
        *undelivered_button(shown.undelivered),
    )
    menu = models_menu(
        catalogue, shown.model, ChooseSessionModel(session=shown.session), "Model for what follows in this session"
    )
    rows: tuple[tuple[Button, ...] | Menu, ...] = (buttons, menu)
    return Panel(text=text, rows=rows)


def public_panel(shown: SessionShown) -> Panel:
    """What is said before a session becomes public."""
    return Panel(
        text=f"Make **{escape_markdown(shown.title)}** public? Its whole history, {counted(shown.utterances, 'utterance')} so far,"
        " becomes readable to every member of the server where it began, and they may speak in it. You can make it private"
        " again, but nobody unreads what they have read.",
        rows=(
            (
                Button(
                    label="Make it public",
                    custom_id=encode(SetPublic(session=shown.session, public=True, listed=shown.utterances)),
                    style="danger",
                ),
                Button(label="Keep it private", custom_id=encode(OpenSession(session=shown.session))),
            ),
        ),
    )


def remove_panel(shown: SessionShown) -> Panel:
    """What is asked before a session is removed."""
    return Panel(
        text=f"Remove **{escape_markdown(shown.title)}**, with everything that was said in it"
        f" ({counted(shown.utterances, 'utterance')})? This cannot be undone.",
        rows=(
            (
                Button(label="Remove it", custom_id=encode(Remove(session=shown.session)), style="danger"),
                Button(label="Keep it", custom_id=encode(OpenSession(session=shown.session))),
            ),
        ),
    )


def _public(shown: SessionShown) -> Button:
    if shown.is_public:
        press = encode(SetPublic(session=shown.session, public=False, listed=0))
        return Button(label="Public: yes", custom_id=press, style="success")
    return Button(
        label="Public: no",
        custom_id=encode(ConfirmPublic(session=shown.session)),
        disabled=not shown.may_be_public,
    )


def _text(shown: SessionShown, catalogue: Catalogue, note: str) -> str:
    current = " (your current session)" if shown.is_current else ""
    text = "\n".join(
        [
            *([note, ""] if note else []),
            *undelivered_line(shown.undelivered),
            f"**Name**: {escape_markdown(shown.title)}{current}",
            f"**Creator**: {escape_markdown(shown.creator_name)} ({shown.creator})",
            f"**Create time**: {moment(shown.create_time_s)}",
            f"**Update time**: {moment(shown.update_time_s)}",
            f"**Modify time**: {moment(shown.modify_time_s)}",
            f"**Model**: {model_line(catalogue, shown.model)}",
            f"**Visibility**: {_visibility(shown)}",
            "",
        ]
    )
    said = f"**Conversation** ({counted(shown.utterances, 'utterance')}): "
    room = CONTENT_CHARS_MAX - len(text) - len(said)
    if shown.system_msg is not None:
        label = "**System message**: "
        # Half of the room, and what the conversation's end does not need.
        needed = len(excerpt(shown.excerpt, room, is_whole=_is_whole(shown)))
        instruction = label + code_block(shown.system_msg, max(room // 2, room - needed) - len(label) - 1) + "\n"
        text, room = text + instruction, room - len(instruction)
    return text + said + excerpt(shown.excerpt, room, is_whole=_is_whole(shown))


def _is_whole(shown: SessionShown) -> bool:
    return len(shown.excerpt) == shown.utterances


def _visibility(shown: SessionShown) -> str:
    if shown.is_public:
        return "public — members of the server where it began can read all of it and speak in it"
    if shown.is_own and not shown.may_be_public:
        return f"private — only you can see it. {_NO_SERVER}"
    return "private — only its owner can see it"
