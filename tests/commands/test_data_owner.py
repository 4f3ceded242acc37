"""As root on another user's data: no command, and no bot, follows what that user has put there; each says how to run it as that user."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.services import STATES, Bot, bot_of_data
from storage.sqlite import SqliteStore
from tests.commands.process import causerie
from tests.commands.test_restore import done, rows, the_backup

__all__ = ["rows"]

OTHER = 54321
"""A user that no machine has."""

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be led astray so"
)


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Path]:
    """A folder of root's with a secret."""
    folder = tmp_path / "victim"
    folder.mkdir(mode=0o700)
    (folder / "shadow").write_text("root's secret")
    (folder / "shadow").chmod(0o600)
    yield folder
    assert [(path.stat().st_uid, path.stat().st_mode & 0o777) for path in (folder, folder / "shadow")] == [
        (0, 0o700),
        (0, 0o600),
    ]
    assert [path.name for path in folder.iterdir()] == ["shadow"]


def give_all(data: Path) -> None:
    """Give the data to the other user, as a service's are."""
    for path in (data, *data.rglob("*")):
        os.chown(path, OTHER, OTHER, follow_symlinks=False)


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("backup",),
        ("restore",),
        ("restore", "BACKUP"),
        ("export", "1"),
        ("stats",),
        ("doctor",),
        ("forget", "1"),
        ("run",),
        ("start",),
    ],
)
def test_no_command_works_there(tmp_path: Path, rows: SqliteStore, victim: Path, arguments: tuple[str, ...]) -> None:
    """Files, backups and the log lead to root's; nothing is read, made, given away or removed."""
    done(tmp_path, "backup")
    rows.close()
    data, backup = tmp_path / "data", the_backup(tmp_path)
    shutil.rmtree(data / "files")
    (data / "files").symlink_to(victim)
    (data / "forgotten").symlink_to(victim / "shadow")
    give_all(data)
    before = sorted(data.rglob("*"))
    named = tuple(str(backup) if one == "BACKUP" else one for one in arguments)
    ended = causerie(tmp_path, *named, variables={"DISCORD_TOKEN": "MTIzNDU2Nzg5MDEyMzQ1Njc4.x.y"})
    assert ended.returncode == os.EX_CONFIG, ended.stdout + ended.stderr
    assert f"sudo -u '#{OTHER}'" in ended.stderr
    assert ended.stderr.rstrip().endswith(" ".join(named) + "`")
    assert sorted(data.rglob("*")) == before


def test_a_link_of_theirs_to_a_folder_of_roots_is_theirs(tmp_path: Path, rows: SqliteStore) -> None:
    """Also the database alone."""
    rows.close()
    os.lchown(tmp_path / "data" / "causerie.db", OTHER, OTHER)
    assert causerie(tmp_path, "stats").returncode == os.EX_CONFIG
    os.lchown(tmp_path / "data" / "causerie.db", 0, 0)
    assert causerie(tmp_path, "stats").returncode == 0
    (tmp_path / "link").symlink_to("data")
    os.lchown(tmp_path / "link", OTHER, OTHER)
    assert causerie(tmp_path, "stats", variables={"CAUSERIE_DATA": "link"}).returncode == os.EX_CONFIG


def test_a_bot_of_roots_leaves_an_empty_folder_of_another_user_alone(tmp_path: Path) -> None:
    """As one that is mounted into a container; the whole suite runs bots of root's on folders of root's."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    os.chown(data, OTHER, OTHER)
    ended = causerie(tmp_path, "run", variables={"DISCORD_TOKEN": "MTIzNDU2Nzg5MDEyMzQ1Njc4.x.y"})
    assert ended.returncode == os.EX_CONFIG
    assert f"in a container by --user {OTHER}" in ended.stderr
    assert list(data.iterdir()) == []


def test_a_services_data_are_recognised_by_where_they_really_are(tmp_path: Path) -> None:
    """And nothing else is."""
    assert [bot_of_data(STATES / name) for name in ("causerie", "causerie-two")] == [Bot(), Bot("two")]
    assert [bot_of_data(path) for path in (STATES / "causerie-Two", STATES / "other", tmp_path / "causerie")] == [
        None
    ] * 3
