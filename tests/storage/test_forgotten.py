"""The list of whom the bot was told to forget stands beside the database, and outlives kills and restored backups."""

import os
import shutil
import stat
from pathlib import Path

import pytest

from storage.forgotten import NAME, Forgotten, forgotten, forgotten_since, note

ALICE, BOB = 1001, 1002


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A folder with a copy of the list, as a backup has it; in the list is Alice."""
    note(tmp_path, ALICE, 100.0)
    folder = tmp_path / "backup"
    folder.mkdir()
    shutil.copy(tmp_path / NAME, folder)
    return folder


def test_the_list_keeps_its_order_and_is_empty_at_first(tmp_path: Path) -> None:
    """A folder without the file is one in which nobody was forgotten."""
    assert forgotten(tmp_path) == []
    note(tmp_path, BOB, 200.5)
    note(tmp_path, ALICE, 100.0)
    assert forgotten(tmp_path) == [Forgotten(BOB, 200.5), Forgotten(ALICE, 100.0)]


def test_only_its_owner_may_read_the_file_whatever_the_umask(tmp_path: Path) -> None:
    """Also where it was copied back with other rights."""
    before = os.umask(0)
    try:
        note(tmp_path, ALICE, 100.0)
        (tmp_path / NAME).chmod(0o644)
        note(tmp_path, BOB, 100.0)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600


def test_a_line_that_was_cut_short_is_left_out_and_harms_no_other(tmp_path: Path) -> None:
    """Every beginning of a line may be all that a kill or a full disk left of it."""
    whole = b"1001 100.000000\n"
    for end in range(len(whole)):
        (tmp_path / NAME).write_bytes(whole + whole[:end])
        assert forgotten(tmp_path) == [Forgotten(ALICE, 100.0)]
        note(tmp_path, BOB, 200.0)
        assert forgotten(tmp_path)[-1] == Forgotten(BOB, 200.0)
        assert {one.person for one in forgotten(tmp_path)} == {ALICE, BOB}


def test_who_was_forgotten_after_a_backup_is_what_its_copy_has_not(tmp_path: Path, backup: Path) -> None:
    """Somebody who came back and was forgotten again stands twice, by whatever clock."""
    assert forgotten_since(tmp_path, backup) == []
    note(tmp_path, BOB, 50.0)
    note(tmp_path, ALICE, 100.0)
    assert forgotten_since(tmp_path, backup) == [Forgotten(BOB, 50.0), Forgotten(ALICE, 100.0)]


def test_a_backup_without_a_list_knows_nobody_who_was_forgotten(tmp_path: Path, backup: Path) -> None:
    """It was made before the first one was."""
    (backup / NAME).unlink()
    assert forgotten_since(tmp_path, backup) == [Forgotten(ALICE, 100.0)]
