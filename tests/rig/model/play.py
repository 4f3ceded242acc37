"""Sends one scripted answer over one connection."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from contextlib import suppress

import msgspec
from aiohttp import web

from tests.rig.model.gate import Gate
from tests.rig.model.record import Ending as Ended
from tests.rig.model.record import ModelRequest
from tests.rig.model.script import Script
from tests.rig.model.wire import Ending, Wire

Halfway = Callable[[], None]
"""Called when a part of the answer has been sent and the rest not yet: there a client may be killed."""


class Player:
    """Plays an answer: its text in pieces, at its pace, until its end or until what goes wrong."""

    def __init__(
        self, *, request: ModelRequest, script: Script, text: str, wire: Wire, gate: Gate | None, halfway: Halfway
    ) -> None:
        """Be ready to play `text`."""
        self._request = request
        self._script = script
        self._wire = wire
        self._gate = gate
        self._halfway = halfway
        broken_at = (script.cut_after, script.clean_end_after, script.stall_after, script.keepalives_after)
        self._stop = next((at for at in broken_at if at is not None), None)
        self._text = text[: self._stop]
        self._malformed_owed = script.garbage == "malformed"
        self._ending = Ending(incomplete=script.incomplete, failed=script.failed, error_event=script.error_event)

    async def stream(self, http: web.Request) -> tuple[web.StreamResponse, Ended]:
        """Answer with server-sent events; return the response and how it ended."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        response.enable_chunked_encoding()
        await response.prepare(http)
        for frame in self._wire.opening():
            await self._write(response, frame)
        await self._pieces(lambda piece: self._write_piece(response, piece))
        if self._stop is not None:
            return response, await self._break(http, response)
        for frame in self._wire.closing(self._ending):
            await self._write(response, frame)
        with suppress(ConnectionError):  # who has heard the last event may go
            await response.write_eof()
        return response, "completed"

    async def whole(self, http: web.Request) -> tuple[web.StreamResponse, Ended]:
        """Answer with one JSON body; return the response and how it ended."""
        await self._pieces(self._keep_piece)
        body = msgspec.json.encode(self._wire.whole(self._ending))
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.content_length = len(body)
        await response.prepare(http)
        if self._stop is not None:
            await response.write(body[: len(body) // 2])
            return response, await self._break(http, response)
        await response.write(body)
        await response.write_eof()
        return response, "completed"

    async def _pieces(self, put: Callable[[str], Awaitable[None]]) -> None:
        """Hand over the text piece by piece, each when its time has come."""
        pieces = [self._text[at : at + self._script.chunk] for at in range(0, len(self._text), self._script.chunk)]
        loop = asyncio.get_running_loop()
        if self._gate:
            self._gate.arrive()
        if self._script.first_token_after_s:
            await asyncio.sleep(self._script.first_token_after_s)
        began_s = loop.time()
        for index, piece in enumerate(pieces):
            if self._gate:
                await self._gate.before_delta()
            if self._script.tokens_per_s:
                await asyncio.sleep(began_s + index / self._script.tokens_per_s - loop.time())
            if not index:
                self._request.spoke_at_s = loop.time()
            await put(piece)
            self._request.sent += piece
            if index == len(pieces) // 2:
                self._halfway()
            if self._gate:
                self._gate.after_delta()
        if not pieces:
            self._halfway()
        if self._gate:
            await self._gate.before_end()

    async def _keep_piece(self, piece: str) -> None:
        self._wire.delta(piece)

    async def _write_piece(self, response: web.StreamResponse, piece: str) -> None:
        if self._malformed_owed and len(self._request.sent) * 2 >= len(self._text):
            self._malformed_owed = False
            await response.write(b'data: {"type": "response.output_text.del\n\n')
        if self._script.garbage == "unknown_events":
            await self._write(response, b": aside\n\n")
            await self._write(response, self._wire.unknown())
        for frame in self._wire.delta(piece):
            await self._write(response, frame)

    async def _write(self, response: web.StreamResponse, data: bytes) -> None:
        for part in self._parts(data):
            await response.write(part)
            # The loop's turn, so that each write is a write of its own and a client that has gone is noticed.
            await asyncio.sleep(0)

    def _parts(self, data: bytes) -> list[bytes]:
        if self._script.garbage == "one_byte":
            return [data[at : at + 1] for at in range(len(data))]
        if self._script.garbage == "split_utf8":
            inside = [at for at in range(1, len(data)) if data[at] & 0xC0 == 0x80]  # 10xxxxxx continues
            edges = [0, *inside, len(data)]
            return [data[start:end] for start, end in itertools.pairwise(edges)]
        return [data]

    async def _break(self, http: web.Request, response: web.StreamResponse) -> Ended:
        """Do what the script says goes wrong at this place."""
        script = self._script
        if script.cut_after is not None or (script.clean_end_after is not None and not self._request.streams):
            if http.transport is not None:
                # Closed, not reset: what was written still arrives, so the client sees exactly this many characters.
                http.transport.close()
            return "cut"
        if script.clean_end_after is not None:
            await response.write_eof()
            return "ended early"
        while script.keepalives_after is not None and script.stall_after is None:
            await response.write(b": keepalive\n\n")
            await asyncio.sleep(script.keepalive_every_s)
        await asyncio.get_running_loop().create_future()
        raise AssertionError  # only a cancellation ends a stall
