"""The actor of a session in virtual time, with fakes of what is around it."""

from typing import Any, cast

import anyio

from actors.mailbox import Mailbox
from actors.recorder import Recorder
from actors.session.actor import SessionActor
from messages.courier import CourierMessage
from messages.session import NothingWaits, Retire, Woken
from messages.turn import OutcomePending, TurnTaken
from messages.verbs.turns import FinishTurn, TakeNextTurn
from tests.models.test_prompt import turn

TURN = turn("Why?")


class Rows:
    """Stands for the recorder: one turn waits."""

    def __init__(self) -> None:
        self.waiting = [TURN]
        self.finished: list[FinishTurn] = []

    async def execute_retrying(self, verb: Any) -> Any:
        if isinstance(verb, TakeNextTurn):
            return self.waiting.pop() if self.waiting else NothingWaits()
        assert isinstance(verb, FinishTurn)
        self.finished.append(verb)
        return OutcomePending(
            turn=TURN.turn,
            session=TURN.session,
            asker=TURN.asker,
            place=TURN.place,
            ending=verb.ending,
            reason=verb.reason,
            answer=verb.answer,
            parts=(),
            attempted=True,
            search=False,
        )


class Unreadable:
    """Stands for the reader of questions: nothing can be read."""

    async def read(self, _: TurnTaken) -> bool:
        return False


async def test_of_a_question_that_cannot_be_read_no_model_is_asked() -> None:
    """The turn ends with that reason, and the session goes on."""
    rows, courier = Rows(), Mailbox[CourierMessage]()
    actor = SessionActor(
        TURN.session,
        recorder=cast("Recorder", rows),
        courier=courier,
        supervisor=Mailbox(),
        questions=cast("Any", Unreadable()),
        answers=cast("Any", None),  # using it would crash the actor
    )
    actor.mailbox.post(Woken())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(actor.run)
        with anyio.fail_after(10):
            while not any(isinstance(message, OutcomePending) for message in courier.take_all()):
                await courier.wait()
        actor.mailbox.post(Retire())
    assert [(verb.ending, verb.reason) for verb in rows.finished] == [("failed", "file_unreadable")]
