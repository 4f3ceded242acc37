"""Faults come when asked for, and a kill comes exactly where it was armed."""

import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from tests.rig.kill import RequestCounter, When
from tests.sandbox.discord_client import RawBot, raw_bot

CREATE = "POST /channels/{channel}/messages"


@pytest.fixture
async def bot() -> AsyncIterator[RawBot]:
    async with raw_bot() as bot:
        yield bot


@pytest.fixture
def victim() -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives until its input ends, or until it is killed."""
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as process:
        yield process


async def test_status_and_code_for_as_many_requests_as_asked(bot: RawBot) -> None:
    """`times` and `after` say which; a known code brings its status along."""
    fault = bot.discord.fault("POST /channels/", status=503, times=2, after=1)
    assert [(await bot.post(content="a")).status for _ in range(4)] == [200, 503, 503, 200]
    assert (fault.hits, fault.spent) == (2, True)
    bot.discord.fault("POST /channels/", code=10003)
    refused = await bot.post(content="a")
    assert (refused.status, refused.body) == (404, {"message": "Unknown Channel", "code": 10003})
    assert len(bot.discord.messages(bot.general)) == 2


async def test_text_is_answered_as_html(bot: RawBot) -> None:
    """As Cloudflare does, which stands before Discord."""
    bot.discord.fault("POST /channels/", status=429, body="<h1>1015</h1>", headers={"Retry-After": "60"})
    refused = await bot.post(content="a")
    assert (refused.status, refused.body, refused.headers["Retry-After"]) == (429, "<h1>1015</h1>", "60")
    assert refused.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(("what", "stored"), [("dropped", 0), ("stored_then_dropped", 1), ("truncated", 1)])
async def test_connection_is_cut_before_or_after_it_was_applied(bot: RawBot, what: str, stored: int) -> None:
    """The bot cannot know which of them it was."""
    bot.discord.fault("POST /channels/", **{what: True})
    with pytest.raises(aiohttp.ClientError):
        await bot.post(content="a")
    assert len(bot.discord.messages(bot.general)) == stored
    assert bot.discord.requests[0].ended in {"dropped", "truncated"}
    assert (await bot.post(content="a")).status == 200


@pytest.mark.parametrize(("what", "stored"), [("never", 0), ("stored_then_never", 1)])
async def test_request_hangs_until_the_sandbox_ends(what: str, stored: int) -> None:
    """Nothing comes back, and leaving the sandbox does not wait for it."""
    async with raw_bot() as bot:
        bot.discord.fault("POST /channels/", **{what: True})
        with pytest.raises(TimeoutError):
            async with bot.http.post(
                f"{bot.discord.rest_url}/channels/{bot.general.id}/messages",
                json={"content": "a"},
                headers={"Authorization": f"Bot {bot.discord.token}"},
                timeout=aiohttp.ClientTimeout(total=0.3),
            ):
                pass
        assert len(bot.discord.messages(bot.general)) == stored
        assert bot.discord.requests[0].ended == "open"


@pytest.mark.parametrize(("when", "stored", "answered"), [("before", 0, 0), ("stored", 1, 0), ("answered", 1, 1)])
async def test_kill_comes_at_the_armed_boundary(
    bot: RawBot, victim: subprocess.Popen[bytes], when: When, stored: int, answered: int
) -> None:
    """Before, after storing, after answering; the request before it is not touched."""
    await bot.post(content="not counted")
    bot.discord.kill_at(victim.pid, 2, when)
    await bot.post(content="a")
    assert victim.poll() is None
    try:
        assert answered == ((await bot.post(content="b")).status == 200)
    except aiohttp.ClientError:
        assert not answered
    assert victim.wait(timeout=20) == -signal.SIGKILL
    assert len(bot.discord.messages(bot.general)) == 2 + stored
    assert bot.discord.counter.fired == [f"2 {CREATE} {when}"]
    assert bot.discord.counter.boundaries == [CREATE, CREATE]
    assert (await bot.post(content="c")).status == 200


async def test_kill_comes_after_the_event_was_written(bot: RawBot, victim: subprocess.Popen[bytes]) -> None:
    """The second message's event is on its way when the process dies."""
    async with bot.gateway() as gateway:
        await gateway.ready()
        bot.discord.kill_on_event(victim.pid, "MESSAGE_CREATE", 2)
        await bot.alice.say(bot.general, "one")
        await gateway.event("MESSAGE_CREATE")
        assert victim.poll() is None
        await bot.alice.say(bot.general, "two")
        assert (await gateway.event("MESSAGE_CREATE"))["content"] == "two"
    assert victim.wait(timeout=20) == -signal.SIGKILL


def test_counter_runs_over_every_server() -> None:
    """Two servers count on one; what was begun before arming does not count."""
    counter = RequestCounter()
    early = counter.begin("GET /gateway/bot")
    counter.arm(0x7FFFFFFF, 1, "stored")
    assert not early.at("stored")
    counter.arm(0x7FFFFFFF, 2, "stored")
    first, second = counter.begin("POST a"), counter.begin("POST b")
    assert [boundary.at("stored") for boundary in (early, first)] == [False, False]
    assert [second.at("before"), second.at("stored"), second.at("stored")] == [False, True, False]
    assert counter.boundaries == ["POST a", "POST b"]
    with pytest.raises(ValueError, match="first one is 1"):
        counter.arm(1, 0)
