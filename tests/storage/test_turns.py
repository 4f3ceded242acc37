"""A turn's life in rows: taken in order, checkpointed, stopped, finished once."""

import pytest

from messages.answer import Answer
from messages.ids import SessionId, TurnId
from messages.session import NothingWaits, TurnPaused
from messages.turn import OutcomePending, StopTurn, TurnTaken
from messages.verbs.cancellations import EditQuestion, WithdrawQuestion
from messages.verbs.recovery import HasWork, Recover, WaitingSessions
from messages.verbs.replies import PendingOutcomes
from messages.verbs.turns import FinishTurn, PauseTurn, SaveDraft, TakeNextTurn, TryAgain
from messages.verbs.verb import Deny, NotAsker, TooLate
from storage.sqlite import SqliteStore
from tests.storage.people import (
    ALICE,
    BOB,
    GUILD,
    NOW_S,
    accept,
    dialogue,
    finish,
    message_id,
    set_status,
    stop,
    store,
    take,
    value,
)


@pytest.fixture
def rows() -> SqliteStore:
    """Return a store in which Alice writes into one session."""
    found = store()
    set_status(found, "new")
    found._connection.execute("UPDATE user SET attach = 1")
    return found


def _next(rows: SqliteStore, session: SessionId) -> TurnTaken | NothingWaits | OutcomePending:
    return rows.perform(TakeNextTurn(session=session))


def test_turns_start_in_the_order_of_their_message_ids_one_at_a_time(rows: SqliteStore) -> None:
    """A message that came late starts before the newer ones that still wait."""
    session = accept(rows, 0, "zero").session
    accept(rows, 3, "three")
    accept(rows, 1, "one")
    asked = []
    for _ in range(3):
        taken = take(rows, session)
        assert _next(rows, session) == NothingWaits()
        asked.append(taken.question.text)
        finish(rows, taken)
    assert asked == ["zero", "one", "three"]
    assert _next(rows, session) == NothingWaits()


def test_a_taken_turn_brings_what_its_owner_and_its_session_say(rows: SqliteStore) -> None:
    """A turn is asked with its session's model and system message, and with its asker's limits."""
    session = accept(rows, 0).session
    rows._connection.execute("UPDATE session SET model = 'small', system_msg = 'Be kind.'")
    rows._connection.execute("UPDATE user SET max_token = 77, temperature = 0.5")
    taken = take(rows, session)
    assert (taken.model, taken.system_msg, taken.max_token, taken.temperature) == ("small", "Be kind.", 77, 0.5)
    assert (taken.attempt, taken.crash_count, taken.kind, taken.draft, taken.history) == (1, 0, "question", "", ())
    assert (taken.question.author_id, taken.question.author_name) == (ALICE, "Alice")


def test_only_the_present_attempts_draft_is_saved(rows: SqliteStore) -> None:
    """A checkpoint of an earlier attempt changes nothing."""
    taken = take(rows, accept(rows, 0).session)
    rows.perform(SaveDraft(turn=taken.turn, attempt=1, text="A ball"))
    again = rows.perform(TryAgain(turn=taken.turn, attempt=1, draft="A ball of"))
    assert isinstance(again, TurnTaken)
    assert (again.attempt, again.draft) == (2, "A ball of")
    rows.perform(SaveDraft(turn=taken.turn, attempt=1, text="late"))
    assert value(rows, "SELECT draft FROM turn") == "A ball of"
    late = TryAgain(turn=taken.turn, attempt=1, draft="late")
    assert rows.perform(late) == NothingWaits()


def test_a_paused_turn_waits_with_its_draft_and_no_death(rows: SqliteStore) -> None:
    """A clean stop does not count as a crash."""
    session = accept(rows, 0).session
    taken = take(rows, session)
    pause = PauseTurn(turn=taken.turn, attempt=1, draft="A ball")
    assert rows.perform(pause) == TurnPaused(turn=taken.turn)
    again = take(rows, session)
    assert (again.attempt, again.draft, again.crash_count) == (2, "A ball", 0)
    rows.perform(pause)
    assert _next(rows, session) == NothingWaits()


def test_a_turn_that_was_to_be_stopped_is_not_paused_but_ends(rows: SqliteStore) -> None:
    """A paused turn whose *Stop* was committed is ended and not asked again."""
    session = accept(rows, 0).session
    taken = take(rows, session)
    stop(rows, taken.turn)
    rows.perform(PauseTurn(turn=taken.turn, attempt=1, draft="A ball"))
    assert _next(rows, session) == NothingWaits()
    assert value(rows, "SELECT state || ' ' || reason || ' ' || draft || ' ' || owed FROM turn") == (
        "interrupted stopped A ball 1"
    )


def test_a_finished_turn_keeps_its_first_ending(rows: SqliteStore) -> None:
    """Finishing a turn twice returns its first outcome."""
    taken = take(rows, accept(rows, 0).session)
    first = finish(rows, taken)
    second = finish(rows, taken, "Something else", ending="failed", reason="server_error")
    assert first == second
    assert (first.ending, first.reason, first.answer.text, first.attempted, first.search) == (
        "answered",
        "complete",
        "A ball of ice.",
        True,
        True,
    )
    found = rows._connection.execute("SELECT owed, input_tokens, output_tokens, model, end_time FROM turn").fetchone()
    assert tuple(found) == (1, 3, 5, "test-model", NOW_S + 1)


def test_an_earlier_attempt_cannot_finish_a_turn(rows: SqliteStore) -> None:
    """Finishing an earlier attempt raises, and the present attempt goes on."""
    taken = take(rows, accept(rows, 0).session)
    rows.perform(TryAgain(turn=taken.turn, attempt=1, draft=""))
    late = FinishTurn(
        turn=taken.turn,
        attempt=1,
        ending="answered",
        reason="complete",
        answer=Answer(text="late"),
        usage=None,
        now_s=NOW_S,
    )
    with pytest.raises(LookupError):
        rows.perform(late)
    assert value(rows, "SELECT state FROM turn") == "streaming"


def test_a_waiting_turn_is_cancelled_at_once(rows: SqliteStore) -> None:
    """After a waiting turn was cancelled, the next one starts."""
    session = accept(rows, 0, "zero").session
    second = accept(rows, 1, "one")
    taken = take(rows, session)
    outcome = stop(rows, second.turn)
    assert isinstance(outcome, OutcomePending)
    assert (outcome.ending, outcome.reason, outcome.attempted) == ("cancelled", "stopped", False)
    finish(rows, taken)
    assert _next(rows, session) == NothingWaits()
    assert stop(rows, second.turn) == TooLate()


def test_a_streaming_turn_is_left_to_its_actor(rows: SqliteStore) -> None:
    """Stopping a streaming turn commits the reason, and its actor ends it."""
    session = accept(rows, 0).session
    taken = take(rows, session)
    assert stop(rows, taken.turn) == StopTurn(session=session, turn=taken.turn, reason="stopped")
    assert value(rows, "SELECT stop_reason FROM turn") == "stopped"
    finish(rows, taken, ending="interrupted", reason="stopped")
    assert stop(rows, taken.turn) == TooLate()


@pytest.mark.parametrize("turn", [99, 2**70])
def test_a_stranger_may_not_stop_and_unknown_turns_are_denied(rows: SqliteStore, turn: int) -> None:
    """A number that is too large for a row is treated like an unknown one."""
    taken = take(rows, accept(rows, 0).session)
    assert stop(rows, taken.turn, actor=BOB) == NotAsker()
    assert stop(rows, TurnId(turn), actor=BOB) == Deny()
    assert value(rows, "SELECT stop_reason FROM turn") is None


def test_the_owner_may_stop_anothers_question_in_the_session(rows: SqliteStore) -> None:
    """Only the asker and the session's owner may stop a turn."""
    session = accept(rows, 0).session
    set_status(rows, "activate", user=BOB)
    rows._connection.execute("UPDATE turn SET asker = ?", (BOB,))
    rows._connection.execute("UPDATE session SET is_public = 1, origin_guild = ?", (GUILD,))
    taken = take(rows, session)
    assert stop(rows, taken.turn) == StopTurn(session=session, turn=taken.turn, reason="stopped")
    assert stop(rows, taken.turn, actor=BOB) == StopTurn(session=session, turn=taken.turn, reason="stopped")


def test_a_deleted_question_is_cancelled_while_it_waits_and_stopped_while_it_streams(rows: SqliteStore) -> None:
    """Deleting the question of a turn that is over, or of no turn, ends nothing."""
    session = accept(rows, 0, "zero").session
    accept(rows, 1, "one")
    taken = take(rows, session)
    outcome = rows.perform(WithdrawQuestion(message_id=message_id(1)))
    assert isinstance(outcome, OutcomePending)
    assert (outcome.ending, outcome.reason) == ("cancelled", "question_deleted")
    assert rows.perform(WithdrawQuestion(message_id=message_id(0))) == StopTurn(
        session=session, turn=taken.turn, reason="question_deleted"
    )
    finish(rows, taken, "A ball", ending="cancelled", reason="question_deleted")
    assert rows.perform(WithdrawQuestion(message_id=message_id(0))) is None
    assert rows.perform(WithdrawQuestion(message_id=message_id(9))) is None
    assert dialogue(rows, session) == []


def test_a_question_is_asked_as_edited_while_it_waits(rows: SqliteStore) -> None:
    """A question is asked as edited until it has begun; an edit that leaves no text changes nothing."""
    session = accept(rows, 0, "What is a commet?").session
    rows.perform(EditQuestion(message_id=message_id(0), text="What is a comet?"))
    rows.perform(EditQuestion(message_id=message_id(0), text="  "))
    taken = take(rows, session)
    assert taken.question.text == "What is a comet?"
    rows.perform(EditQuestion(message_id=message_id(0), text="What is a planet?"))
    finish(rows, taken)
    assert dialogue(rows, session)[0] == ("Alice", "What is a comet?", False)


def test_sessions_with_work_are_those_in_which_a_turn_waits(rows: SqliteStore) -> None:
    """A session whose turn streams has no waiting turn."""
    set_status(rows, "new", user=BOB)
    alices, bobs = accept(rows, 0).session, accept(rows, 1, author=BOB).session
    assert rows.perform(WaitingSessions()) == (alices, bobs)
    take(rows, alices)
    assert rows.perform(WaitingSessions()) == (bobs,)
    assert rows.perform(HasWork(session=alices)) is False
    assert rows.perform(HasWork(session=bobs)) is True


def test_a_question_that_is_edited_after_a_death_loses_what_was_answered(rows: SqliteStore) -> None:
    """An edit clears the draft of a waiting turn, because it answered another question."""
    session = accept(rows, 0).session
    taken = take(rows, session)
    rows.perform(SaveDraft(turn=taken.turn, attempt=1, text="A ball of"))
    rows.perform(Recover(now_s=NOW_S))
    rows.perform(EditQuestion(message_id=message_id(0), text="What is a moon?"))
    stop(rows, taken.turn)
    (owed,) = rows.perform(PendingOutcomes())
    assert (owed.reason, owed.answer.text, owed.search) == ("stopped", "", True)
