"""What was posted while the bot was away: found once, in order, within its bounds; what is older is told of once."""

import shutil
from typing import Any

import pytest

from sandbox.discord import Message, posting
from sandbox.discord.mentions import resolve
from tests.conversation.panels import begin
from tests.rig.town import Town


async def rests(town: Town) -> None:
    """Nothing waits or is owed any more."""
    await town.until(
        lambda: (
            town.rows("SELECT count(*) FROM turn WHERE state IN ('queued', 'streaming', 'answered') OR owed") == [(0,)]
        ),
        timeout_s=60,
    )


def missed_limits(town: Town, **limits: float) -> None:
    """Set limits of absence in the operator's file."""
    text = town.config.read_text()
    lines = "".join(f"{key} = {value}\n" for key, value in limits.items())
    town.config.write_text(text.replace("[limits]\n", "[limits]\n" + lines))


def told(town: Town, messages: list[Any]) -> list[Message]:
    """The questions that the bot replied to."""
    return [message for message in messages if town.replies(message)]


async def test_a_fresh_installation_answers_nothing_old(town: Town) -> None:
    """A channel with 1,000 old messages, mentions among them: no answer, no hint; from now on it answers."""
    me = town.discord.world.bot.mention
    for number in range(1000):
        await town.alice.say(town.general, f"{me} Old message {number}" if number % 10 == 0 else f"Old {number}")
    await town.start()
    await town.set_status(town.alice, "new")
    new = await town.alice.say(town.general, "What is a comet?")
    await town.answered(new)
    assert [message for message in town.discord.messages(town.general, seen_by=None) if town.replies(message)] == [new]
    assert len(town.model.requests) == 1


async def test_of_forty_missed_lines_of_one_person_the_newest_five_are_answered(town: Town) -> None:
    """Each begins a session of its own, so their order is nobody's; one notice for the rest; nobody else's five are fewer."""
    await town.start()
    await town.set_status(town.alice, "new")
    await town.set_status(town.bob, "new")
    await town.answered(await town.alice.say(town.general, "Hello"))
    await town.kill()
    lines = [await town.alice.say(town.general, f"Line {number}") for number in range(40)]
    bobs = [await town.bob.say(town.general, f"Bob's {number}") for number in range(3)]
    await town.start()
    for line in (*lines[-5:], *bobs):
        await town.answered(line, timeout_s=60)
    await rests(town)
    asked = [request.text for request in town.model.requests[1:] if "Line" in request.text]
    assert sorted(asked) == [f"[Alice]: Line {number}" for number in range(35, 40)]
    notices = told(town, lines[:-5])
    assert len(notices) == 1
    assert "I was away when you wrote this" in town.shown(notices[0])[0]


async def test_the_newest_five_count_over_all_pages(town: Town) -> None:
    """250 missed messages are three pages: Alice's are in the first two, and still hers are answered."""
    await town.start()
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "Hello"))
    await town.stop()  # a kill may leave a search for lost replies, which reads too
    alices = [await town.alice.say(town.general, f"Line {number}") for number in range(120)]
    for number in range(130):
        await town.bob.say(town.general, f"Small talk {number}")
    before = len(town.discord.requests)
    await town.start()
    for line in alices[-5:]:
        await town.answered(line, timeout_s=60)
    await rests(town)
    assert len(told(town, alices)) == 6
    pages = [one for one in town.discord.requests[before:] if one.method == "GET" and one.path.endswith("/messages")]
    assert len(pages) <= 5


async def test_channels_threads_and_direct_messages_are_read_again(town: Town) -> None:
    """Also a thread that was begun meanwhile; a channel in which nothing was said costs no request."""
    await town.start()
    await begin(town, town.alice, town.general)
    await town.answered(await town.alice.say(town.alice.direct_messages, "Hello there"))
    thread = town.discord.add_thread(town.general, "aside")
    await town.answered(await town.alice.say(thread, "And here"))
    await town.stop()
    young = town.discord.add_thread(town.general, "young")
    places = (town.general, thread, young, town.alice.direct_messages)
    missed = [await town.alice.say(place, f"Missed in {place.name}") for place in places]
    before = len(town.discord.requests)
    await town.start()
    for question in missed:
        await town.answered(question)
    quiet = town.discord.channel("random").id
    assert not [one for one in town.discord.requests[before:] if f"/channels/{quiet}/messages" in one.path]


@pytest.mark.parametrize("absence", ["restart", "resume", "new gateway session"])
async def test_a_forums_post_is_found_whose_only_message_is_the_question(town: Town, absence: str) -> None:
    """The message has the id of its thread, and Discord's `after` leaves out the message with that id."""
    await town.start()
    await begin(town, town.alice, town.general)
    match absence:
        case "restart":
            await town.kill()
        case "resume":
            town.discord.gateway.drop_socket()
        case _:
            town.discord.gateway.invalidate(resumable=False)
    world = town.discord.world
    post = town.discord.add_thread(town.general, "How far?")
    question = Message(post.id, post, town.alice.user, "How far is the moon?")
    posting.post(world, question, resolve(world, post, town.alice.user, question.content, None, None))
    if absence == "restart":
        await town.start()
    assert await town.answered(question) == ["You said: [Alice]: How far is the moon?"]


async def test_missed_messages_that_the_gateway_replays_too_are_answered_once(town: Town) -> None:
    """They come over REST and as events, the events first or late."""
    await town.start()
    await begin(town, town.alice, town.general)
    await town.kill()
    missed = [await town.alice.say(town.general, f"Missed {number}") for number in range(3)]
    town.discord.gateway.repeat("MESSAGE_CREATE", 2)
    await town.start()
    town.discord.gateway.again("MESSAGE_CREATE")
    live = await town.alice.say(town.general, "Live")
    for question in (*missed, live):
        await town.answered(question)
    assert [request.text for request in town.model.requests[1:]] == [
        *(f"[Alice]: Missed {number}" for number in range(3)),
        "[Alice]: Live",
    ]


async def test_what_is_older_than_its_bound_is_told_of_once(town: Town) -> None:
    """Half an hour: not answered, one notice."""
    await town.start()
    await begin(town, town.alice, town.general)
    await town.kill()
    old = [await town.alice.say(town.general, f"Old {number}") for number in range(3)]
    missed_limits(town, missed_age_s=0)
    await town.start()
    await town.until(lambda: told(town, old))
    await rests(town)
    assert len(told(town, old)) == 1
    assert len(town.model.requests) == 1


async def test_a_machine_whose_clock_is_wrong_answers_what_was_missed_a_moment_ago(town: Town) -> None:
    """How old a message is says its id, by Discord's clock, and so do Discord's answers say what time it is."""
    await town.start()
    await begin(town, town.alice, town.general)
    await town.kill()
    missed = await town.alice.say(town.general, "Missed")
    await town.start(module="tests.conversation.ahead")
    assert await town.answered(missed) == ["You said: [Alice]: Missed"]


async def test_whose_roles_nobody_knows_is_answered_when_discord_has_said_them(town: Town) -> None:
    """A message that is read says no roles, and one of them may be blocked: the member is read, once a start."""
    await town.start()
    for person in (town.alice, town.bob):
        await town.set_status(person, "new")
    await town.answered(await town.bob.say(town.general, "Hello"))
    muted = town.discord.role("muted")
    town.discord.give(town.alice, muted)
    town.config.write_text(town.config.read_text() + f'\n[permissions.block]\nroles = ["{muted.id}"]\n')
    for number in range(2):
        await town.kill()
        silent = await town.alice.say(town.general, f"Missed of the muted {number}")
        missed = await town.bob.say(town.general, f"Missed {number}")
        await town.start()
        await town.answered(missed)
        assert town.replies(silent) == []
    read = [one.path for one in town.discord.requests if "/members/" in one.path]
    assert sorted(path.rpartition("/")[2] for path in read) == sorted(2 * [str(town.alice.id), str(town.bob.id)])


async def test_roles_that_were_given_or_taken_while_the_bot_was_away_count(town: Town) -> None:
    """What was remembered of them is older than the missed message: Bob was muted since, and Alice not any more."""
    muted = town.discord.role("muted")
    town.config.write_text(town.config.read_text() + f'\n[permissions.block]\nroles = ["{muted.id}"]\n')
    await town.start()
    for person in (town.alice, town.bob):
        await town.set_status(person, "new")
        await town.answered(await person.say(town.general, "Hello"))
    await town.kill()
    town.discord.give(town.bob, muted)
    silent = await town.bob.say(town.general, "Missed of the muted")
    missed = await town.alice.say(town.general, "Missed")
    await town.start()
    await town.answered(missed)
    assert town.replies(silent) == []


async def test_nothing_older_than_its_bound_gets_a_hint(town: Town) -> None:
    """A mention that is found after weeks is answered no more than any other message."""
    await town.start()
    await begin(town, town.alice, town.general)
    await town.kill()
    me = town.discord.world.bot.mention
    old = await town.bob.say(town.general, f"{me} hello?")
    later = await town.alice.say(town.general, "Old, too")
    missed_limits(town, missed_age_s=0)
    await town.start()
    await town.until(lambda: town.replies(later))
    await rests(town)
    assert town.replies(old) == []


async def test_a_message_changed_while_the_bot_was_away_is_found_as_it_is_now(town: Town) -> None:
    """Edited: the new text. Deleted: not at all."""
    await town.start()
    await begin(town, town.alice, town.general)
    await town.kill()
    edited = await town.alice.say(town.general, "What is a comet?")
    deleted = await town.alice.say(town.general, "What is a moon?")
    await town.alice.edit(edited, "What is a star?")
    await town.alice.delete(deleted)
    await town.start()
    assert await town.answered(edited) == ["You said: [Alice]: What is a star?"]
    await rests(town)
    assert not any("moon" in request.text for request in town.model.requests)


async def test_a_channel_that_cannot_be_read_holds_up_nobody(town: Town) -> None:
    """403 costs a request; the other channels' missed messages are answered."""
    await town.start()
    await begin(town, town.alice, town.general)
    await town.answered(await town.alice.say(town.discord.channel("random"), "Hello"))
    await town.kill()
    await town.alice.say(town.general, "Nobody reads this")
    other = await town.alice.say(town.discord.channel("random"), "But this")
    closed = town.discord.fault(rf"GET /channels/{town.general.id}/messages", code=50001, times=None)
    await town.start()
    await town.answered(other)
    assert closed.hits <= 2


@pytest.mark.parametrize("status", [500, 429])
async def test_reading_that_fails_is_tried_again(town: Town, status: int) -> None:
    """Live messages of the channel wait for its missed ones."""
    await town.start()
    await begin(town, town.alice, town.general)
    await town.kill()
    missed = await town.alice.say(town.general, "Missed")
    fault: dict[str, Any] = {"retry_after_s": 1.0} if status == 429 else {"status": status}
    town.discord.fault(rf"GET /channels/{town.general.id}/messages", times=2, **fault)
    await town.start()
    live = await town.alice.say(town.general, "Live")
    await town.answered(missed)
    await town.answered(live)
    assert [request.text for request in town.model.requests[1:]] == ["[Alice]: Missed", "[Alice]: Live"]


async def test_live_messages_do_not_move_the_mark_of_a_channel_that_is_still_to_be_read(town: Town) -> None:
    """Discord cannot be read, a live message comes, the bot stops: the next process still finds what was missed before it."""
    await town.start()
    await begin(town, town.alice, town.general)
    await town.set_status(town.bob, "new")
    await town.stop()
    missed = await town.alice.say(town.general, "Missed")
    down = town.discord.fault(rf"GET /channels/{town.general.id}/messages", status=500, times=None)
    await town.start()
    live = await town.alice.say(town.general, "Live")
    await town.until(lambda: down.hits)
    await town.answered(await town.bob.say(town.discord.channel("random"), "Elsewhere"))
    assert not town.replies(live)
    await town.stop()
    down.cancel()
    await town.start()
    await town.answered(missed)
    await town.answered(live)
    asked = [request.text for request in town.model.requests if "[Alice]" in request.text]
    assert asked[1:] == ["[Alice]: Missed", "[Alice]: Live"]


async def test_who_writes_while_the_channel_is_still_being_read_is_not_told_that_the_bot_was_away(town: Town) -> None:
    """The message came by its event, so no limit of what was missed concerns it; what was missed is told of."""
    await town.start()
    await begin(town, town.alice, town.general)
    await town.set_status(town.bob, "new")
    await town.kill()
    missed = await town.alice.say(town.general, "Missed")
    missed_limits(town, missed_age_s=0)
    down = town.discord.fault(rf"GET /channels/{town.general.id}/messages", status=500, times=None)
    await town.start()
    live = await town.bob.say(town.general, "Live")
    # What Bob writes elsewhere comes after it, so its event has come, too.
    await town.answered(await town.bob.say(town.discord.channel("random"), "Elsewhere"))
    down.cancel()
    assert await town.answered(live) == ["You said: [Bob]: Live"]
    await town.until(lambda: town.replies(missed))
    assert "I was away when you wrote this" in town.shown(missed)[0]


async def test_an_older_copy_of_the_data_answers_nothing_twice_beyond_its_bounds(town: Town, tmp_path: Any) -> None:
    """A restored backup knows nothing of what was answered since: what is older than the bound stays unanswered."""
    await town.start()
    await begin(town, town.alice, town.general)
    await town.stop()
    shutil.copytree(town.data, tmp_path / "copy")
    await town.start()
    since = [await town.alice.say(town.general, f"Since {number}") for number in range(3)]
    for question in since:
        await town.answered(question)
    await town.stop()
    shutil.rmtree(town.data)
    shutil.copytree(tmp_path / "copy", town.data)
    missed_limits(town, missed_age_s=0)
    requests = len(town.model.requests)
    await town.start()
    await town.set_status(town.bob, "new")
    await town.answered(await town.bob.say(town.general, "And now?"))
    await rests(town)
    assert len(town.model.requests) == requests + 1
