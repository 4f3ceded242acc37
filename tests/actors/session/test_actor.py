"""The actor of a session in virtual time, with fakes of what is around it."""

import time
from collections.abc import AsyncIterator
from typing import Any, cast

import anyio
import pytest

from actors.mailbox import Mailbox
from actors.recorder import Recorder
from actors.session.actor import SessionActor
from actors.session.question_reader import NotRead
from messages.answer import Answer
from messages.courier import CourierMessage, DraftShown
from messages.session import ModelAsked, NothingWaits, Retire, Woken
from messages.turn import OutcomePending, TurnTaken
from messages.verbs.turns import FinishTurn, TakeNextTurn
from models.events import ComesWhole, StreamFinished, TextDropped, Thought
from tests.models.test_prompt import turn

TURN = turn("Why?")


class Rows:
    """Stands for the recorder: one turn waits."""

    def __init__(self) -> None:
        self.waiting = [TURN]
        self.finished: list[FinishTurn] = []
        self.enqueued: list[Any] = []

    def enqueue(self, verb: Any) -> None:
        self.enqueued.append(verb)

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

    async def read(self, _: TurnTaken) -> NotRead:
        return NotRead()


async def finished_by(rows: Rows, questions: Any, answers: Any) -> list[DraftShown]:
    """Run a session's actor until its one turn has ended; returns the drafts that were shown."""
    courier = Mailbox[CourierMessage]()
    actor = SessionActor(
        TURN.session,
        recorder=cast("Recorder", rows),
        courier=courier,
        supervisor=Mailbox(),
        questions=questions,
        answers=answers,
        clock=time.time,
    )
    actor.mailbox.post(Woken())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(actor.run)
        with anyio.fail_after(10):
            heard: list[CourierMessage] = []
            while not any(isinstance(message, OutcomePending) for message in heard):
                await courier.wait()
                heard += courier.take_all()
        actor.mailbox.post(Retire())
    return [message for message in heard if isinstance(message, DraftShown)]


async def test_of_a_question_that_cannot_be_read_no_model_is_asked() -> None:
    """The turn ends with that reason, and the session goes on."""
    rows = Rows()
    await finished_by(rows, Unreadable(), None)  # using None would crash the actor
    assert [(verb.ending, verb.reason) for verb in rows.finished] == [("failed", "file_unreadable")]


class Readable:
    """Stands for the reader of questions: there is nothing to read."""

    async def read(self, _: TurnTaken) -> None:
        return None


class Answers:
    """Stands for the models: the first request breaks off while the model reasons."""

    async def stream(self, asked: TurnTaken) -> AsyncIterator[Any]:
        for is_under_way, *said in ((True, Thought("One.")), (False,), (True, Thought("Two."), "Yes.")):
            yield ModelAsked(turn=asked.turn, attempt=asked.attempt, is_under_way=is_under_way)
            for event in said:
                yield event
        yield StreamFinished(reason="complete", usage=None)


async def test_reasoning_is_that_of_the_request_that_answered() -> None:
    """A request that broke off before any text is sent again, and what it reasoned led to nothing."""
    rows = Rows()
    await finished_by(rows, Readable(), Answers())
    assert [verb.answer for verb in rows.finished] == [Answer(text="Yes.", reasoning="Two.")]


class Whole:
    """Stands for the models: what follows the first piece of an answer comes with its end."""

    def __init__(self, *before: Any) -> None:
        self._before = before

    async def stream(self, asked: TurnTaken) -> AsyncIterator[Any]:
        yield ModelAsked(turn=asked.turn, attempt=asked.attempt, is_under_way=True)
        for event in (*self._before, ComesWhole(), "It is", " ice."):
            yield event
            await anyio.wait_all_tasks_blocked()  # whatever was posted is heard before the next
        yield StreamFinished(reason="complete", usage=None)


@pytest.mark.parametrize(
    ("before", "drafts", "answer"),
    [
        ((), [], "It is ice."),
        (("Hm. ",), ["Hm. "], "Hm. It is ice."),
        (("Hm. ", TextDropped()), ["Hm. ", ""], "It is ice."),
    ],
)
async def test_what_comes_whole_is_shown_with_the_end(before: tuple[Any, ...], drafts: list[str], answer: str) -> None:
    """A draft of it would be a message that is edited a moment later; what streamed before is shown as ever."""
    rows = Rows()
    shown = await finished_by(rows, Readable(), Whole(*before))
    assert [verb.answer.text for verb in rows.finished] == [answer]
    assert [draft.answer.text for draft in shown] == drafts
