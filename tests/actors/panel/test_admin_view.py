"""What `/causerie` shows at its limits, in every language: Discord takes it, and nothing is missing without being said to be."""

from typing import Any

import pytest
from msgspec.structs import replace

from actors.panel.admin_access_view import PlaceNames
from actors.panel.admin_view import Seen, admin_panel, not_admin_panel
from actors.panel.reload_view import reload_lines
from messages.admin_presses import AdminTab
from messages.budget import Budget, BudgetPeriod, BudgetScope, Spent
from messages.figures import (
    BreakerFigures,
    CourierFigures,
    Figures,
    GatewayFigures,
    ModelsFigures,
    SessionsFigures,
    SessionState,
)
from messages.ids import NOBODY, ChannelId, GuildId, RoleId, SessionId, UserId
from messages.reload import SettingsNotReloaded, SettingsReloaded
from messages.verbs.admin import PAUSED_A_PAGE, AdminShown, BudgetUse, Paused
from models.catalogue import Catalogue
from models.model import Model
from storage.admin import BUDGETS_A_PAGE
from storage.permissions import Lists, Permissions
from tests.actors.panel.panels import complaints, labels
from texts.say import DEFAULT_LOCALE, LOCALES, Locale

NOW_S = 1_790_000_000.0
LARGEST = 2**63 - 1
NAME = "`**_@everyone_**" * 8
"""As long and as hostile as a name can be."""

STATES: dict[SessionState, int] = dict.fromkeys(("idle", "taking", "streaming", "finishing", "pausing", "over"), 99_999)
SHARED = (
    BreakerFigures(of="budget", state="half_open", trips_on="quota_exhausted", since_s=NOW_S - 5),
    BreakerFigures(of="key", state="half_open", trips_on="wrong_key", since_s=NOW_S - 5),
    BreakerFigures(of="server", state="half_open", trips_on="unreachable", since_s=NOW_S - 5),
)
FULL = Figures(
    version="10.11.12.dev34567+gabcdef",
    started_s=NOW_S - 1e8,
    gateway=GatewayFigures(connected_since_s=NOW_S - 5),
    sessions=SessionsFigures(states=STATES, held=99_999),
    courier=CourierFigures(used=1_000_000, budget=1_000_000, waiting=1_000_000, pending=1_000_000),
    models=ModelsFigures(streaming=100_000, slots=100_000, waiting=100_000, breakers=SHARED),
)
EMPTY = Figures(
    version="",
    started_s=0.0,
    gateway=GatewayFigures(connected_since_s=None),
    sessions=None,
    courier=None,
    models=ModelsFigures(streaming=0, slots=1, waiting=0, breakers=()),
)
ROWS = AdminShown(
    waiting=10**9, answered=10**9, tokens=10**15, micro_dollars=10**15, is_partly_unpriced=True, paused=30
)
MODELS = Catalogue(
    [Model(name=f"{number:02}-{'m' * 97}", label="_*" * 50, default=number == 0) for number in range(26)]
)


def breakers(state: Any = "open") -> tuple[BreakerFigures, ...]:
    """One of each of 26 models, with the longest names, and those of all."""
    since_s, again_at_s = (None, None) if state == "closed" else (NOW_S - 30, NOW_S + 29.5)
    own = tuple(
        BreakerFigures(
            of="model", model=model.name, state=state, trips_on="server_error", since_s=since_s, again_at_s=again_at_s
        )
        for model in MODELS
    )
    return (*SHARED, *own)


def seen(tab: AdminTab, page: int = 0, **fields: Any) -> Seen:
    given: dict[str, Any] = {"rows": ROWS, "figures": FULL, "catalogue": MODELS, "permissions": Permissions(), **fields}
    return Seen(tab=tab, page=page, now_s=NOW_S, **given)


def paused(page: int, *, may_see: bool) -> AdminShown:
    listed = tuple(
        Paused(
            parking=int((NOW_S + number) * 1e6),
            until_s=NOW_S + number,
            session=SessionId(LARGEST - number) if may_see else None,
            creator=(UserId(LARGEST) if number % 2 else NOBODY) if may_see else None,
        )
        for number in range(PAUSED_A_PAGE)
    )
    return replace(ROWS, listed=listed, page=page, pages=6)


def use(scope: BudgetScope, period: BudgetPeriod, id_: int | None, *, is_unused: bool = False) -> BudgetUse:
    budget = Budget(scope=scope, period=period, id=id_, tokens=10**15, micro_dollars=10**15)
    spent = Spent(
        budget=budget,
        tokens=10**15,
        micro_dollars=10**15 - 1,
        reserved_tokens=0,
        reserved_micro_dollars=0,
        is_partly_unpriced=True,
        renewed_at_s=NOW_S,
    )
    raised = tuple(UserId(LARGEST - number) for number in range(3))
    return BudgetUse(budget=budget, spent=None if is_unused else spent, whose=LARGEST, raised=raised, raised_more=10**6)


PLACES = PlaceNames(servers={LARGEST: NAME}, roles={LARGEST: NAME}, channels={LARGEST: NAME})


def lists(many: int) -> Lists:
    ids = range(LARGEST - many + 1, LARGEST + 1)
    return Lists(
        servers=frozenset(map(GuildId, ids)),
        channels=frozenset(map(ChannelId, ids)),
        roles=frozenset(map(RoleId, ids)),
        users=frozenset(map(UserId, ids)),
    )


def crowded(many: int) -> Permissions:
    return Permissions(admins=lists(many).users, direct_messages=False, allow=lists(many), block=lists(many))


def named(permissions: Permissions) -> AdminShown:
    return replace(ROWS, names=dict.fromkeys(permissions.admins, NAME))


AT_LIMITS = [
    *(
        seen(tab, figures=figures)
        for tab in ("now", "paused", "models", "budgets", "access")
        for figures in (FULL, EMPTY)
    ),
    *(seen("paused", page, rows=paused(page, may_see=may_see)) for page in (0, 3, 5) for may_see in (False, True)),
    *(
        seen("models", page, figures=replace(FULL, models=replace(FULL.models, breakers=breakers(state))))
        for page in (0, 1, 2, 9_999)
        for state in ("closed", "open", "half_open")
    ),
    *(
        seen("budgets", 7, places=PLACES, rows=replace(ROWS, page=7, pages=8, budgets=(one,) * BUDGETS_A_PAGE))
        for one in (
            use("user", "day", None),
            use("user", "month", None, is_unused=True),
            use("user", "month", LARGEST),
            use("server", "month", None),
            use("server", "day", LARGEST),
            use("role", "month", LARGEST),
            use("all", "day", None),
        )
    ),
    *(
        seen("access", page, places=PLACES, permissions=crowded(many), rows=named(crowded(many)))
        for page in (0, 1, 2, 9_999)
        for many in (1, 40)
    ),
]


@pytest.mark.parametrize("locale", LOCALES)
def test_every_tab_at_its_limits_is_taken_by_discord(locale: Locale) -> None:
    """At most 2,000 characters, five rows, no `custom_id` twice; in each language."""
    for one in AT_LIMITS:
        assert complaints(admin_panel(one, locale)) == [], (one.tab, one.page)


@pytest.mark.parametrize("locale", LOCALES)
def test_with_the_longest_sentences_above_it_a_panel_has_room_all_the_same(locale: Locale) -> None:
    """What is said of a reload comes on top: within Discord's 4,000 characters of a message."""
    names = tuple(f"permissions.{'x' * 40}.{number}" for number in range(300))
    for answer in (
        SettingsReloaded(changed=names, needs_restart=names, warnings=("_" * 2_000,) * 9),
        SettingsNotReloaded(why=NAME * 100),
    ):
        said = reload_lines(answer, locale)
        assert len(said) <= 4_000 - 2_000
        for one in AT_LIMITS:
            assert len(admin_panel(one, locale, said).text) <= 4_000


def test_what_is_otherwise_stands_on_the_tabs() -> None:
    """Without opening them it is seen how many sessions are paused, and how many models are not asked as usual."""
    figures = replace(FULL, models=replace(FULL.models, breakers=breakers()))
    assert labels(admin_panel(seen("now", figures=figures), DEFAULT_LOCALE)) == [
        ["Now", "Paused (30)", "Models (29)", "Budgets", "Access"],
        ["Refresh", "Reload settings"],
    ]
    quiet = seen("now", rows=replace(ROWS, paused=0), figures=EMPTY)
    assert labels(admin_panel(quiet, DEFAULT_LOCALE))[0] == ["Now", "Paused", "Models", "Budgets", "Access"]


def test_all_26_models_are_on_one_of_the_pages_and_those_that_are_not_asked_first() -> None:
    """The menu offers 25 of those that are open, also on another page."""
    open_ones = replace(FULL, models=replace(FULL.models, breakers=(*breakers("closed")[:28], breakers()[28])))
    pages = [admin_panel(seen("models", page, figures=open_ones), DEFAULT_LOCALE) for page in range(4)]
    lines = [line for panel in pages for line in panel.text.splitlines() if line[:1] in "🟢🔴🟡"]
    assert len(lines) == 29
    assert [line[0] for line in lines] == ["🟡"] * 3 + ["🔴"] + ["🟢"] * 25
    everything = replace(FULL, models=replace(FULL.models, breakers=breakers()))
    menu = labels(admin_panel(seen("models", 2, figures=everything), DEFAULT_LOCALE))[1]
    assert len(menu) == 25


def test_the_menu_try_now_is_spoken_of_where_there_is_one() -> None:
    """Not while everything is asked, nor while the only trouble is being tried already."""

    def shown(state: str) -> tuple[str, list[list[str]]]:
        figures = replace(FULL, models=replace(FULL.models, breakers=breakers(state)))
        panel = admin_panel(seen("models", figures=figures), DEFAULT_LOCALE)
        return panel.text, labels(panel)

    for state in ("closed", "half_open", "open"):
        text, rows = shown(state)
        assert ("With **Try now**" in text) == any(len(row) > 5 for row in rows) == (state == "open"), state


def test_an_actor_that_does_not_answer_is_said_to_be_silent() -> None:
    """Its figures are not shown as zero."""
    text = admin_panel(seen("now", figures=EMPTY), DEFAULT_LOCALE).text
    assert "The supervisor did not answer within a second" in text
    assert "The courier, which writes to Discord, did not answer within a second" in text
    assert "Not connected to Discord" in text
    assert "Sessions at work" not in text
    assert "Requests to Discord" not in text


def test_everybody_on_the_lists_is_on_one_of_the_pages() -> None:
    """Each with the heading that says what the list is."""
    permissions = crowded(40)
    pages = [
        admin_panel(seen("access", page, permissions=permissions), DEFAULT_LOCALE).text.splitlines()
        for page in range(20)
    ]
    entries = {(page, line) for page, lines in enumerate(pages) for line in lines if line.startswith("- ")}
    people = [line for _, line in entries if line.startswith("- <@") and not line.startswith("- <@&")]
    assert len(people) >= 3 * 40  # admins, blocked, allowed
    assert all(
        any(line.startswith("**") for line in lines) for lines in pages if any(line[:2] == "- " for line in lines)
    )


def test_who_runs_the_bot_is_named_to_others_but_not_everybody_of_a_crowd() -> None:
    """Five, and how many more."""
    admins = frozenset(UserId(number) for number in range(1, 9))
    for locale in LOCALES:
        assert complaints(not_admin_panel(Permissions(admins=admins), locale)) == []
        assert complaints(not_admin_panel(Permissions(), locale)) == []
    text = not_admin_panel(Permissions(admins=admins), DEFAULT_LOCALE).text
    assert "<@1>, <@2>, <@3>, <@4>, <@5> and 3 more" in text
    assert "<@6>" not in text
