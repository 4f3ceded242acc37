"""The small Discord: a server on loopback with its world, and what tests do to it."""

from collections import Counter
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from sandbox.discord.answering import PREFIX, Answering
from sandbox.discord.changes import Changes
from sandbox.discord.clock import Clock
from sandbox.discord.gateway import Gateway
from sandbox.discord.handshake import serve_socket
from sandbox.discord.interceptor import Interceptor
from sandbox.discord.limits import Limits
from sandbox.discord.requests import Request
from sandbox.discord.society import Society
from sandbox.discord.things import Json, Ping
from sandbox.discord.world import World
from sandbox.own_page import complaint_about_sender

T = TypeVar("T")

# Room above Discord's own upload limit, so that the limit is answered by its code and not by aiohttp.
BODY_BYTES = 64 * 1024 * 1024
BACKLOG = 4096
"""Connections that may wait to be taken: a crowd comes at once, and the kernel lets those that find no room wait for seconds."""


class DiscordSandbox(Society):
    """`async with DiscordSandbox() as discord:` serves on a free port of 127.0.0.1 until the block ends.

    In it are a server "Causerie" with the channels general, random and staff (seen by Alice, not by Bob),
    the people Alice and Bob, and the bot's user.
    """

    def __init__(self, limits: Limits | None = None, *, interceptor: Interceptor | None = None) -> None:
        interceptor = interceptor or Interceptor()
        self.clock = Clock()
        self.changes = Changes()
        super().__init__(World(limits or Limits(), self.clock, self.changes))
        self.gateway = self._gateway(interceptor)
        alice = self.add_person("Alice")
        self.add_person("Bob")
        self.add_channel("general")
        self.add_channel("random")
        self.add_channel("staff", restricted=True, people=[alice])
        self.world.tell = self.gateway.tell
        self._answering = Answering(self.world, interceptor)
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=BODY_BYTES, middlewares=[_guard])
        app.router.add_get("/gateway", self._serve_gateway)
        app.router.add_get("/gateway/", self._serve_gateway)
        app.router.add_get("/attachments/{tail:.*}", self.world.attachments.serve)
        app.router.add_route("*", PREFIX + "/{tail:.*}", self._answering.answer)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, backlog=BACKLOG)
        await site.start()
        port = self._runner.addresses[0][1]
        self.world.base_url = self.world.attachments.base_url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._answering.closing.set()
        self.gateway.drop_socket()
        self.clock.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def rest_url(self) -> str:
        """`http://127.0.0.1:PORT/api/v10`, for `DISCORD_REST_URL`."""
        return self.world.base_url + PREFIX

    @property
    def token(self) -> str:
        """The bot's token; its first part is the application's id in base64."""
        return self.world.token

    @property
    def message_content_enabled(self) -> bool:
        """Whether the message content intent is switched on in the portal; settable."""
        return self.world.message_content_enabled

    @message_content_enabled.setter
    def message_content_enabled(self, enabled: bool) -> None:
        self.world.message_content_enabled = enabled

    # Reading

    async def until(self, predicate: Callable[[], T], timeout_s: float = 30.0) -> T:
        """Wait until a predicate, looked at after every change, is true; return what it returned.

        :raises NeverHappenedError: after `timeout_s` real seconds, with a dump of what is visible.
        """
        return await self.changes.until(predicate, timeout_s, self.describe)

    def describe(self) -> str:
        """What is visible where, and the last requests, for a failure's text."""
        last = [f"{one.number} {one.method} {one.path} {one.status} {one.ended}" for one in self.requests[-15:]]
        return "\n".join([self.world.describe(), "last requests:", *last])

    @property
    def requests(self) -> list[Request]:
        """Every REST request, in order of arrival."""
        return self._answering.requests

    @property
    def unknown_routes(self) -> list[str]:
        """Requests to routes that the sandbox does not have."""
        return self._answering.unknown_routes

    @property
    def too_many(self) -> list[Request]:
        """Every request that was answered 429."""
        return self._answering.too_many

    def audience(self, request: Request) -> frozenset[int]:
        """The ids of the people who could see what a request did, when it did it; the bot is not among them.

        For an ephemeral answer, a form or choices that is one person, for anything in a channel everybody who may see
        the channel, for registered commands everybody; nobody for reads and refusals.
        """
        return request.audience

    @property
    def pings(self) -> list[Ping]:
        """Everybody whom the bot's messages would have notified."""
        return self.world.pings

    @property
    def commands(self) -> list[Json]:
        """The commands the bot registered globally."""
        return self.world.commands

    def counts(self) -> Counter[str]:
        """How many requests each route got, by `METHOD /route/{param}`."""
        return Counter(request.route for request in self.requests)

    # The connection

    async def ready(self, timeout_s: float = 30.0) -> None:
        """Wait until a bot is connected and has been told READY."""
        await self.gateway.ready(timeout_s)

    def _gateway(self, interceptor: Interceptor) -> Gateway:
        return Gateway(self.changes, interceptor)

    async def _serve_gateway(self, request: web.Request) -> web.StreamResponse:
        return await serve_socket(request, self.world, self.gateway)


@web.middleware
async def _guard(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse another site's page on every route, the gateway's WebSocket included."""
    complaint = complaint_about_sender(request)
    return await handler(request) if complaint is None else web.Response(status=403, text=complaint)
