"""What systemd is told by the real bot: READY when it answers, signs of life while its loop turns, STOPPING."""

import contextlib
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from sandbox.discord import Limits
from tests.rig.town import Town
from tests.rig.town import town as a_town


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket on which systemd would listen."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


async def told(systemd: socket.socket) -> str:
    """The next thing that systemd is told."""
    with anyio.fail_after(20):
        await anyio.wait_readable(systemd)
    return systemd.recv(1000).decode()


async def told_until(systemd: socket.socket, state: str) -> list[str]:
    """What it is told up to that."""
    heard = [await told(systemd)]
    while state not in heard[-1]:
        heard.append(await told(systemd))
    return heard


async def falls_silent(systemd: socket.socket, for_s: float) -> None:
    """Wait until nothing has been told for so long."""
    with anyio.fail_after(20):
        while True:
            with anyio.move_on_after(for_s) as hearing:
                await told(systemd)
            if hearing.cancelled_caught:
                return


async def test_systemd_is_told_how_the_bot_is(town: Town, systemd: socket.socket) -> None:
    """While Discord lets it wait, it tells systemd so; then come READY and three signs within the time asked for; a stopped process says nothing."""
    town.variables = {"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "600000"}
    waiting = town.discord.fault("GET /gateway/bot", status=503, times=2)
    bot = await town.start(ready=False)
    before = await told_until(systemd, "READY=1")
    assert waiting.spent
    assert len(before) > 2
    assert all(state.startswith("EXTEND_TIMEOUT_USEC=") for state in before[:-1])
    assert {await told(systemd) for _ in range(3)} == {"WATCHDOG=1"}
    bot.send_signal(signal.SIGSTOP)
    with contextlib.suppress(BlockingIOError):
        while systemd.recv(1000):
            pass
    with anyio.move_on_after(1.5) as waiting_for_a_sign:
        await told(systemd)
    assert waiting_for_a_sign.cancelled_caught
    bot.send_signal(signal.SIGCONT)
    assert await told(systemd) == "WATCHDOG=1"
    assert await town.stop() == 0
    assert "STOPPING=1" in (await told_until(systemd, "STOPPING=1"))[-1]


async def test_a_loop_that_hangs_gives_no_sign_and_the_next_process_goes_on(
    tmp_path: Path, systemd: socket.socket
) -> None:
    """The process and its other threads live: no sign for systemd, no heartbeat for Discord. After the kill the answer goes on."""
    async with a_town(tmp_path, limits=Limits(heartbeat_ms=200)) as town:
        town.variables = {"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "600000"}
        bot = await town.start(module="tests.conversation.blocked")
        await town.set_status(town.alice, "new")
        gate = town.model.gate("comet")
        question = await town.alice.say(town.general, "What is a comet?")
        await gate.reached()
        gate.release(3)
        await town.until(lambda: town.replies(question))
        beats = len(town.discord.gateway.heartbeats)
        await town.until(lambda: len(town.discord.gateway.heartbeats) > beats)
        bot.send_signal(signal.SIGUSR1)
        await falls_silent(systemd, 1.5)
        beats = len(town.discord.gateway.heartbeats)
        await falls_silent(systemd, 1.5)
        assert len(town.discord.gateway.heartbeats) == beats
        assert bot.returncode is None
        (reply,) = town.replies(question)
        await town.kill()
        await town.start()
        assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]
        assert [message.id for message in town.replies(question)] == [reply.id]
