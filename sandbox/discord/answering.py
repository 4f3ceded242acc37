"""Handles one request: it is recorded, read, checked, applied and answered."""

import asyncio
import time

from aiohttp import web

from sandbox.discord import (
    application_routes,
    guild_routes,
    interaction_routes,
    member_routes,
    message_routes,
    reaction_routes,
    webhook_routes,
)
from sandbox.discord.buckets import RateLimits
from sandbox.discord.interceptor import Cut, Interceptor, Passage
from sandbox.discord.refusals import RefusedError, refused
from sandbox.discord.requests import Answer, Call, Request, Route, Upload, read_body
from sandbox.discord.world import World

PREFIX = "/api/v10"

ROUTES: list[Route] = [
    *application_routes.ROUTES,
    *guild_routes.ROUTES,
    *member_routes.ROUTES,
    *message_routes.ROUTES,
    *reaction_routes.ROUTES,
    *interaction_routes.ROUTES,
    *webhook_routes.ROUTES,
]


class Answering:
    """Answers REST requests and keeps a record of each, which tests read."""

    def __init__(self, world: World, interceptor: Interceptor) -> None:
        self._world = world
        self._interceptor = interceptor
        self.rates = RateLimits(world.limits)
        self.requests: list[Request] = []
        self.unknown_routes: list[str] = []
        self.too_many: list[Request] = []
        self.closing = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, unless the interceptor decides otherwise."""
        path = request.rel_url.raw_path.removeprefix(PREFIX)
        route, params = find_route(request.method, path)
        name = f"{request.method} {path}" if route is None else route.name
        record = Request(len(self.requests) + 1, request.method, path, name, dict(request.query), time.monotonic())
        self.requests.append(record)
        if route is None:
            self.unknown_routes.append(name)
        passage = self._interceptor.begin(record, lambda: _connected(request))
        refusal, files = await self._read(request, record)
        self._world.changes.happened()
        instead = await passage.arrived()
        if isinstance(instead, Cut):
            return await self._cut(request, record, instead)
        answer = instead or refusal or self._apply(request, record, route, params, files)
        record.status = answer.status
        if instead is None and answer.status >= web.HTTPBadRequest.status_code and isinstance(answer.body, dict):
            record.refused = answer.body.get("code")
        if answer.status == web.HTTPTooManyRequests.status_code:
            self.too_many.append(record)
        cut = passage.applied()
        if cut is not None:
            return await self._cut(request, record, cut, answer)
        return await self._finish(request, record, answer, passage)

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
        self, request: web.Request, record: Request, answer: Answer, passage: Passage
    ) -> web.StreamResponse:
        response = answer.response()
        try:
            await response.prepare(request)
            await response.write_eof()
        except ConnectionError:
            return self._end(record, "dropped", response)
        return self._end(record, passage.answered(), response)

    async def _cut(
        self, request: web.Request, record: Request, cut: Cut, answer: Answer | None = None
    ) -> web.StreamResponse:
        if cut.hold:
            await self.closing.wait()
        if cut.half and answer is not None:
            data = answer.bytes()
            headers = {"Content-Type": "application/json", **answer.headers, "Content-Length": str(len(data))}
            response = web.StreamResponse(status=answer.status, headers=headers)
            await response.prepare(request)
            await response.write(data[: len(data) // 2])
        if request.transport is not None:
            request.transport.close()
        return self._end(record, cut.ended, web.Response())

    def _end(self, record: Request, how: str, response: web.StreamResponse) -> web.StreamResponse:
        record.ended, record.done_at_s = how, time.monotonic()
        self._world.changes.happened()
        return response


def find_route(method: str, path: str) -> tuple[Route | None, dict[str, str]]:
    """Return the route of a path with its parameters; None and no parameters when there is none."""
    for route in ROUTES:
        params = route.match(method, path)
        if params is not None:
            return route, params
    return None, {}


def _connected(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()
