"""The menu of models has pages."""

import datetime as dt

import pytest

from actors.panel.models_view import CHANGES, MENU_OPTIONS_MAX, change_of_kind, model_line, models_menu, page_of
from messages.components import Menu
from messages.presses import ChooseModel
from models.catalogue import Catalogue
from models.model import KIND_NAMES, Model
from texts.say import DEFAULT_LOCALE


def menu_of(models: int, present: str = "m0", page: int | None = None) -> Menu:
    catalogue = Catalogue([Model(name=f"m{number}") for number in range(models)])
    return models_menu(catalogue, present, ChooseModel(page=0), "Model", DEFAULT_LOCALE, page)


@pytest.mark.parametrize("models", [1, 25, 26, 48, 49, 71, 72, 200])
def test_every_model_stands_on_one_page_to_which_options_lead(models: int) -> None:
    """Whoever begins on the first page reaches each model once, and comes back; no page is larger than Discord's menus."""
    seen, page = [], 0
    while True:
        menu = menu_of(models, page=page)
        assert len(menu.options) <= MENU_OPTIONS_MAX
        leading = {target: option for option in menu.options if (target := page_of([option.value])) is not None}
        seen += [option.value for option in menu.options if page_of([option.value]) is None]
        assert (page - 1 in leading) == (page > 0)
        if page + 1 not in leading:
            break
        page += 1
    assert seen == [f"m{number}" for number in range(models)]
    assert (page > 0) == (models > 25)


def test_the_page_that_is_shown_first_has_the_present_model() -> None:
    """It is marked as chosen there; where no page has it, the first is shown."""
    menu = menu_of(60, present="m40")
    assert [option.value for option in menu.options if option.default] == ["m40"]
    assert menu.placeholder == "Model (page 2 of 3)"
    assert menu_of(60, present="gone").options[0].value == "m0"


def test_when_a_model_ends_is_said_before_and_after_it_happens() -> None:
    """In the menu and in the panel's text."""
    july = dt.date(2027, 7, 1)
    catalogue = Catalogue([Model(name="a", shutdown_date=july, description="Old"), Model(name="b")])
    (about, _) = models_menu(catalogue, "b", ChooseModel(page=0), "Model", DEFAULT_LOCALE).options
    assert about.description == "until 2027-07-01 · Old"
    assert model_line(catalogue, "a", DEFAULT_LOCALE) == "a (until <t:1814443200:D>; then choose another below)"
    catalogue.learn_shutdowns({}, july)
    after = "a (no longer available since <t:1814443200:D>: choose another below)"
    assert model_line(catalogue, "a", DEFAULT_LOCALE) == after


def test_kinds_are_named_where_there_are_several() -> None:
    """In the menu, which is grouped by them, and in the panel's text."""
    catalogue = Catalogue([Model(name="a", kind="completion"), Model(name="b", description="Quick")])
    options = models_menu(catalogue, "b", ChooseModel(page=0), "Model", DEFAULT_LOCALE).options
    assert [(one.label, one.description) for one in options] == [("b", "Chat · Quick"), ("a", "Completion")]
    assert model_line(catalogue, "a", DEFAULT_LOCALE) == "a · Completion"
    assert model_line(Catalogue([Model(name="a")]), "a", DEFAULT_LOCALE) == "a"


def test_what_changes_with_another_kind_is_said() -> None:
    """Nothing is said of another model of the same kind; every kind has its sentence."""
    catalogue = Catalogue([Model(name="a"), Model(name="b"), Model(name="c", kind="completion")])
    assert change_of_kind(catalogue, "a", "b", DEFAULT_LOCALE) == ""
    assert "is not told the system message" in change_of_kind(catalogue, "a", "c", DEFAULT_LOCALE)
    assert "for chat" in change_of_kind(catalogue, "c", "b", DEFAULT_LOCALE)
    assert "for chat" in change_of_kind(catalogue, "gone", "b", DEFAULT_LOCALE)
    assert set(CHANGES) >= set(KIND_NAMES)


def test_a_page_that_an_old_panel_leads_to_and_that_is_gone_is_the_last() -> None:
    """The list became shorter since the panel was drawn."""
    assert menu_of(30, page=7) == menu_of(30, page=1)
