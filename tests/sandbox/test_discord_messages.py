"""The small Discord keeps the limits on messages. Each test names the page of Discord's documentation it quotes."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.discord import NotPossibleError
from tests.sandbox.discord_client import RawBot, raw_bot


@pytest.fixture
async def bot() -> AsyncIterator[RawBot]:
    async with raw_bot() as bot:
        yield bot


async def test_content_has_at_most_2000_code_points(bot: RawBot) -> None:
    """Discord, "Message", section "Create Message": "Message contents (up to 2000 characters)"; an emoji is one."""
    assert (await bot.post(content="👌" * 2000)).status == 200
    assert (await bot.post(content="👌" * 2001)).faults("content") == ["BASE_TYPE_MAX_LENGTH"]


async def test_edited_content_has_at_most_2000_code_points(bot: RawBot) -> None:
    """Discord, "Message", section "Edit Message"."""
    number = (await bot.post(content="a")).body["id"]
    assert (await bot.patch(number, content="a" * 2001)).faults("content") == ["BASE_TYPE_MAX_LENGTH"]
    assert (await bot.patch(number, content="a" * 2000)).status == 200


async def test_message_needs_something_to_show(bot: RawBot) -> None:
    """Discord, "Opcodes and Status Codes": 50006 Cannot send an empty message."""
    assert (await bot.post(content="")).code == 50006
    assert (await bot.post(content=" \n ")).code == 50006
    number = (await bot.post(content="a")).body["id"]
    assert (await bot.patch(number, content="")).code == 50006


async def test_white_space_around_content_is_lost(bot: RawBot) -> None:
    """Discord trims what it stores: a create's answer shows it."""
    assert (await bot.post(content="  a b \n")).body["content"] == "a b"


async def test_enforced_nonce_returns_the_message_of_the_last_minutes(bot: RawBot) -> None:
    """Discord, "Message", section "Create Message", `enforce_nonce`."""
    first = await bot.post(content="a", nonce="n", enforce_nonce=True)
    again = await bot.post(content="b", nonce="n", enforce_nonce=True)
    assert (again.status, again.body["id"], again.body["content"]) == (200, first.body["id"], "a")
    assert len(bot.discord.messages(bot.general)) == 1
    bot.discord.clock.advance(119)
    assert (await bot.post(content="b", nonce="n", enforce_nonce=True)).body["id"] == first.body["id"]
    bot.discord.clock.advance(2)
    assert (await bot.post(content="b", nonce="n", enforce_nonce=True)).body["id"] != first.body["id"]


async def test_nonce_that_is_not_enforced_makes_a_second_message(bot: RawBot) -> None:
    """Discord, "Message", section "Create Message", `enforce_nonce` is false by default."""
    first = await bot.post(content="a", nonce="n")
    assert (await bot.post(content="a", nonce="n")).body["id"] != first.body["id"]


async def test_nonce_has_at_most_25_characters(bot: RawBot) -> None:
    """Discord, "Message", section "Message Object": nonce "up to 25 characters"."""
    assert (await bot.post(content="a", nonce="n" * 25)).status == 200
    assert (await bot.post(content="a", nonce="n" * 26)).faults("nonce") == ["BASE_TYPE_MAX_LENGTH"]


async def test_reply_names_its_question(bot: RawBot) -> None:
    """Discord, "Message", section "Message Types": 19 is a reply, with the message it answers inside."""
    question = await bot.alice.say(bot.general, "hello")
    reply = (await bot.post(content="a", message_reference={"message_id": str(question.id)})).body
    assert (reply["type"], reply["message_reference"]["message_id"]) == (19, str(question.id))
    assert reply["referenced_message"]["content"] == "hello"


async def test_reply_to_a_message_that_is_gone(bot: RawBot) -> None:
    """Discord, "Message", section "Message Reference Structure", `fail_if_not_exists`."""
    gone = await bot.alice.say(bot.general, "hello")
    await bot.alice.delete(gone)
    reference: dict[str, Any] = {"message_id": str(gone.id)}
    refused = await bot.post(content="a", message_reference=reference)
    assert refused.faults("message_reference") == ["REPLIES_UNKNOWN_MESSAGE"]
    sent = await bot.post(content="a", message_reference={**reference, "fail_if_not_exists": False})
    assert (sent.status, sent.body["type"]) == (200, 0)


async def test_what_is_unknown_or_out_of_sight_is_refused(bot: RawBot) -> None:
    """Discord, "Opcodes and Status Codes", section "JSON": 10003, 10008, 50001, 50005, 50013, 50007."""
    private = bot.discord.add_channel("hidden", restricted=True)
    private.overwrites = private.overwrites[:1]
    question = await bot.alice.say(bot.general, "hello")
    assert (await bot.ask("POST", "/channels/1/messages", {"content": "a"})).code == 10003
    assert (await bot.ask("PATCH", f"/channels/{bot.general.id}/messages/1", {"content": "a"})).code == 10008
    assert (await bot.post(private, content="a")).code == 50001
    assert (await bot.patch(question.id, content="a")).code == 50005
    refused = await bot.ask("DELETE", f"/channels/{bot.general.id}/messages/{question.id}")
    assert (refused.status, refused.code) == (403, 50013)
    bot.alice.user.takes_direct_messages = False
    assert (await bot.post(bot.alice.direct_messages, content="a")).code == 50007


async def test_deleted_channel_is_unknown_and_said_to_be(bot: RawBot) -> None:
    """Discord, "Gateway Events", section "Channel Delete"."""
    async with bot.gateway() as gateway:
        await gateway.ready()
        bot.discord.delete_channel(bot.general)
        assert (await gateway.event("CHANNEL_DELETE"))["id"] == str(bot.general.id)
    assert (await bot.post(content="a")).code == 10003


async def test_threads_that_are_locked_or_archived(bot: RawBot) -> None:
    """Discord, "Threads", section "Archived Threads"; codes 160005 and 50083."""
    thread = bot.discord.add_thread(bot.general, "aside")
    number = (await bot.post(thread, content="a")).body["id"]
    bot.discord.change_thread(thread, archived=True, locked=True)
    assert (await bot.post(thread, content="a")).code == 160005
    assert (await bot.ask("PATCH", f"/channels/{thread.id}/messages/{number}", {"content": "b"})).code == 50083
    bot.discord.change_thread(thread, archived=True, locked=False)
    assert (await bot.post(thread, content="a")).status == 200
    assert not thread.archived


async def test_messages_are_read_newest_first(bot: RawBot) -> None:
    """Discord, "Message", section "Get Channel Messages": after, limit."""
    said = [await bot.alice.say(bot.general, str(number)) for number in range(6)]

    async def read(query: str) -> str:
        found = await bot.ask("GET", f"/channels/{bot.general.id}/messages{query}")
        return "".join(message["content"] for message in found.body)

    assert await read("") == "543210"
    assert await read("?limit=2") == "54"
    assert await read(f"?after={said[1].id}&limit=2") == "32"
    refused = await bot.ask("GET", f"/channels/{bot.general.id}/messages?limit=101")
    assert refused.faults("limit") == ["NUMBER_TYPE_MAX"]


async def test_ids_grow_with_time(bot: RawBot) -> None:
    """Discord, "API Reference", section "Snowflakes": sortable by time, whoever made the thing."""
    first = await bot.alice.say(bot.general, "a")
    second = await bot.post(content="b")
    third = await bot.bob.say(bot.general, "c")
    assert first.id < int(second.body["id"]) < third.id


async def test_reactions_are_added_and_taken_back(bot: RawBot) -> None:
    """Discord, "Message", sections "Create Reaction" and "Delete Own Reaction"; 10014 for what is no emoji."""
    question = await bot.alice.say(bot.general, "hello")
    path = f"/channels/{bot.general.id}/messages/{question.id}/reactions"
    assert (await bot.ask("PUT", f"{path}/✍🏻/@me")).status == 204
    assert question.reactions == {"✍🏻": {bot.discord.world.bot.id}}
    assert (await bot.ask("DELETE", f"{path}/✍🏻/@me")).status == 204
    assert question.reactions == {}
    assert (await bot.ask("DELETE", f"{path}/✍🏻/@me")).status == 204
    assert (await bot.ask("PUT", f"{path}/hello/@me")).code == 10014


async def test_file_is_sent_as_a_form(bot: RawBot) -> None:
    """Discord, "API Reference", section "Uploading Files": `payload_json` and `files[n]`."""
    form = aiohttp.FormData()
    about = {"content": "here", "attachments": [{"id": 0, "filename": "chat.md", "description": "all of it"}]}
    form.add_field("payload_json", json.dumps(about), content_type="application/json")
    form.add_field("files[0]", b"# Chat", filename="chat.md", content_type="text/markdown")
    headers = {"Authorization": f"Bot {bot.discord.token}"}
    url = f"{bot.discord.rest_url}/channels/{bot.general.id}/messages"
    async with bot.http.post(url, data=form, headers=headers) as response:
        attachment = (await response.json())["attachments"][0]
    assert (attachment["filename"], attachment["size"], attachment["description"]) == ("chat.md", 6, "all of it")
    async with bot.http.get(attachment["url"]) as response:
        assert await response.read() == b"# Chat"


async def test_wrong_token_is_unauthorized(bot: RawBot) -> None:
    """Discord, "API Reference", section "Authentication"; 401 counts towards the ban of "Rate Limits"."""
    refused = await bot.ask("GET", "/gateway/bot", token="wrong")  # noqa: S106
    assert (refused.status, refused.body["message"]) == (401, "401: Unauthorized")
    assert bot.discord.invalid_requests == 1


async def test_body_that_is_no_json_is_refused(bot: RawBot) -> None:
    """Discord, "Opcodes and Status Codes": 50109."""
    url = f"{bot.discord.rest_url}/channels/{bot.general.id}/messages"
    headers = {"Authorization": f"Bot {bot.discord.token}", "Content-Type": "application/json"}
    async with bot.http.post(url, data=b"{", headers=headers) as response:
        assert (response.status, (await response.json())["code"]) == (400, 50109)


async def test_unknown_route_is_not_found_and_noted(bot: RawBot) -> None:
    """What is not built here must not pass unseen."""
    assert (await bot.ask("GET", "/guilds/1/audit-logs")).status == 404
    assert bot.discord.unknown_routes == ["GET /guilds/1/audit-logs"]


async def test_edit_keeps_its_history(bot: RawBot) -> None:
    """Tests read what a message said before."""
    number = (await bot.post(content="a")).body["id"]
    for text in ("b", "b", "c"):
        edited = await bot.patch(number, content=text)
    assert edited.body["edited_timestamp"]
    message = bot.general.messages[int(number)]
    assert (message.content, message.edits) == ("c", ["a", "b"])


async def test_people_keep_to_what_the_client_allows(bot: RawBot) -> None:
    """Bob does not see #staff, and nobody edits another's message."""
    staff = bot.discord.channel("staff")
    said = await bot.alice.say(staff, "secret")
    assert bot.discord.messages(staff, seen_by=bot.alice) == [said]
    assert bot.discord.messages(staff, seen_by=bot.bob) == []
    with pytest.raises(NotPossibleError):
        await bot.bob.say(staff, "hello")
    with pytest.raises(NotPossibleError):
        await bot.bob.edit(said, "mine")


async def test_until_looks_again_after_each_change(bot: RawBot) -> None:
    """Waiting needs no sleep, and a failure shows what there is to see."""
    waiting = asyncio.create_task(bot.discord.until(lambda: bot.discord.messages(bot.general)))
    await bot.alice.say(bot.general, "hello")
    assert [message.content for message in await waiting] == ["hello"]
    with pytest.raises(AssertionError, match="hello"):
        await bot.discord.until(lambda: False, timeout_s=0)
