"""What the lines of `causerie check` about the bot, its gateway sessions and the clock say. Each figure at its border."""

from collections.abc import AsyncIterator

import pytest

from commands import discord_check
from commands.data_check import of_free_space
from commands.discord_check import check_discord, of_application, of_budget, of_clock
from commands.finding import Finding, listed, summary
from discord_api.inquiry import Application, SessionStartLimit
from settings.settings import read
from tests.rig.discord import DiscordRig


@pytest.fixture
async def discord() -> AsyncIterator[DiscordRig]:
    """A small Discord."""
    async with DiscordRig() as rig:
        yield rig


async def said(discord: DiscordRig) -> list[tuple[str, str, str]]:
    """Return the lines about the bot in this Discord."""
    found: list[Finding] = []
    await check_discord(read({"DISCORD_TOKEN": discord.token, "DISCORD_REST_URL": discord.rest_url}), found)
    return [(finding.state, finding.about, finding.text) for finding in found]


async def test_a_bot_in_no_server_gets_the_link_that_adds_it(discord: DiscordRig) -> None:
    """That is how everybody begins, so it is not wrong."""
    discord.world.guilds.clear()
    state, about, text = (await said(discord))[-1]
    assert (state, about) == ("look", "servers")
    assert f"https://discord.com/oauth2/authorize?client_id={discord.world.application_id}&" in text


async def test_a_server_that_does_not_answer_hides_no_other(
    discord: DiscordRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has its lines, in Discord's order; how many were not looked at is said."""
    monkeypatch.setattr(discord_check, "SERVERS_MAX", 3)
    guilds = [discord.add_guild(f"Server {number}") for number in range(4)]
    discord.fault(f"GET /guilds/{guilds[0].id}/roles", status=503)
    lines = await said(discord)
    assert [(state, text) for state, about, text in lines if about == "permissions"] == [
        ("ok", "'Causerie': everything that it uses, in 3 channels."),
        ("look", "'Server 0' could not be looked at: Discord answers with status 503."),
        ("ok", "'Server 1': everything that it uses, in 0 channels."),
    ]
    assert lines[-1] == ("look", "servers", "3 of 5 servers were looked at.")


async def test_a_bot_that_is_in_a_time_out_is_wrong(discord: DiscordRig) -> None:
    """A moderator has silenced it; one that is over does not count, and neither does nonsense."""
    path = f"GET /guilds/{discord.world.guild.id}/members"
    for until, is_out in (("2999-01-01T00:00:00+00:00", True), ("2001-01-01T00:00:00+00:00", False), ("soon", False)):
        discord.fault(path, status=200, body={"roles": [], "communication_disabled_until": until})
        assert any("time-out until 2999-01-01 00:00 UTC" in text for _, _, text in await said(discord)) == is_out


async def test_a_question_that_fails_in_the_middle_leaves_the_other_lines(discord: DiscordRig) -> None:
    """What the gateway allows, and in which servers the bot is."""
    discord.fault("GET /gateway/bot", status=500)
    discord.fault("GET /users/@me/guilds", status=500)
    lines = await said(discord)
    assert [(state, about) for state, about, _ in lines] == [
        ("ok", "token"),
        ("ok", "intents"),
        ("wrong", "gateway"),
        ("ok", "clock"),
        ("wrong", "servers"),
    ]


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
