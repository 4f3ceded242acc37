"""The files of an answer in rows: kept until Discord shows them, erased with their session."""

from msgspec.structs import replace

from messages.answer import Answer
from messages.files import File
from messages.ids import SessionId
from messages.turn import OutcomePending, TurnTaken
from messages.verbs.acceptance import Accepted
from messages.verbs.kept_files import DropFiles, FindFilesToRemove, ForgetFiles
from messages.verbs.notes import KeepUndelivered, ReadUndelivered, UndeliveredAnswer
from messages.verbs.replies import PendingOutcomes, RecordDelivered
from messages.verbs.sessions import RemoveSession
from messages.verbs.turns import FinishTurn
from storage.sqlite import SqliteStore
from tests.storage.people import ALICE, LIMITS, NOW_S, accept, ask_again, by, set_status, store, take

DRAWN = File(
    name="picture.jpeg",
    stored="0" * 32,
    description="A comet",
    media_type="image/jpeg",
    size=5_000,
    width=96,
    height=64,
)

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


def to_remove(rows: SqliteStore) -> tuple[str, ...]:
    return rows.perform(FindFilesToRemove(limit=100))


def drawn(rows: SqliteStore) -> TurnTaken:
    set_status(rows, "new")
    taken = take(rows, accept(rows, 0, "A comet").session)
    assert finished_with(rows, taken, Answer(files=(DRAWN,))).answer.files == (DRAWN,)
    return taken


def kept_bytes(rows: SqliteStore) -> int:
    return int(rows._connection.execute("SELECT kept_bytes FROM user").fetchone()[0])


def test_a_picture_stays_with_its_session() -> None:
    """It is a file of the session: the next question knows it, it counts as its asker's, and the removal takes it along."""
    rows = store()
    taken = drawn(rows)
    rows.perform(RecordDelivered(turn=taken.turn))
    assert (to_remove(rows), kept_bytes(rows)) == ((), 5_000)
    set_status(rows, "activate", number=1)
    rows._connection.execute("UPDATE user SET current_session = ?", (taken.session,))
    following = take(rows, accept(rows, 2, "Brighter").session)
    assert [enclosed.stored for said in following.history for enclosed in said.enclosures] == [DRAWN.stored]
    remove(rows, taken.session)
    assert (to_remove(rows), kept_bytes(rows)) == ((DRAWN.stored,), 0)


def test_a_removed_sessions_picture_stays_until_discord_shows_it() -> None:
    """What was drawn before the removal is still shown once."""
    rows = store()
    taken = drawn(rows)
    remove(rows, taken.session)
    assert to_remove(rows) == ()
    assert [pending.answer.files for pending in rows.perform(PendingOutcomes())] == [(DRAWN,)]
    rows.perform(RecordDelivered(turn=taken.turn))
    assert to_remove(rows) == (DRAWN.stored,)


def test_a_picture_for_which_there_is_no_room_is_shown_and_not_kept() -> None:
    """The dialogue says that there was one, and what it was is not guessed later."""
    rows = store(replace(LIMITS, files_bytes_per_person=4_999))
    taken = drawn(rows)
    assert to_remove(rows) == ()
    rows.perform(RecordDelivered(turn=taken.turn))
    assert (to_remove(rows), kept_bytes(rows)) == ((DRAWN.stored,), 0)
    set_status(rows, "activate", number=1)
    rows._connection.execute("UPDATE user SET current_session = ?", (taken.session,))
    following = take(rows, accept(rows, 2, "Brighter").session)
    assert [(one.stored, one.problem) for said in following.history for one in said.enclosures] == [("", "over_quota")]


def test_a_picture_that_is_drawn_again_takes_the_place_of_the_first() -> None:
    """In the session; Discord has both."""
    rows = store()
    taken = drawn(rows)
    rows.perform(RecordDelivered(turn=taken.turn))
    assert isinstance(ask_again(rows, taken.turn, 5), Accepted)
    second = take(rows, taken.session)
    finished_with(rows, second, Answer(files=(replace(DRAWN, stored="1" * 32),)))
    assert to_remove(rows) == (DRAWN.stored,)
    rows.perform(RecordDelivered(turn=second.turn))
    assert to_remove(rows) == (DRAWN.stored,)


def test_what_is_drawn_for_a_turn_that_is_over_is_removed() -> None:
    """It was stopped meanwhile, or its question was deleted; the same end told twice removes nothing."""
    rows = store()
    taken = drawn(rows)
    finished_with(rows, taken, Answer(files=(DRAWN,)))
    assert to_remove(rows) == ()
    finished_with(rows, taken, Answer(files=(replace(DRAWN, stored="1" * 32),)))
    rows.perform(DropFiles(names=("2" * 32,)))
    assert to_remove(rows) == ("1" * 32, "2" * 32)
    rows.perform(ForgetFiles(names=to_remove(rows)))
    assert to_remove(rows) == ()
