"""Metrics and health by HTTP, on this machine only: `/metrics` for Prometheus, `/health` for whoever watches the process."""

from collections.abc import Awaitable, Callable
from typing import Final

import anyio
import msgspec
import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from telemetry.health import Health

log = structlog.get_logger()

LOOPBACK: Final = "127.0.0.1"
"""Nothing else can reach the port. What must, such as a Prometheus on another machine, gets it through a proxy of the operator's."""

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

        :raises OSError: the port is not free
        """
        application = web.Application()
        application.router.add_get("/metrics", self._show_metrics)
        application.router.add_get("/health", self._show_health)
        runner = web.AppRunner(application, access_log=None, handle_signals=False)
        await runner.setup()
        try:
            site = web.TCPSite(runner, LOOPBACK, self._port)
            await site.start()
            host, port, *_ = runner.addresses[0]
            log.info("telemetry.served", metrics=f"http://{host}:{port}/metrics", health=f"http://{host}:{port}/health")
            await anyio.sleep_forever()
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
