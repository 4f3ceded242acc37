"""A server that answers with bytes written by hand, for what no well-behaved one sends."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
from anyio.abc import SocketAttribute, SocketStream
from msgspec import Struct, field

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"

Play = Callable[[SocketStream], Awaitable[None]]


class RawServer(Struct):
    """Where it listens, and what was asked: each request as it came."""

    base_url: str = ""
    requests: list[bytes] = field(default_factory=list)
    gone: anyio.Event = field(default_factory=anyio.Event)
    """Set when a client has closed its connection."""


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(data), data)


@asynccontextmanager
async def raw_server(play: bytes | Play) -> AsyncIterator[RawServer]:
    """Answer each connection's first request by sending these bytes, or by calling this, and close it.

    A function that returns while the client is there leaves the connection open until the client closes it.
    """
    server = RawServer()

    async def serve(client: SocketStream) -> None:
        async with client:
            server.requests.append(await _request(client))
            try:
                if isinstance(play, bytes):
                    await client.send(play)
                    return
                await play(client)
                while True:
                    await client.receive()
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                server.gone.set()

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(SocketAttribute.local_port)  # noqa: S610 anyio's, not Django's
    server.base_url = f"http://127.0.0.1:{port}/v1"
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, serve)
        yield server
        tasks.cancel_scope.cancel()


async def _request(client: SocketStream) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += await client.receive()
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += await client.receive()
    return head + b"\r\n\r\n" + body
