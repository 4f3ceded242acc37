"""The small Discord as tests use it: requests that fail, kills at a chosen request or event, a gateway that misbehaves."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.discord import Cut, DiscordSandbox, Interceptor, Limits, Passage, Request
from sandbox.discord.buckets import too_many
from sandbox.discord.events import GUILDS, Event
from sandbox.discord.interaction_events import dispatch
from sandbox.discord.interactions import Interaction
from sandbox.discord.place_payloads import guild_json
from sandbox.discord.refusals import KNOWN
from sandbox.discord.requests import Answer
from sandbox.discord.things import Guild
from tests.rig.event_kills import EventKills
from tests.rig.faults import Fault, Faults
from tests.rig.gateway import GatewayRig
from tests.rig.kill import Boundary, RequestCounter, When

NO_FAULT: Final = Fault("")
KILLED: Final = Cut("killed")


class DiscordRig(DiscordSandbox):
    """A `DiscordSandbox` in which a test decides what goes wrong."""

    gateway: GatewayRig

    def __init__(self, limits: Limits | None = None, *, counter: RequestCounter | None = None) -> None:
        """Be ready to serve; `counter` is shared with other servers, so that a kill point counts the requests of all."""
        self.counter = counter or RequestCounter()
        self.trouble = Trouble(self.counter)
        super().__init__(limits, interceptor=self.trouble)

    def fault(self, match: str, **what: Any) -> Fault:
        """Make requests fail: `fault("POST /channels/.*/messages", status=503, times=2)`.

        :param match: a regular expression searched in `METHOD /path`.
        :param what: the fields of `Fault`.
        """
        return self.trouble.faults.add(Fault(match, **what))

    def clear_faults(self) -> None:
        """Let all requests go well again."""
        self.trouble.faults.clear()

    def kill_at(self, pid: int, request: int, when: When = "before") -> None:
        """SIGKILL `pid` at the k-th request from now on, counted with every server that shares the counter."""
        self.counter.arm(pid, request, when)

    def kill_on_event(self, pid: int, name: str, k: int = 1) -> None:
        """SIGKILL `pid` right after the k-th gateway event of that name was written to its socket."""
        self.trouble.kills.arm(pid, name, k)

    def forget_event_kills(self) -> None:
        """Disarm what `kill_on_event` armed, so that it does not meet the bot's next process."""
        self.trouble.kills = EventKills()

    def replay(self, interaction: Interaction) -> None:
        """Dispatch an interaction's event once more, with the same id and token."""
        dispatch(self.world, interaction)

    @property
    def invalid_requests(self) -> int:
        """How many were answered 401, 403 or 429: 10,000 in ten minutes are a ban ("Rate Limits")."""
        return sum(request.status in {401, 403, 429} for request in self.requests)

    def lose(self, guild: Guild) -> None:
        """Make a server unavailable; until `regain`, the bot is told of nothing that happens."""
        self.gateway.tell(Event("GUILD_DELETE", GUILDS, lambda _: {"id": str(guild.id), "unavailable": True}))
        self.gateway.hold_events()

    def regain(self, guild: Guild) -> None:
        """Make a server available again: GUILD_CREATE; what happened meanwhile is never dispatched."""
        self.gateway.release_events(lost=True)
        body = {**guild_json(self.world, guild), "unavailable": False}
        self.gateway.tell(Event("GUILD_CREATE", GUILDS, lambda _: body))

    def _gateway(self, interceptor: Interceptor) -> GatewayRig:
        return GatewayRig(self.changes, interceptor)


@dataclass(slots=True)
class Trouble(Interceptor):
    """Makes requests fail as a test asked, kills at boundaries, and bends the gateway's behaviour."""

    counter: RequestCounter
    faults: Faults = field(default_factory=Faults)
    kills: EventKills = field(default_factory=EventKills)
    deaf: bool = False
    """No heartbeat is acknowledged: the connection is a zombie. "Gateway", section "Heartbeat ACKs"."""
    mute: bool = False
    """New connections hear nothing, not even HELLO."""
    forgetful: bool = False
    """Each gateway session is invalid as soon as it is READY (op 9, not resumable)."""

    def begin(self, request: Request, connected: Callable[[], bool]) -> Passage:
        """Count the request at once, so that its number is its place in the order of arrival."""
        return TroubledPassage(request, connected, self.faults, self.counter.begin(request.route))

    def event_written(self, name: str) -> None:
        """Kill where a kill was armed at this event."""
        self.kills.passed(name)

    def greets(self) -> bool:
        """Say HELLO, unless mute."""
        return not self.mute

    def acknowledges_heartbeats(self) -> bool:
        """Answer heartbeats, unless deaf."""
        return not self.deaf

    def keeps_sessions(self) -> bool:
        """Let gateway sessions last, unless forgetful."""
        return not self.forgetful


@dataclass(slots=True)
class TroubledPassage(Passage):
    """One request, at which a fault may strike and the bot may be killed."""

    request: Request
    connected: Callable[[], bool]
    faults: Faults
    boundary: Boundary
    fault: Fault = field(default_factory=lambda: NO_FAULT)

    async def arrived(self) -> Answer | Cut | None:
        """Kill, or let the fault that matches the request strike before anything is applied."""
        if self.boundary.at("before"):
            return KILLED
        self.fault = self.faults.take(f"{self.request.method} {self.request.path}") or NO_FAULT
        if self.fault.delay_s:
            await asyncio.sleep(self.fault.delay_s)
            if not self.connected():
                return Cut()  # its sender died while it was on its way
        if self.fault.never or self.fault.dropped:
            return Cut(hold=self.fault.never)
        return _answer_of(self.fault)

    def applied(self) -> Cut | None:
        """Kill, or cut the connection so that the bot does not learn what was applied."""
        if self.boundary.at("stored"):
            return KILLED
        if self.fault.stored_then_dropped or self.fault.stored_then_never:
            return Cut(hold=self.fault.stored_then_never)
        return Cut("truncated", half=True) if self.fault.truncated else None

    def answered(self) -> str:
        """Kill, now that the answer was written."""
        return "killed" if self.boundary.at("answered") else "answered"


def _answer_of(fault: Fault) -> Answer | None:
    """Return the answer that a fault asks for; None when it asks for none."""
    if fault.retry_after_s is not None:
        return too_many(fault.retry_after_s, fault.scope, fault.headers)
    if fault.status is None and not fault.code:
        return None
    known = KNOWN[fault.code] if fault.code in KNOWN and fault.code else (500, "Asked for by a fault")
    body = fault.body
    if body is None:
        body = {"message": fault.message or known[1], "code": fault.code}
    return Answer(fault.status or known[0], body, dict(fault.headers))
