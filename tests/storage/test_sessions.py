"""Sessions for their owners and for others: begun, listed, chosen, changed, closed, removed."""

from typing import Any

import pytest

from messages.choices import Choices
from messages.ids import GuildId, SessionId, UserId
from messages.turn import OutcomePending, StopTurn
from messages.verbs.acceptance import Accepted, AcceptMessage, Refused
from messages.verbs.cancellations import Ended
from messages.verbs.recovery import Recover
from messages.verbs.replies import PendingOutcomes, RecordDelivered
from messages.verbs.sessions import (
    Dialogue,
    NoServer,
    NoSession,
    NotListed,
    ReadDialogue,
    RemoveSession,
    SessionShown,
    SetSession,
)
from messages.verbs.turns import TakeNextTurn
from messages.verbs.users import ClearSessions, FindSessions, GoOnWith, SessionChosen, SetUser, UserShown
from messages.verbs.verb import Deny
from storage import history
from storage.sqlite import SqliteStore
from tests.storage.people import (
    ALICE,
    BOB,
    GUILD,
    NOW_S,
    accept,
    ask_again,
    by,
    dialogue,
    finish,
    posted,
    set_status,
    shown,
    stop,
    store,
    take,
    value,
)

ELSEWHERE = GuildId(3002)


def begin(
    rows: SqliteStore, number: int, *, public: bool = True, author: UserId = ALICE, dm: bool = False
) -> SessionId:
    """Return a session with one answered question; its author is in status `activate` with it."""
    set_status(rows, "new", user=author, number=number - 1)
    message = posted(number, f"Question {number} about comets", author=author, dm=dm, public=public)
    answer = rows.perform(AcceptMessage(posted=message, now_s=NOW_S + number))
    assert isinstance(answer, Accepted), answer
    finish(rows, take(rows, answer.session))
    rows.perform(RecordDelivered(turn=answer.turn))
    set_status(rows, "activate", user=author, number=number)
    return answer.session


def user(rows: SqliteStore, who: UserId, number: int, **changes: Any) -> UserShown:
    guild = changes.pop("guild", GUILD)
    return rows.perform(SetUser(by=by(who, number, guild=guild), now_s=NOW_S + number, **changes))


def change(rows: SqliteStore, who: UserId, number: int, session: SessionId, **changes: Any) -> object:
    guild = changes.pop("guild", GUILD)
    return rows.perform(SetSession(by=by(who, number, guild=guild), now_s=NOW_S + number, session=session, **changes))


def join(rows: SqliteStore, who: UserId, session: SessionId, number: int) -> None:
    """Choose somebody else's public session."""
    user(rows, who, number, show_public=True)
    assert isinstance(
        rows.perform(GoOnWith(by=by(who, number + 1), session=session, now_s=NOW_S + number)), SessionChosen
    )


@pytest.mark.parametrize(("public", "dm"), [(True, False), (False, False), (False, True)])
def test_where_a_session_began_decides_who_sees_it(public: bool, dm: bool) -> None:
    """A session is public where @everyone could see the channel; it remembers its server, which direct messages do not have."""
    rows = store()
    session = begin(rows, 1, public=public, dm=dm)
    assert value(rows, "SELECT is_public FROM session") == int(public)
    assert value(rows, "SELECT origin_guild FROM session") == (None if dm else GUILD)
    assert isinstance(change(rows, BOB, 5, session), SessionShown if public else Deny)


def test_settings_are_copied_into_new_sessions_and_change_no_old_one() -> None:
    """A new session copies its user's model and system message."""
    rows = store()
    user(rows, ALICE, 0, model="first", system_msg="Be brief.")
    old = begin(rows, 2)
    user(rows, ALICE, 5, model="second", system_msg="Be long.")
    new = begin(rows, 7)
    found = rows._connection.execute("SELECT id, model, system_msg FROM session ORDER BY id").fetchall()
    assert [tuple(row) for row in found] == [(old, "first", "Be brief."), (new, "second", "Be long.")]


def test_what_is_chosen_for_a_session_stays_until_another_is_chosen() -> None:
    """A new session has chosen nothing; each choice leaves the others, and a change of the model leaves all; turns have them."""
    rows = store()
    old, session = begin(rows, 1), begin(rows, 5)
    change(rows, ALICE, 10, session, choices=Choices(size="1024x1024", effort="low"))
    change(rows, ALICE, 11, session, choices=Choices(size="1536x1024"))
    chosen = change(rows, ALICE, 12, session, model="other")
    assert isinstance(chosen, SessionShown)
    assert chosen.choices == Choices(size="1536x1024", effort="low")
    user(rows, ALICE, 13, attach=True)
    rows.perform(GoOnWith(by=by(ALICE, 14), session=session, now_s=NOW_S))
    assert take(rows, accept(rows, 15).session).choices == chosen.choices
    untouched = change(rows, ALICE, 16, old)
    assert isinstance(untouched, SessionShown)
    assert untouched.choices == Choices()


def test_the_title_is_the_beginning_and_then_the_keywords_of_the_first_question() -> None:
    """The keywords of the first question become the title, unless the owner has named the session; later questions change nothing."""
    rows = store()
    set_status(rows, "new")
    session = accept(rows, 1, "How do comets get their bright tails near the sun?").session
    assert value(rows, "SELECT title FROM session") == "How do com"
    finish(rows, take(rows, session))
    title = value(rows, "SELECT title FROM session")
    assert "comet" in title.lower()
    assert title != "How do com"
    set_status(rows, "activate", number=2)
    accept(rows, 3, "And what about volcanoes on distant moons?")
    finish(rows, take(rows, session))
    assert value(rows, "SELECT title FROM session") == title


def test_a_name_that_was_given_stays() -> None:
    """A name that the owner gave stays when the first answer comes later."""
    rows = store()
    set_status(rows, "new")
    session = accept(rows, 1, "How do comets get their bright tails near the sun?").session
    assert isinstance(change(rows, ALICE, 2, session, title="  My comets "), SessionShown)
    finish(rows, take(rows, session))
    assert value(rows, "SELECT title FROM session") == "My comets"


def test_a_reply_goes_to_its_answers_session_and_the_current_one_stays() -> None:
    """A reply to an answer goes to that answer's session in every status but disable, and starts no session."""
    rows = store()
    old, new = begin(rows, 1), begin(rows, 5)
    message = shown(rows, rows._connection.execute("SELECT id FROM turn WHERE session = ?", (old,)).fetchone()[0])
    for number, status in ((10, "activate"), (20, "new")):
        set_status(rows, status, number=number - 1)  # type: ignore[arg-type]
        answer = rows.perform(AcceptMessage(posted=posted(number, "And?", reply_to=message), now_s=NOW_S))
        assert isinstance(answer, Accepted)
        assert answer.session == old
        finish(rows, take(rows, old))
    assert value(rows, "SELECT current_session FROM user") == new
    assert value(rows, "SELECT count(*) FROM session") == 2


def test_a_reply_to_a_closed_session_gets_a_notice_and_no_other_session() -> None:
    """A reply does not change the current session, also in status `new`."""
    rows = store()
    session = begin(rows, 1, public=False)
    turn = rows._connection.execute("SELECT id FROM turn").fetchone()[0]
    message = shown(rows, turn)
    set_status(rows, "new", user=BOB)
    answer = rows.perform(AcceptMessage(posted=posted(5, "May I?", author=BOB, reply_to=message), now_s=NOW_S))
    assert isinstance(answer, Refused)
    assert (answer.outcome.reason, answer.outcome.session) == ("session_closed", None)
    assert value(rows, "SELECT count(*) FROM session") == 1
    assert len(dialogue(rows, session)) == 2


def test_a_reply_to_what_is_no_answer_is_a_message_like_any_other() -> None:
    """A reply to a hint or a refusal goes where an ordinary message goes."""
    rows = store()
    set_status(rows, "activate")
    refused = rows.perform(AcceptMessage(posted=posted(1, " "), now_s=NOW_S))
    assert isinstance(refused, Refused)
    message = shown(rows, refused.outcome.turn)
    set_status(rows, "new", number=2)
    assert isinstance(rows.perform(AcceptMessage(posted=posted(3, "Again", reply_to=message), now_s=NOW_S)), Accepted)


def test_somebody_whose_current_session_was_closed_gets_a_notice() -> None:
    """Whoever's current session was closed gets a notice, and their status stays."""
    rows = store()
    session = begin(rows, 1)
    join(rows, BOB, session, 3)
    assert isinstance(accept(rows, 6, author=BOB), Accepted)
    finish(rows, take(rows, session))
    change(rows, ALICE, 7, session, is_public=False)
    answer = rows.perform(AcceptMessage(posted=posted(8, author=BOB), now_s=NOW_S))
    assert isinstance(answer, Refused)
    assert answer.outcome.reason == "session_closed"
    panel = user(rows, BOB, 9)
    assert (panel.current, panel.current_is_closed, panel.status) == (None, True, "activate")


def test_closing_a_session_ends_what_others_ask_in_it_and_nothing_of_the_owners() -> None:
    """Closing a session ends others' waiting turns with a notice, and has a streaming one stopped by its actor."""
    rows = store()
    session = begin(rows, 1)
    join(rows, BOB, session, 3)
    streaming = accept(rows, 10, author=BOB)
    waiting = accept(rows, 11, author=BOB)
    own = accept(rows, 12)
    taken = take(rows, session)
    closed = change(rows, ALICE, 13, session, is_public=False)
    assert isinstance(closed, SessionShown)
    assert closed.ended.stops == (StopTurn(session=session, turn=streaming.turn, reason="session_ended"),)
    assert [(one.turn, one.ending, one.reason) for one in closed.ended.outcomes] == [
        (waiting.turn, "cancelled", "session_ended")
    ]
    finish(rows, taken, ending="cancelled", reason="session_ended")
    assert take(rows, session).turn == own.turn


def test_a_waiting_turn_is_checked_again_when_it_starts() -> None:
    """A waiting turn whose asker may no longer speak in its session is ended instead of started."""
    rows = store()
    session = begin(rows, 1)
    join(rows, BOB, session, 3)
    waiting = accept(rows, 10, author=BOB)
    rows._connection.execute("UPDATE session SET is_public = 0")
    ended = rows.perform(TakeNextTurn(session=session))
    assert isinstance(ended, OutcomePending)
    assert (ended.turn, ended.reason) == (waiting.turn, "session_ended")


def test_making_a_session_public_needs_a_server() -> None:
    """A session from direct messages cannot be made public, and nothing else of the request is changed."""
    rows = store()
    session = begin(rows, 1, dm=True, public=False)
    assert change(rows, ALICE, 3, session, is_public=True, title="New name") == NoServer()
    assert value(rows, "SELECT is_public FROM session") == 0
    assert value(rows, "SELECT title FROM session") != "New name"


def test_an_answer_to_a_direct_message_in_a_public_session_says_so_once() -> None:
    """The first answer to a direct message says that the session is public, and once more after it was private."""
    rows = store()
    session = begin(rows, 1)
    said = []
    for number in (10, 11, 12):
        if number == 12:
            change(rows, ALICE, 100, session, is_public=False)
            change(rows, ALICE, 101, session, is_public=True, confirmed=100)
        message = posted(number, dm=True)
        assert isinstance(rows.perform(AcceptMessage(posted=message, now_s=NOW_S)), Accepted)
        said.append(finish(rows, take(rows, session)).note_public)
    accept(rows, 13)
    said.append(finish(rows, take(rows, session)).note_public)
    assert said == [True, False, True, False]


def test_removing_leaves_nothing_but_the_number() -> None:
    """A removed session's title, text, system message and drafts are in no table, and its waiting turns end with a notice."""
    rows = store()
    user(rows, ALICE, -5, system_msg="canary instruction")
    session = begin(rows, 1)
    change(rows, ALICE, 2, session, title="canary title")
    join(rows, BOB, session, 3)
    accept(rows, 10, "canary question")
    finish(rows, take(rows, session), "canary answer")
    streaming, waiting = accept(rows, 11, "canary streams"), accept(rows, 12, "canary waits", author=BOB)
    taken = take(rows, session)
    removed = rows.perform(RemoveSession(by=by(ALICE, 13), session=session, now_s=NOW_S))
    assert not isinstance(removed, Deny)
    assert [outcome.turn for outcome in removed.ended.outcomes] == [waiting.turn]
    assert [one.turn for one in removed.ended.stops] == [streaming.turn]
    finish(rows, taken, "canary draft", ending="cancelled", reason="session_ended")
    for outcome in rows.perform(PendingOutcomes()):
        rows.perform(RecordDelivered(turn=outcome.turn))
    user(rows, ALICE, 14, system_msg="")
    assert "canary" not in "\n".join(rows._connection.iterdump())
    assert dialogue(rows, session) == []


def test_what_was_answered_before_the_removal_is_still_shown_once() -> None:
    """An answer of a removed session is kept until Discord shows it, and no longer."""
    rows = store()
    session = begin(rows, 1)
    accept(rows, 10)
    owed = finish(rows, take(rows, session), "The answer.")
    rows.perform(RemoveSession(by=by(ALICE, 13), session=session, now_s=NOW_S))
    assert [outcome.answer.text for outcome in rows.perform(PendingOutcomes())] == ["The answer."]
    rows.perform(RecordDelivered(turn=owed.turn))
    assert value(rows, "SELECT draft FROM turn WHERE id = ?", owed.turn) == ""


def test_an_answer_that_ends_as_its_session_is_removed_goes_into_no_dialogue() -> None:
    """When the stop comes too late, the complete answer is shown and then erased."""
    rows = store()
    session = begin(rows, 1)
    accept(rows, 10)
    taken = take(rows, session)
    rows.perform(RemoveSession(by=by(ALICE, 13), session=session, now_s=NOW_S))
    assert finish(rows, taken, "The answer.").answer.text == "The answer."
    assert dialogue(rows, session) == []


def test_a_kill_while_a_removed_session_streams_ends_its_turn() -> None:
    """A streaming turn of a removed session is not asked again after a crash."""
    rows = store()
    session = begin(rows, 1)
    accept(rows, 10)
    take(rows, session)
    rows.perform(RemoveSession(by=by(ALICE, 13), session=session, now_s=NOW_S))
    rows.perform(Recover(now_s=NOW_S))
    assert [outcome.reason for outcome in rows.perform(PendingOutcomes())] == ["session_ended"]


def test_nothing_can_be_asked_again_in_a_removed_session() -> None:
    """After the removal, Stop, Retry and replies find no session, and the owner's next message begins another."""
    rows = store()
    session = begin(rows, 1)
    accept(rows, 10)
    turn = finish(rows, take(rows, session), ending="interrupted", reason="stopped").turn
    message = shown(rows, turn)
    rows.perform(RemoveSession(by=by(ALICE, 13), session=session, now_s=NOW_S))
    assert ask_again(rows, turn, 14) == Deny()
    assert stop(rows, turn) == Deny()
    reply = rows.perform(AcceptMessage(posted=posted(300, reply_to=message), now_s=NOW_S))
    assert isinstance(reply, Refused)
    assert reply.outcome.reason == "session_closed"
    assert accept(rows, 301).session != session


def test_clear_removes_what_was_listed_and_not_what_came_after() -> None:
    """*Clear* removes the sessions that the confirmation counted, and none that began later."""
    rows = store()
    first, second = begin(rows, 1), begin(rows, 5)
    bobs = begin(rows, 7, author=BOB)
    listed = user(rows, ALICE, 9)
    assert (listed.sessions, listed.newest) == (2, second)
    third = begin(rows, 20)
    assert listed.newest is not None
    cleared = rows.perform(ClearSessions(by=by(ALICE, 25), newest=listed.newest, now_s=NOW_S))
    assert cleared.removed == 2
    kept = {row[0] for row in rows._connection.execute("SELECT id FROM session WHERE is_removed = 0")}
    assert kept == {bobs, third}
    again = rows.perform(ClearSessions(by=by(ALICE, 26), newest=listed.newest, now_s=NOW_S))
    assert (again.removed, again.ended) == (0, Ended())
    assert first not in kept


def test_an_interaction_that_comes_again_changes_nothing() -> None:
    """A press that is delivered again after a later one changes nothing."""
    rows = store()
    session = begin(rows, 1)
    user(rows, ALICE, 10, attach=True)
    user(rows, ALICE, 11, attach=False)
    assert user(rows, ALICE, 10, attach=True).attach is False
    change(rows, ALICE, 12, session, title="First")
    change(rows, ALICE, 13, session, title="Second")
    again = change(rows, ALICE, 12, session, title="First")
    assert isinstance(again, SessionShown)
    assert again.title == "Second"
    other = begin(rows, 20)
    rows.perform(GoOnWith(by=by(ALICE, 30), session=session, now_s=NOW_S))
    rows.perform(GoOnWith(by=by(ALICE, 31), session=other, now_s=NOW_S))
    chosen = rows.perform(GoOnWith(by=by(ALICE, 30), session=session, now_s=NOW_S))
    assert isinstance(chosen, SessionChosen)
    assert chosen.user.current is not None
    assert chosen.user.current.session == other


def test_choosing_a_session_makes_it_current_and_sets_activate_and_reads_all_of_it() -> None:
    """Choosing a session sets the status to activate, from any status."""
    rows = store()
    first, _ = begin(rows, 1), begin(rows, 5)
    set_status(rows, "disable", number=9)
    chosen = rows.perform(GoOnWith(by=by(ALICE, 10), session=first, now_s=NOW_S))
    assert isinstance(chosen, SessionChosen)
    assert (chosen.user.status, chosen.chosen.session) == ("activate", first)
    assert [said.role for said in chosen.utterances] == ["user", "assistant"]
    assert accept(rows, 20).session == first


def test_others_public_sessions_are_offered_only_to_those_who_want_to_see_them() -> None:
    """With *Show public* off, others' sessions are not listed, completed or chosen; those of another server never are."""
    rows = store()
    session = begin(rows, 1)
    begin(rows, 3, public=False)
    user(rows, BOB, 5)
    assert user(rows, BOB, 6).listed == ()
    assert rows.perform(FindSessions(by=by(BOB, 7), typed="")) == ()
    assert rows.perform(GoOnWith(by=by(BOB, 8), session=session, now_s=NOW_S)) == Deny()
    listed = user(rows, BOB, 9, show_public=True).listed
    assert [(one.session, one.creator_name, one.is_own) for one in listed] == [(session, "Alice", False)]
    assert user(rows, BOB, 10, guild=ELSEWHERE).listed == ()
    assert user(rows, BOB, 11, guild=None).listed == ()


@pytest.mark.parametrize("sessions", [0, 1, 25, 26, 100, 1000])
def test_pages_hold_every_session_once(sessions: int) -> None:
    """A page has 25 sessions, the person's own first, newest first; a page beyond the last is the last."""
    rows = store()
    user(rows, ALICE, 0)
    user(rows, BOB, 0)
    for number in range(sessions):
        rows._connection.execute(
            "INSERT INTO session (creator, origin_guild, model, title, create_time, update_time, modify_time, is_public)"
            " VALUES (?, ?, 'm', ?, 0, ?, 0, ?)",
            (ALICE, GUILD, f"Session {number}", number // 2, number % 2),
        )
    first = user(rows, ALICE, 1)
    assert first.pages == max(1, -(-sessions // 25))
    pages = [user(rows, ALICE, 2 + page, page=page) for page in range(first.pages)]
    listed = [one.session for page in pages for one in page.listed]
    assert listed == sorted(range(1, sessions + 1), reverse=True)
    assert user(rows, ALICE, 90, page=9999).page == first.pages - 1
    others = user(rows, BOB, 91, show_public=True)
    assert len(others.listed) == min(25, sessions // 2)
    found = rows.perform(FindSessions(by=by(ALICE, 92), typed="session 1"))
    assert len(found) == min(25, sum(f"{number}".startswith("1") for number in range(sessions)))


def test_which_session_is_meant() -> None:
    """A session is found by its id, its title in any case or its answer; without one it is the current session."""
    rows = store()
    assert rows.perform(SetSession(by=by(ALICE, 0), now_s=NOW_S)) == NoSession()
    session = begin(rows, 1)
    change(rows, ALICE, 3, session, title="Größe")
    for asked in ({"typed": "gRÖSSE"}, {"typed": f" {session} "}, {}, {"session": session}):
        found = rows.perform(SetSession(by=by(ALICE, 4), now_s=NOW_S, **asked))
        assert isinstance(found, SessionShown), asked
    for typed in ("Größ", "9" * 30, "", "²"):
        assert rows.perform(SetSession(by=by(ALICE, 5), now_s=NOW_S, typed=typed)) == NotListed(), typed
    assert rows.perform(SetSession(by=by(ALICE, 5), now_s=NOW_S, session=SessionId(2**62))) == Deny()


def test_the_panel_shows_the_end_of_the_conversation_and_the_export_all_of_it() -> None:
    """A conversation is read completely, in parts, however long it is."""
    rows = store()
    session = begin(rows, 1)
    rows._connection.executemany(
        "INSERT INTO utterance (session, position, role, author_name, text, turn) VALUES (?, ?, 'user', 'Alice', ?, ?)",
        [(session, position, f"Utterance {position} " + "x" * 80, 10**12 + position) for position in range(2, 10_000)],
    )
    panel = change(rows, ALICE, 3, session)
    assert isinstance(panel, SessionShown)
    assert panel.utterances == 10_000
    assert panel.excerpt[-1].text.startswith("Utterance 9999")
    assert 15 < len(panel.excerpt) < 25
    parts: list[Dialogue] = []
    while not parts or parts[-1].left_out:
        part = rows.perform(ReadDialogue(by=by(BOB, 4), session=session, before=parts[-1].left_out if parts else None))
        assert isinstance(part, Dialogue)
        assert 0 < len(part.utterances) <= history.PAGE_UTTERANCES
        parts.append(part)
    said = [said.text for part in reversed(parts) for said in part.utterances]
    assert len(said) == 10_000
    assert [text.split()[1] for text in said[2:]] == [str(position) for position in range(2, 10_000)]
    assert parts[0].shown.system_msg is None


def test_a_part_of_a_conversation_is_bounded_in_characters_too() -> None:
    """At least one utterance, however long it is; the parts together are everything."""
    rows = store()
    session = begin(rows, 1)
    rows._connection.executemany(
        "INSERT INTO utterance (session, position, role, author_name, text, turn) VALUES (?, ?, 'user', 'Alice', ?, ?)",
        [(session, position, "x" * history.PAGE_CHARS, 10**12 + position) for position in range(2, 5)],
    )
    found = []
    before = None
    while before != 0:
        part = rows.perform(ReadDialogue(by=by(ALICE, 4), session=session, before=before))
        assert isinstance(part, Dialogue)
        found.append(len(part.utterances))
        before = part.left_out
    assert found == [1, 1, 1, 2]
