"""The log's writer: nothing that befalls the stream reaches who logs, and what was not written is counted and said."""

import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog

from service.log_writer import LogWriter
from service.logs import log_to


def read_all(reading: int) -> str:
    """Return what a pipe holds; its writing end is closed."""
    found = b""
    while piece := os.read(reading, 65_536):
        found += piece
    os.close(reading)
    return found.decode()


def test_lines_are_written_in_order_and_all_of_them_before_the_end() -> None:
    """The thread has written everything when `close` returns."""
    reading, writing = os.pipe()
    writer = LogWriter(writing)
    for number in range(1_000):
        writer.write(f"{number}\n")
    writer.close()
    os.close(writing)
    assert read_all(reading).split() == [str(number) for number in range(1_000)]


def test_a_reader_that_does_not_read_holds_up_nobody_and_learns_what_it_missed() -> None:
    """A pipe holds 64 KiB; then lines wait, then they are counted. When somebody reads again the count comes first.

    Who wrote the log itself would stand still (aiidateam/aiida-core#1006).
    """
    reading, writing = os.pipe()
    writer = LogWriter(writing, lines_max=10)
    for _ in range(100):
        writer.write("x" * 9_999 + "\n")
    found = b""
    while b"log.lost" not in found:
        found += os.read(reading, 65_536)
        writer.write("again\n")
    while b"at last" not in found:  # while the thread is behind, this line is counted too
        writer.write("at last\n")
        found += os.read(reading, 65_536)
    writer.close()
    os.close(writing)
    text = found.decode() + read_all(reading)
    lost = [int(line.partition("lines=")[2]) for line in text.splitlines() if "log.lost" in line]
    assert 80 <= lost[0] <= 99
    assert text.index("log.lost") < text.index("at last")


def written_by_the_thread(writer: LogWriter, *lines: str) -> None:
    """Do what the thread does with these lines, here and now."""
    for line in lines:
        writer._waiting.put(f"{line}\n")
    writer._waiting.put(None)
    writer._run()


class Fails:
    """Makes a descriptor fail, by what stands behind it."""

    @staticmethod
    @contextmanager
    def full_disk() -> Iterator[int]:
        full = os.open("/dev/full", os.O_WRONLY)
        yield full
        os.close(full)

    @staticmethod
    @contextmanager
    def no_reader() -> Iterator[int]:
        reading, writing = os.pipe()
        os.close(reading)
        yield writing
        os.close(writing)

    @staticmethod
    @contextmanager
    def hung_up_terminal() -> Iterator[int]:
        terminal, end = os.openpty()
        os.close(terminal)
        yield end
        os.close(end)

    @staticmethod
    @contextmanager
    def closed() -> Iterator[int]:
        gone = os.dup2(0, 250)  # a number that the next file does not get
        os.close(gone)
        yield gone

    @staticmethod
    @contextmanager
    def only_for_reading() -> Iterator[int]:
        null = os.open(os.devnull, os.O_RDONLY)
        yield null
        os.close(null)


@pytest.mark.parametrize("fails", ["full_disk", "no_reader", "hung_up_terminal", "closed", "only_for_reading"])
def test_what_cannot_be_written_is_counted_and_said_when_it_can(fails: str, tmp_path: Path) -> None:
    """Nobody who logs notices; the first line that can be written says how many are missing."""
    with getattr(Fails, fails)() as descriptor:
        writer = LogWriter(descriptor)
        written_by_the_thread(writer, "first", "second", "third")
        works = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
        writer._descriptor = works
        written_by_the_thread(writer, "fourth", "fifth")
        os.close(works)
    lost, *lines = (tmp_path / "log").read_text().splitlines()
    assert lost.endswith("event='log.lost' lines=3")
    assert lines == ["fourth", "fifth"]


def test_a_descriptor_that_somebody_made_non_blocking_is_waited_for() -> None:
    """The standard streams are shared with whoever started the process, and so are their flags."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    writer = LogWriter(writing)
    for _ in range(30):
        writer.write("x" * 9_999 + "\n")
    found = b""
    while len(found) < 300_000:
        found += os.read(reading, 65_536)
    writer.close()
    assert b"log.lost" not in found
    os.close(writing)
    os.close(reading)


@contextmanager
def logged(tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Have everything logged into a file for a while; yields what reads it."""
    file = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    writer = LogWriter(file)
    root = logging.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config(), warnings.showwarning, logging.raiseExceptions)
    hooks = (sys.excepthook, sys.unraisablehook, threading.excepthook)
    log_to(writer)

    def read() -> str:
        writer.close()
        return (tmp_path / "log").read_text()

    try:
        yield read
    finally:
        sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
        root.handlers[:], root.level, config, warnings.showwarning, logging.raiseExceptions = before
        structlog.configure(**config)
        os.close(file)


@pytest.mark.parametrize("name", ["openai", "hikari.gateway", "asyncio", "aiohttp.client", "httpx2"])
def test_what_a_library_logs_is_told_without_what_it_filled_in(name: str, tmp_path: Path) -> None:
    """Whatever level a variable of the environment gave its logger: the values may be what somebody wrote."""
    with logged(tmp_path) as read:
        library = logging.getLogger(name)
        level = library.level
        library.setLevel(1)
        library.debug("asked %s", "SECRET")
        library.info("asked %s", "SECRET")
        library.warning("asked %s", "SECRET")
        library.warning("asked SECRET")
        library.warning(ValueError("SECRET"))
        library.error("asked %s", "SECRET", exc_info=ValueError("SECRET"))
        library.setLevel(level)
        log = read()
    assert "SECRET" not in log
    assert log.count("event='library'") == 4
    assert log.count("template='asked %s'") == 2
    assert log.count("error='ValueError'") == 1
    assert "at='test_logs.py:" in log


def test_a_storm_of_lines_is_counted_and_the_count_is_written_before_the_end(tmp_path: Path) -> None:
    """Whether the thread waits for a line or the process ends."""
    with logged(tmp_path) as read:
        for _ in range(500):
            structlog.get_logger().warning("gateway.no_answer")
        log = read()
    assert log.count("event='gateway.no_answer'") == 6
    assert "event='log.flood' lines=494 events={'gateway.no_answer': 494}" in log


def test_what_nobody_catches_is_told_by_its_type_and_place(tmp_path: Path) -> None:
    """Python's own words would quote the error's text, and write them past the log."""
    error = ValueError("SECRET")
    with logged(tmp_path) as read:
        sys.excepthook(ValueError, error, None)
        thread = threading.Thread(target=int, args=("SECRET",))
        thread.start()
        thread.join()
        warnings.showwarning("SECRET", ResourceWarning, "/somewhere/file.py", 7)

        class Fragile:
            def __del__(self) -> None:
                raise error

        Fragile()
        log = read()
    assert "SECRET" not in log
    for said in ("process.crashed", "thread.crashed", "error.unraisable", "at='file.py:7'"):
        assert said in log
    assert len(log.splitlines()) == 4


def test_what_is_only_counted_takes_no_place_from_what_is_written() -> None:
    """Nobody reads, and something storms: an error that comes then is written when somebody reads again."""
    reading, writing = os.pipe()
    os.write(writing, b"x" * 65_535 + b"\n")  # the pipe is full
    writer = LogWriter(writing, lines_max=100)
    for _ in range(1_000):
        if writer.admits("storm", is_error=False):
            writer.write("storm\n")
    assert writer.admits("trouble", is_error=True)
    writer.write("trouble\n")
    found = b""
    while b"trouble" not in found:
        found += os.read(reading, 65_536)
    writer.close()
    os.close(writing)
    said = found.decode() + read_all(reading)
    assert "log.lost" not in said
    assert "log.flood" in said


def test_no_storm_hides_what_ends_the_process_and_no_library_another(tmp_path: Path) -> None:
    """Errors of twenty kinds in the moment before; and warnings of one library."""
    with logged(tmp_path) as read:
        for _ in range(20):
            logging.getLogger("chatty").warning("said")
        logging.getLogger("asyncio").error("important")
        for number in range(20):
            structlog.get_logger().error(f"trouble.{number}")
        structlog.get_logger().critical("process.crashed")
        log = read()
    assert "logger='asyncio'" in log
    assert "process.crashed" in log
    assert "'library chatty': 14" in log
