"""A town for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.rig.town import Town
from tests.rig.town import town as a_town

pytestmark = pytest.mark.conversation


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A Discord, a model, and no bot yet."""
    async with a_town(tmp_path) as made:
        yield made
