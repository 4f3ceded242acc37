"""Vectors are kept with their texts, read for the session's next ones, and erased with them."""

from messages.answer import Answer
from messages.ids import SessionId
from messages.turn import TurnTaken
from messages.vectors import EarlierVector, Vector
from messages.verbs.cancellations import EditQuestion, WithdrawQuestion
from messages.verbs.replies import RecordDelivered
from messages.verbs.sessions import EraseRemoved, RemoveSession
from messages.verbs.turns import Asked, BeginAsking, FinishTurn
from storage import vectors
from storage.sqlite import SqliteStore
from tests.storage.people import ALICE, NOW_S, accept, ask_again, by, message_id, set_status, store, take, value


def embed(rows: SqliteStore, number: int, text: str, *, model: str = "m") -> TurnTaken:
    """Have a question become a vector that says its number."""
    turn = take(rows, accept(rows, number, text).session)
    finish(rows, turn, Vector(model=model, numbers=bytes([number] * 4)))
    return turn


def finish(rows: SqliteStore, turn: TurnTaken, vector: Vector | None) -> None:
    rows.perform(
        FinishTurn(
            turn=turn.turn,
            attempt=turn.attempt,
            ending="answered",
            reason="complete",
            answer=Answer(text="A vector.", vector=vector),
            usage=None,
            now_s=NOW_S + 1,
        )
    )
    rows.perform(RecordDelivered(turn=turn.turn))


def earlier(rows: SqliteStore, turn: TurnTaken, model: str = "m") -> tuple[EarlierVector, ...]:
    asked = rows.perform(BeginAsking(turn=turn.turn, attempt=turn.attempt, chars=0, vectors_by=model, now_s=NOW_S))
    assert isinstance(asked, Asked)
    assert asked.history == ()
    return asked.earlier


def session_of(rows: SqliteStore) -> SessionId:
    return SessionId(value(rows, "SELECT max(id) FROM session"))


def test_a_text_is_compared_with_those_of_its_session_that_the_same_model_read() -> None:
    """The newest come first; those of another session or of another model are not among them."""
    rows = store()
    set_status(rows, "activate")
    embed(rows, 1, "Ice")
    embed(rows, 2, "Other", model="n")
    embed(rows, 3, "Dust")
    waiting = accept(rows, 4, "Sun")
    set_status(rows, "new", number=4)
    embed(rows, 5, "Elsewhere")
    turn = take(rows, waiting.session)
    assert [(one.text, one.numbers[0]) for one in earlier(rows, turn)] == [("Dust", 3), ("Ice", 1)]
    assert [one.text for one in earlier(rows, turn, "n")] == ["Other"]
    assert earlier(rows, turn, "") == ()


def test_only_so_many_are_read() -> None:
    """A long session costs no more than one of that length; of each text only the beginning is read."""
    rows = store()
    set_status(rows, "activate")
    for number in range(vectors.EARLIER_MAX + 2):
        embed(rows, number, "x" * 1000)
        rows._connection.execute("UPDATE turn SET create_time = 0")
    turn = take(rows, accept(rows, 999, "Sun").session)
    found = earlier(rows, turn)
    assert len(found) == vectors.EARLIER_MAX
    assert {len(one.text) for one in found} == {vectors.TEXT_CHARS_MAX}


def test_a_question_that_is_asked_again_is_not_compared_with_itself() -> None:
    """It has one vector: the newest."""
    rows = store()
    set_status(rows, "activate")
    first = embed(rows, 1, "Ice")
    rows.perform(EditQuestion(message_id=message_id(1), text="Dust"))
    ask_again(rows, first.turn, 1)
    again = take(rows, session_of(rows))
    assert again.question.text == "Dust"
    assert earlier(rows, again) == ()
    finish(rows, again, Vector(model="m", numbers=b"\x09" * 4))
    following = take(rows, accept(rows, 2, "Sun").session)
    assert [(one.text, one.numbers[0]) for one in earlier(rows, following)] == [("Dust", 9)]


def test_a_vector_is_erased_with_its_text() -> None:
    """When its session is removed; a text that is taken back before it is answered leaves none."""
    rows = store()
    set_status(rows, "activate")
    embed(rows, 1, "Ice")
    turn = take(rows, accept(rows, 2, "Dust").session)
    rows.perform(WithdrawQuestion(message_id=message_id(2)))
    finish(rows, turn, Vector(model="m", numbers=b"\x02" * 4))
    assert value(rows, "SELECT count(*) FROM vector") == 1
    rows.perform(RemoveSession(by=by(ALICE, 6), session=turn.session, now_s=NOW_S))
    while rows.perform(EraseRemoved()):
        pass
    assert value(rows, "SELECT count(*) FROM vector") == 0


def test_an_answer_without_a_vector_has_none() -> None:
    """Most models make none."""
    rows = store()
    set_status(rows, "activate")
    finish(rows, take(rows, accept(rows, 1).session), None)
    assert value(rows, "SELECT count(*) FROM vector") == 0
