"""A town for each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.conversation.town import CHECKED, Town
from tests.conversation.town import town as a_town

pytestmark = pytest.mark.conversation


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A Discord, a model, and no bot yet."""
    async with a_town(tmp_path) as made:
        yield made


@pytest.fixture(scope="session", autouse=True)
def say_what_was_checked(request: pytest.FixtureRequest) -> Iterator[None]:
    """Print how many requests were held against Discord's and OpenAI's own documents, and how many could not be."""
    yield
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.write_line("")
        reporter.write_line(
            f"requests held against the APIs' own documents: {CHECKED['requests']}, skipped: {CHECKED['skipped']}"
        )
