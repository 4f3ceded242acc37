"""The panel of `/session` and *Show session*: a session, and for its owner the buttons that change it. Pure."""

from collections.abc import Iterator
from typing import Final

from actors.panel.models_view import model_line, models_menu, system_msg_label
from actors.panel.times_view import times_of
from actors.panel.transcript_view import excerpt
from actors.panel.undelivered_view import undelivered_button, undelivered_line
from actors.panel.usage_view import usage_line
from messages.choices import SETTINGS, Setting
from messages.components import Button, Line, Menu, Option, Panel, Part, Text, simple_panel
from messages.custom_id import encode
from messages.ids import NOBODY
from messages.presses import (
    ChooseSessionModel,
    ChooseSetting,
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
from texts.escaping import CONTENT_CHARS_MAX, code_block, escape_markdown
from texts.given import chosen_value
from texts.lacks import lacks_lines
from texts.say import Locale, say, say_count

SYSTEM_MSG_CHARS: Final = 600
SYSTEM_MSG_LINES: Final = 12
"""So much of the system message is shown, so that the end of the conversation below it is not far away. *Edit* has all of it."""

BREAKS_MAX: Final = 6
"""Between the texts of the panel."""


def session_panel(
    shown: SessionShown, catalogue: Catalogue, locale: Locale, headline: str = "", models_page: int | None = None
) -> Panel:
    """Return the panel; only the owner gets the buttons that change the session.

    `headline` is a sentence above it about what was just done, or could not be done. `models_page` is the page of models that its
    menu shows; None is that of the session's model.
    """
    above, about, said = _texts(shown, catalogue, locale, headline)
    export = Button(label=say("button.export", locale), custom_id=encode(Export(session=shown.session)), emoji="📄")
    remove = Button(
        label=say("button.remove", locale),
        custom_id=encode(ConfirmRemove(session=shown.session)),
        style="danger",
        emoji="🗑️",
    )
    if not shown.is_own:
        removing = (remove,) if shown.may_remove else ()
        others = (*removing, export, *undelivered_button(shown.undelivered, locale))
        return Panel(parts=(*above, about, others, Line(), _model(shown, catalogue, locale), Line(), *said))
    buttons = (
        _public(shown, locale),
        remove,
        export,
        Button(label=say("button.edit", locale), custom_id=encode(EditSession(session=shown.session)), emoji="✏️"),
        *undelivered_button(shown.undelivered, locale),
    )
    choose = ChooseSessionModel(session=shown.session)
    menu = models_menu(catalogue, shown.model, choose, say("session.models", locale), locale, page=models_page)
    model: tuple[Part, ...] = (_model(shown, catalogue, locale), menu, *_settings(shown, catalogue, locale))
    return Panel(parts=(*above, about, buttons, Line(), *model, Line(), *said))


def _settings(shown: SessionShown, catalogue: Catalogue, locale: Locale) -> Iterator[Menu]:
    """Yield a menu for each thing that the session's model lets its owner choose; what holds now is marked."""
    model = catalogue.get(shown.model)
    if model is None:
        return
    for setting in SETTINGS:
        present = model.present(setting, shown.choices)
        if present:
            yield Menu(
                custom_id=encode(ChooseSetting(session=shown.session, setting=setting)),
                placeholder=_chosen(setting, present, locale),
                options=tuple(
                    Option(label=_chosen(setting, value, locale), value=value, default=value == present)
                    for value in model.offered(setting)
                ),
            )


def _chosen(setting: Setting, value: str, locale: Locale) -> str:
    named = chosen_value(value, locale)
    match setting:
        case "effort":
            return say("session.effort", locale, value=named)
        case "size":
            return say("session.size", locale, value=named)
        case "quality":
            return say("session.quality", locale, value=named)


def public_panel(shown: SessionShown, locale: Locale) -> Panel:
    """Return what is to be confirmed before a session becomes public."""
    return simple_panel(
        say("public.question", locale, title=escape_markdown(shown.title), messages=_messages(shown, locale)),
        (
            Button(
                label=say("button.make_public", locale),
                custom_id=encode(SetPublic(session=shown.session, public=True, confirmed=shown.utterances)),
                style="danger",
            ),
            Button(label=say("button.keep_private", locale), custom_id=encode(OpenSession(session=shown.session))),
        ),
    )


def remove_panel(shown: SessionShown, locale: Locale) -> Panel:
    """Return what is to be confirmed before a session is removed."""
    return simple_panel(
        say("remove.question", locale, title=escape_markdown(shown.title), messages=_messages(shown, locale)),
        (
            Button(
                label=say("button.remove_session", locale),
                custom_id=encode(Remove(session=shown.session)),
                style="danger",
                emoji="🗑️",
            ),
            Button(label=say("button.keep_session", locale), custom_id=encode(OpenSession(session=shown.session))),
        ),
    )


def _public(shown: SessionShown, locale: Locale) -> Button:
    if shown.is_public:
        press = encode(SetPublic(session=shown.session, public=False, confirmed=0))
        return Button(label=say("button.public", locale), custom_id=press, style="primary", emoji="🌐")
    return Button(
        label=say("button.private", locale),
        emoji="🔒",
        custom_id=encode(ConfirmPublic(session=shown.session)),
        disabled=not shown.may_be_public,
    )


def _texts(
    shown: SessionShown, catalogue: Catalogue, locale: Locale, headline: str
) -> tuple[tuple[Part, ...], Text, tuple[Part, ...]]:
    """Return what was just done or is lacking; who and what the session is; its system message, the end of its conversation, and its times."""
    lines = [
        *([headline] if headline else []),
        *lacks_lines(shown.lacks, locale),
        *undelivered_line(shown.undelivered, locale),
    ]
    above: tuple[Part, ...] = (Text("\n".join(lines).rstrip()), Line()) if lines else ()
    title = escape_markdown(shown.title)
    about = "\n".join(
        [
            say("session.name_current" if shown.is_current else "session.name", locale, title=title),
            _creator(shown, locale),
            say("session.visibility", locale, visibility=_visibility(shown, locale)),
            *([] if shown.used is None else [usage_line(shown.used, locale)]),
        ]
    )
    times = times_of(shown.create_time_s, shown.update_time_s, shown.modify_time_s, locale)
    conversation = say("session.conversation", locale, messages=_messages(shown, locale))
    taken = sum(len(line) + 1 for line in lines) + len(about) + len(times) + len(conversation)
    room = CONTENT_CHARS_MAX - taken - len(_model(shown, catalogue, locale).text) - BREAKS_MAX
    said: list[Part] = []
    if shown.system_msg is not None:
        label = system_msg_label(catalogue, shown.model, locale)
        instruction = label + code_block(
            shown.system_msg, min(room // 2 - len(label), SYSTEM_MSG_CHARS), locale, lines_max=SYSTEM_MSG_LINES
        )
        room -= len(instruction)
        said.append(Text(instruction))
    said.append(Text(conversation + excerpt(shown.excerpt, room, locale, is_whole=_is_whole(shown))))
    return above, Text(about), (*said, Text(times))


def _model(shown: SessionShown, catalogue: Catalogue, locale: Locale) -> Text:
    line = say("model", locale, model=model_line(catalogue, shown.model, locale))
    about = (*_drawing_line(catalogue, shown.model, locale), *_temperature_line(catalogue, shown, locale))
    return Text("\n".join([line, *about]))


def _creator(shown: SessionShown, locale: Locale) -> str:
    if shown.creator == NOBODY:
        return say("session.of_channel", locale)
    return say("session.creator", locale, name=escape_markdown(shown.creator_name), user=shown.creator)


def _drawing_line(catalogue: Catalogue, name: str, locale: Locale) -> list[str]:
    """Say what a model that draws is told of the conversation, and what it changes."""
    model = catalogue.get(name)
    return [say("session.draws", locale)] if model is not None and model.traits.changes else []


def _temperature_line(catalogue: Catalogue, shown: SessionShown, locale: Locale) -> list[str]:
    """Say that the model is asked without the temperature that the person who looks has set, as far as is known."""
    if shown.temperature is None or catalogue.takes_temperature(shown.model, shown.temperature):
        return []
    return [say("session.temperature_unused", locale, temperature=f"{shown.temperature:g}")]


def _is_whole(shown: SessionShown) -> bool:
    return len(shown.excerpt) == shown.utterances


def _messages(shown: SessionShown, locale: Locale) -> str:
    return say_count("messages", shown.utterances, locale)


def _visibility(shown: SessionShown, locale: Locale) -> str:
    if shown.is_public:
        return say("session.public", locale)
    if shown.is_own and not shown.may_be_public:
        return say("session.private_direct", locale)
    return say("session.private_own" if shown.is_own else "session.private", locale)
