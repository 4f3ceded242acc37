"""*Retry*, *Ask again* and *Continue*: each creates a turn of its own, which asks the question of an ended turn again."""

from messages.ids import IdempotencyKey, MessageId, SessionId, TurnId, UserId
from messages.turn import Kind, Reason
from messages.verbs.acceptance import Accepted, Refused
from messages.verbs.retries import AskAgain, NoContinuation, NotTaken, RetryTurn
from messages.verbs.verb import Deny, NotAsker, TooLate
from storage import history, rights
from storage.question_limits import asked_too_much, closed_for_now
from storage.rows import TurnRow
from storage.unit_of_work import UnitOfWork, Verbs, next_id, outcome_of


def retry_turn(unit: UnitOfWork, verb: RetryTurn) -> Accepted | Refused | Deny | NotAsker | NoContinuation | TooLate:
    """Queue a retry or a continuation of a turn that is over, or refuse it under the press's id."""
    if not rights.may_press(unit, verb.actor, verb.kind, verb.turn, verb.message_id, verb.guild_id):
        return rights.denial(unit, verb.actor, verb.turn, verb.message_id)
    pressed = unit.first(TurnRow, "FROM turn WHERE id = ?", verb.turn)
    if pressed is None:
        return Deny()
    kind = _kind(verb, pressed)
    if kind == "continue" and not _can_go_on(unit, verb, pressed):
        return NoContinuation()
    return _queue(unit, verb, pressed, kind)


def ask_again(unit: UnitOfWork, verb: AskAgain) -> Accepted | Refused | Deny | NotAsker | NotTaken | TooLate:
    """Queue a retry of the newest turn that asks a question, or refuse it under the interaction's id."""
    by = verb.by
    if _was_not_taken(unit, verb.message_id, by.user_id):
        return NotTaken()
    asked = _asked_by_message(unit, verb.message_id)
    session = None if asked is None else rights.subject(unit, asked.session)
    if asked is None or session is None or session.is_removed:
        return Deny()
    if not rights.may(by.user_id, "retry", session, by.guild_id, asker=asked.asker):
        return Deny() if by.user_id == asked.asker else NotAsker()
    if asked.state == "refused":
        return NotTaken()
    if asked.is_withdrawn:
        return Deny()
    newest = unit.first(TurnRow, "FROM turn WHERE root = ? ORDER BY cause DESC LIMIT 1", asked.id)
    if newest is None:
        return Deny()
    retry = RetryTurn(
        interaction_id=by.interaction_id,
        actor=by.user_id,
        turn=newest.id,
        kind="retry",
        channel_id=by.channel_id,
        guild_id=by.guild_id,
        message_id=verb.message_id,
        now_s=verb.now_s,
    )
    return _queue(unit, retry, newest, "retry")


def _was_not_taken(unit: UnitOfWork, message: MessageId, person: UserId) -> bool:
    """Return whether a message of this person, or the one that this notice replies to, was refused: nothing of it was kept."""
    refused = unit.one(
        "SELECT asker FROM turn WHERE state = 'refused' AND kind = 'question' AND"
        " (question_id = :message OR id = (SELECT turn FROM reply WHERE message_id = :message))",
        message=message,
    )
    return refused is not None and refused["asker"] == person


def _asked_by_message(unit: UnitOfWork, message: MessageId) -> TurnRow | None:
    """Return the turn that first asked the question in this message, or the one whose answer the message holds; None for others."""
    return unit.first(
        TurnRow,
        "FROM turn WHERE question_id = :message AND state != 'refused'"
        # A retry that was refused has no root; its notice replies to the question.
        " OR id = (SELECT coalesce(turn.root, (SELECT asked.id FROM turn AS asked WHERE asked.question_id = turn.reply_to))"
        " FROM turn JOIN reply ON reply.turn = turn.id WHERE reply.message_id = :message)",
        message=message,
    )


def _queue(
    unit: UnitOfWork, verb: RetryTurn, pressed: TurnRow, kind: Kind
) -> Accepted | Refused | Deny | NotAsker | TooLate:
    if unit.one("SELECT 1 FROM turn WHERE cause = ?", verb.interaction_id):
        return TooLate()
    if pressed.session is None:
        return Deny()
    if not _is_newest(unit, pressed) or not _may_be_asked_again(unit, pressed, kind):
        return TooLate()
    session = SessionId(pressed.session)
    if verb.with_default:
        if not rights.may_in(unit, verb.actor, "choose_model", session, verb.guild_id):
            return Deny()
        if pressed.reason != "model_unknown":
            return TooLate()
        unit.run(
            "UPDATE session SET model = ?, modify_time = ? WHERE id = ?",
            unit.limits.default_model,
            verb.now_s,
            session,
        )
    reason = _refusal(unit, verb, session)
    turn = _insert(unit, verb, pressed, kind, reason)
    if reason is not None:
        return Refused(outcome=outcome_of(unit, turn))
    return Accepted(turn=turn, session=session)


def _kind(verb: RetryTurn, pressed: TurnRow) -> Kind:
    """Return what to ask. Retrying a continuation that gave no text is a continuation again."""
    if pressed.kind == "continue" and not pressed.draft.strip():
        return "continue"
    return verb.kind


def _is_newest(unit: UnitOfWork, turn: TurnRow) -> bool:
    """Return whether nobody has asked this question again since. Refused retries do not count: their root is NULL."""
    newest = unit.one("SELECT id FROM turn WHERE root = ? ORDER BY cause DESC LIMIT 1", turn.root)
    return newest is not None and newest["id"] == turn.id


def _may_be_asked_again(unit: UnitOfWork, turn: TurnRow, kind: Kind) -> bool:
    if turn.state not in ("interrupted", "failed", "cancelled", "answered", "delivered"):
        return False
    if turn.reason == "question_deleted":
        return False
    if turn.reason == "question_blocked" and turn.next_question == ("", ""):
        return False
    root = unit.one(
        "SELECT withdrawn OR EXISTS (SELECT 1 FROM forgetting WHERE person = turn.asker AND turn.id <= newest_turn) AS is_gone"
        " FROM turn WHERE id = ?",
        turn.root,
    )
    if root is None or root["is_gone"]:
        return False
    return kind == "retry" or history.is_cut(unit, turn.session, turn.root)


def _can_go_on(unit: UnitOfWork, verb: RetryTurn, pressed: TurnRow) -> bool:
    """Return whether both the model that wrote the answer and the session's present one can go on with it."""
    session = unit.one("SELECT model FROM session WHERE id = ?", pressed.session)
    present = None if session is None or verb.with_default else session["model"]
    # A continuation without text was of no use, whatever model was asked for it.
    wrote = pressed.model if pressed.draft.strip() else None
    return not verb.without_dialogue & {wrote, present}


def _refusal(unit: UnitOfWork, verb: RetryTurn, session: SessionId) -> Reason | None:
    closed = closed_for_now(unit, session, verb.now_s)
    if closed != "parked" and asked_too_much(unit, verb.actor, IdempotencyKey(verb.interaction_id)):
        return "too_many_questions"
    return closed


def _insert(unit: UnitOfWork, verb: RetryTurn, pressed: TurnRow, kind: Kind, reason: Reason | None) -> TurnId:
    state = "queued" if reason is None else "failed" if reason == "parked" else "refused"
    actor = unit.one("SELECT name FROM user WHERE discord_user_id = ?", verb.actor)
    cursor = unit.run(
        "INSERT INTO turn (id, cause, kind, root, session, asker, asker_name, channel_id, guild, reply_to, question, enclosed, state,"
        " reason, owed, create_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        next_id(unit, "turn"),
        verb.interaction_id,
        kind,
        None if state == "refused" else pressed.root,
        pressed.session,
        verb.actor,
        pressed.asker_name if actor is None else actor["name"],
        verb.channel_id,
        verb.guild_id,
        _reply_to(unit, pressed, kind),
        *(("", "") if state == "refused" else pressed.next_question),  # nobody will ask a refused one
        state,
        reason,
        int(reason is not None),
        verb.now_s,
    )
    return TurnId(cursor.lastrowid or 0)


def _reply_to(unit: UnitOfWork, pressed: TurnRow, kind: Kind) -> MessageId:
    """Return the message to reply to: the question for a retry, the last message of the answer for a continuation."""
    if kind == "continue":
        last = unit.one("SELECT max(message_id) AS id FROM reply WHERE turn = ?", pressed.id)
        if last is not None:
            return MessageId(last["id"])
    asked = unit.one("SELECT question_id FROM turn WHERE id = ?", pressed.root)
    return MessageId(pressed.reply_to if asked is None else asked["question_id"])


VERBS: Verbs = {RetryTurn: retry_turn, AskAgain: ask_again}
