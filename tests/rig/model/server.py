"""A small OpenAI on loopback that answers as a test says."""

import asyncio
import secrets
import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, NamedTuple, Self, TypeVar

import msgspec
from aiohttp import web

from sandbox.change import Change
from tests.rig.kill import Boundary, RequestCounter
from tests.rig.model.audio import SPEECH, TRANSCRIPT, TRANSCRIPTIONS, TranscriptionWire, speech
from tests.rig.model.chat_wire import ChatWire
from tests.rig.model.completions import COMPLETIONS, CompletionWire
from tests.rig.model.embeddings import EMBEDDINGS, EmbeddingWire
from tests.rig.model.errors import ErrorName, error_named, name_of_status
from tests.rig.model.gate import Gate
from tests.rig.model.images import EDITS, GENERATIONS, SKETCHES, ImageWire
from tests.rig.model.moderations import MODERATIONS, ModerationWire
from tests.rig.model.play import Player
from tests.rig.model.record import Ending, ModelRequest, SentFile, most_open_at_once
from tests.rig.model.responses_wire import ResponsesWire
from tests.rig.model.script import Match, Script, choose, matches
from tests.rig.model.wire import Wire

T = TypeVar("T")
MODELS = ("gpt-4o-mini", "gpt-4o", "o4-mini")


class Endpoint(NamedTuple):
    """What answers a path's requests, the field that they must have, and what is answered where no script says it; None: an echo."""

    wire: Callable[..., Wire] | None
    needs: str
    answer: str | bytes | None = None


ENDPOINTS: Final = {
    "/v1/responses": Endpoint(ResponsesWire, "input"),
    "/v1/chat/completions": Endpoint(ChatWire, "messages"),
    COMPLETIONS: Endpoint(CompletionWire, "prompt"),
    GENERATIONS: Endpoint(ImageWire, "prompt", SKETCHES),
    EDITS: Endpoint(ImageWire, "image", SKETCHES),
    TRANSCRIPTIONS: Endpoint(TranscriptionWire, "file", TRANSCRIPT),
    SPEECH: Endpoint(None, "input", speech()),
    EMBEDDINGS: Endpoint(EmbeddingWire, "input"),
    MODERATIONS: Endpoint(ModerationWire, "input", ""),
}

WORDS: Final = ("prompt", "model", "file")
"""Parts of a form that are texts, whatever they look like."""

BACKLOG = 4096
"""Connections that may wait to be taken: a crowd comes at once, and the kernel lets those that find no room wait for seconds."""


class ModelSandbox:
    """`async with ModelSandbox() as model`: an OpenAI at `model.base_url` that takes `model.key`.

    Without a script it echoes: "You said: ..." and the last user text.
    """

    def __init__(
        self, counter: RequestCounter | None = None, *, check: Callable[[str, dict[str, Any]], str | None] | None = None
    ) -> None:
        """Be ready to serve; `check` gets path and body of each request and returns what is wrong with it, if anything."""
        self.key = f"sk-sandbox-{secrets.token_hex(16)}"
        self.base_url = ""
        self.requests: list[ModelRequest] = []
        self.complaints: list[str] = []
        """What `check` found, one sentence each."""
        self.unknown_routes: list[str] = []
        self.shutdowns: dict[str, str] = {}
        """When models of `MODELS` end, as their list says it."""
        self._counter = counter or RequestCounter()
        self._check = check
        self._scripts: list[Script] = []
        self._gates: list[Gate] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False
        self._tick = 0
        self._changed = Change()

    async def __aenter__(self) -> Self:
        """Listen on a port of 127.0.0.1 that the system chooses."""
        app = web.Application(client_max_size=32 * 1024 * 1024)
        for path in ENDPOINTS:
            app.router.add_post(path, self._answer)
        app.router.add_get("/v1/models", self._models)
        app.router.add_route("*", "/{path:.*}", self._unknown)
        # A handler that is cancelled when its client goes is how a closed connection is noticed while nothing is written.
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, backlog=BACKLOG)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.base_url = f"http://{host}:{port}/v1"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all streams, and stop listening."""
        self._closing = True
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._runner.cleanup()

    def script(self, match: Match = None, **how: Any) -> Script:
        """Say how requests are answered; `how` are the fields of `Script`. Returns it: `used` counts its answers."""
        script = Script(match=match, **how)
        self._scripts.append(script)
        return script

    def gate(self, match: Match = None) -> Gate:
        """Hold the next request that matches before its first text."""
        gate = Gate(match)
        self._gates.append(gate)
        return gate

    @property
    def open_streams(self) -> list[ModelRequest]:
        """Requests whose answer has not ended."""
        return [request for request in self.requests if request.open_now]

    def max_open_by(self, key: Callable[[ModelRequest], Hashable]) -> dict[Hashable, int]:
        """Return, for each value of `key`, how many of its requests were open at the same moment, at most."""
        return most_open_at_once(self.requests, key)

    def tokens_told(self) -> tuple[int, int]:
        """Return the sums of tokens in and out that clients were told."""
        told = [request.usage for request in self.requests if request.usage]
        return sum(usage[0] for usage in told), sum(usage[1] for usage in told)

    async def until(self, predicate: Callable[[], T], timeout_s: float = 30) -> T:
        """Wait until `predicate()` is true, asked again after each change, and return its value.

        :raises TimeoutError: with the list of requests.
        """
        try:
            async with asyncio.timeout(timeout_s):
                return await self._changed.until(predicate)
        except TimeoutError:
            seen = [f"{it.number} {it.path} {it.text[:60]!r} {it.status} {it.ended or 'open'}" for it in self.requests]
            raise TimeoutError("the model waited in vain; it saw:\n" + "\n".join(seen or ["nothing"])) from None

    async def _models(self, http: web.Request) -> web.StreamResponse:
        # Nobody waits for it, so that it is no boundary at which a kill is worth anything.
        key = _key(http)
        if key != self.key:
            error = error_named("invalid_api_key", model="", key=key, path=http.path)
            return _json(error.status, error.body())
        model = {"object": "model", "created": 1_700_000_000, "owned_by": "system"}
        data = [{"id": name, **model, "shutdown_date": self.shutdowns.get(name)} for name in MODELS]
        return _json(200, {"object": "list", "data": data})

    async def _unknown(self, http: web.Request) -> web.StreamResponse:
        self.unknown_routes.append(f"{http.method} {http.path}")
        message = f"Invalid URL ({http.method} {http.path})"
        return _json(404, {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}})

    async def _answer(self, http: web.Request) -> web.StreamResponse:
        boundary = self._counter.begin(f"POST {http.path}")
        boundary.at("before")
        request = await self._record(http)
        task = asyncio.current_task()
        assert task is not None  # a handler runs in a task
        self._tasks.add(task)
        ended: Ending = "script failed"
        try:
            response, ended = await self._reply(http, request, boundary)
        except asyncio.CancelledError:
            ended = "server closed" if self._closing else "client closed"
            raise
        except ConnectionError:
            ended = "client closed"
            raise
        finally:
            self._tasks.discard(task)
            self._end(request, ended)
        if ended in {"completed", "refused"}:
            boundary.at("answered")
        return response

    async def _reply(
        self, http: web.Request, request: ModelRequest, boundary: Boundary
    ) -> tuple[web.StreamResponse, Ending]:
        script = choose(self._scripts, request)
        error = self._wrong_with(request)
        endpoint = ENDPOINTS[http.path]
        body = script.body if script.body is not None or script.fails() else endpoint.answer
        if error is None and isinstance(body, bytes):
            script.used += 1
            gate = self._gate_of(request)
            return await _send_body(http, request, script, body, gate), "completed"
        if error is None:
            script.used += 1
            error = script.error or (name_of_status(script.status) if script.status else None)
        if error is not None:
            return await self._refuse(http, request, script, error), "refused"
        request.status = 200
        gate = self._gate_of(request)
        assert endpoint.wire is not None  # what has none answers with bytes
        wire = endpoint.wire(request, created_s=int(time.time()), refusal=script.refusal)
        text = (
            endpoint.answer if script.answer is None and isinstance(endpoint.answer, str) else script.text_for(request)
        )

        def halfway() -> None:
            boundary.at("stored")
            self._changed.tell()

        player = Player(request=request, script=script, text=text, wire=wire, gate=gate, halfway=halfway)
        response, ended = await (player.stream(http) if request.streams else player.whole(http))
        request.usage = wire.usage
        return response, ended

    def _gate_of(self, request: ModelRequest) -> Gate | None:
        """Return the gate that holds a request, and have it taken by the request."""
        gate = next((gate for gate in self._gates if gate.request is None and matches(gate.match, request)), None)
        if gate:
            gate.take(request)
        return gate

    async def _record(self, http: web.Request) -> ModelRequest:
        body, files = await _read(http)
        self._tick += 1
        request = ModelRequest(
            number=len(self.requests) + 1,
            method=http.method,
            path=http.path,
            key=_key(http),
            body=body,
            files=files,
            query=dict(http.query),
            headers=http.headers,
            at_s=asyncio.get_running_loop().time(),
            opened_tick=self._tick,
        )
        self.requests.append(request)
        complaint = self._check(http.path, body) if self._check else None
        if complaint:
            self.complaints.append(f"POST {http.path}: {complaint}")
        self._changed.tell()
        return request

    def _wrong_with(self, request: ModelRequest) -> ErrorName | None:
        if request.key != self.key:
            return "invalid_api_key"
        return None if request.model and request.body.get(ENDPOINTS[request.path].needs) else "invalid_request"

    async def _refuse(
        self, http: web.Request, request: ModelRequest, script: Script, name: ErrorName
    ) -> web.StreamResponse:
        error = error_named(name, model=request.model, key=request.key, path=request.path)
        request.status = script.status or error.status
        response = _json(request.status, error.body())
        if script.retry_after_s is not None:
            response.headers["Retry-After"] = f"{script.retry_after_s:g}"
        await response.prepare(http)
        await response.write_eof()
        return response

    def _end(self, request: ModelRequest, ended: Ending) -> None:
        self._tick += 1
        request.ended = ended
        request.ended_at_s = asyncio.get_running_loop().time()
        request.closed_tick = self._tick
        self._changed.tell()


async def _read(http: web.Request) -> tuple[dict[str, Any], list[SentFile]]:
    """Return a request's body, and the files that came with it, which have their names in the body."""
    if http.content_type != "multipart/form-data":
        try:
            return msgspec.json.decode(await http.read(), type=dict[str, Any]), []
        except msgspec.DecodeError:
            return {}, []
    body: dict[str, Any] = {}
    files = []
    for part, value in (await http.post()).items():
        if isinstance(value, web.FileField):
            sent = SentFile(
                part=part,
                name=value.filename,
                media_type=value.content_type,
                content=await asyncio.to_thread(value.file.read),
            )
            files.append(sent)
            said: Any = sent.name
        else:
            assert isinstance(value, str)  # a form has texts and files
            said = value if part in WORDS else _decoded(value)
        name = part.removesuffix("[]")
        body[name] = [*body.get(name, []), said] if name != part else said
    return body, files


def _decoded(text: str) -> object:
    """Return a number or a truth value, which a form can only have as text; every other text as it is."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


async def _send_body(
    http: web.Request, request: ModelRequest, script: Script, body: bytes, gate: Gate | None
) -> web.StreamResponse:
    """Send a body as it is; for a gate, each write is a delta."""
    request.status = script.status or 200
    response = web.StreamResponse(status=request.status, headers={"Content-Type": script.content_type})
    await response.prepare(http)
    size = script.write_bytes or max(1, len(body))
    with suppress(ConnectionError):  # who has heard the end may go
        for at in range(0, len(body), size):
            if gate:
                gate.arrive()
                await gate.before_delta()
            await response.write(body[at : at + size])
            if gate:
                gate.after_delta()
        await response.write_eof()
    return response


def _key(http: web.Request) -> str:
    return http.headers.get("Authorization", "").removeprefix("Bearer ")


def _json(status: int, body: dict[str, Any]) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/json")
