"""The gateway: its sessions, and the events that each received. Discord, "Gateway"."""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.discord.changes import Changes
from sandbox.discord.events import MESSAGE_CONTENT, Event
from sandbox.discord.interceptor import Interceptor
from sandbox.discord.sockets import Socket
from sandbox.discord.things import Json

INVALID_SESSION, DISPATCH = 9, 0


@dataclass(slots=True, eq=False)
class GatewaySession:
    """A gateway session. It stays when its socket is closed, so that it can be resumed."""

    id: str
    intents: int
    socket: Socket | None = None
    log: list[Json] = field(default_factory=list)
    """Every event that was dispatched to it; its index + 1 is its sequence number."""

    @property
    def connected(self) -> bool:
        """Whether it has an open socket."""
        return self.socket is not None and self.socket.open

    def tell(self, name: str, body: Json) -> None:
        """Dispatch one event; without a socket it waits for a RESUME."""
        payload: Json = {"op": DISPATCH, "t": name, "s": len(self.log) + 1, "d": body}
        self.log.append(payload)
        if self.socket is not None:
            self.socket.send(payload)


@dataclass(slots=True, frozen=True)
class Identify:
    """An IDENTIFY that was received; a bot may send a thousand a day."""

    at_s: float
    """Monotonic seconds."""
    intents: int
    accepted: bool


class Gateway:
    """All gateway sessions, and what was received from them."""

    def __init__(self, changes: Changes, interceptor: Interceptor) -> None:
        self._changes = changes
        self.interceptor = interceptor
        self.sessions: dict[str, GatewaySession] = {}
        self.identifies: list[Identify] = []
        self.resumes: list[float] = []
        """Monotonic seconds of every accepted RESUME."""
        self.resumed_after: list[int] = []
        """For each RESUME the sequence number after which it continued."""
        self.heartbeats: list[float] = []
        """Monotonic seconds of every heartbeat."""
        self.closes: list[int | None] = []
        """The code with which each connection was closed, by either side; None or 1006 when it was cut."""

    @property
    def connected(self) -> list[GatewaySession]:
        """The sessions that have a socket now."""
        return [session for session in self.sessions.values() if session.connected]

    async def ready(self, timeout_s: float = 30.0) -> None:
        """Wait until a bot has a session and hears events.

        :raises NeverHappenedError: after `timeout_s` real seconds.
        """
        await self._changes.until(lambda: bool(self.connected), timeout_s, lambda: "no bot became READY")

    def tell(self, event: Event) -> None:
        """Dispatch an event to every session that wants events of its kind."""
        for session in self.sessions.values():
            if event.intent == 0 or session.intents & event.intent:
                session.tell(event.name, event.render(bool(session.intents & MESSAGE_CONTENT)))

    def drop_socket(self) -> None:
        """Cut every connection without a close frame; the sessions can be resumed."""
        self._each(lambda socket: socket.drop())

    def invalidate(self, *, resumable: bool) -> None:
        """Tell every connection that its session is invalid (op 9); unless resumable, it is gone."""
        self._each(lambda socket: socket.send({"op": INVALID_SESSION, "d": resumable, "s": None, "t": None}))
        if not resumable:
            self.sessions.clear()

    def begin(self, intents: int, socket: Socket) -> GatewaySession:
        """Start a session after an accepted IDENTIFY."""
        session = GatewaySession(secrets.token_hex(16), intents, socket)
        self.sessions[session.id] = session
        return session

    def note_identify(self, intents: int, *, accepted: bool) -> None:
        """Keep when it came."""
        self.identifies.append(Identify(time.monotonic(), intents, accepted))
        self._changes.happened()

    def note_heartbeat(self) -> None:
        """Keep when it came."""
        self.heartbeats.append(time.monotonic())
        self._changes.happened()

    def resume(self, session: GatewaySession, after: int, socket: Socket) -> None:
        """Resume a session: first send the events that it missed, then RESUMED."""
        session.socket = socket
        self.resumes.append(time.monotonic())
        self.resumed_after.append(after)
        for payload in session.log[after:]:
            socket.send(payload)
        session.tell("RESUMED", {})
        self._changes.happened()

    def ended(self, session: GatewaySession | None, socket: Socket) -> None:
        """Note that a connection has ended. With code 1000 or 1001 its session ends too ("Gateway", "Resuming")."""
        self.closes.append(socket.close_code)
        if session is not None and session.socket is socket:
            session.socket = None
            if socket.close_code in {1000, 1001}:
                self.sessions.pop(session.id, None)
        self._changes.happened()

    def written(self, payload: Json) -> None:
        """Tell the interceptor of an event that was written to a socket."""
        if payload.get("op") == DISPATCH:
            self.interceptor.event_written(payload["t"])

    def _each(self, do: Callable[[Socket], None]) -> None:
        for session in list(self.sessions.values()):
            if session.socket is not None:
                do(session.socket)


async def finish(task: asyncio.Task[None]) -> None:
    """Cancel a writer and wait for its end."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
