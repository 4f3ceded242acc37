"""Measures storage: accepted messages a second, durable as in operation, and the cost of a turn in a long session."""

import tempfile
import time
from pathlib import Path
from typing import Final

import anyio

from actors.recorder import Recorder
from messages.answer import Answer
from messages.ids import ChannelId, GuildId, InteractionId, MessageId, UserId, snowflake_at
from messages.intake import MessagePosted
from messages.interaction import Interaction
from messages.turn import TurnTaken
from messages.usage import Usage
from messages.verbs.acceptance import Accepted, AcceptMessage
from messages.verbs.turns import BeginAsking, FinishTurn, TakeNextTurn
from messages.verbs.users import SetUser
from models.model import Model
from models.prices import most_of
from storage.limits import Limits
from storage.sqlite import SqliteStore, open_store

IN_FLIGHT: Final = 64
ROOM: Final = ChannelId(7)
SERVER: Final = GuildId(8)
MODEL: Final = "gpt-4o-mini"
CONTEXT_CHARS: Final = 24_000
"""What a model with a context of 8,000 tokens is asked after."""

PRICED: Final = Model(name=MODEL, price_in=0.15, price_out=0.6)
USED: Final = Usage(input_tokens=6_000, output_tokens=120, cost=972)


class Rows:
    """A store on disk with people who are answered."""

    def __init__(self, folder: Path, *, apart_s: float) -> None:
        """`apart_s` are the seconds between messages: nobody may ask more than 20 times a minute."""
        self._apart = int(apart_s * 1000) << 22
        self._last = snowflake_at(time.time())
        limits = Limits(default_model=MODEL, queue_cap=1_000_000)
        self.store: SqliteStore = open_store(folder / "causerie.db", limits)

    @classmethod
    def of(cls, store: SqliteStore, *, apart_s: float) -> "Rows":
        """The people of a store that is open."""
        rows = cls.__new__(cls)
        rows._apart = int(apart_s * 1000) << 22
        rows._last = snowflake_at(time.time())
        rows.store = store
        return rows

    def by(self, person: int) -> Interaction:
        """Somebody presses something."""
        return Interaction(
            interaction_id=InteractionId(self.next_id()),
            token="",
            user_id=UserId(person),
            user_name=f"Person {person}",
            channel_id=ROOM,
            guild_id=SERVER,
        )

    def next_id(self) -> int:
        """A snowflake that is newer than all before it."""
        self._last += self._apart
        return self._last

    def meet(self, person: int) -> None:
        """Somebody has a session and goes on with it."""
        self.store.perform(SetUser(by=self.by(person), now_s=time.time(), status="new", attach=True))
        self.store.perform(self.posted(person))

    def posted(self, person: int, text: str = "What is a comet made of, and where does it come from?") -> AcceptMessage:
        """Somebody writes something."""
        return AcceptMessage(
            posted=MessagePosted(
                message_id=MessageId(self.next_id()),
                channel_id=ROOM,
                guild_id=SERVER,
                author_id=UserId(person),
                author_name=f"Person {person}",
                by_person=True,
                text=text,
                mentions_bot=False,
                reply_to=None,
                channel_is_public=True,
                roles=(),
            ),
            now_s=time.time(),
        )


async def accepted_per_s(messages: int = 12_000) -> float:
    """Messages in a second that are committed with `synchronous=FULL`, 64 of them waiting for it at any moment."""
    with tempfile.TemporaryDirectory(prefix="causerie-bench-") as folder:
        rows = Rows(Path(folder), apart_s=0.05)
        for person in range(1, IN_FLIGHT + 1):
            rows.meet(person)
        recorder = Recorder(rows.store)
        left = messages

        async def write(person: int) -> None:
            nonlocal left
            while left > 0:
                left -= 1
                answer = await recorder.execute(rows.posted(person))
                if not isinstance(answer, Accepted):
                    raise TypeError(answer)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(recorder.run)
            began_s = time.perf_counter()
            async with anyio.create_task_group() as writing:
                for person in range(1, IN_FLIGHT + 1):
                    writing.start_soon(write, person)
            took_s = time.perf_counter() - began_s
            tasks.cancel_scope.cancel()
        rows.store.close()
    return messages / took_s


def turn_ms(utterances: int, turns: int = 200) -> float:
    """Milliseconds that storage takes for one turn (accept, take, read the history, finish) in a session of that length."""
    with tempfile.TemporaryDirectory(prefix="causerie-bench-") as folder:
        rows = Rows(Path(folder), apart_s=4.0)
        rows.meet(1)
        for _ in range(utterances // 2):
            _turn(rows, accept=False)
            rows.store.perform(rows.posted(1))
        _turn(rows, accept=False)
        began_s = time.perf_counter()
        for _ in range(turns):
            _turn(rows, accept=True)
        took_s = time.perf_counter() - began_s
        rows.store.close()
    return 1000 * took_s / turns


def _turn(rows: Rows, *, accept: bool) -> None:
    if accept:
        rows.store.perform(rows.posted(1))
    session = rows.store._connection.execute("SELECT max(id) FROM session").fetchone()[0]
    taken = rows.store.perform(TakeNextTurn(session=session))
    if not isinstance(taken, TurnTaken):
        raise TypeError(taken)
    begin = BeginAsking(
        turn=taken.turn, attempt=taken.attempt, chars=CONTEXT_CHARS, most=most_of(PRICED, taken), now_s=time.time()
    )
    rows.store.perform(begin)
    rows.store.perform(
        FinishTurn(
            turn=taken.turn,
            attempt=taken.attempt,
            ending="answered",
            reason="complete",
            answer=Answer(text="Ice and dust, mostly; from beyond Neptune, or from much further away. " * 6),
            usage=USED,
            now_s=time.time(),
        )
    )
