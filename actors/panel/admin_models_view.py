"""The tab *Models* of `/causerie`: the circuit breakers, and the menu that has one tried at once. Pure."""

import math
from collections.abc import Sequence
from typing import Final

from actors.panel.models_view import MENU_OPTIONS_MAX
from messages.admin_presses import TryModel
from messages.components import Menu, Option
from messages.custom_id import encode
from messages.figures import BreakerFigures, BreakerOf
from messages.turn import Reason
from models.catalogue import Catalogue
from models.model import MENU_PAGE, OPTION_CHARS_MAX
from texts.escaping import escape_markdown, moment, one_line
from texts.given import given_text
from texts.keys import PanelKey
from texts.say import Locale, say

BREAKERS_A_PAGE: Final = 8
NAME_CHARS: Final = 48
"""A model's name takes no more of a line."""

_SHARED: Final[dict[BreakerOf, PanelKey]] = {
    "budget": "causerie.breaker.budget",
    "key": "causerie.breaker.key",
    "server": "causerie.breaker.server",
}
_WHY: Final[dict[Reason, PanelKey]] = {
    "quota_exhausted": "causerie.why.quota_exhausted",
    "wrong_key": "causerie.why.wrong_key",
    "unreachable": "causerie.why.unreachable",
    "server_error": "causerie.why.server_error",
}
"""What opens each breaker."""


def not_closed(breakers: Sequence[BreakerFigures]) -> list[BreakerFigures]:
    """Return the breakers that keep something from being asked, or try it."""
    return [breaker for breaker in breakers if breaker.state != "closed"]


def models_page(
    breakers: Sequence[BreakerFigures], catalogue: Catalogue, page: int, locale: Locale
) -> tuple[str, int, int]:
    """Return the text of a page of breakers, the page that it is, and how many there are: those that are not closed come first.

    A model that was not asked yet has a closed one.
    """
    listed = sorted(_all(breakers, catalogue), key=lambda breaker: breaker.state == "closed")
    pages = math.ceil(len(listed) / BREAKERS_A_PAGE)
    page = min(page, pages - 1)
    shown = listed[page * BREAKERS_A_PAGE : (page + 1) * BREAKERS_A_PAGE]
    lines = [_line(breaker, catalogue, locale) for breaker in shown]
    about = [say("causerie.models_about", locale)]
    if any(breaker.state == "open" for breaker in breakers):
        about.append(say("causerie.models_try", locale))
    return "\n".join([*about, *lines]), page, pages


def _all(breakers: Sequence[BreakerFigures], catalogue: Catalogue) -> list[BreakerFigures]:
    asked = {breaker.model for breaker in breakers}
    others = [
        BreakerFigures(of="model", model=model.name, state="closed", trips_on="server_error")
        for model in catalogue
        if model.name not in asked
    ]
    return [*breakers, *others]


def _line(breaker: BreakerFigures, catalogue: Catalogue, locale: Locale) -> str:
    what = _what(breaker, catalogue, locale)
    if breaker.state == "closed" or breaker.since_s is None:
        return say("causerie.breaker.closed", locale, what=what)
    since, why = moment(breaker.since_s, "R"), say(_WHY[breaker.trips_on], locale)
    if breaker.again_at_s is None or breaker.state == "half_open":
        return say("causerie.breaker.half_open", locale, what=what, since=since, why=why)
    again = moment(math.ceil(breaker.again_at_s), "R")
    return say("causerie.breaker.open", locale, what=what, since=since, why=why, again=again)


def _what(breaker: BreakerFigures, catalogue: Catalogue, locale: Locale) -> str:
    if breaker.of != "model":
        return say(_SHARED[breaker.of], locale)
    return f"**{escape_markdown(_name(breaker.model, catalogue, locale), NAME_CHARS)}**"


def _name(model: str, catalogue: Catalogue, locale: Locale) -> str:
    listed = catalogue.get(model)
    return model if listed is None else given_text(listed.shown, locale)


def try_menu(breakers: Sequence[BreakerFigures], catalogue: Catalogue, page: int, locale: Locale) -> Menu | None:
    """Return the menu of those breakers that are open; None where there are none."""
    options = [
        Option(
            label=one_line(_what(breaker, catalogue, locale).replace("**", ""))
            if breaker.of != "model"
            else one_line(_name(breaker.model, catalogue, locale)),
            value=value,
        )
        for breaker in breakers
        if breaker.state == "open" and len(value := value_of(breaker)) <= OPTION_CHARS_MAX
    ]
    if not options:
        return None
    return Menu(
        custom_id=encode(TryModel(page=page)),
        placeholder=say("causerie.menu.try", locale),
        options=tuple(options[:MENU_OPTIONS_MAX]),
    )


def value_of(breaker: BreakerFigures) -> str:
    """Return the value that stands for a breaker in the menu; no model's name begins like that of a shared one."""
    return breaker.model if breaker.of == "model" else f"{MENU_PAGE}{breaker.of}"
