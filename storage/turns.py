"""A turn's life in rows: taken, checkpointed, paused, stopped, finished."""

import sqlite3
import time
from typing import Final

import msgspec

from messages.ids import SessionId, TurnId
from messages.recorder import (
    Deny,
    EditQuestion,
    FinishTurn,
    HasWork,
    PauseTurn,
    SaveDraft,
    StopIt,
    StopTurn,
    TakeNextTurn,
    TooLate,
    TryAgain,
    WaitingSessions,
    WithdrawQuestion,
)
from messages.session import DraftSaved, NothingWaits, TurnPaused
from messages.turn import Kind, OutcomeOwed, Reason, TurnTaken, Utterance
from storage import history, rights
from storage.rows import Books, Verbs, outcome_of, place_of

CONTINUE: Final = "Continue exactly where your last answer stopped."


def take_next_turn(books: Books, verb: TakeNextTurn) -> TurnTaken | NothingWaits:
    """Start the waiting turn with the lowest cause, unless one is under way."""
    if books.one("SELECT 1 FROM turn WHERE session = ? AND state = 'streaming'", verb.session):
        return NothingWaits()
    turn = books.one("SELECT * FROM turn WHERE session = ? AND state = 'queued' ORDER BY cause LIMIT 1", verb.session)
    return NothingWaits() if turn is None else _start(books, turn, turn["draft"], verb.history_chars)


def try_again(books: Books, verb: TryAgain) -> TurnTaken | NothingWaits:
    """Commit the next attempt of a turn whose stream broke."""
    turn = _streaming(books, verb.turn, verb.attempt)
    return NothingWaits() if turn is None else _start(books, turn, verb.draft, verb.history_chars)


def _start(books: Books, turn: sqlite3.Row, draft: str, history_chars: int) -> TurnTaken:
    attempt = turn["attempt"] + 1
    books.run("UPDATE turn SET state = 'streaming', attempt = ?, draft = ? WHERE id = ?", attempt, draft, turn["id"])
    session = books.one(
        "SELECT session.model, session.system_msg, user.max_token, user.temperature FROM session"
        " JOIN user ON user.discord_user_id = session.creator WHERE session.id = ?",
        turn["session"],
    )
    if session is None:
        raise LookupError(turn["session"])
    kind = msgspec.convert(turn["kind"], Kind)
    question = history.asked_by(books, turn)
    if kind == "continue":
        question = Utterance(role="user", author_id=turn["asker"], author_name=turn["asker_name"], text=CONTINUE)
    return TurnTaken(
        turn=TurnId(turn["id"]),
        session=SessionId(turn["session"]),
        attempt=attempt,
        deaths=turn["deaths"],
        kind=kind,
        place=place_of(turn),
        model=session["model"],
        system_msg=session["system_msg"],
        max_token=session["max_token"],
        temperature=session["temperature"],
        history=history.before(books, turn, history_chars),
        question=question,
        draft=draft,
    )


def _streaming(books: Books, turn: TurnId, attempt: int) -> sqlite3.Row | None:
    return books.one("SELECT * FROM turn WHERE id = ? AND attempt = ? AND state = 'streaming'", turn, attempt)


def save_draft(books: Books, verb: SaveDraft) -> DraftSaved:
    """Checkpoint the present attempt's draft."""
    books.run(
        "UPDATE turn SET draft = ? WHERE id = ? AND attempt = ? AND state = 'streaming'",
        verb.text,
        verb.turn,
        verb.attempt,
    )
    return DraftSaved(turn=verb.turn)


def pause_turn(books: Books, verb: PauseTurn) -> TurnPaused:
    """Put a streaming turn back among the waiting, unless it was to be stopped; that is no death."""
    turn = _streaming(books, verb.turn, verb.attempt)
    if turn is not None:
        books.run("UPDATE turn SET state = 'queued', draft = ? WHERE id = ?", verb.draft, verb.turn)
        end_if_stopped(books, turn, verb.draft)
    return TurnPaused(turn=verb.turn)


def finish_turn(books: Books, verb: FinishTurn) -> OutcomeOwed:
    """Commit how a turn ended; a turn that ended already keeps its first ending."""
    turn = _streaming(books, verb.turn, verb.attempt)
    if turn is not None:
        end(books, turn, verb.ending, verb.reason, verb.text, verb.now_s)
        if verb.usage is not None:
            books.run(
                "UPDATE turn SET input_tokens = ?, output_tokens = ?, tokens_are_estimated = ? WHERE id = ?",
                verb.usage.input_tokens,
                verb.usage.output_tokens,
                int(verb.usage.estimated),
                verb.turn,
            )
    return outcome_of(books, verb.turn)


def end(books: Books, turn: sqlite3.Row, ending: str, reason: Reason, text: str, now_s: float) -> None:
    """Write a turn's ending and what it leaves in the dialogue."""
    books.run(
        "UPDATE turn SET state = ?, reason = ?, draft = ?, owed = 1, end_time = ?,"
        " model = (SELECT model FROM session WHERE session.id = turn.session) WHERE id = ?",
        ending,
        reason,
        text,
        now_s,
        turn["id"],
    )
    if text.strip() and ending != "cancelled":
        history.say(books, turn, text, cut=reason != "complete")
        books.run("UPDATE session SET update_time = ? WHERE id = ?", now_s, turn["session"])


def end_if_stopped(books: Books, turn: sqlite3.Row, draft: str) -> bool:
    """End a turn whose stop was committed but that nobody lived to end: it is not asked again."""
    if turn["stop_reason"] is None:
        return False
    ending = "cancelled" if turn["stop_reason"] == "question_deleted" else "interrupted"
    end(books, turn, ending, turn["stop_reason"], draft, time.time())
    return True


def stop_turn(books: Books, verb: StopTurn) -> StopIt | OutcomeOwed | Deny | TooLate:
    """End a waiting turn, or have a streaming one ended, for somebody who may."""
    if not rights.may(books, verb.actor, "stop", verb.turn):
        return Deny()
    turn = books.one("SELECT * FROM turn WHERE id = ?", verb.turn)
    return TooLate() if turn is None else _stop(books, turn, "stopped") or TooLate()


def withdraw_question(books: Books, verb: WithdrawQuestion) -> StopIt | OutcomeOwed | None:
    """Cancel or stop whatever still asks a question that was deleted, a retry of it too."""
    turn = books.one(
        "SELECT again.* FROM turn AS asked JOIN turn AS again ON again.root = asked.id"
        " WHERE asked.question_id = ? AND again.state IN ('queued', 'streaming')",
        verb.message_id,
    )
    return None if turn is None else _stop(books, turn, "question_deleted")


def _stop(books: Books, turn: sqlite3.Row, reason: Reason) -> StopIt | OutcomeOwed | None:
    if turn["state"] == "streaming":
        books.run("UPDATE turn SET stop_reason = ? WHERE id = ?", reason, turn["id"])
        return StopIt(session=SessionId(turn["session"]), turn=TurnId(turn["id"]))
    if turn["state"] == "queued":
        ending = "cancelled" if reason == "question_deleted" or not turn["draft"] else "interrupted"
        end(books, turn, ending, reason, turn["draft"], time.time())
        return outcome_of(books, TurnId(turn["id"]))
    return None


def edit_question(books: Books, verb: EditQuestion) -> None:
    """A turn that waits is asked as edited; an edit that leaves nothing to ask changes nothing."""
    if verb.text.strip():
        books.run(
            "UPDATE turn SET question = ? WHERE question_id = ? AND state = 'queued' AND question != ?",
            verb.text,
            verb.message_id,
            verb.text,
        )


def waiting_sessions(books: Books, _verb: WaitingSessions) -> tuple[SessionId, ...]:
    """The sessions in which a turn waits."""
    rows = books.all("SELECT DISTINCT session FROM turn WHERE state = 'queued' ORDER BY session")
    return tuple(SessionId(row["session"]) for row in rows)


def has_work(books: Books, verb: HasWork) -> bool:
    """Whether a turn of this session waits."""
    return books.one("SELECT 1 FROM turn WHERE session = ? AND state = 'queued' LIMIT 1", verb.session) is not None


VERBS: Verbs = {
    TakeNextTurn: take_next_turn,
    TryAgain: try_again,
    SaveDraft: save_draft,
    PauseTurn: pause_turn,
    FinishTurn: finish_turn,
    StopTurn: stop_turn,
    WithdrawQuestion: withdraw_question,
    EditQuestion: edit_question,
    WaitingSessions: waiting_sessions,
    HasWork: has_work,
}
