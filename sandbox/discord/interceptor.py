"""The place where something may step between the small Discord and its client, for example to make a request fail.

The server calls an `Interceptor` at each step of a request's way and at a few moments of a gateway connection. This one
lets everything pass; a subclass overrides what it wants to change.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.discord.requests import Answer, Request


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection ends and the request is not answered, or only in part."""

    ended: str = "dropped"
    """What `Request.ended` says from then on."""
    hold: bool = False
    """Say nothing until the sandbox closes, and cut the connection only then."""
    half: bool = False
    """Send the answer's head and half of its body first."""


class Passage:
    """One request on its way through the server. Its methods are called in their order, each at most once."""

    async def arrived(self) -> Answer | Cut | None:
        """Decide, before anything is applied: None applies the request, anything else takes the place of that."""
        return None

    def applied(self) -> Cut | None:
        """Decide, after the request was applied and before a byte is answered: None sends the answer."""
        return None

    def answered(self) -> str:
        """Return what `Request.ended` shall say, after the whole answer was written."""
        return "answered"


class Interceptor:
    """What the server calls. Everything passes, and the gateway behaves well."""

    def begin(self, request: Request, connected: Callable[[], bool]) -> Passage:  # noqa: ARG002  # a subclass reads them
        """Return the way of a request that has just arrived; its body has not been read yet.

        :param connected: says whether the client that sent the request still waits for the answer.
        """
        return Passage()

    def event_written(self, name: str) -> None:
        """Learn that a gateway event of this name was written to a client's socket."""

    def greets(self) -> bool:
        """Say whether a new gateway connection is told HELLO."""
        return True

    def acknowledges_heartbeats(self) -> bool:
        """Say whether a heartbeat is acknowledged. Discord, "Gateway", section "Heartbeat ACKs"."""
        return True

    def keeps_sessions(self) -> bool:
        """Say whether a gateway session lasts; otherwise it becomes invalid (op 9) as soon as it is READY."""
        return True
