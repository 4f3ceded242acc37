"""The panel of `/causerie`: what the people who run the bot see of it, one tab at a time. Pure."""

from typing import Final, assert_never

from msgspec import Struct

from actors.panel.admin_access_view import PlaceNames, access_page
from actors.panel.admin_budgets_view import budgets_text
from actors.panel.admin_models_view import models_page, not_closed, try_menu
from actors.panel.admin_now_view import now_texts
from messages.admin_presses import AdminTab, OpenAdmin, RefreshAdmin, Reload, Resume, TurnAdmin
from messages.components import Button, Line, Panel, Part, Text, simple_panel
from messages.custom_id import encode
from messages.figures import Figures
from messages.ids import NOBODY
from messages.verbs.admin import PAUSED_A_PAGE, AdminShown, Paused
from models.catalogue import Catalogue
from storage.permissions import Permissions
from texts.escaping import moment
from texts.keys import PanelKey
from texts.say import Locale, number, say, say_list

ADMINS_SHOWN: Final = 5
"""So many of the people who run the bot are named to somebody who does not."""

_TABS: Final[dict[AdminTab, tuple[str, PanelKey]]] = {
    "now": ("📊", "button.admin_now"),
    "paused": ("⏸️", "button.admin_paused"),
    "models": ("🤖", "button.admin_models"),
    "budgets": ("💰", "button.admin_budgets"),
    "access": ("🚪", "button.admin_access"),
}
"""The emoji and the label of each tab's button."""


class Seen(Struct, frozen=True, kw_only=True):
    """What one look at the bot has found: the rows, the actors' figures, and the settings."""

    tab: AdminTab
    page: int
    """The page that is wanted; a tab that has fewer shows its last one."""
    rows: AdminShown
    figures: Figures
    catalogue: Catalogue
    permissions: Permissions
    places: PlaceNames = PlaceNames()
    now_s: float


def admin_panel(seen: Seen, locale: Locale, headline: str = "") -> Panel:
    """Return the panel; `headline` is a sentence above it about what was just done, or could not be done."""
    parts, page, pages = _tab(seen, locale)
    above: tuple[Part, ...] = (Text(headline), Line()) if headline else ()
    as_of = Text(say("causerie.as_of", locale, when=moment(seen.now_s, "R")))
    paging = (_paging(seen.tab, page, pages, locale),) if pages > 1 else ()
    return Panel(parts=(*above, _tabs(seen, locale), *parts, *paging, as_of, _last_row(seen.tab, page, locale)))


def not_admin_panel(permissions: Permissions, locale: Locale) -> Panel:
    """Return what somebody reads who does not run the bot."""
    if not permissions.admins:
        return simple_panel(say("causerie.only_nobody", locale))
    named = sorted(permissions.admins)
    people = say_list((f"<@{person}>" for person in named[:ADMINS_SHOWN]), locale)
    if len(named) > ADMINS_SHOWN:
        people = say("causerie.and_more", locale, listed=people, more=number(len(named) - ADMINS_SHOWN, locale))
    return simple_panel(say("causerie.only", locale, people=people))


def _tab(seen: Seen, locale: Locale) -> tuple[tuple[Part, ...], int, int]:
    """Return what stands in the tab, the page that it shows, and how many there are."""
    rows = seen.rows
    match seen.tab:
        case "now":
            process, work, today = now_texts(rows, seen.figures, locale)
            return (process, Line(), work, Line(), today), 0, 1
        case "paused":
            return _paused(rows, locale), rows.page, rows.pages
        case "models":
            breakers = seen.figures.models.breakers
            text, page, pages = models_page(breakers, seen.catalogue, seen.page, locale)
            menu = try_menu(breakers, seen.catalogue, page, locale)
            return (Text(text), *((menu,) if menu is not None else ())), page, pages
        case "budgets":
            return (Text(budgets_text(rows.budgets, seen.places, locale)),), rows.page, rows.pages
        case "access":
            text, page, pages = access_page(seen.permissions, rows.names, seen.places, seen.page, locale)
            return (Text(text),), page, pages
        case _:
            assert_never(seen.tab)


def _paused(rows: AdminShown, locale: Locale) -> tuple[Part, ...]:
    if not rows.listed:
        return (Text(say("causerie.paused_none", locale)),)
    first = rows.page * PAUSED_A_PAGE + 1
    lines = [_paused_line(one, number_, locale) for number_, one in enumerate(rows.listed, first)]
    buttons = tuple(
        Button(
            label=say("button.resume", locale, number=number_),
            custom_id=encode(Resume(parking=one.parking, page=rows.page)),
            emoji="▶️",
            style="success",
        )
        for number_, one in enumerate(rows.listed, first)
    )
    return (Text("\n".join([say("causerie.paused_about", locale), *lines])), buttons)


def _paused_line(paused: Paused, number_: int, locale: Locale) -> str:
    session, until, ahead = paused.session, moment(paused.until_s), moment(paused.until_s, "R")
    if session is None:
        return say("causerie.paused_hidden", locale, number=number_, until=until, ahead=ahead)
    if paused.creator == NOBODY:
        return say("causerie.paused_shared", locale, number=number_, session=session, until=until, ahead=ahead)
    creator = f"<@{paused.creator}>"
    return say(
        "causerie.paused_session", locale, number=number_, session=session, creator=creator, until=until, ahead=ahead
    )


def _tabs(seen: Seen, locale: Locale) -> tuple[Button, ...]:
    labels = {tab: say(key, locale) for tab, (_, key) in _TABS.items()}
    if seen.rows.paused:
        labels["paused"] = say("button.admin_paused_count", locale, count=number(seen.rows.paused, locale))
    if troubled := len(not_closed(seen.figures.models.breakers)):
        labels["models"] = say("button.admin_models_count", locale, count=number(troubled, locale))
    return tuple(
        Button(
            label=labels[tab],
            custom_id=encode(OpenAdmin(tab=tab)),
            emoji=emoji,
            style="primary" if tab == seen.tab else "secondary",
        )
        for tab, (emoji, _) in _TABS.items()
    )


def _paging(tab: AdminTab, page: int, pages: int, locale: Locale) -> tuple[Button, ...]:
    # Discord refuses a message with the same custom_id twice, also on buttons that cannot be pressed.
    is_first, is_last = page == 0, page >= pages - 1
    return (
        Button(
            label=say("button.previous", locale),
            custom_id=encode(TurnAdmin(tab=tab, page=page + 2 if is_first else page - 1)),
            disabled=is_first,
        ),
        Button(
            label=say("button.page", locale, page=page + 1, pages=pages),
            custom_id=encode(TurnAdmin(tab=tab, page=page)),
            disabled=True,
        ),
        Button(
            label=say("button.next", locale),
            custom_id=encode(TurnAdmin(tab=tab, page=page + 1)),
            disabled=is_last,
        ),
    )


def _last_row(tab: AdminTab, page: int, locale: Locale) -> tuple[Button, ...]:
    return (
        Button(label=say("button.refresh", locale), custom_id=encode(RefreshAdmin(tab=tab, page=page)), emoji="🔄"),
        Button(label=say("button.reload", locale), custom_id=encode(Reload(tab=tab, page=page)), emoji="⚙️"),
    )
