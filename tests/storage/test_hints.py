"""Whoever calls the bot without being served gets the hint, then a mark, and never for messages out of bounds."""

import pytest
from msgspec.structs import replace

from messages.ids import UserId
from messages.verbs.acceptance import AcceptMessage, AlreadyKnown, NotOurs, Refused
from storage.sqlite import SqliteStore
from tests.storage.people import ALICE, BOB, LIMITS, NOW_S, accept, posted, set_status, store, value

TEN_MINUTES = 6000
"""Messages of tests are a tenth of a second apart."""


def call(rows: SqliteStore, number: int, *, dm: bool = False, author: UserId = ALICE, missed: bool = False) -> str:
    """Call the bot with the n-th message; returns what it gets."""
    message = posted(number, author=author, dm=dm, mentions_bot=not dm)
    answer = rows.perform(AcceptMessage(posted=message, now_s=NOW_S + number / 10, missed=missed))
    if isinstance(answer, NotOurs):
        return "nothing"
    assert isinstance(answer, Refused)
    assert (answer.outcome.reason, answer.outcome.session) == ("hint", None)
    return "mark" if answer.outcome.muted else "hint"


@pytest.mark.parametrize("dm", [False, True])
@pytest.mark.parametrize("known", [False, True])
def test_the_hint_is_given_again_after_ten_minutes_and_in_between_there_is_a_mark(dm: bool, known: bool) -> None:
    """This holds for mentions and direct messages, of strangers and of people whose status is disable."""
    rows = store()
    if known:
        set_status(rows, "new", number=0)
        set_status(rows, "disable", number=1)
    assert [call(rows, number, dm=dm) for number in (2, 3, TEN_MINUTES + 1)] == ["hint", "mark", "mark"]
    assert [call(rows, number, dm=dm) for number in (TEN_MINUTES + 3, TEN_MINUTES + 4)] == ["hint", "mark"]
    assert value(rows, "SELECT status FROM user") == "disable"
    assert value(rows, "SELECT min(owed) FROM turn") == 1


def test_a_call_that_comes_twice_gets_one_hint() -> None:
    """That the hint was given is committed under the message's id."""
    rows = store()
    assert call(rows, 0) == "hint"
    again = AcceptMessage(posted=posted(0, mentions_bot=True), now_s=NOW_S)
    assert rows.perform(again) == AlreadyKnown()


def test_each_person_has_their_own_hint() -> None:
    """Bob gets the hint though Alice has just had it."""
    rows = store()
    assert [call(rows, 0), call(rows, 1, author=BOB), call(rows, 2)] == ["hint", "hint", "mark"]


def test_a_call_that_comes_late_gets_a_mark_when_a_newer_one_got_the_hint() -> None:
    """Whatever the order in which messages arrive, one of several gets the hint."""
    rows = store()
    assert [call(rows, 5), call(rows, 1)] == ["hint", "mark"]


def test_marks_of_one_person_are_limited_as_questions_are() -> None:
    """Whoever calls without end gets no row and no reaction beyond so many a minute, and then again."""
    limit = 5
    rows = store(replace(LIMITS, questions_per_minute=limit))
    answers = [call(rows, number) for number in range(limit + 3)]
    assert answers == ["hint", *["mark"] * (limit - 1), *["nothing"] * 3]
    assert value(rows, "SELECT count(*) FROM turn") == limit
    assert call(rows, limit + 601) == "mark"


def test_a_call_from_before_the_last_change_of_status_gets_nothing() -> None:
    """Messages from before the change are never answered, not even by the hint."""
    rows = store()
    set_status(rows, "new", number=4)
    set_status(rows, "disable", number=5)
    assert call(rows, 3) == "nothing"


def test_a_missed_call_gets_the_hint_only_within_the_bounds() -> None:
    """A missed mention that is too old gets nothing, and neither does a missed message that may be no direct one."""
    rows = store()
    old = AcceptMessage(posted=posted(0, mentions_bot=True), now_s=NOW_S + LIMITS.missed_age_s + 1, missed=True)
    assert rows.perform(old) == NotOurs()
    newer = AcceptMessage(
        posted=posted(0, mentions_bot=True), now_s=NOW_S, missed=True, newer_missed=LIMITS.missed_per_person
    )
    assert rows.perform(newer) == NotOurs()
    assert call(rows, 1, dm=True, missed=True) == "nothing"
    assert call(rows, 2, missed=True) == "hint"


def test_whoever_is_switched_on_is_asked_and_not_hinted() -> None:
    """A mention in status new is a question like any other."""
    rows = store()
    assert call(rows, 0) == "hint"
    set_status(rows, "new", number=1)
    accept(rows, 2)
