"""A bot without a library: bare HTTP and a bare WebSocket, to break the small Discord's limits one by one."""

import json
import sys
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from sandbox.discord import Channel, Limits, Message
from tests.rig.discord import DiscordRig

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

INTENTS = (1 << 0) | (1 << 9) | (1 << 10) | (1 << 12) | (1 << 13)
CONTENT = 1 << 15
CALM = Limits(rate_limits=False)


@dataclass(frozen=True)
class Reply:
    """An answer of Discord."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> int:
        """The JSON code of a refusal."""
        code: int = self.body["code"]
        return code

    def faults(self, path: str) -> list[str]:
        """The codes that a 50035 gives for a path such as `embeds.0.title`."""
        assert (self.status, self.code) == (400, 50035), self.body
        node = self.body["errors"]
        for key in path.split("."):
            node = node[key]
        return [entry["code"] for entry in node["_errors"]]


class RawBot:
    """Requests with the sandbox's token."""

    def __init__(self, discord: DiscordRig, http: aiohttp.ClientSession) -> None:
        self.discord, self.http = discord, http
        self.general = discord.channel("general")
        self.alice, self.bob = discord.person("Alice"), discord.person("Bob")

    async def ask(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Reply:
        """One request; the path without its version."""
        headers = {"Authorization": f"Bot {token or self.discord.token}"}
        url = self.discord.rest_url + path
        async with self.http.request(method, url, json=body, headers=headers) as response:
            text = await response.text()
            kind = response.content_type
            found = json.loads(text) if text and kind == "application/json" else text
            return Reply(response.status, found, dict(response.headers))

    async def post(self, channel: Channel | None = None, **body: Any) -> Reply:
        """Create a message, in #general unless told otherwise."""
        return await self.ask("POST", f"/channels/{(channel or self.general).id}/messages", body)

    async def patch(self, number: str | int, **body: Any) -> Reply:
        """Edit a message of #general."""
        return await self.ask("PATCH", f"/channels/{self.general.id}/messages/{number}", body)

    def message(self, reply: Reply, channel: Channel | None = None) -> Message:
        """The world's message behind an answer."""
        return (channel or self.general).messages[int(reply.body["id"])]

    async def callback(self, entry: Any, kind: int, query: str = "", **data: Any) -> Reply:
        """Answer an interaction."""
        return await self.ask(
            "POST", f"/interactions/{entry.id}/{entry.token}/callback{query}", {"type": kind, "data": data}
        )

    def original(self, entry: Any) -> str:
        """The path of an interaction's first answer."""
        return f"/webhooks/{self.discord.world.application_id}/{entry.token}/messages/@original"

    async def register(self, *commands: dict[str, Any]) -> Reply:
        """Replace the global commands."""
        return await self.ask("PUT", f"/applications/{self.discord.world.application_id}/commands", list(commands))

    @asynccontextmanager
    async def gateway(self, query: str = "?v=10&encoding=json&compress=zlib-stream") -> AsyncIterator["RawGateway"]:
        """Open a connection to the gateway, after HELLO."""
        async with self.http.ws_connect(self.discord.world.base_url + "/gateway" + query, autoclose=False) as ws:
            gateway = RawGateway(ws, self.discord.token, query)
            hello = await gateway.hear()
            assert hello["op"] == 10
            assert hello["d"]["heartbeat_interval"] > 0
            yield gateway


class RawGateway:
    """One connection to the gateway."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, token: str, query: str) -> None:
        self.ws, self.token = ws, token
        self._inflate: Callable[[bytes], bytes] = (
            zstd.ZstdDecompressor().decompress if "zstd" in query else zlib.decompressobj().decompress
        )
        self.seq = 0

    async def hear(self) -> Any:
        """The next payload; the close code, an int, when the connection has ended."""
        frame = await self.ws.receive(timeout=20)
        if frame.type is aiohttp.WSMsgType.BINARY:
            payload = json.loads(self._inflate(frame.data))
        elif frame.type is aiohttp.WSMsgType.TEXT:
            payload = json.loads(frame.data)
        else:
            return frame.data if frame.type is aiohttp.WSMsgType.CLOSE else 1006
        self.seq = payload["s"] or self.seq
        return payload

    async def event(self, name: str) -> Any:
        """The data of the next event of that name."""
        while True:
            payload = await self.hear()
            assert isinstance(payload, dict), f"closed with {payload} while waiting for {name}"
            if payload["t"] == name:
                return payload["d"]

    async def say(self, op: int, data: Any) -> None:
        """Send a payload."""
        await self.ws.send_json({"op": op, "d": data})

    async def identify(self, intents: int = INTENTS | CONTENT, token: str | None = None) -> None:
        """Send IDENTIFY."""
        await self.say(2, {"token": token or self.token, "intents": intents, "properties": {}})

    async def ready(self, intents: int = INTENTS | CONTENT) -> Any:
        """Send IDENTIFY and return READY's data."""
        await self.identify(intents)
        return await self.event("READY")


@asynccontextmanager
async def raw_bot(limits: Limits = CALM) -> AsyncIterator[RawBot]:
    """A sandbox without rate limits, unless told otherwise, and a bare bot for it."""
    async with DiscordRig(limits) as discord, aiohttp.ClientSession() as http:
        yield RawBot(discord, http)


def row(*parts: dict[str, Any]) -> dict[str, Any]:
    """An action row."""
    return {"type": 1, "components": list(parts)}


def button(custom_id: str = "b", label: str = "Press", **more: Any) -> dict[str, Any]:
    """Return a button."""
    return {"type": 2, "style": 1, "custom_id": custom_id, "label": label, **more}


def menu(custom_id: str = "m", *, options: int = 2, **more: Any) -> dict[str, Any]:
    """Return a text menu."""
    choices = [{"label": f"Option {place}", "value": str(place)} for place in range(options)]
    return {"type": 3, "custom_id": custom_id, "options": choices, **more}
