"""Who could see what a request of the bot did, and everything that could be read in it: what a test for leaks needs."""

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.discord import Interaction, Limits, Request
from tests.sandbox.discord_client import RawBot, button, raw_bot, row

CANARY = "canary-7f3a"
STRING = 3


@pytest.fixture
async def bot() -> AsyncIterator[RawBot]:
    async with raw_bot() as bot:
        option = {"type": STRING, "name": "name", "description": "A name", "autocomplete": True}
        await bot.register({"name": "user", "description": "You", "options": [option]})
        yield bot


@pytest.fixture
async def used(bot: RawBot) -> Interaction:
    return await bot.alice.command(bot.general, "user")


def names(bot: RawBot, request: Request | None = None) -> set[str]:
    """Who saw a request, the last one unless told otherwise; the founder, who sees everything in a server, left out."""
    seen = bot.discord.audience(request or bot.discord.requests[-1])
    return {bot.discord.world.users[who].name for who in seen} - {"Founder"}


async def test_messages_are_seen_by_those_who_see_the_channel(bot: RawBot) -> None:
    """A post, an edit, a reaction and a deletion, in open and in restricted places."""
    staff, direct = bot.discord.channel("staff"), bot.bob.direct_messages
    for channel, expected in ((bot.general, {"Alice", "Bob"}), (staff, {"Alice"}), (direct, {"Bob"})):
        made = await bot.post(channel, content="a")
        assert names(bot) == expected
        path = f"/channels/{channel.id}/messages/{made.body['id']}"
        for method, more in (
            ("PATCH", ""),
            ("PUT", "/reactions/👌/@me"),
            ("DELETE", "/reactions/👌/@me"),
            ("DELETE", ""),
        ):
            await bot.ask(method, path + more, {"content": "b"} if method == "PATCH" else None)
            assert names(bot) == expected


async def test_reads_and_refusals_are_seen_by_nobody(bot: RawBot) -> None:
    """What has no effect has no audience."""
    await bot.ask("GET", f"/channels/{bot.general.id}/messages")
    assert names(bot) == set()
    await bot.post(content="a" * 2001)
    assert names(bot) == set()


async def test_registered_commands_are_seen_by_everybody(bot: RawBot) -> None:
    """Their names and descriptions are offered to whoever types a slash."""
    assert names(bot) == {"Alice", "Bob"}


async def test_private_answers_are_seen_by_one_person(bot: RawBot, used: Interaction) -> None:
    """An ephemeral answer, its edit, a follow-up to it, its deletion."""
    hook = f"/webhooks/{bot.discord.world.application_id}/{used.token}"
    await bot.callback(used, 4, content="a", flags=64)
    assert names(bot) == {"Alice"}
    await bot.ask("PATCH", bot.original(used), {"content": "b"})
    assert names(bot) == {"Alice"}
    await bot.ask("POST", hook, {"content": "c", "flags": 64})
    assert names(bot) == {"Alice"}
    await bot.ask("DELETE", bot.original(used))
    assert names(bot) == {"Alice"}
    await bot.ask("POST", hook, {"content": "for all"})
    assert names(bot) == {"Alice", "Bob"}


async def test_deferred_answer_is_as_private_as_its_deferral(bot: RawBot, used: Interaction) -> None:
    """The flag stands in the deferral; the edit that fills it in cannot change it."""
    await bot.callback(used, 5)
    await bot.ask("PATCH", bot.original(used), {"content": "b", "flags": 64})
    assert names(bot) == {"Alice", "Bob"}


async def test_choices_and_forms_are_seen_by_who_asked(bot: RawBot, used: Interaction) -> None:
    """Autocomplete's choices and a form go to one person, also in an open channel."""
    typing = await bot.bob.autocomplete(bot.general, "user", "name", name="a")
    await bot.callback(typing, 8, choices=[{"name": "a", "value": "a"}])
    assert names(bot) == {"Bob"}
    field = {"type": 4, "custom_id": "text", "style": 1, "label": "Text"}
    await bot.callback(used, 9, custom_id="f", title="t", components=[row(field)])
    assert names(bot) == {"Alice"}


async def test_public_message_that_a_press_redraws_is_seen_by_all(bot: RawBot) -> None:
    """An update in place is seen by those who see the message, not by the presser alone."""
    message = bot.message(await bot.post(content="before", components=[row(button("go"))]))
    pressed = await bot.alice.press(message, "go")
    await bot.callback(pressed, 7, content="after")
    assert names(bot) == {"Alice", "Bob"}


async def test_audience_is_that_of_the_moment(bot: RawBot) -> None:
    """Somebody who is let in later did not see the request do what it did."""
    staff = bot.discord.channel("staff")
    await bot.post(staff, content="a")
    bot.discord.open(staff)
    assert names(bot) == {"Alice"}


async def test_stored_but_unanswered_request_has_its_audience(bot: RawBot) -> None:
    """A connection that broke after the message was stored: people saw it."""
    bot.discord.fault("POST /channels", stored_then_dropped=True)
    with pytest.raises(aiohttp.ClientError):
        await bot.post(content="a")
    assert names(bot) == {"Alice", "Bob"}


@pytest.mark.parametrize("where", ["content", "label", "custom_id", "value", "file", "filename", "query"])
async def test_text_of_a_request_holds_everything(bot: RawBot, used: Interaction, where: str) -> None:
    """A canary is found wherever it hides, in a body, in a file and in its name."""
    option = {"label": CANARY if where == "label" else "l", "value": CANARY if where == "value" else "v"}
    menu = {"type": 3, "custom_id": CANARY if where == "custom_id" else "m", "options": [option]}
    body = {
        "content": f"a {CANARY} b" if where == "content" else "",
        "embeds": [{"fields": [{"name": "n", "value": CANARY}]}] if where == "embed" else [],
        "components": [row(menu)],
    }
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps({"type": 4, "data": body}), content_type="application/json")
    name = f"{CANARY}.md" if where == "filename" else "a.md"
    data = f"ü{CANARY}" if where == "file" else "a"
    form.add_field("files[0]", data.encode(), filename=name, content_type="text/markdown")
    query = f"?with_response={CANARY}" if where == "query" else ""
    url = f"{bot.discord.rest_url}/interactions/{used.id}/{used.token}/callback{query}"
    async with bot.http.post(url, data=form) as response:
        assert response.status == 204
    sent = bot.discord.requests[-1]
    assert CANARY in sent.text
    assert sum(CANARY in request.text for request in bot.discord.requests) == 1


async def test_files_are_stored_and_served(bot: RawBot, used: Interaction) -> None:
    """An answer's file, a follow-up's and an edit's: what was sent is what is downloaded."""
    hook = f"/webhooks/{bot.discord.world.application_id}/{used.token}"
    await bot.callback(used, 5, flags=64)
    for method, path in (("PATCH", bot.original(used)), ("POST", hook)):
        form = aiohttp.FormData()
        payload = {"content": "a", "flags": 64, "attachments": [{"id": 0, "description": "the talk"}]}
        form.add_field("payload_json", json.dumps(payload), content_type="application/json")
        form.add_field("files[0]", f"# {method}".encode(), filename="talk.md", content_type="text/markdown")
        async with bot.http.request(method, bot.discord.rest_url + path, data=form) as response:
            (described,) = (await response.json())["attachments"]
        assert (described["filename"], described["size"], described["description"]) == (
            "talk.md",
            len(method) + 2,
            "the talk",
        )
        async with bot.http.get(described["url"]) as file:
            assert await file.text() == f"# {method}"
    first, second = bot.discord.messages(bot.general, seen_by=bot.alice)
    assert (bot.discord.file(first), bot.discord.file(second, "talk.md")) == (b"# PATCH", b"# POST")
    with pytest.raises(LookupError):
        bot.discord.file(first, "other.md")


@pytest.mark.parametrize(("sizes", "status"), [((10,), 200), ((11,), 413), ((9, 9, 7), 200), ((9, 9, 8), 413)])
async def test_files_have_discords_sizes(sizes: tuple[int, ...], status: int) -> None:
    """Ten of a unit each, 25 together, as Discord's 10 MiB ("Uploading Files") and 25 MiB ("Create Message"); then 40005."""
    async with raw_bot(Limits(rate_limits=False, file_bytes=10, request_bytes=25)) as bot:
        form = aiohttp.FormData()
        for number, size in enumerate(sizes):
            form.add_field(f"files[{number}]", b"a" * size, filename="a.txt")
        url = f"{bot.discord.rest_url}/channels/{bot.general.id}/messages"
        async with bot.http.post(url, data=form, headers={"Authorization": f"Bot {bot.discord.token}"}) as response:
            assert response.status == status
            assert (await response.json()).get("code") == (40005 if status == 413 else None)


async def test_eleven_files_are_too_many() -> None:
    """Discord, "Message", section "Create Message": up to ten attachments."""
    async with raw_bot() as bot:
        form = aiohttp.FormData()
        for number in range(11):
            form.add_field(f"files[{number}]", b"a", filename="a.txt")
        url = f"{bot.discord.rest_url}/channels/{bot.general.id}/messages"
        async with bot.http.post(url, data=form, headers={"Authorization": f"Bot {bot.discord.token}"}) as response:
            assert (await response.json())["code"] == 50035
