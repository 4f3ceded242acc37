"""The sandbox's page, over HTTP and WebSocket: what each person sees and does, and who is kept out."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.discord import DiscordSandbox, Message
from sandbox.discord.commands import register
from sandbox.discord.mentions import Mentions
from sandbox.discord.posting import post, react
from sandbox.model import ModelSandbox
from sandbox.web import FILES, Web

HOSTILE = "<img src=x onerror=alert(1)></script><b>"
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


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def discord() -> AsyncIterator[DiscordSandbox]:
    async with DiscordSandbox() as discord:
        register(discord.world, COMMANDS, None)
        yield discord


@pytest.fixture
async def web(discord: DiscordSandbox) -> AsyncIterator[Web]:
    async with Web(discord) as web:
        yield web


@pytest.fixture
async def http(web: Web) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(web.url) as http:
        yield http


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


async def test_the_page_asks_nothing_of_the_world(http: aiohttp.ClientSession) -> None:
    """Page, script and style come from this server alone, which tells the browser so; no script stands in the page."""
    for path in FILES:
        async with http.get(path) as response:
            assert response.status == 200
            assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
            text = await response.text()
            assert "http://" not in text
            assert "https://" not in text
            assert "innerHTML" not in text
            assert "<script>" not in text


async def test_what_people_do_is_seen_by_the_others(http: aiohttp.ClientSession) -> None:
    """Alice writes, answers herself, edits and deletes; Bob sees each, hostile text unchanged and as text."""
    first = await do(http, "Alice", do="say", channel="general", text=HOSTILE)
    reply = await do(http, "Alice", do="say", channel="general", text="re", reply_to=first["message"])
    assert (await do(http, "Alice", do="edit", message=reply["message"], text="again"))["status"] == 200
    one, two = (await seen(http, "Bob"))["items"]
    assert (one["content"], one["author"], one["mine"], one["edited"]) == (HOSTILE, "Alice", False, False)
    assert (two["content"], two["edited"], two["reply_to"]["content"]) == ("again", True, HOSTILE)
    await do(http, "Alice", do="delete", message=first["message"])
    (left,) = (await seen(http, "Bob"))["items"]
    assert (left["replies"], left["reply_to"]) == (True, None)
    assert (await do(http, "Bob", do="edit", message=reply["message"], text="mine"))["status"] == 409


async def test_reactions_buttons_and_menus_are_drawn_and_work(
    discord: DiscordSandbox, http: aiohttp.ClientSession
) -> None:
    """A message of the bot carries its reactions and controls; pressing and choosing reach the bot."""
    answer = bot_says(discord, "An answer", components=[ROW])
    react(discord.world, answer, discord.world.bot, "👌")
    (item,) = (await seen(http, "Alice"))["items"]
    assert item["bot"]
    assert item["reactions"] == [{"emoji": "👌", "count": 1, "mine": False}]
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


async def test_channels_are_those_that_a_person_sees(http: aiohttp.ClientSession) -> None:
    """The restricted channel is not Bob's, nor are Alice's direct messages."""
    alice, bob = await seen(http, "Alice", "direct"), await seen(http, "Bob", "direct")
    assert {"general", "random", "staff"} <= {channel["name"] for channel in alice["channels"]}
    assert "staff" not in {channel["name"] for channel in bob["channels"]}
    assert alice["channel"] != bob["channel"]
    params = {"person": "Bob", "channel": alice["channel"]}
    async with http.get("/api/view", params=params) as response:
        assert response.status == 404


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
    register(discord.world, [{"name": "session", "description": "A session", "options": options}], None)
    values = {"session": "co", "max_token": "300"}
    asked = {"name": "session", "focused": "session", "options": values}
    typing = asyncio.create_task(do(http, "Alice", do="complete", channel="general", **asked))
    (entry,) = await discord.until(lambda: list(discord.world.interactions.values()))
    assert {option["name"]: option["value"] for option in entry.data["options"]} == {"session": "co", "max_token": 300}
    entry.choices = [{"name": "Comets", "value": "7"}]
    entry.move("choices")
    assert (await typing)["choices"] == [{"name": "Comets", "value": "7"}]


async def test_silence_of_the_bot_is_shown_until_dismissed(
    discord: DiscordSandbox, http: aiohttp.ClientSession
) -> None:
    """Three seconds without an answer: the person, and nobody else, reads that the application did not respond."""
    begun = await do(http, "Alice", do="command", channel="general", name="user")
    assert [item["state"] for item in (await seen(http, "Alice"))["items"]] == ["waiting"]
    discord.clock.advance(4)
    (item,) = (await seen(http, "Alice"))["items"]
    assert (item["state"], item["text"]) == ("failed", "The application did not respond")
    assert (await seen(http, "Bob"))["items"] == []
    assert (await do(http, "Alice", do="dismiss", interaction=begun["interaction"]))["status"] == 200
    assert (await seen(http, "Alice"))["items"] == []


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


async def test_a_label_names_its_field(discord: DiscordSandbox, http: aiohttp.ClientSession) -> None:
    """A form's field in a *Label* is drawn and sent like one in a row; its bounds come along."""
    begun = await do(http, "Alice", do="command", channel="general", name="user")
    (opened,) = discord.world.interactions.values()
    field = {"type": 4, "id": 2, "custom_id": "name", "style": 2, "max_length": 9, "required": False}
    label = {"type": 18, "id": 1, "label": "Name", "description": "What it is called", "component": field}
    opened.modal = {"custom_id": "form", "title": "Rename", "components": [label]}
    opened.move("modal")
    (item,) = (await seen(http, "Alice"))["items"]
    (drawn,) = item["form"]["fields"]
    assert (drawn["label"], drawn["description"], drawn["max_length"]) == ("Name", "What it is called", 9)
    assert (drawn["required"], drawn["long"]) == (False, True)
    await do(http, "Alice", do="submit", interaction=begun["interaction"], values={"name": "new"})
    assert list(discord.world.interactions.values())[-1].data["components"][0]["component"]["value"] == "new"


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
    places = [(place["group"], place["kind"], place["name"]) for place in (await seen(http, "Bob"))["channels"]]
    assert places == [
        ("Causerie", "channel", "general"),
        ("Causerie", "thread", "aside"),
        ("Causerie", "channel", "random"),
        ("Causerie · Club", "channel", "lounge"),
        ("Elsewhere", "channel", "hall"),
        ("", "direct", "Direct message with the bot"),
    ]
    assert {"aside", "hall"}.isdisjoint(place["name"] for place in (await seen(http, "Alice"))["channels"])
    assert "hall" not in (await seen(http, "Alice"))["names"].values()


async def test_the_page_lives(web: Web, http: aiohttp.ClientSession, discord: DiscordSandbox) -> None:
    """Over its WebSocket come the first picture, each change after it, and what the town has to say."""
    async with http.ws_connect("/live?person=Bob&channel=general") as socket:
        assert (await socket.receive_json())["items"] == []
        await discord.person("Alice").say(discord.channel("general"), "hello")
        assert [item["content"] for item in (await socket.receive_json())["items"]] == ["hello"]
        web.notice("The bot is starting.")
        assert (await socket.receive_json())["notices"] == ["The bot is starting."]


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}])
async def test_strangers_are_refused(http: aiohttp.ClientSession, headers: dict[str, str]) -> None:
    """Another host's name, and another site's page: neither reads, writes, nor opens the WebSocket."""
    async with http.get("/api/view", headers=headers) as response:
        assert response.status == 403
    deed = {"person": "Alice", "do": "say", "channel": "general", "text": "forged"}
    async with http.post("/api/deeds", json=deed, headers=headers) as response:
        assert response.status == 403
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await http.ws_connect("/live", headers=headers)
    assert caught.value.status == 403
    assert (await seen(http, "Alice"))["items"] == []


async def test_forms_of_other_sites_are_refused(http: aiohttp.ClientSession) -> None:
    """What a page can send without asking, a text body, is not taken."""
    async with http.post("/api/deeds", data='{"person": "Alice"}', headers={"Content-Type": "text/plain"}) as response:
        assert response.status == 415


@pytest.mark.parametrize(
    "body", ["{", "[]", '{"do": "fly", "person": "Alice"}', '{"do": "say", "person": "Alice"}', '{"do": 1}']
)
async def test_nonsense_is_answered_with_a_sentence(http: aiohttp.ClientSession, body: str) -> None:
    """What is not understood is a 400 that says so."""
    async with http.post("/api/deeds", data=body, headers={"Content-Type": "application/json"}) as response:
        assert response.status == 400
        assert (await response.json())["error"].startswith("that was not understood")


async def test_faults_and_requests_can_be_asked_for_from_outside(
    discord: DiscordSandbox, http: aiohttp.ClientSession
) -> None:
    """A test in any language makes a request of the bot fail and reads what was asked, without the bot's token."""
    async with http.post("/api/faults", json={"match": "GET /gateway/bot", "status": 503}) as response:
        assert response.status == 200
    headers = {"Authorization": f"Bot {discord.token}"}
    async with aiohttp.ClientSession() as bot:
        statuses = []
        for _ in range(2):
            async with bot.get(f"{discord.rest_url}/gateway/bot", headers=headers) as response:
                statuses.append(response.status)
    assert statuses == [503, 200]
    async with http.get("/api/requests", params={"after": "1"}) as response:
        text = await response.text()
        (request,) = (await response.json())["requests"]
    assert (request["method"], request["path"], request["status"]) == ("GET", "/gateway/bot", 200)
    assert discord.token not in text


async def test_a_scripted_model_can_be_scripted_from_outside(discord: DiscordSandbox) -> None:
    """Where the model is a scripted one, its answers are written, and its requests read, over JSON."""
    async with ModelSandbox() as model, Web(discord, model) as web, aiohttp.ClientSession(web.url) as http:
        async with http.post("/api/model/scripts", json={"match": "hi", "answer": "Scripted."}) as response:
            assert response.status == 200
        asked = {"model": "gpt-4o", "input": "hi"}
        headers = {"Authorization": f"Bearer {model.key}"}
        async with http.post(f"{model.base_url}/responses", json=asked, headers=headers) as response:
            assert (await response.json())["output"][0]["content"][0]["text"] == "Scripted."
        async with http.get("/api/model/requests") as response:
            assert (await response.json())["requests"][0]["body"] == asked
