"""Everything that is stored about one person, as the files of an export: for `/privacy` and for `causerie export`.

    person.json            settings, names, times, totals
    sessions/7.jsonl       a session of theirs: its facts in the first line, then all that was said in it, an utterance a line
    elsewhere.jsonl        what they said in sessions of others and of channels, and what was answered
    unanswered.jsonl       questions of theirs that stand in no dialogue
    ledger.jsonl           what each of their requests used
    files/…                what they attached and what was drawn for them, by the names that the lines above give as `stored`

A page is bounded, so that nobody waits for the export of somebody who has very much.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from messages.ids import UserId
from messages.verbs.person_data import CollectPersonData, Cursor, DataEntry, DataPage
from storage.unit_of_work import UnitOfWork, Verbs

ROWS_AT_ONCE: Final = 500
CHARS_AT_ONCE: Final = 1_000_000
"""What a page has at most, but for its last row: some 10 ms. A question may hold the texts of many documents."""

_UTTERANCE: Final = "position, role, author_id, author_name, text, cut, enclosed"


def collect(unit: UnitOfWork, verb: CollectPersonData) -> DataPage:
    """Read the next page of what is stored about a person."""
    entries, following = _PARTS[verb.at.part](unit, verb.person, verb.at)
    if following is None and verb.at.part + 1 < len(_PARTS):
        following = Cursor(verb.at.part + 1)
    return DataPage(entries=tuple(entries), next=following)


Page = tuple[list[DataEntry], Cursor | None]


def _person(unit: UnitOfWork, person: UserId, _at: Cursor) -> Page:
    user = unit.one("SELECT * FROM user WHERE discord_user_id = ?", person)
    if user is None and unit.one("SELECT 1 FROM turn WHERE asker = ? LIMIT 1", person) is None:
        return [], None
    facts = {
        "settings": None if user is None else dict(user),
        "roles": _dicts(unit, "SELECT guild, roles FROM member WHERE user = ?", person),
        "notices": _dicts(unit, "SELECT turn, reason, create_time, told_time FROM note WHERE person = ?", person),
        "budget_raises": _dicts(
            unit, "SELECT time, day, month, tokens, micro_dollars FROM budget_raise WHERE person = ?", person
        ),
        "used_by_day": _dicts(
            unit, "SELECT day, tokens, micro_dollars, is_unpriced FROM spent WHERE scope = 'user' AND id = ?", person
        ),
    }
    text = msgspec.json.format(msgspec.json.encode(facts)).decode()
    return [DataEntry(path="person.json", text=f"{text}\n")], None


def _sessions(unit: UnitOfWork, person: UserId, at: Cursor) -> Page:
    """The person's sessions by their numbers; `inner` is the position in the one after `after` from which its dialogue is read."""
    session = unit.one(
        "SELECT * FROM session WHERE creator = ? AND is_removed = 0 AND id > ? ORDER BY id LIMIT 1", person, at.after
    )
    if session is None:
        return [], None
    path = f"sessions/{session['id']}.jsonl"
    rows, are_more = _some(
        unit,
        f"SELECT {_UTTERANCE} FROM utterance WHERE session = ? AND position >= ? ORDER BY position LIMIT ?",  # noqa: S608 constants
        session["id"],
        at.inner,
        ROWS_AT_ONCE,
    )
    head = [] if at.inner else [dict(session)]
    entries = [DataEntry(path=path, text=_lines([*head, *rows]))]
    if are_more:
        return entries, Cursor(at.part, at.after, rows[-1]["position"] + 1)
    return entries, Cursor(at.part, session["id"])


def _elsewhere(unit: UnitOfWork, person: UserId, at: Cursor) -> Page:
    """Questions and answers in sessions of others, by turns."""
    turns = unit.all(_TURNS, person, at.after, ROWS_AT_ONCE)
    rows: list[dict[str, Any]] = []
    left = CHARS_AT_ONCE
    for number, turn in enumerate(turns):
        if left < 0:
            return _page("elsewhere.jsonl", rows, at, turns[number - 1]["cause"])
        if turn["creator"] != person:
            said = _dicts(
                unit,
                f"SELECT session, {_UTTERANCE} FROM utterance WHERE session = ? AND turn = ? ORDER BY position",  # noqa: S608 constants
                turn["session"],
                turn["id"],
            )
            rows += said
            left -= sum(_chars(row) for row in said)
    return _page("elsewhere.jsonl", rows, at, _last(turns))


_TURNS: Final = (
    "SELECT turn.id, turn.cause, turn.session, creator FROM turn JOIN session ON session.id = turn.session"
    " WHERE asker = ? AND cause > ? AND kind = 'question' ORDER BY cause LIMIT ?"
)


def _unanswered(unit: UnitOfWork, person: UserId, at: Cursor) -> Page:
    turns, are_more = _some(
        unit,
        "SELECT cause, session, channel_id, guild, question, enclosed, draft, state, reason, create_time,"
        " EXISTS (SELECT 1 FROM utterance WHERE utterance.session = turn.session AND utterance.turn = turn.root) AS said"
        " FROM turn WHERE asker = ? AND cause > ? ORDER BY cause LIMIT ?",
        person,
        at.after,
        ROWS_AT_ONCE,
    )
    rows = [turn for turn in turns if not turn["said"] and (turn["question"] or turn["enclosed"] or turn["draft"])]
    return _page("unanswered.jsonl", rows, at, turns[-1]["cause"] if are_more else None)


def _ledger(unit: UnitOfWork, person: UserId, at: Cursor) -> Page:
    rows = unit.all(
        "SELECT id AS cause, * FROM ledger WHERE asker = ? AND id > ? ORDER BY id LIMIT ?",
        person,
        at.after,
        ROWS_AT_ONCE,
    )
    return _page("ledger.jsonl", [dict(row) for row in rows], at, _last(rows))


def _files(unit: UnitOfWork, person: UserId, at: Cursor) -> Page:
    """The files that are kept for a person, by the questions that they belong to."""
    turns = unit.all(
        "SELECT id, cause FROM turn WHERE asker = ? AND cause > ? AND kind = 'question' ORDER BY cause LIMIT ?",
        person,
        at.after,
        ROWS_AT_ONCE,
    )
    names = [
        row["name"]
        for turn in turns
        for row in unit.all(
            "SELECT name FROM kept_file WHERE turn = ? AND person = ? AND is_removed = 0", turn["id"], person
        )
    ]
    following = Cursor(at.part, turns[-1]["cause"]) if len(turns) == ROWS_AT_ONCE else None
    return [DataEntry(path=f"files/{name}", stored=name) for name in names], following


def _page(path: str, rows: list[dict[str, Any]], at: Cursor, last: int | None) -> Page:
    """Return a page of rows; `last` is the cause of what was read last where more may follow."""
    entries = [DataEntry(path=path, text=_lines(rows))] if rows else []
    return entries, None if last is None else Cursor(at.part, last)


def _last(read: list[Any]) -> int | None:
    """Return the cause of the last row of a page that was full; None where nothing follows it."""
    return int(read[-1]["cause"]) if len(read) == ROWS_AT_ONCE else None


def _some(unit: UnitOfWork, sql: str, *values: object) -> tuple[list[dict[str, Any]], bool]:
    """Return the first rows, as many as a page has, and whether more may follow."""
    rows: list[dict[str, Any]] = []
    left = CHARS_AT_ONCE
    cursor = unit.run(sql, *values)
    for row in cursor:
        rows.append(dict(row))
        left -= _chars(rows[-1])
        if left < 0:
            cursor.close()
            return rows, True
    return rows, len(rows) == ROWS_AT_ONCE


def _chars(row: dict[str, Any]) -> int:
    return sum(len(value) for value in row.values() if isinstance(value, str))


def _dicts(unit: UnitOfWork, sql: str, *values: object) -> list[dict[str, Any]]:
    return [dict(row) for row in unit.all(sql, *values)]


def _lines(rows: list[dict[str, Any]]) -> str:
    return "".join(f"{line}\n" for line in _encoded(rows))


def _encoded(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield msgspec.json.encode({name: value for name, value in row.items() if value not in (None, "")}).decode()


_PARTS: Final[tuple[Callable[[UnitOfWork, UserId, Cursor], Page], ...]] = (
    _person,
    _sessions,
    _elsewhere,
    _unanswered,
    _ledger,
    _files,
)
"""The parts of an export, in their order."""

VERBS: Verbs = {CollectPersonData: collect}
