"""A small HTTP proxy on this machine, and encryption in front of the small Discord and the scripted model."""

import asyncio
import base64
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

HEADER_END: Final = b"\r\n\r\n"


class ProxyRig:
    """Knows hosts by name, which leads to a port of this machine, and records who was asked for.

    `seen` holds `CONNECT discord.test:443`, or `GET http://discord.test/…` for what is not encrypted. With `credentials` (`name:password`), requests
    without it get 407.
    """

    def __init__(self, ports: dict[str, int], *, credentials: str = "") -> None:
        self.url = ""
        self.seen: list[str] = []
        self.refused = 0
        self._ports = ports
        self._wanted = f"basic {base64.b64encode(credentials.encode()).decode()}".lower() if credentials else ""

    def hosts(self) -> set[str]:
        """Return the hosts that were asked for."""
        targets = [one.split()[1] for one in self.seen]
        return {urlsplit(target if "//" in target else f"//{target}").hostname or "" for target in targets}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(HEADER_END)
        line, *headers = head.decode("latin-1").split("\r\n")
        method, target, _ = line.split()
        told = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in headers)}
        if told.get("proxy-authorization", "").lower() != self._wanted:
            self.refused += 1
            writer.write(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            writer.close()
            return
        self.seen.append(f"{method} {target}")
        host = target.partition(":")[0] if method == "CONNECT" else urlsplit(target).hostname
        port = self._ports[host or ""]
        there, back = await asyncio.open_connection("127.0.0.1", port)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            back.write(_to_this_machine(head, port))
        await both_ways(reader, writer, there, back, port)


@asynccontextmanager
async def proxy_rig(
    ports: dict[str, int], *, credentials: str = "", encryption: ssl.SSLContext | None = None
) -> AsyncIterator[ProxyRig]:
    """Have a proxy listen; `encryption` makes it one that is spoken to by TLS."""
    made = ProxyRig(ports, credentials=credentials)
    server = await asyncio.start_server(made._serve, "127.0.0.1", 0, ssl=encryption)
    made.url = f"{'https' if encryption else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()


@asynccontextmanager
async def encrypted(port: int, encryption: ssl.SSLContext) -> AsyncIterator[int]:
    """Have TLS in front of a port; yields the port that speaks it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await both_ways(reader, writer, there, back, port)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=encryption)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def both_ways(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    there: asyncio.StreamReader,
    back: asyncio.StreamWriter,
    port: int,
) -> None:
    """Pass on what comes from either side until one of them closes."""

    async def pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await source.read(65_536):
                target.write(_to_this_machine(piece, port) if target is back else piece)
                await target.drain()

    sides = [asyncio.create_task(pass_on(reader, back)), asyncio.create_task(pass_on(there, writer))]
    try:
        await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for side in sides:
            side.cancel()
        writer.close()
        back.close()


def _to_this_machine(piece: bytes, port: int) -> bytes:
    """Name this machine as the host of each request that begins in this piece: the sandbox serves no other."""
    return re.sub(rb"(?i)\r\nHost: \w+\.test\r\n", f"\r\nHost: 127.0.0.1:{port}\r\n".encode(), piece)
