"""The page of a sandbox, over HTTP and in a browser."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from playwright.async_api import Browser, Page

from sandbox.discord import Channel, DiscordSandbox
from sandbox.web import Web
from tests.sandbox.browser import Window, browser, window
from tests.sandbox.clerk import Clerk, employed
from tests.sandbox.page_client import sandbox_with_commands


@pytest.fixture(scope="package")
def anyio_backend() -> str:
    """One event loop for all tests of this folder: the browser is used from the loop that has started it."""
    return "asyncio"


@pytest.fixture(scope="package")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all tests of this folder; a window's tabs have a memory of their own."""
    async with browser() as started:
        yield started


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


@pytest.fixture
async def clerk() -> AsyncIterator[Clerk]:
    """A small bot at work in a sandbox."""
    async with employed() as clerk:
        yield clerk


@pytest.fixture
async def town(clerk: Clerk) -> AsyncIterator[Web]:
    """The page's server of the sandbox in which that bot is."""
    async with Web(clerk.discord) as town:
        yield town


@pytest.fixture
async def opened(town: Web, chromium: Browser) -> AsyncIterator[Window]:
    """A browser at that page."""
    async with window(chromium, town.url) as opened:
        yield opened


@pytest.fixture
async def page(opened: Window) -> Page:
    return await opened.open()


@pytest.fixture
def general(clerk: Clerk) -> Channel:
    return clerk.discord.channel("general")
