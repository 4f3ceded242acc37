"""Rows say which files are kept, whose they are, and which are to be removed from the disk."""

from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from messages.answer import Answer
from messages.enclosure import Enclosure, LeftOut
from messages.ids import SessionId
from messages.turn import TurnTaken
from messages.verbs.acceptance import Accepted, AcceptMessage
from messages.verbs.cancellations import EditQuestion, WithdrawQuestion
from messages.verbs.kept_files import FindFilesToRemove, FindUnknownFiles, ForgetFiles, ReadRoom
from messages.verbs.replies import PendingOutcomes, RecordDelivered
from messages.verbs.sessions import EraseRemoved, RemoveSession
from messages.verbs.turns import FinishTurn, PauseTurn, RecordEnclosures, TakeNextTurn
from storage.enclosures import decoded, decoded_edit
from storage.kept_files import BLOCK_BYTES
from storage.limits import Limits
from storage.pieces import ROWS_MAX
from storage.sqlite import SqliteStore, open_store
from tests.storage.people import (
    ALICE,
    NOW_S,
    ask_again,
    begin_asking,
    by,
    finish,
    message_id,
    posted,
    set_status,
    take,
    value,
)

ROOM = 10 * BLOCK_BYTES
LIMITS = Limits(default_model="test-model", questions_per_minute=1_000_000, queue_cap=1000, files_bytes_per_person=ROOM)


def a_file(number: int, *, size: int = 5, stored: bool = False, within: Any = "") -> Enclosure:
    """Return a picture that somebody attached, fetched or not."""
    return Enclosure(
        kind="file",
        name=f"{number}.png",
        media_type="image/png",
        attachment=number,
        size=size,
        within=within,
        url="" if stored else "https://cdn.discordapp.com/x",
        stored=f"{number:032x}" if stored else "",
    )


@pytest.fixture
def rows() -> SqliteStore:
    """A new database, in which Alice goes on in one session."""
    made = open_store(":memory:", LIMITS)
    set_status(made, "activate", number=-2)
    return made


def asked(rows: SqliteStore, number: int, *files: Enclosure, text: str = "What is it?") -> TurnTaken:
    """Have Alice ask with these files, and the turn taken."""
    message = replace(posted(number, text), enclosures=files)
    answer = rows.perform(AcceptMessage(posted=message, now_s=NOW_S + number / 10))
    assert isinstance(answer, Accepted), answer
    return taken(rows, answer.session)


def taken(rows: SqliteStore, session: SessionId) -> TurnTaken:
    """Have the next turn of a session taken."""
    turn = rows.perform(TakeNextTurn(session=session))
    assert isinstance(turn, TurnTaken), turn
    return turn


def fetched(rows: SqliteStore, turn: TurnTaken) -> tuple[Enclosure, ...]:
    """Have all files of a turn fetched, and return what its question encloses then."""
    before = turn.question.enclosures
    after = tuple(replace(file, url="", stored=f"{file.attachment:032x}") for file in before)
    question = rows.perform(RecordEnclosures(turn=turn.turn, attempt=turn.attempt, before=before, after=after))
    assert question is not None
    return question.enclosures


def kept(rows: SqliteStore) -> set[int]:
    """Return the numbers of the files that are kept."""
    return {int(row[0], 16) for row in rows._connection.execute("SELECT name FROM kept_file WHERE is_removed = 0")}


def to_remove(rows: SqliteStore) -> set[int]:
    """Return the numbers of the files that are to be removed."""
    return {int(name, 16) for name in rows.perform(FindFilesToRemove(limit=1000))}


def test_a_file_is_kept_with_its_question_and_counts_for_its_author(rows: SqliteStore) -> None:
    """At least as a block of the disk; later turns see it in the dialogue."""
    turn = asked(rows, 0, a_file(1), a_file(2, size=2 * BLOCK_BYTES))
    enclosures = fetched(rows, turn)
    assert [file.stored for file in enclosures] == [f"{1:032x}", f"{2:032x}"]
    assert kept(rows) == {1, 2}
    assert rows.perform(ReadRoom(person=ALICE)) == ROOM - 3 * BLOCK_BYTES
    finish(rows, turn)
    later = asked(rows, 1)
    assert take_history(rows, later)[0].enclosures == enclosures
    assert rows.perform(FindUnknownFiles(names=(f"{1:032x}", f"{3:032x}"))) == (f"{3:032x}",)


def take_history(rows: SqliteStore, turn: TurnTaken) -> Any:
    """Return what was said before a turn that was taken."""
    return begin_asking(rows, turn).history


def test_whoever_has_no_room_keeps_what_fits(rows: SqliteStore) -> None:
    """The rest has a problem, and no file; what is removed makes room at once."""
    turn = asked(rows, 0, a_file(1, size=ROOM), a_file(2), a_file(3))
    assert [file.problem for file in fetched(rows, turn)] == ["", "over_quota", "over_quota"]
    assert kept(rows) == {1}
    finish(rows, turn, "", ending="failed", reason="server_error")
    rows.perform(WithdrawQuestion(message_id=message_id(0)))
    assert rows.perform(ReadRoom(person=ALICE)) == ROOM


def test_what_is_removed_is_remembered_until_the_disk_has_done_it(rows: SqliteStore) -> None:
    """A kill in between loses nothing; what is needed is never forgotten."""
    turn = asked(rows, 0, a_file(1))
    fetched(rows, turn)
    rows.perform(ForgetFiles(names=(f"{1:032x}",)))
    assert kept(rows) == {1}
    rows.perform(RemoveSession(by=by(ALICE, 5), session=turn.session, now_s=NOW_S))
    while rows.perform(EraseRemoved()):
        pass
    for _ in range(2):
        assert to_remove(rows) == {1}
    rows.perform(ForgetFiles(names=(f"{1:032x}",)))
    assert to_remove(rows) == set()
    assert value(rows, "SELECT count(*) FROM kept_file") == 0


def test_a_removed_session_keeps_nothing_that_is_fetched_afterwards(rows: SqliteStore) -> None:
    """Its erasure may be over by then."""
    turn = asked(rows, 0, a_file(1))
    rows.perform(RemoveSession(by=by(ALICE, 5), session=turn.session, now_s=NOW_S))
    after = (a_file(1, stored=True),)
    verb = RecordEnclosures(turn=turn.turn, attempt=turn.attempt, before=turn.question.enclosures, after=after)
    assert rows.perform(verb) is None
    assert kept(rows) == set()


def test_the_files_of_a_long_session_are_released_in_pieces(rows: SqliteStore) -> None:
    """No transaction of a removal is long."""
    turn = asked(rows, 0, a_file(1))
    fetched(rows, turn)
    rows._connection.execute(
        "WITH RECURSIVE n (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < 1500)"
        " INSERT INTO kept_file (name, session, turn, person, bytes) SELECT printf('%032x', n), session, turn, person, bytes"
        " FROM kept_file, n"
    )
    rows.perform(RemoveSession(by=by(ALICE, 5), session=turn.session, now_s=NOW_S))
    counts = [0, len(rows.perform(FindFilesToRemove(limit=10_000)))]
    while rows.perform(EraseRemoved()):
        counts.append(len(rows.perform(FindFilesToRemove(limit=10_000))))
    assert max(after - before for before, after in pairwise(counts)) <= ROWS_MAX
    assert kept(rows) == set()


def test_an_edit_that_removes_a_file_releases_it(rows: SqliteStore) -> None:
    """Before the model was asked at once; afterwards when the question is asked again, and answered."""
    turn = asked(rows, 0, a_file(1), a_file(2))
    _, two = fetched(rows, turn)
    rows.perform(EditQuestion(message_id=message_id(0), text="What?", enclosures=(a_file(2),)))
    assert (kept(rows), to_remove(rows)) == ({2}, {1})
    asked_now = take_question(rows, turn)
    assert asked_now == (two,)
    rows.perform(RecordDelivered(turn=finish(rows, turn).turn))
    rows.perform(EditQuestion(message_id=message_id(0), text="What?", enclosures=()))
    assert kept(rows) == {2}
    assert isinstance(ask_again(rows, turn.turn, 3), Accepted)
    again = take(rows, turn.session)
    assert again.question.enclosures == ()
    finish(rows, again)
    rows.perform(RecordDelivered(turn=turn.turn))  # the button that offers to ask again
    assert kept(rows) == set()


def take_question(rows: SqliteStore, turn: TurnTaken) -> tuple[Enclosure, ...]:
    """Return what the question of a turn that was taken encloses when its model is asked."""
    return begin_asking(rows, turn).question.enclosures


def test_an_edit_of_the_text_keeps_the_files_as_they_are(rows: SqliteStore) -> None:
    """They are not fetched again, though the event has new addresses for them."""
    turn = asked(rows, 0, a_file(1))
    before = fetched(rows, turn)
    told = (replace(a_file(1), url="https://cdn.discordapp.com/new"),)
    rows.perform(EditQuestion(message_id=message_id(0), text="How?", enclosures=told))
    assert take_question(rows, turn) == before


def test_an_edit_that_takes_a_file_away_makes_room_for_another(rows: SqliteStore) -> None:
    """One that takes none away changes nothing, so that an event that comes twice is no edit."""
    turn = asked(rows, 0, a_file(1, size=ROOM), a_file(2))
    one, two = fetched(rows, turn)
    assert two.problem == "over_quota"
    for _ in range(2):
        rows.perform(EditQuestion(message_id=message_id(0), text="What?", enclosures=(a_file(1), a_file(2))))
        assert take_question(rows, turn) == (one, two)
        turn = again(rows, turn)
    rows.perform(EditQuestion(message_id=message_id(0), text="What?", enclosures=(a_file(2),)))
    assert take_question(rows, turn) == (a_file(2),)


def again(rows: SqliteStore, turn: TurnTaken) -> TurnTaken:
    """Have a turn's attempt begin anew, so that its question may still be edited."""
    rows.perform(PauseTurn(turn=turn.turn, attempt=turn.attempt, draft=""))
    return taken(rows, turn.session)


def test_an_edit_that_does_not_tell_the_reply_keeps_its_files(rows: SqliteStore) -> None:
    """Discord leaves out what is replied to, in some updates."""
    reply = Enclosure(kind="reply", author="Bob", text="Look")
    message = replace(posted(0, "What?"), enclosures=(reply, a_file(1, within="reply"), a_file(2)))
    session = rows.perform(AcceptMessage(posted=message, now_s=NOW_S)).session  # type: ignore[union-attr]
    unresolved = Enclosure(kind="reply", origin=(message.channel_id, message_id(7)))
    rows.perform(EditQuestion(message_id=message_id(0), text="Why?", enclosures=(unresolved, a_file(2))))
    assert [one.name for one in take(rows, session).question.enclosures] == ["", "1.png", "2.png"]


def test_a_deleted_question_releases_its_files(rows: SqliteStore) -> None:
    """With its text: at once where it was not answered, at its end where it is being answered. One that is in the dialogue stays there."""
    waiting = asked(rows, 0, a_file(1))
    fetched(rows, waiting)
    rows.perform(WithdrawQuestion(message_id=message_id(0)))
    assert kept(rows) == {1}  # its model may be reading it
    finish(rows, waiting, "", ending="cancelled", reason="question_deleted")
    assert kept(rows) == set()
    answered = asked(rows, 1, a_file(2))
    fetched(rows, answered)
    finish(rows, answered)
    rows.perform(WithdrawQuestion(message_id=message_id(1)))
    assert kept(rows) == {2}


def test_a_file_that_is_fetched_anew_for_a_retry_replaces_the_old_one(rows: SqliteStore) -> None:
    """Also in the dialogue."""
    turn = asked(rows, 0, a_file(1))
    (old,) = fetched(rows, turn)
    finish(rows, turn, "Half", ending="interrupted", reason="stopped")
    assert isinstance(ask_again(rows, turn.turn, 3), Accepted)
    again = taken(rows, turn.session)
    new = replace(old, stored=f"{9:032x}")
    rows.perform(RecordEnclosures(turn=again.turn, attempt=again.attempt, before=(old,), after=(new,)))
    assert (kept(rows), to_remove(rows)) == ({9}, {1})
    finish(rows, again, "", ending="failed", reason="server_error")
    later = asked(rows, 5)
    assert take_history(rows, later)[0].enclosures == (new,)


def test_what_was_left_out_is_said_also_after_a_kill(rows: SqliteStore) -> None:
    """It is kept with the outcome."""
    turn = asked(rows, 0, a_file(1))
    left_out = (LeftOut("1.png", "no_vision"),)
    verb = FinishTurn(
        turn=turn.turn,
        attempt=turn.attempt,
        ending="answered",
        reason="complete",
        answer=Answer(text="Ice"),
        usage=None,
        now_s=NOW_S,
        left_out=left_out,
    )
    assert rows.perform(verb).left_out == left_out
    (owed,) = rows.perform(PendingOutcomes())
    assert owed.left_out == left_out


class Chat:
    """Random questions, edits, deletions, retries and removals of one person; what the rows then say must agree."""

    def __init__(self, rows: SqliteStore, seed: int) -> None:
        self.rows = rows
        self.random = Random(seed)
        self.number = 0
        self.files = 0
        self.running: dict[int, TurnTaken] = {}
        self.messages: list[int] = []
        self.ended: list[Any] = []

    def step(self) -> None:
        """Do something."""
        self.number += 20
        self.random.choice(
            [
                self.ask,
                self.ask,
                self.fetch,
                self.fetch,
                self.edit,
                self.withdraw,
                self.deliver,
                self.end,
                self.end,
                self.retry,
                self.remove,
            ]
        )()

    def new_files(self) -> tuple[Enclosure, ...]:
        """Return up to three new files."""
        count = self.random.randrange(4)
        self.files += count
        return tuple(a_file(self.files - one, size=self.random.randrange(2 * BLOCK_BYTES)) for one in range(count))

    def ask(self) -> None:
        """Ask with some files."""
        message = replace(posted(self.number, "What?"), enclosures=self.new_files())
        answer = self.rows.perform(AcceptMessage(posted=message, now_s=NOW_S + self.number / 10))
        if isinstance(answer, Accepted):
            self.messages.append(self.number)
            self.take(answer.session)

    def take(self, session: SessionId) -> None:
        """Begin the next turn, if none is under way."""
        turn = self.rows.perform(TakeNextTurn(session=session))
        if isinstance(turn, TurnTaken):
            self.running[turn.turn] = turn

    def any_turn(self) -> TurnTaken | None:
        """Return a turn that was taken."""
        return self.random.choice(list(self.running.values())) if self.running else None

    def fetch(self) -> None:
        """Fetch the files of a turn, as they were when it was taken, or as they are."""
        turn = self.any_turn()
        if turn is None:
            return
        row = self.rows._connection.execute("SELECT enclosed FROM turn WHERE id = ?", (turn.turn,)).fetchone()
        before = self.random.choice([turn.question.enclosures, decoded(row[0])])
        after = []
        for file in before:
            self.files += 1
            after.append(file if file.stored or file.problem else replace(file, url="", stored=f"{self.files:032x}"))
        self.rows.perform(RecordEnclosures(turn=turn.turn, attempt=turn.attempt, before=before, after=tuple(after)))

    def edit(self) -> None:
        """Remove a file of some message."""
        if self.messages:
            number = self.random.choice(self.messages)
            row = self.rows._connection.execute(
                "SELECT enclosed FROM turn WHERE question_id = ?", (message_id(number),)
            ).fetchone()
            told = tuple(replace(file, stored="") for file in decoded(row[0]))[: self.random.randrange(3)]
            text = f"How {self.number}?"
            self.rows.perform(EditQuestion(message_id=message_id(number), text=text, enclosures=told))

    def deliver(self) -> None:
        """Have Discord show the outcome of an ended turn."""
        if self.ended:
            self.rows.perform(RecordDelivered(turn=self.random.choice(self.ended)))

    def withdraw(self) -> None:
        """Delete some message."""
        if self.messages and self.random.random() < 0.5:
            self.rows.perform(WithdrawQuestion(message_id=message_id(self.random.choice(self.messages))))

    def end(self) -> None:
        """Answer a turn, or fail."""
        turn = self.any_turn()
        if turn is not None:
            del self.running[turn.turn]
            ending, reason, text = self.random.choice(
                [("answered", "complete", "Ice"), ("failed", "server_error", ""), ("interrupted", "stopped", "I")]
            )
            outcome = finish(self.rows, turn, text, ending=ending, reason=reason)  # type: ignore[arg-type]
            self.ended.append(outcome.turn)
            self.take(turn.session)

    def retry(self) -> None:
        """Ask an ended turn again."""
        if self.ended:
            answer = ask_again(self.rows, self.random.choice(self.ended), self.number)
            if isinstance(answer, Accepted):
                self.take(answer.session)

    def remove(self) -> None:
        """Remove the session that is the newest one, now and then, and erase a piece."""
        session = value(self.rows, "SELECT max(id) FROM session WHERE is_removed = 0")
        if session is not None and self.random.random() < 0.2:
            self.rows.perform(RemoveSession(by=by(ALICE, self.number), session=SessionId(session), now_s=NOW_S))
        self.rows.perform(EraseRemoved())

    def wrong(self) -> list[str]:
        """Return what of the rows does not agree."""
        run = self.rows._connection.execute
        columns = [row[0] for row in run("SELECT enclosed FROM turn UNION ALL SELECT enclosed FROM utterance")]
        columns += [
            decoded_edit(row[0])[1] for row in run("SELECT edited FROM turn WHERE edited IS NOT NULL AND edited != ''")
        ]
        named = {int(file.stored, 16) for column in columns for file in decoded(column) if file.stored}
        known = kept(self.rows)
        found = []
        erasing = value(self.rows, "SELECT count(*) FROM session WHERE erased_to IS NOT NULL")
        if not erasing and named != known:
            found.append(f"named {named - known} and not kept; kept {known - named} and not named")
        sums = value(self.rows, "SELECT coalesce(sum(bytes), 0) FROM kept_file WHERE is_removed = 0")
        counted = value(self.rows, "SELECT kept_bytes FROM user")
        if sums != counted or counted > ROOM:
            found.append(f"{sums} bytes kept, {counted} counted")
        return found


@pytest.mark.parametrize("seed", range(40))
def test_whatever_happens_the_rows_keep_what_is_named_and_nothing_else(seed: int, tmp_path: Path) -> None:
    """After every step: each file that a row names is kept, each that is kept is named, and the sum is the person's."""
    with_room = open_store(tmp_path / "causerie.db", LIMITS) if seed == 0 else open_store(":memory:", LIMITS)
    set_status(with_room, "activate", number=-2)
    chat = Chat(with_room, seed)
    for _ in range(120):
        chat.step()
        assert chat.wrong() == []
    assert chat.files > 10
    with_room.close()
