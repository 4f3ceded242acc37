"""What a person and a session have used so far, and who is shown it."""

from messages.answer import Answer
from messages.ids import SessionId, UserId
from messages.turn import TurnTaken
from messages.usage import Total, Usage
from messages.verbs.acceptance import AcceptMessage
from messages.verbs.sessions import RemoveSession, SessionShown, SetSession
from messages.verbs.turns import FinishTurn, TryAgain
from messages.verbs.users import SetUser
from messages.verbs.verb import Deny
from storage.sqlite import SqliteStore
from tests.storage.people import ALICE, BOB, NOW_S, accept, begin_asking, by, posted, set_status, store, take

NOTHING = Total()


def _finish(rows: SqliteStore, turn: TurnTaken, usage: Usage | None) -> None:
    rows.perform(
        FinishTurn(
            turn=turn.turn,
            attempt=turn.attempt,
            ending="answered",
            reason="complete",
            answer=Answer(text="A ball of ice."),
            usage=usage,
            now_s=NOW_S + 1,
        )
    )


def _used_by(rows: SqliteStore, user: UserId, number: int) -> Total:
    return rows.perform(SetUser(by=by(user, number), now_s=NOW_S)).used


def _session(rows: SqliteStore, user: UserId, number: int, session: SessionId) -> SessionShown:
    shown = rows.perform(SetSession(by=by(user, number), now_s=NOW_S, session=session))
    assert isinstance(shown, SessionShown), shown
    return shown


def _public_session(rows: SqliteStore) -> SessionId:
    """Make a session of Alice's in which everybody in the server may speak."""
    set_status(rows, "new")
    answer = rows.perform(AcceptMessage(posted=posted(0, public=True), now_s=NOW_S))
    return answer.session  # type: ignore[union-attr]


def test_nothing_was_used_before_the_first_answer() -> None:
    """A waiting turn adds nothing, and totals are numbers."""
    rows = store()
    session = _public_session(rows)
    assert _used_by(rows, ALICE, 1) == NOTHING
    assert _session(rows, ALICE, 1, session).used == NOTHING


def test_used_adds_up_the_attempts_of_all_turns() -> None:
    """A broken attempt counts too, and one estimated number makes the total an estimate."""
    rows = store()
    session = _public_session(rows)
    first = take(rows, session)
    broke = TryAgain(turn=first.turn, attempt=1, draft="", usage=Usage(input_tokens=7, output_tokens=1, cost=50))
    again = rows.perform(broke)
    assert isinstance(again, TurnTaken)
    _finish(rows, begin_asking(rows, again), Usage(input_tokens=7, output_tokens=20, cost=25))
    assert _used_by(rows, ALICE, 1) == Total(input_tokens=14, output_tokens=21, cost=75)
    other = take(rows, accept(rows, 2).session)
    _finish(rows, other, Usage(input_tokens=1, output_tokens=2, estimated=True, cost=100))
    assert _used_by(rows, ALICE, 3) == Total(input_tokens=15, output_tokens=23, estimated=True, cost=175)
    assert _session(rows, ALICE, 3, session).used == Total(input_tokens=14, output_tokens=21, cost=75)


def test_what_was_used_in_a_removed_session_still_counts_for_whoever_asked() -> None:
    """Removing a session erases what was said, not what it used."""
    rows = store()
    session = _public_session(rows)
    _finish(rows, take(rows, session), Usage(input_tokens=3, output_tokens=5, cost=50))
    rows.perform(RemoveSession(by=by(ALICE, 1), session=session, now_s=NOW_S))
    assert _used_by(rows, ALICE, 2) == Total(input_tokens=3, output_tokens=5, cost=50)


def test_a_sessions_owner_sees_what_everybody_used_in_it_and_nobody_else_sees_anything() -> None:
    """A person's total has the turns that they asked, in whatever session."""
    rows = store()
    session = _public_session(rows)
    _finish(rows, take(rows, session), Usage(input_tokens=3, output_tokens=5, cost=50))
    rows.perform(SetUser(by=by(BOB, 1), now_s=NOW_S, show_public=True))
    rows.perform(SetUser(by=by(BOB, 2), now_s=NOW_S, status="activate"))
    rows._connection.execute("UPDATE user SET current_session = ? WHERE discord_user_id = ?", (session, BOB))
    assert accept(rows, 3, author=BOB).session == session
    _finish(rows, take(rows, session), Usage(input_tokens=30, output_tokens=50, cost=100))
    assert _session(rows, ALICE, 4, session).used == Total(input_tokens=33, output_tokens=55, cost=150)
    assert _session(rows, BOB, 4, session).used is None
    assert _used_by(rows, ALICE, 5) == Total(input_tokens=3, output_tokens=5, cost=50)
    assert _used_by(rows, BOB, 5) == Total(input_tokens=30, output_tokens=50, cost=100)
    rows.perform(SetSession(by=by(ALICE, 6), now_s=NOW_S, session=session, is_public=False))
    assert rows.perform(SetSession(by=by(BOB, 7), now_s=NOW_S, session=session)) == Deny()


def test_totals_are_kept_and_not_added_up() -> None:
    """A panel reads no turn for them, so it is quick for somebody who has asked for years."""
    rows = store()
    seen: list[str] = []
    set_status(rows, "new")
    session = accept(rows, 0).session
    rows._connection.set_trace_callback(seen.append)
    _session(rows, ALICE, 1, session)
    _used_by(rows, ALICE, 2)
    rows._connection.set_trace_callback(None)
    totals = [sql for sql in seen if "input_tokens" in sql]
    assert len(totals) == 2
    for sql in totals:
        (plan,) = [row[3] for row in rows._connection.execute("EXPLAIN QUERY PLAN " + sql)]
        assert "USING INTEGER PRIMARY KEY" in plan
        assert "turn" not in plan
