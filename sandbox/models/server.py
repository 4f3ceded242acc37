"""One server with a model of every kind, on loopback: what chats is passed on to the local model, the rest is answered here."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
import msgspec
from aiohttp import web
from aiohttp.typedefs import Middleware

from sandbox.models import painter, sounds, thinker, words
from sandbox.models.answers import BadRequestError, Json, error

REQUEST_BYTES_MAX: Final = 64 * 1024 * 1024
"""A question with a few pictures; OpenAI takes up to 50 MB for one (API reference, Create image edit)."""

CHATS: Final = ("/chat/completions", "/responses", "/completions")
"""What the local model answers itself."""

KEPT_HEADERS: Final = ("Content-Type", "Retry-After")

NAMES: Final = (thinker.MODEL, painter.MODEL, sounds.LISTENER, sounds.SPEAKER, words.EMBEDDER, words.JUDGE)
"""The stand-ins, by the names that the server knows them by."""

REQUESTS_KEPT: Final = 100
"""Records of the newest requests, for the page."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class ModelRequest:
    """A request to a model, for the page."""

    number: int
    path: str
    at_s: float
    status: int | None = None
    """None while it is being answered."""
    done_at_s: float | None = None


class ModelServer:
    """`async with ModelServer(url, key, model) as server`: an OpenAI-like server at `server.base_url` that takes `server.key`."""

    def __init__(self, chat_url: str, chat_key: str, chat_model: str) -> None:
        """Be ready to serve; the model that chats is at another address, with a key of its own."""
        self.key = f"sk-sandbox-{secrets.token_hex(16)}"
        self.base_url = ""
        self.delay_s = 0.0
        """How much longer every answer takes to begin."""
        self._requests: deque[ModelRequest] = deque(maxlen=REQUESTS_KEPT)
        self._asked = 0
        self._chat_url, self._chat_key, self._chat_model = chat_url, chat_key, chat_model

    async def __aenter__(self) -> Self:
        """Listen on a port of 127.0.0.1 that the system chooses."""
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None), trust_env=False)
        app = web.Application(middlewares=[self._noting(), _guard(self.key)], client_max_size=REQUEST_BYTES_MAX)
        for path in CHATS:
            app.router.add_post(f"/v1{path}", self._chat if path == "/chat/completions" else self._pass_on)
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/images/generations", painter.draw)
        app.router.add_post("/v1/images/edits", painter.edit)
        app.router.add_post("/v1/audio/transcriptions", sounds.transcribe)
        app.router.add_post("/v1/audio/speech", sounds.speak)
        app.router.add_post("/v1/embeddings", words.embed)
        app.router.add_post("/v1/moderations", words.judge)
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.base_url = f"http://{host}:{port}/v1"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening."""
        await self._runner.cleanup()
        await self._http.close()

    def told(self, most: int) -> list[Json]:
        """Return the newest requests, newest first, as plain data: number, path, status and how many milliseconds each took."""
        newest = list(self._requests)[-most:][::-1]
        return [
            {
                "number": one.number,
                "what": f"POST {one.path}",
                "status": one.status,
                "ms": None if one.done_at_s is None else round((one.done_at_s - one.at_s) * 1000),
            }
            for one in newest
        ]

    def _noting(self) -> Middleware:
        """Return what keeps a record of each question to a model, and is as slow as was asked for."""

        @web.middleware
        async def noted(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.method != "POST":
                return await handler(request)
            self._asked += 1
            record = ModelRequest(self._asked, request.path, time.monotonic())
            self._requests.append(record)
            await asyncio.sleep(self.delay_s)
            try:
                response = await handler(request)
                record.status = response.status
                return response
            finally:
                record.done_at_s = time.monotonic()

        return noted

    async def _models(self, http: web.Request) -> web.StreamResponse:  # noqa: ARG002
        listed = [{"id": name, "object": "model", "owned_by": "sandbox"} for name in (self._chat_model, *NAMES)]
        return web.json_response({"object": "list", "data": listed})

    async def _chat(self, http: web.Request) -> web.StreamResponse:
        """Have the model answer that a dialogue is for: the stand-in that thinks, or the local one."""
        asked = _decoded(await http.read())
        return await thinker.think(http) if asked.get("model") == thinker.MODEL else await self._pass_on(http)

    async def _pass_on(self, http: web.Request) -> web.StreamResponse:
        """Hand a request to the local model, and its answer back as it comes."""
        address = self._chat_url + http.path.removeprefix("/v1")
        headers = {"Authorization": f"Bearer {self._chat_key}", "Content-Type": "application/json"}
        try:
            async with self._http.post(address, data=await _without_pictures(http), headers=headers) as answer:
                kept = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
                response = web.StreamResponse(status=answer.status, headers=kept)
                await response.prepare(http)
                async for piece in answer.content.iter_any():
                    await response.write(piece)
                await response.write_eof()
                return response
        except aiohttp.ClientConnectionError:
            return error(503, "The local model is being started again.")


def _guard(key: str) -> Middleware:
    """Return what refuses whoever does not have the key, and says what is wrong with a request."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not secrets.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {key}".encode()):
            return error(401, "Incorrect API key provided.", code="invalid_api_key")
        try:
            return await handler(request)
        except BadRequestError as refused:
            return error(400, str(refused))
        except web.HTTPRequestEntityTooLarge:
            return error(413, f"The request is larger than {REQUEST_BYTES_MAX} bytes.")

    return guarded


async def _without_pictures(http: web.Request) -> bytes:
    """Return a request's body; pictures, which the local model cannot see, are refused as OpenAI's models without vision do.

    :raises BadRequestError: it has a picture
    """
    body = await http.read()
    if b'"image_url"' in body or b'"input_image"' in body:
        said: Json = _decoded(body)
        if any(_has_picture(message) for message in said.get("input") or said.get("messages") or ()):
            raise BadRequestError("This model does not support image inputs.")
    return body


def _decoded(body: bytes) -> Json:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError as wrong:
        raise BadRequestError(f"The body is no JSON object: {wrong}") from wrong


def _has_picture(message: object) -> bool:
    content = message.get("content") if isinstance(message, dict) else None
    parts = content if isinstance(content, list) else []
    return any(isinstance(part, dict) and part.get("type") in ("image_url", "input_image") for part in parts)
