"""Which turns are said to wait behind others of their session."""

import pytest

from messages.courier import TurnWaits
from messages.session import QueueRead
from messages.turn import OutcomePending, Part
from messages.verbs.cancellations import WithdrawQuestion
from messages.verbs.replies import KnownParts, RecordPart
from messages.verbs.turns import PauseTurn, ReadQueue
from storage.sqlite import SqliteStore
from tests.storage.people import ALICE, NOW_S, accept, message_id, set_status, store, take

WAITED_S = 5.0


def queue(rows: SqliteStore, at_s: float, session: int) -> QueueRead:
    read = rows.perform(ReadQueue(session=session, waited_s=WAITED_S, now_s=NOW_S + at_s))  # type: ignore[arg-type]
    assert isinstance(read, QueueRead)
    return read


def told(rows: SqliteStore, at_s: float, session: int) -> list[tuple[int, int, bool]]:
    """Return of each turn that is said to wait: its question, how many come first, and whether that may stand in Discord."""
    return [(one.place.reply_to, one.ahead, one.resumed) for one in queue(rows, at_s, session).waits]


@pytest.fixture
def rows() -> SqliteStore:
    """Alice goes on with one session, which is public."""
    made = store()
    set_status(made, "activate")
    made._unit.run("CREATE TEMP TRIGGER public AFTER INSERT ON session BEGIN UPDATE session SET is_public = 1; END")
    return made


def test_a_turn_that_has_waited_is_told_with_how_many_come_first(rows: SqliteStore) -> None:
    """Once it was told it stays so, and its number follows those before it."""
    session = accept(rows, 1).session
    first = take(rows, session)
    accept(rows, 2)
    accept(rows, 3)
    early = queue(rows, WAITED_S - 0.8, session)
    assert early.waits == ()
    assert early.next_s == pytest.approx(1.0)
    assert told(rows, 6.0, session) == [(message_id(2), 1, False), (message_id(3), 2, False)]
    assert told(rows, 6.0, session) == [(message_id(2), 1, True), (message_id(3), 2, True)]
    rows.perform(WithdrawQuestion(message_id=message_id(2)))
    assert told(rows, 0.0, session) == [(message_id(3), 1, True)]
    assert not first.is_wait_told


def test_a_clock_that_was_put_right_keeps_nobody_waiting_unsaid(rows: SqliteStore) -> None:
    """What seems to be of the future has waited."""
    session = accept(rows, 1).session
    take(rows, session)
    accept(rows, 2)
    assert told(rows, -3600.0, session) == [(message_id(2), 1, False)]


def test_a_turn_that_was_begun_before_is_not_said_to_wait(rows: SqliteStore) -> None:
    """Its reply has what it has of its answer. Those behind it count it."""
    session = accept(rows, 2).session
    taken = take(rows, session)
    accept(rows, 3)
    rows.perform(PauseTurn(turn=taken.turn, attempt=taken.attempt, draft="A comet"))
    accept(rows, 1)
    assert take(rows, session).place.reply_to == message_id(1)
    assert told(rows, 60.0, session) == [(message_id(3), 2, False)]


def test_what_said_that_a_turn_waits_is_looked_for_when_it_goes_on_or_ends(rows: SqliteStore) -> None:
    """It may stand in Discord without a row, and belongs below the answers before it; a turn that was never told to wait is spared that."""
    session = accept(rows, 1).session
    first = take(rows, session)
    second, third, fourth = (accept(rows, number).turn for number in (2, 3, 4))
    rows.perform(RecordPart(turn=first.turn, part=Part(part=0, message_id=message_id(10))))
    assert told(rows, 4.0, session) == []
    untold = rows.perform(WithdrawQuestion(message_id=message_id(4)))
    assert isinstance(untold, OutcomePending)
    assert (untold.turn, untold.search, untold.waited) == (fourth, False, False)
    queue(rows, 6.0, session)
    ended = rows.perform(WithdrawQuestion(message_id=message_id(3)))
    assert isinstance(ended, OutcomePending)
    assert (ended.turn, ended.search, ended.waited, ended.below) == (third, True, True, message_id(10))
    known = rows.perform(KnownParts(turn=second))
    assert (known.parts, known.below) == ((), message_id(10))
    assert rows.perform(KnownParts(turn=first.turn)).below == 0
    rows.perform(PauseTurn(turn=first.turn, attempt=first.attempt, draft=""))
    take(rows, session)


@pytest.mark.parametrize(("is_public", "ahead"), [(True, 1), (False, 0)])
def test_how_many_wait_in_a_private_session_is_not_said_in_a_server(
    rows: SqliteStore, is_public: bool, ahead: int
) -> None:
    """Others read there; that its owner's question waits is all that they learn."""
    session = accept(rows, 1).session
    rows._unit.run("UPDATE session SET is_public = ?, creator = ? WHERE id = ?", int(is_public), ALICE, session)
    take(rows, session)
    accept(rows, 2)
    (waits,) = queue(rows, 6.0, session).waits
    assert isinstance(waits, TurnWaits)
    assert waits.ahead == ahead
