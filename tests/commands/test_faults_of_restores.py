"""`causerie restore` on a disk that is full or fails at any of its steps, and two restores at once: the data stay as they were, and it says what to do."""

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from commands.backup import back_up
from commands.backups import backups_in
from commands.restore import restore
from settings.errors import ConfigurationError, UnreachableError
from settings.upkeep import Upkeep
from storage.files import own
from tests.commands.process import CHECKOUT, causerie
from tests.commands.test_kills_of_backups import PICTURE, STEPS, STEPS_MAX, answered, rows_of, upkeep

__all__ = ["upkeep"]

IN_BACKUP, BOTH = ["In the backup"], ["In the backup", "After the backup"]
LEFT: Final = {"causerie.lock", "causerie.db-wal", "causerie.db-shm", "backups/.lock", "files"}
"""What a restore that was refused may leave that was not there: locks, an empty folder, and what whoever looks at the rows makes."""


def elsewhere(one: Upkeep) -> Upkeep:
    """Have the backup lie outside of the data, and the data have no picture, so that a restore has to bring it."""
    (one.data / "backups").rename(one.data.parent / "elsewhere")
    (one.data / "files" / PICTURE).unlink()
    return one


def questions(data: Path) -> list[object]:
    return [row[0] for row in rows_of(data / "causerie.db")]


class Fault:
    """An audit hook that has this step within a folder fail; with `stays`, each one from there on that makes something."""

    def __init__(self, step: int, within: str, number: int, *, stays: bool) -> None:
        self._left, self._within, self._number, self._stays = step, within, number, stays
        self.is_hit = False

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if event not in STEPS or event == "sqlite3.connect" or self._within not in str(arguments[0]):
            return
        makes = event in ("os.mkdir", "os.link") or (event == "open" and int(str(arguments[2])) & os.O_CREAT)
        if self._stays and not makes:
            return
        self._left -= 1
        if self._left == -1 or (self._stays and self._left < 0):
            self.is_hit = True
            raise OSError(self._number, os.strerror(self._number), str(arguments[0]))


def with_fault(work: Callable[[], object], fault: Fault) -> tuple[str, bool]:
    """Do this in a child; return what it was refused with, "" where it was done, and whether the fault came."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        sys.addaudithook(fault)
        said = ""
        try:
            work()
        except (ConfigurationError, UnreachableError) as error:
            said = str(error)
        except BaseException as error:  # noqa: BLE001 the parent shows it
            said = f"unforeseen: {error!r}"
        finally:
            os.write(writing, json.dumps((said, fault.is_hit)).encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        found: tuple[str, bool] = json.loads(answer.read())
    os.waitpid(child, 0)
    return found


@pytest.mark.parametrize(
    ("number", "stays", "remedy"),
    [
        (errno.ENOSPC, True, "Make room on that disk"),
        (errno.ENOSPC, False, "Make room on"),
        (errno.EIO, False, "Look at"),
    ],
)
def test_a_disk_that_fails_at_any_step_leaves_the_data_as_they_were(
    upkeep: Upkeep, number: int, stays: bool, remedy: str
) -> None:
    """Rows and files; where the step comes after the exchange, it says that the data are those of the backup."""
    elsewhere(upkeep)
    name = str(backups_in(upkeep.data.parent / "elsewhere")[0].path)
    seen = set()
    for step in range(STEPS_MAX):
        data = shutil.copytree(upkeep.data, upkeep.data.with_name(f"step-{step}"))
        one = Upkeep(data=data, backups=data / "backups", keep=2, bot=None)
        before = {str(path.relative_to(data)) for path in data.rglob("*")}
        said, is_hit = with_fault(
            partial(restore, one, name, any_bot=False), Fault(step, str(data), number, stays=stays)
        )
        found = questions(data)
        if not is_hit:
            break
        assert not said or remedy in said or "Look at it" in said, said
        seen.add("as they were" in said)
        if not said:  # a link that cannot be made is copied instead
            assert found == IN_BACKUP
        elif "The data are as they were." in said:
            assert found == BOTH
            assert {str(path.relative_to(data)) for path in data.rglob("*")} - before <= {*LEFT, "backups"}
        else:
            assert "The data of the backup are in place" in said
            assert found == IN_BACKUP
        restore(one, name, any_bot=False)
        assert questions(data) == IN_BACKUP
        assert BOTH in [questions(made.path) for made in backups_in(one.backups)]
        assert (data / "files" / PICTURE).read_bytes() == b"a picture"
    assert step > (5 if stays else 20)
    assert True in seen


def test_a_disk_that_fills_up_leaves_the_data_as_they_were(upkeep: Upkeep, tmp_path: Path) -> None:
    """A real one, of four megabytes: with no room at all, then with a little more, until the restore succeeds."""
    elsewhere(upkeep)
    disk = tmp_path / "disk"
    disk.mkdir()
    enter = ["unshare", "--mount", *(() if os.geteuid() == 0 else ("--user", "--map-root-user"))]
    mounted = [*enter, "sh", "-c", 'mount -t tmpfs -o size=4m,mode=0700 tmpfs "$0" && exec "$@"', str(disk)]
    if not shutil.which("unshare") or subprocess.run([*mounted, "true"], check=False, capture_output=True).returncode:
        pytest.skip("a file system cannot be mounted here: run the tests as root, or allow user namespaces")
    ended = subprocess.run(
        [*mounted, sys.executable, "-m", "tests.commands.full_disk", str(upkeep.data.parent), str(disk)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    *refused, done = (json.loads(line) for line in ended.stdout.splitlines())
    assert (done["said"], done["rows"]) == ("", IN_BACKUP)
    assert len(refused) > 5
    for one in refused:
        assert one["rows"] == BOTH
        assert re.search(
            r"The data are as they were\. (Make room on|Look at) that disk.*, and start again\.$", one["said"]
        ), one
        assert set(one["more"]) <= {*LEFT, "backups"}


def test_a_second_restore_waits_for_the_first_one_to_be_done(upkeep: Upkeep) -> None:
    """It is refused with a sentence, and changes nothing; the first one goes on."""
    name = str(backups_in(upkeep.backups)[0].path)
    child = os.fork()
    if child == 0:

        def stop(event: str, arguments: tuple[object, ...]) -> None:
            if event == "sqlite3.connect" and str(arguments[0]).endswith(".restoring"):
                os.kill(os.getpid(), signal.SIGSTOP)

        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        sys.addaudithook(stop)
        status = 1
        try:
            restore(upkeep, name, any_bot=False)
            status = 0
        finally:
            os._exit(status)
    try:
        _, state = os.waitpid(child, os.WUNTRACED)
        assert os.WIFSTOPPED(state)
        ended = causerie(upkeep.data.parent, "restore", name)
        assert ended.returncode == os.EX_UNAVAILABLE, ended.stderr
        assert ended.stderr == (
            "causerie: Another restore is under way in 'data'. Wait until it is done, and look at what it says.\n"
        )
        assert questions(upkeep.data) == BOTH
    finally:
        while not os.WIFEXITED(state):
            os.kill(child, signal.SIGCONT)
            _, state = os.waitpid(child, os.WUNTRACED)
    assert os.waitstatus_to_exitcode(state) == 0
    assert questions(upkeep.data) == IN_BACKUP


def test_a_disk_without_second_names_keeps_a_copy_of_what_is_replaced(
    upkeep: Upkeep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some that are mounted over a network, and those of USB sticks."""

    def refuse(*_arguments: object, **_how: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)
    restore(upkeep, str(backups_in(upkeep.backups)[0].path), any_bot=False)
    assert questions(upkeep.data) == IN_BACKUP
    assert BOTH in [questions(made.path) for made in backups_in(upkeep.backups)]
    answered(upkeep.data, 60, "And later")
    back_up(upkeep)
    with closing(own(upkeep.data / "causerie.db")):
        assert questions(upkeep.data) == [*IN_BACKUP, "And later"]
