"""Retry and Continue, and what each leaves in the dialogue."""

from typing import Literal

import pytest

from messages.ids import SessionId, TurnId
from messages.turn import Ending, Part, Reason, StopTurn, TurnTaken
from messages.verbs.acceptance import Accepted, Refused
from messages.verbs.cancellations import EditQuestion, WithdrawQuestion
from messages.verbs.recovery import ParkSession
from messages.verbs.replies import RecordDelivered, RecordPart, UnclaimedOf
from messages.verbs.retries import NoContinuation
from messages.verbs.verb import Deny, NotAsker, TooLate
from storage.limits import Limits
from storage.sqlite import SqliteStore
from tests.storage.people import (
    ALICE,
    BOB,
    GUILD,
    NOW_S,
    accept,
    ask_again,
    dialogue,
    finish,
    message_id,
    press_id,
    set_status,
    stop,
    store,
    take,
    value,
)

CUT = "A ball of"


def _asked(limits: Limits | None = None) -> tuple[SqliteStore, SessionId]:
    """Return a session in which Alice's first question waits, and to which her next ones go."""
    rows = store() if limits is None else store(limits)
    set_status(rows, "new")
    rows._connection.execute("UPDATE user SET attach = 1")
    return rows, accept(rows, 0).session


def _cut(
    rows: SqliteStore, session: SessionId, *, ending: Ending = "answered", reason: Reason = "token_limit"
) -> TurnTaken:
    taken = take(rows, session)
    finish(rows, taken, CUT, ending=ending, reason=reason)
    return taken


def _texts(taken: TurnTaken) -> list[str]:
    return [said.text for said in taken.history]


def test_a_retry_asks_the_same_question_and_replaces_the_answer_where_it_stands() -> None:
    """A retry's history ends before its question; what was said afterwards stays in the dialogue."""
    rows, session = _asked()
    first = _cut(rows, session)
    accept(rows, 1, "And a planet?")
    finish(rows, take(rows, session), "A larger ball.")
    again = ask_again(rows, first.turn, 2)
    assert isinstance(again, Accepted)
    taken = take(rows, session)
    assert (taken.kind, taken.question.text, _texts(taken)) == ("retry", "What is a comet?", [])
    assert (taken.place.reply_to, taken.place.question_id) == (message_id(0), None)
    finish(rows, taken, "Ice and dust.")
    assert dialogue(rows, session) == [
        ("Alice", "What is a comet?", False),
        ("", "Ice and dust.", False),
        ("Alice", "And a planet?", False),
        ("", "A larger ball.", False),
    ]


def test_a_continuation_goes_on_from_the_cut_answer_and_is_joined_to_it() -> None:
    """A continuation's history ends with the answer so far, and it replies to that answer's last message."""
    rows, session = _asked()
    first = _cut(rows, session)
    for part in (0, 1):
        rows.perform(RecordPart(turn=first.turn, part=Part(part=part, message_id=message_id(5 + part))))
    rows.perform(RecordDelivered(turn=first.turn))
    assert isinstance(ask_again(rows, first.turn, 10, "continue"), Accepted)
    taken = take(rows, session)
    assert taken.kind == "continue"
    assert taken.question.text == "Continue exactly where your last answer stopped."
    assert taken.history[-1].role == "assistant"
    assert (taken.history[-1].text, taken.history[-1].cut) == (CUT, True)
    assert (taken.place.reply_to, taken.place.question_id) == (message_id(6), None)
    finish(rows, taken, " ice.")
    assert dialogue(rows, session) == [("Alice", "What is a comet?", False), ("", "A ball of ice.", False)]


def test_a_continuation_that_gave_no_text_is_continued_when_it_is_retried() -> None:
    """Retrying it continues the earlier answer, which is not asked for again."""
    rows, session = _asked()
    first = _cut(rows, session)
    ask_again(rows, first.turn, 1, "continue")
    broken = take(rows, session)
    finish(rows, broken, "", ending="failed", reason="unreachable")
    assert isinstance(ask_again(rows, broken.turn, 2, "retry"), Accepted)
    taken = take(rows, session)
    assert (taken.kind, _texts(taken)[-1]) == ("continue", CUT)


def test_a_retry_that_fails_without_text_leaves_the_earlier_answer() -> None:
    """A question that failed is not in the dialogue, so its retry adds it."""
    rows, session = _asked()
    first = _cut(rows, session)
    ask_again(rows, first.turn, 1)
    finish(rows, take(rows, session), "", ending="failed", reason="unreachable")
    assert dialogue(rows, session)[1] == ("", CUT, True)
    failed = accept(rows, 2, "And a planet?")
    finish(rows, take(rows, session), "", ending="failed", reason="unreachable")
    assert len(dialogue(rows, session)) == 2
    ask_again(rows, failed.turn, 3)
    finish(rows, take(rows, session), "A larger ball.")
    assert dialogue(rows, session)[2:] == [("Alice", "And a planet?", False), ("", "A larger ball.", False)]


def test_the_retry_of_a_question_that_left_nothing_ends_its_history_there_too() -> None:
    """A retry's history has nothing that was said later."""
    rows, session = _asked()
    finish(rows, take(rows, session), "A ball of ice.")
    failed = accept(rows, 1, "And a planet?")
    finish(rows, take(rows, session), "", ending="failed", reason="unreachable")
    accept(rows, 2, "And a star?")
    finish(rows, take(rows, session), "A glowing ball.")
    ask_again(rows, failed.turn, 3)
    assert _texts(take(rows, session)) == ["What is a comet?", "A ball of ice."]


def test_a_turn_that_failed_with_text_stays_as_far_as_it_was_shown() -> None:
    """A stopped answer is marked as cut, so that the model does not take it for complete."""
    rows, session = _asked()
    _cut(rows, session, ending="failed", reason="quarantined")
    assert dialogue(rows, session)[1] == ("", CUT, True)


@pytest.mark.parametrize(
    ("ending", "reason", "kind", "may"),
    [
        ("answered", "complete", "retry", True),
        ("answered", "complete", "continue", False),
        ("answered", "content_filter", "retry", True),
        ("interrupted", "stopped", "retry", True),
        ("interrupted", "stopped", "continue", True),
        ("failed", "server_error", "retry", True),
        ("cancelled", "question_deleted", "retry", False),
    ],
)
def test_what_may_be_asked_again(ending: Ending, reason: Reason, kind: Literal["retry", "continue"], may: bool) -> None:
    """A deleted question cannot be asked again, and a complete answer not be continued, also after they were shown."""
    for delivered in (False, True):
        rows, session = _asked()
        turn = _cut(rows, session, ending=ending, reason=reason).turn
        if delivered:
            rows.perform(RecordDelivered(turn=turn))
        answer = ask_again(rows, turn, 1, kind)
        assert isinstance(answer, Accepted if may else TooLate)


def test_without_an_answer_there_is_nothing_to_continue() -> None:
    """A forged press gets the same answer as one that comes too late."""
    rows, session = _asked()
    taken = take(rows, session)
    finish(rows, taken, "", ending="failed", reason="unreachable")
    assert ask_again(rows, taken.turn, 1, "continue") == TooLate()


@pytest.mark.parametrize(("asked", "present"), [("chat", "chat"), ("chat", "draw"), ("draw", "chat"), ("draw", "draw")])
def test_only_models_that_hold_a_conversation_go_on_with_an_answer(asked: str, present: str) -> None:
    """The one that began it, and the session's present one; a model that is gone from the catalogue is not known to be another sort."""
    rows, session = _asked()
    rows._connection.execute("UPDATE session SET model = ?", (asked,))
    turn = take(rows, session)
    rows._connection.execute("UPDATE session SET model = ?", (present,))
    finish(rows, turn, CUT, ending="interrupted", reason="stopped")
    answer = ask_again(rows, turn.turn, 1, "continue", without_dialogue=frozenset({"draw"}))
    assert isinstance(answer, Accepted if (asked, present) == ("chat", "chat") else NoContinuation)
    if isinstance(answer, Accepted):
        broken = take(rows, session)
        finish(rows, broken, "", ending="failed", reason="unreachable")
        rows._connection.execute("UPDATE session SET model = 'draw'")
        assert ask_again(rows, broken.turn, 2, without_dialogue=frozenset({"draw"})) == NoContinuation()
    assert isinstance(ask_again(rows, turn.turn, 3), Accepted if (asked, present) != ("chat", "chat") else TooLate)


def test_what_is_under_way_or_was_asked_again_since_is_too_late() -> None:
    """Two presses make one retry, and the button of an older turn does nothing."""
    rows, session = _asked()
    waiting = TurnId(value(rows, "SELECT id FROM turn"))
    assert ask_again(rows, waiting, 1) == TooLate()
    first = take(rows, session)
    assert ask_again(rows, first.turn, 2) == TooLate()
    finish(rows, first, CUT, reason="token_limit")
    second = ask_again(rows, first.turn, 3)
    assert isinstance(second, Accepted)
    assert ask_again(rows, first.turn, 4) == TooLate()
    finish(rows, take(rows, session), CUT, reason="token_limit")
    assert ask_again(rows, first.turn, 5) == TooLate()
    assert isinstance(ask_again(rows, second.turn, 6), Accepted)


def test_an_interaction_acts_once() -> None:
    """An interaction that is delivered twice makes one retry."""
    rows, session = _asked()
    first = _cut(rows, session)
    again = ask_again(rows, first.turn, 1)
    assert isinstance(again, Accepted)
    finish(rows, take(rows, session), CUT, reason="token_limit")
    assert ask_again(rows, again.turn, 1) == TooLate()
    assert value(rows, "SELECT count(*) FROM turn") == 2


@pytest.mark.parametrize("turn", [None, 99, -5, 2**70])
def test_a_stranger_may_not_and_unknown_turns_are_denied(turn: int | None) -> None:
    """A stranger learns only what they see, that it is somebody else's answer; a refused press writes nothing."""
    rows, session = _asked()
    first = _cut(rows, session)
    expected = NotAsker() if turn is None else Deny()
    assert ask_again(rows, first.turn if turn is None else TurnId(turn), 1, actor=BOB) == expected
    assert value(rows, "SELECT count(*) FROM turn") == 1


def test_the_question_keeps_its_author_whoever_has_it_asked_again() -> None:
    """When the owner retries Bob's question, the model and the dialogue still name Bob."""
    rows, session = _asked()
    set_status(rows, "activate", user=BOB)
    rows._connection.execute("UPDATE turn SET asker = ?, asker_name = 'Bob'", (BOB,))
    rows._connection.execute("UPDATE session SET is_public = 1, origin_guild = ?", (GUILD,))
    taken = take(rows, session)
    finish(rows, taken, "", ending="failed", reason="unreachable")
    ask_again(rows, taken.turn, 1, actor=ALICE)
    again = take(rows, session)
    assert (again.question.author_id, again.question.author_name) == (BOB, "Bob")
    finish(rows, again)
    assert dialogue(rows, session)[0] == ("Bob", "What is a comet?", False)
    assert value(rows, "SELECT asker_name FROM turn WHERE kind = 'retry'") == "Alice"


def test_a_retry_asks_what_the_question_has_become() -> None:
    """A retried question that was edited stands in the dialogue as it was asked last."""
    rows, session = _asked()
    first = _cut(rows, session)
    rows.perform(EditQuestion(message_id=message_id(0), text="What is a moon?"))
    ask_again(rows, first.turn, 1)
    finish(rows, take(rows, session), "A rock.")
    assert dialogue(rows, session) == [("Alice", "What is a moon?", False), ("", "A rock.", False)]


def test_retries_count_towards_a_persons_limit_and_the_queues_cap() -> None:
    """A press above the limit is refused under its interaction's id, and a later press works."""
    rows, session = _asked(Limits(default_model="test-model", questions_per_minute=2, queue_cap=1))
    first = _cut(rows, session)
    accept(rows, 1)
    refused = ask_again(rows, first.turn, 2)
    assert isinstance(refused, Refused)
    assert (refused.outcome.ending, refused.outcome.reason) == ("refused", "too_many_questions")
    assert refused.outcome.place.reply_to == message_id(0)
    refused = ask_again(rows, first.turn, 700)
    assert isinstance(refused, Refused)
    assert refused.outcome.reason == "queue_full"
    assert value(rows, "SELECT count(*) FROM turn WHERE cause = ? AND owed = 1", press_id(700)) == 1
    finish(rows, take(rows, session))
    assert isinstance(ask_again(rows, first.turn, 1400), Accepted)


def test_a_retry_in_a_parked_session_fails_with_its_own_retry() -> None:
    """The button works again when the session is no longer parked."""
    rows, session = _asked()
    first = _cut(rows, session)
    rows.perform(ParkSession(session=session, until_s=NOW_S + 600, now_s=NOW_S))
    refused = ask_again(rows, first.turn, 1)
    assert isinstance(refused, Refused)
    assert (refused.outcome.ending, refused.outcome.reason) == ("failed", "parked")
    assert isinstance(ask_again(rows, refused.outcome.turn, 7000), Accepted)


def test_deleting_the_question_ends_its_retry() -> None:
    """Deleting a question stops the turn that asks it, also when that is a retry."""
    rows, session = _asked()
    first = _cut(rows, session)
    ask_again(rows, first.turn, 1)
    taken = take(rows, session)
    assert rows.perform(WithdrawQuestion(message_id=message_id(0))) == StopTurn(
        session=session, turn=taken.turn, reason="question_deleted"
    )


def test_a_stopped_retry_can_be_retried() -> None:
    """A cancelled turn that had waited can be retried too."""
    rows, session = _asked()
    first = _cut(rows, session)
    again = ask_again(rows, first.turn, 1)
    assert isinstance(again, Accepted)
    stop(rows, again.turn)
    assert isinstance(ask_again(rows, again.turn, 2), Accepted)


def test_history_is_the_newest_that_fits_oldest_first() -> None:
    """History is limited in characters, and always has its newest entry."""
    rows, session = _asked()
    finish(rows, take(rows, session), "a" * 10)
    for number in (1, 2):
        accept(rows, number, f"{number}" * 10)
        finish(rows, take(rows, session), "a" * 10)
    accept(rows, 3, "now")
    taken = take(rows, session, history_chars=35)
    assert _texts(taken) == ["a" * 10, "2" * 10, "a" * 10]
    finish(rows, taken, "b" * 50)
    accept(rows, 4, "then")
    assert _texts(take(rows, session, history_chars=35)) == ["b" * 50]


def test_a_sessions_dialogue_is_a_view() -> None:
    """The view `dialogue` has a session's utterances in their order, as JSON."""
    rows, session = _asked()
    finish(rows, take(rows, session))
    assert value(rows, "SELECT utterances FROM dialogue WHERE session = ?", session) == (
        '[{"role":"user","author":"Alice","text":"What is a comet?"},'
        '{"role":"assistant","author":"","text":"A ball of ice."}]'
    )


def test_what_was_posted_for_a_retry_is_not_taken_for_a_part_of_what_it_asks_again() -> None:
    """Unrecorded parts of a turn and of its retry are told apart by the time of the press."""
    rows, session = _asked()
    first = _cut(rows, session, ending="failed", reason="server_error")
    again = ask_again(rows, first.turn, 5)
    assert isinstance(again, Accepted)
    named = (message_id(-1), message_id(2), message_id(7))
    assert rows.perform(UnclaimedOf(turn=first.turn, message_ids=named)) == (message_id(2),)
    assert rows.perform(UnclaimedOf(turn=again.turn, message_ids=named)) == (message_id(7),)
