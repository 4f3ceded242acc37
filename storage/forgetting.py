"""Forgetting a person: everything that they said, named or attached is erased, in pieces, and a kill in between is harmless.

| what | becomes |
|---|---|
| their settings, name, roles, notes | erased; what they send later finds nobody |
| a turn of theirs that waits, streams, or is not shown whole | ends at once, without a text |
| their sessions, with all that others said in them | removed, as by their owner |
| what they said in sessions of others and of channels | its text, name and files are erased; its place in the dialogue stays, and the answer |
| what models made of it: reasoning, vectors, what was read aloud | erased |
| the ledger | keeps its figures, of nobody |
| their totals of the present month, and raises of their budgets | stay by their id where they have a budget, until the month is over: else forgetting would fill it up again |
| their id, and when that was | stay: nothing that they wrote before is taken up again (`forgotten_people.py`) |

What is erased is what existed when they wanted it: the numbers of turns and sessions only grow, so the newest of each is remembered.
"""

from functools import partial
from sqlite3 import Row
from typing import Final

from msgspec.structs import replace

from messages.answer import Answer
from messages.ids import NOBODY, SessionId, TurnId, UserId, snowflake_at
from messages.turn import StopTurn
from messages.verbs.cancellations import Ended, merged
from messages.verbs.forgetting import (
    AwaitErasure,
    Belongings,
    CorrectForgotten,
    FilesRemain,
    ForgetAgreed,
    ForgetMe,
    ForgetNext,
    ForgetPerson,
    NobodyToForget,
    NotListed,
    PersonForgotten,
    PieceForgotten,
    ReadBelongings,
    RecordListed,
    StaleForget,
)
from storage import (
    answer_files,
    budgets,
    forgotten_people,
    forgotten_turns,
    kept_files,
    ledger,
    sessions,
    speech,
)
from storage.quarantine import or_quarantine, outcomes_of
from storage.shared_channels import EVERYONE
from storage.turn_end import end
from storage.unit_of_work import UnitOfWork, Verbs, stored_turn
from storage.users import first_delivery, remember_user

SESSIONS_AT_ONCE: Final = 50
ROWS_AT_ONCE: Final = 1000
"""What one transaction erases of each: some 10 ms."""


def read_belongings(unit: UnitOfWork, verb: ReadBelongings) -> Belongings:
    """Return what is stored about whoever asks, in numbers."""
    return _belongings(unit, verb.by.user_id)


def _belongings(unit: UnitOfWork, person: UserId) -> Belongings:
    row = unit.one(
        "SELECT name, sessions, newest_session, kept_bytes, questions FROM user WHERE discord_user_id = ?", person
    )
    if row is None:
        return Belongings()
    return Belongings(
        name=row["name"],
        sessions=row["sessions"],
        newest_session=SessionId(row["newest_session"]),
        questions=row["questions"],
        file_bytes=row["kept_bytes"],
    )


def forget_me(unit: UnitOfWork, verb: ForgetMe) -> ForgetAgreed | StaleForget:
    """Begin to forget whoever pressed; writes."""
    person = verb.by.user_id
    belongings = _belongings(unit, person)
    if belongings.newest_session > verb.newest:
        return StaleForget(belongings=belongings)
    first_delivery(unit, verb.by)  # to forget twice is to forget once
    return _begin(unit, person, verb.by.interaction_id, verb.now_s)


def forget_person(unit: UnitOfWork, verb: ForgetPerson) -> ForgetAgreed:
    """Begin to forget a person; writes."""
    # The clock may be slow: whatever was seen was written before.
    until = max(snowflake_at(verb.now_s), forgotten_people.newest_seen(unit))
    return _begin(unit, verb.person, until, verb.now_s)


def _begin(unit: UnitOfWork, person: UserId, until: int, now_s: float) -> ForgetAgreed:
    """Begin to forget a person; `until` is the newest of Discord's ids that what they wrote before may have."""
    newest = {
        table: (unit.one(sql) or [0])[0]
        for table, sql in (("turn", "SELECT max(id) FROM turn"), ("session", "SELECT max(id) FROM session"))
    }
    unit.run(
        "INSERT INTO forgetting (person, time, newest_turn, newest_session) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (person) DO UPDATE SET time = excluded.time, is_listed = 0,"
        " newest_turn = excluded.newest_turn, newest_session = excluded.newest_session",
        person,
        now_s,
        newest["turn"] or 0,
        newest["session"] or 0,
    )
    forgotten_people.remember(unit, person, until)
    unit.run(_BLANK_USER, person=person, now=now_s, max_token=unit.limits.default_max_token)
    ended = _end_turns(unit, person, now_s)
    unit.erased.append("person")
    return ForgetAgreed(ended=replace(ended, withdrawn=speech.withdraw(unit, person)))


_BLANK_USER: Final = (
    "UPDATE user SET name = '', create_time = :now, update_time = :now, modify_time = :now, status = 'disable', model = NULL,"
    " current_session = NULL, session_before = NULL, system_msg = '', max_token = :max_token, temperature = NULL, show_public = 0,"
    " attach = 0, speaks = 0, locale = '', input_tokens = 0, output_tokens = 0, tokens_are_estimated = 0, pictures = 0, audio_ms = 0,"
    " characters = 0, micro_dollars = 0, is_unpriced = 0 WHERE discord_user_id = :person"
)
"""As of somebody who was never there. `status_cause` stays: what they wrote before is not answered when they begin anew. `kept_bytes`
goes down as their files go: else it would fall below nothing, and whoever comes back had more room than others."""


def _end_turns(unit: UnitOfWork, person: UserId, now_s: float) -> Ended:
    """End what a person asked that is not over, or that Discord does not show whole, without a text.

    A question of theirs that somebody else has asked again ends, too: what its model thinks of it must not be kept.
    """
    # Each plus keeps SQLite from reading all that the person ever asked, or all turns in the order of their causes.
    streaming = unit.all("SELECT turn.id, turn.session" + _ASKED_BY + " AND turn.state = 'streaming'", person=person)
    waiting = unit.all("SELECT turn.id" + _ASKED_BY + " AND turn.state = 'queued' ORDER BY +turn.cause", person=person)
    # Of what was refused nothing was kept, and its sentence is on its way.
    unshown = unit.all("SELECT id FROM turn WHERE owed = 1 AND +asker = ? AND state != 'refused' ORDER BY id", person)
    turns = [int(row["id"]) for row in (*streaming, *waiting, *unshown)]
    for turn in turns:
        written = unit.one("SELECT length(CAST(draft AS BLOB)) FROM turn WHERE id = ?", turn)
        unit.run(_BLANK_TURN, turn)  # first, so that no text that cannot be read is in the way
        or_quarantine(unit, turn, now_s, partial(_end_turn, unit, TurnId(turn), int((written or [0])[0]), now_s))
    return Ended(
        outcomes=outcomes_of(unit, turns),
        stops=tuple(
            StopTurn(session=SessionId(row["session"]), turn=TurnId(row["id"]), reason="forgotten") for row in streaming
        ),
    )


_ASKED_BY: Final = (
    " FROM turn LEFT JOIN turn AS first ON first.id = turn.root WHERE (+turn.asker = :person OR +first.asker = :person)"
)

_BLANK_TURN: Final = "UPDATE turn SET question = '', enclosed = '', left_out = '', flags = '', edited = NULL, draft = '', stop_reason = NULL WHERE id = ?"


def _end_turn(unit: UnitOfWork, turn_id: TurnId, written_bytes: int, now_s: float) -> None:
    """End a turn in its row: whatever its actor still commits then finds no attempt that streams."""
    turn = stored_turn(unit, turn_id)
    ledger.settle(unit, turn.id, cut_bytes=written_bytes)
    answer_files.erase_of_turn(unit, turn.id)
    end(unit, turn, "cancelled", "forgotten", Answer(), now_s)


def record_listed(unit: UnitOfWork, verb: RecordListed) -> None:
    """Record that a person stands in the list of the forgotten; writes."""
    unit.run("UPDATE forgetting SET is_listed = 1 WHERE person = ?", verb.person)


def forget_next(
    unit: UnitOfWork, verb: ForgetNext
) -> NotListed | PieceForgotten | AwaitErasure | FilesRemain | PersonForgotten | NobodyToForget:
    """Erase a piece of what belongs to the first person who waits to be forgotten, and whom no file holds up that cannot be deleted; writes."""
    budgets.forget_over(unit, verb.now_s)
    held_up = []
    for row in unit.all("SELECT * FROM forgetting ORDER BY time"):
        step = _forget(unit, row, verb.now_s)
        if step is not None:
            return step
        held_up.append(UserId(row["person"]))
    return FilesRemain(persons=tuple(held_up)) if held_up else NobodyToForget()


def _forget(
    unit: UnitOfWork, row: Row, now_s: float
) -> NotListed | PieceForgotten | AwaitErasure | PersonForgotten | None:
    """Erase a piece of what belongs to a person; None where nothing is left but files that cannot be deleted."""
    person = UserId(row["person"])
    if not row["is_listed"]:
        return NotListed(person=person, time_s=row["time"])
    ended = _remove_sessions(unit, person, row["newest_session"], now_s)
    if ended is not None:
        return PieceForgotten(ended=ended, removes_sessions=True)
    if _is_erasing_sessions(unit):
        return AwaitErasure()  # what is erased with a session need not be erased turn by turn
    if forgotten_turns.erase_some(unit, person, row["newest_turn"]) or _erase_rows(unit, person, now_s):
        return PieceForgotten(ended=Ended())
    if _is_erasing_sessions(unit) or not kept_files.are_removed(unit):
        return AwaitErasure()
    if kept_files.remain_of(unit, person):
        return None
    unit.erased.append("person")  # what the pieces before erased is in the log, and in unused parts of the file
    unit.run("DELETE FROM forgetting WHERE person = ?", person)
    # Somebody who came back meanwhile has a name again, and is not the one who was forgotten.
    unit.run("DELETE FROM user WHERE discord_user_id = ? AND name = ''", person)
    return PersonForgotten(seconds=max(0.0, now_s - row["time"]))


def _remove_sessions(unit: UnitOfWork, person: UserId, newest: int, now_s: float) -> Ended | None:
    """Remove some of a person's sessions, which belong to nobody from then on; None where there are none."""
    rows = unit.all(
        "SELECT id, is_removed FROM session WHERE creator = ? AND id <= ? LIMIT ?", person, newest, SESSIONS_AT_ONCE
    )
    if not rows:
        return None
    remember_user(unit, NOBODY, EVERYONE, now_s)
    ended = merged(sessions.remove(unit, SessionId(row["id"]), person, now_s) for row in rows if not row["is_removed"])
    for row in rows:
        unit.run("UPDATE session SET creator = ? WHERE id = ?", NOBODY, row["id"])
    return ended


def _erase_rows(unit: UnitOfWork, person: UserId, now_s: float) -> bool:
    """Erase what else is stored by a person's id, and return whether there was anything."""
    erased = 0
    for statement in (
        "UPDATE ledger SET asker = 0, session = NULL WHERE id IN (SELECT id FROM ledger WHERE asker = ? LIMIT ?)",
        "UPDATE reservation SET asker = 0 WHERE turn IN (SELECT turn FROM reservation WHERE asker = ? LIMIT ?)",
        "DELETE FROM note WHERE id IN (SELECT id FROM note WHERE person = ? LIMIT ?)",
        "UPDATE budget_raise SET admin = 0 WHERE id IN (SELECT id FROM budget_raise WHERE admin = ? LIMIT ?)",
    ):
        erased += unit.run(statement, person, ROWS_AT_ONCE).rowcount
    erased += unit.run("DELETE FROM member WHERE user = ?", person).rowcount
    return erased + budgets.forget_person(unit, person, now_s) > 0


def _is_erasing_sessions(unit: UnitOfWork) -> bool:
    """Return whether removed sessions are still to be erased."""
    return unit.one("SELECT 1 FROM session WHERE erased_to IS NOT NULL LIMIT 1") is not None


VERBS: Verbs = {
    ReadBelongings: read_belongings,
    ForgetMe: forget_me,
    ForgetPerson: forget_person,
    RecordListed: record_listed,
    ForgetNext: forget_next,
    CorrectForgotten: forgotten_people.correct,
}
