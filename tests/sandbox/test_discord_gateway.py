"""The small Discord's gateway, by a bare WebSocket. Discord, "Gateway" and "Opcodes and Status Codes"."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.discord_client import CONTENT, INTENTS, RawBot, raw_bot


@pytest.fixture
async def bot() -> AsyncIterator[RawBot]:
    async with raw_bot() as bot:
        yield bot


@pytest.mark.parametrize("compression", ["", "&compress=zlib-stream", "&compress=zstd-stream"])
async def test_ready_comes_first_then_the_servers(bot: RawBot, compression: str) -> None:
    """Discord, "Gateway", sections "Transport Compression" and "Ready Event"."""
    await bot.alice.say(bot.general, "hello")
    async with bot.gateway("?v=10&encoding=json" + compression) as gateway:
        ready = await gateway.ready()
        assert ready["resume_gateway_url"].startswith("ws://127.0.0.1:")
        guild = await gateway.event("GUILD_CREATE")
        last = {channel["name"]: channel["last_message_id"] for channel in guild["channels"]}
        assert last == {"general": str(bot.general.last_message_id), "random": None, "staff": None}
        await gateway.say(1, gateway.seq)
        assert (await gateway.hear())["op"] == 11


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [
        (2, {"token": "wrong", "intents": INTENTS}, 4004),
        (2, {"intents": 1 << 40}, 4013),
        (2, {"intents": INTENTS, "shard": [1, 2]}, 4010),
        (2, {"intents": INTENTS | CONTENT}, 4014),
        (3, {}, 4003),
        (99, {}, 4001),
    ],
)
async def test_what_is_wrong_ends_the_connection(bot: RawBot, op: int, data: dict[str, Any], code: int) -> None:
    """Discord, "Opcodes and Status Codes", section "Gateway Close Event Codes"."""
    bot.discord.message_content_enabled = False
    async with bot.gateway() as gateway:
        await gateway.say(op, {"token": bot.discord.token, "properties": {}, **data})
        assert await gateway.hear() == code


async def test_identifying_twice_ends_the_connection(bot: RawBot) -> None:
    """The same section: 4005."""
    async with bot.gateway() as gateway:
        await gateway.ready()
        await gateway.identify()
        while isinstance(heard := await gateway.hear(), dict):
            pass
        assert heard == 4005


async def test_starts_are_counted_and_run_out(bot: RawBot) -> None:
    """Discord, "Gateway", section "Identifying": a thousand a day, then the token is reset."""
    bot.discord.world.session_start_limit["remaining"] = 1
    async with bot.gateway() as gateway:
        await gateway.ready()
    told = await bot.ask("GET", "/gateway/bot")
    assert told.body["session_start_limit"]["remaining"] == 0
    async with bot.gateway() as gateway:
        await gateway.identify()
        assert await gateway.hear() == 4004
    assert [entry.accepted for entry in bot.discord.gateway.identifies] == [True, False]


async def test_without_the_intent_content_is_hidden(bot: RawBot) -> None:
    """Discord, "Gateway", section "Message Content Intent": except mentions, own messages and direct messages."""
    async with bot.gateway() as gateway:
        await gateway.ready(INTENTS)
        files = [bot.discord.attachment("a.txt", b"a")]
        await bot.alice.say(bot.general, "hidden", attachments=files)
        hidden = await gateway.event("MESSAGE_CREATE")
        assert (hidden["content"], hidden["attachments"]) == ("", [])
        await bot.alice.say(bot.general, f"{bot.discord.world.bot.mention} shown")
        assert (await gateway.event("MESSAGE_CREATE"))["content"].endswith("shown")
        await bot.alice.say(bot.alice.direct_messages, "direct")
        assert (await gateway.event("MESSAGE_CREATE"))["content"] == "direct"
        await bot.post(content="own")
        assert (await gateway.event("MESSAGE_CREATE"))["content"] == "own"


async def test_without_the_intent_content_is_hidden_over_rest_too(bot: RawBot) -> None:
    """The same section: the restriction "also applies to HTTP"."""
    said = await bot.alice.say(bot.general, "hidden")
    path = f"/channels/{bot.general.id}/messages/{said.id}"
    assert (await bot.ask("GET", path)).body["content"] == "hidden"
    bot.discord.message_content_enabled = False
    assert (await bot.ask("GET", path)).body["content"] == ""


async def test_events_of_other_intents_are_not_sent(bot: RawBot) -> None:
    """Discord, "Gateway", section "List of Intents"."""
    async with bot.gateway() as gateway:
        await gateway.ready(1 << 12)
        await bot.alice.say(bot.general, "not asked for")
        await bot.alice.say(bot.alice.direct_messages, "asked for")
        assert (await gateway.hear())["d"]["content"] == "asked for"


async def test_channels_the_bot_does_not_see_are_silent(bot: RawBot) -> None:
    """Discord, "Permissions": no VIEW_CHANNEL, no events."""
    hidden = bot.discord.add_channel("hidden", restricted=True, people=[bot.alice])
    hidden.overwrites = [hidden.overwrites[0], hidden.overwrites[2]]
    async with bot.gateway() as gateway:
        await gateway.ready()
        await bot.alice.say(hidden, "secret")
        await bot.alice.say(bot.general, "open")
        assert (await gateway.event("MESSAGE_CREATE"))["content"] == "open"


async def test_resume_replays_what_was_missed(bot: RawBot) -> None:
    """Discord, "Gateway", section "Resuming": missed events in order, then RESUMED."""
    async with bot.gateway() as gateway:
        session = (await gateway.ready())["session_id"]
        seq = gateway.seq
        bot.discord.gateway.drop_socket()
        while isinstance(await gateway.hear(), dict):
            pass
    await bot.discord.until(lambda: not bot.discord.gateway.connected)
    await bot.alice.say(bot.general, "missed")
    async with bot.gateway() as gateway:
        await gateway.say(6, {"token": bot.discord.token, "session_id": session, "seq": seq})
        names = [(await gateway.hear())["t"] for _ in range(3)]
    assert names == ["GUILD_CREATE", "MESSAGE_CREATE", "RESUMED"]


async def test_session_closed_by_the_bot_is_gone(bot: RawBot) -> None:
    """Discord, "Gateway", section "Initiating a Disconnect": 1000 and 1001 invalidate the session; then op 9."""
    async with bot.gateway() as gateway:
        session = (await gateway.ready())["session_id"]
        await gateway.ws.close(code=1001)
    await bot.discord.until(lambda: bot.discord.gateway.closes == [1001])
    async with bot.gateway() as gateway:
        await gateway.say(6, {"token": bot.discord.token, "session_id": session, "seq": 1})
        heard = await gateway.hear()
        assert (heard["op"], heard["d"]) == (9, False)


async def test_connection_is_disturbed_on_request(bot: RawBot) -> None:
    """Discord, "Gateway": op 7, op 9 and close codes come when a test asks for them."""
    async with bot.gateway() as gateway:
        await gateway.ready()
        await gateway.event("GUILD_CREATE")
        bot.discord.gateway.reconnect()
        assert (await gateway.hear())["op"] == 7
        bot.discord.gateway.invalidate(resumable=True)
        heard = await gateway.hear()
        assert (heard["op"], heard["d"]) == (9, True)
        bot.discord.gateway.close(4000, "again")
        assert await gateway.hear() == 4000


async def test_events_are_held_back_repeated_or_lost(bot: RawBot) -> None:
    """Discord, "Gateway", section "Event Delivery": events may come never, once or several times."""
    connection = bot.discord.gateway
    async with bot.gateway() as gateway:
        await gateway.ready()
        connection.hold_events()
        await bot.alice.say(bot.general, "lost")
        connection.release_events(lost=True)
        connection.hold_events()
        await bot.alice.say(bot.general, "late")
        connection.release_events()
        connection.repeat("MESSAGE_CREATE", 2)
        await bot.alice.say(bot.general, "twice")
        connection.repeat("MESSAGE_CREATE", 1)
        connection.again("MESSAGE_CREATE")
        heard = [(await gateway.event("MESSAGE_CREATE"))["content"] for _ in range(4)]
    assert heard == ["late", "twice", "twice", "twice"]
    assert len(bot.discord.messages(bot.general)) == 3


async def test_edits_previews_and_deletions_are_told_apart(bot: RawBot) -> None:
    """Discord, "Gateway Events", "Message Update": a preview leaves `edited_timestamp` alone, an edit does not."""
    async with bot.gateway() as gateway:
        await gateway.ready()
        said = await bot.alice.say(bot.general, "one")
        bot.discord.unfurl(said)
        assert (await gateway.event("MESSAGE_UPDATE"))["edited_timestamp"] is None
        await bot.alice.edit(said, "two")
        changed = await gateway.event("MESSAGE_UPDATE")
        assert changed["edited_timestamp"] is not None
        assert changed["content"] == "two"
        await bot.alice.delete(said)
        assert (await gateway.event("MESSAGE_DELETE"))["id"] == str(said.id)
