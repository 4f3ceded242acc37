"""The reloader: reads the settings again while the bot runs, and puts all of them in force at once, or none.

A mistake leaves everything as it was. Who asked, and the log, are told the sentence with which a start would have ended.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Final

import anyio
import structlog

from actors.crash_report import described
from live import Live
from messages.reload import ReloadAnswer, ReloadSettings, SettingsNotReloaded, SettingsReloaded
from service.systemd import Watchdog
from settings.environment import Environment
from settings.errors import ConfigurationError, one_line
from settings.reload import Reread, reread
from settings.settings import Settings
from storage.store import Store

log = structlog.get_logger()

READ_S: Final = 20.0
"""How long reading the files may take. A pipe is waited for five seconds; a disk that hangs must not hold up the next who asks for ever."""

STOPPING: Final = "The bot is stopping. The next start reads the settings."
TOO_LATE: Final = (
    f"The files of the settings could not be read within {READ_S:.0f} seconds. Look at their disk, and reload again."
)
STILL_READING: Final = "The files of the settings are being read since an earlier reload, which their disk does not let end. Look at that disk, and reload again."
UNFORESEEN: Final = (
    "The settings could not be read, and the bot does not know why. Its log has more. Run `causerie check`."
)


class _Reading:
    """One reading of the settings, in a thread of its own: a disk that hangs keeps neither the event loop nor the end of the process."""

    def __init__(self, read: Callable[[], Reread]) -> None:
        self._read = read
        self._found: Reread | Exception | None = None
        self.ended = anyio.Event()

    def start(self) -> None:
        """Begin to read."""
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._run, args=(loop,), name="settings", daemon=True).start()

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            self._found = self._read()
        except Exception as error:  # noqa: BLE001 `found` raises it
            self._found = error
        with contextlib.suppress(RuntimeError):  # the process has ended its loop meanwhile
            loop.call_soon_threadsafe(self.ended.set)

    @property
    def found(self) -> Reread:
        """What was read, once it has ended.

        :raises Exception: what the reading raised
        """
        if isinstance(self._found, Exception):
            raise self._found
        assert self._found is not None  # noqa: S101 it has ended
        return self._found


class SettingsReloader:
    """One loop for the signals that ask for it, and an answer for each person who does."""

    def __init__(
        self, settings: Live[Settings], store: Store, read: Callable[[], Environment], watchdog: Watchdog
    ) -> None:
        """`settings` are those in force, which others take the place of, and `store` has their limits.

        `read` looks the variables up again. `watchdog` tells systemd of each reload.
        """
        self._settings = settings
        self._store = store
        self._read = read
        self._watchdog = watchdog
        self._reloading = anyio.Lock()
        self._wanted = anyio.Event()
        self._is_stopping = False
        self._reading: _Reading | None = None

    def want(self) -> None:
        """Have `run` reload the settings soon; several that want it before it begins are served by one reading."""
        self._wanted.set()

    def stop(self) -> None:
        """Reload nothing any more: the process has been told to stop."""
        self._is_stopping = True

    async def run(self) -> None:
        """Reload whenever somebody wanted that, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted = anyio.Event()
            await self.reload(ReloadSettings())

    async def reload(self, asked: ReloadSettings) -> ReloadAnswer:
        """Read the settings again and put all of them in force, or none. Those who ask meanwhile wait for their turn."""
        async with self._reloading:
            if self._is_stopping:
                return _refused(STOPPING, asked)
            self._watchdog.reloading()
            answer: ReloadAnswer = SettingsNotReloaded(why=UNFORESEEN)
            try:
                answer = await self._reload(asked)
            finally:
                self._watchdog.reloaded("" if isinstance(answer, SettingsReloaded) else answer.why)
            return answer

    async def _reload(self, asked: ReloadSettings) -> ReloadAnswer:
        before = self._settings.value
        late = STILL_READING
        try:
            with anyio.fail_after(READ_S):
                if (
                    self._reading is not None
                ):  # whoever wanted that has given it up; another one would only hang beside it
                    await self._reading.ended.wait()
                late = TOO_LATE
                self._reading = _Reading(lambda: reread(before, self._read()))
                self._reading.start()
                await self._reading.ended.wait()
                found = self._reading.found
        except ConfigurationError as wrong:
            return _refused(one_line(str(wrong)), asked)
        except TimeoutError:
            return _refused(late, asked)
        except Exception as error:  # noqa: BLE001 whatever it is, the settings in force are good
            log.error("settings.reading_crashed", **described(error))
            return _refused(UNFORESEEN, asked)
        if self._is_stopping:
            return _refused(STOPPING, asked)
        # Nothing waits between the two: whoever decides something sees the old settings in all places, or the new ones.
        self._store.limits = found.settings.limits
        self._settings.replace(found.settings)
        log.info("settings.reloaded", changed=found.changed, needs_restart=found.needs_restart, by=asked.by)
        for warning in found.settings.warnings:
            log.warning("settings.doubtful", why=warning)
        return SettingsReloaded(
            changed=found.changed, needs_restart=found.needs_restart, warnings=found.settings.warnings
        )


def _refused(why: str, asked: ReloadSettings) -> SettingsNotReloaded:
    log.error("settings.not_reloaded", why=why, by=asked.by)
    return SettingsNotReloaded(why=why)
