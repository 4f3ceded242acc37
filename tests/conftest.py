"""What every test needs."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import pytest

from discord_api.hikari_internals import is_handled_by_hikari
from sandbox.processors import usable_processors
from tests.rig.api_documents import CHECKED
from tests.rig.starter import close_shared_starter

_CHECKED_BY_WORKERS: Final[Counter[str]] = Counter()


@pytest.fixture
def anyio_backend() -> str:
    """One backend: hikari and SQLite's thread live on asyncio only."""
    return "asyncio"


@pytest.fixture
async def hikari_handles_its_errors() -> AsyncIterator[None]:
    """Fail no test because of a connection's end that hikari handles and asyncio reports all the same, from Python 3.14 on."""
    loop = asyncio.get_running_loop()
    handler = loop.get_exception_handler()

    def report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not is_handled_by_hikari(context):
            (handler or asyncio.AbstractEventLoop.default_exception_handler)(loop, context)

    loop.set_exception_handler(report)
    yield
    loop.set_exception_handler(handler)


@pytest.fixture(scope="session", autouse=True)
def _no_starter_stays() -> Iterator[None]:
    """End what started the bots within the run of the tests: coverage then still combines what it measured."""
    yield
    close_shared_starter()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run two workers a processor: most of a conversation's time is spent waiting, for Discord's limits above all."""
    return 2 * usable_processors()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker tells what it checked."""
    told = getattr(session.config, "workeroutput", None)
    if told is not None:
        told["checked"] = dict(CHECKED)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker has ended."""
    _CHECKED_BY_WORKERS.update(node.workeroutput.get("checked", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many requests were held against Discord's and OpenAI's own documents, and how many could not be."""
    checked = _CHECKED_BY_WORKERS + Counter(CHECKED)
    terminalreporter.write_line(
        f"requests held against the APIs' own documents: {checked['requests']}, skipped: {checked['skipped']}"
    )
