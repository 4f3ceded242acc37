"""What the lines of `causerie check` about the bot, its gateway sessions and the clock say. Each figure at its border."""

import pytest

from commands.data_check import of_free_space
from commands.discord_check import of_application, of_budget, of_clock
from commands.finding import Finding, listed, summary
from discord_api.inquiry import Application, SessionStartLimit


@pytest.mark.parametrize(
    ("skew_s", "state"), [(0.0, "ok"), (-4.9, "ok"), (5.0, "look"), (-59.0, "look"), (60.0, "wrong")]
)
def test_a_clock_that_is_wrong_is_said(skew_s: float, state: str) -> None:
    """With the direction."""
    finding = of_clock(skew_s)
    assert finding.state == state
    assert state == "ok" or ("fast" if skew_s > 0 else "slow") in finding.text


@pytest.mark.parametrize(("remaining", "state"), [(1000, "ok"), (6, "ok"), (5, "wrong"), (0, "wrong")])
def test_starts_that_are_used_up_are_said_where_the_bot_waits(remaining: int, state: str) -> None:
    """It keeps five back for other programs with the same token."""
    finding = of_budget(SessionStartLimit(total=1000, remaining=remaining, reset_after=5_400_000))
    assert finding.state == state
    assert f"{remaining} of 1000" in finding.text
    assert "1.5 hours" in finding.text


@pytest.mark.parametrize(
    ("flags", "servers", "wanted", "state"),
    [
        (0, 1, True, "wrong"),
        (0, 1, False, "ok"),
        (1 << 18, 5000, True, "ok"),
        (1 << 19, 74, True, "ok"),
        (1 << 19, 75, True, "look"),
        (1 << 15, 1, True, "wrong"),
    ],
)
def test_the_intent_is_off_limited_or_approved(flags: int, servers: int, wanted: bool, state: str) -> None:
    """In a hundred servers Discord has to approve it."""
    application = Application(id="7", flags=flags, approximate_guild_count=servers)
    (finding,) = of_application(application, message_content=wanted)
    assert finding.state == state


def test_what_keeps_commands_or_the_link_from_working_is_said() -> None:
    """Commands that Discord sends to a web address never reach the bot."""
    application = Application(
        id="7", flags=1 << 18, interactions_endpoint_url="https://elsewhere.test", bot_require_code_grant=True
    )
    states = [(finding.state, finding.about) for finding in of_application(application, message_content=True)]
    assert states == [("ok", "intents"), ("wrong", "commands"), ("wrong", "invite")]


@pytest.mark.parametrize(
    ("free", "state"), [(10**10, "ok"), (10**9 - 1, "look"), (5 * 10**7 - 1, "wrong"), (0, "wrong")]
)
def test_a_disk_that_is_nearly_full_is_said(free: int, state: str) -> None:
    """Before it is full."""
    assert of_free_space("'data'", free, is_there=True).state == state


def test_the_last_line_counts() -> None:
    """What is wrong, else what is to be looked at."""
    ok, look, wrong = Finding("ok", "a", "b"), Finding("look", "a", "b"), Finding("wrong", "a", "b")
    assert summary([ok]) == "All is well."
    assert summary([ok, look]) == "Nothing is wrong; look at one line."
    assert summary([look, look]) == "Nothing is wrong; look at 2 lines."
    assert summary([ok, look, wrong]) == "1 thing is wrong."
    assert summary([wrong, wrong]) == "2 things are wrong."
    assert listed(list("abcdef")) == "a, b, c, d, e and 1 more"
    assert Finding("ok", "a", "line\nline").line.isprintable()
