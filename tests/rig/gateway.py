"""The small Discord's gateway as tests use it: events that are late, lost or repeated, and connections that end."""

from sandbox.discord.changes import Changes
from sandbox.discord.events import Event
from sandbox.discord.gateway import Gateway
from sandbox.discord.interceptor import Interceptor

HEARTBEAT, RECONNECT = 1, 7


class GatewayRig(Gateway):
    """A `Gateway` in which a test decides what goes wrong."""

    def __init__(self, changes: Changes, interceptor: Interceptor) -> None:
        super().__init__(changes, interceptor)
        self._held: list[Event] | None = None
        self._repeats: dict[str, int] = {}
        self._last: dict[str, Event] = {}

    def tell(self, event: Event) -> None:
        """Dispatch an event as often as the test wants, or hold it back."""
        if self._held is not None:
            self._held.append(event)
            return
        self._last[event.name] = event
        for _ in range(self._repeats.get(event.name, 1)):
            super().tell(event)

    def hold_events(self) -> None:
        """Hold back all events from now on: things still happen, but no session is told."""
        if self._held is None:
            self._held = []

    def release_events(self, *, lost: bool = False) -> None:
        """Dispatch events again. Those held back come now, with the present state of things; with `lost` they never come."""
        held, self._held = self._held or [], None
        for event in [] if lost else held:
            self.tell(event)

    def repeat(self, name: str, times: int) -> None:
        """Dispatch every following event of that name so many times (1: as usual).

        "Gateway", section "Event Delivery": an event may come never, once or several times.
        """
        self._repeats[name] = times

    def again(self, name: str) -> None:
        """Dispatch the last event of that name once more.

        :raises KeyError: when there was none.
        """
        super().tell(self._last[name])

    def ask_heartbeat(self) -> None:
        """Ask for a heartbeat at once. "Gateway", section "Heartbeat Requests"."""
        self._each(lambda socket: socket.send({"op": HEARTBEAT, "d": None, "s": None, "t": None}))

    def close(self, code: int, reason: str = "") -> None:
        """Close every connection with a code. "Opcodes and Status Codes", section "Gateway Close Event Codes"."""
        self._each(lambda socket: socket.close(code, reason))

    def reconnect(self) -> None:
        """Ask every connection to reconnect and resume (op 7)."""
        self._each(lambda socket: socket.send({"op": RECONNECT, "d": None, "s": None, "t": None}))

    def forget_sessions(self) -> None:
        """Cut every connection and forget the sessions: a RESUME will be refused."""
        self.drop_socket()
        self.sessions.clear()
