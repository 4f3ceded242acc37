"""What is asked of Discord beside the bot: each question ends, waits for limits as far as that is short, and believes nothing."""

from collections.abc import AsyncIterator

import anyio
import pytest

from discord_api import inquiry
from discord_api.inquiry import Application, Inquiry, InquiryError, OwnUser, Server
from network.proxies import Proxies
from tests.rig.discord import DiscordRig

ME = "/users/@me"


@pytest.fixture
async def discord() -> AsyncIterator[DiscordRig]:
    """A small Discord."""
    async with DiscordRig() as rig:
        yield rig


@pytest.fixture
async def asking(discord: DiscordRig) -> AsyncIterator[Inquiry]:
    """Somebody who asks it."""
    async with Inquiry(discord.token, discord.rest_url, Proxies()) as made:
        yield made


async def test_a_short_limit_is_waited_for_by_everybody(discord: DiscordRig, asking: Inquiry) -> None:
    """A 429 is no failure, and what is asked after it waits, too."""
    discord.fault(ME, retry_after_s=0.3)
    before_s = anyio.current_time()
    assert (await asking.get(ME, OwnUser)).id == str(discord.world.bot.id)
    assert anyio.current_time() - before_s > 0.3
    assert [request.status for request in discord.requests] == [429, 200]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"retry_after_s": 3600.0}, "allows the next request only in 3,600 seconds"),
        ({"retry_after_s": 0.1, "times": None}, "allows no more requests now"),
        ({"status": 429, "body": "<html>error code: 1015</html>"}, "has shut this machine's address out"),
        ({"status": 403, "body": "<html>error code: 1020</html>"}, "has shut this machine's address out"),
        ({"status": 503, "body": "<html>"}, "answers with status 503"),
        ({"code": 50001}, "answers with status 403"),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1:9/"}}, "answers with status 302"),
        ({"status": 200, "body": "<html>"}, "answers something that is no answer to this"),
        ({"status": 200, "body": {"id": "'; DROP", "username": "x"}}, "answers something that is no answer to this"),
        ({"status": 200, "body": {"id": 7}}, "answers something that is no answer to this"),
        ({"dropped": True, "times": None}, "does not answer"),
        ({"truncated": True}, "does not answer"),
        ({"never": True}, "does not answer (no answer in time)"),
    ],
)
async def test_whatever_it_answers_is_an_error_with_a_cause(
    discord: DiscordRig, asking: Inquiry, monkeypatch: pytest.MonkeyPatch, fault: dict[str, object], said: str
) -> None:
    """Nothing that the answer holds is in it, and no redirect is followed."""
    monkeypatch.setattr(inquiry, "ANSWER_S", 0.5)
    async with Inquiry(discord.token, discord.rest_url, Proxies()) as quick:
        discord.fault(ME, **fault)
        with pytest.raises(InquiryError) as raised:
            await quick.get(ME, OwnUser)
    assert said in str(raised.value)
    assert len(discord.requests) <= inquiry.TRIES
    assert asking.skew_s is None


async def test_no_more_than_four_are_asked_at_once(discord: DiscordRig, asking: Inquiry) -> None:
    """A bot with the same token has the rest of Discord's limits."""
    discord.fault(ME, delay_s=1.0, times=None)
    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(asking.get, ME, OwnUser)
    spans = [(request.at_s, request.done_at_s or 0.0) for request in discord.requests]
    at_once = [sum(began <= moment < ended for began, ended in spans) for moment, _ in spans]
    assert len(spans) == 10
    assert 1 < max(at_once) <= inquiry.AT_ONCE


async def test_the_clocks_difference_is_known_to_a_second(discord: DiscordRig, asking: Inquiry) -> None:
    """From the header Date; where it fits, there is none."""
    await asking.get("/applications/@me", Application)
    assert asking.skew_s == 0.0
    discord.fault(ME, status=200, body={"id": "1", "username": "x"}, headers={"Date": "Thu, 26 Nov 2026 21:00:00 GMT"})
    await asking.get(ME, OwnUser)
    assert asking.skew_s is not None
    assert await asking.get("/users/@me/guilds", tuple[Server, ...])
    assert asking.skew_s == 0.0
