"""The folder of kept files: private, random names, and nothing outside it is ever touched."""

import os
import stat
from pathlib import Path

import pytest

from files.folder import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder of files that was made."""
    made = Folder(tmp_path / "files")
    made.make()
    return made


def test_nobody_else_may_read_a_file(folder: Folder, tmp_path: Path) -> None:
    """Whatever the umask is."""
    before = os.umask(0)
    try:
        name, file = folder.new(".png")
        with file:
            file.write(b"seen by nobody")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "files").stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.path(name).stat().st_mode) == 0o600
    assert folder.path(name).read_bytes() == b"seen by nobody"
    assert folder.size(name) == len(b"seen by nobody")


def test_names_are_random_and_are_those_that_are_listed(folder: Folder, tmp_path: Path) -> None:
    """What somebody else put into the folder is not ours to list or to remove."""
    names = set()
    for ending in ("", ".png", ".docx"):
        name, file = folder.new(ending)
        file.close()
        names.add(name)
    (tmp_path / "files" / "notes.txt").write_text("the operator's")
    assert set(folder.names()) == names
    folder.remove(names)
    folder.remove(names)  # once more: a kill may have come between a removal and its commit
    assert list(folder.names()) == []
    assert (tmp_path / "files" / "notes.txt").exists()


@pytest.mark.parametrize(
    "name", ["", "..", "../causerie.db", "a" * 32 + "/x", "A" * 32, "a" * 31, "a" * 32 + ".p/g", "a" * 32 + "\n"]
)
def test_a_name_that_is_not_ours_is_no_path(folder: Folder, name: str) -> None:
    """Names come from rows, and what another program wrote there leads nowhere."""
    with pytest.raises(ValueError, match="no name"):
        folder.path(name)
    with pytest.raises(ValueError, match="no name"):
        folder.remove([name])


def test_an_ending_is_an_ending(folder: Folder) -> None:
    """Nothing that a person calls a file becomes a path."""
    with pytest.raises(ValueError, match="/etc"):
        folder.new("/etc")


def test_a_folder_that_was_never_made_has_no_files(tmp_path: Path) -> None:
    """Listing it is no error, and makes nothing."""
    assert list(Folder(tmp_path / "files").names()) == []
    assert not (tmp_path / "files").exists()


def test_what_an_earlier_process_left_is_listed_once(tmp_path: Path) -> None:
    """What this process makes is not among it, however early that is."""
    earlier = Folder(tmp_path)
    names = []
    for _ in range(2):
        name, file = earlier.new()
        file.close()
        names.append(name)
    folder = Folder(tmp_path)
    folder.new().file.close()
    assert sorted(folder.left_behind()) == sorted(names)
    folder.new().file.close()
    assert folder.left_behind() == []
