"""Killed at any moment and started again: one outcome, exact text, the same Discord messages."""

import random
import signal
import time
from typing import Any, Final

import pytest

from tests.conversation.panels import begin, choose_session, open_user
from tests.rig.kill import When
from tests.rig.town import CONFIG, Town

WHENS: Final[tuple[When, ...]] = ("before", "stored", "answered")
BOUNDARIES_MAX: Final = 40
"""More than a turn has; a sweep ends at the first number that no request reaches."""
REQUESTS_MIN: Final = 4
"""✍🏻 and off again, the reply, 👌; the model's."""


def three_parts() -> str:
    """An answer of about 5,500 characters in paragraphs."""
    words = random.Random(7).choices(
        ["comet", "ice", "dust", "tail", "orbit", "sun", "far", "cold", "slow", "bright"], k=1000
    )
    paragraphs = [" ".join(words[start : start + 50]) for start in range(0, 1000, 50)]
    return "\n\n".join(paragraphs)[:5500].strip()


ANSWERS: Final = {
    "one part": "A comet is a ball of ice and dust that comes from far away.",
    "three parts": three_parts(),
}


@pytest.mark.parametrize("size", ANSWERS)
@pytest.mark.parametrize("when", WHENS)
async def test_a_kill_at_any_request_of_a_turn_leaves_one_exact_answer(town: Town, when: When, size: str) -> None:
    """The kill sweep: SIGKILL at the k-th request, for every k until the turn has no more."""
    answer = ANSWERS[size]
    chunk = max(4, len(answer) // 40)
    channels = [town.discord.add_channel(f"sweep-{number}") for number in range(BOUNDARIES_MAX)]
    town.model.script("comet", answer=answer, chunk=chunk, tokens_per_s=40)
    await town.start()
    await town.set_status(town.alice, "new")
    swept = []
    for k, channel in enumerate(channels, start=1):
        assert town.bot is not None
        asked_before = len(town.model.requests)
        town.counter.arm(town.bot.pid, k, when)
        question = await town.alice.say(channel, "What is a comet?")
        if not await _killed(town, question):
            break
        swept.append(town.counter.fired[-1])
        assert await town.died() == -signal.SIGKILL
        await town.start()
        parts = await town.answered(question, timeout_s=60)
        _assert_exact(parts, answer, swept[-1])
        everything = [m for m in town.discord.messages(channel, seen_by=town.alice) if m.id != question.id]
        assert len(everything) == len(parts), f"{swept[-1]}: a message too many"
        asked = len(town.model.requests) - asked_before
        assert asked <= 2, f"{swept[-1]}: {asked} requests to the model"
    else:
        pytest.fail("the turn never ended")
    assert len(swept) >= REQUESTS_MIN, swept


@pytest.mark.parametrize("when", WHENS)
@pytest.mark.parametrize("request_", ["POST /v1/responses", "POST /channels", "PATCH", "PUT", "DELETE"])
async def test_a_kill_at_each_kind_of_request_leaves_one_exact_answer(town: Town, request_: str, when: When) -> None:
    """The sweep meets requests in the order in which they come; here each kind is met for certain."""
    answer = ANSWERS["one part"]
    town.model.script("comet", answer=answer, chunk=2, tokens_per_s=15)
    await town.start()
    await town.set_status(town.alice, "new")
    assert town.bot is not None
    town.counter.arm(town.bot.pid, 1, when, request_)
    question = await town.alice.say(town.general, "What is a comet?")
    assert await _killed(town, question)
    await town.died()
    await town.start()
    assert await town.answered(question) == [answer]
    assert len(town.model.requests) <= 2


@pytest.mark.parametrize("deltas", [0, 1, 4])
async def test_a_kill_while_the_model_answers_goes_on_in_the_same_message(town: Town, deltas: int) -> None:
    """Before its first word, at it, and after some; one extra request, one message."""
    await town.start()
    await town.set_status(town.alice, "new")
    gate = town.model.gate("comet")
    question = await town.alice.say(town.general, "What is a comet?")
    await gate.reached()
    gate.release(deltas)
    if deltas:
        await town.until(lambda: town.replies(question))
    before = [reply.id for reply in town.replies(question)]
    await town.kill()
    await town.start()
    assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]
    assert not before or [reply.id for reply in town.replies(question)] == before
    assert len(town.model.requests) == 2


async def _killed(town: Town, question: Any) -> bool:
    """Whether the kill point was reached before the turn was over."""
    fired = len(town.counter.fired)
    await town.until(lambda: len(town.counter.fired) > fired or _over(town, question), timeout_s=60)
    return len(town.counter.fired) > fired


def _over(town: Town, question: Any) -> bool:
    delivered = f"SELECT 1 FROM turn WHERE question_id = {question.id} AND state = 'delivered'"
    return town.reactions(question) == {"👌"} and town.rows(delivered) == [(1,)]


def _assert_exact(parts: list[str], answer: str, where: str) -> None:
    assert "".join("".join(parts).split()) == "".join(answer.split()), where
    assert all(len(part) <= 2000 for part in parts), where


async def test_an_event_that_was_received_but_not_committed_is_found_again(town: Town) -> None:
    """In a channel and in a direct message, over REST, from the last message seen."""
    await town.start()
    await town.set_status(town.alice, "new", channel=town.alice.direct_messages)
    for place in (town.general, town.alice.direct_messages):
        assert town.bot is not None
        town.discord.kill_on_event(town.bot.pid, "MESSAGE_CREATE")
        question = await town.alice.say(place, "What is a comet?")
        await town.died()
        await town.start()
        assert len(await town.answered(question)) == 1


async def test_what_was_posted_while_the_bot_was_down_is_answered_in_order(town: Town) -> None:
    """And what came before the bot was ever there is not."""
    old = await town.alice.say(town.general, "From before")
    await town.start()
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "Begin"))
    await town.set_status(town.alice, "activate")
    await town.stop()
    missed = [await town.alice.say(town.general, f"Missed {number}") for number in range(3)]
    await town.start()
    for question in missed:
        await town.answered(question)
    assert [request.text for request in town.model.requests[1:]] == [f"[Alice]: Missed {number}" for number in range(3)]
    assert town.replies(old) == []


async def test_a_message_that_discord_stored_although_its_answer_was_lost_is_not_posted_twice(town: Town) -> None:
    """The connection drops after Discord stored the reply; the nonce tells."""
    await town.start()
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "Warm up"))
    for how in ("stored_then_dropped", "truncated"):
        town.discord.fault(r"POST /channels/\d+/messages$", **{how: True})
        question = await town.alice.say(town.general, f"What is a comet, {how}?")
        assert await town.answered(question) == [f"You said: [Alice]: What is a comet, {how}?"]


async def test_a_server_error_on_posting_is_tried_again(town: Town) -> None:
    """A 503 is nobody's outcome."""
    await town.start()
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "Warm up"))
    town.discord.fault(r"POST /channels/\d+/messages$", status=503, times=2)
    question = await town.alice.say(town.general, "What is a comet?")
    assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]


async def test_a_request_that_hangs_is_given_up_and_other_channels_go_on(town: Town) -> None:
    """A PATCH that Discord never answers holds up its own channel only."""
    await town.start()
    await town.set_status(town.alice, "new")
    await town.set_status(town.bob, "new")
    town.model.script("slowly", answer="word " * 60, chunk=5, tokens_per_s=40)
    await town.answered(await town.alice.say(town.general, "Warm up slowly"))
    town.discord.fault(rf"PATCH /channels/{town.general.id}/messages/\d+$", never=True)
    question = await town.alice.say(town.general, "Answer slowly")
    await town.until(lambda: town.replies(question))
    other = await town.bob.say(town.discord.channel("random"), "Meanwhile")
    await town.answered(other)
    assert "👌" not in town.reactions(question)
    assert await town.answered(question, timeout_s=40) == [("word " * 60).strip()]


async def test_sigterm_drains_and_the_next_start_goes_on(town: Town) -> None:
    """The stream has its grace, the draft is kept, the status is 0, the same message is completed."""
    await town.start()
    await town.set_status(town.alice, "new")
    gate = town.model.gate("comet")
    question = await town.alice.say(town.general, "What is a comet?")
    await gate.reached()
    gate.release(4)
    await town.until(lambda: town.replies(question))
    reply = town.replies(question)[0]
    assert await town.stop() == 0
    assert town.rows("SELECT state, deaths, draft != '' FROM turn") == [("queued", 0, 1)]
    await town.start()
    assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]
    assert [message.id for message in town.replies(question)] == [reply.id]


async def test_sigterm_with_three_streams_ends_within_twenty_seconds_and_all_go_on(town: Town) -> None:
    """With the grace that it has by default: one ends in it, two are kept as far as they came, what waits is not begun."""
    town.config.write_text(CONFIG.replace("stream_grace_s = 2.0\n", ""))
    await town.start()
    for person in (town.alice, town.bob):
        await town.set_status(person, "new")
    rooms = [town.discord.add_channel(f"room-{number}") for number in range(3)]
    asked = [(town.alice, "one"), (town.bob, "two"), (town.alice, "three")]
    gates = [town.model.gate(f"Question {name}") for _, name in asked]
    questions = []
    for (person, name), room, gate in zip(asked, rooms, gates, strict=True):
        questions.append(await person.say(room, f"Question {name}"))
        await gate.reached()
        gate.release(4)
        await town.until(lambda: town.replies(questions[-1]))
    replies = [town.replies(question)[0].id for question in questions]
    assert town.bot is not None
    town.bot.terminate()
    began_s = time.monotonic()
    waiting = await town.alice.say(town.general, "Question four")
    gates[0].finish()
    await town.until(lambda: town.reactions(questions[0]) == {"👌"})
    bot, town.bot = town.bot, None
    assert await bot.wait() == 0
    assert time.monotonic() - began_s <= 20.0
    assert len(town.model.requests) == 3
    states = town.rows("SELECT state, deaths, draft != '' FROM turn WHERE question != 'Question four' ORDER BY cause")
    assert states == [("delivered", 0, 1), ("queued", 0, 1), ("queued", 0, 1)]
    await town.start()
    for question, (person, name), reply in zip(questions, asked, replies, strict=True):
        assert await town.answered(question) == [f"You said: [{person.name}]: Question {name}"]
        assert [message.id for message in town.replies(question)] == [reply]
    assert await town.answered(waiting) == ["You said: [Alice]: Question four"]


async def test_a_second_sigterm_does_not_wait_for_streams(town: Town) -> None:
    """With a minute of grace left, the stream is checkpointed at once and the status is 0, within two seconds."""
    town.config.write_text(CONFIG.replace("stream_grace_s = 2.0", "stream_grace_s = 60.0"))
    await town.start()
    await town.set_status(town.alice, "new")
    gate = town.model.gate("comet")
    question = await town.alice.say(town.general, "What is a comet?")
    await gate.reached()
    gate.release(4)
    await town.until(lambda: town.replies(question))
    assert town.bot is not None
    town.bot.terminate()
    waiting = await town.alice.say(town.general, "And a meteor?")
    await town.until(lambda: town.rows("SELECT 1 FROM turn WHERE question LIKE 'And%'"))
    again_s = time.monotonic()
    assert await town.stop() == 0
    assert time.monotonic() - again_s <= 2.0
    assert town.rows("SELECT state, deaths FROM turn") == [("queued", 0), ("queued", 0)]
    await town.start()
    assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]
    assert await town.answered(waiting) == ["You said: [Alice]: And a meteor?"]


async def test_a_crash_of_one_sessions_actor_restarts_that_actor_alone(town: Town) -> None:
    """A row that cannot be read crashes its session five times and parks it; another session never notices."""
    await town.start()
    await town.set_status(town.alice, "new")
    await town.set_status(town.bob, "new")
    await town.answered(await town.alice.say(town.general, "Begin"))
    await town.set_status(town.alice, "activate")
    await town.stop()
    town.change("UPDATE utterance SET enclosed = 'Canary'")  # no JSON, which the code does not expect
    await town.start()
    question = await town.alice.say(town.general, "What is a comet?")
    other = await town.bob.say(town.discord.channel("random"), "Hello")
    assert await town.answered(other) == ["You said: [Bob]: Hello"]
    await town.until(lambda: town.replies(question))
    assert town.rows("SELECT state, reason FROM turn WHERE question LIKE 'What%'") == [("failed", "parked")]
    later = await town.alice.say(town.general, "And now?")
    await town.until(lambda: town.replies(later))
    log = town.log.read_text()
    assert log.count("session.crashed") == 5
    assert "Canary" not in log
    assert len(town.replies(question)) == len(town.replies(later)) == 1


async def test_an_upload_that_hangs_does_not_hold_up_the_end(town: Town) -> None:
    """SIGTERM: what is private and can be had again is given up."""
    await town.start()
    town.model.script(answer="word " * 3000)
    await begin(town, town.alice, town.general, name="Long")
    hanging = town.discord.fault("POST /webhooks/", never=True)
    await choose_session(town, town.alice, await open_user(town, town.alice), "Long")
    await town.until(lambda: hanging.hits)
    assert await town.stop() == 0
