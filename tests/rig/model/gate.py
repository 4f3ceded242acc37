"""Lets a test hold a stream in its middle and let its pieces through one by one, without a clock."""

import asyncio
from typing import Final

from sandbox.change import Change
from tests.rig.model.record import ModelRequest
from tests.rig.model.script import Match

NEVER_S: Final = 60.0
"""How long a test waits before it fails."""


class Gate:
    """Holds the first request that matches and lets its deltas through one by one.

    The events that come before the first text are sent at once. A request held back needs `finish`, or its client to go.
    """

    def __init__(self, match: Match) -> None:
        """Wait for a request that matches."""
        self.match = match
        self.request: ModelRequest | None = None
        self._asked = asyncio.Event()
        self._moved = Change()
        self._allowed = 0
        self._passed = 0
        self._open = False

    async def reached(self) -> ModelRequest:
        """Wait until a request stands before its first delta, and return it.

        :raises TimeoutError: none came in a minute
        """
        async with asyncio.timeout(NEVER_S):
            await self._asked.wait()
        assert self.request is not None  # set together with the event
        return self.request

    def release(self, n_deltas: int = 1) -> None:
        """Let so many more deltas through."""
        self._allowed += n_deltas
        self._moved.tell()

    def finish(self) -> None:
        """Let everything through."""
        self._open = True
        self._moved.tell()

    async def sent(self, n_deltas: int) -> None:
        """Wait until so many deltas, counted from the first, are on their way to the client.

        :raises TimeoutError: they are not in a minute
        """
        async with asyncio.timeout(NEVER_S):
            await self._moved.until(lambda: self._passed >= n_deltas)

    def take(self, request: ModelRequest) -> None:
        """Say which request is held; the server's side."""
        self.request = request

    def arrive(self) -> None:
        """Say that the request stands before its first delta; the server's side."""
        self._asked.set()

    async def before_delta(self) -> None:
        """Wait until one more delta may go; the server's side."""
        await self._moved.until(lambda: self._open or self._passed < self._allowed)

    def after_delta(self) -> None:
        """Say that a delta has been written; the server's side."""
        self._passed += 1
        self._moved.tell()

    async def before_end(self) -> None:
        """Wait until the answer may end; the server's side."""
        await self._moved.until(lambda: self._open)
