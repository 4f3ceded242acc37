"""What the small Discord answers has the shapes of Discord's own OpenAPI document."""

from collections.abc import AsyncIterator

import pytest

from sandbox.discord.payloads import stickers_json
from tests.rig.api_documents import complaint_about_answer
from tests.sandbox.discord_client import RawBot, button, menu, raw_bot, row


@pytest.fixture
async def bot() -> AsyncIterator[RawBot]:
    async with raw_bot() as bot:
        yield bot


async def test_messages_have_discords_shape(bot: RawBot) -> None:
    """A reply with everything the bot uses, and what a read of the channel gives."""
    question = await bot.alice.say(bot.general, "hello", attachments=[bot.discord.attachment("a.txt", b"a")])
    reference = {"message_id": str(question.id)}
    parts = [row(button()), row(menu())]
    made = await bot.post(content=bot.bob.mention, message_reference=reference, components=parts)
    await bot.ask("PUT", f"/channels/{bot.general.id}/messages/{question.id}/reactions/👌/@me")
    read = await bot.ask("GET", f"/channels/{bot.general.id}/messages")
    for message in (made.body, *read.body):
        assert complaint_about_answer("MessageResponse", message) is None


async def test_what_people_send_has_discords_shape(bot: RawBot) -> None:
    """Forwards, polls, stickers, voice messages and replies to what is gone."""
    said = await bot.alice.say(bot.general, "hello", attachments=[bot.discord.attachment("a.txt", b"a")])
    await bot.alice.forward(said, bot.general)
    await bot.alice.ask_poll(bot.general, "Which?", "Halley", "Encke")
    await bot.alice.say(bot.general, "hello", extras=stickers_json(["Wave"]))
    await bot.alice.say(bot.general, attachments=[bot.discord.attachment("v.ogg", b"a", "audio/ogg")], flags=1 << 13)
    await bot.alice.say(bot.general, "yes", reply_to=said)
    await bot.alice.delete(said)
    for message in (await bot.ask("GET", f"/channels/{bot.general.id}/messages")).body:
        reference = message.get("message_reference")
        if reference is not None and reference["type"] == 1:
            message["message_reference"] = {**reference, "type": 0}  # the document does not know forwards' own type yet
        assert complaint_about_answer("MessageResponse", message) is None


async def test_places_have_discords_shape(bot: RawBot) -> None:
    """A channel of direct messages."""
    opened = await bot.ask("POST", "/users/@me/channels", {"recipient_id": str(bot.alice.id)})
    assert complaint_about_answer("PrivateChannelResponse", opened.body) is None


async def test_the_gateways_address_has_discords_shape(bot: RawBot) -> None:
    """What the bot reads before it connects."""
    assert complaint_about_answer("GatewayBotResponse", (await bot.ask("GET", "/gateway/bot")).body) is None


async def test_interactions_have_discords_shape(bot: RawBot) -> None:
    """Registering, answering and editing the answer."""
    made = await bot.register({"name": "user", "description": "You"})
    used = await bot.alice.command(bot.general, "user")
    told = await bot.callback(used, 4, "?with_response=true", content="a", flags=64)
    assert complaint_about_answer("ApplicationCommandResponse", made.body[0]) is None
    assert complaint_about_answer("InteractionCallbackResponse", told.body) is None
    assert (
        complaint_about_answer("MessageResponse", (await bot.ask("PATCH", bot.original(used), {"content": "b"})).body)
        is None
    )


async def test_refusals_have_discords_shape(bot: RawBot) -> None:
    """Without a tree of errors: the document wants numbers for the codes in one, the pages and Discord say names."""
    assert complaint_about_answer("ErrorResponse", (await bot.post(content="")).body) is None
