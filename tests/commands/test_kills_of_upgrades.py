"""A kill at any moment of an upgrade, or of the way back, loses nothing: what a start finds fits together, and the same command goes on from there.

A child process does the work on a machine of a folder: versions, which stand for programs, and the data of two bots. It kills itself at its n-th step.
"""

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from commands import upgrade as command
from commands.program_versions import Program, Versions
from commands.services import Bot
from service.standard_streams import OutputError
from settings.errors import UnreachableError
from storage import before_upgrade
from storage.limits import Limits
from storage.schema_names import MIGRATIONS
from storage.sqlite import open_store
from tests.commands.process import CHECKOUT
from tests.commands.test_kills_of_backups import killed_at
from tests.storage.people import accept
from tests.storage.test_before_upgrade import made_at

OLD, NEW = "1.0.0-1a2b3c4d", "2.0.0-5e6f7a8b"
KNOWN: Final = {OLD: frozenset(MIGRATIONS[:-1]), NEW: frozenset(MIGRATIONS)}
"""The migrations that each version knows."""

AFTER: Final = "Asked after the upgrade"
STEPS_MAX: Final = 300


class BotOf(Bot):
    """A bot whose data lie in the folder of the test."""

    folder: Path = Path()

    @property
    def data(self) -> Path:
        return self.folder / (self.name or "first")


class Host:
    """Stands in for systemd and for the processes of two bots, which run or do not."""

    def __init__(self, folder: Path) -> None:
        self.versions = Versions(folder / "versions")
        self.program = NEW
        self.running: set[str] = set()
        BotOf.folder = folder
        self.bots = [BotOf(), BotOf("two")]

    def systemctl(self, what: str, unit: str, **_how: object) -> None:
        bot = next(bot for bot in self.bots if bot.unit == unit)
        if what == "stop":
            self.running.discard(unit)
        else:
            self.start(bot)

    def start(self, bot: Bot) -> None:
        """Start the version that is in force on the bot's data, as `open_data` does."""
        known = KNOWN[self.versions.current]
        if before_upgrade.applied(bot.data) - known:
            raise UnreachableError(f"{bot.unit} was written by a later version")
        if known == KNOWN[NEW]:
            open_store(bot.data / "causerie.db", Limits(default_model="m")).close()
        self.running.add(bot.unit)

    def boot(self) -> None:
        """Start all of them, after a kill of the machine; those that do not start leave their data alone."""
        self.running.clear()
        for bot in self.bots:
            before = questions(bot)
            try:
                self.start(bot)
            except UnreachableError:
                assert self.versions.back_from == NEW
            assert questions(bot) == before

    def state(self, unit: str, _name: str = "") -> str:
        return "active" if unit in self.running else "inactive"


def questions(bot: Bot) -> list[str]:
    """Return all that was asked, as whoever opens the data finds it."""
    with closing(sqlite3.connect(bot.data / "causerie.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [text for (text,) in connection.execute("SELECT question FROM turn ORDER BY id")]


def done_by(_bot: Bot, _version: Path, _module: str, function: str, data: str, *arguments: str) -> Any:
    """Do it here, in place of a unit of the bot's own user."""
    try:
        return before_upgrade.CALLED[function](Path(data), *arguments)
    except OSError as error:
        raise UnreachableError(str(error)) from error


def as_program(name: str) -> Program:
    return Program(name, {"backoff.py": CHECKOUT / "backoff.py"})


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Host]:
    """What makes a machine of a folder the one on which `upgrade` works."""
    for name in ("fsync", "fdatasync"):
        monkeypatch.setattr(os, name, lambda _number: None)  # what a kill leaves does not depend on it
    monkeypatch.setattr(os, "sync", lambda: None)
    monkeypatch.setattr("commands.program_versions.HOMES", ())
    monkeypatch.setattr(command, "refuse_unable", lambda _command: None)
    monkeypatch.setattr(command, "unit_steps", lambda: iter(()))
    monkeypatch.setattr(command, "done_by", done_by)
    monkeypatch.setattr(command, "_migrations_of", lambda _versions, name: KNOWN[name])

    def take(folder: Path) -> Host:
        host = Host(folder)
        monkeypatch.setattr(command, "Versions", lambda: host.versions)
        monkeypatch.setattr(command, "this_program", lambda: as_program(host.program))
        monkeypatch.setattr(command, "installed_bots", lambda: host.bots)
        monkeypatch.setattr(command, "systemctl", host.systemctl)
        monkeypatch.setattr(command, "state", host.state)
        return host

    folder = tmp_path / "machine"
    folder.mkdir()
    host = take(folder)
    host.versions.add(as_program(OLD))
    host.versions.switch(OLD, previous="")
    for bot in host.bots:
        made_at(bot.data, len(MIGRATIONS) - 1)
        with closing(sqlite3.connect(bot.data / "causerie.db")) as connection, connection:
            connection.execute("UPDATE turn SET state = 'delivered', owed = 0 WHERE state != 'cancelled'")
        host.start(bot)
    return take


def upgraded(*, back: bool = False) -> None:
    command.upgrade(lambda _text: None, back=back, dry_run=False)


def ask_after(host: Host) -> None:
    """Have something asked and dealt with after the upgrade."""
    for bot in host.bots:
        with closing(open_store(bot.data / "causerie.db", Limits(default_model="m"))) as rows:
            accept(rows, 900, AFTER)
            rows._connection.execute("UPDATE turn SET state = 'cancelled', owed = 0 WHERE question = ?", (AFTER,))


def at_each_step(tmp_path: Path, take: Callable[[Path], Host], work: Callable[[], None]) -> Iterator[tuple[Host, bool]]:
    """Yield copies of the machine, killed at one step after the other of this work; the last one was not killed."""
    for step in range(STEPS_MAX):
        folder = shutil.copytree(tmp_path / "machine", tmp_path / "killed", symlinks=True)
        host = take(folder)
        for bot in host.bots:
            host.start(bot)
        is_killed = killed_at(step, str(folder), work)
        yield host, is_killed
        shutil.rmtree(folder)
        if not is_killed:
            assert step > 30
            return
    pytest.fail("it never ended")


def test_a_kill_at_any_step_of_an_upgrade_leaves_a_version_and_data_that_fit_it(
    tmp_path: Path, machine: Callable[[Path], Host]
) -> None:
    """The next boot starts the bots, the same command ends the upgrade, and there is a copy for the way back."""
    asked = questions(machine(tmp_path / "machine").bots[0])
    seen = set()
    for host, is_killed in at_each_step(tmp_path, machine, upgraded):
        seen.add((is_killed, host.versions.current))
        host.boot()
        assert len(host.running) == 2
        upgraded()
        assert (host.versions.current, host.versions.previous, len(host.running)) == (NEW, OLD, 2)
        for bot in host.bots:
            assert questions(bot) == asked
            (copy,) = (bot.data / "before-upgrade").iterdir()
            assert (copy.name, before_upgrade.applied(copy)) == (OLD, KNOWN[OLD])
        assert {path.name for path in host.versions.folder.iterdir()} <= {
            "current",
            OLD,
            NEW,
            f"before-{NEW}",
        }
    assert seen == {(True, OLD), (True, NEW), (False, NEW)}


def test_a_kill_at_any_step_of_the_way_back_leaves_the_one_or_the_other_whole(
    tmp_path: Path, machine: Callable[[Path], Host]
) -> None:
    """What was asked since the upgrade is there as long as the later version is in force, and never lost; the same command goes on."""
    first = machine(tmp_path / "machine")
    asked = questions(first.bots[0])
    upgraded()
    ask_after(first)
    seen = set()
    for host, is_killed in at_each_step(tmp_path, machine, partial(upgraded, back=True)):
        seen.add((is_killed, host.versions.current))
        host.boot()
        for bot in host.bots:
            assert questions(bot) in ([*asked, AFTER], asked)
            if host.versions.current == NEW:
                assert questions(bot) == [*asked, AFTER]
            elif bot.unit not in host.running:
                assert before_upgrade.applied(bot.data) == KNOWN[NEW]
        if is_killed and host.versions.back_from:
            host.program = "3.0.0-9a0b1c2d"
            with pytest.raises(UnreachableError, match=f"The way back to {OLD} has not ended"):
                upgraded()
            upgraded(back=True)
        elif is_killed and host.versions.current == NEW:
            upgraded(back=True)
        assert (host.versions.current, host.versions.back_from, len(host.running)) == (OLD, "", 2)
        for bot in host.bots:
            assert questions(bot) == asked
            assert before_upgrade.applied(bot.data) == KNOWN[OLD]
            with closing(sqlite3.connect(bot.data / "causerie.db.later")) as later:
                assert later.execute("SELECT count(*) FROM turn WHERE question = ?", (AFTER,)).fetchone() == (1,)
            assert not list(bot.data.glob("before-upgrade/*"))
    assert seen == {(True, OLD), (True, NEW), (False, OLD)}


def test_a_signal_has_the_bots_started_before_the_end(
    tmp_path: Path, machine: Callable[[Path], Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C, or the end of a connection by SSH, with the version before; the next upgrade is as the first."""
    host = machine(tmp_path / "machine")

    def interrupted(bot: Bot, version: Path, module: str, function: str, data: str, *arguments: str) -> Any:
        if function == "keep" and bot.name:
            raise SystemExit(0)
        return done_by(bot, version, module, function, data, *arguments)

    monkeypatch.setattr(command, "done_by", interrupted)
    with pytest.raises(UnreachableError, match=f"A signal has ended this. Services run {OLD}"):
        upgraded()
    assert len(host.running) == 2
    monkeypatch.setattr(command, "done_by", done_by)
    upgraded()
    assert (host.versions.current, len(host.running)) == (NEW, 2)


def test_an_upgrade_whose_terminal_is_gone_goes_on(tmp_path: Path, machine: Callable[[Path], Host]) -> None:
    """Nobody reads what it says."""
    host = machine(tmp_path / "machine")

    def gone(_text: str) -> None:
        raise OutputError("nobody reads it")

    command.upgrade(gone, back=False, dry_run=False)
    assert (host.versions.current, len(host.running)) == (NEW, 2)


def test_a_full_disk_leaves_no_part_of_a_copy_and_the_bots_running(
    tmp_path: Path, machine: Callable[[Path], Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is seen before the copy begins, or while it grows."""
    host = machine(tmp_path / "machine")
    before_upgrade.keep(host.bots[0].data, OLD)
    with monkeypatch.context() as full:
        full.setattr(before_upgrade, "FREE_BYTES", 1 << 60)
        with pytest.raises(UnreachableError, match="make room"):
            upgraded()

    def fills_up(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:1000])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copy2", fills_up)
    with pytest.raises(UnreachableError, match="No space left"):
        upgraded()
    assert (host.versions.current, len(host.running)) == (OLD, 2)
    assert [[path.name for path in bot.data.glob("*before-upgrade")] for bot in host.bots] == [["before-upgrade"], []]
    assert before_upgrade.applied(host.bots[0].data / "before-upgrade" / OLD) == KNOWN[OLD]


def test_one_bot_that_does_not_start_keeps_no_other_one_from_it(
    tmp_path: Path, machine: Callable[[Path], Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All go back, and what is said names the one."""
    host = machine(tmp_path / "machine")
    start = host.start

    def fails(bot: Bot) -> None:
        if not bot.name:
            raise UnreachableError("causerie.service failed")
        start(bot)

    monkeypatch.setattr(host, "start", fails)
    with pytest.raises(UnreachableError, match=f"causerie.service failed.*Services run {OLD}"):
        upgraded()
    assert host.running == {"causerie@two.service"}
