"""`/budget`: what it takes, what it says, and what the log keeps of a raise."""

from typing import Any

import pytest
import structlog.testing
from msgspec.structs import replace

from actors.panel.usage_view import budget_lines
from messages.budget import Budget, Spent
from messages.ids import UserId
from messages.verbs.budgets import BudgetsShown, NotAdmin, RaiseBudget
from tests.actors.panel.panels import BY_ALICE
from tests.actors.panel.scene import scene
from texts.say import DEFAULT_LOCALE

pytestmark = pytest.mark.anyio

SPENT = Spent(
    budget=Budget(scope="user", period="month", tokens=1_000, micro_dollars=2_500_000),
    tokens=400,
    micro_dollars=1_234_567,
    reserved_tokens=0,
    reserved_micro_dollars=0,
    is_partly_unpriced=False,
    renewed_at_s=1_796_083_200.0,
)


async def test_it_is_about_whoever_uses_it_unless_it_names_another() -> None:
    """Without an amount, it only shows."""
    async with scene() as stage:
        stage.rows.answers[RaiseBudget] = BudgetsShown(person=BY_ALICE.user_id, budgets=(SPENT,), is_raised=False)
        said = await stage.said(stage.command("budget"))
        assert said == "**Budget this month**: $1.2345 of $2.50, 400 of 1,000 tokens, renewed <t:1796083200:R>"
        await stage.said(stage.command("budget", person=77, dollars=0.1, tokens=5))
        first, second = stage.rows.executed
        assert (first.person, first.tokens, first.micro_dollars) == (BY_ALICE.user_id, 0, 0)
        assert (second.person, second.tokens, second.micro_dollars) == (77, 5, 100_000)


@pytest.mark.parametrize(
    "options",
    [
        {"person": "Bob"},
        {"person": 0},
        {"person": 2**64},
        {"person": True},
        {"tokens": -1},
        {"tokens": 10**12},
        {"tokens": 1.5},
        {"tokens": True},
        {"dollars": -0.5},
        {"dollars": 10_001},
        {"dollars": float("nan")},
        {"dollars": "1"},
    ],
)
async def test_an_option_that_was_forged_is_refused(options: dict[str, Any]) -> None:
    """Storage is not asked."""
    async with scene() as stage:
        said = await stage.said(stage.command("budget", **options))
        assert said == "That person or amount is not valid. Nothing was changed."
        assert stage.rows.executed == []


async def test_an_unknown_option_is_refused() -> None:
    """The command has changed since it was used."""
    async with scene() as stage:
        assert (await stage.said(stage.command("budget", euros=1))).startswith("This command has changed.")


async def test_only_a_raise_is_logged_and_by_ids() -> None:
    """Looking is not, and a refusal is none."""
    async with scene() as stage:
        with structlog.testing.capture_logs() as logs:
            stage.rows.answers[RaiseBudget] = NotAdmin()
            await stage.said(stage.command("budget", person=77, tokens=5))
            stage.rows.answers[RaiseBudget] = BudgetsShown(person=UserId(77), budgets=(SPENT,), is_raised=False)
            assert (await stage.said(stage.command("budget", person=77))).startswith("What <@77> has used:\n")
            assert logs == []
            stage.rows.answers[RaiseBudget] = BudgetsShown(person=UserId(77), budgets=(SPENT,), is_raised=True)
            said = await stage.said(stage.command("budget", person=77, tokens=5))
            assert said.startswith("Raised until it is renewed. What <@77> has used:\n")
        (event,) = logs
        assert event == {
            "event": "budget.raised",
            "log_level": "info",
            "admin": BY_ALICE.user_id,
            "person": 77,
            "tokens": 5,
            "micro_dollars": 0,
        }


def test_what_has_no_price_makes_the_amount_a_lower_bound() -> None:
    """A budget in dollars says that it does not know all."""
    spent = replace(SPENT, is_partly_unpriced=True)
    (line,) = budget_lines((spent,), DEFAULT_LOCALE)
    assert "at least $1.2345 of $2.50" in line
