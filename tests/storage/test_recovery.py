"""Recovery after a crash of the process, and after repeated crashes of a session."""

import pytest

from messages.ids import SessionId, TurnId
from messages.session import NothingWaits
from messages.turn import CRASH_COUNT_ALONE, CRASH_COUNT_MAX, Part, TurnTaken
from messages.verbs.acceptance import AcceptMessage, Refused
from messages.verbs.cancellations import WithdrawQuestion
from messages.verbs.recovery import (
    NewestTurn,
    ParkSession,
    Recover,
    RestartTurns,
    SessionQuestions,
    WaitingQuestions,
    WaitingSessions,
)
from messages.verbs.replies import PendingOutcomes, RecordDelivered, RecordPart
from messages.verbs.turns import PauseTurn, SaveDraft, TakeNextTurn, TryAgain
from storage.sqlite import SqliteStore
from tests.storage.people import (
    CHANNEL,
    NOW_S,
    accept,
    dialogue,
    finish,
    message_id,
    posted,
    set_status,
    stop,
    store,
    take,
    value,
)


def _asked() -> tuple[SqliteStore, SessionId]:
    rows = store()
    set_status(rows, "new")
    rows._connection.execute("UPDATE user SET attach = 1")
    return rows, accept(rows, 0).session


def test_a_killed_turn_goes_on_from_its_checkpoint() -> None:
    """The second attempt gets the draft that was shown and the crash count."""
    rows, session = _asked()
    taken = take(rows, session)
    rows.perform(SaveDraft(turn=taken.turn, attempt=1, text="A ball"))
    rows.perform(Recover(now_s=NOW_S))
    again = take(rows, session)
    assert (again.turn, again.attempt, again.crash_count, again.draft) == (taken.turn, 2, 1, "A ball")
    assert rows.perform(PendingOutcomes()) == ()


def test_the_third_death_sets_a_turn_aside_and_the_next_one_proceeds() -> None:
    """A quarantined turn keeps its text, marked as cut, and has an outcome."""
    rows, session = _asked()
    accept(rows, 1, "And a planet?")
    for _ in range(3):
        taken = take(rows, session)
        rows.perform(SaveDraft(turn=taken.turn, attempt=taken.attempt, text="A ball"))
        rows.perform(Recover(now_s=NOW_S))
    (owed,) = rows.perform(PendingOutcomes())
    assert (owed.ending, owed.reason, owed.answer.text, owed.search) == ("failed", "quarantined", "A ball", True)
    assert dialogue(rows, session)[1] == ("", "A ball", True)
    assert take(rows, session).question.text == "And a planet?"


def test_a_turn_that_waited_to_be_asked_has_not_died() -> None:
    """A turn whose model was not asked yet has no crash counted, however often the process dies."""
    rows, session = _asked()
    for deaths in range(CRASH_COUNT_MAX):
        for _ in range(5):
            taken = rows.perform(TakeNextTurn(session=session))
            assert isinstance(taken, TurnTaken)
            assert taken.crash_count == deaths
            rows.perform(Recover(now_s=NOW_S))
        take(rows, session)
        rows.perform(Recover(now_s=NOW_S))
    (owed,) = rows.perform(PendingOutcomes())
    assert owed.reason == "quarantined"


@pytest.mark.parametrize("kind", ["paused", "crashed", "broken"])
def test_a_suspect_that_ran_alone_and_did_not_die_is_a_suspect_as_before(kind: str) -> None:
    """A clean stop, a crash of the session's actor and a broken stream do not count as crashes of the process."""
    rows, session = _asked()
    for _ in range(2):
        taken = take(rows, session)
        rows.perform(Recover(now_s=NOW_S))
    taken = take(rows, session)
    match kind:
        case "paused":
            rows.perform(PauseTurn(turn=taken.turn, attempt=taken.attempt, draft=""))
        case "crashed":
            rows.perform(RestartTurns(session=session))
        case _:
            broke = TryAgain(turn=taken.turn, attempt=taken.attempt, draft="", usage=None)
            assert isinstance(rows.perform(broke), TurnTaken)
    rows.perform(Recover(now_s=NOW_S))
    assert take(rows, session).crash_count == CRASH_COUNT_ALONE


def test_waiting_turns_have_not_died() -> None:
    """Waiting turns have no crash counted."""
    rows, session = _asked()
    for _ in range(5):
        rows.perform(Recover(now_s=NOW_S))
    assert take(rows, session).crash_count == 0


def test_a_turn_that_was_to_be_stopped_is_not_asked_again() -> None:
    """A turn whose *Stop* was committed before the crash is ended and not asked again."""
    rows, session = _asked()
    taken = take(rows, session)
    rows.perform(SaveDraft(turn=taken.turn, attempt=1, text="A ball"))
    stop(rows, taken.turn)
    rows.perform(Recover(now_s=NOW_S))
    (owed,) = rows.perform(PendingOutcomes())
    assert (owed.ending, owed.reason, owed.answer.text) == ("interrupted", "stopped", "A ball")
    assert rows.perform(TakeNextTurn(session=session)) == NothingWaits()


def test_a_turn_whose_question_was_deleted_is_not_asked_again() -> None:
    """A turn whose question was deleted before the crash is ended and leaves nothing in the dialogue."""
    rows, session = _asked()
    taken = take(rows, session)
    rows.perform(SaveDraft(turn=taken.turn, attempt=1, text="A ball"))
    rows.perform(WithdrawQuestion(message_id=message_id(0)))
    rows.perform(Recover(now_s=NOW_S))
    (owed,) = rows.perform(PendingOutcomes())
    assert (owed.ending, owed.reason) == ("cancelled", "question_deleted")
    assert dialogue(rows, session) == []


def test_what_is_owed_is_told_until_it_is_delivered() -> None:
    """Pending outcomes come with their recorded parts, oldest first; a complete answer that is shown becomes delivered."""
    rows, session = _asked()
    taken = take(rows, session)
    rows.perform(RecordPart(turn=taken.turn, part=Part(part=0, message_id=message_id(3))))
    finish(rows, taken)
    accept(rows, 1)
    second = take(rows, session)
    finish(rows, second, "", ending="failed", reason="unreachable")
    first_owed, second_owed = rows.perform(PendingOutcomes())
    assert first_owed.turn == taken.turn
    assert first_owed.parts == (Part(part=0, message_id=message_id(3)),)
    assert second_owed.turn == second.turn
    rows.perform(RecordDelivered(turn=taken.turn))
    assert [owed.turn for owed in rows.perform(PendingOutcomes())] == [second.turn]
    rows.perform(RecordDelivered(turn=second.turn))
    assert rows.perform(PendingOutcomes()) == ()
    states = rows._connection.execute("SELECT state FROM turn ORDER BY id").fetchall()
    assert [state for (state,) in states] == ["delivered", "failed"]


def test_pending_outcomes_are_read_page_by_page() -> None:
    """After a long outage of Discord no transaction reads all of them; each comes once, oldest first."""
    rows, session = _asked()
    finish(rows, take(rows, session))
    columns = "kind, asker, asker_name, channel_id, reply_to, question, state, reason, owed, create_time"
    rows._connection.execute(
        "INSERT INTO turn (id, cause, " + columns + ") WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n"
        " WHERE n < ?) SELECT id + n, cause + n, " + columns + " FROM turn, n",
        (400,),
    )
    pages: list[list[TurnId]] = []
    after = TurnId(0)
    while page := rows.perform(PendingOutcomes(after=after, limit=200)):
        pages.append([outcome.turn for outcome in page])
        after = page[-1].turn
    assert [len(page) for page in pages] == [200, 200, 1]
    turns = [turn for page in pages for turn in page]
    assert turns == sorted(set(turns))


def test_a_turn_that_was_to_be_stopped_ends_with_its_actors_crash() -> None:
    """A turn that was to be stopped is ended when its actor restarts, and its outcome is returned."""
    rows, session = _asked()
    taken = take(rows, session)
    stop(rows, taken.turn)
    (outcome,) = rows.perform(RestartTurns(session=session))
    assert (outcome.ending, outcome.reason, outcome.search) == ("interrupted", "stopped", True)
    assert rows.perform(TakeNextTurn(session=session)) == NothingWaits()


def test_an_actors_crash_counts_no_death_and_touches_no_other_session() -> None:
    """The process has not crashed, so no turn's crash count grows."""
    rows, session = _asked()
    set_status(rows, "new", number=1)
    rows._connection.execute("UPDATE user SET attach = 0")
    other = accept(rows, 2).session
    take(rows, session)
    take(rows, other)
    rows.perform(RestartTurns(session=session))
    again = take(rows, session)
    assert (again.attempt, again.crash_count) == (2, 0)
    assert value(rows, "SELECT state FROM turn WHERE session = ?", other) == "streaming"


def test_a_parked_session_fails_what_waits_and_what_comes_until_its_time() -> None:
    """A parked session ends each waiting turn with an outcome, and takes questions again when its time is over."""
    rows, session = _asked()
    accept(rows, 1)
    take(rows, session)
    outcomes = rows.perform(ParkSession(session=session, until_s=NOW_S + 600, now_s=NOW_S))
    assert [(outcome.ending, outcome.reason) for outcome in outcomes] == [("failed", "parked")] * 2
    answer = rows.perform(AcceptMessage(posted=posted(2), now_s=NOW_S + 599))
    assert isinstance(answer, Refused)
    assert (answer.outcome.ending, answer.outcome.reason) == ("failed", "parked")
    assert len(rows.perform(PendingOutcomes())) == 3
    rows.perform(AcceptMessage(posted=posted(7000), now_s=NOW_S + 700))
    assert take(rows, session).place.reply_to == message_id(7000)


def test_waiting_sessions_are_found_page_by_page_with_the_questions_of_an_earlier_process() -> None:
    """A question that this process accepted needs no reading again, nor does one that is over."""
    rows = store()
    assert rows.perform(NewestTurn()) == 0
    set_status(rows, "new")
    first, second, third = (accept(rows, number).session for number in range(3))
    finish(rows, take(rows, second))
    assert rows.perform(WaitingSessions(limit=1)) == (first,)
    assert rows.perform(WaitingSessions(after=first, limit=1)) == (third,)
    assert rows.perform(WaitingSessions(after=third, limit=1)) == ()
    before = rows.perform(NewestTurn())
    fourth = accept(rows, 3).session
    assert rows.perform(WaitingQuestions(sessions=(first, second, third, fourth), up_to=before)) == (
        SessionQuestions(session=first, questions=((CHANNEL, message_id(0)),)),
        SessionQuestions(session=third, questions=((CHANNEL, message_id(2)),)),
    )
