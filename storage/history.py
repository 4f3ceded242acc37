"""A session's dialogue: the history that a question is asked with, and the utterances that an ended turn adds."""

from typing import Final, Literal

from msgspec.structs import replace

from messages.enclosure import Enclosure
from messages.ids import TurnId, UserId
from messages.turn import Utterance
from storage.enclosures import decoded, encoded
from storage.rows import TurnRow
from storage.unit_of_work import UnitOfWork


def before(unit: UnitOfWork, turn: TurnRow, chars: int) -> tuple[Utterance, ...]:
    """Return the dialogue before a turn's question, oldest first, at most `chars` characters of its newest part.

    The history of a retry ends before its question; the history of a continuation ends with the answer that it continues.
    """
    return _back_from(unit, turn.session, _end_of(unit, turn), chars)


def _back_from(
    unit: UnitOfWork,
    session: int | None,
    end: int,
    chars: int,
    *,
    chars_each: int = 1_000_000_000,
    most: int = 1_000_000_000,
) -> tuple[Utterance, ...]:
    found: list[Utterance] = []
    left = chars
    rows = unit.run(
        "SELECT role, author_id, author_name, substr(text, -?) AS text, cut, enclosed FROM utterance"
        " WHERE session = ? AND position < ? ORDER BY position DESC LIMIT ?",
        chars_each,
        session,
        end,
        most,
    )
    for row in rows:
        left -= len(row["text"]) + len(row["enclosed"])
        if left < 0 and found:
            break
        found.append(_said(*row))
    rows.close()
    return tuple(reversed(found))


def _said(
    role: Literal["user", "assistant"], author_id: UserId | None, author_name: str, text: str, cut: int, enclosed: str
) -> Utterance:
    """Return an utterance of its columns, in the order in which the statements here select them."""
    return Utterance(
        role=role,
        author_id=author_id,
        author_name=author_name,
        text=text,
        cut=bool(cut),
        enclosures=decoded(enclosed),
    )


PAGE_CHARS: Final = 1_000_000
PAGE_UTTERANCES: Final = 2_000
"""What one transaction reads of a dialogue that is shown whole: some 10 ms."""


def page(unit: UnitOfWork, session: int, before: int | None = None) -> tuple[tuple[Utterance, ...], int]:
    """Return the newest part of a dialogue before a position (None: its end), oldest first, and how many utterances precede it."""
    end = _next_position(unit, session) if before is None else min(before, _next_position(unit, session))
    said = _back_from(unit, session, end, PAGE_CHARS, most=PAGE_UTTERANCES)
    return said, end - len(said)


def newest(unit: UnitOfWork, session: int, chars: int) -> tuple[Utterance, ...]:
    """Return the end of the dialogue, oldest first: at most `chars` characters, and at least the end of one utterance if there is any."""
    return _back_from(unit, session, _next_position(unit, session), chars, chars_each=chars)


def count(unit: UnitOfWork, session: int) -> int:
    """Return how many utterances a session has. Positions have no gaps, so this costs the same in a long session."""
    return _next_position(unit, session)


def _end_of(unit: UnitOfWork, turn: TurnRow) -> int:
    """Return the position before which a turn's history ends."""
    session, root = turn.session, turn.root
    if turn.kind == "question":
        return _next_position(unit, session)
    role = "user" if turn.kind == "retry" else "assistant"
    row = unit.one("SELECT position FROM utterance WHERE session = ? AND turn = ? AND role = ?", session, root, role)
    if row is None:  # the question left nothing: its history ends where the first one after it begins
        row = unit.one(
            "SELECT position FROM utterance WHERE session = ? AND turn > ? ORDER BY turn, role DESC LIMIT 1",
            session,
            root,
        )
        return _next_position(unit, session) if row is None else int(row["position"])
    return int(row["position"]) + int(turn.kind == "continue")


def _next_position(unit: UnitOfWork, session: int | None) -> int:
    row = unit.one("SELECT max(position) AS last FROM utterance WHERE session = ?", session)
    return 0 if row is None or row["last"] is None else int(row["last"]) + 1


def has_question(unit: UnitOfWork, turn: TurnRow) -> bool:
    """Return whether the dialogue has the question that a turn asks."""
    row = unit.one("SELECT 1 FROM utterance WHERE session = ? AND turn = ? AND role = 'user'", turn.session, turn.root)
    return row is not None


def is_cut(unit: UnitOfWork, session: int | None, root: int | None) -> bool:
    """Return whether a question has an answer that stopped before its end."""
    row = unit.one("SELECT cut FROM utterance WHERE session = ? AND turn = ? AND role = 'assistant'", session, root)
    return row is not None and bool(row["cut"])


def say(unit: UnitOfWork, turn: TurnRow, text: str, *, cut: bool, enclosures: tuple[Enclosure, ...] = ()) -> bool:
    """Add a turn's answer to the dialogue: after its question, instead of the answer that it retries, or appended to the one it continues.

    Return whether it took the place of an answer to another question: that was edited since.
    """
    session, root = turn.session, turn.root
    if turn.kind == "continue":
        written = unit.run(_APPEND, text, int(cut), session, root)
    else:
        written = unit.run(_REPLACE, text, int(cut), encoded(enclosures), session, root)
    asked = asked_by(unit, turn)
    if written.rowcount and turn.kind == "retry":
        unit.erased.append("utterance")
        question = (asked.text, encoded(asked.enclosures))
        return unit.run(_ASKED_ANEW, *question, session, root, *question).rowcount > 0
    if written.rowcount:
        return False
    position = _next_position(unit, session)
    _insert(unit, session, position, root, asked, cut=False)
    answer = Utterance(role="assistant", author_id=None, author_name="", text=text, enclosures=enclosures)
    _insert(unit, session, position + 1, root, answer, cut=cut)
    return False


_ASKED_ANEW: Final = "UPDATE utterance SET text = ?, enclosed = ? WHERE session = ? AND turn = ? AND role = 'user' AND (text, enclosed) != (?, ?)"
_APPEND: Final = "UPDATE utterance SET text = text || ?, cut = ? WHERE session = ? AND turn = ? AND role = 'assistant'"
_REPLACE: Final = (
    "UPDATE utterance SET text = ?, cut = ?, enclosed = ? WHERE session = ? AND turn = ? AND role = 'assistant'"
)


def asked_by(unit: UnitOfWork, turn: TurnRow) -> Utterance:
    """Return the question as an utterance of the person who wrote it, whoever pressed *Retry* on it."""
    said = unit.one("SELECT asker, asker_name FROM turn WHERE id = ?", turn.root)
    author, name = (turn.asker, turn.asker_name) if said is None else said
    return Utterance(role="user", author_id=author, author_name=name, text=turn.question, enclosures=turn.enclosures)


def _insert(
    unit: UnitOfWork, session: int | None, position: int, root: int | None, said: Utterance, *, cut: bool
) -> None:
    unit.run(
        "INSERT INTO utterance (session, position, role, author_id, author_name, text, cut, enclosed, turn)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        session,
        position,
        said.role,
        said.author_id,
        said.author_name,
        said.text,
        int(cut),
        encoded(said.enclosures),
        root,
    )


def with_picture(unit: UnitOfWork, enclosed: Enclosure, turn: TurnId) -> Enclosure:
    """Return a reply to an answer with the last picture of that answer, if it has one that is kept."""
    row = unit.one(
        "SELECT utterance.enclosed FROM turn JOIN utterance ON utterance.session = turn.session AND utterance.turn = turn.root"
        " WHERE turn.id = ? AND role = 'assistant'",
        turn,
    )
    pictures = [] if row is None else [one for one in decoded(row["enclosed"]) if one.media_type.startswith("image/")]
    if not pictures:
        return enclosed
    last = pictures[-1]
    return replace(
        enclosed,
        media_type=last.media_type,
        stored=last.stored,
        size=last.size,
        width=last.width,
        height=last.height,
    )
