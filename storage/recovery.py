"""After an unclean end: what was under way waits again, what brings the process down is set aside."""

from typing import Final

from messages.ids import TurnId
from messages.recorder import ParkSession, Recover, RestartTurns
from messages.turn import OutcomeOwed
from storage.rows import Books, Verbs, outcome_of
from storage.turns import end, end_if_stopped

DEATHS_MAX: Final = 3
"""A turn during which the process died that often is set aside, so that what waits behind it can be answered."""


def recover(books: Books, verb: Recover) -> None:
    """Count a death for each turn that streamed, then have it wait again or set it aside."""
    for turn in books.all("SELECT * FROM turn WHERE state = 'streaming'"):
        books.run("UPDATE turn SET deaths = deaths + 1 WHERE id = ?", turn["id"])
        if end_if_stopped(books, turn, turn["draft"]):
            continue
        if turn["deaths"] + 1 >= DEATHS_MAX:
            end(books, turn, "failed", "set_aside", turn["draft"], verb.now_s)
        else:
            books.run("UPDATE turn SET state = 'queued' WHERE id = ?", turn["id"])


def restart_turns(books: Books, verb: RestartTurns) -> tuple[OutcomeOwed, ...]:
    """A session's actor crashed: its turn waits again, or ends where it was to be stopped."""
    streaming = books.all("SELECT * FROM turn WHERE session = ? AND state = 'streaming'", verb.session)
    books.run("UPDATE turn SET state = 'queued' WHERE session = ? AND state = 'streaming'", verb.session)
    return tuple(
        outcome_of(books, TurnId(turn["id"])) for turn in streaming if end_if_stopped(books, turn, turn["draft"])
    )


def park_session(books: Books, verb: ParkSession) -> tuple[OutcomeOwed, ...]:
    """Fail what waits in a session, and what comes until the given time."""
    books.run("UPDATE session SET parked_until = ? WHERE id = ?", verb.until_s, verb.session)
    waiting = books.all(
        "SELECT * FROM turn WHERE session = ? AND state IN ('queued', 'streaming') ORDER BY cause", verb.session
    )
    for turn in waiting:
        end(books, turn, "failed", "parked", turn["draft"], verb.now_s)
    return tuple(outcome_of(books, TurnId(turn["id"])) for turn in waiting)


VERBS: Verbs = {Recover: recover, RestartTurns: restart_turns, ParkSession: park_session}
