"""Many at once, one that floods, one that is broken: each is answered in order, nobody waits for another's trouble."""

import random
import time
from itertools import pairwise
from pathlib import Path

from tests.conversation.panels import begin
from tests.rig.town import Town

RSS_GROWTH_MAX: int = 60 * 2**20


def rss(town: Town) -> int:
    """Bytes of memory that the bot uses."""
    assert town.bot is not None
    pages = Path(f"/proc/{town.bot.pid}/statm").read_text().split()[1]
    return int(pages) * 4096


async def test_two_hundred_messages_to_one_session_are_asked_in_order(town: Town) -> None:
    """From ten channels, the model taking random times: by message id, one at a time, 200 replies each to its message."""
    await town.start()
    await begin(town, town.alice, town.general)
    chance = random.Random(5)
    for _ in range(200):
        town.model.script(times=1, first_token_after_s=chance.uniform(0, 0.05))
    channels = [town.discord.add_channel(f"room-{number}") for number in range(10)]
    questions = [await town.alice.say(channels[number % 10], f"Question {number}") for number in range(200)]
    for number, question in enumerate(questions):
        assert await town.answered(question, timeout_s=180) == [f"You said: [Alice]: Question {number}"]
    requests = town.model.requests[1:]
    assert [request.text for request in requests] == [f"[Alice]: Question {number}" for number in range(200)]
    for before, after in pairwise(requests):
        assert before.ended_at_s is not None
        assert before.ended_at_s <= after.at_s


async def test_no_more_streams_at_once_than_the_operator_allows(town: Town) -> None:
    """20 sessions with 10 messages each and a cap of 4: there are never more streams, each session is answered in order, and everybody is."""
    town.config.write_text(town.config.read_text().replace("[limits]\n", "[limits]\nconcurrent_streams = 4\n"))
    await town.start()
    people = [town.discord.add_person(f"Person {number}") for number in range(20)]
    rooms = [town.discord.add_channel(f"room-{number}") for number in range(20)]
    for person, room in zip(people, rooms, strict=True):
        await begin(town, person, room)
    town.model.script(first_token_after_s=0.05)
    asked = [
        [await person.say(room, f"Q{number}") for number in range(10)]
        for person, room in zip(people, rooms, strict=True)
    ]
    for questions in asked:
        for question in questions:
            await town.answered(question, timeout_s=180)
    requests = town.model.requests[20:]
    for request in requests:
        open_then = [one for one in requests if one.at_s <= request.at_s < (one.ended_at_s or 0.0)]
        assert len(open_then) <= 4
    for person in people:
        own = [request.text for request in requests if request.text.startswith(f"[{person.name}]")]
        assert own == [f"[{person.name}]: Q{number}" for number in range(10)]


async def test_a_full_queue_is_said_and_nothing_is_dropped(town: Town) -> None:
    """The 21st that would wait is refused with a sentence, within two seconds; the twenty are answered."""
    town.config.write_text(town.config.read_text().replace("queue_cap = 1000", "queue_cap = 20"))
    await town.start()
    await begin(town, town.alice, town.general)
    slow = town.model.script("Slow", first_token_after_s=3.0)
    first = await town.alice.say(town.general, "Slow one")
    await town.until(lambda: slow.used)
    rooms = [town.discord.add_channel(f"room-{number}") for number in range(6)]
    waiting = [await town.alice.say(rooms[number % 6], f"Question {number}") for number in range(21)]
    asked_s = time.monotonic()
    await town.until(lambda: "Too many questions are already waiting" in "".join(town.shown(waiting[20])))
    (notice,) = [one for one in town.discord.requests if "Too many questions are already waiting" in one.text]
    assert notice.at_s - asked_s <= 2.0
    await town.answered(first)
    for question in waiting[:20]:
        await town.answered(question, timeout_s=60)
    assert len(town.model.requests) == 22


async def test_a_flood_is_answered_or_refused_within_bounded_memory(town: Town) -> None:
    """1,000 messages of 50 people at once: 60 MB at most, each has its outcome; somebody else is answered meanwhile."""
    town.config.write_text(town.config.read_text().replace("questions_per_minute = 1000", "questions_per_minute = 4"))
    await town.start()
    await town.set_status(town.bob, "new")
    people = [town.discord.add_person(f"Person {number}") for number in range(50)]
    rooms = [town.discord.add_channel(f"room-{number}") for number in range(50)]
    for person, room in zip(people, rooms, strict=True):
        await town.set_status(person, "new", channel=room)
    await town.answered(await town.bob.say(town.general, "Warm"))
    before = rss(town)
    flood = [await people[number % 50].say(rooms[number % 50], f"Flood {number}") for number in range(1000)]
    await town.answered(await town.bob.say(town.general, "Am I heard?"), timeout_s=60)
    most = rss(town)
    await town.until(lambda: all(town.replies(message) for message in flood[-50:]), timeout_s=180)
    await town.until(
        lambda: (
            town.rows("SELECT count(*) FROM turn WHERE state IN ('queued', 'streaming', 'answered') OR owed") == [(0,)]
        ),
        timeout_s=180,
    )
    assert max(most, rss(town)) - before <= RSS_GROWTH_MAX
    assert all(len(town.replies(message)) == 1 for message in flood)
    assert len([request for request in town.model.requests if "Flood" in request.text]) == 200


async def test_a_session_that_crashes_again_and_again_rests_and_hurts_nobody(town: Town) -> None:
    """A row that cannot be read: one notice with Retry, no sixth restart, the process lives, others are answered.

    It is over after ten minutes, when the bot is started again, or when an admin resumes it (`test_admin_panel.py`).
    """
    await town.start()
    await begin(town, town.alice, town.general)
    await town.set_status(town.bob, "new")
    ((session,),) = town.rows("SELECT id FROM session")
    town.change("UPDATE utterance SET enclosed = 'Canary'")  # no JSON, which the code does not expect
    fatal = await town.alice.say(town.general, "Now?")
    well = await town.bob.say(town.discord.channel("random"), "And I?")
    await town.until(lambda: town.rows(f"SELECT parked_until > 0 FROM session WHERE id = {session}") == [(1,)])
    await town.until(lambda: "paused for ten minutes" in "".join(town.shown(fatal)))
    crashes = town.log.read_text().count("session.crashed")
    later = await town.alice.say(town.general, "And later?")
    await town.until(lambda: "paused for ten minutes" in "".join(town.shown(later)))
    assert len(town.replies(fatal)) == 1
    assert town.log.read_text().count("session.crashed") == crashes
    assert town.bot is not None
    assert town.bot.returncode is None
    assert town.replies(well)
    assert "Retry" in str(town.replies(later)[0].components)
    await town.stop()
    town.change("UPDATE utterance SET enclosed = ''")
    await town.start()
    await town.alice.press(town.replies(later)[0], "Retry")
    await town.until(lambda: "You said: [Alice]: And later?" in town.shown(later))


async def test_an_edit_that_overtakes_its_message_is_heard(town: Town) -> None:
    """MESSAGE_UPDATE before MESSAGE_CREATE: one turn, as the message is now."""
    await town.start()
    await begin(town, town.alice, town.general)
    town.discord.gateway.hold_events()
    question = await town.alice.say(town.general, "What is a comet?")
    await town.alice.edit(question, "What is a star?")
    assert town.discord.gateway._held is not None
    town.discord.gateway._held.reverse()
    town.discord.gateway.release_events()
    assert await town.answered(question) == ["You said: [Alice]: What is a star?"]
    assert len(town.model.requests) == 2
