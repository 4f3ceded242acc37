"""What models reasoned before their answers: kept with the turn, shown on request, and erased with the session."""

from messages.ids import TurnId
from messages.verbs.turns import ReadReasoning, Reasoning
from messages.verbs.verb import Deny, NotOwner
from storage import rights
from storage.unit_of_work import UnitOfWork, Verbs


def keep(unit: UnitOfWork, turn: TurnId, text: str) -> None:
    """Keep what the model reasoned in a turn, unless it is blank; writes."""
    if text.strip():
        unit.run("INSERT OR REPLACE INTO reasoning (turn, text) VALUES (?, ?)", turn, text)


def erase(unit: UnitOfWork, *, session: int, erased_to: int, last: int) -> None:
    """Erase what models reasoned in a session's turns after the cause `erased_to`, up to `last`; writes."""
    unit.run(
        "DELETE FROM reasoning WHERE turn IN"
        " (SELECT id FROM turn WHERE session = :session AND cause > :erased_to AND cause <= :last)",
        session=session,
        erased_to=erased_to,
        last=last,
    )


def erase_of_turn(unit: UnitOfWork, turn: TurnId) -> None:
    """Erase what the model reasoned in one turn; writes."""
    unit.run("DELETE FROM reasoning WHERE turn = ?", turn)


def erase_of_question(unit: UnitOfWork, root: TurnId | int | None) -> None:
    """Erase what models reasoned about a question, in all turns that asked it: it mostly repeats the question; writes."""
    unit.run("DELETE FROM reasoning WHERE turn IN (SELECT id FROM turn WHERE root = ?)", root)


def read(unit: UnitOfWork, verb: ReadReasoning) -> Reasoning | NotOwner | Deny:
    """Return what the model reasoned before an answer, to those who may see it."""
    by = verb.by
    if not rights.may_press(unit, by.user_id, "see", verb.turn, verb.message_id, by.guild_id):
        return Deny()
    if not rights.may_press(unit, by.user_id, "see_reasoning", verb.turn, verb.message_id, by.guild_id):
        return NotOwner()
    row = unit.one("SELECT text FROM reasoning WHERE turn = ?", verb.turn)
    return Reasoning(text="" if row is None else row["text"])


VERBS: Verbs = {ReadReasoning: read}
