"""Answers what a client sends on the gateway's socket: heartbeats, IDENTIFY, RESUME. Discord, "Gateway", "Connections"."""

import asyncio
from typing import Any

from aiohttp import web

from sandbox.discord.application_routes import application, gateway_url, own_user
from sandbox.discord.events import GUILD_MEMBERS, GUILDS, MESSAGE_CONTENT
from sandbox.discord.gateway import INVALID_SESSION, Gateway, GatewaySession, finish
from sandbox.discord.place_payloads import guild_json
from sandbox.discord.sockets import Socket
from sandbox.discord.things import Json
from sandbox.discord.world import World

HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, MEMBERS, HELLO, HEARTBEAT_ACK = 1, 2, 3, 4, 6, 8, 10, 11
PRESENCES = 1 << 8

# "Opcodes and Status Codes", section "Gateway Close Event Codes".
UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED, AUTHENTICATION_FAILED, ALREADY_AUTHENTICATED = range(4001, 4006)
INVALID_SEQ, INVALID_SHARD, INVALID_VERSION, INVALID_INTENTS, DISALLOWED_INTENTS = 4007, 4010, 4012, 4013, 4014

VERSION = "10"


async def serve_socket(request: web.Request, world: World, gateway: Gateway) -> web.WebSocketResponse:
    """Serve one connection to its end."""
    ws = web.WebSocketResponse(compress=False, max_msg_size=4096 * 16)
    await ws.prepare(request)
    compression = request.query.get("compress")
    socket = Socket(request, ws, compression)
    socket.written = gateway.written
    writer = asyncio.create_task(socket.write())
    conversation = Conversation(world, gateway, socket)
    try:
        if request.query.get("v", VERSION) != VERSION:
            socket.close(INVALID_VERSION, "Invalid API version")
        if gateway.interceptor.greets():
            socket.send({"op": HELLO, "d": {"heartbeat_interval": world.limits.heartbeat_ms}, "s": None, "t": None})
        await conversation.listen()
    finally:
        gateway.ended(conversation.session, socket)
        await finish(writer)
    return ws


class Conversation:
    """One connection's side of the protocol."""

    def __init__(self, world: World, gateway: Gateway, socket: Socket) -> None:
        self._world, self._gateway, self._socket = world, gateway, socket
        self.session: GatewaySession | None = None

    async def listen(self) -> None:
        """Answer everything that the client sends until the connection ends."""
        while True:
            try:
                payload = await self._socket.read()
            except ValueError:
                self._socket.close(DECODE_ERROR, "Error while decoding payload.")
                continue
            if payload is None:
                return
            self._hear(payload)

    def _hear(self, payload: Any) -> None:
        op, data = payload.get("op"), payload.get("d")
        if op == HEARTBEAT:
            self._gateway.note_heartbeat()
        if op == HEARTBEAT and not self._gateway.interceptor.acknowledges_heartbeats():
            return
        if op == HEARTBEAT:
            self._socket.send({"op": HEARTBEAT_ACK, "d": None, "s": None, "t": None})
        elif op in {IDENTIFY, RESUME} and self.session is not None:
            self._socket.close(ALREADY_AUTHENTICATED, "Already authenticated.")
        elif op == IDENTIFY:
            self._identify(data)
        elif op == RESUME:
            self._resume(data)
        elif op not in {PRESENCE, VOICE, MEMBERS}:
            self._socket.close(UNKNOWN_OPCODE, "Unknown opcode.")
        elif self.session is None:
            self._socket.close(NOT_AUTHENTICATED, "Not authenticated.")

    def _identify(self, data: Json) -> None:
        intents = int(data.get("intents", 0))
        refusal = self._refusal(data, intents)
        self._gateway.note_identify(intents, accepted=refusal is None)
        if refusal is not None:
            self._socket.close(*refusal)
            return
        self._world.session_start_limit["remaining"] -= 1
        self.session = self._gateway.begin(intents, self._socket)
        self.session.tell("READY", self._ready(self.session, data))
        if intents & GUILDS:
            for guild in self._world.guilds.values():
                self.session.tell("GUILD_CREATE", guild_json(self._world, guild))
        if not self._gateway.interceptor.keeps_sessions():
            self._gateway.invalidate(resumable=False)
        self._world.changes.happened()

    def _refusal(self, data: Json, intents: int) -> tuple[int, str] | None:
        # Beyond the last start Discord resets the token, so it is wrong from then on ("Identifying").
        if data.get("token") != self._world.token or self._world.session_start_limit["remaining"] <= 0:
            return AUTHENTICATION_FAILED, "Authentication failed."
        if data.get("shard", [0, 1]) != [0, 1]:
            return INVALID_SHARD, "Invalid shard."
        if intents < 0 or intents >= 1 << 27:
            return INVALID_INTENTS, "Invalid intent(s)."
        enabled = MESSAGE_CONTENT if self._world.message_content_enabled else 0
        enabled |= GUILD_MEMBERS if self._world.guild_members_enabled else 0
        if intents & (MESSAGE_CONTENT | GUILD_MEMBERS | PRESENCES) & ~enabled:
            return DISALLOWED_INTENTS, "Disallowed intent(s)."
        return None

    def _ready(self, session: GatewaySession, data: Json) -> Json:
        guilds = [{"id": str(guild), "unavailable": True} for guild in self._world.guilds]
        return {
            "v": int(VERSION),
            "user": own_user(self._world),
            "guilds": guilds,
            "session_id": session.id,
            "resume_gateway_url": gateway_url(self._world),
            "shard": data.get("shard", [0, 1]),
            "application": application(self._world),
            "private_channels": [],
            "session_type": "normal",
        }

    def _resume(self, data: Json) -> None:
        if data.get("token") != self._world.token:
            self._socket.close(AUTHENTICATION_FAILED, "Authentication failed.")
            return
        session = self._gateway.sessions.get(str(data.get("session_id")))
        if session is None:
            self._socket.send({"op": INVALID_SESSION, "d": False, "s": None, "t": None})
            return
        if not 0 <= int(data.get("seq") or 0) <= len(session.log):
            self._socket.close(INVALID_SEQ, "Invalid seq.")
            return
        self.session = session
        self._gateway.resume(session, int(data.get("seq") or 0), self._socket)
