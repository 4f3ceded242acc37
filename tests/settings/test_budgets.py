"""Budgets of the TOML file: what their keys mean together, and what a budget in dollars cannot bound."""

from pathlib import Path

import pytest

from messages.budget import Budget
from models.catalogue import Catalogue
from models.model import Model
from settings.budgets import doubts
from settings.errors import ConfigurationError
from settings.settings import Settings, read
from tests.settings.test_settings import TOKEN

DAY = 'period = "day"\n'


def settings(tmp_path: Path, toml: str) -> Settings:
    file = tmp_path / "causerie.toml"
    file.write_text(toml, encoding="utf-8")
    return read({"DISCORD_TOKEN": TOKEN, "CAUSERIE_CONFIG": str(file)})


def table(scope: str, rest: str) -> str:
    return f'[[budgets]]\nscope = "{scope}"\n{DAY}{rest}\n'


def test_budgets_are_whole_micro_dollars_and_ids_are_numbers(tmp_path: Path) -> None:
    """A tenth of a dollar is exactly that; an id may stand in quotes."""
    toml = (
        table("user", "dollars = 0.1")
        + table("role", 'id = "77"\ntokens = 5')
        + table("all", "dollars = 3\ntokens = 9")
    )
    assert settings(tmp_path, toml).limits.budgets == (
        Budget(scope="user", period="day", micro_dollars=100_000),
        Budget(scope="role", period="day", id=77, tokens=5),
        Budget(scope="all", period="day", micro_dollars=3_000_000, tokens=9),
    )


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (table("user", ""), "[[budgets]] number 1 has neither dollars nor tokens."),
        (table("role", "tokens = 1"), "[[budgets]] number 1 has the scope 'role' and no id. Write the role's id"),
        (table("all", "id = 5\ntokens = 1"), "[[budgets]] number 1 has the scope 'all' and an id. Remove the id"),
        (table("user", "id = 'x'\ntokens = 1"), "id of [[budgets]] number 1 has 'x', which is no Discord id."),
        (
            table("server", "id = 5\ntokens = 1") + table("server", "id = '5'\ndollars = 1"),
            "[[budgets]] number 2 is the second one of 'server 5' for a day. Write tokens and dollars into one of them",
        ),
    ],
)
def test_a_budget_that_means_nothing_is_refused_with_a_remedy(tmp_path: Path, toml: str, said: str) -> None:
    """In one line that names the table and what to do."""
    with pytest.raises(ConfigurationError) as refused:
        settings(tmp_path, toml)
    assert said in str(refused.value)
    assert str(refused.value).isprintable()


def test_one_person_may_have_another_budget_than_everybody(tmp_path: Path) -> None:
    """Which is no repetition."""
    toml = table("user", "tokens = 1") + table("user", "id = 5\ntokens = 1")
    assert [budget.id for budget in settings(tmp_path, toml).limits.budgets] == [None, 5]


def test_a_budget_in_dollars_says_at_the_start_what_it_does_not_bound(tmp_path: Path) -> None:
    """A model without a price passes it by, and nobody should find that out by a bill."""
    models = (
        '[[models]]\nname = "dear"\nprice_in = 1\nprice_out = 2\n[[models]]\nname = "local"\n'
        '[[models]]\nname = "free"\nprice_in = 0\nprice_out = 0\n'
    )
    (warning,) = [
        said for said in settings(tmp_path, models + table("all", "dollars = 3")).warnings if "budget" in said
    ]
    assert "does not bound what has no price: local." in warning
    assert "Add prices to [[models]] (0 where a model is free)" in warning
    assert not [said for said in settings(tmp_path, models + table("all", "tokens = 3")).warnings if "budget" in said]


def test_what_a_server_lists_has_no_price_either() -> None:
    """It is not known yet when the process starts."""
    (warning,) = doubts((Budget(scope="all", period="day", micro_dollars=1),), Catalogue())
    assert "the models that the server lists" in warning


@pytest.mark.parametrize(
    ("model", "is_priced"),
    [
        (Model(name="m"), False),
        (Model(name="m", price_in=1.0), False),
        (Model(name="m", price_in=0, price_out=0), True),
        (Model(name="m", price_picture=0.04), True),
        (Model(name="m", price_minute=0.01), True),
        (Model(name="m", price_characters=15), True),
    ],
)
def test_a_model_is_priced_by_whatever_its_server_counts(model: Model, is_priced: bool) -> None:
    """Its answers need a price as well as its questions."""
    assert model.is_priced is is_priced
