"""One gateway connection: compressed frames out in order, JSON in. Discord, "Gateway", "Transport Compression"."""

import asyncio
import json
import sys
import zlib
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.discord.things import Json

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class Squeezer:
    """Compresses a connection's frames as one stream, flushed after each payload."""

    def __init__(self, kind: str | None) -> None:
        self.kind = kind
        self._zlib = zlib.compressobj()
        self._zstd = zstd.ZstdCompressor()

    def squeeze(self, text: str) -> bytes:
        """Compress one payload."""
        data = text.encode()
        if self.kind == "zstd-stream":
            return bytes(self._zstd.compress(data, mode=zstd.ZstdCompressor.FLUSH_BLOCK))
        return self._zlib.compress(data) + self._zlib.flush(zlib.Z_SYNC_FLUSH)


class Socket:
    """A WebSocket with its outgoing queue; what is sent through it arrives in order or not at all."""

    def __init__(self, request: web.Request, ws: web.WebSocketResponse, compression: str | None) -> None:
        self._request, self._ws = request, ws
        self._squeezer = Squeezer(compression)
        self._compressed = compression is not None
        self._outgoing: asyncio.Queue[Json | tuple[int, str]] = asyncio.Queue()
        self.open = True
        self.written: Callable[[Json], None] = lambda _: None
        """Called after a payload has been written to the socket."""

    def send(self, payload: Json) -> None:
        """Queue a payload."""
        if self.open:
            self._outgoing.put_nowait(payload)

    def close(self, code: int, reason: str) -> None:
        """Close with a code, after all payloads that are queued."""
        if self.open:
            self.open = False
            self._outgoing.put_nowait((code, reason))

    def drop(self) -> None:
        """Cut the connection without a close frame; queued payloads are lost."""
        self.open = False
        if self._request.transport is not None:
            self._request.transport.abort()

    async def write(self) -> None:
        """Send what is queued until the connection ends."""
        while True:
            entry = await self._outgoing.get()
            if isinstance(entry, tuple):
                await self._ws.close(code=entry[0], message=entry[1].encode())
                return
            text = json.dumps(entry)
            try:
                if self._compressed:
                    await self._ws.send_bytes(self._squeezer.squeeze(text))
                else:
                    await self._ws.send_str(text)
            except ConnectionError:
                self.open = False
                return
            self.written(entry)

    async def read(self) -> Any:
        """The next payload; None when the connection has ended.

        :raises ValueError: when it is not JSON.
        """
        frame = await self._ws.receive()
        if frame.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
            return json.loads(frame.data)
        self.open = False
        return None

    @property
    def close_code(self) -> int | None:
        """The code with which the other side closed; None or 1006 when the connection was cut."""
        return self._ws.close_code
