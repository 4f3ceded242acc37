"""The files of an answer in rows: kept until Discord shows them, erased with their session."""

from messages.answer import Answer
from messages.files import File
from messages.ids import SessionId
from messages.turn import OutcomePending, TurnTaken
from messages.verbs.notes import KeepUndelivered, ReadUndelivered, UndeliveredAnswer
from messages.verbs.replies import PendingOutcomes, RecordDelivered
from messages.verbs.sessions import RemoveSession
from messages.verbs.turns import FinishTurn
from storage.sqlite import SqliteStore
from tests.storage.people import ALICE, NOW_S, accept, by, set_status, store, take

FILES = (File(name="b.png", content=b"\x00\xff" * 9), File(name="a.txt", content=b""))


def finished(rows: SqliteStore) -> tuple[TurnTaken, OutcomePending]:
    set_status(rows, "new")
    taken = take(rows, accept(rows, 0).session)
    return taken, finished_with(rows, taken, Answer(text="A ball of ice.", files=FILES))


def finished_with(rows: SqliteStore, taken: TurnTaken, answer: Answer) -> OutcomePending:
    return rows.perform(
        FinishTurn(
            turn=taken.turn,
            attempt=taken.attempt,
            ending="answered",
            reason="complete",
            answer=answer,
            usage=None,
            now_s=NOW_S + 1,
        )
    )


def files_in(rows: SqliteStore) -> int:
    return int(rows._connection.execute("SELECT count(*) FROM answer_file").fetchone()[0])


def remove(rows: SqliteStore, session: SessionId) -> None:
    rows.perform(RemoveSession(by=by(ALICE, 5), session=session, now_s=NOW_S + 2))


def test_what_discord_does_not_show_yet_has_its_files() -> None:
    """An outcome that Discord does not show yet has its files from the rows, byte for byte and in their order."""
    rows = store()
    _, outcome = finished(rows)
    assert outcome.answer.files == FILES
    assert [pending.answer.files for pending in rows.perform(PendingOutcomes())] == [FILES]


def test_a_removed_session_takes_the_files_that_discord_shows_along() -> None:
    """After the removal no row holds a file of the session."""
    rows = store()
    taken, _ = finished(rows)
    rows.perform(RecordDelivered(turn=taken.turn))
    assert files_in(rows) == 2
    remove(rows, taken.session)
    assert files_in(rows) == 0


def test_what_a_removed_session_still_has_to_show_is_erased_when_it_is_shown() -> None:
    """A removed session's answer keeps its files until Discord shows it, then they are erased."""
    rows = store()
    taken, _ = finished(rows)
    remove(rows, taken.session)
    assert files_in(rows) == 2
    rows.perform(RecordDelivered(turn=taken.turn))
    assert files_in(rows) == 0


def test_undeliverable_answer_of_files_alone_waits_for_its_asker() -> None:
    """What cannot be shown where it was asked is kept, also when nothing of it is text; a removed session takes it along."""
    rows = store()
    set_status(rows, "new")
    taken = take(rows, accept(rows, 0).session)
    finished_with(rows, taken, Answer(files=FILES))
    rows.perform(KeepUndelivered(turn=taken.turn, code=10003, now_s=NOW_S + 2))
    (note,) = rows.perform(ReadUndelivered(by=by(ALICE, 5)))
    assert isinstance(note, UndeliveredAnswer)
    assert note.answer == Answer(files=FILES)
    remove(rows, taken.session)
    assert rows.perform(ReadUndelivered(by=by(ALICE, 6))) == ()


def test_undeliverable_answer_of_nothing_leaves_no_note() -> None:
    """Nobody is told of a message that holds nothing."""
    rows = store()
    set_status(rows, "new")
    taken = take(rows, accept(rows, 0).session)
    finished_with(rows, taken, Answer())
    rows.perform(KeepUndelivered(turn=taken.turn, code=10003, now_s=NOW_S + 2))
    assert rows.perform(ReadUndelivered(by=by(ALICE, 5))) == ()
