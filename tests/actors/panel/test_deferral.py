"""Everybody hears within half a second that they were heard, and nobody twice."""

from typing import Any

import anyio
import msgspec
import pytest

from messages.ids import SessionId, TurnId
from messages.panel import OptionTyped, PanelMessage
from messages.presses import ChooseSession, ChooseStatus, EditSession, EditUser, Export, Retry, Stop
from messages.responder import AcknowledgePress, Defer, OfferChoices, OpenForm, SendPrivately, ShowPanel
from messages.verbs.acceptance import Accepted
from messages.verbs.cancellations import CancelTurn
from messages.verbs.retries import RetryTurn
from messages.verbs.sessions import Dialogue, ReadDialogue, SetSession
from messages.verbs.users import FindSessions, GoOnWith, SessionChosen, SetUser
from messages.verbs.verb import Deny
from tests.actors.panel.panels import ALICE, LISTED, SAID, SESSION
from tests.actors.panel.scene import Scene, scene
from tests.virtual_time import virtual_time
from texts.english import PANELS


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Virtual time."""
    return virtual_time()


def ready(made: Scene) -> None:
    made.rows.answers = {
        SetUser: ALICE,
        SetSession: SESSION,
        GoOnWith: SessionChosen(user=ALICE, chosen=LISTED, utterances=SAID),
        ReadDialogue: Dialogue(shown=SESSION, utterances=SAID),
        RetryTurn: Accepted(turn=TurnId(8), session=SessionId(7)),
        CancelTurn: Deny(),
        FindSessions: (LISTED,),
    }


def deferrable(made: Scene) -> dict[str, tuple[PanelMessage, bool, list[type]]]:
    """What is done, whether its deferral redraws, and what answers it."""
    return {
        "command": (made.command("user"), False, [ShowPanel]),
        "session": (made.command("session"), False, [ShowPanel]),
        "press": (made.pressed(ChooseStatus(status="new", page=0)), True, [ShowPanel]),
        "choose": (made.pressed(ChooseSession(page=0), "7"), True, [ShowPanel, SendPrivately]),
        "export": (made.pressed(Export(SessionId(7))), True, [ShowPanel]),
        "form": (
            made.submitted(EditUser(page=0), ("system_msg", ""), ("max_token", "5"), ("temperature", "")),
            True,
            [ShowPanel],
        ),
        "retry": (made.pressed(Retry(TurnId(7)), own=False), True, [AcknowledgePress]),
        "stop": (made.pressed(Stop(TurnId(7)), own=False), True, [ShowPanel]),
    }


KINDS = ("command", "session", "press", "choose", "export", "form", "retry", "stop")


@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_that_is_ready_soon_needs_no_deferral(kind: str) -> None:
    """The answer alone is posted, and nothing follows it."""
    async with scene() as made:
        ready(made)
        made.rows.delay_s = 0.499
        message, _, answers = deferrable(made)[kind]
        assert [type(one) for one in await made.answers_to(message, within_s=60)] == answers


@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_that_is_late_is_deferred_once(kind: str) -> None:
    """Half a second after the event: a press by an update of what was pressed, a command by "thinking"."""
    async with scene() as made:
        ready(made)
        made.rows.delay_s = 2.0
        message, redraw, answers = deferrable(made)[kind]
        (early,) = await made.answers_to(message, within_s=0.501)
        assert isinstance(early, Defer)
        assert early.redraw == redraw
        await anyio.sleep(60)
        assert [type(one) for one in made.responder.take_all()] == answers


async def test_what_came_late_is_deferred_at_once() -> None:
    """The half second counts from the event, not from when the panel gets to it."""
    async with scene() as made:
        ready(made)
        made.rows.delay_s = 0.1
        await anyio.sleep(10)
        message = made.pressed(ChooseStatus(status="new", page=0), received_s=anyio.current_time() - 0.45)
        assert await made.answers_to(message, within_s=0.049) == []
        await anyio.sleep(0.002)
        (early,) = made.responder.take_all()
        assert isinstance(early, Defer)


async def test_a_sentence_after_a_deferral_leaves_a_public_answer_alone() -> None:
    """The sentence is a new private message, whoever pressed."""
    async with scene() as made:
        ready(made)
        made.rows.delay_s = 1
        deferral, sentence = await made.answers_to(made.pressed(Stop(TurnId(7)), own=False))
        assert isinstance(deferral, Defer)
        assert isinstance(sentence, ShowPanel)
        assert not sentence.redraw


@pytest.mark.parametrize("press", [EditUser(page=0), EditSession(SessionId(7))])
async def test_a_press_that_opens_a_form_is_never_deferred(press: EditUser | EditSession) -> None:
    """Discord takes no form after a deferral."""
    async with scene() as made:
        ready(made)
        made.rows.delay_s = 1.9
        (form,) = await made.answers_to(made.pressed(press), within_s=60)
        assert isinstance(form, OpenForm)


@pytest.mark.parametrize("press", [EditUser(page=0), EditSession(SessionId(7))])
async def test_a_form_that_is_not_ready_in_time_is_asked_for_again(press: EditUser | EditSession) -> None:
    """The sentence comes before Discord gives up, and the form does not follow it."""
    async with scene() as made:
        ready(made)
        made.rows.delay_s = 2.5
        (sentence,) = await made.answers_to(made.pressed(press), within_s=60)
        assert isinstance(sentence, ShowPanel)
        assert sentence.panel.text == PANELS["busy"]


async def test_nothing_follows_the_request_to_try_a_form_again() -> None:
    """Not even why there would have been none: the next press says that."""
    async with scene() as made:
        ready(made)
        made.rows.answers[SetSession] = Deny()
        made.rows.delay_s = 2.5
        (sentence,) = await made.answers_to(made.pressed(EditSession(SessionId(7))), within_s=60)
        assert isinstance(sentence, ShowPanel)
        assert sentence.panel.text == PANELS["busy"]


async def test_autocomplete_is_never_deferred() -> None:
    """Discord has no deferral for autocomplete, so a slow answer is sent as it is."""
    async with scene() as made:
        ready(made)
        made.rows.delay_s = 2.5
        typed = OptionTyped(interaction=made.by(), command="session", option="session", typed="com")
        (offer,) = await made.answers_to(typed, within_s=60)
        assert isinstance(offer, OfferChoices)


async def test_nothing_is_deferred_while_a_long_conversation_is_drawn_behind_the_answer() -> None:
    """A worker thread draws it, the loop goes on meanwhile, and the panel has been redrawn already."""
    async with scene() as made:
        ready(made)
        long = (msgspec.structs.replace(SAID[0], text="语" * 2_000_000),)
        made.rows.answers[GoOnWith] = SessionChosen(user=ALICE, chosen=LISTED, utterances=long)
        message = made.pressed(ChooseSession(page=0), "7")
        made.panel.mailbox.post(message, conflation_key=message.interaction.interaction_id)
        heard: list[type] = []
        passed_s = 0.0
        while SendPrivately not in heard:
            await made.responder.wait()
            passed_s = max(passed_s, anyio.current_time() - message.interaction.received_s)
            heard += map(type, made.responder.take_all())
        assert heard[0] is ShowPanel
        assert set(heard[1:]) == {SendPrivately}
        assert passed_s >= 0.5, "the loop stood still"


async def test_a_slow_answer_holds_nobody_else_up() -> None:
    """Each interaction has a task of its own."""
    async with scene() as made:
        ready(made)
        made.rows.delay_s = 2.0
        slow = made.command("user")
        made.panel.mailbox.post(slow, conflation_key=slow.interaction.interaction_id)
        await anyio.sleep(0.1)
        made.rows.delay_s = 0.0
        (quick,) = await made.answers_to(made.command("session"), within_s=0.1)
        assert isinstance(quick, ShowPanel)
