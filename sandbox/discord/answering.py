"""The way of one request through the server: recorded, counted, made to fail, checked, applied, answered."""

import asyncio
import time

from aiohttp import web

from sandbox.discord import application_routes, interaction_routes, message_routes, reaction_routes, webhook_routes
from sandbox.discord.buckets import RateLimits, too_many
from sandbox.discord.faults import Fault, Faults
from sandbox.discord.refusals import KNOWN, RefusedError, refused
from sandbox.discord.requests import Answer, Call, Request, Route, Upload, read_body
from sandbox.discord.world import World
from sandbox.kill import Boundary, RequestCounter

PREFIX = "/api/v10"

ROUTES: list[Route] = [
    *application_routes.ROUTES,
    *message_routes.ROUTES,
    *reaction_routes.ROUTES,
    *interaction_routes.ROUTES,
    *webhook_routes.ROUTES,
]

NO_FAULT = Fault("")


class Answering:
    """Answers REST requests and keeps them for reading."""

    def __init__(self, world: World, counter: RequestCounter) -> None:
        self._world = world
        self.counter = counter
        self.faults = Faults()
        self.rates = RateLimits(world.limits)
        self.requests: list[Request] = []
        self.unknown_routes: list[str] = []
        self.too_many: list[Request] = []
        self.closing = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, or do not, where a fault or a kill says so."""
        path = request.rel_url.raw_path.removeprefix(PREFIX)
        route, params = find_route(request.method, path)
        name = f"{request.method} {path}" if route is None else route.name
        record = Request(len(self.requests) + 1, request.method, path, name, dict(request.query), time.monotonic())
        self.requests.append(record)
        if route is None:
            self.unknown_routes.append(name)
        boundary = self.counter.begin(name)
        refusal, files = await self._read(request, record)
        self._world.changes.happened()
        if boundary.at("before"):
            return self._cut(request, record, "killed")
        fault = self.faults.take(f"{request.method} {path}") or NO_FAULT
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
            if request.transport is None or request.transport.is_closing():
                return self._end(record, "dropped", web.Response())  # its sender died while it was on its way
        if fault.never or fault.dropped:
            return await self._silence(request, record, wait=fault.never)
        asked_for = _asked_for(fault)
        answer = asked_for or refusal or self._apply(request, record, route, params, files)
        record.status = answer.status
        if asked_for is None and answer.status >= web.HTTPBadRequest.status_code and isinstance(answer.body, dict):
            record.refused = answer.body.get("code")
        if answer.status == web.HTTPTooManyRequests.status_code:
            self.too_many.append(record)
        if boundary.at("stored"):
            return self._cut(request, record, "killed")
        if fault.stored_then_dropped or fault.stored_then_never:
            return await self._silence(request, record, wait=fault.stored_then_never)
        if fault.truncated:
            return await self._truncate(request, record, answer)
        return await self._finish(request, record, answer, boundary)

    async def _read(self, request: web.Request, record: Request) -> tuple[Answer | None, list[Upload]]:
        try:
            record.body, files = await read_body(request)
        except RefusedError as error:
            return Answer(error.status, error.body()), []
        record.uploads = files
        return None, files

    def _apply(
        self, request: web.Request, record: Request, route: Route | None, params: dict[str, str], files: list[Upload]
    ) -> Answer:
        if route is None:
            return Answer(404, {"message": "404: Not Found", "code": 0})
        if not route.open and request.headers.get("Authorization") != f"Bot {self._world.token}":
            error = refused(0)
            return Answer(error.status, error.body())
        headers, refusal = self.rates.take(route, params)
        if refusal is not None:
            return refusal
        self._world.shown_to.clear()
        try:
            answer = route.handler(self._world, Call(params, record.query, record.body, files))
        except RefusedError as error:
            answer = Answer(error.status, error.body())
        record.audience = frozenset(self._world.shown_to - {self._world.bot.id})
        return Answer(answer.status, answer.body, {**answer.headers, **headers})

    async def _finish(
        self, request: web.Request, record: Request, answer: Answer, boundary: Boundary
    ) -> web.StreamResponse:
        response = answer.response()
        try:
            await response.prepare(request)
            await response.write_eof()
        except ConnectionError:
            return self._end(record, "dropped", response)
        if boundary.at("answered"):
            return self._end(record, "killed", response)
        return self._end(record, "answered", response)

    async def _truncate(self, request: web.Request, record: Request, answer: Answer) -> web.StreamResponse:
        data = answer.bytes()
        headers = {"Content-Type": "application/json", **answer.headers, "Content-Length": str(len(data))}
        response = web.StreamResponse(status=answer.status, headers=headers)
        await response.prepare(request)
        await response.write(data[: len(data) // 2])
        return self._cut(request, record, "truncated")

    async def _silence(self, request: web.Request, record: Request, *, wait: bool) -> web.StreamResponse:
        if wait:
            await self.closing.wait()
        return self._cut(request, record, "dropped")

    def _cut(self, request: web.Request, record: Request, how: str) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.close()
        return self._end(record, how, web.Response())

    def _end(self, record: Request, how: str, response: web.StreamResponse) -> web.StreamResponse:
        record.ended, record.done_at_s = how, time.monotonic()
        self._world.changes.happened()
        return response


def find_route(method: str, path: str) -> tuple[Route | None, dict[str, str]]:
    """The operation of a path and its parameters."""
    for route in ROUTES:
        params = route.match(method, path)
        if params is not None:
            return route, params
    return None, {}


def _asked_for(fault: Fault) -> Answer | None:
    if fault.retry_after_s is not None:
        return too_many(fault.retry_after_s, fault.scope, fault.headers)
    if fault.status is None and not fault.code:
        return None
    known = KNOWN[fault.code] if fault.code in KNOWN and fault.code else (500, "Asked for by a fault")
    body = fault.body
    if body is None:
        body = {"message": fault.message or known[1], "code": fault.code}
    return Answer(fault.status or known[0], body, dict(fault.headers))
