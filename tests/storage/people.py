"""People and messages for tests of storage and of what stands on it."""

import sqlite3
from pathlib import Path
from typing import Any, Literal

from msgspec.structs import replace

from messages.answer import Answer
from messages.enclosure import Enclosure
from messages.ids import ChannelId, GuildId, InteractionId, MessageId, SessionId, TurnId, UserId, snowflake_at
from messages.intake import MessagePosted
from messages.interaction import Interaction
from messages.presses import Status
from messages.turn import Ending, OutcomePending, Part, Reason, StopTurn, TurnTaken
from messages.usage import Usage
from messages.verbs.acceptance import Accepted, AcceptMessage, Refused
from messages.verbs.cancellations import CancelTurn
from messages.verbs.replies import RecordPart
from messages.verbs.retries import NoContinuation, RetryTurn
from messages.verbs.turns import Asked, BeginAsking, FinishTurn, TakeNextTurn
from messages.verbs.users import SetUser
from messages.verbs.verb import Deny, NotAsker, TooLate
from storage.limits import Limits
from storage.sqlite import SqliteStore, open_store

NOW_S = 1_790_000_000.0
ALICE, BOB = UserId(1001), UserId(1002)
CHANNEL, GUILD = ChannelId(2001), GuildId(3001)
LIMITS = Limits(default_model="test-model", questions_per_minute=1000)


def message_id(number: int) -> MessageId:
    """Return the id of the n-th message of a test; messages are a tenth of a second apart."""
    return MessageId(snowflake_at(NOW_S + number / 10) + 1)


def press_id(number: int) -> InteractionId:
    """Return the id of an interaction right after the n-th message of a test."""
    return InteractionId(message_id(number) + 1)


def posted(
    number: int,
    text: str = "What is a comet?",
    *,
    author: UserId = ALICE,
    dm: bool = False,
    guild: GuildId | None = GUILD,
    mentions_bot: bool = False,
    by_person: bool = True,
    reply_to: MessageId | None = None,
    public: bool = False,
) -> MessagePosted:
    return MessagePosted(
        message_id=message_id(number),
        channel_id=CHANNEL,
        guild_id=None if dm else guild,
        author_id=author,
        author_name={ALICE: "Alice", BOB: "Bob"}.get(author, "Somebody"),
        by_person=by_person,
        text=text,
        mentions_bot=mentions_bot,
        reply_to=reply_to,
        channel_is_public=public,
    )


def accept(
    rows: SqliteStore,
    number: int,
    text: str = "What is a comet?",
    *,
    author: UserId = ALICE,
    enclosures: tuple[Enclosure, ...] = (),
) -> Accepted:
    """Have the n-th message accepted at the moment it was posted."""
    said = replace(posted(number, text, author=author), enclosures=enclosures)
    answer = rows.perform(AcceptMessage(posted=said, now_s=NOW_S + number / 10))
    assert isinstance(answer, Accepted), answer
    return answer


def take(rows: SqliteStore, session: SessionId, *, history_chars: int = 100_000) -> TurnTaken:
    taken = rows.perform(TakeNextTurn(session=session))
    assert isinstance(taken, TurnTaken), taken
    return begin_asking(rows, taken, history_chars=history_chars)


def begin_asking(rows: SqliteStore, taken: TurnTaken, *, history_chars: int = 100_000) -> TurnTaken:
    asked = rows.perform(BeginAsking(turn=taken.turn, attempt=taken.attempt, chars=history_chars, now_s=NOW_S))
    assert isinstance(asked, Asked), asked
    return replace(taken, question=asked.question, history=asked.history)


def finish(
    rows: SqliteStore,
    turn: TurnTaken,
    text: str = "A ball of ice.",
    *,
    ending: Ending = "answered",
    reason: Reason = "complete",
) -> OutcomePending:
    return rows.perform(
        FinishTurn(
            turn=turn.turn,
            attempt=turn.attempt,
            ending=ending,
            reason=reason,
            answer=Answer(text=text),
            usage=Usage(input_tokens=3, output_tokens=5),
            now_s=NOW_S + 1,
        )
    )


def ask_again(
    rows: SqliteStore,
    turn: TurnId,
    number: int,
    kind: Literal["retry", "continue"] = "retry",
    *,
    actor: UserId = ALICE,
    without_dialogue: frozenset[str] = frozenset(),
) -> Accepted | Refused | Deny | NotAsker | NoContinuation | TooLate:
    """Press a button right after the n-th message, on the turn's answer."""
    return rows.perform(
        RetryTurn(
            interaction_id=press_id(number),
            actor=actor,
            turn=turn,
            kind=kind,
            channel_id=CHANNEL,
            guild_id=GUILD,
            message_id=shown(rows, turn),
            now_s=NOW_S + number / 10,
            without_dialogue=without_dialogue,
        )
    )


def stop(
    rows: SqliteStore, turn: TurnId, *, actor: UserId = ALICE
) -> StopTurn | OutcomePending | Deny | NotAsker | TooLate:
    """Press *Stop* on the turn's answer."""
    return rows.perform(CancelTurn(actor=actor, turn=turn, message_id=shown(rows, turn)))


def shown(rows: SqliteStore, turn: TurnId) -> MessageId:
    """Return the message that holds a turn's answer; one is recorded if there is none yet."""
    turn = TurnId(min(turn, 2**62))  # a forged one, which no row holds
    known = rows._connection.execute("SELECT max(message_id) FROM reply WHERE turn = ?", (turn,)).fetchone()[0]
    if known is not None:
        return MessageId(known)
    message = MessageId(10**17 + turn)
    if not rows._connection.execute("SELECT 1 FROM turn WHERE id = ?", (turn,)).fetchone():
        return message
    rows.perform(RecordPart(turn=turn, part=Part(part=0, message_id=message)))
    return message


def by(user: UserId, number: int, *, guild: GuildId | None = GUILD, name: str = "") -> Interaction:
    """Return an interaction right after the n-th message."""
    return Interaction(
        interaction_id=InteractionId(press_id(number) + user),
        token="a token",  # noqa: S106 nobody's
        user_id=user,
        user_name=name or {ALICE: "Alice", BOB: "Bob"}.get(user, "Somebody"),
        channel_id=CHANNEL,
        guild_id=guild,
    )


def dialogue(rows: SqliteStore, session: SessionId) -> list[tuple[str, str, bool]]:
    """Return a session's utterances: who said it, what, and whether it was cut."""
    said = rows._connection.execute(
        "SELECT author_name, text, cut FROM utterance WHERE session = ? ORDER BY position", (session,)
    )
    return [(author, text, bool(cut)) for author, text, cut in said]


def value(rows: SqliteStore, sql: str, *values: object) -> Any:
    """Return the first column of the first row."""
    return rows._connection.execute(sql, values).fetchone()[0]


def store(limits: Limits = LIMITS) -> SqliteStore:
    return open_store(":memory:", limits)


def set_status(rows: SqliteStore, status: Status, *, user: UserId = ALICE, number: int = -1) -> None:
    """Have a user choose a status right after message `number`."""
    rows.perform(SetUser(by=by(user, number), now_s=NOW_S, status=status))


def open_reader(path: Path) -> sqlite3.Connection:
    """Open the database for reading, as another program does."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM turn").fetchone()
    return connection
