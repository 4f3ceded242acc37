"""What models reasoned: stored with the turn, read by those who may see the session, erased with it."""

from msgspec.structs import replace

from messages.answer import Answer
from messages.ids import GuildId, MessageId, UserId
from messages.turn import OutcomePending, TurnTaken
from messages.verbs.sessions import EraseRemoved, RemoveSession, SetSession
from messages.verbs.turns import FinishTurn, ReadReasoning, Reasoning
from messages.verbs.users import SetUser
from messages.verbs.verb import Deny, NotOwner
from storage.sqlite import SqliteStore
from tests.storage.people import ALICE, BOB, GUILD, NOW_S, accept, by, dialogue, set_status, shown, store, take, value

THOUGHT = "The user asks about comets."


def answered(rows: SqliteStore, number: int = 0, *, reasoning: str = THOUGHT) -> tuple[TurnTaken, OutcomePending]:
    """Have a model answer a question after some reasoning."""
    turn = take(rows, accept(rows, number).session)
    outcome = rows.perform(
        FinishTurn(
            turn=turn.turn,
            attempt=turn.attempt,
            ending="answered",
            reason="complete",
            answer=Answer(text="A ball of ice.", reasoning=reasoning),
            usage=None,
            now_s=NOW_S + 1,
        )
    )
    return turn, outcome


def read(
    rows: SqliteStore,
    turn: TurnTaken,
    actor: UserId = ALICE,
    *,
    guild: GuildId | None = GUILD,
    message: MessageId | None = None,
) -> Reasoning | NotOwner | Deny:
    return rows.perform(
        ReadReasoning(by=by(actor, 5, guild=guild), turn=turn.turn, message_id=message or shown(rows, turn.turn))
    )


def test_reasoning_is_kept_apart_from_the_answer() -> None:
    """The outcome says that there is some; no model is told it again."""
    rows = store()
    set_status(rows, "activate")
    turn, outcome = answered(rows)
    assert outcome.has_reasoning
    assert outcome.answer == Answer(text="A ball of ice.")
    assert dialogue(rows, turn.session)[-1][1] == "A ball of ice."
    assert read(rows, turn) == Reasoning(text=THOUGHT)
    assert THOUGHT not in str(take(rows, accept(rows, 9).session).history)


def test_an_answer_without_reasoning_has_none() -> None:
    """Blanks are none."""
    rows = store()
    set_status(rows, "new")
    for number, blank in enumerate(("", "\n \n")):
        turn, outcome = answered(rows, number, reasoning=blank)
        assert not outcome.has_reasoning
        assert read(rows, turn) == Reasoning(text="")


def test_only_those_who_may_see_the_session_read_it() -> None:
    """From a message that holds the answer; in a public session that is whoever is in its server."""
    rows = store()
    set_status(rows, "new")
    turn, _ = answered(rows)
    assert read(rows, turn, BOB) == Deny()
    assert read(rows, turn, message=MessageId(1)) == Deny()
    rows._connection.execute("UPDATE session SET is_public = 1, origin_guild = ?", (GUILD,))
    assert read(rows, turn, BOB) == Reasoning(text=THOUGHT)
    assert read(rows, turn, BOB, guild=None) == Deny()
    assert read(rows, turn, BOB, guild=GuildId(GUILD + 1)) == Deny()


def test_reasoning_that_may_quote_a_system_message_is_read_by_the_owner_alone() -> None:
    """Also when the owner has taken the message back since, and whether it came with the session or later."""
    rows = store()
    set_status(rows, "new")
    for number, instruct_first in enumerate((True, False)):
        rows.perform(
            SetUser(by=by(ALICE, 30 + number), system_msg="Be a pirate." if instruct_first else "", now_s=NOW_S)
        )
        turn, _ = answered(rows, number)
        rows._connection.execute("UPDATE session SET is_public = 1, origin_guild = ?", (GUILD,))
        if not instruct_first:
            assert read(rows, turn, BOB) == Reasoning(text=THOUGHT)
        for place, text in enumerate(("Be a poet.", "")):
            rows.perform(
                SetSession(by=by(ALICE, 40 + 2 * number + place), session=turn.session, system_msg=text, now_s=NOW_S)
            )
            assert read(rows, turn, BOB) == NotOwner()
            assert read(rows, turn) == Reasoning(text=THOUGHT)


def test_reasoning_is_erased_with_its_session() -> None:
    """That of a turn that ends later is not kept at all."""
    rows = store()
    set_status(rows, "activate")
    turn, _ = answered(rows)
    later = take(rows, accept(rows, 1).session)
    rows.perform(RemoveSession(by=by(ALICE, 6), session=turn.session, now_s=NOW_S))
    assert read(rows, turn) == Deny()
    while rows.perform(EraseRemoved()):
        pass
    rows.perform(
        FinishTurn(
            turn=later.turn,
            attempt=later.attempt,
            ending="answered",
            reason="complete",
            answer=replace(Answer(text="A moon."), reasoning=THOUGHT),
            usage=None,
            now_s=NOW_S + 2,
        )
    )
    assert value(rows, "SELECT count(*) FROM reasoning") == 0
