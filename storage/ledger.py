"""The ledger: one row for each attempt that used something, and one reservation for each request that is under way.

A request is reserved in the transaction after which its model is asked, and settled in the one that ends the attempt, or in the
start after a crash. So whatever kills the process, each attempt is counted once: as its server counted it or, where nobody
heard the end, as estimated. Rows hold ids and numbers, and stay when what was said is erased.
"""

from itertools import islice
from typing import Final, Literal

import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace

from messages.budget import NoRoom
from messages.enclosure import Enclosure
from messages.ids import GuildId, SessionId, TurnId, UserId
from messages.rates import Most, added
from messages.turn import Utterance
from messages.usage import Usage
from messages.verbs.turns import Asked, RecordJudgement
from storage import budgets
from storage import usage as totals
from storage.enclosures import encoded
from storage.rows import TurnRow
from storage.unit_of_work import UnitOfWork

log = structlog.get_logger()

Purpose = Literal["answer", "transcription", "speech", "moderation"]
"""What a request of a turn is for."""

UTTERANCE_BYTES: Final = 40
"""What stands around each utterance in a prompt: a mark, brackets, its role."""

_USED: Final = msgspec.json.Decoder(Usage)
_MOST: Final = msgspec.json.Decoder(Most)


class Reservation(Struct, frozen=True, array_like=True, rename={"time_s": "time", "guild_id": "guild"}):
    """A request that is under way. `used` is what earlier requests of the attempt used, `most` what it may use; both as JSON."""

    turn: TurnId
    purpose: Purpose
    attempt: int
    time_s: float
    session: SessionId
    asker: UserId
    guild_id: GuildId | None
    roles: str
    model: str
    asked_bytes: int
    used: str
    most: str


def reserve(
    unit: UnitOfWork,
    turn: TurnRow,
    most: Most,
    *,
    used: Usage | None,
    asked: Asked,
    now_s: float,
    purpose: Purpose = "answer",
) -> NoRoom | None:
    """Reserve what a request may use at most, in place of an earlier request for the same; or return which budget has no room."""
    most, asked_bytes = _with_asked(most, asked)
    roles = budgets.roles_of(unit, turn.asker)
    reserved = added(used, most.reserved(asked_bytes)) or Usage()
    if unit.limits.budgets:
        who = budgets.Who(person=turn.asker, guild=turn.guild_id, roles=roles)
        no_room = budgets.no_room_for(unit, who, now_s=now_s, turn=turn.id, purpose=purpose)
        if no_room is not None:
            return no_room
    unit.run(
        _RESERVE,
        turn.id,
        purpose,
        turn.attempt,
        now_s,
        turn.session,
        turn.asker,
        turn.guild_id,
        msgspec.json.encode(roles).decode(),
        most.model,
        reserved.input_tokens + reserved.output_tokens,
        reserved.cost or 0,
        asked_bytes,
        "" if used is None else msgspec.json.encode(used).decode(),
        msgspec.json.encode(most).decode(),
    )
    return None


_RESERVE: Final = (
    "INSERT OR REPLACE INTO reservation (turn, purpose, attempt, time, session, asker, guild, roles, model, tokens, micro_dollars,"
    " asked_bytes, used, most) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


SOURCES_MAX: Final = 16
"""Pictures that one request may have changed (OpenAI: API reference, Create image edit, image)."""


def _with_asked(most: Most, asked: Asked) -> tuple[Most, int]:
    """Return what a request may use at most that is asked this, and how many bytes its text has."""
    question = asked.question
    match most.reads:
        case "dialogue":
            said = (*asked.history, question)
            pictures = [picture for one in said for picture in _pictures(one)]
            asked_bytes = sum(_bytes_of(one) for one in said)
        case "question":
            last = (picture for one in reversed(asked.history) for picture in reversed(_pictures(one)))
            pictures = _pictures(question)[:SOURCES_MAX] or list(islice(last, 1))
            texts = (question.text, *(enclosed.text or "" for enclosed in question.enclosures))
            asked_bytes = sum(bytes_of(text) for text in texts)
        case "no_tokens":
            pictures, asked_bytes = [], 0
    characters = min(most.usage.characters, len(question.text))
    most = replace(most, usage=replace(most.usage, characters=characters))
    return most.with_pictures([(picture.width, picture.height) for picture in pictures]), asked_bytes


def _pictures(said: Utterance) -> list[Enclosure]:
    return [enclosed for enclosed in said.enclosures if enclosed.media_type.startswith("image/")]


def _bytes_of(said: Utterance) -> int:
    enclosed = bytes_of(encoded(said.enclosures)) if said.enclosures else 0
    return bytes_of(said.text) + bytes_of(said.author_name) + enclosed + UTTERANCE_BYTES


def bytes_of(text: str) -> int:
    """Return how long a text is in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def settle(
    unit: UnitOfWork, turn: TurnId, usage: Usage | None = None, *, cut_bytes: int | None, has_drawn: bool = False
) -> None:
    """Book what a turn's attempt used, in place of what was reserved for it; writes.

    `usage` is None where nothing was used. Where nobody knows what was used, `cut_bytes` is how much of the answer came, and it is
    estimated by that and by `has_drawn`, whether an unfinished picture came. Where nothing was reserved, no model was asked.
    """
    for reservation in list(unit.every(Reservation, "FROM reservation WHERE turn = ?", turn)):
        if reservation.purpose != "answer":
            _book(unit, reservation, _estimate(reservation, 0))
        elif cut_bytes is None:
            _book(unit, reservation, usage)
        else:
            _book(unit, reservation, _estimate(reservation, cut_bytes, has_drawn=has_drawn))


def settle_help(unit: UnitOfWork, turn: TurnId, purpose: Purpose, usage: Usage | None) -> None:
    """Book what another model used for a part of a turn, in place of what was reserved for it; writes."""
    for reservation in list(unit.every(Reservation, "FROM reservation WHERE turn = ? AND purpose = ?", turn, purpose)):
        _book(unit, reservation, usage)


def book_judgement(unit: UnitOfWork, verb: RecordJudgement) -> None:
    """Book the requests that a server's gate made for a turn, a row for each; writes."""
    turn = unit.first(TurnRow, "FROM turn WHERE id = ?", verb.turn)
    if turn is None or turn.session is None:
        return
    judged = Reservation(
        turn=turn.id,
        purpose="moderation",
        attempt=verb.attempt,
        time_s=verb.now_s,
        session=turn.session,
        asker=turn.asker,
        guild_id=turn.guild_id,
        roles=msgspec.json.encode(budgets.roles_of(unit, turn.asker)).decode(),
        model=verb.model,
        asked_bytes=0,
        used="",
        most="",
    )
    for _ in range(verb.requests):
        _book(unit, judged, Usage(cost=verb.cost))


def settle_all(unit: UnitOfWork) -> None:
    """Book what was under way when the process died, as estimated from the drafts that were saved; writes.

    A reservation that cannot be read is deleted: no row may keep the bot from starting.
    """
    for row in unit.all(
        "SELECT reservation.turn, draft FROM reservation LEFT JOIN turn ON turn.id = reservation.turn GROUP BY reservation.turn"
    ):
        unit.run("SAVEPOINT one_reservation")
        try:
            settle(unit, TurnId(row["turn"]), cut_bytes=bytes_of(row["draft"] or ""))
        except Exception as error:  # noqa: BLE001 whatever its row holds
            log.error("reservation.unreadable", turn=row["turn"], error=type(error).__name__)
            unit.run("ROLLBACK TO one_reservation")
            unit.run("DELETE FROM reservation WHERE turn = ?", row["turn"])
        unit.run("RELEASE one_reservation")


def _estimate(reservation: Reservation, answer_bytes: int, *, has_drawn: bool = False) -> Usage | None:
    used = _USED.decode(reservation.used) if reservation.used else None
    most = _MOST.decode(reservation.most)
    return added(used, most.estimated(reservation.asked_bytes, answer_bytes, has_drawn=has_drawn))


def _book(unit: UnitOfWork, reservation: Reservation, usage: Usage | None) -> None:
    """Delete a reservation and, where something was used, write its row into the ledger and add it to every total."""
    unit.run("DELETE FROM reservation WHERE turn = ? AND purpose = ?", reservation.turn, reservation.purpose)
    if usage is None:
        return
    unit.run(
        _BOOK,
        reservation.time_s,
        reservation.turn,
        reservation.attempt,
        reservation.purpose,
        reservation.session,
        reservation.asker,
        reservation.guild_id,
        reservation.model,
        usage.input_tokens,
        usage.output_tokens,
        usage.cached_tokens,
        usage.cache_write_tokens,
        usage.image_input_tokens,
        usage.image_output_tokens,
        usage.audio_input_tokens,
        usage.pictures,
        usage.audio_ms,
        usage.characters,
        int(usage.estimated),
        usage.cost,
    )
    totals.add(unit, reservation.turn, usage)
    roles = msgspec.json.decode(reservation.roles, type=tuple[int, ...])
    who = budgets.Who(person=reservation.asker, guild=reservation.guild_id, roles=roles)
    budgets.spend(unit, who, usage, reservation.time_s)


_BOOK: Final = (
    "INSERT INTO ledger (time, turn, attempt, purpose, session, asker, guild, model, input_tokens, output_tokens, cached_tokens,"
    " cache_write_tokens, image_input_tokens, image_output_tokens, audio_input_tokens, pictures, audio_ms, characters, is_estimated, micro_dollars)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
