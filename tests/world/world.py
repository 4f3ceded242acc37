"""A world: people, a Discord, a model, rows, and at most one process of the bot, in virtual time.

Everything that happens is a call from outside; the same calls make the same world. What must never be is noted in `broken`
when it happens, by whoever sees it.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import structlog.testing

from messages import custom_id as presses
from messages.ids import ChannelId, InteractionId, MessageId, SessionId, UserId
from messages.intake import IntakeMessage, MessageDeleted
from messages.interaction import Interaction
from messages.panel import CommandUsed, ComponentPressed
from messages.presses import Press, Status
from messages.turn import TurnTaken
from messages.verbs.acceptance import Accepted, AcceptMessage
from messages.verbs.turns import TakeNextTurn
from messages.verbs.users import SetUser
from messages.verbs.verb import Verb
from storage.limits import Limits
from storage.sqlite import SqliteStore, open_store
from storage.store import StorageError
from tests.world.clock import Clock
from tests.world.discord import GUILD, Channel, Discord, Message
from tests.world.model import Model
from tests.world.process import EVENT_S, Disk, Process, edited_of, posted_of

PEOPLE: Final = (UserId(1001), UserId(1002), UserId(1003))
COMMONS, LIBRARY, BACKROOM = ChannelId(2001), ChannelId(2002), ChannelId(2003)
"""Two channels that everybody sees, and one that is restricted."""

LIMITS: Final = Limits(default_model="test-model", queue_cap=5, questions_per_minute=12)


def direct(person: UserId) -> ChannelId:
    """The channel of somebody's direct messages."""
    return ChannelId(person + 10_000)


class World:
    """All of it."""

    def __init__(self, clock: Clock, limits: Limits = LIMITS) -> None:
        self.clock = clock
        self.broken: list[str] = []
        self.logs: list[Any] = []
        self.discord = Discord(clock)
        self.model = Model(self.broken.append)
        self.rows = _rows(limits)
        self.disk = Disk(self.rows, self._saw)
        self.process: Process | None = None
        self.processes = 0
        self.kills = 0
        self.statuses: dict[UserId, list[tuple[int, Status]]] = {person: [] for person in PEOPLE}
        """What each person chose, by the interaction that chose it, as committed."""
        self.accepted: dict[int, tuple[SessionId, float]] = {}
        """By message or interaction: the session that a turn waits in, and since when."""
        self.taken: dict[int, float] = {}
        """By message or interaction: when its turn was begun first."""
        self.shown: list[tuple[UserId, str]] = []
        """The private messages that people got."""
        self.versions: dict[MessageId, list[str]] = {}
        """Everything that each message of a person ever said."""
        self._events: list[IntakeMessage] = []
        self._pressed_by: dict[InteractionId, UserId] = {}
        for channel in (COMMONS, LIBRARY, BACKROOM):
            self.discord.open(Channel(channel, guild=GUILD, public=channel != BACKROOM))
        for person in PEOPLE:
            self.discord.open(Channel(direct(person), person=person))

    # Time

    def advance(self, seconds: float = 0.0) -> None:
        """Let time pass."""
        until_s = self.clock.now_s + seconds
        while True:
            self.clock.advance(max(0.0, until_s - self.clock.now_s))
            self._look_after_process()
            if self.clock.now_s >= until_s:
                return

    def _look_after_process(self) -> None:
        process = self.process
        if process is None:
            return
        self._read_callbacks(process)
        if process.is_alive:
            return
        self.process = None
        self.clock.end_all()
        if process.failure is not None and not _is_expected(process.failure):
            self.broken.append(f"process {process.number} ended with {process.failure!r}")
        self.broken += self.clock.unheard
        self.clock.unheard.clear()

    def _read_callbacks(self, process: Process) -> None:
        for message in process.responder.mailbox.take_all():
            panel = getattr(message, "panel", None)
            if panel is not None:
                self.shown.append((self._pressed_by[message.interaction_id], panel.text))

    # The process

    def start(self) -> None:
        """Start the bot, unless it is running."""
        if self.process is None:
            self.processes += 1
            self.process = Process(
                self.processes,
                clock=self.clock,
                discord=self.discord,
                model=self.model,
                disk=self.disk,
                broken=self.broken.append,
            )
            self.advance(0.1)

    def reload(self, *, concurrent_streams: int, requests_per_s: int) -> None:
        """Have the operator change the settings of the running bot."""
        if self.process is not None:
            self.process.reload(concurrent_streams=concurrent_streams, requests_per_s=requests_per_s)

    def kill(self) -> None:
        """Kill the process (SIGKILL)."""
        if self.process is not None:
            self.kills += 1
            self.process.kill()
            self.advance()

    def kill_at(self, boundary: str, count: int) -> None:
        """SIGKILL when something has happened that often."""
        if self.process is not None:
            self.process.killed_at = (boundary, count)

    def stop(self) -> None:
        """SIGTERM, and wait for the end."""
        if self.process is not None:
            self.process.stop()

    # The gateway's link

    def _tell(self, event: IntakeMessage) -> None:
        """Discord dispatches an event."""
        process = self.process
        self._events.append(event)
        del self._events[:-50]
        if process is not None and process.is_linked:
            self.clock.soon(partial(process.hear, event), EVENT_S)

    def unlink(self) -> None:
        """Break the gateway's connection."""
        if self.process is not None and self.process.is_linked:
            self.process.is_linked = False
            self._events.clear()

    def resume(self, *, twice: bool) -> None:
        """Resume the gateway session: missed events come now, once or twice."""
        process = self.process
        if process is not None and not process.is_linked:
            process.is_linked = True
            for event in self._events * (2 if twice else 1):
                self.clock.soon(partial(process.hear, event), EVENT_S)

    def relink(self) -> None:
        """Start a new gateway session: missed events are never sent."""
        if self.process is not None:
            self.process.connect()

    # What people do

    def write(self, person: UserId, channel: ChannelId, text: str, reply_to: MessageId | None = None) -> Message:
        """Somebody posts a message."""
        message = self.discord.write(channel, person, text, reply_to)
        self.versions[message.id] = [text]
        self._tell(posted_of(message))
        return message

    def edit(self, message: Message, text: str) -> None:
        """Its author changes it."""
        self.discord.change(message, text)
        self.versions[message.id].append(text)
        assert message.edited_timestamp is not None
        self._tell(edited_of(message, message.edited_timestamp))

    def delete(self, message: Message) -> None:
        """It is deleted."""
        message.gone = True
        self._tell(MessageDeleted(message_id=message.id, channel_id=message.channel.id))

    def press(self, person: UserId, message: Message, press: Press | str, *, own: bool = False) -> bool:
        """Somebody presses a button, or forges one."""
        custom_id = press if isinstance(press, str) else presses.encode(press)
        return self._press(
            ComponentPressed(
                interaction=self._by(person, message.channel),
                message_id=message.id,
                custom_id=custom_id,
                values=(),
                on_own_panel=own,
            )
        )

    def press_panel(self, person: UserId, channel: ChannelId, press: Press, *values: str) -> bool:
        """Somebody presses a button of their own panel."""
        return self._press(
            ComponentPressed(
                interaction=self._by(person, self.discord.channels[channel]),
                message_id=MessageId(self.discord.next_id()),
                custom_id=presses.encode(press),
                values=values,
                on_own_panel=True,
            )
        )

    def command(self, person: UserId, channel: ChannelId, name: str, **options: Any) -> bool:
        """Somebody uses a slash command."""
        interaction = self._by(person, self.discord.channels[channel])
        return self._press(CommandUsed(interaction=interaction, name=name, options=options))

    def _by(self, person: UserId, channel: Channel) -> Interaction:
        interaction = InteractionId(self.discord.next_id())
        self._pressed_by[interaction] = person
        return Interaction(
            interaction_id=interaction,
            token="token",  # noqa: S106 nobody's
            user_id=person,
            user_name=f"Person {person}",
            channel_id=channel.id,
            guild_id=channel.guild,
            received_s=self.clock.now_s,
        )

    def _press(self, message: Any) -> bool:
        return self.process is not None and self.process.press(message)

    # What is seen of the rows

    def _saw(self, verb: Verb[Any], answer: Any) -> None:
        match verb:
            case SetUser(status=status) if status is not None and not isinstance(answer, Exception):
                self.statuses.setdefault(verb.by.user_id, []).append((verb.by.interaction_id, answer.status))
            case AcceptMessage() if isinstance(answer, Accepted):
                self.accepted[verb.posted.message_id] = (answer.session, self.clock.now_s)
            case TakeNextTurn() if isinstance(answer, TurnTaken):
                self._began(answer)
            case _:
                pass
        if isinstance(answer, Exception):
            self.broken.append(f"{type(verb).__name__} raised {answer!r}")

    def _began(self, turn: TurnTaken) -> None:
        row = self.one("SELECT cause FROM turn WHERE id = ?", turn.turn)
        self.taken.setdefault(row["cause"], self.clock.now_s)
        earlier = self.all(
            "SELECT cause, kind FROM turn WHERE session = ? AND state = 'queued' AND cause < ?",
            turn.session,
            row["cause"],
        )
        # A question that is accepted after this one was taken, in the same commit, is late.
        overtaken = [one for one in earlier if one["cause"] in self.accepted or one["kind"] != "question"]
        if overtaken:
            self.broken.append(f"turn {turn.turn} overtook {len(overtaken)}")

    def all(self, sql: str, *values: object) -> list[Any]:
        """Return the rows of a query, read beside the process."""
        return self.rows._unit.all(sql, *values)

    def one(self, sql: str, *values: object) -> Any:
        """The first row."""
        return self.rows._unit.one(sql, *values)


def _is_expected(failure: BaseException) -> bool:
    """Whether a process ended as it is meant to: its fifth crash in a minute, or no room for its first commit."""
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return isinstance(failure, ZeroDivisionError | StorageError)


def _rows(limits: Limits) -> SqliteStore:
    rows = open_store(":memory:", limits)
    # SQLite's own is seeded by the machine; ids would differ from run to run.
    chance = random.Random(1)
    rows._connection.create_function("random", 0, lambda: chance.getrandbits(64) - 2**63)
    return rows


@contextmanager
def world(limits: Limits = LIMITS) -> Iterator[World]:
    """A world in which the bot runs."""
    clock = Clock()
    with clock.told_to_all(), structlog.testing.capture_logs() as said:
        made = World(clock, limits)
        made.logs = said
        try:
            made.start()
            yield made
        finally:
            if made.process is not None:
                made.process.is_alive = False
            clock.close()
            made.rows.close()
