"""The bot as a Unix service: its log cannot be written, its streams are closed, its terminal is gone, signals come at any time."""

import errno
import fcntl
import os
import pty
import signal
import termios
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.conversation.started import COMMAND, StartedBot, answers
from tests.rig.town import Town


def full_disk() -> dict[str, Any]:
    full = os.open("/dev/full", os.O_WRONLY)
    return {"stdout": full, "stderr": full}


def no_reader() -> dict[str, Any]:
    reading, writing = os.pipe()
    os.close(reading)
    return {"stdout": writing, "stderr": writing}


def reader_that_does_not_read() -> dict[str, Any]:
    _, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 4096)
    os.set_blocking(writing, True)
    return {"stdout": writing, "stderr": writing}


def closed() -> dict[str, Any]:
    """As `causerie run <&- >&- 2>&-` would."""
    return {"command": ("/bin/sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', *COMMAND)}


def hung_up_terminal() -> dict[str, Any]:
    terminal, end = pty.openpty()
    os.close(terminal)
    return {"stdin": end, "stdout": end, "stderr": end}


def read_only() -> dict[str, Any]:
    null = os.open(os.devnull, os.O_RDONLY)
    return {"stdout": null, "stderr": null}


@pytest.mark.parametrize(
    "streams", [full_disk, no_reader, reader_that_does_not_read, closed, hung_up_terminal, read_only]
)
async def test_questions_are_answered_when_the_log_cannot_be_written(
    town: Town, bot: StartedBot, streams: Callable[[], dict[str, Any]]
) -> None:
    """And the bot stops well, with exit status 0. Its database has not become its error stream (garrytan/gbrain#5079)."""
    process = await bot.start(**streams())
    await answers(town)
    process.send_signal(signal.SIGTERM)
    assert await bot.ended() == 0
    assert town.rows("PRAGMA integrity_check") == [("ok",)]


async def test_a_wrong_setting_is_an_exit_status_when_its_line_cannot_be_written(town: Town, bot: StartedBot) -> None:
    """Whoever started the bot learns it from the status."""
    town.config.write_text("wrong")
    for streams in (full_disk, no_reader, closed, hung_up_terminal):
        await bot.start(ready=False, **streams())
        assert await bot.ended() == os.EX_CONFIG


def _with_terminal(end: int) -> Callable[[], None]:
    def take() -> None:
        fcntl.ioctl(end, termios.TIOCSCTTY, 0)

    return take


async def test_a_terminal_that_is_closed_stops_the_bot_well(bot: StartedBot) -> None:
    """The kernel sends SIGHUP, and nothing can be written any more (Avnu/gptp#92)."""
    terminal, end = pty.openpty()
    await bot.start(stdin=end, stdout=end, stderr=end, start_new_session=True, preexec_fn=_with_terminal(end))
    os.close(end)
    os.close(terminal)
    assert await bot.ended() == 0


async def test_a_terminal_that_a_service_started_stops_the_bot_too(bot: StartedBot) -> None:
    """A desktop's terminal is a service of the user's systemd, and hands its variables on; SIGHUP is no reload there."""
    terminal, end = pty.openpty()
    service = {"INVOCATION_ID": "0" * 32}
    await bot.start(
        stdin=end, stdout=end, stderr=end, start_new_session=True, preexec_fn=_with_terminal(end), variables=service
    )
    os.close(end)
    os.close(terminal)
    assert await bot.ended() == 0


async def test_ctrl_c_in_a_terminal_stops_the_bot_without_a_traceback(bot: StartedBot) -> None:
    """As typed, by way of the terminal."""
    terminal, end = pty.openpty()
    await bot.start(stdin=end, stdout=end, stderr=end, start_new_session=True, preexec_fn=_with_terminal(end))
    os.close(end)
    os.write(terminal, b"\x03")
    assert await bot.ended() == 0
    said = b""
    with suppress(OSError):  # EIO: nobody has the other end any more
        while piece := os.read(terminal, 65_536):
            said += piece
    os.close(terminal)
    assert b"bot.stopped" in said
    assert b"Traceback" not in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_signal_lets_an_answer_end_and_a_second_one_does_not(
    town: Town, bot: StartedBot, number: signal.Signals
) -> None:
    """The answer that is cut off goes on after the next start; the status is 0 both times."""
    town.config.write_text(town.config.read_text().replace("stream_grace_s = 2.0", "stream_grace_s = 1000"))
    process = await bot.start()
    await town.set_status(town.alice, "new")
    town.model.script(match="Long", answer="One. Two.", stall_after=5)
    await town.alice.say(town.general, "Long")
    await town.until(lambda: town.model.requests)
    process.send_signal(number)
    with anyio.move_on_after(1) as waiting:
        await anyio.to_thread.run_sync(process.wait, abandon_on_cancel=True)
    assert waiting.cancelled_caught
    process.send_signal(number)
    assert await bot.ended() == 0


async def test_sigquit_stops_at_once(town: Town, bot: StartedBot) -> None:
    """Without a grace, and without a core dump that holds what people wrote."""
    town.config.write_text(town.config.read_text().replace("stream_grace_s = 2.0", "stream_grace_s = 1000"))
    process = await bot.start()
    await town.set_status(town.alice, "new")
    town.model.script(match="Long", answer="One. Two.", stall_after=5)
    await town.alice.say(town.general, "Long")
    await town.until(lambda: town.model.requests)
    process.send_signal(signal.SIGQUIT)
    assert await bot.ended() == 0


async def test_signals_that_mean_nothing_end_nothing(town: Town, bot: StartedBot) -> None:
    """SIGPIPE, SIGUSR1, SIGUSR2, SIGWINCH, SIGCHLD and SIGURG; and a bot that was stopped and went on answers what came meanwhile."""
    process = await bot.start()
    for number in (signal.SIGPIPE, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH, signal.SIGCHLD, signal.SIGURG):
        process.send_signal(number)
    await answers(town)
    process.send_signal(signal.SIGSTOP)
    question = await town.alice.say(town.general, "While it stood still")
    process.send_signal(signal.SIGCONT)
    assert await town.answered(question) == ["You said: [Alice]: While it stood still"]


async def test_what_its_starter_ignores_stays_ignored(town: Town, bot: StartedBot) -> None:
    """`nohup causerie run`, and a shell's `causerie run &`."""
    process = await bot.start(command=("/bin/sh", "-c", 'trap "" HUP INT QUIT; exec "$0" "$@"', *COMMAND))
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        process.send_signal(number)
    await answers(town)
    process.send_signal(signal.SIGTERM)
    assert await bot.ended() == 0


async def test_what_the_starter_of_the_tests_ignores_is_not_ignored_in_a_test(bot: StartedBot) -> None:
    """A shell's `pytest &` ignores SIGINT and SIGQUIT."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        for number in before:
            process = await bot.start(ready=False, command=("sleep", "60"))
            process.send_signal(number)
            assert await bot.ended() == -number
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def writing_end(pipe: Path) -> int | None:
    """Open a pipe for writing; None while nobody reads it."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ENXIO:
            return None
        raise


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
async def test_a_signal_during_the_start_ends_it_without_a_word(
    town: Town, bot: StartedBot, tmp_path: Path, number: signal.Signals
) -> None:
    """Here it waits for its settings, which come through a pipe."""
    town.config.unlink()
    os.mkfifo(town.config)
    log = tmp_path / "said"
    with log.open("wb") as said:
        process = await bot.start(ready=False, stdout=said, stderr=said)
    while (writing := writing_end(town.config)) is None:  # noqa: ASYNC110 nothing tells that somebody has opened a pipe
        await anyio.sleep(0.01)
    process.send_signal(number)
    assert await bot.ended() == 0
    os.close(writing)
    assert log.read_text() == ""


async def test_a_signal_while_discord_cannot_be_reached_ends_the_bot(town: Town, bot: StartedBot) -> None:
    """It has not been connected yet, and has nothing to finish."""
    never = town.discord.fault("GET /gateway/bot", never=True)
    process = await bot.start(ready=False)
    await town.until(lambda: never.spent)
    process.send_signal(signal.SIGTERM)
    assert await bot.ended() == 0


async def test_any_locale_will_do(town: Town, bot: StartedBot) -> None:
    """Without UTF-8 anywhere in its environment, and with a mask that gives nobody anything, what people write stays as it is."""
    ascii_only = {
        "LC_ALL": "C",
        "LANG": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONIOENCODING": "ascii",
    }
    process = await bot.start(variables=ascii_only, umask=0o777)
    await answers(town, "Grüße 😀 你好")
    process.terminate()
    assert await bot.ended() == 0


async def test_few_open_files_are_a_line_in_the_log_and_not_the_end(town: Town, bot: StartedBot) -> None:
    """`ulimit -n` of a container may be small; the bot needs few files as long as few people ask at once."""
    process = await bot.start(command=("/bin/sh", "-c", 'ulimit -n 48; exec "$0" "$@"', *COMMAND))
    await answers(town)
    process.terminate()
    assert await bot.ended() == 0
