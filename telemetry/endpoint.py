"""Metrics and health by HTTP, on this machine only: `/metrics` for Prometheus, `/health` for whoever watches the process.

Other users of the machine reach the port, too, and so does a browser on it by a page whose name was made to lead here (DNS rebinding). So
a request must name this machine, and neither many connections nor one that never ends its request keep anybody else from the figures.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import anyio
import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CONTENT_TYPE_LATEST

from telemetry.health import Health
from telemetry.port import PortError

log = structlog.get_logger()

LOOPBACK: Final = "127.0.0.1"
"""Nothing else can reach the port. What must, such as a Prometheus on another machine, gets it through a proxy of the operator's."""

HOSTS: Final = ("127.0.0.1", "localhost")
"""What a request may call this machine, with any port: a tunnel may end at another one."""

CONNECTIONS_MAX: Final = 16
"""So many connections are open at once. A further one takes the place of the oldest, which may be one that never says anything."""

SHUTDOWN_S: Final = 1.0
"""How long the end of the process waits for whoever has asked and does not read the answer, in seconds."""

UNWELL: Final = 503


class Endpoint:
    """Serves both addresses while `run` runs."""

    def __init__(
        self, port: int, *, metrics: Callable[[], Awaitable[bytes]], health: Callable[[], Awaitable[Health]]
    ) -> None:
        """`port` is that of the operator's setting; 0 has the system choose one, which the log names."""
        self._port, self._metrics, self._health = port, metrics, health

    async def run(self) -> None:
        """Serve until cancelled.

        :raises PortError: the port is not free, or takes a right that this user does not have
        """
        application = web.Application(middlewares=[_refuse_other_hosts])
        application.router.add_get("/metrics", self._show_metrics)
        application.router.add_get("/health", self._show_health)
        runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN_S)
        await runner.setup()
        try:
            assert runner.server is not None  # noqa: S101 it is set up
            connections = _Connections(runner.server)
            try:
                listening = await asyncio.get_running_loop().create_server(connections.new, LOOPBACK, self._port)
            except OSError as error:
                raise PortError(self._port, error) from error
            host, port, *_ = listening.sockets[0].getsockname()
            log.info("telemetry.served", metrics=f"http://{host}:{port}/metrics", health=f"http://{host}:{port}/health")
            try:
                await anyio.sleep_forever()
            finally:
                listening.close()
        finally:
            with anyio.CancelScope(shield=True):
                await runner.cleanup()

    async def _show_metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=await self._metrics(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _show_health(self, _request: web.Request) -> web.Response:
        health = await self._health()
        return web.json_response(
            body=msgspec.json.encode({"status": "ok" if health.is_well else "unwell", "checks": health.checks}),
            status=200 if health.is_well else UNWELL,
        )


class _Connections:
    """Makes what serves a new connection, and ends the oldest ones where there would be too many."""

    def __init__(self, server: web.Server) -> None:
        self._server = server

    def new(self) -> asyncio.Protocol:
        for oldest in self._server.connections[: 1 - CONNECTIONS_MAX]:
            if oldest.transport is not None:
                oldest.transport.abort()
        return self._server()


@web.middleware
async def _refuse_other_hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.host.rpartition(":")[0] not in HOSTS and request.host not in HOSTS:
        raise web.HTTPMisdirectedRequest(text=f"Ask with the header Host: {LOOPBACK}, also where a proxy asks.\n")
    return await handler(request)
