"""The sandbox's page, over HTTP and WebSocket: what each person sees and does."""

import aiohttp
import pytest

from sandbox.discord import DiscordSandbox
from sandbox.web import FILES, Web
from tests.sandbox.page_client import do, seen

HOSTILE = "<img src=x onerror=alert(1)></script><b>"


async def test_the_page_asks_nothing_of_the_world(http: aiohttp.ClientSession) -> None:
    """Page, script and style come from this server alone, which tells the browser so; no script stands in the page."""
    for path in FILES:
        async with http.get(path) as response:
            assert response.status == 200
            assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
            text = await response.text()
            if path.startswith("/libraries/"):
                # What is in them is theirs; what they load is judged by the browser, which loads nothing from elsewhere.
                continue
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


async def test_channels_are_those_that_a_person_sees(http: aiohttp.ClientSession) -> None:
    """The restricted channel is not Bob's, nor are Alice's direct messages."""
    alice, bob = await seen(http, "Alice", "direct"), await seen(http, "Bob", "direct")
    assert {"general", "random", "staff"} <= {channel["name"] for channel in alice["channels"]}
    assert "staff" not in {channel["name"] for channel in bob["channels"]}
    assert alice["channel"] != bob["channel"]
    params = {"person": "Bob", "channel": alice["channel"]}
    async with http.get("/api/view", params=params) as response:
        assert response.status == 404


async def test_silence_of_the_bot_is_shown_until_dismissed(
    discord: DiscordSandbox, http: aiohttp.ClientSession
) -> None:
    """Three seconds without an answer: the person, and nobody else, reads that the application did not respond."""
    begun = await do(http, "Alice", do="command", channel="general", name="user")
    assert [item["state"] for item in (await seen(http, "Alice"))["items"]] == ["waiting"]
    discord.clock.advance(4)
    (item,) = (await seen(http, "Alice"))["items"]
    assert (item["state"], item["name"], item["is_command"]) == ("failed", "/user", True)
    assert (await seen(http, "Bob"))["items"] == []
    assert (await do(http, "Alice", do="dismiss", interaction=begun["interaction"]))["status"] == 200
    assert (await seen(http, "Alice"))["items"] == []


async def test_the_page_lives(web: Web, http: aiohttp.ClientSession, discord: DiscordSandbox) -> None:
    """Over its WebSocket come the first picture, each change after it, and what the town has to say."""
    async with http.ws_connect("/live?person=Bob&channel=general") as socket:
        assert (await socket.receive_json())["items"] == []
        await discord.person("Alice").say(discord.channel("general"), "hello")
        assert [item["content"] for item in (await socket.receive_json())["items"]] == ["hello"]
        web.notice("stopped", status=1)
        assert (await socket.receive_json())["notices"] == [{"key": "notice.stopped", "values": {"status": 1}}]


@pytest.mark.parametrize(
    "body", ["{", "[]", '{"do": "fly", "person": "Alice"}', '{"do": "say", "person": "Alice"}', '{"do": 1}']
)
async def test_nonsense_is_answered_with_a_sentence(http: aiohttp.ClientSession, body: str) -> None:
    """What is not understood is a 400 that says so."""
    async with http.post("/api/deeds", data=body, headers={"Content-Type": "application/json"}) as response:
        assert response.status == 400
        assert (await response.json())["error"].startswith("that was not understood")
