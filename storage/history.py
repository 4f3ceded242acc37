"""A session's dialogue: what the next question is asked after, and what an ended turn leaves in it."""

import sqlite3

from messages.turn import Utterance
from storage.rows import Books


def before(books: Books, turn: sqlite3.Row, chars: int) -> tuple[Utterance, ...]:
    """The dialogue before a turn's question, oldest first, at most so many characters of the newest.

    A retry's ends before its question; a continuation's ends with the answer that it continues.
    """
    end = _end_of(books, turn)
    found: list[Utterance] = []
    left = chars
    rows = books.run(
        "SELECT role, author_id, author_name, text, cut FROM utterance WHERE session = ? AND position < ?"
        " ORDER BY position DESC",
        turn["session"],
        end,
    )
    for row in rows:
        left -= len(row["text"])
        if left < 0 and found:
            break
        found.append(
            Utterance(
                role=row["role"],
                author_id=row["author_id"],
                author_name=row["author_name"],
                text=row["text"],
                cut=bool(row["cut"]),
            )
        )
    rows.close()
    return tuple(reversed(found))


def _end_of(books: Books, turn: sqlite3.Row) -> int:
    """The position before which a turn's history ends."""
    role = {"retry": "user", "continue": "assistant"}.get(turn["kind"])
    row = books.one(
        "SELECT position FROM utterance WHERE session = ? AND turn = ? AND role = ?",
        turn["session"],
        turn["root"],
        role,
    )
    if row is not None:
        position: int = row["position"]
        return position + 1 if turn["kind"] == "continue" else position
    return _next_position(books, turn["session"])


def _next_position(books: Books, session: int) -> int:
    row = books.one("SELECT max(position) AS last FROM utterance WHERE session = ?", session)
    return 0 if row is None or row["last"] is None else int(row["last"]) + 1


def say(books: Books, turn: sqlite3.Row, text: str, *, cut: bool) -> None:
    """Put a turn's answer into the dialogue: after its question, in place of the one it retries, or behind the one it continues."""
    session, root = turn["session"], turn["root"]
    if turn["kind"] == "continue":
        written = books.run(
            "UPDATE utterance SET text = text || ?, cut = ? WHERE session = ? AND turn = ? AND role = 'assistant'",
            text,
            int(cut),
            session,
            root,
        )
    else:
        written = books.run(
            "UPDATE utterance SET text = ?, cut = ? WHERE session = ? AND turn = ? AND role = 'assistant'",
            text,
            int(cut),
            session,
            root,
        )
    if written.rowcount:
        return
    position = _next_position(books, session)
    for offset, role, author, name, said, is_cut in (
        (0, "user", turn["asker"], turn["asker_name"], turn["question"], 0),
        (1, "assistant", None, "", text, int(cut)),
    ):
        books.run(
            "INSERT INTO utterance (session, position, role, author_id, author_name, text, cut, turn)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            session,
            position + offset,
            role,
            author,
            name,
            said,
            is_cut,
            root,
        )
