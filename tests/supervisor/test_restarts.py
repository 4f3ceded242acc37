"""An actor that crashes is started again from the rows; nobody else notices."""

import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import anyio
import hikari
import pytest
from anyio.abc import TaskGroup
from structlog.testing import capture_logs

from actors.courier.actor import Courier
from actors.courier.global_limit import GlobalLimit
from actors.figures import FiguresCollector
from actors.mailbox import Mailbox
from actors.recorder import Recorder, RecorderClosedError
from actors.restart_policy import CRASHES_MAX
from current import Fixed
from discord_api.translation import MessageTranslator
from files.folder import Folder
from messages.answer import Answer
from messages.courier import CourierMessage, DraftShown, TurnBegan
from messages.ids import SessionId, TurnId
from messages.turn import TurnTaken
from messages.verbs.acceptance import Accepted, AcceptMessage
from messages.verbs.turns import FinishTurn, TakeNextTurn
from models.catalogue import Catalogue
from storage.sqlite import SqliteStore
from supervisor import RESTARTS, Supervisor
from tests.storage.people import NOW_S, posted, set_status, store


class Rest:
    """What the courier uses of hikari; the first posts fail as nobody expects."""

    def __init__(self, crashes: int) -> None:
        self.crashes = crashes
        self.posted: dict[str, Any] = {}
        self.delivered = anyio.Event()

    async def create_message(self, _channel: int, text: str, **options: Any) -> Any:
        if self.crashes:
            self.crashes -= 1
            raise ZeroDivisionError
        return self.posted.setdefault(options["nonce"], SimpleNamespace(id=len(self.posted) + 1, content=text))

    async def edit_message(self, _channel: int, _message: int, _text: str, **_options: Any) -> None:
        return None

    async def add_reaction(self, _channel: int, _message: int, emoji: str) -> None:
        if emoji == "👌":
            self.delivered.set()

    async def delete_my_reaction(self, _channel: int, _message: int, _emoji: str) -> None:
        return None

    async def fetch_messages(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
        messages: list[Any] = []
        for message in messages:
            yield message

    def build_message_action_row(self) -> Any:
        return SimpleNamespace(add_interactive_button=lambda *_, **__: None)


class Scene:
    """A courier and a supervisor on real rows, with one turn that has been answered."""

    def __init__(self, crashes: int) -> None:
        self.rows: SqliteStore = store()
        self.rest = Rest(crashes)
        self.recorder = Recorder(self.rows)
        self.courier = Courier(
            cast("hikari.api.RESTClient", self.rest),
            bot_id=1,
            recorder=self.recorder,
            intake=Mailbox(),
            speaker=Mailbox(),
            translator=cast("MessageTranslator", None),  # nothing is read here
            global_limit=GlobalLimit(),
            files=Folder(Path("nowhere")),
            figures=FiguresCollector(),
            catalogue=Fixed(Catalogue()),
        )
        self.supervisor = Supervisor(
            recorder=self.recorder,
            courier=Mailbox[CourierMessage](),
            intake=Mailbox(),
            questions=cast("Any", None),
            answers=cast("Any", None),
            figures=FiguresCollector(),
            stream_grace_s=Fixed(0),
            clock=time.time,
        )

    def start(self, tasks: TaskGroup) -> None:
        tasks.start_soon(self.recorder.run)
        tasks.start_soon(self.supervisor.keep, "courier", self.courier.run)

    async def ask_and_answer(self) -> None:
        set_status(self.rows, "new")
        accepted = await self.recorder.execute(AcceptMessage(posted=posted(1), now_s=NOW_S))
        assert isinstance(accepted, Accepted)
        turn = await self.recorder.execute(TakeNextTurn(session=accepted.session))
        assert isinstance(turn, TurnTaken)
        self.courier.mailbox.post(
            TurnBegan(
                turn=turn.turn, session=turn.session, asker=turn.asker, attempt=1, place=turn.place, resumed=False
            )
        )
        self.courier.mailbox.post(DraftShown(turn=turn.turn, attempt=1, revision=1, answer=Answer(text="So far")))
        outcome = await self.recorder.execute(
            FinishTurn(
                turn=turn.turn,
                attempt=1,
                ending="answered",
                reason="complete",
                answer=Answer(text="So far, so good."),
                usage=None,
                now_s=NOW_S,
            )
        )
        self.courier.mailbox.post(outcome)


async def test_a_courier_that_crashes_is_rebuilt_from_rows() -> None:
    """The answer stands in Discord once, whole, although the courier crashed three times over it."""
    scene = Scene(crashes=3)
    async with anyio.create_task_group() as tasks:
        scene.start(tasks)
        await scene.ask_and_answer()
        with anyio.fail_after(20):
            await scene.rest.delivered.wait()
            await scene.courier.drain()
        await scene.recorder.drain()
        tasks.cancel_scope.cancel()
    assert [message.content for message in scene.rest.posted.values()] == ["So far, so good."]
    (state,) = scene.rows._connection.execute("SELECT state FROM turn").fetchone()
    assert state == "delivered"


async def test_a_courier_that_always_crashes_ends_the_process() -> None:
    """Five crashes in a minute are no bad luck: the process starts again from the rows."""
    scene = Scene(crashes=CRASHES_MAX)
    raised: BaseException | None = None
    try:
        async with anyio.create_task_group() as tasks:
            scene.start(tasks)
            await scene.ask_and_answer()
            with anyio.fail_after(20):
                await anyio.sleep_forever()
    except BaseExceptionGroup as group:
        raised = group
    assert raised is not None
    assert "ZeroDivisionError" in repr(raised)


def test_every_actor_of_the_table_runs_as_the_table_says() -> None:
    """The bot starts each by `Supervisor.keep`, but those of sessions, which `Supervisor` starts itself."""
    files = [Path(__file__).parents[2] / name for name in ("bot.py", "assembly.py")]
    kept = {name for file in files for name in re.findall(r"\.keep, \"(\w+)\"", file.read_text(encoding="utf-8"))}
    assert kept == RESTARTS.keys() - {"session"}


async def test_a_recorder_that_crashes_ends_the_process_at_once() -> None:
    """Whoever waits for its answers would wait for ever; the process starts again from the rows."""
    supervisor = Scene(crashes=0).supervisor
    runs = 0

    async def crash() -> None:
        nonlocal runs
        runs += 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await supervisor.keep("recorder", crash)
    assert runs == 1


async def test_an_actor_that_learns_of_the_end_from_the_recorder_has_not_crashed() -> None:
    """Both are being cancelled, and the recorder's answer came first."""
    runs = 0

    async def end() -> None:
        nonlocal runs
        runs += 1
        raise RecorderClosedError

    with capture_logs() as logs:
        await Scene(crashes=0).supervisor.keep("file_remover", end)
    assert (runs, logs) == (1, [])


def test_waking_is_never_lost_when_a_mailbox_is_full() -> None:
    """The owner learns that something found no room, once, and looks at the rows."""
    mailbox: Mailbox[object] = Mailbox(capacity=2)
    assert mailbox.post(SessionId(1))
    assert mailbox.post(SessionId(2))
    assert mailbox.post(SessionId(1)), "what says the same needs no room"
    assert not mailbox.post(TurnId(3))
    assert mailbox.take_overflow()
    assert not mailbox.take_overflow()
    assert mailbox.take_all() == [1, 2]
