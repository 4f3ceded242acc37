"""Whom a message of the bot would notify. Discord, "Message", section "Allowed Mentions Object"."""

from collections.abc import AsyncIterator

import pytest

from sandbox.discord.permissions import MENTION_EVERYONE
from tests.sandbox.discord_client import RawBot, raw_bot

NOBODY: dict[str, list[str]] = {"parse": []}


@pytest.fixture
async def bot() -> AsyncIterator[RawBot]:
    async with raw_bot() as bot:
        role = next(role for role in bot.discord.world.guild.roles.values() if role.managed)
        role.permissions |= MENTION_EVERYONE
        yield bot


def pinged(bot: RawBot) -> list[tuple[str, str]]:
    """What was noted, with by what."""
    return [(ping.kind, ping.by) for ping in bot.discord.pings]


async def test_without_allowed_mentions_everything_pings(bot: RawBot) -> None:
    """The section's first sentence: by default everything in the content is parsed."""
    role = next(iter(bot.discord.world.guild.roles))
    await bot.post(content=f"@everyone {bot.bob.mention} <@&{role}>")
    assert pinged(bot) == [("user", "create"), ("role", "create"), ("everyone", "create")]


async def test_empty_parse_pings_nobody(bot: RawBot) -> None:
    """Discord, "parse": [] suppresses all mentions; the text stays as it is."""
    sent = await bot.post(content=f"@everyone @here {bot.bob.mention}", allowed_mentions=NOBODY)
    assert (bot.discord.pings, sent.body["mentions"], sent.body["mention_everyone"]) == ([], [], False)


async def test_edit_without_allowed_mentions_parses_again(bot: RawBot) -> None:
    """Discord, "Message", section "Edit Message": "the content will be parsed with default allowances"."""
    number = (await bot.post(content=f"{bot.bob.mention}", allowed_mentions=NOBODY)).body["id"]
    await bot.patch(number, content=f"{bot.bob.mention}!", allowed_mentions=NOBODY)
    assert bot.discord.pings == []
    await bot.patch(number, components=[])
    assert bot.discord.pings == []
    edited = await bot.patch(number, content=f"{bot.bob.mention}!!")
    assert pinged(bot) == [("user", "edit")]
    assert edited.body["mentions"][0]["id"] == str(bot.bob.id)


async def test_listed_users_are_pinged(bot: RawBot) -> None:
    """Discord, "users": only those listed, and only where the text mentions them."""
    await bot.post(content=f"{bot.bob.mention} {bot.alice.mention}", allowed_mentions={"users": [str(bot.bob.id)]})
    assert [ping.id for ping in bot.discord.pings] == [bot.bob.id]


async def test_reply_pings_its_author_unless_told_otherwise(bot: RawBot) -> None:
    """Discord, "replied_user" is false once `allowed_mentions` is there, true without it."""
    question = await bot.alice.say(bot.general, "hello")
    reference = {"message_id": str(question.id)}
    await bot.post(content="a", message_reference=reference, allowed_mentions=NOBODY)
    assert bot.discord.pings == []
    await bot.post(content="a", message_reference=reference, allowed_mentions={"parse": [], "replied_user": True})
    await bot.post(content="a", message_reference=reference)
    assert [ping.id for ping in bot.discord.pings] == [bot.alice.id, bot.alice.id]


async def test_parse_and_lists_exclude_each_other(bot: RawBot) -> None:
    """The section's examples of what is invalid."""
    both = {"parse": ["users"], "users": [str(bot.bob.id)]}
    refused = await bot.post(content="a", allowed_mentions=both)
    assert refused.faults("allowed_mentions") == ["MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"]
    assert (await bot.post(content="a", allowed_mentions={"parse": ["all"]})).faults("allowed_mentions.parse.0")


async def test_everyone_needs_the_permission(bot: RawBot) -> None:
    """Discord, "Permissions": MENTION_EVERYONE, also for roles that are not mentionable."""
    role = next(role for role in bot.discord.world.guild.roles.values() if role.managed)
    role.permissions &= ~MENTION_EVERYONE
    await bot.post(content=f"@everyone <@&{role.id}>")
    assert bot.discord.pings == []
