"""What both panels show of models: the menu, and the name of one. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Final

from messages.components import Menu, Option
from messages.custom_id import encode
from messages.presses import ChooseModel, ChooseSessionModel
from models.catalogue import Catalogue
from models.model import MENU_PAGE, Model
from texts.escaping import escape_markdown, moment, one_line
from texts.given import given_text
from texts.keys import PanelKey
from texts.say import Locale, say

MENU_OPTIONS_MAX: Final = 25
"""Discord's menus hold so many options (Component reference, String select)."""

_PAGE_VALUE: Final = re.compile(f"{MENU_PAGE}([0-9]{{1,4}})")


def models_menu(
    catalogue: Catalogue,
    present: str,
    press: ChooseModel | ChooseSessionModel,
    placeholder: str,
    locale: Locale,
    page: int | None = None,
) -> Menu:
    """Return the menu of the models that people may choose, grouped by kind; `present` is marked as chosen if it is one of them.

    `page` counts from 0; None is the page on which `present` stands. The options of a page that lead to the others have a value that
    `page_of` understands.
    """
    pages = _pages(catalogue.menu)
    if page is None:
        page = next((number for number, models in enumerate(pages) if any(one.name == present for one in models)), 0)
    page = min(page, len(pages) - 1)
    options = [_option(model, catalogue, present, locale) for model in pages[page]]
    if page > 0:
        options.insert(0, _leading_to(page - 1, len(pages), "models.previous", locale))
    if page < len(pages) - 1:
        options.append(_leading_to(page + 1, len(pages), "models.next", locale))
    if len(pages) > 1:
        placeholder = say("models.page", locale, what=placeholder, page=page + 1, pages=len(pages))
    return Menu(custom_id=encode(press), placeholder=placeholder, options=tuple(options))


def page_of(values: Sequence[str]) -> int | None:
    """Return the page of models to which the chosen option leads; None where a model was chosen."""
    match = _PAGE_VALUE.fullmatch(values[0]) if len(values) == 1 else None
    return None if match is None else int(match[1])


def _pages(models: tuple[Model, ...]) -> list[tuple[Model, ...]]:
    """Return the models of each page: with the options that lead to others, each has at most `MENU_OPTIONS_MAX` options."""
    if len(models) <= MENU_OPTIONS_MAX:
        return [models]
    pages, rest = [models[: MENU_OPTIONS_MAX - 1]], models[MENU_OPTIONS_MAX - 1 :]
    while len(rest) > MENU_OPTIONS_MAX - 1:
        pages.append(rest[: MENU_OPTIONS_MAX - 2])
        rest = rest[MENU_OPTIONS_MAX - 2 :]
    return [*pages, rest]


def _option(model: Model, catalogue: Catalogue, present: str, locale: Locale) -> Option:
    about = [say(model.traits.label, locale)] if catalogue.has_kinds else []
    if model.shutdown_date is not None:
        about.append(say("models.until", locale, date=model.shutdown_date.isoformat()))
    if model.description:
        about.append(given_text(model.description, locale))
    return Option(
        label=one_line(given_text(model.shown, locale)),
        value=model.name,
        description=one_line(" · ".join(about)) if about else "",
        default=model.name == present,
    )


def _leading_to(page: int, pages: int, key: PanelKey, locale: Locale) -> Option:
    return Option(
        label=say(key, locale),
        value=f"{MENU_PAGE}{page}",
        description=say("button.page", locale, page=page + 1, pages=pages),
    )


def model_line(catalogue: Catalogue, name: str, locale: Locale) -> str:
    """Return a model's name for a panel's text; of a model that left the catalogue it says so."""
    model = catalogue.get(name)
    if model is None:
        return say("model_gone", locale, model=escape_markdown(name))
    shown = escape_markdown(given_text(model.shown, locale))
    if model.label and model.label != model.name:
        shown = say("model_named", locale, label=shown, name=escape_markdown(model.name))
    if catalogue.has_kinds:
        shown = f"{shown} · {say(model.traits.label, locale)}"
    if model.shutdown_date is None:
        return shown
    # At noon UTC nearly every time zone has the same day.
    date = moment(datetime.combine(model.shutdown_date, time(12), UTC).timestamp(), "D")
    if catalogue.has_ended(name):
        return say("model_ended", locale, model=shown, date=date)
    return say("model_ends", locale, model=shown, date=date)


CHANGES: Final[Mapping[str, PanelKey]] = {
    "chat": "kind_changed.chat",
    "code": "kind_changed.code",
    "completion": "kind_changed.completion",
    "image": "kind_changed.image",
    "transcription": "kind_changed.transcription",
    "speech": "kind_changed.speech",
    "embedding": "kind_changed.embedding",
    "moderation": "kind_changed.moderation",
}
"""What is said where a session goes on with a model of that kind, and had one of another kind."""


def change_of_kind(catalogue: Catalogue, before: str, after: str, locale: Locale) -> str:
    """Return the sentence that says what changes with the model `after`; "" where it is of the kind of the one before it."""
    was, becomes = catalogue.get(before), catalogue.get(after)
    if becomes is None or (was is not None and was.kind == becomes.kind):
        return ""
    return say(CHANGES[becomes.kind], locale)


def system_msg_label(catalogue: Catalogue, name: str, locale: Locale) -> str:
    """Return what stands before a system message in a panel; where the model of that name is not told it, it says so."""
    model = catalogue.get(name)
    return say("system_msg" if model is None or model.system_message else "system_msg_unused", locale)
