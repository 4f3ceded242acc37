"""`causerie export USER`: all that is stored of one person, and nothing of anybody else, while the bot runs."""

import json
import stat
from pathlib import Path

import pytest

from storage.sqlite import SqliteStore
from tests.commands.process import causerie
from tests.commands.test_restore import NAME, done, rows
from tests.storage.people import ALICE, BOB

__all__ = ["rows"]


def exported(folder: Path, person: str) -> Path:
    """Export a person, and return the folder."""
    said = done(folder, "export", person, "--to", str(folder))
    (made,) = folder.glob("export-*")
    assert str(made) in said
    return made


def test_an_export_has_no_file_of_anybody_else(tmp_path: Path, rows: SqliteStore) -> None:
    """Alice has asked in Bob's session, where he has a file, and has none herself."""
    ((session,),) = rows._connection.execute("SELECT id FROM session WHERE creator = ?", (BOB,)).fetchall()
    rows._connection.execute("UPDATE turn SET session = ? WHERE asker = ?", (session, ALICE))
    made = exported(tmp_path, str(ALICE))
    assert list(made.rglob(NAME)) == []


@pytest.mark.usefixtures("rows")
def test_an_export_has_the_rows_the_conversations_and_the_files_of_one_person(tmp_path: Path) -> None:
    """As JSON, as Markdown, and as they are; only the operator may read them."""
    made = exported(tmp_path, str(BOB))
    assert json.loads((made / "person.json").read_text())["settings"]["discord_user_id"] == BOB
    (conversation,) = (made / "sessions").glob("*.jsonl")
    head, question, answer = (json.loads(line) for line in conversation.read_text().splitlines())
    assert (head["creator"], question["text"], answer["text"]) == (BOB, f"Secret of {BOB}", "A ball of ice.")
    (markdown,) = (made / "sessions").glob("*.md")
    assert f"> Secret of {BOB}" in markdown.read_text()
    assert (made / "files" / NAME).read_bytes() == b"Bob's"
    everything = "".join(path.read_text() for path in made.rglob("*") if path.is_file())
    assert f"Secret of {ALICE}" not in everything
    assert {stat.S_IMODE(path.stat().st_mode) for path in (made, *made.rglob("*"))} == {0o600, 0o700}


def test_a_person_is_found_by_name_if_only_one_has_it(tmp_path: Path, rows: SqliteStore) -> None:
    """Otherwise the ids are named; of nobody, nothing is written."""
    rows._connection.execute("UPDATE user SET name = 'Twin'")
    ended = causerie(tmp_path, "export", "twin")
    assert ended.returncode == 78
    assert f"Name one by the id: {ALICE}, {BOB}." in ended.stderr
    rows._connection.execute("UPDATE user SET name = 'Bobby' WHERE discord_user_id = ?", (BOB,))
    assert exported(tmp_path, "@bobby").name.startswith(f"export-{BOB}-")
    for stranger in ("999", "nobody", "9" * 30, ""):
        ended = causerie(tmp_path, "export", stranger)
        assert ended.returncode == 78
        assert "Nothing is stored of anybody" in ended.stderr
    assert len(list(tmp_path.glob("*export*"))) == 1


@pytest.mark.usefixtures("rows")
def test_where_the_folder_cannot_be_made_one_line_says_so(tmp_path: Path) -> None:
    """Nothing is left of it."""
    (tmp_path / "file").touch()
    ended = causerie(tmp_path, "export", str(BOB), "--to", "file")
    assert ended.returncode == 69
    assert "Nothing was exported" in ended.stderr
