"""The page of a sandbox, over HTTP."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.discord import DiscordSandbox
from sandbox.web import Web
from tests.sandbox.page_client import sandbox_with_commands


@pytest.fixture
async def discord() -> AsyncIterator[DiscordSandbox]:
    async with sandbox_with_commands() as discord:
        yield discord


@pytest.fixture
async def web(discord: DiscordSandbox) -> AsyncIterator[Web]:
    async with Web(discord) as web:
        yield web


@pytest.fixture
async def http(web: Web) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(web.url) as http:
        yield http
