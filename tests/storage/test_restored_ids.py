"""After a restore no session and no turn gets an id that was given since the backup: buttons in Discord would mean another one."""

import sqlite3
from contextlib import closing
from pathlib import Path

from storage.restored import adapt, read_since
from storage.sqlite import open_store
from tests.storage.people import LIMITS, NOW_S, accept, set_status


def test_no_id_is_given_twice(tmp_path: Path) -> None:
    """Whether the replaced data say what was given, or nobody can."""
    live = tmp_path / "live" / "causerie.db"
    rows = open_store(live, LIMITS)
    set_status(rows, "new")
    accept(rows, 1)
    rows.empty_log()
    for known in ("known", "unknown"):
        (tmp_path / known).mkdir()
        (tmp_path / known / live.name).write_bytes(live.read_bytes())
    since_the_backup = accept(rows, 2)
    rows.close()
    for known, since in (("known", read_since(live)), ("unknown", None)):
        path = tmp_path / known / live.name
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            adapt(connection, since, NOW_S)
        restored = open_store(path, LIMITS)
        later = accept(restored, 3)
        restored.close()
        assert later.turn > since_the_backup.turn
        assert later.session > since_the_backup.session
