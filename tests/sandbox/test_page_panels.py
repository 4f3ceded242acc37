"""What panels consist of, over the page's HTTP: controls, commands, forms, offers, files, and who gets them."""

import asyncio
import base64
from typing import Any

import aiohttp

from sandbox.discord import DiscordSandbox
from sandbox.discord.commands import register
from sandbox.discord.posting import react
from tests.sandbox.page_client import ROW, bot_says, do, seen


async def test_reactions_buttons_and_menus_are_drawn_and_work(
    discord: DiscordSandbox, http: aiohttp.ClientSession
) -> None:
    """A message of the bot carries its reactions and controls; pressing and choosing reach the bot."""
    answer = bot_says(discord, "An answer", components=[ROW])
    react(discord.world, answer, discord.world.bot, "👌")
    (item,) = (await seen(http, "Alice"))["items"]
    assert item["bot"]
    assert item["reactions"] == [{"emoji": "👌", "count": 1, "mine": False, "who": ["Causerie"]}]
    stop, menu = item["components"][0]["components"]
    assert (stop["label"], stop["style"], menu["options"][0]["value"]) == ("Stop", "danger", "1")
    assert (await do(http, "Alice", do="press", message=item["id"], button="stop"))["status"] == 200
    assert (await do(http, "Alice", do="choose", message=item["id"], menu="menu", values=["1"]))["status"] == 200
    assert [it.data.get("values") for it in discord.world.interactions.values()] == [None, ["1"]]
    wrong = await do(http, "Alice", do="choose", message=item["id"], menu="menu", values=["2"])
    assert wrong["status"] == 409


async def test_private_answers_are_only_for_their_person(discord: DiscordSandbox, http: aiohttp.ClientSession) -> None:
    """An ephemeral message is in Alice's view alone, and Bob cannot press its buttons."""
    hidden = bot_says(discord, "for Alice", seen_only_by=discord.person("Alice").user, components=[ROW])
    assert [item["ephemeral"] for item in (await seen(http, "Alice"))["items"]] == [True]
    assert (await seen(http, "Bob"))["items"] == []
    assert (await do(http, "Bob", do="press", message=str(hidden.id), button="stop"))["status"] == 404


async def test_commands_are_offered_and_their_values_typed(
    discord: DiscordSandbox, http: aiohttp.ClientSession
) -> None:
    """What the bot registered is listed; text from a field becomes the option's type; nonsense is refused in words."""
    view = await seen(http, "Alice")
    assert [command["name"] for command in view["commands"]] == ["user"]
    assert view["message_commands"] == ["Show session"]
    options = {"max_token": "300", "temperature": "0.5"}
    assert (await do(http, "Alice", do="command", channel="general", name="user", options=options))["status"] == 200
    (used,) = discord.world.interactions.values()
    assert [option["value"] for option in used.data["options"]] == [300, 0.5]
    for bad in ({"name": "user", "options": {"max_token": "many"}}, {"name": "nothing", "options": {}}):
        refused = await do(http, "Alice", do="command", channel="general", **bad)
        assert refused["status"] == 409
        assert refused["error"]


async def test_offers_are_asked_for_with_what_is_filled_in(
    discord: DiscordSandbox, http: aiohttp.ClientSession
) -> None:
    """While one option is typed the bot is told the others too, each as its command wants it."""
    options = [
        {"type": 3, "name": "session", "description": "Which", "autocomplete": True},
        {"type": 4, "name": "max_token", "description": "Tokens"},
    ]
    register(discord.world, [{"name": "session", "description": "A session", "options": options}])
    values = {"session": "co", "max_token": "300"}
    asked = {"name": "session", "focused": "session", "options": values}
    typing = asyncio.create_task(do(http, "Alice", do="complete", channel="general", **asked))
    (entry,) = await discord.until(lambda: list(discord.world.interactions.values()))
    assert {option["name"]: option["value"] for option in entry.data["options"]} == {"session": "co", "max_token": 300}
    entry.choices = [{"name": "Comets", "value": "7"}]
    entry.move("choices")
    assert (await typing)["choices"] == [{"name": "Comets", "value": "7"}]


async def test_a_form_that_the_bot_opens_can_be_sent(discord: DiscordSandbox, http: aiohttp.ClientSession) -> None:
    """Its fields are drawn, and what is written into them reaches the bot."""
    begun = await do(http, "Alice", do="command", channel="general", name="user")
    (opened,) = discord.world.interactions.values()
    field = {"type": 4, "id": 2, "custom_id": "name", "label": "Name", "style": 1, "value": "old"}
    opened.modal = {"custom_id": "form", "title": "Rename", "components": [{"type": 1, "id": 1, "components": [field]}]}
    opened.move("modal")
    (item,) = (await seen(http, "Alice"))["items"]
    assert (item["form"]["title"], item["form"]["fields"][0]["value"]) == ("Rename", "old")
    assert (await do(http, "Alice", do="submit", interaction=begun["interaction"], values={"name": "new"}))[
        "status"
    ] == 200
    sent = list(discord.world.interactions.values())[-1]
    assert sent.data["components"][0]["components"][0]["value"] == "new"


async def test_files_are_for_those_who_see_their_message(discord: DiscordSandbox, http: aiohttp.ClientSession) -> None:
    """A private answer's file is downloaded by its person and nobody else, and never shown as a page."""
    file = discord.attachment("talk.html", b"<script>alert(1)</script>", "text/html")
    bot_says(discord, "for Alice", seen_only_by=discord.person("Alice").user, attachments=[file])
    (item,) = (await seen(http, "Alice"))["items"]
    (drawn,) = item["files"]
    async with http.get(drawn["path"], params={"person": "Alice"}) as response:
        assert await response.read() == b"<script>alert(1)</script>"
        assert response.headers["Content-Disposition"] == "attachment"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.content_type == "application/octet-stream"
    for person in ("Bob", "Nobody", ""):
        async with http.get(drawn["path"], params={"person": person}) as response:
            assert response.status == 404


async def test_channels_stand_below_their_servers_and_categories(
    discord: DiscordSandbox, http: aiohttp.ClientSession
) -> None:
    """Each person sees their own servers; threads below their channel, private ones for their members, no categories."""
    discord.add_channel("lounge", category=discord.add_category("Club"))
    discord.add_thread(discord.channel("general"), "aside", private=True, people=[discord.person("Bob")])
    elsewhere = discord.add_guild("Elsewhere")
    discord.add_channel("hall", guild=elsewhere)
    discord.join(discord.person("Bob"), elsewhere)
    found = await seen(http, "Bob")
    servers = {server["id"]: server["name"] for server in found["servers"]}
    places = [
        (servers.get(place["server"], ""), place["category"], place["kind"], place["name"])
        for place in found["channels"]
    ]
    assert places == [
        ("Causerie", "", "channel", "general"),
        ("Causerie", "", "thread", "aside"),
        ("Causerie", "", "channel", "random"),
        ("Causerie", "Club", "channel", "lounge"),
        ("Elsewhere", "", "channel", "hall"),
        ("", "", "direct", "Causerie"),
    ]
    assert {"aside", "hall"}.isdisjoint(place["name"] for place in (await seen(http, "Alice"))["channels"])
    assert "hall" not in (await seen(http, "Alice"))["names"].values()


async def test_files_are_attached_and_pictures_and_sounds_are_shown(
    discord: DiscordSandbox, http: aiohttp.ClientSession
) -> None:
    """What the bytes say decides how a file is shown, not its name; everything else is only stored."""
    picture = b"\x89PNG\r\n\x1a\n" + bytes(8)
    files = [
        {"name": "a.png", "type": "image/png", "data": base64.b64encode(picture).decode()},
        {"name": "b.png", "type": "image/png", "data": base64.b64encode(b"<svg onload=alert(1)>").decode()},
    ]
    assert (await do(http, "Alice", do="say", channel="general", text="", files=files))["status"] == 200
    (item,) = (await seen(http, "Alice"))["items"]
    assert [(file["name"], file["kind"]) for file in item["files"]] == [("a.png", "image"), ("b.png", "")]
    shown, stored = (file["path"] for file in item["files"])
    async with http.get(shown, params={"person": "Alice"}) as response:
        assert (response.content_type, await response.read()) == ("image/png", picture)
    async with http.get(stored, params={"person": "Alice"}) as response:
        assert response.headers["Content-Disposition"] == "attachment"
    too_large = {**files[0], "data": base64.b64encode(bytes(discord.world.limits.file_bytes + 1)).decode()}
    refused = await do(http, "Alice", do="say", channel="general", text="", files=[too_large])
    assert (refused["status"], refused["error"]) == (409, "a.png is too large")


async def test_a_voice_message_goes_as_discords_clients_send_it(
    discord: DiscordSandbox, http: aiohttp.ClientSession
) -> None:
    """With its flag, its length and its waveform, and without text."""
    voice = {"name": "voice-message.ogg", "type": "audio/ogg", "data": base64.b64encode(b"OggS...").decode()}
    await do(http, "Alice", do="say", channel="general", text="", files=[{**voice, "seconds": 1.5, "waveform": "AAEC"}])
    (message,) = discord.messages(discord.channel("general"))
    assert message.flags == 1 << 13
    (attached,) = message.attachments
    assert (attached["duration_secs"], attached["waveform"], attached["content_type"]) == (1.5, "AAEC", "audio/ogg")
    (item,) = (await seen(http, "Alice"))["items"]
    assert item["files"][0]["kind"] == "audio"


async def test_each_person_uses_discord_in_a_language_of_their_own(
    discord: DiscordSandbox, http: aiohttp.ClientSession
) -> None:
    """The bot is told it with each interaction, and commands are offered in it, where the bot gave them a text in it."""
    user: dict[str, Any] = {"name": "user", "description": "Settings", "description_localizations": {"zh-CN": "设置"}}
    option = {"type": 3, "name": "name", "description": "A name", "name_localizations": {"zh-CN": "名称"}}
    menu = {"type": 3, "name": "Show session", "name_localizations": {"zh-CN": "查看会话"}}
    register(discord.world, [{**user, "options": [option]}, menu])
    assert (await do(http, "Alice", do="use_language", locale="zh-CN"))["status"] == 200
    assert (await do(http, "Alice", do="use_language", locale="tlh"))["status"] == 409
    chinese, english = await seen(http, "Alice"), await seen(http, "Bob")
    assert (chinese["me"]["locale"], english["me"]["locale"]) == ("zh-CN", "en-US")
    assert [(it["name"], it["description"]) for it in chinese["commands"]] == [("user", "设置")]
    assert [(it["name"], it["label"]) for it in chinese["commands"][0]["options"]] == [("name", "名称")]
    assert chinese["message_labels"] == {"Show session": "查看会话"}
    assert [(it["name"], it["description"]) for it in english["commands"]] == [("user", "Settings")]
    assert english["message_labels"] == {"Show session": "Show session"}
    await do(http, "Alice", do="command", channel="general", name="user")
    (used,) = discord.world.interactions.values()
    assert used.event["locale"] == "zh-CN"
