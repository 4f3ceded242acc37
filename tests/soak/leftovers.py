"""What must not stay when all work is done: rows that wait for something, and files that stand for a request."""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

REPLAYED_S: Final = 3_700.0
"""When another follows, an interaction is forgotten that is older than that: `REPLAY_S` in `storage/users.py`, and a little."""

TEMPORARY: Final[dict[str, str]] = {
    "reservation": "SELECT count(*) FROM reservation",
    "forgetting": "SELECT count(*) FROM forgetting",
    "untidy": "SELECT count(*) FROM untidy",
    "kept_file that is removed": "SELECT count(*) FROM kept_file WHERE is_removed = 1",
    "session that is not erased yet": "SELECT count(*) FROM session WHERE erased_to IS NOT NULL",
    "speech that is not sent": "SELECT count(*) FROM speech WHERE state != 'sent'",
    "turn that is not over": "SELECT count(*) FROM turn WHERE state IN ('queued', 'streaming', 'answered') OR owed = 1",
    "spent_of_forgotten whose month is over": "SELECT count(*) FROM spent_of_forgotten WHERE until_day < {day}",
    "interaction": "SELECT count(*) FROM interaction WHERE id < (SELECT max(id) FROM interaction) - ({replayed_ms} << 22)",
}
"""What each kind of row is called, and how many there are."""

REQUESTS: Final = re.compile(r"forget(ting)?-\d+|\.(backup|removed)-.*|.*\.restoring")
"""Names in the folder of the data that must be gone: requests to forget somebody, and files that were being made."""


def rows_left(rows: Callable[[str], list[tuple[Any, ...]]], *, now_s: float) -> dict[str, int]:
    """Return the temporary rows that there are, by what they are."""
    found = {}
    for name, sql in TEMPORARY.items():
        ((count,),) = rows(sql.format(day=int(now_s // 86_400), replayed_ms=int(REPLAYED_S * 1_000)))
        if count:
            found[name] = int(count)
    return found


def files_left(names: Iterable[str]) -> list[str]:
    """Return which names in the folder of the data must be gone."""
    return sorted(name for name in names if REQUESTS.fullmatch(name))
