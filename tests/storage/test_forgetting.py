"""Forgetting a person: nothing of theirs is left in any byte, everybody else's stays, and what happens meanwhile changes nothing."""

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from messages.answer import Answer
from messages.budget import Budget
from messages.enclosure import Enclosure
from messages.ids import SessionId, TurnId
from messages.presses import Status
from messages.speech import SpeechTaken
from messages.turn import OutcomePending
from messages.usage import Usage
from messages.vectors import Vector
from messages.verbs.acceptance import Accepted, AcceptMessage, AlreadyKnown, NotOurs, Refused
from messages.verbs.forgetting import (
    AwaitErasure,
    FilesRemain,
    ForgetAgreed,
    ForgetMe,
    ForgetNext,
    ForgetPerson,
    NobodyToForget,
    NotListed,
    PersonForgotten,
    ReadBelongings,
    RecordListed,
    RemoveUnused,
    StaleForget,
)
from messages.verbs.kept_files import FindFilesToRemove, ForgetFiles
from messages.verbs.notes import KeepUndelivered
from messages.verbs.replies import PendingOutcomes, RecordDelivered
from messages.verbs.sessions import EraseRemoved, SetSession
from messages.verbs.speech import TakeSpeech
from messages.verbs.turns import FinishTurn, RecordEnclosures, SaveDraft, TakeNextTurn
from messages.verbs.users import GoOnWith, SessionChosen, SetUser
from storage import forgetting, forgotten_turns, tidying
from storage.limits import Limits
from storage.sqlite import SqliteStore, open_store
from tests.storage.people import (
    ALICE,
    BOB,
    LIMITS,
    NOW_S,
    accept,
    ask_again,
    by,
    dialogue,
    finish,
    posted,
    set_status,
    shown,
    store,
    take,
    value,
)

CANARY = "Canary"
BOBS = "Bobolink"
LATER_S = NOW_S + 1000
LATER = 10_000
"""The number of the first message that is written after `LATER_S`."""


def forget(rows: SqliteStore, now_s: float = LATER_S) -> list[str]:
    """Go on until nobody is left to be forgotten; returns the files to be deleted."""
    files: list[str] = []
    for _ in range(10_000):
        match rows.perform(ForgetNext(now_s=now_s)):
            case NotListed(person=person):
                rows.perform(RecordListed(person=person))
            case AwaitErasure():
                while rows.perform(EraseRemoved()):
                    pass
                names = rows.perform(FindFilesToRemove(limit=100))
                files += names
                rows.perform(ForgetFiles(names=names))
            case NobodyToForget():
                tidy(rows)
                return files
    raise AssertionError("it never ends")


@pytest.fixture(autouse=True)
def _no_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pass begins at once: otherwise `tidy` would end before there was one."""
    monkeypatch.setattr(tidying, "QUIET_S", 0.0)


def tidy(rows: SqliteStore) -> None:
    while rows.is_untidy and rows.tidy() == 0:
        pass


def bytes_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def join_bob(rows: SqliteStore, session: SessionId) -> None:
    rows.perform(SetUser(by=by(BOB, 1), now_s=NOW_S, status="activate", show_public=True))
    assert isinstance(rows.perform(GoOnWith(by=by(BOB, 2), session=session, now_s=NOW_S)), SessionChosen)


def answer(rows: SqliteStore, session: SessionId, text: str, *, reasoning: str = "") -> TurnId:
    taken = take(rows, session)
    rows.perform(
        FinishTurn(
            turn=taken.turn,
            attempt=taken.attempt,
            ending="answered",
            reason="complete",
            answer=Answer(text=text, reasoning=reasoning, vector=Vector(model="embedder", numbers=reasoning.encode())),
            usage=Usage(input_tokens=3, output_tokens=5, cost=7),
            now_s=NOW_S + 1,
        )
    )
    rows.perform(RecordDelivered(turn=taken.turn))
    return taken.turn


def public_of_bob(rows: SqliteStore, *, title: str = "") -> SessionId:
    """A public session of Bob's in which he has asked one question."""
    set_status(rows, "activate", user=BOB)
    accepted = rows.perform(AcceptMessage(posted=posted(1, f"{BOBS} asks", author=BOB, public=True), now_s=NOW_S))
    assert isinstance(accepted, Accepted)
    answer(rows, accepted.session, f"An answer to {BOBS}")
    if title:
        rows.perform(SetSession(by=by(BOB, 3), now_s=NOW_S, session=accepted.session, title=title))
    return accepted.session


def alice_joins(rows: SqliteStore, session: SessionId, number: int = 10) -> None:
    rows.perform(SetUser(by=by(ALICE, number), now_s=NOW_S, status="activate", show_public=True))
    assert isinstance(rows.perform(GoOnWith(by=by(ALICE, number + 1), session=session, now_s=NOW_S)), SessionChosen)


def file(name: str) -> Enclosure:
    return Enclosure(kind="file", name=f"{CANARY}.txt", text=f"{CANARY} in a file", stored=name, size=10, attachment=5)


def ask_with_file(rows: SqliteStore, session: SessionId, number: int, name: str) -> TurnId:
    """Have Alice ask with a file, which is fetched."""
    accepted = accept(rows, number, f"{CANARY} question", enclosures=(replace(file(name), text=None, stored=""),))
    assert accepted.session == session
    taken = rows.perform(TakeNextTurn(session=session))
    rows.perform(
        RecordEnclosures(
            turn=taken.turn,  # type: ignore[union-attr]
            attempt=taken.attempt,  # type: ignore[union-attr]
            before=taken.question.enclosures,  # type: ignore[union-attr]
            after=(file(name),),
        )
    )
    return accepted.turn


STORED = "0" * 32, "1" * 32


def full_life(rows: SqliteStore) -> SessionId:
    """Everything that a person can leave: in sessions of their own, and in one of Bob's. Returns Bob's."""
    bobs = public_of_bob(rows, title=f"{BOBS} title")
    rows.perform(SetUser(by=by(ALICE, 4), now_s=NOW_S, status="activate", system_msg=f"{CANARY} default", speaks=True))
    own = accept(rows, 5, f"{CANARY} first").session
    answer(rows, own, f"{CANARY} quoted", reasoning=f"{CANARY} thought")
    rows.perform(
        SetSession(by=by(ALICE, 6), now_s=NOW_S, session=own, title=f"{CANARY} title", system_msg=f"{CANARY} system")
    )
    ask_with_file(rows, own, 7, STORED[0])
    finish_streaming(rows, own, f"{CANARY} again")
    assert isinstance(rows.perform(TakeSpeech()), SpeechTaken)
    failed = accept(rows, 8, f"{CANARY} fails")
    finish(rows, take(rows, own), f"{CANARY} partly", ending="interrupted", reason="stalled")
    rows.perform(KeepUndelivered(turn=failed.turn, code=10003, now_s=NOW_S))
    accept(rows, 9, f"{CANARY} waits")
    alice_joins(rows, bobs)
    ask_with_file(rows, bobs, 20, STORED[1])
    finish_streaming(rows, bobs, f"An answer of {BOBS}'s session")
    # The owner asks Alice's question again.
    last = value(rows, "SELECT max(id) FROM turn WHERE session = ?", bobs)
    assert isinstance(ask_again(rows, TurnId(last), 25, actor=BOB), Accepted)
    answer(rows, bobs, "Another answer", reasoning=f"{CANARY} thought of again")
    streams = accept(rows, 30, f"{CANARY} streams")
    taken = take(rows, bobs)
    rows.perform(SaveDraft(turn=streams.turn, attempt=taken.attempt, text=f"{CANARY} draft"))
    return bobs


def finish_streaming(rows: SqliteStore, session: SessionId, text: str) -> None:
    turn, attempt = rows._connection.execute(
        "SELECT id, attempt FROM turn WHERE session = ? AND state = 'streaming'", (session,)
    ).fetchone()
    outcome = rows.perform(
        FinishTurn(
            turn=turn,
            attempt=attempt,
            ending="answered",
            reason="complete",
            answer=Answer(text=text),
            usage=Usage(input_tokens=1, output_tokens=1, cost=3),
            now_s=NOW_S + 1,
        )
    )
    assert outcome.reason == "complete"
    shown(rows, turn)
    rows.perform(RecordDelivered(turn=turn))


def begin(rows: SqliteStore) -> ForgetAgreed:
    return rows.perform(ForgetPerson(person=ALICE, now_s=LATER_S))


def test_no_byte_of_a_person_is_left_and_everybody_else_keeps_what_is_theirs(tmp_path: Path) -> None:
    """Texts, titles, files, vectors, reasoning, notes, speech, a draft that streams; name and id, too, but where Discord's ids of messages stay."""
    rows = open_store(tmp_path / "causerie.db", LIMITS)
    bobs = full_life(rows)
    assert bytes_below(tmp_path).count(CANARY.encode()) > 20
    begin(rows)
    assert sorted(forget(rows)) == sorted(STORED)
    assert CANARY.encode() not in bytes_below(tmp_path)
    assert b"Alice" not in bytes_below(tmp_path)
    for table, column in (("turn", "asker"), ("session", "creator"), ("user", "discord_user_id"), ("ledger", "asker")):
        assert value(rows, f"SELECT count(*) FROM {table} WHERE {column} = ?", ALICE) == 0
    assert value(rows, "SELECT count(*) FROM utterance WHERE author_id = ?", ALICE) == 0
    assert dialogue(rows, bobs) == [
        ("Bob", f"{BOBS} asks", False),
        ("", f"An answer to {BOBS}", False),
        ("", "", False),
        ("", "Another answer", False),
    ]
    assert value(rows, "SELECT title FROM session WHERE id = ?", bobs) == f"{BOBS} title"
    assert value(rows, "PRAGMA integrity_check") == "ok"
    assert rows._connection.execute("PRAGMA foreign_key_check").fetchall() == []
    rows.close()


def test_the_figures_of_the_ledger_stay_without_a_person() -> None:
    """What a server or everybody may spend is counted by them; whose they were is gone."""
    rows = store()
    full_life(rows)
    before = rows._connection.execute("SELECT count(*), sum(micro_dollars), sum(input_tokens) FROM ledger").fetchone()
    day = rows._connection.execute("SELECT * FROM spent WHERE scope != 'user' ORDER BY 1, 2, 3").fetchall()
    reserved = value(rows, "SELECT count(*) FROM reservation")
    assert reserved == 1
    begin(rows)
    forget(rows)
    after = rows._connection.execute("SELECT count(*), sum(micro_dollars), sum(input_tokens) FROM ledger").fetchone()
    assert after[0] == before[0] + reserved
    assert after[1] >= before[1]
    assert value(rows, "SELECT count(*) FROM spent WHERE scope = 'user' AND id = ?", ALICE) == 0
    assert len(rows._connection.execute("SELECT * FROM spent WHERE scope != 'user'").fetchall()) == len(day)
    assert value(rows, "SELECT count(*) FROM reservation") == 0


def test_forgetting_does_not_fill_a_budget_up_again() -> None:
    """The present month's totals stay by the id until the month is over, where people have budgets; then they go."""
    budget = Budget(scope="user", period="month", micro_dollars=10)
    rows = store(replace(LIMITS, budgets=(budget,)))
    full_life(rows)
    spent = "SELECT sum(micro_dollars) FROM spent WHERE scope = 'user' AND id = ?"
    before = value(rows, spent, ALICE)
    assert before > 0
    begin(rows)
    forget(rows)
    assert value(rows, spent, ALICE) >= before
    rows.perform(ForgetNext(now_s=NOW_S + 40 * 86_400))
    assert value(rows, spent, ALICE) is None
    assert value(rows, "SELECT count(*) FROM spent_of_forgotten") == 0
    assert value(rows, spent, BOB) > 0


def test_what_streams_ends_at_once_and_whatever_its_actor_still_commits_is_dropped() -> None:
    """The row is over before the model's connection is closed, so no order of events brings anything back."""
    rows = store()
    bobs = full_life(rows)
    turn, attempt = rows._connection.execute("SELECT id, attempt FROM turn WHERE state = 'streaming'").fetchone()
    ended = begin(rows).ended
    assert [stop.turn for stop in ended.stops] == [turn]
    assert {(outcome.reason, outcome.answer) for outcome in ended.outcomes} == {("forgotten", Answer())}
    rows.perform(SaveDraft(turn=turn, attempt=attempt, text=f"{CANARY} late"))
    late = FinishTurn(
        turn=turn,
        attempt=attempt,
        ending="answered",
        reason="complete",
        answer=Answer(text=f"{CANARY} late", reasoning=CANARY),
        usage=None,
        now_s=LATER_S,
    )
    assert rows.perform(late).reason == "forgotten"
    forget(rows)
    for column in ("draft", "question", "enclosed", "asker_name"):
        assert value(rows, f"SELECT count(*) FROM turn WHERE {column} LIKE '%Canary%'") == 0
    assert rows.perform(TakeNextTurn(session=bobs)).__class__.__name__ == "NothingWaits"


def test_what_discord_does_not_show_yet_is_told_as_forgotten_after_a_restart_too() -> None:
    """An answer that waits for Discord is no answer any more, for whoever shows it."""
    rows = store()
    set_status(rows, "activate")
    finish(rows, take(rows, accept(rows, 1, CANARY).session), f"{CANARY} answer")
    (outcome,) = begin(rows).ended.outcomes
    assert (outcome.reason, outcome.ending, outcome.answer.text) == ("forgotten", "cancelled", "")
    (pending,) = rows.perform(PendingOutcomes())
    assert isinstance(pending, OutcomePending)
    assert (pending.reason, pending.answer.text) == ("forgotten", "")


def test_a_session_of_the_person_with_others_utterances_goes_whole_and_others_are_told() -> None:
    """As when its owner removes it: its number stays, so that whoever goes on with it gets a notice, and no other session."""
    rows = store()
    set_status(rows, "new")
    accepted = rows.perform(AcceptMessage(posted=posted(1, CANARY, public=True), now_s=NOW_S))
    assert isinstance(accepted, Accepted)
    answer(rows, accepted.session, "An answer")
    join_bob(rows, accepted.session)
    accept(rows, 5, f"{BOBS} asks", author=BOB)
    begin(rows)
    steps = list(pieces(rows))
    assert [outcome.reason for outcome in steps] == ["session_ended"]
    assert value(rows, "SELECT count(*) FROM utterance") == 0
    refused = rows.perform(AcceptMessage(posted=posted(9, "On it goes", author=BOB), now_s=NOW_S))
    assert isinstance(refused, Refused)
    assert refused.outcome.reason == "session_closed"


def pieces(rows: SqliteStore) -> Iterator[OutcomePending]:
    while True:
        step = rows.perform(ForgetNext(now_s=LATER_S))
        match step:
            case NotListed(person=person):
                rows.perform(RecordListed(person=person))
            case AwaitErasure():
                rows.perform(EraseRemoved())
            case NobodyToForget():
                return
            case PersonForgotten() | FilesRemain():
                pass
            case _:
                yield from step.ended.outcomes


def test_whoever_comes_back_begins_anew_and_keeps_what_is_new() -> None:
    """Switched off, without settings; a message that is told twice is not taken again; what they begin meanwhile is not erased."""
    rows = store()
    full_life(rows)
    begin(rows)
    assert isinstance(rows.perform(AcceptMessage(posted=posted(30), now_s=NOW_S)), AlreadyKnown)
    assert isinstance(rows.perform(AcceptMessage(posted=posted(40, "Anybody?"), now_s=NOW_S)), NotOurs)
    rows.perform(RecordListed(person=ALICE))
    rows.perform(ForgetNext(now_s=LATER_S))
    back = rows.perform(SetUser(by=by(ALICE, LATER + 50), now_s=LATER_S, status="new"))
    assert (back.sessions, back.system_msg, back.used.cost) == (0, "", 0)
    new = accept(rows, LATER + 60, "A new life").session
    forget(rows)
    assert value(rows, "SELECT count(*) FROM session WHERE creator = ? AND is_removed = 0", ALICE) == 1
    assert value(rows, "SELECT question FROM turn WHERE session = ?", new) == "A new life"
    assert value(rows, "SELECT name FROM user WHERE discord_user_id = ?", ALICE) == "Alice"


def test_nothing_is_erased_before_the_person_stands_in_the_list() -> None:
    """Else a backup that is restored could bring them back."""
    rows = store()
    full_life(rows)
    begin(rows)
    for _ in range(3):
        step = rows.perform(ForgetNext(now_s=LATER_S))
        assert step == NotListed(person=ALICE, time_s=LATER_S)
    assert value(rows, "SELECT count(*) FROM utterance WHERE author_id = ?", ALICE) > 0


def test_a_confirmation_that_did_not_know_the_newest_session_forgets_nothing() -> None:
    """What was begun since is in the numbers that are confirmed next."""
    rows = store()
    set_status(rows, "new")
    accept(rows, 1)
    known = rows.perform(ReadBelongings(by=by(ALICE, 2)))
    assert (known.sessions, known.questions) == (1, 1)
    accept(rows, 3)
    stale = rows.perform(ForgetMe(by=by(ALICE, 4), newest=known.newest_session, now_s=LATER_S))
    assert isinstance(stale, StaleForget)
    assert stale.belongings.sessions == 2
    assert value(rows, "SELECT count(*) FROM forgetting") == 0
    agreed = rows.perform(ForgetMe(by=by(ALICE, 5), newest=stale.belongings.newest_session, now_s=LATER_S))
    assert isinstance(agreed, ForgetAgreed)


def test_one_press_concerns_the_presser_alone() -> None:
    """Whatever Bob forges, it is Bob who is forgotten."""
    rows = store()
    full_life(rows)
    newest = SessionId(2**62)
    rows.perform(ForgetMe(by=by(BOB, 90), newest=newest, now_s=LATER_S))
    forget(rows)
    assert value(rows, "SELECT name FROM user WHERE discord_user_id = ?", ALICE) == "Alice"
    assert value(rows, "SELECT count(*) FROM session WHERE creator = ? AND is_removed = 0", ALICE) == 1
    assert value(rows, "SELECT count(*) FROM turn WHERE asker_name = 'Alice' AND question LIKE '%Canary%'") > 3


def test_a_row_that_cannot_be_read_is_erased_all_the_same() -> None:
    """What damaged it may be what the person wants gone."""
    rows = store()
    full_life(rows)
    rows._connection.execute("UPDATE turn SET enclosed = '{Canary', reason = 'Canary', flags = '{'")
    rows._connection.execute("UPDATE utterance SET enclosed = '{Canary'")
    begin(rows)
    forget(rows)
    assert value(rows, "SELECT count(*) FROM turn WHERE asker = ?", ALICE) == 0
    assert value(rows, "SELECT count(*) FROM turn WHERE enclosed LIKE '%Canary%' AND asker != ?", BOB) == 0


def test_turns_become_nobodys_with_the_erasure_of_their_session_once_the_person_is_listed() -> None:
    """So their rows are written once: somebody may have asked very often."""
    rows = store()
    set_status(rows, "new")
    session = accept(rows, 1, CANARY).session
    turn = finish(rows, take(rows, session), CANARY).turn
    rows.perform(RecordDelivered(turn=turn))
    begin(rows)
    rows.perform(RecordListed(person=ALICE))
    rows.perform(ForgetNext(now_s=LATER_S))
    while rows.perform(EraseRemoved()):
        pass
    assert value(rows, "SELECT asker FROM turn") == 0
    assert value(rows, "SELECT count(*) FROM forgetting") == 1


def test_no_transaction_of_forgetting_changes_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody may have asked very often; nobody else waits for that."""
    monkeypatch.setattr(forgotten_turns, "TURNS_AT_ONCE", 3)
    monkeypatch.setattr(forgetting, "SESSIONS_AT_ONCE", 2)
    rows = store()
    set_status(rows, "new")
    for number in range(1, 31):
        finish(rows, take(rows, accept(rows, number, f"{CANARY} {number}").session))
    begin(rows)
    rows.perform(RecordListed(person=ALICE))
    most = 0
    for _ in range(1000):
        before = rows._connection.total_changes
        step = rows.perform(ForgetNext(now_s=LATER_S))
        most = max(most, rows._connection.total_changes - before)
        if isinstance(step, AwaitErasure):
            break
    assert isinstance(step, AwaitErasure)
    assert 0 < most < 60


@pytest.mark.parametrize("seed", range(3))
def test_no_copy_is_left_in_unused_parts_of_pages_whatever_was_written_in_which_order(
    tmp_path: Path, seed: int
) -> None:
    """SQLite moves rows while tables grow, and `secure_delete` does not overwrite what stays behind where they were."""
    chance = random.Random(seed)
    rows = open_store(tmp_path / "causerie.db", LIMITS)
    busy_life(rows, chance)
    begin(rows)
    forget_with_interruptions(rows, chance)
    left = bytes_below(tmp_path)
    assert CANARY.encode() not in left
    assert BOBS.encode() in left
    assert value(rows, "PRAGMA integrity_check") == "ok"
    assert value(rows, "SELECT count(*) FROM turn WHERE question LIKE ?", f"%{BOBS}%") > 20
    rows.close()


def busy_life(rows: SqliteStore, chance: random.Random) -> None:
    """Alice and Bob talk much, in turns, with drafts that grow."""
    rows._connection.execute("PRAGMA synchronous = OFF")  # the test would wait for the disk a thousand times
    for person in (ALICE, BOB):
        set_status(rows, "activate", user=person)
    for number in range(1, 120):
        person, word = chance.choice([(ALICE, CANARY), (BOB, BOBS)])
        session = accept(rows, number, word * chance.choice([1, 5, 60]), author=person).session
        taken = take(rows, session)
        for length in sorted(chance.sample(range(400), 3)):
            rows.perform(SaveDraft(turn=taken.turn, attempt=taken.attempt, text=word * length))
        finish(rows, taken, word * chance.choice([1, 30, 300]))
        rows.perform(RecordDelivered(turn=taken.turn))


def forget_with_interruptions(rows: SqliteStore, chance: random.Random) -> None:
    """Have Bob go on while Alice is forgotten, so that pages change between the pieces."""
    number = 1000
    while not isinstance(step := rows.perform(ForgetNext(now_s=LATER_S)), NobodyToForget):
        if isinstance(step, NotListed):
            rows.perform(RecordListed(person=step.person))
        if isinstance(step, AwaitErasure):
            rows.perform(EraseRemoved())
            rows.perform(ForgetFiles(names=rows.perform(FindFilesToRemove(limit=100))))
        if chance.random() < 0.5:
            number += 1
            finish(rows, take(rows, accept(rows, number, BOBS * 50, author=BOB).session), BOBS * 100)
    tidy(rows)


def test_a_later_process_makes_the_pass_that_an_earlier_one_was_killed_before(tmp_path: Path) -> None:
    """A row says that it is wanted."""
    path = tmp_path / "causerie.db"
    rows = open_store(path, LIMITS)
    busy_life(rows, random.Random(1))
    begin(rows)
    for _ in pieces(rows):
        pass
    rows.close()
    rows = open_store(path, LIMITS)
    assert rows.is_untidy
    tidy(rows)
    assert CANARY.encode() not in bytes_below(tmp_path)
    assert value(rows, "SELECT count(*) FROM untidy") == 0
    rows.close()
    rows = open_store(path, LIMITS)
    assert not rows.is_untidy
    rows.close()


def test_another_program_that_reads_delays_the_pass_and_harms_nothing(tmp_path: Path) -> None:
    """Its snapshot needs the log; the pass is made when it is gone."""
    path = tmp_path / "causerie.db"
    rows = open_store(path, LIMITS)
    busy_life(rows, random.Random(2))
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    before = reader.execute("SELECT count(*), sum(length(question)) FROM turn").fetchone()
    begin(rows)
    for _ in pieces(rows):
        pass
    wait_s = rows.tidy()
    assert wait_s is not None
    assert wait_s > 0
    assert reader.execute("SELECT count(*), sum(length(question)) FROM turn").fetchone() == before
    reader.close()
    tidy(rows)
    assert CANARY.encode() not in bytes_below(tmp_path)
    rows.close()


def test_sessions_that_nobody_used_for_long_are_removed_and_others_stay() -> None:
    """In pieces, the oldest first; what waits in one makes it used."""
    rows = store(Limits(default_model="test-model", questions_per_minute=1000))
    set_status(rows, "new")
    for number in range(1, 121):
        accept(rows, number, f"{CANARY} {number}")
    before_s = value(rows, "SELECT update_time FROM session ORDER BY update_time LIMIT 1 OFFSET 110")
    removed = []
    while True:
        part = rows.perform(RemoveUnused(before_s=before_s, now_s=LATER_S))
        removed.append(part.removed)
        if not part.are_more:
            break
    assert removed == [50, 50, 10]
    while rows.perform(EraseRemoved()):
        pass
    assert value(rows, "SELECT count(*) FROM session WHERE is_removed = 0") == 10
    assert value(rows, "SELECT count(*) FROM turn WHERE question != ''") == 10
    assert value(rows, "SELECT sessions FROM user WHERE discord_user_id = ?", ALICE) == 10


DAY_S = 86_400.0


@pytest.mark.parametrize("wrong_s", [-50 * 365 * DAY_S, 70 * 365 * DAY_S])
def test_a_clock_that_was_wrong_when_a_session_was_used_makes_it_neither_old_nor_young(wrong_s: float) -> None:
    """The ids of its questions are Discord's, and say when it was used."""
    rows = store()
    set_status(rows, "new")
    used = rows.perform(AcceptMessage(posted=posted(1), now_s=NOW_S + wrong_s))
    assert isinstance(used, Accepted)
    for days, removed in ((1, 0), (3, 1)):
        now_s = NOW_S + days * DAY_S
        assert rows.perform(RemoveUnused(before_s=now_s - 2 * DAY_S, now_s=now_s)).removed == removed


@pytest.mark.parametrize("status", ["new", "activate"])
def test_somebody_of_whom_nothing_is_known_is_forgotten_at_once(status: Status) -> None:
    """The second time there is nothing left to do, and nothing goes wrong."""
    rows = store()
    set_status(rows, status, user=BOB)
    begin(rows)
    forget(rows)
    begin(rows)
    forget(rows)
    assert value(rows, "SELECT count(*) FROM forgetting") == 0
