"""Each test has a town of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from tests.conversation.started import StartedBot
from tests.rig.town import Town
from tests.rig.town import town as a_town

pytestmark = pytest.mark.conversation


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Start a small Discord and a scripted model, and no bot yet."""
    async with a_town(tmp_path) as made:
        yield made


@pytest.fixture
async def bot(town: Town) -> AsyncIterator[StartedBot]:
    """What starts a bot as a new process, and ends it after the test."""
    started = StartedBot(town)
    yield started
    if started.process is not None:
        started.process.kill()
        await anyio.to_thread.run_sync(started.process.wait)
