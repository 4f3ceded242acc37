"""Rows become typed structs at the edge of storage."""

from pathlib import Path

from storage import reading, rows, sqlite, unit_of_work
from storage.rows import ListedRow, SessionRow, TurnRow, UserRow
from tests.storage.people import ALICE, accept, finish, press_id, set_status, store, take

EDGE = {Path(str(module.__file__)).name for module in (reading, rows, sqlite, unit_of_work)}


def test_only_the_edge_knows_sqlites_rows() -> None:
    """Only the modules at the edge use `sqlite3.Row`; the others get structs with typed fields."""
    knowing = {path.name for path in Path(str(rows.__file__)).parent.glob("*.py") if "sqlite3.Row" in path.read_text()}
    assert knowing <= EDGE, f"{sorted(knowing - EDGE)}: read a struct of storage/rows.py instead of a sqlite3.Row"
    assert "sqlite.py" in knowing


def test_fields_hold_what_their_columns_hold() -> None:
    """Each struct has the values that were written, and numbers that mean yes or no are booleans."""
    data = store()
    set_status(data, "new")
    accepted = accept(data, 0)
    taken = take(data, accepted.session)
    finish(data, taken, "A ball", ending="interrupted", reason="stopped")
    data._connection.execute("UPDATE turn SET deaths = 2, muted = 7, guild = 3001, again_at = 5.5, withdrawn = 1")
    data._connection.execute("UPDATE session SET direct_told = 1, is_public = 0")
    data._connection.execute("UPDATE user SET attach = 1, temperature = 0.5")
    unit = data._unit
    (turn,) = unit.every(TurnRow, "FROM turn")
    assert (turn.id, turn.session, turn.root) == (accepted.turn, accepted.session, accepted.turn)
    assert {int(turn.idempotency_key), turn.question_id} == {taken.place.question_id}
    assert (turn.kind, turn.state, turn.reason, turn.draft) == ("question", "interrupted", "stopped", "A ball")
    assert (turn.crash_count, turn.guild_id, turn.again_at_s) == (2, 3001, 5.5)
    assert (turn.is_muted, turn.is_withdrawn, turn.notes_public) == (True, True, False)
    session = unit.first(SessionRow, "FROM session WHERE id = ?", accepted.session)
    assert session is not None
    assert (session.said_public, session.is_public, session.is_removed) == (True, False, False)
    user = unit.first(UserRow, "FROM user")
    assert user is not None
    assert (user.id, user.status, user.attach, user.show_public, user.temperature) == (ALICE, "new", True, False, 0.5)
    assert user.status_cause == press_id(-1) + ALICE
    listed = unit.first(ListedRow, "FROM session JOIN user AS owner ON owner.discord_user_id = creator JOIN user AS me")
    assert listed is not None
    assert (listed.id, listed.creator_name, listed.current_session) == (accepted.session, "Alice", accepted.session)


def test_no_row_is_none() -> None:
    """A row that does not exist is None, also for a forged number of more than 64 bits."""
    unit = store()._unit
    assert unit.first(TurnRow, "FROM turn WHERE id = ?", 1) is None
    assert unit.first(TurnRow, "FROM turn WHERE id = ?", 2**70) is None
    assert list(unit.every(TurnRow, "FROM turn")) == []
