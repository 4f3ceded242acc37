"""The small Discord's attachments: what it tells of them, signed addresses that expire, and downloads that go wrong."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.discord.things import Json, Message
from tests.sandbox.discord_client import RawBot, raw_bot


@pytest.fixture
async def bot() -> AsyncIterator[RawBot]:
    """A bot that speaks to the small Discord by hand."""
    async with raw_bot() as made:
        yield made


async def told(bot: RawBot, message: Message) -> Json:
    """Return a message as REST tells it now."""
    answer = await bot.ask("GET", f"/channels/{message.channel.id}/messages/{message.id}")
    body: Json = answer.body
    return body


async def fetched(bot: RawBot, url: str) -> bytes | None:
    """Return what an address gives; None where it is over."""
    async with bot.http.get(url) as response:
        return await response.read() if response.status == 200 else None


async def test_an_attachment_says_what_discord_says_of_it(bot: RawBot) -> None:
    """Discord, "Message", section "Attachment Object"; what only some have is told where a test says so."""
    picture = bot.discord.attachment("cat.png", b"1234", "image/png", width=2, height=3)
    (entry,) = (await told(bot, await bot.alice.say(bot.general, attachments=[picture])))["attachments"]
    assert (entry["filename"], entry["size"], entry["content_type"]) == ("cat.png", 4, "image/png")
    assert (entry["width"], entry["height"]) == (2, 3)
    assert await fetched(bot, entry["url"]) == b"1234"


async def test_an_address_is_signed_and_expires_and_the_message_knows_the_next_one(bot: RawBot) -> None:
    """Discord, "Reference", section "Signed Attachment CDN URLs". So it is with what is forwarded."""
    said = await bot.alice.say(bot.general, attachments=[bot.discord.attachment("a.txt", b"1234")])
    forwarded = await bot.alice.forward(said, bot.general)
    (before,) = (await told(bot, said))["attachments"]
    assert await fetched(bot, before["url"].partition("?")[0]) is None
    assert await fetched(bot, before["url"]) == b"1234"
    bot.discord.world.attachments.expire()
    assert await fetched(bot, before["url"]) is None
    (after,) = (await told(bot, said))["attachments"]
    (inside,) = (await told(bot, forwarded))["message_snapshots"][0]["message"]["attachments"]
    for entry in (after, inside):
        assert await fetched(bot, entry["url"]) == b"1234"


async def test_a_download_can_be_cut_held_or_lost(bot: RawBot) -> None:
    """Half of it comes; once it is gone, its message still names it."""
    attachments = bot.discord.world.attachments
    file = bot.discord.attachment("a.txt", b"1234")
    (entry,) = (await told(bot, await bot.alice.say(bot.general, attachments=[file])))["attachments"]
    attachments.cut(file)
    with pytest.raises(aiohttp.ClientPayloadError):
        await fetched(bot, entry["url"])
    go_on = attachments.hold(file)
    download = asyncio.ensure_future(fetched(bot, entry["url"]))
    async with bot.http.get(entry["url"]) as response:
        assert await response.content.readany() == b"12"
        assert not download.done()
        go_on.set()
        assert await response.content.readany() == b"34"
    assert await download == b"1234"
    attachments.lose(file)
    assert await fetched(bot, entry["url"]) is None
