"""What `/user` shows, whatever people wrote."""

import random
import re
from dataclasses import dataclass

import msgspec
import pytest
from msgspec.structs import replace

from actors.panel import user_view
from messages import custom_id
from messages.components import Menu
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
from models.catalogue import Catalogue
from models.model import Model
from models.temperatures import Temperatures
from tests.actors.panel.panels import ALICE, CATALOGUE, LISTED, button, complaints, labels, listed, nasty, user
from texts.say import DEFAULT_LOCALE, LOCALES, say

TITLES = ("語" * 100, "*" * 100, "ש" * 100, "👩‍👩‍👧" * 20, "e\u0301" * 50, "क्ष" * 33, "\\`" * 50, "")


def test_the_panel_shows_everything_about_a_user() -> None:
    """Every field is there, in the words of the documentation."""
    assert user_view.user_panel(ALICE, CATALOGUE, DEFAULT_LOCALE).text.split("\n") == [
        "**Name**: Alice (123456789012345678)",
        "**Status**: activate — each message goes to your current session",
        "**Current session**: **Comets are**",
        "**Max token**: 700",
        "**Temperature**: 0.5",
        "**Show public**: on",
        "**Attach**: off",
        "**System message**: ```",
        "Answer in French.",
        "```",
        "**Model**: Small (gpt-small)",
        "**Sessions**: 3",
        "**Used so far**: 1,200 tokens in, 3,400 out, $0.0123",
        "-# **Create time**: <t:1700000000:f>",
        "-# **Update time**: <t:1700000100:f>",
        "-# **Modify time**: <t:1700000200:f>",
    ]


def test_a_temperature_that_is_not_asked_is_said() -> None:
    """The model of the next question counts: in `activate` that of the current session, else that for new sessions."""
    models = (Model(name="cool", label="Cool*", left_out=("temperature",)), Model(name="warm"), Model(name="low"))
    catalogue = Catalogue([*models, Model(name="reasons", temperature=False)])
    catalogue.learn_temperatures("low", Temperatures(below=1.5))
    unused = "but {} takes none or not this one, so it is asked without"

    def said(status: Status, new: str, current: str, temperature: float) -> str:
        shown = user(
            status=status, model=new, current=replace(LISTED, model=current), temperature=temperature, listed=()
        )
        text = user_view.user_panel(shown, catalogue, DEFAULT_LOCALE).text
        return next(line for line in text.split("\n") if line.startswith("**Temperature**"))

    assert said("new", "cool", "warm", 0.5) == f"**Temperature**: 0.5, {unused.format('Cool' + chr(92) + '*')}"
    assert said("new", "reasons", "warm", 0.5).endswith(unused.format("reasons"))
    assert said("activate", "cool", "warm", 0.5) == "**Temperature**: 0.5"
    assert said("activate", "warm", "reasons", 0).endswith(unused.format("reasons"))
    assert said("new", "low", "cool", 1.4) == "**Temperature**: 1.4"
    assert said("new", "low", "cool", 1.5).endswith(unused.format("low"))


def test_what_is_not_set_is_said() -> None:
    """Without a session, a system message and a temperature the panel says so; a temperature of 0 is shown."""
    empty = user(current=None, system_msg="", temperature=None, listed=(), sessions=0, newest=None)
    text = user_view.user_panel(empty, CATALOGUE, DEFAULT_LOCALE).text
    assert "**Current session**: none yet: your next message starts one\n" in text
    silent = user_view.user_panel(user(status="disable", current=None), CATALOGUE, DEFAULT_LOCALE).text
    assert "**Current session**: none yet: with **new** or **activate**, " in silent
    assert "**System message**: none\n" in text
    assert "**Temperature**: the model's default\n" in text
    assert "**Temperature**: 0\n" in user_view.user_panel(user(temperature=0.0), CATALOGUE, DEFAULT_LOCALE).text
    closed = user_view.user_panel(user(current=None, current_is_closed=True), CATALOGUE, DEFAULT_LOCALE).text
    assert "**Current session**: not available here" in closed


def test_the_rows_are_those_of_the_documentation() -> None:
    """Settings, models, statuses, sessions; paging only when there are several pages."""
    panel = user_view.user_panel(ALICE, CATALOGUE, DEFAULT_LOCALE)
    assert labels(panel) == [
        ["Show public", "Attach", "Clear", "Edit"],
        ["Small", "gpt-large"],
        ["new", "activate", "disable"],
        ["Comets are"],
    ]
    assert labels(user_view.user_panel(user(listed=()), CATALOGUE, DEFAULT_LOCALE))[2:] == [
        ["new", "activate", "disable"]
    ]


def test_every_component_carries_the_value_to_set_and_the_page() -> None:
    """A press redraws the page on which it stood, and pressing twice sets the same value."""
    shown = user(page=3, pages=9, show_public=True, attach=False)
    panel = user_view.user_panel(shown, CATALOGUE, DEFAULT_LOCALE)
    said = {
        label: custom_id.decode(button(panel, label).custom_id) for label in ("Show public", "Attach", "Clear", "Edit")
    }
    assert said == {
        "Show public": ShowPublic(on=False, page=3),
        "Attach": Attach(on=True, page=3),
        "Clear": ConfirmClear(),
        "Edit": EditUser(page=3),
    }
    menus = [row for row in panel.rows if isinstance(row, Menu)]
    assert [custom_id.decode(menu.custom_id) for menu in menus] == [ChooseModel(page=3), ChooseSession(page=3)]
    assert custom_id.decode(button(panel, "Previous").custom_id) == OpenUser(page=2)
    assert custom_id.decode(button(panel, "Next").custom_id) == OpenUser(page=4)
    for status in ("new", "activate", "disable"):
        assert custom_id.decode(button(panel, status).custom_id) == ChooseStatus(status=status, page=3)


@pytest.mark.parametrize("on", [False, True])
def test_what_holds_stands_out(on: bool) -> None:
    """The settings that are on and the present status have Discord's colour, all others are grey."""
    panel = user_view.user_panel(user(show_public=on, attach=not on, status="new"), CATALOGUE, DEFAULT_LOCALE)
    assert (button(panel, "Show public").style == "primary") == on
    assert (button(panel, "Attach").style == "primary") == (not on)
    assert [label for label in ("new", "activate", "disable") if button(panel, label).style == "primary"] == ["new"]


def test_the_menu_of_models_has_the_present_one_chosen() -> None:
    """A model that menus do not show is kept without being offered; of one that has gone the panel says so."""

    def chosen(model: str) -> list[str]:
        menu = user_view.user_panel(user(model=model), CATALOGUE, DEFAULT_LOCALE).rows[1]
        assert isinstance(menu, Menu)
        assert [(option.value, option.description) for option in menu.options] == [
            ("gpt-small", "Quick and cheap"),
            ("gpt-large", ""),
        ]
        return [option.value for option in menu.options if option.default]

    assert chosen("gpt-large") == ["gpt-large"]
    assert chosen("gpt-hidden") == []
    assert chosen("gpt-gone") == []
    assert (
        "no longer available: choose another"
        in user_view.user_panel(user(model="gpt-gone"), CATALOGUE, DEFAULT_LOCALE).text
    )
    assert "no longer available" not in user_view.user_panel(user(model="gpt-hidden"), CATALOGUE, DEFAULT_LOCALE).text


def test_the_menu_of_sessions_says_whose_they_are() -> None:
    """Each line says whose the session is, its visibility and its model; the current one is named, not chosen."""
    bobs = listed(8, is_own=False, creator_name="Bob\u202e", is_public=True, title="Bob's *plans*", model="gpt-large")
    menu = user_view.user_panel(user(listed=(LISTED, bobs)), CATALOGUE, DEFAULT_LOCALE).rows[3]
    assert isinstance(menu, Menu)
    assert [(one.label, one.value, one.description, one.default) for one in menu.options] == [
        ("Comets are", "7", "current · yours · private · gpt-small", False),
        ("Bob's *plans*", "8", "by Bob · public · gpt-large", False),
    ]


@dataclass(frozen=True)
class PageOf:
    page: int
    pages: int
    can_go_back: bool
    can_go_on: bool


@pytest.mark.parametrize(
    "case",
    [
        PageOf(0, 2, can_go_back=False, can_go_on=True),
        PageOf(1, 2, can_go_back=True, can_go_on=False),
        PageOf(1, 3, can_go_back=True, can_go_on=True),
        PageOf(39, 40, can_go_back=True, can_go_on=False),
    ],
)
def test_more_than_one_page_has_a_row_for_turning(case: PageOf) -> None:
    """The first and last page have a disabled button; no custom_id occurs twice, which Discord would refuse."""
    sessions = tuple(listed(number) for number in range(1, 26))
    panel = user_view.user_panel(user(listed=sessions, page=case.page, pages=case.pages), CATALOGUE, DEFAULT_LOCALE)
    assert labels(panel)[4] == ["Previous", f"Page {case.page + 1} of {case.pages}", "Next"]
    assert button(panel, "Previous").disabled == (not case.can_go_back)
    assert button(panel, f"Page {case.page + 1} of {case.pages}").disabled
    assert button(panel, "Next").disabled == (not case.can_go_on)
    assert complaints(panel) == []


def test_a_panel_fits_and_stays_in_order_whatever_is_in_it() -> None:
    """At most 2,000 code points; one line a field; one code block; nothing that pings, links, turns or hides text."""
    rng = random.Random(3)
    for seed in range(1000):
        sessions = tuple(
            listed(number, title=nasty(rng, 120), creator_name=nasty(rng, 40), is_own=rng.random() < 0.5)
            for number in range(1, rng.randint(1, 26))
        )
        shown = user(
            name=nasty(rng, 300),
            current=msgspec.structs.replace(LISTED, title=nasty(rng, 300)),
            system_msg=nasty(rng, 3000),
            model=rng.choice(("gpt-small", "gpt-gone", nasty(rng, 100))),
            sessions=10**9,
            max_token=128_000,
            listed=sessions,
            pages=rng.choice((1, 2, 10_000)),
        )
        locale = rng.choice(LOCALES)
        panel = user_view.user_panel(shown, CATALOGUE, locale, rng.choice(("", "Removed 3 sessions.")))
        assert complaints(panel) == [], seed
        head, *rest = panel.text.split("```\n", 1)
        assert say("system_msg", locale) in head, seed
        block, after = rest[0].rsplit("\n```\n", 1) if rest else ("", "")
        written = re.sub(r"\\.", "", f"{head}{after}".replace("\n-# ", "\n"))
        assert not set(written) & set("`@|[]#~"), seed
        assert written.count("<") == 3, seed
        assert not set(panel.text) & set("\u202e\u2066\u200b\x00\x1b\ufeff"), seed
        assert "```" not in block, seed


@pytest.mark.parametrize("title", TITLES)
def test_a_title_of_a_hundred_characters_fits_in_any_script(title: str) -> None:
    """The title is cut in the text and in the menu, beside a system message of 4,000 characters."""
    one = listed(1, title=title, is_current=True, creator_name=title, is_own=False)
    panel = user_view.user_panel(
        user(name=title, current=one, listed=(one,), system_msg="語" * 4000), CATALOGUE, DEFAULT_LOCALE
    )
    assert complaints(panel) == []
    menu = panel.rows[3]
    assert isinstance(menu, Menu)
    assert menu.options[0].label == (title or "—")


@pytest.mark.parametrize("system_msg", ["x" * 4000, "x\n" * 2000, "語" * 301, "x\n" * 6 + "x"])
def test_a_long_system_message_is_cut_so_that_the_buttons_stay_in_sight(system_msg: str) -> None:
    """Neither many characters nor many lines push them away, and a mark says that there is more."""
    text = user_view.user_panel(user(system_msg=system_msg), CATALOGUE, DEFAULT_LOCALE).text
    block = text.partition("```\n")[2].partition("\n```")[0]
    assert block.endswith("…")
    assert system_msg.startswith(block[:-1])
    assert len(block) <= user_view.SYSTEM_MSG_CHARS
    assert len(block.split("\n")) <= user_view.SYSTEM_MSG_LINES


@pytest.mark.parametrize("system_msg", ["x" * 290, "x\n" * 5 + "x"])
def test_a_system_message_that_fits_is_shown_whole(system_msg: str) -> None:
    """Without a mark."""
    assert (
        f"```\n{system_msg}\n```" in user_view.user_panel(user(system_msg=system_msg), CATALOGUE, DEFAULT_LOCALE).text
    )


def test_sessions_of_the_same_name_are_told_apart() -> None:
    """Their second lines say when each was spoken in; those of other sessions do not."""
    same = [listed(number, title="Soup", update_time_s=60.0 * number) for number in (1, 2)]
    panel = user_view.user_panel(user(listed=(*same, listed(3, title="Salad"))), CATALOGUE, DEFAULT_LOCALE)
    menu = panel.rows[3]
    assert isinstance(menu, Menu)
    one, two, other = (option.description for option in menu.options)
    assert one.startswith("1970-01-01 00:01:00 UTC · yours · ")
    assert two.startswith("1970-01-01 00:02:00 UTC · yours · ")
    assert other.startswith("yours · ")


def test_figures_have_their_thousands_apart() -> None:
    """As everywhere else in the panel."""
    text = user_view.user_panel(user(max_token=128_000, sessions=1_234), CATALOGUE, DEFAULT_LOCALE).text
    assert "**Max token**: 128,000\n" in text
    assert "**Sessions**: 1,234\n" in text


def test_clearing_says_how_many_and_carries_the_newest() -> None:
    """A session that begins later is not removed by the confirmation."""
    panel = user_view.clear_panel(12, SessionId(99), DEFAULT_LOCALE)
    assert "12 sessions" in panel.text
    for said in ("all files", "The messages in Discord stay", "cannot be undone"):
        assert said in panel.text
    assert custom_id.decode(button(panel, "Remove 12 sessions").custom_id) == Clear(newest=SessionId(99))
    assert button(panel, "Remove 12 sessions").style == "danger"
    assert custom_id.decode(button(panel, "Keep them").custom_id) == OpenUser(page=0)
    assert labels(user_view.clear_panel(1, SessionId(9), DEFAULT_LOCALE)) == [["Remove 1 session", "Keep them"]]
    assert complaints(panel) == []
