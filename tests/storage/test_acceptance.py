"""Each decision that acceptance makes about a message, in the order in which it makes them."""

import pytest

from messages.ids import snowflake_time_s
from messages.verbs.acceptance import Accepted, AcceptMessage, AlreadyKnown, NotOurs, Refused
from messages.verbs.channels import ChannelGap, KnownChannels
from messages.verbs.sessions import RemoveSession
from messages.verbs.users import GoOnWith, SetUser
from storage.limits import Limits
from storage.sqlite import SqliteStore
from tests.storage.people import (
    ALICE,
    BOB,
    CHANNEL,
    GUILD,
    LIMITS,
    NOW_S,
    accept,
    by,
    finish,
    message_id,
    posted,
    set_status,
    store,
    take,
    value,
)


def _refusal(rows: SqliteStore, verb: AcceptMessage) -> tuple[str, str]:
    answer = rows.perform(verb)
    assert isinstance(answer, Refused), answer
    return answer.outcome.ending, answer.outcome.reason


def _written(rows: SqliteStore) -> int:
    return rows._connection.total_changes


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ("new", posted(0, by_person=False)),
        ("disable", posted(0)),
        ("disable", posted(0, by_person=False, mentions_bot=True)),
        (None, posted(0)),
        (None, posted(0, by_person=False, mentions_bot=True)),
    ],
)
def test_a_message_that_is_not_for_us_writes_nothing(status: str | None, message: object) -> None:
    """Bots, and users and strangers who did not call the bot and are not served, get no answer."""
    rows = store()
    if status == "new":
        set_status(rows, "new")
    elif status is not None:
        set_status(rows, "disable")
    before = _written(rows)
    assert rows.perform(AcceptMessage(posted=message, now_s=NOW_S)) == NotOurs()  # type: ignore[arg-type]
    assert _written(rows) == before


def test_a_message_that_comes_twice_makes_one_turn() -> None:
    """A message that comes twice becomes one turn, because its id is the idempotency key."""
    rows = store()
    set_status(rows, "new")
    accept(rows, 0)
    before = _written(rows)
    assert rows.perform(AcceptMessage(posted=posted(0, "Changed?"), now_s=NOW_S)) == AlreadyKnown()
    assert _written(rows) == before


def test_a_message_from_before_the_change_of_status_is_never_answered() -> None:
    """A message from before the last change of status may be read again without an answer."""
    rows = store()
    set_status(rows, "new", number=5)
    assert rows.perform(AcceptMessage(posted=posted(4), now_s=NOW_S)) == NotOurs()
    assert rows.perform(AcceptMessage(posted=posted(5), now_s=NOW_S)) == NotOurs()
    accept(rows, 6)


def test_spaces_are_no_question() -> None:
    """The author is told so, and no session begins."""
    rows = store()
    set_status(rows, "new")
    assert _refusal(rows, AcceptMessage(posted=posted(0, " \n\t"), now_s=NOW_S)) == ("refused", "no_question")
    assert value(rows, "SELECT count(*) FROM session") == 0


def test_missed_messages_that_are_too_old_get_one_notice() -> None:
    """The later ones are recorded without a notice, so that reading them again changes nothing."""
    rows = store()
    set_status(rows, "new")
    late_s = NOW_S + LIMITS.missed_age_s + 60
    assert _refusal(rows, AcceptMessage(posted=posted(0), now_s=late_s, missed=True)) == ("refused", "too_old")
    for number in (1, 2, 1):
        assert rows.perform(AcceptMessage(posted=posted(number), now_s=late_s, missed=True)) == AlreadyKnown()
    assert value(rows, "SELECT sum(owed) FROM turn") == 1
    assert value(rows, "SELECT count(*) FROM turn") == 3
    set_status(rows, "new", user=BOB)
    bob = AcceptMessage(posted=posted(3, author=BOB), now_s=late_s, missed=True)
    assert _refusal(rows, bob) == ("refused", "too_old")


def test_a_late_live_message_and_a_fresh_missed_one_are_accepted() -> None:
    """Only a missed message can be too old, and only when its age exceeds the limit."""
    rows = store()
    set_status(rows, "new")
    late = AcceptMessage(posted=posted(0), now_s=NOW_S + 10_000)
    assert isinstance(rows.perform(late), Accepted)
    posted_s = snowflake_time_s(message_id(1))
    fresh = AcceptMessage(posted=posted(1), now_s=posted_s + LIMITS.missed_age_s, missed=True)
    assert isinstance(rows.perform(fresh), Accepted)


def test_of_many_missed_messages_the_newest_five_are_answered() -> None:
    """The older ones get one notice together."""
    rows = store()
    set_status(rows, "new")
    answers = rows.commit(
        [
            AcceptMessage(posted=posted(number), now_s=NOW_S + 5, missed=True, newer_missed=39 - number)
            for number in range(40)
        ]
    )
    kinds = [type(answer).__name__ for answer in answers]
    assert kinds == ["Refused"] + ["AlreadyKnown"] * 34 + ["Accepted"] * 5


def test_how_many_missed_messages_are_answered_and_how_old_is_the_operators_to_say() -> None:
    """Here at most two messages are answered, and none that is older than a minute."""
    rows = store(Limits(default_model="test-model", missed_per_person=2, missed_age_s=60.0))
    set_status(rows, "new")
    answers = rows.commit(
        [AcceptMessage(posted=posted(n), now_s=NOW_S + 5, missed=True, newer_missed=3 - n) for n in range(4)]
    )
    assert [type(answer).__name__ for answer in answers] == ["Refused", "AlreadyKnown", "Accepted", "Accepted"]
    late = AcceptMessage(posted=posted(5), now_s=snowflake_time_s(message_id(5)) + 61, missed=True)
    assert rows.perform(late) == AlreadyKnown()


def test_of_hidden_messages_a_channel_is_told_once_a_day() -> None:
    """The channel is told again the next day; such a message never becomes a question."""
    rows = store(Limits(default_model="test-model", reads_content=False))
    set_status(rows, "new")
    hidden = [AcceptMessage(posted=posted(n, ""), now_s=NOW_S + after_s) for n, after_s in enumerate((0, 60, 86_300))]
    assert _refusal(rows, hidden[0]) == ("refused", "content_hidden")
    assert [rows.perform(one) for one in hidden[1:]] == [NotOurs(), NotOurs()]
    assert _refusal(rows, AcceptMessage(posted=posted(9, ""), now_s=NOW_S + 86_401)) == ("refused", "content_hidden")
    assert value(rows, "SELECT count(*) FROM turn WHERE state != 'refused'") == 0


def test_too_many_questions_in_a_minute_are_refused_one_by_one() -> None:
    """Refused questions and other people's do not count, and time is that of the messages' ids."""
    limits = Limits(default_model="test-model", questions_per_minute=3, queue_cap=100)
    rows = store(limits)
    set_status(rows, "new")
    set_status(rows, "new", user=BOB)
    for number in (0, 100, 200):
        accept(rows, number)
    for number in (300, 301, 599):
        refused = AcceptMessage(posted=posted(number), now_s=NOW_S)
        assert _refusal(rows, refused) == ("refused", "too_many_questions")
    accept(rows, 302, author=BOB)
    accept(rows, 601)
    refused = AcceptMessage(posted=posted(602), now_s=NOW_S)
    assert _refusal(rows, refused) == ("refused", "too_many_questions")


def test_a_late_message_is_not_refused_for_questions_that_were_asked_after_it() -> None:
    """A question counts the minute before its own message, whenever it is read."""
    rows = store(Limits(default_model="test-model", questions_per_minute=1))
    set_status(rows, "new")
    accept(rows, 100)
    accept(rows, 50)


def test_each_message_in_status_new_starts_a_session() -> None:
    """With attach off, two quick messages make two sessions."""
    rows = store()
    set_status(rows, "new")
    first, second = accept(rows, 0), accept(rows, 1)
    assert first.session != second.session
    assert value(rows, "SELECT status FROM user") == "new"
    assert value(rows, "SELECT current_session FROM user") == second.session


def test_with_attach_the_second_quick_message_goes_to_the_first_ones_session() -> None:
    """With attach on, two quick messages share one session, also when one commit accepts both."""
    rows = store()
    set_status(rows, "new")
    rows._connection.execute("UPDATE user SET attach = 1")
    first, second = rows.commit([AcceptMessage(posted=posted(number), now_s=NOW_S) for number in range(2)])
    assert first.session == second.session
    assert value(rows, "SELECT status FROM user") == "activate"


def test_a_new_session_has_a_title_and_copies_of_its_owners_settings() -> None:
    """The title is the question's first ten characters; settings that change later change no old session."""
    rows = store()
    set_status(rows, "new")
    rows._connection.execute("UPDATE user SET system_msg = 'Be brief.'")
    first = accept(rows, 0, "  Why is the sky blue?")
    rows._connection.execute("UPDATE user SET model = 'another', system_msg = 'Be long.'")
    second = accept(rows, 1, "🪐" * 30)
    found = [
        tuple(row)
        for row in rows._connection.execute(
            "SELECT id, creator, origin_guild, title, model, system_msg, is_public, title_is_given FROM session"
        )
    ]
    assert found == [
        (first.session, ALICE, GUILD, "Why is the", "test-model", "Be brief.", 0, 0),
        (second.session, ALICE, GUILD, "🪐" * 10, "another", "Be long.", 0, 0),
    ]


def test_activate_goes_to_the_current_session_and_without_one_begins_one() -> None:
    """The first question begins the session and names it, and the next ones go on with it."""
    rows = store()
    set_status(rows, "activate")
    first = accept(rows, 0, "Why is the sky blue?").session
    assert value(rows, "SELECT title FROM session") == "Why is the"
    assert accept(rows, 1).session == first
    set_status(rows, "new", number=2)
    second = accept(rows, 3).session
    set_status(rows, "activate", number=4)
    assert accept(rows, 5).session == second
    rows.perform(RemoveSession(by=by(ALICE, 6), session=second, now_s=NOW_S))
    assert accept(rows, 7).session not in (first, second)


def test_questions_from_before_a_session_was_chosen_begin_one_session_however_late_they_come() -> None:
    """Both go to the session that would have been the current one, and the chosen session stays the current one."""
    rows = store()
    set_status(rows, "new", user=BOB)
    chosen = accept(rows, 0, author=BOB).session
    rows._connection.execute("UPDATE session SET is_public = 1")
    set_status(rows, "activate")
    rows.perform(SetUser(by=by(ALICE, 3), now_s=NOW_S, show_public=True))
    rows.perform(GoOnWith(by=by(ALICE, 4), session=chosen, now_s=NOW_S))
    first = accept(rows, 1).session
    assert first != chosen
    assert accept(rows, 2).session == first
    assert accept(rows, 5).session == chosen


def test_a_current_session_that_is_closed_gets_a_notice() -> None:
    """Somebody else's private session is refused with the same words as a removed one."""
    rows = store()
    set_status(rows, "new", user=BOB)
    bobs = accept(rows, 0, author=BOB).session
    set_status(rows, "activate")
    rows._connection.execute("UPDATE user SET current_session = ? WHERE discord_user_id = ?", (bobs, ALICE))
    assert _refusal(rows, AcceptMessage(posted=posted(1), now_s=NOW_S)) == ("refused", "session_closed")


def test_the_turn_after_a_full_queue_is_refused_and_one_after_it_moved_is_not() -> None:
    """The cap counts turns that wait, not the one that streams."""
    rows = store(Limits(default_model="test-model", queue_cap=2, questions_per_minute=1000))
    set_status(rows, "new")
    session = accept(rows, 0).session
    set_status(rows, "activate", number=0)
    accept(rows, 1)
    assert _refusal(rows, AcceptMessage(posted=posted(2), now_s=NOW_S)) == ("refused", "queue_full")
    taken = take(rows, session)
    accept(rows, 3)
    assert _refusal(rows, AcceptMessage(posted=posted(4), now_s=NOW_S)) == ("refused", "queue_full")
    finish(rows, taken)
    assert _refusal(rows, AcceptMessage(posted=posted(5), now_s=NOW_S)) == ("refused", "queue_full")
    take(rows, session)
    accept(rows, 6)


def test_every_refusal_is_owed_under_the_messages_id() -> None:
    """A refusal has an outcome that is shown once, also after a kill."""
    rows = store()
    set_status(rows, "activate")
    answer = rows.perform(AcceptMessage(posted=posted(0, " "), now_s=NOW_S))
    assert isinstance(answer, Refused)
    place = answer.outcome.place
    assert (place.channel_id, place.reply_to, place.question_id) == (CHANNEL, message_id(0), message_id(0))
    assert (answer.outcome.attempted, answer.outcome.search, answer.outcome.session) == (False, False, None)
    assert rows.perform(AcceptMessage(posted=posted(0), now_s=NOW_S)) == AlreadyKnown()


def test_acceptance_moves_the_watermark_forward_only() -> None:
    """An older message that comes late does not move the watermark back."""
    rows = store()
    set_status(rows, "new")
    accept(rows, 7)
    accept(rows, 3)
    assert rows.perform(KnownChannels(except_for=(), guilds=(GUILD,))) == (
        ChannelGap(channel_id=CHANNEL, after=message_id(7)),
    )


def test_names_and_times_are_kept_up_to_date() -> None:
    """A question sets the update time of its author and of its session."""
    rows = store()
    set_status(rows, "new")
    rows._connection.execute("UPDATE user SET name = 'Al'")
    accept(rows, 50)
    assert value(rows, "SELECT name FROM user") == "Alice"
    assert value(rows, "SELECT update_time FROM user") == NOW_S + 5
    assert value(rows, "SELECT update_time FROM session") == NOW_S + 5


@pytest.mark.parametrize(
    "text", ["Robert'); DROP TABLE turn;--", "a\0b", "half \ud83d a pair", "x" * 1_000_000, "\u202eabc"]
)
def test_any_text_is_stored_and_nothing_is_raised(text: str) -> None:
    """Half a surrogate pair, which UTF-8 cannot encode, becomes U+FFFD; every other character is kept."""
    rows = store()
    set_status(rows, "new")
    session = accept(rows, 0, text).session
    assert take(rows, session).question.text == text.replace("\ud83d", "\N{REPLACEMENT CHARACTER}")


def test_a_strangers_missed_message_gets_no_hint() -> None:
    """A message read over REST names no server, so without a mention it does not count as addressed to the bot."""
    rows = store()
    before = _written(rows)
    assert rows.perform(AcceptMessage(posted=posted(0, dm=True), now_s=NOW_S, missed=True)) == NotOurs()
    assert _written(rows) == before
