"""*Ask again*: in the Apps menu of a question and its answers, and on the answer of a question that was edited."""

import pytest
from msgspec.structs import replace

from messages.answer import Answer
from messages.files import File
from messages.ids import GuildId, MessageId, SessionId, UserId
from messages.intake import MessagePosted
from messages.turn import AFTER_EDIT, Ending, OutcomePending, Reason
from messages.verbs.acceptance import Accepted, AcceptMessage, Refused
from messages.verbs.cancellations import EditQuestion, WithdrawQuestion
from messages.verbs.notes import KeepUndelivered
from messages.verbs.replies import PendingOutcomes, RecordDelivered
from messages.verbs.retries import AskAgain, NotTaken
from messages.verbs.sessions import RemoveSession
from messages.verbs.turns import FinishTurn
from messages.verbs.verb import Deny, NotAsker, TooLate
from storage.limits import Limits
from storage.sqlite import SqliteStore
from tests.actors.courier.test_answer_view import BUTTONS
from tests.storage.people import (
    ALICE,
    BOB,
    GUILD,
    LIMITS,
    NOW_S,
    accept,
    ask_again,
    by,
    dialogue,
    finish,
    message_id,
    posted,
    set_status,
    shown,
    store,
    take,
    value,
)
from texts.answers import RETRY


def _asked(limits: Limits = LIMITS) -> tuple[SqliteStore, SessionId]:
    """Return a session in which Alice's first question waits, and to which her next ones go."""
    rows = store(limits)
    set_status(rows, "activate")
    return rows, accept(rows, 0).session


def again(
    rows: SqliteStore, message: int, number: int, *, actor: UserId = ALICE, guild: GuildId | None = GUILD
) -> object:
    """Use *Ask again* of the Apps menu on a message, right after the n-th message."""
    verb = AskAgain(by=by(actor, number, guild=guild), message_id=MessageId(message), now_s=NOW_S + number / 10)
    return rows.perform(verb)


@pytest.mark.parametrize("on_answer", [True, False])
def test_a_complete_answer_is_asked_again_from_the_apps_menu(on_answer: bool) -> None:
    """On the answer and on the question: the history ends before the question, and the new answer takes the old one's place."""
    rows, session = _asked()
    first = finish(rows, take(rows, session), "Old.")
    message = shown(rows, first.turn)
    accept_and_answer = accept(rows, 1, "And a moon?")
    finish(rows, take(rows, accept_and_answer.session), "A rock.")
    answer = again(rows, message if on_answer else message_id(0), 2)
    assert isinstance(answer, Accepted)
    taken = take(rows, session)
    assert (taken.turn, taken.history, taken.question.text) == (answer.turn, (), "What is a comet?")
    assert taken.place.reply_to == message_id(0)
    finish(rows, taken, "New.")
    assert [text for _, text, _ in dialogue(rows, session)] == ["What is a comet?", "New.", "And a moon?", "A rock."]


def test_ask_again_asks_the_newest_turn_whichever_answer_it_is_used_on() -> None:
    """The first answer's message is still there after a second one: a third one can be had from either."""
    rows, session = _asked()
    first = finish(rows, take(rows, session), "Old.")
    message = shown(rows, first.turn)
    assert isinstance(again(rows, message, 1), Accepted)
    assert again(rows, message, 2) == TooLate()
    finish(rows, take(rows, session), "New.")
    assert isinstance(again(rows, message, 3), Accepted)


def test_ask_again_is_for_the_person_who_asked_and_the_owner() -> None:
    """Others read whose it is; messages that are no question, and deleted questions, are denied to everybody."""
    rows, session = _asked()
    first = finish(rows, take(rows, session), "Old.")
    message = shown(rows, first.turn)
    assert again(rows, message, 1, actor=BOB) == NotAsker()
    assert again(rows, 5, 1, actor=BOB) == again(rows, 5, 1) == Deny()
    rows.perform(WithdrawQuestion(message_id=message_id(0)))
    assert again(rows, message, 2) == Deny()
    rows.perform(RemoveSession(by=by(ALICE, 3), session=session, now_s=NOW_S))
    assert again(rows, message, 4) == again(rows, message, 4, actor=BOB) == Deny()


def test_ask_again_counts_towards_the_limits_like_any_question() -> None:
    """A refusal has its notice, and the same interaction acts once."""
    rows, session = _asked(replace(LIMITS, questions_per_minute=1))
    first = finish(rows, take(rows, session), "Old.")
    message = shown(rows, first.turn)
    refused = again(rows, message, 1)
    assert isinstance(refused, Refused)
    assert refused.outcome.reason == "too_many_questions"
    assert again(rows, message, 1) == TooLate()


def test_a_message_that_was_refused_is_said_not_to_have_been_taken() -> None:
    """To its author, on the message and on the notice, and to the session's owner; others learn nothing of it."""
    rows, session = _asked(replace(LIMITS, queue_cap=1))
    rows._connection.execute("UPDATE session SET is_public = 1")
    set_status(rows, "new", user=BOB, number=0)
    first = shown(rows, finish(rows, take(rows, session), "Old.").turn)
    accept(rows, 1, "Waits.")
    full = accept_any(rows, posted(2, author=BOB, reply_to=MessageId(first)))
    assert full.outcome.reason == "queue_full"
    notice = shown(rows, full.outcome.turn)
    for number, message in ((10, message_id(2)), (12, notice)):
        assert again(rows, message, number, actor=BOB) == NotTaken()
    assert again(rows, notice, 14) == NotTaken()
    assert again(rows, message_id(2), 16) == Deny()
    assert again(rows, notice, 16, actor=UserId(1003), guild=None) == NotAsker()
    hint = accept_any(rows, posted(18, author=UserId(1004), mentions_bot=True))
    assert again(rows, message_id(18), 20, actor=UserId(1004)) == NotTaken()
    assert again(rows, shown(rows, hint.outcome.turn), 22, actor=UserId(1004)) == NotTaken()


def test_the_notice_of_a_refused_retry_is_one_of_its_questions_messages() -> None:
    """*Ask again* on it asks the question, once there is room."""
    rows, session = _asked(replace(LIMITS, questions_per_minute=1))
    finish(rows, take(rows, session), "Old.")
    refused = again(rows, message_id(0), 1)
    assert isinstance(refused, Refused)
    notice = shown(rows, refused.outcome.turn)
    assert isinstance(again(rows, notice, 700), Accepted)


def accept_any(rows: SqliteStore, message: MessagePosted) -> Refused:
    """Have a message refused."""
    answer = rows.perform(AcceptMessage(posted=message, now_s=NOW_S))
    assert isinstance(answer, Refused)
    return answer


def edit(rows: SqliteStore, text: str = "What is a planet?") -> OutcomePending | None:
    return rows.perform(EditQuestion(message_id=message_id(0), text=text))


@pytest.mark.parametrize("reason", ["complete", "token_limit"])
def test_an_edited_question_that_was_answered_is_offered_once_and_asked_as_edited(reason: Reason) -> None:
    """The answer is shown once more, with the button, also after a kill; a second edit changes what the button asks."""
    rows, session = _asked()
    first = finish(rows, take(rows, session), "Old.", reason=reason)
    message = shown(rows, first.turn)
    rows.perform(RecordDelivered(turn=first.turn))
    assert edit(rows, "What is a comet?") is None
    outcome = edit(rows)
    assert outcome is not None
    assert (outcome.turn, outcome.is_edited, outcome.answer.text) == (first.turn, True, "Old.")
    assert [one.is_edited for one in rows.perform(PendingOutcomes())] == [True]
    rows.perform(RecordDelivered(turn=first.turn))
    assert edit(rows, "What is a moon?") is None
    assert rows.perform(PendingOutcomes()) == ()
    assert [text for _, text, _ in dialogue(rows, session)] == ["What is a comet?", "Old."]
    assert isinstance(ask_again(rows, first.turn, 1), Accepted)
    taken = take(rows, session)
    assert taken.question.text == "What is a moon?"
    finish(rows, taken, "New.")
    assert [text for _, text, _ in dialogue(rows, session)] == ["What is a moon?", "New."]
    assert message == shown(rows, first.turn)


def test_the_newest_edit_counts_whenever_the_ones_before_it_came() -> None:
    """The first edit comes during an answer that then fails, the second one after that: *Retry* asks the second."""
    rows, session = _asked()
    taken = take(rows, session)
    assert edit(rows, "What is a planet?") is None
    finish(rows, taken, "", ending="failed", reason="unreachable")
    assert edit(rows, "What is a moon?") is None
    assert isinstance(ask_again(rows, taken.turn, 1), Accepted)
    assert take(rows, session).question.text == "What is a moon?"


def test_an_edit_during_the_answer_is_offered_when_it_ends() -> None:
    """The model was asked the old question, so the dialogue keeps that one with its answer."""
    rows, session = _asked()
    taken = take(rows, session)
    assert edit(rows) is None
    outcome = finish(rows, taken, "Old.")
    assert outcome.is_edited
    assert [text for _, text, _ in dialogue(rows, session)] == ["What is a comet?", "Old."]
    assert isinstance(ask_again(rows, outcome.turn, 1), Accepted)
    assert take(rows, session).question.text == "What is a planet?"


@pytest.mark.parametrize("reason", ["complete", *BUTTONS])
def test_after_every_ending_an_edited_question_can_be_asked_again(reason: Reason) -> None:
    """By *Retry* where there is one, else by *Ask again*; not for a question that was deleted, whose asker was forgotten, or whose session was closed."""
    rows, session = _asked()
    ending: Ending = "answered" if reason == "complete" else "failed"
    finish(rows, take(rows, session), "Text.", ending=ending, reason=reason)
    outcome = edit(rows)
    assert (outcome is not None) == (reason in AFTER_EDIT)
    offered = (reason in RETRY) + (outcome is not None)
    assert offered == (0 if reason in ("question_deleted", "session_ended", "forgotten") else 1)


def test_an_edit_is_erased_with_its_question_and_with_its_session() -> None:
    """What was edited is in no row after the question is deleted, or the session removed."""
    for remove in (True, False):
        rows, session = _asked()
        finish(rows, take(rows, session), "Old.")
        assert edit(rows, "Canary") is not None
        if remove:
            rows.perform(RemoveSession(by=by(ALICE, 3), session=session, now_s=NOW_S))
        else:
            rows.perform(WithdrawQuestion(message_id=message_id(0)))
            (outcome,) = rows.perform(PendingOutcomes())
            assert outcome.is_edited  # Discord shows the button, which then finds that it is too late
        assert "Canary" not in "\n".join(rows._connection.iterdump())


def test_an_answer_that_was_shown_is_not_kept_because_its_button_finds_no_place() -> None:
    """The asker has read it: nothing undelivered waits for them when its channel is closed since."""
    rows, session = _asked()
    first = finish(rows, take(rows, session), "Old.")
    rows.perform(RecordDelivered(turn=first.turn))
    assert edit(rows) is not None
    rows.perform(KeepUndelivered(turn=first.turn, code=50001, now_s=NOW_S))
    assert value(rows, "SELECT count(*) FROM note") == 0
    assert rows.perform(PendingOutcomes()) == ()


def test_an_answer_to_the_same_question_is_kept_when_the_edit_came_while_it_was_asked_again() -> None:
    """The retry asked what the first turn had asked; what was edited since is asked by the next one, which replaces both."""
    rows, session = _asked()
    first = finish(rows, take(rows, session), "Old.", ending="interrupted", reason="stopped")
    ask_again(rows, first.turn, 1)
    again_taken = take(rows, session)
    edit(rows)
    second = finish(rows, again_taken, "Newer.")
    assert value(rows, f"SELECT draft FROM turn WHERE id = {first.turn}") == "Old."
    for turn in (first.turn, second.turn):
        rows.perform(RecordDelivered(turn=turn))
    assert value(rows, f"SELECT draft FROM turn WHERE id = {first.turn}") == "Old."
    ask_again(rows, second.turn, 3)
    finish(rows, take(rows, session), "Newest.")
    assert value(rows, "SELECT group_concat(draft, '|') FROM (SELECT draft FROM turn ORDER BY id)") == "||Newest."
    assert value(rows, "SELECT count(*) FROM turn WHERE question = 'What is a planet?'") == 3


@pytest.mark.parametrize("edited", ["while it was asked", "once it was stopped"])
@pytest.mark.parametrize("new", ["New.", ""])
def test_an_answer_that_was_stopped_before_it_was_shown_is_kept_no_longer_than_that(edited: str, new: str) -> None:
    """Its question was edited and is answered, by a text or a picture, before Discord shows what was stopped: then that is erased."""
    rows, session = _asked()
    taken = take(rows, session)
    if edited == "while it was asked":
        edit(rows)
    first = finish(rows, taken, "Canary", ending="interrupted", reason="stopped")
    if edited == "once it was stopped":
        edit(rows)
    assert isinstance(again(rows, message_id(0), 1), Accepted)
    second = take(rows, session)
    assert second.question.text == "What is a planet?"
    files = () if new else (File(name="planet.png", content=b"png"),)
    verb = FinishTurn(
        turn=second.turn, attempt=1, ending="answered", reason="complete", answer=Answer(text=new, files=files),
        usage=None, now_s=NOW_S,
    )  # fmt: skip
    rows.perform(verb)
    assert next(one.answer.text for one in rows.perform(PendingOutcomes())) == "Canary"
    rows.perform(RecordDelivered(turn=first.turn))
    assert "Canary" not in "\n".join(rows._connection.iterdump())
