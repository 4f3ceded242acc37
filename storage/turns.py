"""A turn's life in rows: it is taken, checkpointed, paused and finished."""

import time
from typing import Final, cast

import msgspec
from msgspec.structs import replace

from messages.answer import Answer
from messages.budget import NoRoom
from messages.choices import Choices
from messages.enclosure import Enclosure, LeftOut, heard_in, words_of
from messages.ids import TurnId
from messages.session import DraftSaved, NothingWaits, TurnPaused
from messages.turn import Ending, OutcomePending, Reason, TurnTaken, Utterance
from messages.verbs.recovery import HasWork
from messages.verbs.turns import (
    Asked,
    BeginAsking,
    BeginHelping,
    EndHelping,
    FinishTurn,
    PauseTurn,
    ReadQuestion,
    RecordEnclosures,
    SaveDraft,
    TakeNextTurn,
    TryAgain,
)
from storage import (
    answer_files,
    history,
    kept_files,
    ledger,
    notes,
    reasoning,
    rights,
    session_title,
    superseded,
    vectors,
)
from storage.enclosures import ERASED_EDIT, encoded, encoded_left_out
from storage.rows import SessionRow, TurnRow
from storage.unit_of_work import UnitOfWork, Verbs, locale_of_place, outcome_of, place_of, stored_turn
from texts.characters import is_blank

CONTINUE: Final = "Continue exactly where your last answer stopped."


def take_next_turn(unit: UnitOfWork, verb: TakeNextTurn) -> TurnTaken | NothingWaits | OutcomePending:
    """Start the waiting turn with the lowest cause, unless one is under way. A turn whose asker may no longer speak here is ended."""
    if unit.one("SELECT 1 FROM turn WHERE session = ? AND state = 'streaming'", verb.session):
        return NothingWaits()
    turn = unit.first(TurnRow, "FROM turn WHERE session = ? AND state = 'queued' ORDER BY cause LIMIT 1", verb.session)
    if turn is None:
        return NothingWaits()
    if not rights.may_in(unit, turn.asker, "speak", verb.session, turn.guild_id):
        end(unit, turn, "cancelled", "session_ended", Answer(text=turn.draft), time.time())
        return outcome_of(unit, turn.id)
    return _start(unit, turn, turn.draft)


def try_again(unit: UnitOfWork, verb: TryAgain) -> TurnTaken | NothingWaits:
    """Commit the next attempt of a turn whose stream broke."""
    turn = _streaming(unit, verb.turn, verb.attempt)
    if turn is None:
        return NothingWaits()
    ledger.settle(unit, turn.id, verb.usage, is_cut=False, answer=verb.draft)
    return _start(unit, turn, verb.draft)


def has_work(unit: UnitOfWork, verb: HasWork) -> bool:
    """Return whether a turn of this session waits."""
    return unit.one("SELECT 1 FROM turn WHERE session = ? AND state = 'queued' LIMIT 1", verb.session) is not None


def _start(unit: UnitOfWork, turn: TurnRow, draft: str) -> TurnTaken:
    attempt = turn.attempt + 1
    session = unit.one(
        "SELECT session.id, session.model, session.effort, session.size, session.quality, session.system_msg, user.max_token, user.temperature FROM session"
        " JOIN user ON user.discord_user_id = ? WHERE session.id = ?",
        turn.asker,
        turn.session,
    )
    if session is None:
        raise LookupError(turn.session)
    unit.run(
        "UPDATE turn SET state = 'streaming', asked = 0, attempt = ?, draft = ?, model = ? WHERE id = ?",
        attempt,
        draft,
        session["model"],
        turn.id,
    )
    return TurnTaken(
        turn=turn.id,
        session=session["id"],
        attempt=attempt,
        crash_count=turn.crash_count,
        asker=turn.asker,
        guild_id=turn.guild_id,
        locale=locale_of_place(unit, turn.guild_id, turn.asker),
        kind=turn.kind,
        place=place_of(turn),
        model=session["model"],
        system_msg=session["system_msg"],
        max_token=session["max_token"],
        temperature=session["temperature"],
        choices=Choices(effort=session["effort"], size=session["size"], quality=session["quality"]),
        question=_question(unit, turn),
        draft=draft,
    )


def _question(unit: UnitOfWork, turn: TurnRow) -> Utterance:
    if turn.kind == "continue":
        return Utterance(role="user", author_id=turn.asker, author_name=turn.asker_name, text=CONTINUE)
    return history.asked_by(unit, turn)


def read_question(unit: UnitOfWork, verb: ReadQuestion) -> Utterance | None:
    """Return the question of this attempt as it is now."""
    turn = _streaming(unit, verb.turn, verb.attempt)
    return None if turn is None else _question(unit, turn)


def begin_asking(unit: UnitOfWork, verb: BeginAsking) -> Asked | NoRoom | None:
    """Commit that the model of this attempt is asked from now on, and return what it is asked; or which budget has no room for it."""
    turn = _streaming(unit, verb.turn, verb.attempt)
    if turn is None:
        return None
    asked = Asked(
        question=_question(unit, turn),
        history=history.before(unit, turn, verb.chars) if verb.chars else (),
        earlier=vectors.earlier(unit, turn, verb.vectors_by) if verb.vectors_by else (),
    )
    no_room = ledger.reserve(unit, turn, verb.most, used=verb.used, asked=asked, now_s=verb.now_s)
    if no_room is not None:
        return no_room
    unit.run("UPDATE turn SET asked = 1 WHERE id = ? AND asked = 0", verb.turn)
    return asked


def begin_helping(unit: UnitOfWork, verb: BeginHelping) -> Asked | NoRoom | None:
    """Commit that another model is asked for a part of a turn; or return which budget has no room for it."""
    if verb.purpose == "transcription":
        turn = _streaming(unit, verb.turn, verb.attempt)
    else:
        turn = unit.first(TurnRow, "FROM turn WHERE id = ?", verb.turn)
    if turn is None:
        return None
    asked = Asked(question=verb.question, history=())
    no_room = ledger.reserve(unit, turn, verb.most, used=verb.used, asked=asked, now_s=verb.now_s, purpose=verb.purpose)
    return asked if no_room is None else no_room


def end_helping(unit: UnitOfWork, verb: EndHelping) -> None:
    """Book what another model used for a part of a turn; writes."""
    ledger.settle_help(unit, verb.turn, verb.purpose, verb.usage)


def record_enclosures(unit: UnitOfWork, verb: RecordEnclosures) -> Utterance | None:
    """Keep what was read of a question's enclosures, unless it was edited meanwhile; writes."""
    turn = _streaming(unit, verb.turn, verb.attempt)
    if turn is None or unit.one("SELECT 1 FROM session WHERE id = ? AND is_removed = 0", turn.session) is None:
        return None
    if turn.enclosures == verb.before:
        text, after = _as_text(turn.question, kept_files.keep(unit, turn, verb.after))
        asked = (text, encoded(after))
        unit.run("UPDATE turn SET question = ?, enclosed = ? WHERE root = ?", *asked, turn.root)
        # The dialogue has the question already where this is a retry; a file may have been fetched anew for it.
        unit.run(_READ_ANEW, *asked, turn.known_session, turn.root, turn.question, turn.enclosed)
        session_title.follow_question(unit, turn, words_of(text, after), is_over=False)
        kept_files.release(unit, turn.root)
    return history.asked_by(unit, stored_turn(unit, turn.id))


_READ_ANEW: Final = "UPDATE utterance SET text = ?, enclosed = ? WHERE session = ? AND turn = ? AND role = 'user' AND (text, enclosed) = (?, ?)"


def _as_text(question: str, enclosures: tuple[Enclosure, ...]) -> tuple[str, tuple[Enclosure, ...]]:
    """Return the question with its enclosures.

    Where there is nothing else, what is said in recordings is the question, or a long text that Discord made a file of.
    """
    if is_blank(question) and (heard := heard_in(enclosures)):
        return heard, enclosures
    # One of which only a part was read stays a file: then it is said that it was cut.
    files = (enclosed for enclosed in enclosures if enclosed.is_long_text and enclosed.text and not enclosed.is_cut)
    file = next(files, None)
    if question.strip() or file is None or file.text is None:
        return question, enclosures
    return file.text, tuple(enclosed for enclosed in enclosures if enclosed is not file)


def _streaming(unit: UnitOfWork, turn: TurnId, attempt: int) -> TurnRow | None:
    return unit.first(TurnRow, "FROM turn WHERE id = ? AND attempt = ? AND state = 'streaming'", turn, attempt)


def save_draft(unit: UnitOfWork, verb: SaveDraft) -> DraftSaved:
    """Save the draft of the current attempt."""
    unit.run(
        "UPDATE turn SET draft = ? WHERE id = ? AND attempt = ? AND state = 'streaming'",
        verb.text,
        verb.turn,
        verb.attempt,
    )
    return DraftSaved(turn=verb.turn)


def pause_turn(unit: UnitOfWork, verb: PauseTurn) -> TurnPaused:
    """Put a streaming turn back into the queue, or end it if it was to be stopped. A pause does not count as a crash."""
    turn = _streaming(unit, verb.turn, verb.attempt)
    if turn is not None:
        ledger.settle(unit, turn.id, None, is_cut=verb.is_cut, answer=verb.draft)
        unit.run("UPDATE turn SET state = 'queued', draft = ? WHERE id = ?", verb.draft, verb.turn)
        end_if_stopped(unit, turn, verb.draft)
    return TurnPaused(turn=verb.turn)


def finish_turn(unit: UnitOfWork, verb: FinishTurn) -> OutcomePending:
    """Commit how a turn ended; a turn that ended already keeps its first ending."""
    turn = _streaming(unit, verb.turn, verb.attempt)
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
        ledger.settle(
            unit,
            turn.id,
            verb.usage,
            is_cut=verb.is_cut,
            answer=verb.answer.text,
            withheld_bytes=verb.withheld_bytes,
        )
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


VERBS: Verbs = {
    HasWork: has_work,
    TakeNextTurn: take_next_turn,
    TryAgain: try_again,
    RecordEnclosures: record_enclosures,
    ReadQuestion: read_question,
    BeginAsking: begin_asking,
    BeginHelping: begin_helping,
    EndHelping: end_helping,
    SaveDraft: save_draft,
    PauseTurn: pause_turn,
    FinishTurn: finish_turn,
}
