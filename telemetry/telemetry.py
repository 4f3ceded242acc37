"""What an operator may watch of the running bot: metrics and health on a port, traces to a collector. All of it is off unless set."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, Protocol

import anyio

from messages.figures import Figures, GatewayFigures
from messages.observation import UNOBSERVED, Observer
from messages.verbs.model_usage import ReadUsage, UsageRead
from telemetry.health import Health, health_of
from telemetry.loop_lag import LoopLag
from telemetry.observers import Observers

if TYPE_CHECKING:
    from telemetry.metrics import Metrics
    from telemetry.traces import Traces

STORAGE_S: Final = 5.0
"""Storage that takes longer to answer is not well, in seconds."""


class Rows(Protocol):
    """What asks storage."""

    async def execute(self, verb: ReadUsage) -> UsageRead:
        """Return the answer once it is committed."""
        ...


class Telemetry:
    """Hears what the actors do, and shows it while `run` runs."""

    def __init__(self, *, port: int | None, traces_url: str, version: str, clock: Callable[[], float]) -> None:
        """`port` None: no metrics and no health. `traces_url` "": no traces. `clock` returns seconds since 1970 by Discord's clock.

        What is off is not loaded: a bot that is not watched is smaller.
        """
        self._port = port
        self._metrics: Metrics | None = None
        self._traces: Traces | None = None
        if port is not None:
            self._metrics = _metrics(version, clock)
        if traces_url:
            self._traces = _traces(version, traces_url, clock)
        observers = [one for one in (self._metrics, self._traces) if one is not None]
        self.observer: Observer = Observers(*observers) if observers else UNOBSERVED
        self._reading = anyio.Lock()
        self._read_to: int | None = None
        """The entry of the ledger up to which it was counted; None before the first reading."""
        self._lost_at_s: float | None = None

    async def run(
        self,
        rows: Rows,
        *,
        figures: Callable[[], Awaitable[Figures]],
        gateway: Callable[[], GatewayFigures],
        is_stopping: Callable[[], bool],
    ) -> None:
        """Show metrics and health until cancelled, if they are on.

        `figures` collects what the actors say of themselves; `gateway` says at once whether Discord's gateway is connected.

        :raises PortError: the port cannot be used; it comes in a group
        """
        if self._metrics is None or self._port is None:
            return
        from telemetry.endpoint import Endpoint  # noqa: PLC0415

        metrics = self._metrics

        def tick(lag_s: float) -> None:
            metrics.lagged(lag_s)
            self._watch(gateway())

        async def exposition() -> bytes:
            said, read = await figures(), await self._read(rows, metrics)
            waiting = None if read is None else read.waiting
            return metrics.exposition(said, waiting=waiting, tasks=len(asyncio.all_tasks()))

        async def health() -> Health:
            said, read = await figures(), await self._read(rows, metrics)
            lost_s = 0.0 if self._lost_at_s is None else anyio.current_time() - self._lost_at_s
            return health_of(
                said, storage_answers=read is not None, disconnected_for_s=lost_s, is_stopping=is_stopping()
            )

        await self._read(rows, metrics)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(LoopLag(tick).run)
            tasks.start_soon(Endpoint(self._port, metrics=exposition, health=health).run)

    def close(self) -> None:
        """Send the traces that are not sent yet."""
        if self._traces is not None:
            self._traces.close()

    def _watch(self, gateway: GatewayFigures) -> None:
        if gateway.connected_since_s is not None:
            self._lost_at_s = None
        elif self._lost_at_s is None:
            self._lost_at_s = anyio.current_time()

    async def _read(self, rows: Rows, metrics: "Metrics") -> UsageRead | None:
        """Count what is new in the ledger, and return it; None where storage does not answer.

        One at a time, so that nothing is counted twice when several look at once.
        """
        try:
            with anyio.fail_after(STORAGE_S):
                async with self._reading:
                    read = await rows.execute(ReadUsage(after=self._read_to))
                    self._read_to = read.last
                    metrics.count(read.used)
                    return read
        except Exception:  # noqa: BLE001 whatever it was: it is what the metrics and the health are there to show
            return None


def _metrics(version: str, clock: Callable[[], float]) -> "Metrics":
    from telemetry.metrics import Metrics  # noqa: PLC0415

    return Metrics(version, clock=clock)


def _traces(version: str, url: str, clock: Callable[[], float]) -> "Traces":
    from telemetry.traces import Traces, exporter_to  # noqa: PLC0415

    return Traces(version, exporter_to(url), clock=clock)
