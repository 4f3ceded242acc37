"""What the small Discord answers has the shapes of Discord's own OpenAPI document, where that is at hand."""

import importlib.util
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from tests.sandbox.discord_client import RawBot, button, menu, raw_bot, row

SPECS: Final = Path(__file__).parents[3] / "shared" / "specs" / "validate.py"


def document() -> dict[str, Any]:
    """Discord's document, read as its checker reads it."""
    if not SPECS.exists():
        pytest.skip("Discord's OpenAPI document is not beside the checkout")
    spec = importlib.util.spec_from_file_location("validate", SPECS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, Any] = module.document("discord")
    return found


def misfits(schema: str, body: Any) -> list[str]:
    """What does not fit a named schema."""
    reference = {"$ref": f"#/components/schemas/{schema}", "components": document()["components"]}
    return [
        f"{list(error.absolute_path)}: {error.message}" for error in Draft202012Validator(reference).iter_errors(body)
    ]


@pytest.fixture
async def bot() -> AsyncIterator[RawBot]:
    async with raw_bot() as bot:
        yield bot


async def test_messages_have_discords_shape(bot: RawBot) -> None:
    """A reply with everything the bot uses, and what a read of the channel gives."""
    question = await bot.alice.say(bot.general, "hello", attachments=[bot.discord.attachment("a.txt", b"a")])
    reference = {"message_id": str(question.id)}
    parts = [row(button()), row(menu())]
    made = await bot.post(
        content=bot.bob.mention, message_reference=reference, components=parts, embeds=[{"title": "a"}]
    )
    await bot.ask("PUT", f"/channels/{bot.general.id}/messages/{question.id}/reactions/👌/@me")
    read = await bot.ask("GET", f"/channels/{bot.general.id}/messages")
    for message in (made.body, *read.body):
        assert misfits("MessageResponse", message) == []


async def test_places_have_discords_shape(bot: RawBot) -> None:
    """A channel, a thread and a direct message."""
    thread = bot.discord.add_thread(bot.general, "aside")
    opened = await bot.ask("POST", "/users/@me/channels", {"recipient_id": str(bot.alice.id)})
    assert misfits("GuildChannelResponse", (await bot.ask("GET", f"/channels/{bot.general.id}")).body) == []
    assert misfits("ThreadResponse", (await bot.ask("GET", f"/channels/{thread.id}")).body) == []
    assert misfits("PrivateChannelResponse", opened.body) == []


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/users/@me", "UserPIIResponse"),
        ("/applications/@me", "PrivateApplicationResponse"),
        ("/gateway/bot", "GatewayBotResponse"),
    ],
)
async def test_what_the_bot_reads_of_itself_has_discords_shape(bot: RawBot, path: str, schema: str) -> None:
    """At start-up."""
    assert misfits(schema, (await bot.ask("GET", path)).body) == []


async def test_interactions_have_discords_shape(bot: RawBot) -> None:
    """Registering, answering and reading the answer again."""
    made = await bot.register({"name": "user", "description": "You"})
    used = await bot.alice.command(bot.general, "user")
    told = await bot.callback(used, 4, "?with_response=true", content="a", flags=64)
    assert misfits("ApplicationCommandResponse", made.body[0]) == []
    assert misfits("InteractionCallbackResponse", told.body) == []
    assert misfits("MessageResponse", (await bot.ask("GET", bot.original(used))).body) == []


async def test_refusals_have_discords_shape(bot: RawBot) -> None:
    """Without a tree of errors: the document wants numbers for the codes in one, the pages and Discord say names."""
    assert misfits("ErrorResponse", (await bot.post(content="")).body) == []
