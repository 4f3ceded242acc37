"""What somebody took back (edited, deleted, renamed, removed) is in no row, no title, and no file of the database."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from messages.answer import Answer
from messages.files import File
from messages.ids import SessionId, TurnId
from messages.turn import StopTurn
from messages.verbs.acceptance import Refused
from messages.verbs.cancellations import EditQuestion, WithdrawQuestion
from messages.verbs.replies import PendingOutcomes, RecordDelivered
from messages.verbs.retries import AskAgain
from messages.verbs.sessions import SetSession
from messages.verbs.turns import FinishTurn, TakeNextTurn
from messages.verbs.users import SetUser
from storage.sqlite import SqliteStore, open_store
from tests.storage.people import (
    ALICE,
    LIMITS,
    NOW_S,
    accept,
    ask_again,
    by,
    finish,
    message_id,
    set_status,
    take,
    value,
)

SAID = "hunter2pw and more"
"""Its beginning is the first title, and its words are the keywords."""


def edit(rows: SqliteStore, text: str = "Hello!") -> None:
    rows.perform(EditQuestion(message_id=message_id(1), text=text))


def delete(rows: SqliteStore) -> StopTurn | object:
    return rows.perform(WithdrawQuestion(message_id=message_id(1)))


def failed(rows: SqliteStore, session: SessionId) -> None:
    """Let the turn end without a text."""
    outcome = finish(rows, take(rows, session), "", ending="failed", reason="server_error")
    rows.perform(RecordDelivered(turn=outcome.turn))


def edited_while_it_waits(rows: SqliteStore, _session: SessionId) -> None:
    edit(rows)


def edited_before_its_model_is_asked(rows: SqliteStore, session: SessionId) -> None:
    rows.perform(TakeNextTurn(session=session))
    edit(rows)


def edited_after_it_failed(rows: SqliteStore, session: SessionId) -> None:
    failed(rows, session)
    edit(rows, "How do comets get their tails?")


def edited_and_asked_again(rows: SqliteStore, session: SessionId) -> None:
    turn = finish(rows, take(rows, session), f"{SAID} is", ending="interrupted", reason="stopped").turn
    rows.perform(RecordDelivered(turn=turn))
    edit(rows, "How do comets get their tails?")
    ask_again(rows, turn, 5)
    finish(rows, take(rows, session), "Ice.")


def deleted_while_it_waits(rows: SqliteStore, _session: SessionId) -> None:
    delete(rows)


def deleted_while_it_streams(rows: SqliteStore, session: SessionId) -> None:
    taken = take(rows, session)
    assert isinstance(delete(rows), StopTurn)
    turn = finish(rows, taken, SAID, ending="cancelled", reason="question_deleted").turn
    rows.perform(RecordDelivered(turn=turn))


def deleted_just_before_the_answer_is_complete(rows: SqliteStore, session: SessionId) -> None:
    taken = take(rows, session)
    delete(rows)
    rows.perform(RecordDelivered(turn=finish(rows, taken, f"You said {SAID}").turn))


def deleted_after_it_failed(rows: SqliteStore, session: SessionId) -> None:
    failed(rows, session)
    delete(rows)


def deleted_while_its_retry_waits(rows: SqliteStore, session: SessionId) -> None:
    turn = finish(rows, take(rows, session), "", ending="failed", reason="server_error").turn
    ask_again(rows, turn, 5)
    delete(rows)


def deleted_after_its_retry_was_refused(rows: SqliteStore, session: SessionId) -> None:
    turn = finish(rows, take(rows, session), "", ending="failed", reason="server_error").turn
    rows.limits = replace(LIMITS, questions_per_minute=0)
    assert isinstance(ask_again(rows, turn, 5), Refused)
    delete(rows)


def only_reasoned(rows: SqliteStore, session: SessionId) -> TurnId:
    """Let the turn end with reasoning that repeats the question, and without a text."""
    taken = take(rows, session)
    answer = Answer(text="", reasoning=f"The user says {SAID}.")
    ended = FinishTurn(
        turn=taken.turn,
        attempt=taken.attempt,
        ending="failed",
        reason="thought_too_long",
        answer=answer,
        usage=None,
        now_s=NOW_S,
    )
    rows.perform(RecordDelivered(turn=rows.perform(ended).turn))
    return taken.turn


def deleted_after_its_model_only_reasoned(rows: SqliteStore, session: SessionId) -> None:
    only_reasoned(rows, session)
    delete(rows)


def edited_after_its_model_only_reasoned(rows: SqliteStore, session: SessionId) -> None:
    only_reasoned(rows, session)
    edit(rows)


def deleted_while_it_is_asked_again_after_reasoning(rows: SqliteStore, session: SessionId) -> None:
    ask_again(rows, only_reasoned(rows, session), 5)
    taken = take(rows, session)
    delete(rows)
    rows.perform(RecordDelivered(turn=finish(rows, taken, f"You said {SAID}").turn))


def edited_after_its_answer_and_asked_again(rows: SqliteStore, session: SessionId) -> None:
    turn = finish(rows, take(rows, session), f"You said {SAID}.").turn
    edit(rows, "How do comets get their tails?")
    rows.perform(RecordDelivered(turn=turn))
    rows.perform(AskAgain(by=by(ALICE, 9), message_id=message_id(1), now_s=NOW_S))
    finish(rows, take(rows, session), "Ice.")


def edited_and_asked_again_before_its_answer_was_shown(rows: SqliteStore, session: SessionId) -> None:
    """Discord is down: the first answer waits to be shown until after the second one is there."""
    taken = take(rows, session)
    answer = Answer(
        text=f"You said {SAID}.", reasoning=f"They say {SAID}.", files=(File(name="a.md", content=SAID.encode()),)
    )
    ended = FinishTurn(
        turn=taken.turn,
        attempt=taken.attempt,
        ending="answered",
        reason="complete",
        answer=answer,
        usage=None,
        now_s=NOW_S,
    )
    first = rows.perform(ended).turn
    edit(rows, "How do comets get their tails?")
    rows.perform(AskAgain(by=by(ALICE, 9), message_id=message_id(1), now_s=NOW_S))
    finish(rows, take(rows, session), "Ice.")
    (outcome, *_) = rows.perform(PendingOutcomes())
    assert SAID in outcome.answer.text  # it is still to be shown
    rows.perform(RecordDelivered(turn=first))


def renamed_and_instructed_anew(rows: SqliteStore, session: SessionId) -> None:
    for number, text in ((5, f"About {SAID}"), (6, "Comets")):
        rows.perform(SetSession(by=by(ALICE, number), session=session, title=text, system_msg=text, now_s=NOW_S))
        rows.perform(SetUser(by=by(ALICE, number + 10), system_msg=text, now_s=NOW_S))
    edit(rows)


TAKEN_BACK: list[Callable[[SqliteStore, SessionId], None]] = [
    edited_while_it_waits,
    edited_before_its_model_is_asked,
    edited_after_it_failed,
    edited_and_asked_again,
    deleted_while_it_waits,
    deleted_while_it_streams,
    deleted_just_before_the_answer_is_complete,
    deleted_after_it_failed,
    deleted_while_its_retry_waits,
    deleted_after_its_retry_was_refused,
    deleted_after_its_model_only_reasoned,
    edited_after_its_model_only_reasoned,
    deleted_while_it_is_asked_again_after_reasoning,
    edited_after_its_answer_and_asked_again,
    edited_and_asked_again_before_its_answer_was_shown,
    renamed_and_instructed_anew,
]


@pytest.mark.parametrize("way", TAKEN_BACK, ids=lambda way: way.__name__)
def test_what_was_taken_back_is_in_no_file(way: Callable[[SqliteStore, SessionId], None], tmp_path: Path) -> None:
    """Neither a column, nor the title that was made of it, nor a freed page, nor the write-ahead log has it."""
    rows = open_store(tmp_path / "causerie.db", LIMITS)
    set_status(rows, "new")
    session = accept(rows, 1, SAID).session
    assert value(rows, "SELECT title FROM session") == "hunter2pw"
    way(rows, session)
    assert "hunter2" not in value(rows, "SELECT title FROM session")
    assert [path.name for path in tmp_path.iterdir() if b"hunter2" in path.read_bytes()] == []
    rows.close()


def test_the_title_follows_the_question_until_it_is_asked() -> None:
    """Its beginning while it waits; an edit of a later question, or of a named session, changes no title."""
    rows = open_store(":memory:", LIMITS)
    set_status(rows, "new")
    session = accept(rows, 1, "Old question?").session
    edit(rows, "New question about comets?")
    assert value(rows, "SELECT title FROM session") == "New questi"
    finish(rows, take(rows, session))
    title = value(rows, "SELECT title FROM session")
    assert "comets" in title
    set_status(rows, "activate", number=2)
    accept(rows, 3, "Another?")
    rows.perform(EditQuestion(message_id=message_id(3), text="And volcanoes on distant moons?"))
    assert value(rows, "SELECT title FROM session") == title


def test_a_name_that_the_owner_gave_outlives_the_question() -> None:
    """It was not made of the question, so an edit or a deletion does not change it."""
    rows = open_store(":memory:", LIMITS)
    set_status(rows, "new")
    session = accept(rows, 1, "Old question?").session
    rows.perform(SetSession(by=by(ALICE, 2), session=session, title="Mine", now_s=NOW_S))
    edit(rows)
    delete(rows)
    assert value(rows, "SELECT title FROM session") == "Mine"


def test_what_was_said_stays_when_its_question_is_deleted() -> None:
    """A question with an answer is part of its session's dialogue, which its owner removes."""
    rows = open_store(":memory:", LIMITS)
    set_status(rows, "new")
    session = accept(rows, 1, "How do comets get their tails?").session
    finish(rows, take(rows, session))
    title = value(rows, "SELECT title FROM session")
    delete(rows)
    assert value(rows, "SELECT title FROM session") == title
    assert value(rows, "SELECT count(*) FROM utterance WHERE text LIKE '%comets%'") == 1
