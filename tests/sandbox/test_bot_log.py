"""The bot's log goes on to ours, in colours where ours is a terminal, and says where the bot shows its figures."""

import asyncio
import os
import pty
import sys
import tty

import pytest

from sandbox.bot_log import BotLog

URL = "http://127.0.0.1:45397/metrics"
LINE = f"event='telemetry.served' metrics='{URL}' health='http://127.0.0.1:45397/health'\n"
COLOURED = f"\x1b[1mtelemetry.served\x1b[0m \x1b[36mmetrics\x1b[0m=\x1b[35m{URL}\x1b[0m\n"
OTHER = "event='other' metrics='http://127.0.0.1:1/metrics'\n"


def write(log: BotLog, *pieces: str) -> None:
    for piece in pieces:
        data = piece.encode()
        while data:
            data = data[os.write(log.descriptor, data) :]
    log.started()


def read(descriptor: int, size: int) -> str:
    taken = b""
    while len(taken) < size:
        taken += os.read(descriptor, 65_536)
    return taken.decode()


@pytest.mark.parametrize(
    ("pieces", "url"),
    [
        ((LINE,), URL),
        ((LINE[:20], LINE[20:60], LINE[60:]), URL),
        ((COLOURED,), URL),
        (("x" * 300_000, "\n", LINE), URL),
        ((OTHER, LINE), URL),
        ((OTHER,), ""),
    ],
)
async def test_it_hears_where_the_figures_are(pieces: tuple[str, ...], url: str) -> None:
    """However the line is torn, after however long a one, with colours or without; no other line counts. Every byte goes on.

    More than a pipe holds is written before anybody reads ours: the sandbox goes on, and only the bot's log waits.
    """
    source, ours = os.pipe()
    log = BotLog(ours)
    writing = asyncio.create_task(asyncio.to_thread(write, log, *pieces))
    said = "".join(pieces)
    async with asyncio.timeout(30):
        assert await asyncio.to_thread(read, source, len(said)) == said
        await writing
    assert log.metrics_url == url
    os.close(source)
    os.close(ours)


async def test_a_process_writes_to_a_terminal_where_ours_is_one() -> None:
    """So its log has colours; its bytes go on as they are."""
    source, terminal = pty.openpty()
    tty.setraw(terminal)
    log = BotLog(terminal)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import os; print(os.isatty(2))", stdout=log.descriptor, stderr=log.descriptor
    )
    log.started()
    assert await process.wait() == 0
    async with asyncio.timeout(30):
        assert await asyncio.to_thread(read, source, len("True\n")) == "True\n"
    os.close(terminal)
    os.close(source)


async def test_a_bot_does_not_stand_still_where_nobody_reads_its_log_any_more() -> None:
    """A terminal that was closed: what the bot says is still heard, and goes nowhere."""
    source, ours = os.pipe()
    os.close(source)
    log = BotLog(ours)
    os.close(ours)
    async with asyncio.timeout(30):
        await asyncio.to_thread(write, log, OTHER * 10_000)
