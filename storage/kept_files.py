"""The files on disk that belong to sessions: whose they are, how large, and when nobody needs them any more.

A file is written to disk first, then its row is committed; it is removed from the rows first (`is_removed`), then from disk,
then its row is deleted. So a kill at any moment leaves either a file that no row knows, which the next start removes, or a row
that says what is still to be removed.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import structlog
from msgspec.structs import replace

from messages.enclosure import Enclosure
from messages.files import File
from messages.ids import NOBODY, TurnId
from messages.verbs.kept_files import (
    DropFiles,
    FindFilesToRemove,
    FindUnknownFiles,
    ForgetFiles,
    ReadRoom,
    RecordFilesRemain,
    TryFilesAgain,
)
from storage.enclosures import decoded, decoded_edit
from storage.rows import TurnRow
from storage.unit_of_work import UnitOfWork, Verbs

log = structlog.get_logger()

BLOCK_BYTES: Final = 4096
"""A file takes at least so much of the disk: with a bound of bytes, small files are bounded too."""


def room_of(unit: UnitOfWork, person: int) -> int:
    """Return how many bytes may still be kept for a person."""
    row = unit.one("SELECT kept_bytes FROM user WHERE discord_user_id = ?", person)
    return unit.limits.files_bytes_per_person - (0 if row is None else int(row["kept_bytes"]))


def keep(unit: UnitOfWork, turn: TurnRow, enclosures: Sequence[Enclosure]) -> tuple[Enclosure, ...]:
    """Keep the files that a question encloses, as far as its author has room for them; writes.

    Return the enclosures; those for which there is no room have that problem, and no file.
    """
    known = _names_of_question(unit, turn.root)
    asked = unit.one("SELECT asker FROM turn WHERE id = ?", turn.root)
    person = turn.asker if asked is None else asked["asker"]
    kept = []
    for enclosed in enclosures:
        # What the bot drew and somebody replies to is kept with the question for which it was drawn.
        if not enclosed.stored or enclosed.is_own or enclosed.stored in known:
            kept.append(enclosed)
            continue
        taken = max(enclosed.size, BLOCK_BYTES)
        if taken > room_of(unit, person):
            kept.append(replace(enclosed, stored="", problem="over_quota"))
            continue
        _insert(unit, enclosed.stored, turn, person, taken)
        kept.append(enclosed)
    return tuple(kept)


def keep_made(unit: UnitOfWork, turn: TurnRow, files: Sequence[File]) -> tuple[Enclosure, ...]:
    """Keep what a model made for a turn, at least until Discord shows it; writes.

    Return what of it the answer encloses in the dialogue, where it stays: where the person who asked has no room for it, it has no file.
    """
    made = [file for file in files if file.stored]
    taken = [max(file.size, BLOCK_BYTES) for file in made]
    has_room = sum(taken) <= room_of(unit, turn.asker)
    for file, bytes_taken in zip(made, taken, strict=True):
        _insert(unit, file.stored, turn, turn.asker, bytes_taken)
    return tuple(
        Enclosure(
            kind="file",
            name=file.name,
            media_type=file.media_type,
            stored=file.stored if has_room else "",
            size=file.size,
            width=file.width,
            height=file.height,
            problem="" if has_room else "over_quota",
        )
        for file in made
    )


def _insert(unit: UnitOfWork, name: str, turn: TurnRow, person: int, taken: int) -> None:
    unit.run(
        "INSERT INTO kept_file (name, session, turn, person, bytes) VALUES (?, ?, ?, ?, ?)",
        name,
        turn.session,
        turn.root,
        person,
        taken,
    )
    unit.run("UPDATE user SET kept_bytes = kept_bytes + ? WHERE discord_user_id = ?", taken, person)


def drop_files(unit: UnitOfWork, verb: DropFiles) -> None:
    """Have files removed that no row knows, and that nobody needs; writes."""
    drop(unit, verb.names)


def drop(unit: UnitOfWork, names: Iterable[str]) -> None:
    """Have files removed that no row knows; writes."""
    for name in names:
        unit.run(
            "INSERT INTO kept_file (name, session, turn, person, bytes, is_removed) VALUES (?, 0, 0, 0, 0, 1)"
            " ON CONFLICT DO NOTHING",
            name,
        )


def _names_of_question(unit: UnitOfWork, root: TurnId | None) -> set[str]:
    return {row["name"] for row in unit.all("SELECT name FROM kept_file WHERE turn = ? AND is_removed = 0", root)}


def release(unit: UnitOfWork, root: TurnId | None) -> None:
    """Have those files of a question and its answers removed that nothing needs any more; writes.

    Needed is what its turns or the dialogue name, and what Discord does not show yet.
    """
    known = _names_of_question(unit, root)
    if not known:
        return
    columns = []
    for row in unit.all("SELECT enclosed, edited FROM turn WHERE root = ?", root):
        columns += [row["enclosed"], "" if row["edited"] is None else decoded_edit(row["edited"])[1]]
    said = unit.all(
        "SELECT utterance.enclosed FROM turn JOIN utterance ON utterance.session = turn.session AND utterance.turn = turn.id"
        " WHERE turn.id = ?",
        root,
    )
    columns += [row["enclosed"] for row in said]
    needed = {enclosed.stored for column in columns for enclosed in decoded(column)}
    needed |= {row["stored"] for row in unit.all(_NOT_SHOWN, root)}
    _have_removed(unit, known - needed)


def release_or_remove(unit: UnitOfWork, root: TurnId) -> None:
    """Have files of a question removed as `release` does; where a row cannot be read that would say what is needed, all of them; writes."""
    unit.run("SAVEPOINT one_question")
    try:
        release(unit, root)
    except (ValueError, msgspec.MsgspecError) as error:
        log.error("question.unreadable", turn=root, error=type(error).__name__)
        unit.run("ROLLBACK TO one_question")
        _have_removed(unit, _names_of_question(unit, root))
    unit.run("RELEASE one_question")


def release_shown(unit: UnitOfWork, turn: TurnId) -> None:
    """Have those files removed that were kept only until Discord showed a turn's answer; writes."""
    row = unit.one("SELECT root FROM turn WHERE id = ?", turn)
    if row is not None:
        release(unit, row["root"])


def give_to_nobody(unit: UnitOfWork, turns: str) -> None:
    """Have the files be nobody's that the questions of turns still need, so that they take room of nobody; writes.

    :param turns: their ids, as an array of JSON
    """
    for row in unit.all(_OF_QUESTIONS, turns):
        unit.run("UPDATE user SET kept_bytes = kept_bytes - ? WHERE discord_user_id = ?", row["bytes"], row["person"])
        unit.run("UPDATE kept_file SET person = ? WHERE name = ?", NOBODY, row["name"])


_OF_QUESTIONS: Final = (
    "SELECT name, person, bytes FROM kept_file WHERE is_removed = 0 AND person != 0 AND turn IN"
    " (SELECT coalesce(root, id) FROM turn WHERE id IN (SELECT value FROM json_each(?)))"
)

_NOT_SHOWN: Final = (
    "SELECT stored FROM turn JOIN answer_file ON answer_file.turn = turn.id WHERE turn.root = ? AND stored != ''"
    " AND (owed = 1 OR EXISTS (SELECT 1 FROM note WHERE note.turn = turn.id AND told_time IS NULL))"
)
"""What was made for the answers to a question that Discord does not show yet, or that waits for its asker."""


def release_of_session(unit: UnitOfWork, session: int, limit: int) -> int:
    """Have files of a removed session removed, at most `limit`; return how many there were; writes.

    What Discord does not show yet of its last answers stays until then.
    """
    names = unit.all(
        "SELECT name FROM kept_file WHERE session = ? AND is_removed = 0 AND NOT EXISTS"
        " (SELECT 1 FROM turn JOIN answer_file ON answer_file.turn = turn.id"
        " WHERE turn.root = kept_file.turn AND owed = 1 AND stored = kept_file.name) LIMIT ?",
        session,
        limit,
    )
    _have_removed(unit, (row["name"] for row in names))
    return len(names)


def _have_removed(unit: UnitOfWork, names: Iterable[str]) -> None:
    for name in names:
        unit.run(
            "UPDATE user SET kept_bytes = kept_bytes - kept_file.bytes FROM kept_file"
            " WHERE kept_file.name = ? AND kept_file.is_removed = 0 AND discord_user_id = kept_file.person AND discord_user_id != ?",
            name,
            NOBODY,
        )
        unit.run("UPDATE kept_file SET is_removed = 1 WHERE name = ?", name)


def read_room(unit: UnitOfWork, verb: ReadRoom) -> int:
    """Return how many bytes may still be kept for a person."""
    return room_of(unit, verb.person)


def find_files_to_remove(unit: UnitOfWork, verb: FindFilesToRemove) -> tuple[str, ...]:
    """Return names of files that nobody needs any more, but for those that could not be deleted."""
    sql = "SELECT name FROM kept_file WHERE is_removed = 1 AND problem = '' LIMIT ?"
    return tuple(row["name"] for row in unit.all(sql, verb.limit))


def record_files_remain(unit: UnitOfWork, verb: RecordFilesRemain) -> None:
    """Record which files could not be deleted; writes."""
    for name, problem in verb.problems:
        unit.run("UPDATE kept_file SET problem = ? WHERE name = ? AND is_removed = 1", problem, name)


def try_files_again(unit: UnitOfWork, _verb: TryFilesAgain) -> None:
    """Forget that files could not be deleted; writes."""
    unit.run("UPDATE kept_file SET problem = '' WHERE problem != ''")


def are_removed(unit: UnitOfWork) -> bool:
    """Return whether every file that nobody needs is deleted, but for those that could not be."""
    return unit.one("SELECT 1 FROM kept_file WHERE is_removed = 1 AND problem = '' LIMIT 1") is None


def remain_of(unit: UnitOfWork, person: int) -> bool:
    """Return whether files of a person's could not be deleted."""
    sql = "SELECT 1 FROM kept_file WHERE is_removed = 1 AND problem != '' AND person = ? LIMIT 1"
    return unit.one(sql, person) is not None


def forget_files(unit: UnitOfWork, verb: ForgetFiles) -> None:
    """Forget files that are gone from the disk; writes."""
    for name in verb.names:
        unit.run("DELETE FROM kept_file WHERE name = ? AND is_removed = 1", name)


def find_unknown_files(unit: UnitOfWork, verb: FindUnknownFiles) -> tuple[str, ...]:
    """Return the files that no row knows."""
    return tuple(name for name in verb.names if unit.one("SELECT 1 FROM kept_file WHERE name = ?", name) is None)


VERBS: Verbs = {
    ReadRoom: read_room,
    FindFilesToRemove: find_files_to_remove,
    ForgetFiles: forget_files,
    RecordFilesRemain: record_files_remain,
    TryFilesAgain: try_files_again,
    DropFiles: drop_files,
    FindUnknownFiles: find_unknown_files,
}
