"""What goes wrong with requests to Discord: each has one outcome, costs few requests, and touches no other channel."""

from typing import Any

import pytest

from sandbox.discord import Interaction, Limits
from tests.conversation.panels import begin, open_user, press
from tests.rig.town import Town
from tests.rig.town import town as a_town

ANSWER = "A sentence of the answer. " * 30
TEXTS = r"(POST|PATCH) /channels/\d+/messages"


def over(town: Town) -> bool:
    """Whether nothing waits, streams or is owed any more."""
    return town.rows("SELECT count(*) FROM turn WHERE state IN ('queued', 'streaming', 'answered') OR owed") == [(0,)]


async def ready(town: Town) -> None:
    """A bot that answers Alice and Bob."""
    await town.start()
    await town.set_status(town.alice, "new")
    await town.set_status(town.bob, "new")


async def streaming(town: Town, channel: Any = None, *, tokens_per_s: float = 100) -> Any:
    """A question of Alice's whose answer is under way."""
    town.model.script("Tell", answer=ANSWER, tokens_per_s=tokens_per_s)
    question = await town.alice.say(channel or town.general, "Tell me more.")
    await town.until(lambda: town.replies(question))
    return question


async def elsewhere_is_well(town: Town) -> None:
    """Bob is answered in another channel."""
    question = await town.bob.say(town.discord.channel("random"), "And here?")
    assert await town.answered(question) == ["You said: [Bob]: And here?"]


async def test_a_global_limit_stops_everything_but_interactions(town: Town) -> None:
    """429 with scope global: nothing else is asked for so long; panels are drawn meanwhile; then all is answered."""
    await ready(town)
    limited = town.discord.fault(TEXTS, retry_after_s=3.0, scope="global")
    question = await town.alice.say(town.general, "What is a comet?")
    await town.until(lambda: limited.spent)
    before = len(town.discord.requests)
    await open_user(town, town.bob)
    assert len(town.discord.requests) == before + 1
    await town.answered(question)
    first, second = [one for one in town.discord.requests if one.method == "POST" and "/messages" in one.path][:2]
    assert second.at_s - first.at_s >= 3.0
    assert len(town.discord.too_many) == 1


@pytest.mark.parametrize(
    "limit",
    [
        {"status": 429, "body": {"message": "slow down"}},
        {"status": 429, "headers": {"Retry-After": "0"}, "body": {"message": "x", "retry_after": 0, "global": False}},
        {"retry_after_s": 0.5, "headers": {"X-RateLimit-Remaining": "5", "X-RateLimit-Reset-After": "0"}},
        {"status": 429, "headers": {"Retry-After": "soon", "X-RateLimit-Remaining": "many"}, "body": {}},
    ],
)
async def test_limits_with_headers_that_contradict_themselves_cost_few_requests(
    town: Town, limit: dict[str, Any]
) -> None:
    """Nothing is repeated at once, nothing ends."""
    await ready(town)
    town.discord.fault(r"POST /channels/\d+/messages", times=2, **limit)
    question = await town.alice.say(town.general, "What is a comet?")
    await elsewhere_is_well(town)
    assert await town.answered(question, timeout_s=60) == ["You said: [Alice]: What is a comet?"]
    assert len(town.discord.too_many) <= 2


@pytest.mark.parametrize("status", [403, 429])
async def test_a_page_of_cloudflares_pauses_everything_that_is_asked_over_rest(town: Town, status: int) -> None:
    """Error 1015: for as long as it says; the gateway stays."""
    await ready(town)
    page = "<html><title>Error 1015</title>You are being rate limited</html>"
    shut_out = town.discord.fault(TEXTS, status=status, body=page, headers={"Retry-After": "3"})
    question = await town.alice.say(town.general, "What is a comet?")
    await town.until(lambda: shut_out.spent)
    refused_at_s = town.discord.requests[-1].at_s
    before = len(town.discord.requests)
    await town.answered(question)
    assert town.discord.requests[before].at_s - refused_at_s >= 2.9
    assert len(town.discord.gateway.identifies) == 1
    assert not town.discord.gateway.closes


@pytest.mark.parametrize("headers", [{}, {"X-RateLimit-Remaining": "1", "X-RateLimit-Reset-After": "60"}])
async def test_a_limit_on_a_reaction_holds_up_no_text(town: Town, headers: dict[str, str]) -> None:
    """The answer is whole while ✍🏻 still waits, though the headers say something else."""
    await ready(town)
    town.discord.fault(r"PUT /channels/\d+/messages/\d+/reactions", retry_after_s=6.0, headers=headers)
    question = await town.alice.say(town.general, "What is a comet?")
    await town.until(lambda: town.shown(question) == ["You said: [Alice]: What is a comet?"], timeout_s=4)
    assert not town.reactions(question)
    await town.answered(question)


@pytest.mark.parametrize("code", [10003, 50001, 50013, 50083, 160005, 50007])
async def test_an_answer_that_cannot_be_shown_is_over_after_two_requests(town: Town, code: int) -> None:
    """The place is gone or closed: no loop, the answer is kept for its asker, other channels go on."""
    await ready(town)
    closed = town.discord.fault(rf"(POST|PATCH) /channels/{town.general.id}/messages", code=code, times=None)
    await town.alice.say(town.general, "What is a comet?")
    await town.until(lambda: over(town) and closed.hits)
    await elsewhere_is_well(town)
    assert closed.hits <= 2
    assert town.rows("SELECT count(*) FROM note") == [(1,)]


async def test_a_blocked_reaction_is_not_tried_again(town: Town) -> None:
    """90001: the answer is whole, without 👌."""
    await ready(town)
    blocked = town.discord.fault(r"PUT .*/reactions", code=90001, times=None)
    question = await town.alice.say(town.general, "What is a comet?")
    await town.until(lambda: over(town) and town.shown(question) == ["You said: [Alice]: What is a comet?"])
    assert blocked.hits <= 2
    assert not town.reactions(question)


async def test_a_deleted_question_ends_its_answer(town: Town) -> None:
    """While it streams: the stream is closed, the text stays with a sentence."""
    await ready(town)
    question = await streaming(town, tokens_per_s=30)
    await town.alice.delete(question)
    await town.until(lambda: over(town))
    assert town.model.requests[0].ended == "client closed"
    await elsewhere_is_well(town)


async def test_a_reply_that_a_moderator_deletes_is_not_posted_again(town: Town) -> None:
    """10008 while it streams: two requests at most, nothing in the channel, the whole answer kept for its asker."""
    await ready(town)
    question = await streaming(town, tokens_per_s=60)
    (reply,) = town.replies(question)
    before = len(town.discord.requests)
    town.discord.delete_messages([reply])
    await town.until(lambda: over(town))
    await elsewhere_is_well(town)
    lost = [one for one in town.discord.requests[before:] if str(reply.id) in one.path and one.refused == 10008]
    assert 1 <= len(lost) <= 2
    assert not town.replies(question)
    assert town.rows("SELECT count(*) FROM note") == [(1,)]
    shown = await press(town, town.alice, await open_user(town, town.alice), "Undelivered (1)")
    assert ANSWER.strip() in shown.content


async def test_an_archived_thread_is_written_into_again(town: Town) -> None:
    """50083 for an edit: the answer goes on in a new message, which opens the thread."""
    await ready(town)
    thread = town.discord.add_thread(town.general, "aside")
    question = await streaming(town, thread)
    town.discord.change_thread(thread, archived=True)
    await town.until(lambda: over(town))
    assert "".join(text for text in town.shown(question) if "▌" not in text).strip() == ANSWER.strip()


async def test_a_locked_thread_keeps_its_answer_for_the_asker(town: Town) -> None:
    """160005: what was written stays in rows, and is offered privately."""
    await ready(town)
    thread = town.discord.add_thread(town.general, "aside")
    await streaming(town, thread)
    town.discord.change_thread(thread, archived=True, locked=True)
    await town.until(lambda: over(town))
    assert town.rows("SELECT count(*) FROM note") == [(1,)]
    await elsewhere_is_well(town)


async def test_an_edit_that_discord_never_answers_is_given_up_after_eight_seconds(town: Town) -> None:
    """Its message's newest text is sent again; another channel streams on meanwhile."""
    await ready(town)
    silent = town.discord.fault(rf"PATCH /channels/{town.general.id}/", never=True)
    question = await streaming(town, tokens_per_s=60)
    await town.until(lambda: silent.hits)
    await elsewhere_is_well(town)
    assert "".join(await town.answered(question)).strip() == ANSWER.strip()
    patches = [one for one in town.discord.requests if one.method == "PATCH" and str(town.general.id) in one.path]
    assert 7.5 <= patches[1].at_s - patches[0].at_s <= 12.0


async def test_twenty_streams_in_one_channel_draw_no_429(town: Town) -> None:
    """The channel's bucket is kept; each answer's last edit is its whole text."""
    await town.start()
    people = [town.discord.add_person(f"Person {number}") for number in range(20)]
    for person in people:
        await town.set_status(person, "new")
    town.model.script(answer=ANSWER, tokens_per_s=50)
    questions = [await person.say(town.general, "Tell me more.") for person in people]
    for question in questions:
        assert await town.answered(question, timeout_s=120) == [ANSWER.strip()]
    assert not town.discord.too_many


async def test_many_deltas_become_few_edits(town: Town) -> None:
    """100 deltas a second: at most about one edit a second of a message, the last one is the whole text."""
    await ready(town)
    question = await streaming(town, tokens_per_s=100)
    assert await town.answered(question) == [ANSWER.strip()]
    edits = [one for one in town.discord.requests if one.method == "PATCH"]
    seconds = edits[-1].at_s - edits[0].at_s + 1
    assert len(edits) <= seconds + 2


async def test_a_reply_is_found_when_its_nonce_is_forgotten(tmp_path: Any) -> None:
    """Posted, its answer lost, the bot killed, the window over: the message is adopted by its reference, no second one."""
    async with a_town(tmp_path, limits=Limits()) as town:
        await ready(town)
        town.discord.fault(r"POST /channels/\d+/messages", stored_then_never=True)
        question = await town.alice.say(town.general, "What is a comet?")
        await town.until(lambda: town.replies(question))
        await town.kill()
        town.discord.clock.advance(130.0)
        await town.start()
        assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]


@pytest.mark.parametrize("code", [10062, 40060])
async def test_an_interaction_that_discord_takes_no_answer_for_is_a_line_in_the_log(town: Town, code: int) -> None:
    """Unknown interaction, already acknowledged: the next press works."""
    await ready(town)
    town.discord.fault("/callback", code=code)
    lost: Interaction = await town.alice.command(town.general, "user")
    await town.until(lambda: str(code) in town.log.read_text())
    assert lost.response is None
    assert (await open_user(town, town.alice)).content
    assert "Traceback" not in town.log.read_text()


async def test_a_question_changed_while_the_bot_was_down_is_asked_as_it_is_now(town: Town) -> None:
    """Edited: the new text. Deleted: not asked, its ✍🏻 is gone. Both waited behind a turn that streamed when the bot was killed."""
    await town.start()
    await begin(town, town.alice, town.general)
    town.model.script("Tell", answer=ANSWER, tokens_per_s=20)
    first = await town.alice.say(town.general, "Tell me more.")
    edited = await town.alice.say(town.general, "What is a comet?")
    deleted = await town.alice.say(town.general, "What is a moon?")
    await town.until(lambda: town.replies(first))
    await town.until(lambda: town.rows("SELECT count(*) FROM turn WHERE state = 'queued'") == [(2,)])
    await town.kill()
    town.model.script("Tell", answer=ANSWER)
    await town.alice.edit(edited, "What is a star?")
    await town.alice.delete(deleted)
    await town.start()
    await town.answered(first)
    assert await town.answered(edited) == ["You said: [Alice]: What is a star?"]
    await town.until(lambda: over(town))
    assert not any("moon" in request.text for request in town.model.requests)
