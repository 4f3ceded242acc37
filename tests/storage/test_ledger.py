"""Every attempt that used something has one row in the ledger, whatever ended it, and totals are the sum of its rows."""

from typing import Any

import pytest
from msgspec.structs import replace

from messages.answer import Answer
from messages.enclosure import Enclosure
from messages.ids import SessionId, TurnId
from messages.rates import Most, Rates
from messages.turn import Ending, TurnTaken, Utterance
from messages.usage import Usage
from messages.verbs.recovery import ParkSession, Recover, RestartTurns
from messages.verbs.sessions import RemoveSession
from messages.verbs.turns import (
    Asked,
    BeginAsking,
    BeginHelping,
    FinishTurn,
    PauseTurn,
    QuestionEdited,
    RecordJudgement,
    SaveDraft,
    TakeNextTurn,
    TryAgain,
)
from messages.verbs.users import SetUser
from storage.sqlite import SqliteStore
from tests.storage.people import ALICE, NOW_S, accept, by, set_status, store, value

RATES = Rates(input=2_000_000, output=8_000_000)
MOST = Most(model="test-model", rates=RATES, usage=Usage(output_tokens=500), text_bytes=300, sent_bytes=300)
USED = Usage(input_tokens=70, output_tokens=20, cached_tokens=10, cache_write_tokens=40, cost=300)
QUESTION = "What is a comet?"
ASKED_BYTES = len(QUESTION) + len("Alice") + 40
READ = -(-(300 + ASKED_BYTES) // 3)


def _session(rows: SqliteStore) -> SessionId:
    set_status(rows, "new")
    return accept(rows, 0, QUESTION).session


def _begin(rows: SqliteStore, session: SessionId, *, used: Usage | None = None) -> TurnTaken:
    taken = rows.perform(TakeNextTurn(session=session))
    assert isinstance(taken, TurnTaken), taken
    _ask(rows, taken, used=used)
    return taken


def _ask(rows: SqliteStore, taken: TurnTaken, *, used: Usage | None = None) -> None:
    begin = BeginAsking(turn=taken.turn, attempt=taken.attempt, chars=1_000, now_s=NOW_S, most=MOST, used=used)
    assert isinstance(rows.perform(begin), Asked)


def _finish(
    rows: SqliteStore,
    taken: TurnTaken,
    usage: Usage | None,
    *,
    ending: Ending = "answered",
    cut_bytes: int | None = None,
) -> None:
    rows.perform(
        FinishTurn(
            turn=taken.turn,
            attempt=taken.attempt,
            ending=ending,
            reason="complete" if ending == "answered" else "stopped",
            answer=Answer(text="A ball of ice."),
            usage=usage,
            cut_bytes=cut_bytes,
            now_s=NOW_S + 1,
        )
    )


def _ledger(rows: SqliteStore) -> list[dict[str, Any]]:
    return [dict(row) for row in rows._connection.execute("SELECT * FROM ledger ORDER BY id")]


def _figures(rows: SqliteStore) -> list[tuple[int, int, int, int | None]]:
    return [
        (row["input_tokens"], row["output_tokens"], row["is_estimated"], row["micro_dollars"]) for row in _ledger(rows)
    ]


def _reserved(rows: SqliteStore) -> int:
    return int(value(rows, "SELECT count(*) FROM reservation"))


def test_an_answer_is_booked_as_its_server_counted_it() -> None:
    """Who asked whom, where and when; what was reserved is released."""
    rows = store()
    session = _session(rows)
    taken = _begin(rows, session)
    assert _reserved(rows) == 1
    _finish(rows, taken, USED)
    assert _reserved(rows) == 0
    (row,) = _ledger(rows)
    assert row["time"] == NOW_S
    assert (row["turn"], row["attempt"], row["purpose"]) == (taken.turn, 1, "answer")
    assert (row["session"], row["asker"], row["guild"], row["model"]) == (session, ALICE, 3001, "test-model")
    assert (row["cached_tokens"], row["cache_write_tokens"]) == (10, 40)
    assert (row["is_estimated"], row["micro_dollars"]) == (0, 300)


def test_a_request_that_used_nothing_leaves_no_row() -> None:
    """A server that refused it did not ask its model."""
    rows = store()
    _finish(rows, _begin(rows, _session(rows)), None, ending="failed")
    assert (_ledger(rows), _reserved(rows)) == ([], 0)


def test_what_is_reserved_is_what_the_request_may_use_at_most() -> None:
    """A token has a byte or more, so that no text has more tokens than bytes; an answer has as many as were allowed."""
    rows = store()
    _begin(rows, _session(rows))
    tokens, cost = rows._connection.execute("SELECT tokens, micro_dollars FROM reservation").fetchone()
    assert tokens == 300 + ASKED_BYTES + 500
    assert cost == 2 * (300 + ASKED_BYTES) + 8 * 500


def test_a_text_of_other_letters_is_reserved_by_its_bytes() -> None:
    """Chinese has three bytes a letter."""
    rows = store()
    set_status(rows, "new")
    _begin(rows, accept(rows, 0, "什么是彗星？").session)
    assert value(rows, "SELECT asked_bytes FROM reservation") == 18 + len("Alice") + 40


def test_a_second_attempt_is_booked_beside_the_first() -> None:
    """A stream that broke used something, too."""
    rows = store()
    taken = _begin(rows, _session(rows))
    again = rows.perform(TryAgain(turn=taken.turn, attempt=1, draft="A ball", usage=USED))
    assert isinstance(again, TurnTaken)
    assert _reserved(rows) == 0
    _ask(rows, again)
    _finish(rows, again, Usage(input_tokens=70, output_tokens=30, cost=380))
    assert [(row["attempt"], row["micro_dollars"]) for row in _ledger(rows)] == [(1, 300), (2, 380)]
    assert rows.perform(SetUser(by=by(ALICE, 1), now_s=NOW_S)).used.cost == 680


def _killed(rows: SqliteStore, taken: TurnTaken) -> None:
    rows.perform(SaveDraft(turn=taken.turn, attempt=taken.attempt, text="A ball of ice."))
    rows.perform(Recover(now_s=NOW_S))


def _crashed(rows: SqliteStore, taken: TurnTaken) -> None:
    rows.perform(SaveDraft(turn=taken.turn, attempt=taken.attempt, text="A ball of ice."))
    rows.perform(RestartTurns(session=taken.session))


def _parked(rows: SqliteStore, taken: TurnTaken) -> None:
    rows.perform(SaveDraft(turn=taken.turn, attempt=taken.attempt, text="A ball of ice."))
    rows.perform(ParkSession(session=taken.session, until_s=NOW_S + 1, now_s=NOW_S))


def _paused(rows: SqliteStore, taken: TurnTaken) -> None:
    rows.perform(PauseTurn(turn=taken.turn, attempt=taken.attempt, draft="A ball of ice.", cut_bytes=14))


def _stopped(rows: SqliteStore, taken: TurnTaken) -> None:
    _finish(rows, taken, None, ending="interrupted", cut_bytes=14)


@pytest.mark.parametrize("ends", [_killed, _crashed, _parked, _paused, _stopped])
def test_an_attempt_whose_end_nobody_heard_is_booked_as_estimated(ends: Any) -> None:
    """By the text that was asked and the draft that is known, and marked as an estimate; once, however it ends."""
    rows = store()
    taken = _begin(rows, _session(rows))
    ends(rows, taken)
    assert _figures(rows) == [(READ, 5, 1, 2 * READ + 8 * 5)]
    rows.perform(Recover(now_s=NOW_S))
    assert (len(_ledger(rows)), _reserved(rows)) == (1, 0)
    used = rows.perform(SetUser(by=by(ALICE, 1), now_s=NOW_S)).used
    assert (used.estimated, used.cost) == (True, 2 * READ + 8 * 5)


def test_what_an_attempt_asked_before_its_last_request_is_booked_too() -> None:
    """A server that failed had read the question; the process died during the next request."""
    rows = store()
    taken = _begin(rows, _session(rows))
    _ask(rows, taken, used=USED)
    assert _reserved(rows) == 1
    rows.perform(Recover(now_s=NOW_S))
    assert _figures(rows) == [(70 + READ, 20, 1, 300 + 2 * READ)]


def test_a_turn_that_only_waited_for_its_model_is_not_booked() -> None:
    """Its model was never asked."""
    rows = store()
    taken = rows.perform(TakeNextTurn(session=_session(rows)))
    assert isinstance(taken, TurnTaken)
    rows.perform(PauseTurn(turn=taken.turn, attempt=1, draft=""))
    rows.perform(Recover(now_s=NOW_S))
    assert _ledger(rows) == []


def test_an_unknown_price_is_kept_as_unknown() -> None:
    """It is no number that could be taken for a cost."""
    rows = store()
    _finish(rows, _begin(rows, _session(rows)), Usage(input_tokens=5, output_tokens=1, cost=None))
    assert _figures(rows) == [(5, 1, 0, None)]
    used = rows.perform(SetUser(by=by(ALICE, 1), now_s=NOW_S)).used
    assert (used.cost, used.is_partly_unpriced) == (0, True)


def test_figures_stay_when_what_was_said_is_erased() -> None:
    """No row of the ledger holds a word of anybody's."""
    rows = store()
    session = _session(rows)
    _finish(rows, _begin(rows, session), USED)
    rows.perform(RemoveSession(by=by(ALICE, 3), session=session, now_s=NOW_S))
    (row,) = _ledger(rows)
    assert row["micro_dollars"] == 300
    assert {key for key, held in row.items() if isinstance(held, str)} == {"purpose", "model"}


@pytest.mark.parametrize("damage", ["most = 'x'", "used = '[]'", "roles = '{'", "purpose = 'nobody''s'"])
def test_a_reservation_that_cannot_be_read_keeps_no_start_from_going_on(damage: str) -> None:
    """Somebody wrote into the file; the turn goes on, and other reservations are booked."""
    rows = store()
    session = _session(rows)
    damaged = _begin(rows, session)
    other = _begin(rows, accept(rows, 1, QUESTION).session)
    rows._connection.execute(f"UPDATE reservation SET {damage} WHERE turn = ?", (damaged.turn,))
    rows.perform(Recover(now_s=NOW_S))
    assert _reserved(rows) == 0
    assert [row["turn"] for row in _ledger(rows)] == [other.turn]
    _finish(rows, _begin(rows, session), USED)
    assert len(_ledger(rows)) == 2


PICTURE = Enclosure(kind="file", media_type="image/png", name="a.png", stored="a" * 32, width=1_024, height=1_024)
DRAWS = Most(
    model="painter",
    rates=RATES,
    usage=Usage(pictures=1, output_tokens=10_000, image_output_tokens=10_000),
    picture_tokens=10_000,
    reads="question",
    drawn_tokens=1_056,
)


@pytest.mark.parametrize(
    ("attached", "seen"), [(0, 1), (1, 1), (3, 3), (20, 16)], ids=["of before", "one", "three", "too many"]
)
@pytest.mark.parametrize("has_drawn", [False, True])
def test_a_drawing_that_is_stopped_counts_its_prompt_and_the_pictures_that_are_changed(
    attached: int, seen: int, has_drawn: bool
) -> None:
    """Not the conversation, of which the model is told nothing, nor all of its pictures, nor the most that could be drawn."""
    rows = store()
    set_status(rows, "activate")
    session = accept(rows, 0, "A long story. " * 50, enclosures=(PICTURE, PICTURE)).session
    _finish(rows, _begin(rows, session), USED)
    accept(rows, 1, "Brighter", enclosures=(PICTURE,) * attached)
    taken = rows.perform(TakeNextTurn(session=session))
    assert isinstance(taken, TurnTaken)
    begin = BeginAsking(turn=taken.turn, attempt=taken.attempt, chars=10_000, now_s=NOW_S, most=DRAWS)
    assert isinstance(rows.perform(begin), Asked)
    assert value(rows, "SELECT tokens FROM reservation") == len("Brighter") + seen * 10_000 + 10_000
    rows.perform(PauseTurn(turn=taken.turn, attempt=taken.attempt, draft="", cut_bytes=0, has_drawn=has_drawn))
    row = _ledger(rows)[-1]
    assert (row["input_tokens"], row["image_input_tokens"]) == (3 + seen * 2_148, seen * 2_148)
    drawn = 1_056 if has_drawn else 0
    assert (row["output_tokens"], row["pictures"], row["is_estimated"]) == (drawn, int(has_drawn), 1)


def test_reading_aloud_that_was_cut_off_counts_the_text_and_not_the_longest_that_can_be_read() -> None:
    """What a request is sent is known, whoever hears its end."""
    rows = store()
    taken = _begin(rows, _session(rows))
    speech = Most(model="tts", rates=Rates(character=15_000_000), usage=Usage(characters=4_096), reads="no_tokens")
    answer = Utterance(role="user", author_id=ALICE, author_name="Alice", text="A ball of ice.")
    rows.perform(BeginHelping(turn=taken.turn, attempt=1, purpose="speech", question=answer, most=speech, now_s=NOW_S))
    assert value(rows, "SELECT micro_dollars FROM reservation WHERE purpose = 'speech'") == 14 * 15
    rows.perform(SaveDraft(turn=taken.turn, attempt=1, text="A ball of ice."))
    rows.perform(Recover(now_s=NOW_S))
    (row,) = [row for row in _ledger(rows) if row["purpose"] == "speech"]
    assert (row["input_tokens"], row["output_tokens"], row["characters"], row["micro_dollars"]) == (0, 0, 14, 210)


@pytest.mark.parametrize("cost", [0, None])
def test_what_a_gate_had_judged_is_a_row_for_each_request(cost: int | None) -> None:
    """Of whoever asked, whether the model was asked in the end or not; an unknown cost is said to be unknown."""
    rows = store()
    session = _session(rows)
    taken = rows.perform(TakeNextTurn(session=session))
    assert isinstance(taken, TurnTaken)
    judged = RecordJudgement(
        turn=taken.turn, attempt=1, model="omni-moderation-latest", requests=2, cost=cost, now_s=NOW_S
    )
    rows.perform(judged)
    assert [
        (row["purpose"], row["model"], row["session"], row["asker"], row["guild"]) for row in _ledger(rows)
    ] == 2 * [("moderation", "omni-moderation-latest", session, ALICE, 3001)]
    assert _figures(rows) == 2 * [(0, 0, 0, cost)]
    assert rows.perform(SetUser(by=by(ALICE, 1), now_s=NOW_S)).used.is_partly_unpriced == (cost is None)
    rows.perform(replace(judged, turn=TurnId(taken.turn + 1)))
    assert len(_ledger(rows)) == 2


def test_a_question_that_is_not_the_one_that_was_judged_is_not_asked() -> None:
    """Nothing is reserved for it, and a kill is no crash of it; it can still be edited."""
    rows = store()
    taken = rows.perform(TakeNextTurn(session=_session(rows)))
    assert isinstance(taken, TurnTaken)
    begin = BeginAsking(turn=taken.turn, attempt=1, chars=1_000, now_s=NOW_S, most=MOST)
    other = replace(taken.question, text="What is a planet?")
    assert rows.perform(replace(begin, judged=other)) == QuestionEdited()
    assert _reserved(rows) == 0
    assert value(rows, "SELECT asked FROM turn") == 0
    assert isinstance(rows.perform(replace(begin, judged=taken.question)), Asked)
    assert _reserved(rows) == 1


@pytest.mark.parametrize(("is_free", "cost"), [(True, 0), (False, None)])
def test_a_judgement_that_was_cut_off_costs_nothing_only_where_it_is_free(is_free: bool, cost: int | None) -> None:
    """A session whose model judges: nobody knows what its server asks for."""
    rows = store()
    taken = rows.perform(TakeNextTurn(session=_session(rows)))
    assert isinstance(taken, TurnTaken)
    most = Most(model="judge", reads="no_tokens", is_free=is_free)
    rows.perform(BeginAsking(turn=taken.turn, attempt=1, chars=0, now_s=NOW_S, most=most))
    assert value(rows, "SELECT tokens + micro_dollars FROM reservation") == 0
    rows.perform(Recover(now_s=NOW_S))
    assert _figures(rows) == [(0, 0, 1, cost)]
