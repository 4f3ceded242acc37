"""A turn's life in rows: it is taken, asked, checkpointed and paused. How it ends is in `turn_end.py`."""

import time
from typing import Final

from messages.answer import Answer
from messages.budget import NoRoom
from messages.choices import Choices
from messages.enclosure import Enclosure, heard_in, words_of
from messages.session import DraftSaved, NothingWaits, TurnPaused
from messages.turn import OutcomePending, TurnTaken, Utterance
from messages.verbs.recovery import HasWork
from messages.verbs.turns import (
    Asked,
    BeginAsking,
    BeginHelping,
    EndHelping,
    PauseTurn,
    QuestionEdited,
    ReadQuestion,
    RecordEnclosures,
    RecordJudgement,
    SaveDraft,
    TakeNextTurn,
    TryAgain,
)
from storage import forgotten_people, history, kept_files, ledger, rights, session_title, vectors
from storage.enclosures import encoded
from storage.rows import TurnRow
from storage.turn_end import end, end_if_stopped
from storage.unit_of_work import UnitOfWork, Verbs, locale_of_place, outcome_of, place_of, stored_turn, streaming_turn
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
    turn = streaming_turn(unit, verb.turn, verb.attempt)
    if turn is None:
        return NothingWaits()
    ledger.settle(unit, turn.id, verb.usage, cut_bytes=None)
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
        is_wait_told=turn.is_wait_told,
        is_followed=has_work(unit, HasWork(session=session["id"])),
    )


def _question(unit: UnitOfWork, turn: TurnRow) -> Utterance:
    if turn.kind == "continue":
        return Utterance(role="user", author_id=turn.asker, author_name=turn.asker_name, text=CONTINUE)
    return history.asked_by(unit, turn)


def read_question(unit: UnitOfWork, verb: ReadQuestion) -> Utterance | None:
    """Return the question of this attempt as it is now."""
    turn = streaming_turn(unit, verb.turn, verb.attempt)
    return None if turn is None else _question(unit, turn)


def begin_asking(unit: UnitOfWork, verb: BeginAsking) -> Asked | NoRoom | QuestionEdited | None:
    """Commit that the model of this attempt is asked from now on, and return what it is asked; or which budget has no room for it."""
    turn = streaming_turn(unit, verb.turn, verb.attempt)
    if turn is None:
        return None
    question = _question(unit, turn)
    if verb.judged is not None and verb.judged != question:
        return QuestionEdited()
    asked = Asked(
        question=question,
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
        turn = streaming_turn(unit, verb.turn, verb.attempt)
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
    turn = streaming_turn(unit, verb.turn, verb.attempt)
    if turn is None or unit.one("SELECT 1 FROM session WHERE id = ? AND is_removed = 0", turn.session) is None:
        return None
    if turn.enclosures == verb.before:
        read = forgotten_people.kept(unit, verb.after)
        text, after = _as_text(turn.question, kept_files.keep(unit, turn, read))
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
    turn = streaming_turn(unit, verb.turn, verb.attempt)
    if turn is not None:
        ledger.settle(unit, turn.id, cut_bytes=verb.cut_bytes, has_drawn=verb.has_drawn)
        unit.run("UPDATE turn SET state = 'queued', draft = ? WHERE id = ?", verb.draft, verb.turn)
        end_if_stopped(unit, turn, verb.draft)
    return TurnPaused(turn=verb.turn)


VERBS: Verbs = {
    HasWork: has_work,
    TakeNextTurn: take_next_turn,
    TryAgain: try_again,
    RecordEnclosures: record_enclosures,
    ReadQuestion: read_question,
    BeginAsking: begin_asking,
    BeginHelping: begin_helping,
    EndHelping: end_helping,
    RecordJudgement: ledger.book_judgement,
    SaveDraft: save_draft,
    PauseTurn: pause_turn,
}
