"""After a power cut the log may end anywhere; everything that was committed before that place is there."""

import shutil
from pathlib import Path

from storage.sqlite import open_store
from tests.storage.people import LIMITS, accept, finish, set_status, take, value

POINTS = 600


def test_a_log_torn_anywhere_keeps_what_was_committed_before(tmp_path: Path) -> None:
    """Cut at 600 places, the database holds the first questions without a gap and accepts the next one."""
    path = tmp_path / "live" / "causerie.db"
    rows = open_store(path, LIMITS)
    set_status(rows, "new")
    for number in range(20):
        session = accept(rows, number, f"Question {number}").session
        if number % 2:
            finish(rows, take(rows, session))
    log = path.with_name("causerie.db-wal").read_bytes()
    torn = tmp_path / "torn" / "causerie.db"
    torn.parent.mkdir()
    kept = []
    for point in range(POINTS):
        shutil.copy(path, torn)
        torn.with_name("causerie.db-wal").write_bytes(log[: len(log) * point // (POINTS - 1)])
        found = open_store(torn, LIMITS)
        questions = [row[0] for row in found._connection.execute("SELECT question FROM turn ORDER BY id")]
        assert questions == [f"Question {number}" for number in range(len(questions))]
        assert value(found, "PRAGMA quick_check") == "ok"
        set_status(found, "new", number=99)
        accept(found, 100)
        found.close()
        kept.append(len(questions))
    rows.close()
    assert kept == sorted(kept)
    assert (kept[0], kept[-1]) == (0, 20)
