"""The page's server, asked over HTTP as its script asks it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from sandbox.discord import DiscordSandbox, Message
from sandbox.discord.commands import register
from sandbox.discord.mentions import Mentions
from sandbox.discord.posting import post

COMMANDS: list[dict[str, Any]] = [
    {
        "name": "user",
        "description": "Your settings",
        "options": [
            {"type": 4, "name": "max_token", "description": "Tokens of an answer"},
            {"type": 10, "name": "temperature", "description": "0 to 2"},
        ],
    },
    {"name": "Show session", "type": 3},
]
ROW = {
    "type": 1,
    "components": [
        {"type": 2, "id": 2, "style": 4, "label": "Stop", "custom_id": "stop"},
        {"type": 3, "id": 3, "custom_id": "menu", "options": [{"label": "One", "value": "1"}]},
    ],
}


@asynccontextmanager
async def sandbox_with_commands() -> AsyncIterator[DiscordSandbox]:
    """A small Discord in which a bot has registered its commands."""
    async with DiscordSandbox() as discord:
        register(discord.world, COMMANDS)
        yield discord


async def do(http: aiohttp.ClientSession, person: str, **deed: Any) -> dict[str, Any]:
    async with http.post("/api/deeds", json={"person": person, **deed}) as response:
        return {"status": response.status, **await response.json()}


async def seen(http: aiohttp.ClientSession, person: str, channel: str = "general") -> dict[str, Any]:
    async with http.get("/api/view", params={"person": person, "channel": channel}) as response:
        assert response.status == 200
        found: dict[str, Any] = await response.json()
        return found


def bot_says(discord: DiscordSandbox, text: str, **fields: Any) -> Message:
    channel = discord.channel("general")
    message = Message(discord.world.ids.next(), channel, discord.world.bot, text, **fields)
    return post(discord.world, message, Mentions())
