"""Who else is on this machine can neither keep anybody from the figures nor read them by a browser's page."""

import asyncio
from collections.abc import AsyncIterator

import anyio
import pytest
import structlog
from anyio.abc import SocketStream

from messages.figures import Figures
from messages.verbs.model_usage import ReadUsage, UsageRead, Used
from telemetry.endpoint import CONNECTIONS_MAX, Endpoint
from telemetry.health import Health
from telemetry.telemetry import Telemetry
from tests.telemetry.test_metrics import FIGURES, values

ASKED = b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


async def _metrics() -> bytes:
    return b"figures"


async def _health() -> Health:
    return Health(is_well=True, checks=())


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """The port of an endpoint that serves."""
    async with anyio.create_task_group() as tasks:
        with structlog.testing.capture_logs() as lines:
            tasks.start_soon(Endpoint(0, metrics=_metrics, health=_health).run)
            while not lines:  # noqa: ASYNC110 the log tells nobody
                await anyio.sleep(0.01)
        yield int(lines[0]["metrics"].rpartition(":")[2].partition("/")[0])
        tasks.cancel_scope.cancel()


async def answer(port: int, request: bytes) -> bytes:
    """Send a request, and return all that comes."""
    async with await anyio.connect_tcp("127.0.0.1", port) as stream:
        await stream.send(request)
        return await all_of(stream)


async def all_of(stream: SocketStream) -> bytes:
    said = b""
    with anyio.fail_after(10):
        try:
            while True:
                said += await stream.receive()
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            return said


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:9464", 200),
        ("localhost", 200),
        ("localhost:80", 200),
        ("evil.example", 421),
        ("evil.example:9464", 421),
    ],
)
async def test_a_request_must_name_this_machine(port: int, host: str, status: int) -> None:
    """A page in a browser of this machine has made its own name lead here."""
    said = await answer(port, ASKED.replace(b"Host: 127.0.0.1", f"Host: {host}".encode()))
    assert said.startswith(f"HTTP/1.1 {status} ".encode())
    assert said.endswith(b"figures") == (status == 200)


async def test_nothing_but_this_machine_reaches_the_port(port: int) -> None:
    """It listens at one address: at another one of this machine's, which a port for everybody would have too, nobody answers."""
    with pytest.raises(OSError, match=r"All connection attempts failed|refused"):
        await anyio.connect_tcp("127.0.0.2", port)
    assert (await answer(port, ASKED)).endswith(b"figures")


async def test_connections_that_say_nothing_keep_nobody_away(port: int) -> None:
    """However many they are, no more than so many are open, and the next one that asks is answered."""
    silent = [await anyio.connect_tcp("127.0.0.1", port) for _ in range(CONNECTIONS_MAX * 5)]
    for stream in silent[-CONNECTIONS_MAX:]:
        await stream.send(b"GET /metrics HTTP/1.1\r\nHost: ")  # and never more
    assert (await answer(port, ASKED)).endswith(b"figures")
    ended = [stream for stream in silent[: -CONNECTIONS_MAX + 1] if await all_of(stream) == b""]
    assert len(ended) == len(silent) - CONNECTIONS_MAX + 1
    for stream in silent:
        await stream.aclose()


async def test_a_request_without_end_is_refused(port: int) -> None:
    """By its line and by its headers."""
    for request in (
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        ASKED[:-2] + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
    ):
        assert (await answer(port, request)).startswith(b"HTTP/1.0 400 ")


class _Ledger:
    """Has one new entry, whose reading takes a moment."""

    def __init__(self) -> None:
        self.newest = 0

    async def execute(self, verb: ReadUsage) -> UsageRead:
        newest = self.newest
        await asyncio.sleep(0.01)
        is_new = verb.after is not None and newest > verb.after
        used = Used(model="m", input_tokens=7, output_tokens=0, pictures=0, audio_ms=0, micro_dollars=0, unpriced=0)
        return UsageRead(used=(used,) if is_new else (), last=newest, waiting=0)


async def test_what_was_used_is_counted_once_by_several_who_look_at_the_same_time() -> None:
    """Prometheus, and whoever watches the health."""
    ledger = _Ledger()
    telemetry = Telemetry(port=0, traces_url="", version="", clock=lambda: 0.0)

    async def collected() -> Figures:
        return FIGURES

    async with anyio.create_task_group() as tasks:
        with structlog.testing.capture_logs() as lines:
            tasks.start_soon(
                lambda: telemetry.run(
                    ledger, figures=collected, gateway=lambda: FIGURES.gateway, is_stopping=lambda: False
                )
            )
            while not lines:  # noqa: ASYNC110 the log tells nobody
                await anyio.sleep(0.01)
        port = int(lines[0]["metrics"].rpartition(":")[2].partition("/")[0])
        ledger.newest = 1
        async with anyio.create_task_group() as looking:
            for _ in range(5):
                looking.start_soon(answer, port, ASKED)
        shown = (await answer(port, ASKED)).partition(b"\r\n\r\n")[2]
        tasks.cancel_scope.cancel()
    assert values(shown)["causerie_model_tokens_total{direction=in,model=m}"] == 7
