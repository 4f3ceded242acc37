"""What comes after a person was forgotten brings nothing of theirs back: edits, retries of others, late endings; and nobody's room or budget is wrong."""

import pytest

from messages.answer import Answer
from messages.enclosure import LeftOut
from messages.flags import Flags
from messages.ids import TurnId
from messages.rates import Most
from messages.turn import Utterance
from messages.usage import Usage
from messages.vectors import Vector
from messages.verbs.acceptance import Accepted
from messages.verbs.cancellations import EditQuestion
from messages.verbs.forgetting import ForgetPerson
from messages.verbs.replies import RecordDelivered
from messages.verbs.speech import TakeSpeech
from messages.verbs.turns import BeginHelping, EndHelping, FinishTurn, TakeNextTurn
from messages.verbs.users import SetUser
from messages.verbs.verb import TooLate
from storage.sqlite import SqliteStore
from tests.storage.people import (
    ALICE,
    BOB,
    NOW_S,
    accept,
    ask_again,
    by,
    finish,
    message_id,
    set_status,
    store,
    take,
    value,
)
from tests.storage.test_forgetting import (
    CANARY,
    LATER,
    LATER_S,
    STORED,
    alice_joins,
    answer,
    ask_with_file,
    begin,
    finish_streaming,
    forget,
    public_of_bob,
)


def everything(rows: SqliteStore) -> str:
    """All rows of all tables, as text."""
    return "\n".join(rows._connection.iterdump())


def guest(rows: SqliteStore, text: str = f"{CANARY} asks") -> TurnId:
    """Have Alice ask in a public session of Bob's."""
    alice_joins(rows, public_of_bob(rows))
    return accept(rows, 20, text).turn


@pytest.mark.parametrize("reason", ["complete", "stalled"])
def test_an_edit_of_an_old_message_brings_nothing_back(reason: str) -> None:
    """Also one that is only read after an absence, as it was before the person was forgotten."""
    rows = store()
    turn = guest(rows)
    taken = take(rows, value(rows, "SELECT session FROM turn WHERE id = ?", turn))
    ending = "answered" if reason == "complete" else "interrupted"
    finish(rows, taken, "An answer", ending=ending, reason=reason)  # type: ignore[arg-type]
    rows.perform(RecordDelivered(turn=turn))
    begin(rows)
    forget(rows)
    assert rows.perform(EditQuestion(message_id=message_id(20), text=f"{CANARY} edited", enclosures=())) is None
    assert CANARY not in everything(rows)


def ended_with_all(turn: TurnId, attempt: int) -> FinishTurn:
    """How a turn ends whose model quotes the question in everything that is kept beside the answer."""
    return FinishTurn(
        turn=turn,
        attempt=attempt,
        ending="answered",
        reason="complete",
        answer=Answer(
            text="An answer", reasoning=f"{CANARY} thought", vector=Vector(model="m", numbers=CANARY.encode())
        ),
        left_out=(LeftOut(name=f"{CANARY}.txt", problem="cut"),),
        flags=Flags(),
        usage=Usage(input_tokens=1, output_tokens=1),
        now_s=LATER_S,
    )


@pytest.mark.parametrize("streams", [True, False])
def test_a_question_that_somebody_else_asks_again_at_that_moment_ends_without_a_text(*, streams: bool) -> None:
    """Its model would be asked nothing, or what it thought of the question would be kept."""
    rows = store()
    turn = guest(rows)
    session = value(rows, "SELECT session FROM turn WHERE id = ?", turn)
    finish(rows, take(rows, session), "An answer")
    rows.perform(RecordDelivered(turn=turn))
    retry = ask_again(rows, turn, 25, actor=BOB)
    assert isinstance(retry, Accepted)
    taken = take(rows, session) if streams else None
    ended = begin(rows).ended
    assert [outcome.turn for outcome in ended.outcomes] == [retry.turn]
    assert {outcome.reason for outcome in ended.outcomes} == {"forgotten"}
    assert [stop.turn for stop in ended.stops] == ([retry.turn] if streams else [])
    forget(rows)
    if taken is not None:
        rows.perform(ended_with_all(taken.turn, taken.attempt))
    assert CANARY not in everything(rows)
    assert value(rows, "SELECT count(*) FROM vector WHERE turn = ?", retry.turn) == 0
    assert rows.perform(TakeNextTurn(session=session)).__class__.__name__ == "NothingWaits"
    assert value(rows, "SELECT text FROM utterance WHERE turn = ? AND role = 'assistant'", turn) == "An answer"


def test_nobody_asks_a_question_again_while_its_author_is_being_forgotten() -> None:
    """Between the pieces the question may still be there."""
    rows = store()
    turn = guest(rows)
    finish(rows, take(rows, value(rows, "SELECT session FROM turn WHERE id = ?", turn)), "An answer")
    rows.perform(RecordDelivered(turn=turn))
    begin(rows)
    assert isinstance(ask_again(rows, turn, 25, actor=BOB), TooLate)
    forget(rows)
    assert isinstance(ask_again(rows, turn, 26, actor=BOB), TooLate)


def test_whoever_comes_back_has_as_much_room_for_files_as_before() -> None:
    """Their files go, so do the bytes that these took; none is counted twice."""
    rows = store()
    bobs = public_of_bob(rows)
    alice_joins(rows, bobs)
    ask_with_file(rows, bobs, 20, STORED[0])
    finish_streaming(rows, bobs, "An answer")
    assert value(rows, "SELECT kept_bytes FROM user WHERE discord_user_id = ?", ALICE) > 0
    begin(rows)
    rows.perform(SetUser(by=by(ALICE, LATER + 40), now_s=LATER_S, status="new"))
    assert forget(rows) == [STORED[0]]
    assert value(rows, "SELECT kept_bytes FROM user WHERE discord_user_id = ?", ALICE) == 0
    assert value(rows, "SELECT kept_bytes FROM user WHERE discord_user_id = ?", BOB) == 0


def test_what_is_read_aloud_at_that_moment_is_booked_for_nobody() -> None:
    """The other model ends after the person is forgotten, and what it used stays as a figure alone."""
    rows = store()
    set_status(rows, "new")
    rows.perform(SetUser(by=by(ALICE, 1), now_s=NOW_S, speaks=True))
    accepted = accept(rows, 2, CANARY)
    answer(rows, accepted.session, "An answer")
    speech = rows.perform(TakeSpeech())
    assert speech is not None
    asked = BeginHelping(
        turn=accepted.turn,
        attempt=1,
        purpose="speech",
        question=Utterance(role="user", author_id=None, author_name="", text="An answer"),
        most=Most(),
        now_s=NOW_S,
    )
    rows.perform(asked)
    begin(rows)
    forget(rows)
    rows.perform(EndHelping(turn=accepted.turn, purpose="speech", usage=Usage(input_tokens=1, output_tokens=1)))
    assert value(rows, "SELECT count(*) FROM ledger WHERE purpose = 'speech'") == 1
    assert value(rows, "SELECT count(*) FROM ledger WHERE asker = ?", ALICE) == 0
    assert value(rows, "SELECT count(*) FROM spent WHERE scope = 'user' AND id = ?", ALICE) == 0


@pytest.mark.parametrize("streams", [True, False])
def test_a_damaged_question_of_somebody_else_is_in_nobodys_way(*, streams: bool) -> None:
    """It waits in a session of the person's; everybody who wants to be forgotten later would wait behind it."""
    rows = store()
    session = public_of_bob(rows)
    alice_joins(rows, session)
    turn = accept(rows, 20).turn
    if streams:
        take(rows, session)
    rows._connection.execute(
        "UPDATE turn SET enclosed = '{', left_out = '{', flags = '{', edited = '{' WHERE id = ?", (turn,)
    )
    rows.perform(ForgetPerson(person=BOB, now_s=LATER_S))
    forget(rows)
    assert value(rows, "SELECT count(*) FROM user WHERE discord_user_id = ?", BOB) == 0
    assert value(rows, "SELECT is_removed FROM session WHERE id = ?", session) == 1
