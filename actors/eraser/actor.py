"""The eraser: it has people forgotten who want that, and removes sessions that nobody has used for long.

Who is to be forgotten is rows, written by the panel or, for the operator, by this actor: `causerie forget` leaves a file in the data's
folder. So a kill at any moment only means that the next start goes on. What is erased is decided in `storage/forgetting.py`, in pieces.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import anyio
import structlog

from actors.mailbox import Mailbox
from actors.recorder import Recorder
from current import Current
from messages.courier import CourierMessage, SpeechWithdrawn
from messages.eraser import EraserMessage
from messages.ids import UserId
from messages.supervisor import SupervisorMessage
from messages.verbs.cancellations import Ended
from messages.verbs.forgetting import (
    AwaitErasure,
    CorrectForgotten,
    FilesRemain,
    ForgetNext,
    ForgetPerson,
    NobodyToForget,
    NotListed,
    PersonForgotten,
    PieceForgotten,
    RecordListed,
    RemoveUnused,
)
from storage import forget_requests, forgotten

log = structlog.get_logger()

LOOK_S: Final = 5.0
"""Seconds after which it is looked again whether the operator wants somebody forgotten."""

AWAIT_S: Final = 0.5
"""Seconds after which it is looked again whether others have erased their part."""

FAILED_PAUSE_S: Final = 10.0
"""The pause after something could not be erased, or the list of the forgotten not be written."""

TIDY_S_MAX: Final = 120.0
"""For so long it is waited until nothing erased lies in the files any more: another program that reads the database may delay that without end."""

RETENTION_EVERY_S: Final = 3600.0
DAY_S: Final = 86_400.0

CLOCK_OFF_S: Final = 3600.0
"""By so much the machine's clock is not only imprecise: it is wrong."""


class Eraser:
    """One mailbox and one loop."""

    def __init__(
        self,
        *,
        recorder: Recorder,
        courier: Mailbox[CourierMessage],
        supervisor: Mailbox[SupervisorMessage],
        data: Path,
        retention_days: Current[int],
        clock: Callable[[], float],
        discord_s: Callable[[], float | None],
    ) -> None:
        """`data` is the folder of the database; sessions that nobody used for `retention_days` are removed, 0 for never.

        `clock` returns seconds since 1970, and `discord_s` the same by Discord alone; None until Discord has said it.
        """
        self.mailbox: Mailbox[EraserMessage] = Mailbox()
        self._recorder = recorder
        self._courier = courier
        self._supervisor = supervisor
        self._data = data
        self._retention_days = retention_days
        self._clock = clock
        self._discord_s = discord_s
        self._hourly_at_s = 0.0

    async def run(self) -> None:
        """Work until cancelled."""
        is_wanted = True  # an earlier process may have left somebody
        while True:
            try:
                is_wanted |= await self._take_requests()
                if is_wanted:
                    is_wanted = await self._forget()
                await self._work_hourly()
            except OSError as error:  # the list or the request; what is erased is erased
                log.error("eraser.failed", error=type(error).__name__, why=error.strerror)
                await anyio.sleep(FAILED_PAUSE_S)
            await self.mailbox.wait(anyio.current_time() + LOOK_S)
            is_wanted |= bool([*self.mailbox.take_all(), *([True] if self.mailbox.take_overflow() else [])])
            is_wanted |= self._is_hourly_work_due()

    async def _take_requests(self) -> bool:
        """Have those forgotten whom the operator names, and return whether there are any. One look at a folder holds nobody up."""
        persons = forget_requests.waiting(self._data)
        for person in persons:
            agreed = await self._recorder.execute_retrying(ForgetPerson(person=UserId(person), now_s=self._clock()))
            self._announce(agreed.ended)
            log.info("person.forget_requested", by="operator")
            await anyio.to_thread.run_sync(forget_requests.take, self._data, person)
        return bool(persons)

    async def _forget(self) -> bool:
        """Have everybody forgotten who waits for it, and return whether somebody still waits, for files that cannot be deleted."""
        forgot_somebody = False
        held_up: tuple[UserId, ...] = ()
        while True:
            match await self._recorder.execute_retrying(ForgetNext(now_s=self._clock())):
                case NotListed(person=person, time_s=time_s):
                    await anyio.to_thread.run_sync(forgotten.note, self._data, person, time_s)
                    await self._recorder.execute_retrying(RecordListed(person=person))
                case PieceForgotten(ended=ended):
                    self._announce(ended)
                case AwaitErasure():
                    await anyio.sleep(AWAIT_S)
                case PersonForgotten(seconds=seconds):
                    forgot_somebody = True
                    log.info("person.forgotten", seconds=round(seconds, 1))
                case FilesRemain(persons=held_up):
                    break
                case NobodyToForget():
                    break
        if forgot_somebody:
            with anyio.move_on_after(TIDY_S_MAX):
                await self._recorder.wait_until_tidy()
            await anyio.to_thread.run_sync(partial(forget_requests.forget_taken, self._data, but_of=held_up))
        return bool(held_up)

    async def _work_hourly(self) -> None:
        """Do what depends on the calendar, once an hour. Before Discord has said the time, nobody knows that: then it waits."""
        now_s = self._discord_s()
        if now_s is None or not self._is_hourly_work_due():
            return
        self._hourly_at_s = anyio.current_time() + RETENTION_EVERY_S
        ahead_s = time.time() - now_s
        if abs(ahead_s) > CLOCK_OFF_S:
            log.warning("clock.wrong", ahead_h=round(ahead_s / 3600), why="the machine's clock differs from Discord's")
        await self._recorder.execute_retrying(CorrectForgotten(now_s=now_s))
        if self._retention_days.value:
            await self._remove_unused(now_s, self._retention_days.value)

    async def _remove_unused(self, now_s: float, days: int) -> None:
        """Remove what nobody has used for so many days."""
        removed = 0
        while True:
            verb = RemoveUnused(before_s=now_s - days * DAY_S, now_s=now_s)
            some = await self._recorder.execute_retrying(verb)
            self._announce(some.ended)
            removed += some.removed
            if not some.are_more:
                break
        if removed:
            log.info("sessions.unused_removed", sessions=removed, days=days)

    def _is_hourly_work_due(self) -> bool:
        return anyio.current_time() >= self._hourly_at_s

    def _announce(self, ended: Ended) -> None:
        """Have the turns that ended shown and stopped."""
        for outcome in ended.outcomes:
            self._courier.post(outcome)
        for speech in ended.withdrawn:
            self._courier.post(SpeechWithdrawn(speech=speech))
        for stop in ended.stops:
            self._supervisor.post(stop)
