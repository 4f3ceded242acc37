"""Sessions come and go: a session's actor lives while there is something to do, and leaves nothing behind."""

import gc
import time
from collections.abc import AsyncGenerator, Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import anyio
import anyio.lowlevel
from msgspec.structs import replace

from actors.figures import FiguresCollector
from actors.mailbox import Mailbox
from actors.recorder import Recorder
from current import Fixed
from messages.courier import CourierMessage
from messages.ids import SessionId, TurnId
from messages.session import NothingWaits
from messages.supervisor import SessionHasWork, ShutDown
from messages.turn import OutcomePending, TurnTaken
from messages.verbs.recovery import HasWork
from messages.verbs.turns import FinishTurn, TakeNextTurn
from models.events import StreamFinished
from supervisor import Supervisor
from tests.models.test_prompt import turn

SESSIONS = 10_000
BATCH = 500
"""As many at once as a very busy moment has."""


class Rows:
    """Stands for the recorder: each session has one turn."""

    def __init__(self) -> None:
        self.waiting: set[SessionId] = set()
        self.finished = 0
        self.looked: Callable[[SessionId], None] = lambda _session: None
        """Called right after it was looked whether a session has work."""

    async def execute(self, verb: Any) -> Any:
        return await self.execute_retrying(verb)

    def submit(self, verb: Any) -> Any:
        return SimpleNamespace(result=partial(self.execute_retrying, verb))

    async def execute_retrying(self, verb: Any) -> Any:
        await anyio.lowlevel.checkpoint()
        match verb:
            case TakeNextTurn(session=session) if session in self.waiting:
                self.waiting.remove(session)
                return replace(turn("What is a comet?"), turn=TurnId(session), session=session)
            case TakeNextTurn():
                return NothingWaits()
            case FinishTurn():
                self.finished += 1
                return _ended(verb)
            case HasWork(session=session):
                has_work = session in self.waiting
                self.looked(session)
                return has_work
            case _:
                return ()


def _ended(verb: FinishTurn) -> OutcomePending:
    return OutcomePending(
        turn=verb.turn,
        session=SessionId(verb.turn),
        asker=turn("").asker,
        place=turn("").place,
        ending="answered",
        reason="complete",
        answer=verb.answer,
        parts=(),
        attempted=True,
        search=False,
    )


class Questions:
    """Nothing has to be read."""

    async def read(self, _turn: TurnTaken) -> None:
        return None


class Answers:
    """A model that says one word."""

    async def stream(self, _turn: TurnTaken) -> AsyncGenerator[str | StreamFinished, None]:
        yield "Ice."
        yield StreamFinished(reason="complete", usage=None)


def rss() -> int:
    """Bytes of memory that this process uses."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


async def test_ten_thousand_sessions_that_were_touched_once_are_gone_when_they_are_over() -> None:
    """No actor lives, and the memory is within a fifth of what it was when the first thousand had come and gone."""
    rows = Rows()
    courier: Mailbox[CourierMessage] = Mailbox()
    supervisor = Supervisor(
        recorder=cast("Recorder", rows),
        courier=courier,
        intake=Mailbox(),
        questions=cast("Any", Questions()),
        answers=cast("Any", Answers()),
        figures=FiguresCollector(),
        stream_grace_s=Fixed(0),
        clock=time.time,
    )
    most = 0

    async def touch(sessions: range) -> None:
        nonlocal most
        for session in sessions:
            rows.waiting.add(SessionId(session))
            supervisor.mailbox.post(SessionHasWork(session=SessionId(session)))
        while rows.waiting or supervisor._core.running:
            most = max(most, len(supervisor._core.running))
            courier.take_all()
            await anyio.lowlevel.checkpoint()

    with anyio.fail_after(120):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(supervisor.run)
            await touch(range(1, 1000))
            before = rss()
            for first in range(1000, SESSIONS, BATCH):
                await touch(range(first, first + BATCH))
            after = rss()
            supervisor.mailbox.post(ShutDown(now=True))
    assert rows.finished == SESSIONS - 1
    assert most > 100
    assert not supervisor._core.running
    assert not supervisor._core.crashes
    assert after <= 1.2 * before


async def test_a_turn_that_is_accepted_while_its_session_retires_is_answered() -> None:
    """The rows were looked at before it was there; its wake-up comes in the same moment as the word to retire."""
    rows, session = Rows(), SessionId(1)
    supervisor = Supervisor(
        recorder=cast("Recorder", rows),
        courier=Mailbox(),
        intake=Mailbox(),
        questions=cast("Any", Questions()),
        answers=cast("Any", Answers()),
        figures=FiguresCollector(),
        stream_grace_s=Fixed(0),
        clock=time.time,
    )

    def accept(_session: SessionId) -> None:
        if rows.finished == 1:
            rows.waiting.add(session)
            supervisor.mailbox.post(SessionHasWork(session=session))

    rows.looked = accept
    rows.waiting.add(session)
    supervisor.mailbox.post(SessionHasWork(session=session))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(supervisor.run)
        with anyio.move_on_after(5):
            while rows.finished < 2 or supervisor._core.running:
                await anyio.lowlevel.checkpoint()
        assert rows.finished == 2
        supervisor.mailbox.post(ShutDown(now=True))
