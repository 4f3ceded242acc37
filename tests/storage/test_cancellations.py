"""Changes of mind: late messages, edited and deleted questions, removed sessions, and what stays afterwards."""

import itertools
from pathlib import Path

import pytest

from messages.ids import SessionId
from messages.verbs.acceptance import Accepted, AcceptMessage, NotOurs, Refused
from messages.verbs.cancellations import EditQuestion, WithdrawQuestion
from messages.verbs.replies import RecordDelivered
from messages.verbs.sessions import RemoveSession, SessionShown, SetSession, StaleConfirmation
from messages.verbs.users import ClearSessions, GoOnWith, SessionChosen, SetUser
from messages.verbs.verb import TooLate
from storage.limits import Limits
from storage.permissions import Lists, Permissions
from storage.sqlite import SqliteStore, open_store
from tests.storage.people import (
    ALICE,
    BOB,
    GUILD,
    LIMITS,
    NOW_S,
    accept,
    ask_again,
    by,
    finish,
    message_id,
    open_reader,
    posted,
    set_status,
    shown,
    store,
    take,
    value,
)
from tests.storage.test_sessions import begin
from texts import titles
from texts.say import DEFAULT_LOCALE


def test_what_was_written_before_a_choice_goes_to_the_session_before_it() -> None:
    """A message from before the choice goes to the earlier session, however late it comes, and does not undo the choice."""
    rows = store()
    public = begin(rows, 10)
    private = begin(rows, 20, author=BOB, public=False)
    rows.perform(SetUser(by=by(BOB, 30), now_s=NOW_S, show_public=True))
    assert isinstance(rows.perform(GoOnWith(by=by(BOB, 50), session=public, now_s=NOW_S)), SessionChosen)
    late = rows.perform(AcceptMessage(posted=posted(40, author=BOB), now_s=NOW_S, missed=True))
    assert isinstance(late, Accepted)
    assert late.session == private
    assert accept(rows, 60, author=BOB).session == public


def test_a_choice_that_comes_late_does_not_undo_a_later_one() -> None:
    """The newest interaction decides, in whatever order Discord delivers them."""
    rows = store()
    first, second = begin(rows, 1), begin(rows, 5)
    rows.perform(GoOnWith(by=by(ALICE, 30), session=second, now_s=NOW_S))
    rows.perform(GoOnWith(by=by(ALICE, 20), session=first, now_s=NOW_S))
    assert accept(rows, 40).session == second


@pytest.mark.parametrize("streams", [True, False])
def test_a_question_that_was_taken_back_names_no_session(streams: bool) -> None:
    """A deleted question is in no row: neither in its session's title nor in its turn."""
    rows = store()
    set_status(rows, "new")
    asked = rows.perform(AcceptMessage(posted=posted(1, "password payroll hunter2"), now_s=NOW_S))
    assert isinstance(asked, Accepted)
    taken = take(rows, asked.session) if streams else None
    rows.perform(WithdrawQuestion(message_id=message_id(1)))
    if taken is not None:
        finish(rows, taken, "", ending="cancelled", reason="question_deleted")
    assert value(rows, "SELECT title FROM session") == titles.untitled(NOW_S, DEFAULT_LOCALE)
    assert "hunter2" not in "\n".join(rows._connection.iterdump())


def test_a_question_that_was_taken_back_is_not_asked_again() -> None:
    """A question that was deleted after its answer was stopped cannot be asked again by *Retry*."""
    rows = store()
    set_status(rows, "new")
    session = accept(rows, 1).session
    turn = finish(rows, take(rows, session), ending="interrupted", reason="stopped").turn
    rows.perform(WithdrawQuestion(message_id=message_id(1)))
    assert ask_again(rows, turn, 5) == TooLate()


@pytest.mark.parametrize("edited_first", [True, False])
def test_a_question_is_asked_again_as_it_was_edited(edited_first: bool) -> None:
    """A retry asks the question as it was edited last, before the press or while the retry waits."""
    rows = store()
    set_status(rows, "new")
    session = accept(rows, 1, "Old?").session
    turn = finish(rows, take(rows, session), ending="interrupted", reason="stopped").turn
    edit = EditQuestion(message_id=message_id(1), text="New?")
    if edited_first:
        rows.perform(edit)
    assert isinstance(ask_again(rows, turn, 5), Accepted)
    if not edited_first:
        rows.perform(edit)
    assert take(rows, session).question.text == "New?"


def test_an_edit_brings_nothing_back_into_a_removed_session() -> None:
    """An edit changes nothing in a removed session, whether the answer was complete or not."""
    rows = store()
    set_status(rows, "new")
    cut, whole = accept(rows, 1, "Old?"), accept(rows, 2, "Old?")
    finish(rows, take(rows, cut.session), ending="interrupted", reason="stopped")
    finish(rows, take(rows, whole.session))
    for number, session in ((3, cut.session), (4, whole.session)):
        rows.perform(RemoveSession(by=by(ALICE, number), session=session, now_s=NOW_S))
    for number in (1, 2):
        assert rows.perform(EditQuestion(message_id=message_id(number), text="Canary?")) is None
    assert "Canary" not in "\n".join(rows._connection.iterdump())


def _files_with(folder: Path, canary: bytes) -> list[str]:
    return [file.name for file in folder.iterdir() if canary in file.read_bytes()]


def test_what_is_removed_is_gone_from_the_files(tmp_path: Path) -> None:
    """Removed text is gone from the write-ahead log too; while another program reads the file, at a later commit."""
    rows = open_store(tmp_path / "causerie.db", LIMITS)
    set_status(rows, "new")
    one, two = accept(rows, 1, "CanaryOne"), accept(rows, 2, "CanaryTwo")
    for accepted in (one, two):
        finish(rows, take(rows, accepted.session))
        rows.perform(RecordDelivered(turn=accepted.turn))
    assert _files_with(tmp_path, b"CanaryOne")
    rows.perform(RemoveSession(by=by(ALICE, 5), session=one.session, now_s=NOW_S))
    assert _files_with(tmp_path, b"CanaryOne") == []
    reader = open_reader(tmp_path / "causerie.db")
    rows.perform(ClearSessions(by=by(ALICE, 6), newest=SessionId(2**62), now_s=NOW_S))
    assert _files_with(tmp_path, b"CanaryTwo")
    reader.close()
    rows.perform(SetUser(by=by(ALICE, 7), now_s=NOW_S))
    assert _files_with(tmp_path, b"CanaryTwo") == []


def test_an_answer_that_was_owed_is_gone_from_the_files_when_it_is_shown(tmp_path: Path) -> None:
    """An answer that Discord does not show yet stays until it is shown, although its session was removed."""
    rows = open_store(tmp_path / "causerie.db", LIMITS)
    set_status(rows, "new")
    asked = accept(rows, 1)
    finish(rows, take(rows, asked.session), "CanaryAnswer")
    rows.perform(RemoveSession(by=by(ALICE, 5), session=asked.session, now_s=NOW_S))
    assert _files_with(tmp_path, b"CanaryAnswer")
    rows.perform(RecordDelivered(turn=asked.turn))
    assert _files_with(tmp_path, b"CanaryAnswer") == []


@pytest.mark.parametrize("text", ["\u200b", "\u3164", "\u2800\u2800", "\ufe0f", "\u200e\u200e"])
def test_a_message_of_which_nothing_can_be_seen_holds_no_question(text: str) -> None:
    """Text that is only invisible characters is not a question; Discord accepts such messages."""
    rows = store()
    set_status(rows, "new")
    answer = rows.perform(AcceptMessage(posted=posted(1, text), now_s=NOW_S))
    assert isinstance(answer, Refused)
    assert answer.outcome.reason == "no_question"


def test_what_was_refused_is_not_kept() -> None:
    """The text of a refused question is not stored, because nobody will ask it."""
    rows = store()
    set_status(rows, "new", user=BOB)
    bobs = shown(rows, accept(rows, 0, author=BOB).turn)
    set_status(rows, "activate")
    assert isinstance(rows.perform(AcceptMessage(posted=posted(1, "Canary", reply_to=bobs), now_s=NOW_S)), Refused)
    assert "Canary" not in "\n".join(rows._connection.iterdump())


def test_a_form_that_leaves_the_name_as_it_was_does_not_give_one() -> None:
    """A form that leaves the name unchanged does not stop the title from becoming the question's keywords."""
    rows = store()
    set_status(rows, "new")
    session = accept(rows, 1, "Please tell me about volcanic eruptions in Iceland").session
    first = value(rows, "SELECT title FROM session")
    rows.perform(SetSession(by=by(ALICE, 2), now_s=NOW_S, session=session, title=first, system_msg="Be brief"))
    finish(rows, take(rows, session))
    assert "volcanic" in value(rows, "SELECT title FROM session").lower()


def test_a_session_is_found_by_its_whole_title_though_many_hold_it() -> None:
    """A whole title finds its session, also beyond the sessions that a list shows."""
    rows = store()
    first = begin(rows, 0)
    rows.perform(SetSession(by=by(ALICE, 1), now_s=NOW_S, session=first, title="comet"))
    for number in range(30):
        other = begin(rows, 10 + 3 * number)
        rows.perform(SetSession(by=by(ALICE, 11 + 3 * number), now_s=NOW_S, session=other, title=f"comet {number}"))
    shown = rows.perform(SetSession(by=by(ALICE, 500), now_s=NOW_S, typed="Comet"))
    assert isinstance(shown, SessionShown)
    assert shown.session == first


def test_an_old_confirmation_opens_no_more_than_it_listed() -> None:
    """Making a session public is confirmed again when something was said after the confirmation was shown."""
    rows = store()
    session = begin(rows, 1, public=False)
    accept(rows, 5)
    finish(rows, take(rows, session))
    old = SetSession(by=by(ALICE, 6), now_s=NOW_S, session=session, is_public=True, confirmed=2)
    answer = rows.perform(old)
    assert isinstance(answer, StaleConfirmation)
    assert answer.shown.utterances == 4
    assert value(rows, "SELECT is_public FROM session") == 0


def test_a_missed_message_of_a_channel_that_nobody_lists_is_held_against_the_lists() -> None:
    """A missed message in an archived thread gets the server and channels that were remembered for the thread."""
    rows = store()
    set_status(rows, "new")
    accept(rows, 1)
    blocked = Limits(default_model="m", permissions=Permissions(block=Lists(servers=frozenset({GUILD}))))
    strict = SqliteStore(rows._connection, blocked)
    missed = AcceptMessage(posted=posted(5, "Hello?", guild=None), now_s=NOW_S, missed=True)
    assert strict.perform(missed) == NotOurs()
    answer = rows.perform(missed)
    assert isinstance(answer, Accepted)
    assert value(rows, "SELECT origin_guild FROM session WHERE id = ?", answer.session) == GUILD


def test_ids_tell_nobody_how_many_there_are() -> None:
    """Ids grow by random steps, so that nobody can count others' sessions and turns."""
    rows = store()
    set_status(rows, "new")
    accepted = [accept(rows, number) for number in range(200)]
    for ids in ([one.turn for one in accepted], [one.session for one in accepted]):
        steps = [after - before for before, after in itertools.pairwise(ids)]
        assert min(steps) > 0
        assert len(set(steps)) > 100
        assert max(ids) < 2**40
