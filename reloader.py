"""The reloader: reads the settings again while the bot runs, and puts all of them in force at once, or none.

A mistake leaves everything as it was. Who asked, and the log, are told the sentence with which a start would have ended.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

import anyio
import anyio.to_thread
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
UNFORESEEN: Final = (
    "The settings could not be read, and the bot does not know why. Its log has more. Run `causerie check`."
)


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
        try:
            with anyio.fail_after(READ_S):
                reading = partial(self._reread, self._settings.value)
                found = await anyio.to_thread.run_sync(reading, abandon_on_cancel=True)
        except ConfigurationError as wrong:
            return _refused(one_line(str(wrong)), asked)
        except TimeoutError:
            return _refused(TOO_LATE, asked)
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

    def _reread(self, before: Settings) -> Reread:
        return reread(before, self._read())


def _refused(why: str, asked: ReloadSettings) -> SettingsNotReloaded:
    log.error("settings.not_reloaded", why=why, by=asked.by)
    return SettingsNotReloaded(why=why)
