"""The reloader: all of the settings or none, one reading after the other, and nothing that ends the bot."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import cast

import anyio
import pytest
import structlog

import reloader
from live import Live
from messages.ids import UserId
from messages.reload import ReloadSettings, SettingsNotReloaded, SettingsReloaded
from reloader import STILL_READING, STOPPING, TOO_LATE, UNFORESEEN, SettingsReloader
from service.systemd import Watchdog
from settings.environment import Environment
from settings.settings import read
from storage.limits import Limits
from storage.store import Store

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.one"  # noqa: S105 nobody's
ASKED = ReloadSettings(by=UserId(7))


class Rows:
    """Stands in for the store, of which the reloader knows the limits alone."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits


class Setup:
    """A reloader, the settings in force, and the file."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "causerie.toml"
        self.file.write_text("")
        self.values = {"DISCORD_TOKEN": TOKEN, "OPENAI_API_KEY": "sk-CANARY", "CAUSERIE_CONFIG": str(self.file)}
        self.live = Live(read(self.values))
        self.before = self.live.value
        self.rows = Rows(self.before.limits)
        self.look: Callable[[], object] = lambda: None
        self.reloader = SettingsReloader(self.live, cast("Store", self.rows), self.env, Watchdog({}))

    def env(self) -> Environment:
        self.look()
        return Environment(self.values, (), {}, {})

    @property
    def is_unchanged(self) -> bool:
        return self.live.value is self.before and self.rows.limits is self.before.limits


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    """Settings without a TOML key."""
    return Setup(tmp_path)


async def test_storage_and_actors_have_other_settings_in_the_same_moment(setup: Setup) -> None:
    """Whoever is woken by the change finds the limits in the store already."""
    setup.file.write_text("[limits]\nqueue_cap = 3\n")
    found: list[int] = []

    async def follow() -> None:
        await setup.live.changed(setup.before)
        found.append(setup.rows.limits.queue_cap)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(follow)
        with structlog.testing.capture_logs() as logs:
            answer = await setup.reloader.reload(ASKED)
    assert answer == SettingsReloaded(changed=("limits.queue_cap",))
    assert found == [3]
    assert setup.live.value.limits is setup.rows.limits
    (said,) = (entry for entry in logs if entry["event"] == "settings.reloaded")
    assert (said["changed"], said["needs_restart"], said["by"]) == (("limits.queue_cap",), (), 7)
    assert "CANARY" not in str(logs)


async def test_a_mistake_and_what_nobody_foresaw_change_nothing(setup: Setup) -> None:
    """The answer has the sentence, and the next reload works."""
    setup.file.write_text("[limits]\nqueue_cap = 0\nfile_mb = 3\n")
    answer = await setup.reloader.reload(ASKED)
    assert isinstance(answer, SettingsNotReloaded)
    assert "limits.queue_cap" in answer.why
    assert setup.is_unchanged

    def crash() -> None:
        raise RuntimeError(setup.values["OPENAI_API_KEY"])

    setup.look = crash
    with structlog.testing.capture_logs() as logs:
        assert await setup.reloader.reload(ASKED) == SettingsNotReloaded(why=UNFORESEEN)
    assert setup.is_unchanged
    assert "RuntimeError" in str(logs)
    assert "CANARY" not in str(logs)
    setup.look = lambda: None
    setup.file.write_text("[limits]\nqueue_cap = 3\n")
    assert isinstance(await setup.reloader.reload(ASKED), SettingsReloaded)


async def test_a_disk_that_hangs_ends_one_reload_and_not_the_next(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the reading that was given up finds later is thrown away."""
    monkeypatch.setattr(reloader, "READ_S", 0.05)
    hanging = threading.Event()
    setup.look = hanging.wait
    setup.file.write_text("[limits]\nqueue_cap = 3\n")
    assert await setup.reloader.reload(ASKED) == SettingsNotReloaded(why=TOO_LATE)
    hanging.set()
    assert setup.is_unchanged
    monkeypatch.setattr(reloader, "READ_S", 20.0)
    assert isinstance(await setup.reloader.reload(ASKED), SettingsReloaded)


async def test_a_disk_that_hangs_has_one_reading_however_often_somebody_reloads(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others say that it is under way. One that waits while the disk comes back reads what is there then."""
    monkeypatch.setattr(reloader, "READ_S", 0.05)
    readings: list[int] = []
    going_on = threading.Event()

    def look() -> None:
        readings.append(1)
        going_on.wait()

    setup.look = look
    with structlog.testing.capture_logs() as logs:
        answers = [await setup.reloader.reload(ASKED) for _ in range(4)]
    assert answers == [SettingsNotReloaded(why=why) for why in (TOO_LATE, *[STILL_READING] * 3)]
    assert len(readings) == 1
    assert [thread.daemon for thread in threading.enumerate() if thread.name == "settings"] == [
        True
    ]  # a stop does not wait for it
    assert [entry["why"] for entry in logs] == [TOO_LATE, *[STILL_READING] * 3]
    monkeypatch.setattr(reloader, "READ_S", 20.0)
    setup.file.write_text("[limits]\nqueue_cap = 3\n")
    async with anyio.create_task_group() as tasks:

        async def ask() -> None:
            answers.append(await setup.reloader.reload(ASKED))

        tasks.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        assert len(readings) == 1
        going_on.set()
    assert answers[-1] == SettingsReloaded(changed=("limits.queue_cap",))
    assert len(readings) == 2


async def test_nothing_is_reloaded_once_the_process_stops(setup: Setup) -> None:
    """Also where the files were being read when it was told to."""
    setup.file.write_text("[limits]\nqueue_cap = 3\n")
    reading, going_on = threading.Event(), threading.Event()

    def look() -> None:
        reading.set()
        going_on.wait()

    setup.look = look
    answers: list[object] = []

    async def ask() -> None:
        answers.append(await setup.reloader.reload(ASKED))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await anyio.to_thread.run_sync(reading.wait)
        setup.reloader.stop()
        going_on.set()
    answers.append(await setup.reloader.reload(ASKED))
    assert answers == [SettingsNotReloaded(why=STOPPING)] * 2
    assert setup.is_unchanged


async def test_of_several_who_ask_at_once_each_has_an_answer_of_its_own(setup: Setup) -> None:
    """They are read one after the other: the first finds the change, the others find none."""
    setup.file.write_text("[limits]\nqueue_cap = 3\n")
    answers: list[object] = []
    under_way: list[int] = []

    def look() -> None:
        under_way.append(1)
        assert len(under_way) == 1
        under_way.clear()

    setup.look = look

    async def ask() -> None:
        answers.append(await setup.reloader.reload(ASKED))

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(ask)
    assert answers == [SettingsReloaded(changed=("limits.queue_cap",)), *[SettingsReloaded()] * 4]


async def test_somebody_who_leaves_while_the_files_are_read_changes_nothing_by_half(setup: Setup) -> None:
    """An interaction may be given up at any moment; the next reload does not wait for it."""
    setup.file.write_text("[limits]\nqueue_cap = 3\n")
    reading, going_on = threading.Event(), threading.Event()

    def look() -> None:
        reading.set()
        going_on.wait()

    setup.look = look
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(setup.reloader.reload, ASKED)
        await anyio.to_thread.run_sync(reading.wait)
        tasks.cancel_scope.cancel()
    going_on.set()
    assert setup.is_unchanged
    assert await setup.reloader.reload(ASKED) == SettingsReloaded(changed=("limits.queue_cap",))


async def test_signals_that_come_before_a_reading_begins_are_served_by_it(setup: Setup) -> None:
    """One that comes while it is under way is served by the next."""
    readings: list[int] = []
    reading, going_on = threading.Event(), threading.Event()

    def look() -> None:
        readings.append(1)
        reading.set()
        going_on.wait()

    setup.look = look
    async with anyio.create_task_group() as tasks:
        for _ in range(100):
            setup.reloader.want()
        tasks.start_soon(setup.reloader.run)
        await anyio.to_thread.run_sync(reading.wait)
        for _ in range(100):
            setup.reloader.want()
        going_on.set()
        while len(readings) < 2:  # noqa: ASYNC110 nothing tells of a reading
            await anyio.sleep(0.01)
        tasks.cancel_scope.cancel()
    assert len(readings) == 2
