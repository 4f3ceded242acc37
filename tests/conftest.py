"""What every test needs."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """One backend: hikari and SQLite's thread live on asyncio only."""
    return "asyncio"
