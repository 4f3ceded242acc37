"""How a turn ends in rows: its outcome, what it adds to the conversation, and what is erased with a question that was taken back."""

import time
from typing import cast

import msgspec
from msgspec.structs import replace

from messages.answer import Answer
from messages.enclosure import LeftOut, words_of
from messages.turn import Ending, OutcomePending, Reason
from messages.verbs.turns import FinishTurn
from storage import (
    answer_files,
    history,
    kept_files,
    ledger,
    notes,
    reasoning,
    session_title,
    superseded,
    vectors,
)
from storage.enclosures import ERASED_EDIT, encoded_left_out
from storage.rows import SessionRow, TurnRow
from storage.unit_of_work import UnitOfWork, Verbs, outcome_of, streaming_turn


def finish_turn(unit: UnitOfWork, verb: FinishTurn) -> OutcomePending:
    """Commit how a turn ended; a turn that ended already keeps its first ending."""
    turn = streaming_turn(unit, verb.turn, verb.attempt)
    if turn is None:
        kept_files.drop(unit, (file.stored for file in verb.answer.files if file.stored))
    if turn is not None and turn.stop_reason == "question_deleted":
        # The model was quicker than the stop; the answer to a question that was taken back is not kept all the same.
        kept_files.drop(unit, (file.stored for file in verb.answer.files if file.stored))
        verb = replace(verb, ending="cancelled", reason="question_deleted", answer=replace(verb.answer, files=()))
    if turn is not None:
        end(unit, turn, verb.ending, verb.reason, verb.answer, verb.now_s, verb.left_out)
        if verb.flags:
            unit.run("UPDATE turn SET flags = ? WHERE id = ?", msgspec.json.encode(verb.flags).decode(), turn.id)
        ledger.settle(unit, turn.id, verb.usage, cut_bytes=verb.cut_bytes, has_drawn=verb.has_drawn)
        if verb.reason != "complete":
            notes.note_trouble(unit, turn, verb)
    return outcome_of(unit, verb.turn)


def end(
    unit: UnitOfWork,
    turn: TurnRow,
    ending: str,
    reason: Reason,
    answer: Answer,
    now_s: float,
    left_out: tuple[LeftOut, ...] = (),
) -> None:
    """Write how a turn ended, and what it adds to its session: utterances, a title, and that the asker was told it is public."""
    unit.run(
        "UPDATE turn SET state = ?, reason = ?, draft = ?, owed = 1, end_time = ?,"
        " model = coalesce(model, (SELECT model FROM session WHERE session.id = turn.session)) WHERE id = ?",
        ending,
        reason,
        answer.text,
        now_s,
        turn.id,
    )
    answer_files.keep(unit, turn.id, answer.files)
    made = kept_files.keep_made(unit, turn, answer.files)
    if reason in ("question_deleted", "question_blocked"):
        unit.run(
            "UPDATE turn SET question = '', enclosed = '', left_out = '', flags = '', edited = iif(edited IS NULL, NULL, ?) WHERE root = ?",
            ERASED_EDIT,
            turn.root,
        )
        unit.erased.append("question")
        kept_files.release(unit, turn.root)
    session = unit.first(SessionRow, "FROM session WHERE id = ?", turn.session)
    if session is None or session.is_removed:
        return
    if ending == "cancelled":
        return
    reasoning.keep(unit, turn.id, answer.reasoning)
    vectors.keep(unit, turn, answer.vector)
    if reason == "question_blocked":
        session_title.forget_question(unit, turn)
        return
    unit.run("UPDATE turn SET left_out = ? WHERE id = ?", encoded_left_out(left_out), turn.id)
    if turn.kind != "continue":
        session_title.follow_question(unit, turn, words_of(turn.question, turn.enclosures), is_over=True)
    if answer.text.strip() or answer.files:
        is_of_edited = history.say(unit, turn, answer.text, cut=reason != "complete", enclosures=made)
        if is_of_edited:
            superseded.forget_before(unit, turn)
        unit.run("UPDATE session SET update_time = ? WHERE id = ?", now_s, turn.session)
        _mention_public(unit, session, turn)
        kept_files.release(unit, turn.root)


def _mention_public(unit: UnitOfWork, session: SessionRow, turn: TurnRow) -> None:
    """Have the answer to a direct message say that the session is public; once for each session."""
    if turn.guild_id is None and session.is_public and not session.said_public:
        unit.run("UPDATE turn SET note_public = 1 WHERE id = ?", turn.id)
        unit.run("UPDATE session SET direct_told = 1 WHERE id = ?", turn.session)


def end_if_stopped(unit: UnitOfWork, turn: TurnRow, draft: str) -> bool:
    """End a turn that was to be stopped when the process crashed, and return whether it was; it is not asked again."""
    if turn.stop_reason is None:
        return False
    reason = cast("Reason", turn.stop_reason)  # whether it is one is checked where the outcome is read
    end(unit, turn, ending_of_stop(reason), reason, Answer(text=draft), time.time())
    return True


def ending_of_stop(reason: Reason) -> Ending:
    """Return how a stopped turn ends: interrupted when the asker pressed *Stop*, else cancelled."""
    return "interrupted" if reason == "stopped" else "cancelled"


VERBS: Verbs = {FinishTurn: finish_turn}
