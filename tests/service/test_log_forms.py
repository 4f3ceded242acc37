"""What lines look like on a terminal, in the journal, and in a file or a pipe."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from service.journal import is_journal
from service.log_forms import form_for, line_of

CHECKOUT: Final = Path(__file__).parents[2]
WILD: Final = "one\n<0>two\r\x00\x1b[31m\x7f\x9b31m"
"""A line's end, and what would colour a terminal or hide a line in journalctl."""
LEVELS: Final = ("info", "warning", "error", "critical")


@contextmanager
def journal() -> Iterator[tuple[int, dict[str, str]]]:
    """A stream as systemd makes it: a socket, and a variable with its device and inode."""
    one, other = socket.socketpair()
    stream = os.fstat(one.fileno())
    with one, other:
        yield one.fileno(), {"JOURNAL_STREAM": f"{stream.st_dev}:{stream.st_ino}"}


def test_the_journal_gets_json_with_a_priority_and_no_time_of_its_own() -> None:
    """`journalctl -p warning` shows warnings and worse; what follows the priority is one object."""
    with journal() as (descriptor, environment):
        form = form_for(descriptor, environment)
    lines = [
        line_of(form, level, "model.ends", model="gpt-彗星", count=3, names={"a": 1}, strange=Path("x"))
        for level in LEVELS
    ]
    assert [line[:3] for line in lines] == ["<6>", "<4>", "<3>", "<2>"]
    for level, line in zip(LEVELS, lines, strict=True):
        assert line.endswith("}\n")
        made = json.loads(line[3:])
        assert list(made) == ["event", "level", "model", "count", "names", "strange"]
        assert (made["event"], made["level"], made["model"]) == ("model.ends", level, "gpt-彗星")


def test_a_line_of_the_journal_is_one_line_whatever_its_keys_hold() -> None:
    """A line feed would begin an entry of its own, with a priority that its text chooses."""
    with journal() as (descriptor, environment):
        line = line_of(form_for(descriptor, environment), "info", "x", text=WILD)
    assert line.count("\n") == 1
    assert line[:-1].isprintable()
    assert json.loads(line[3:])["text"] == WILD


@pytest.mark.parametrize("written", ["", "1:2", "none", "8:1:9"])
def test_a_stream_that_is_not_the_journals_is_none(written: str, tmp_path: Path) -> None:
    """A child of a service inherits the variable, and may have its streams elsewhere."""
    with (tmp_path / "log").open("w") as file:
        assert not is_journal(file.fileno(), {"JOURNAL_STREAM": written})
        form = form_for(file.fileno(), {"JOURNAL_STREAM": written})
    line = line_of(form, "warning", "model.ends", model="m")
    assert line.startswith("timestamp='20")
    assert line.endswith(" level='warning' event='model.ends' model='m'\n")


def test_a_closed_stream_is_like_a_file() -> None:
    """Nobody reads it; nothing is raised."""
    assert len(form_for(250, {"JOURNAL_STREAM": "1:2"})) == 2


@pytest.mark.parametrize(
    ("environment", "is_coloured"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({}, False)],
)
def test_a_terminal_gets_colours_unless_it_asks_for_none(environment: dict[str, str], is_coloured: bool) -> None:
    """The time is the clock's on the wall; keys and values can be read."""
    one, other = os.openpty()
    line = line_of(form_for(other, environment), "warning", "model.ends", model="m", text=WILD, short="\x1b[31m\x9b")
    os.close(one)
    os.close(other)
    assert ("\x1b[" in line) == is_coloured
    assert "\x1b[31m" not in line
    assert "\x9b" not in line
    assert "model.ends" in line
    assert line.count("\n") == 1


def test_what_a_failed_start_says_has_an_errors_priority(tmp_path: Path) -> None:
    """`journalctl -p err` finds why a start failed. The journal takes the priority away."""
    one, other = socket.socketpair()
    stream = os.fstat(one.fileno())
    with one, other:
        variables = {"JOURNAL_STREAM": f"{stream.st_dev}:{stream.st_ino}", "DISCORD_TOKEN": "wrong"}
        command = [sys.executable, "-m", "cli", "check"]
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT), **variables}
        ended = subprocess.run(command, cwd=tmp_path, env=environment, stderr=one.fileno(), check=False, timeout=60)
        said = other.recv(65_536).decode()
    assert ended.returncode == os.EX_CONFIG
    assert said.startswith("<3>causerie: DISCORD_TOKEN ")
