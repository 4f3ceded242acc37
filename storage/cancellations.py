"""Changes of mind: stop a turn, edit or withdraw a question, and end the turns of a session that closes."""

import time

from messages.answer import Answer
from messages.enclosure import words_of
from messages.ids import SessionId, TurnId
from messages.turn import AFTER_EDIT, OutcomePending, Reason, StopTurn
from messages.verbs.cancellations import CancelTurn, EditQuestion, Ended, WithdrawQuestion
from messages.verbs.verb import Deny, NotAsker, TooLate
from storage import forgotten_people, history, kept_files, reasoning, rights, session_title, vectors
from storage.enclosures import ERASED_EDIT, as_edited, encoded, encoded_edit
from storage.rows import TurnRow
from storage.turn_end import end, ending_of_stop
from storage.unit_of_work import UnitOfWork, Verbs, outcome_of, stored_turn
from texts.characters import is_blank


def cancel_turn(unit: UnitOfWork, verb: CancelTurn) -> StopTurn | OutcomePending | Deny | NotAsker | TooLate:
    """End a waiting turn at once, or return the request to stop a streaming one, if the actor may; writes."""
    if not rights.may_press(unit, verb.actor, "stop", verb.turn, verb.message_id, guild=None):
        return rights.denial(unit, verb.actor, verb.turn, verb.message_id)
    turn = unit.first(TurnRow, "FROM turn WHERE id = ?", verb.turn)
    return TooLate() if turn is None else _stop(unit, turn, "stopped") or TooLate()


def withdraw_question(unit: UnitOfWork, verb: WithdrawQuestion) -> StopTurn | OutcomePending | None:
    """Cancel or stop every turn that still asks a question whose message was deleted, also a retry of it; writes.

    A question that is in its session's dialogue stays there; any other is erased, with the title that was made of it.
    """
    asked = unit.first(TurnRow, "FROM turn WHERE question_id = ?", verb.message_id)
    if asked is None:
        return None
    turn = unit.first(
        TurnRow,
        "FROM turn WHERE root = ? AND state IN ('queued', 'streaming')",
        asked.id,
    )
    # Whatever its state is, nobody asks it again.
    unit.run("UPDATE turn SET withdrawn = 1 WHERE id = ?", asked.id)
    # Discord goes on showing *Ask again*, so the rows go on saying that the question was edited, but not how.
    if unit.run("UPDATE turn SET edited = ? WHERE root = ? AND edited IS NOT NULL", ERASED_EDIT, asked.id).rowcount:
        unit.erased.append("question")
    if not history.has_question(unit, asked):
        # What streams is erased when it ends: until then it may be read.
        unit.run(
            "UPDATE turn SET question = '', enclosed = '', left_out = '', flags = '' WHERE root = ? AND state NOT IN ('queued', 'streaming')",
            asked.id,
        )
        session_title.forget_question(unit, asked)
        reasoning.erase_of_question(unit, asked.id)
        vectors.erase_of_question(unit, asked.id)
        unit.erased.append("question")
    kept_files.release(unit, asked.id)
    return None if turn is None else _stop(unit, turn, "question_deleted")


def _stop(unit: UnitOfWork, turn: TurnRow, reason: Reason) -> StopTurn | OutcomePending | None:
    """End a turn that waits, or return the request to stop one that streams; None when the turn is over."""
    if turn.state == "streaming":
        unit.run("UPDATE turn SET stop_reason = ? WHERE id = ?", reason, turn.id)
        return StopTurn(session=turn.known_session, turn=turn.id, reason=reason)
    if turn.state == "queued":
        ending = ending_of_stop(reason) if turn.draft else "cancelled"
        end(unit, turn, ending, reason, Answer(text=turn.draft), time.time())
        return outcome_of(unit, turn.id)
    return None


def end_all(unit: UnitOfWork, session: SessionId, *, but_of: int | None) -> Ended:
    """End the waiting turns of a session and return the requests to stop its streaming ones, except those that this person asked."""
    turns = [
        *unit.every(TurnRow, "FROM turn WHERE session = ? AND state = 'streaming'", session),
        *unit.every(TurnRow, "FROM turn WHERE session = ? AND state = 'queued' ORDER BY cause", session),
    ]
    done = [_stop(unit, turn, "session_ended") for turn in turns if turn.asker != but_of]
    return Ended(
        outcomes=tuple(one for one in done if isinstance(one, OutcomePending)),
        stops=tuple(one for one in done if isinstance(one, StopTurn)),
    )


def edit_question(unit: UnitOfWork, verb: EditQuestion) -> OutcomePending | None:
    """Have a question that was not asked yet, or that is asked again later, be asked as edited; writes.

    Returns the outcome of a turn whose answer is to offer *Ask again* now. An edit that leaves nothing to ask changes nothing, and so
    does one of a question that was taken back, or erased with its author: nothing of it is kept again.
    """
    asked = unit.first(TurnRow, "FROM turn WHERE question_id = ? AND state != 'refused'", verb.message_id)
    if asked is None or asked.is_withdrawn or not _is_in_a_session(unit, asked):
        return None
    told = None if verb.enclosures is None else forgotten_people.kept(unit, verb.enclosures)
    enclosures = as_edited(asked.enclosed, told)
    if is_blank(verb.text) and not any(enclosed.can_be_asked for enclosed in enclosures):
        return None
    newest = stored_turn(unit, _newest_of(unit, asked.id))
    if newest.next_question == (verb.text, encoded(enclosures)):
        return None
    unit.erased.append("question")
    _ask_as_edited(unit, asked, verb.text, encoded(enclosures))
    kept_files.release(unit, asked.id)
    return _offer_to_ask_again(unit, newest, encoded_edit(verb.text, encoded(enclosures)))


def _is_in_a_session(unit: UnitOfWork, turn: TurnRow) -> bool:
    return unit.one("SELECT 1 FROM session WHERE id = ? AND is_removed = 0", turn.session) is not None


def _newest_of(unit: UnitOfWork, root: TurnId) -> TurnId:
    newest = unit.one("SELECT id FROM turn WHERE root = ? ORDER BY cause DESC LIMIT 1", root)
    return root if newest is None else TurnId(newest["id"])


def _ask_as_edited(unit: UnitOfWork, asked: TurnRow, text: str, enclosed: str) -> None:
    """Change the question of turns whose model has not been asked, and of those that failed; name their session after it."""
    edited = unit.run(
        # What a process that died had of an answer was an answer to something else.
        "UPDATE turn SET question = :text, enclosed = :enclosed,"
        # What has an answer, or a part of one, answers what was asked before this edit.
        " edited = iif(state IN ('queued', 'streaming') OR (edited IS NULL AND draft = ''), NULL, :edited),"
        " draft = iif(state IN ('queued', 'streaming'), '', draft)"
        " WHERE root = :root AND NOT (state = 'streaming' AND asked) AND reason IS NOT 'complete'"
        " AND (question, enclosed) != (:text, :enclosed)",
        text=text,
        enclosed=enclosed,
        edited=encoded_edit(text, enclosed),
        root=asked.id,
    )
    turn = stored_turn(unit, asked.id)
    if edited.rowcount:
        reasoning.erase_of_question(unit, asked.id)
        vectors.erase_of_question(unit, asked.id)
    if edited.rowcount and not history.has_question(unit, turn):
        words = words_of(turn.question, turn.enclosures)
        session_title.follow_question(unit, turn, words, is_over=turn.state not in ("queued", "streaming"))


def _offer_to_ask_again(unit: UnitOfWork, newest: TurnRow, edited: str) -> OutcomePending | None:
    """Keep the edited question of a turn whose model was asked before the edit; its answer offers it once it is over.

    An answer that offers it already asks the newest text when its button is pressed.
    """
    is_over = newest.state not in ("queued", "streaming")
    if is_over and newest.reason not in AFTER_EDIT:
        return None
    kept = unit.run(
        "UPDATE turn SET edited = :edited, owed = iif(:is_over AND :is_first, 1, owed)"
        " WHERE id = :turn AND state != 'queued' AND NOT (state = 'streaming' AND NOT asked)",
        edited=edited,
        is_over=is_over,
        is_first=newest.edited is None,
        turn=newest.id,
    )
    return outcome_of(unit, newest.id) if kept.rowcount and is_over and newest.edited is None else None


VERBS: Verbs = {
    CancelTurn: cancel_turn,
    WithdrawQuestion: withdraw_question,
    EditQuestion: edit_question,
}
