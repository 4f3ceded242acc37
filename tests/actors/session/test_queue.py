"""A session has the replies of questions that wait behind its present one say so."""

from typing import Any

from msgspec.structs import replace

from actors.session.effects import Execute, Tell, WakeAt
from actors.session.silence import WAITING_SHOWN_AFTER_S
from messages.courier import TurnWaits
from messages.ids import ChannelId, MessageId, TurnId, UserId
from messages.session import CourierRestarted, Drain, ModelAsked, QueueRead, Tick, Woken
from messages.turn import Place
from messages.verbs.turns import ReadQueue
from tests.actors.session.test_thinking import TURN, Session

WAITS = TurnWaits(
    turn=TurnId(9),
    session=TURN.session,
    asker=UserId(1),
    place=Place(channel_id=ChannelId(1), reply_to=MessageId(2), question_id=MessageId(2)),
    ahead=1,
    resumed=False,
)


def reads(effects: list[Any]) -> list[ReadQueue]:
    return [one.verb for one in effects if isinstance(one, Execute) and isinstance(one.verb, ReadQueue)]


def test_the_queue_is_looked_at_once_a_question_can_have_waited_for_long() -> None:
    """Counted from when it came; nobody looks where none came."""
    session = Session()
    assert reads(session.hear(Tick(), 60.0)) == []
    assert WakeAt(100.0 + WAITING_SHOWN_AFTER_S) in session.hear(Woken(), 100.0)
    assert WakeAt(100.0 + WAITING_SHOWN_AFTER_S) in session.hear(Woken(), 102.0)
    assert reads(session.hear(Tick(), 104.9)) == []
    assert reads(session.hear(Tick(), 105.0)) == [
        ReadQueue(session=TURN.session, waited_s=WAITING_SHOWN_AFTER_S, now_s=105.0)
    ]
    assert session.hear(QueueRead(waits=(WAITS,), next_s=2.0), 105.0) == [Tell(WAITS), WakeAt(107.0)]
    assert reads(session.hear(Tick(), 107.0)) != []
    assert session.hear(QueueRead(waits=(WAITS,), next_s=None), 107.0) == [Tell(WAITS)]
    assert reads(session.hear(Tick(), 200.0)) == []


def test_a_turn_that_begins_before_others_has_their_numbers_told_anew() -> None:
    """One that nobody follows costs storage nothing."""
    session = Session()
    assert reads(session.core._begin(session.turn, 1.0)) == []
    assert reads(session.core._begin(replace(session.turn, is_followed=True), 1.0)) != []


def test_a_courier_that_was_rebuilt_is_told_again_what_waits() -> None:
    """It knows nothing of that any more."""
    assert reads(Session().hear(CourierRestarted(), 1.0)) != []


def test_nothing_new_is_said_of_what_waits_while_the_process_ends() -> None:
    """The next process says it."""
    session = Session()
    session.hear(ModelAsked(turn=TURN.turn, attempt=TURN.attempt, is_under_way=True), 0.0)
    session.hear(Woken(), 0.0)
    session.hear(Drain(deadline_s=30.0), 1.0)
    assert reads(session.hear(Tick(), 20.0)) == []
