"""Data of version 0.1.0, with turns that it left unfinished, opened by the bot of today; and the way back from a later version."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import anyio.to_thread
import pytest

from sandbox.discord import Message, posting
from sandbox.discord.mentions import resolve
from sandbox.discord.things import REPLY
from storage import before_upgrade
from tests.conversation.panels import begin, open_session, open_user
from tests.conversation.test_absence import rests
from tests.conversation.test_restored import asked
from tests.rig.town import Town
from texts.english import ANSWERS

FIXTURE: Final = Path(__file__).parents[1] / "fixtures" / "databases" / "0.1.0.sql"
SESSIONS: Final = "SELECT id, creator, origin_guild, model, title, title_is_given, is_public, is_removed, system_msg FROM session ORDER BY id"
PEOPLE: Final = (
    "SELECT discord_user_id, name, create_time, modify_time, status, status_cause, model, current_session, system_msg, max_token,"
    " temperature, show_public, attach FROM user WHERE discord_user_id != 0 ORDER BY 1"
)


class Past:
    """What was said while version 0.1.0 ran, in Discord and in its database."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self.said: dict[str, Message] = {}
        self.carol = town.discord.add_person("Carol")

    async def happen(self) -> None:
        """Have Discord show what it showed when that bot was killed, and its database lie in the data's folder."""
        town, ids = self._town, self._town.discord.world.ids
        alice, bob, direct = town.alice, town.bob, town.bob.direct_messages
        numbers = {f"press_{number}": ids.next() for number in (1, 2, 3)}
        await self._asks("asteroid", alice, town.general, "What is an asteroid?", "A rock.")
        numbers |= {f"press_{number}": ids.next() for number in (4, 5)}
        await self._asks("comet", alice, town.general, "What is a comet?", "A ball of ice and dust.")
        numbers["press_6"] = ids.next()
        await self._asks("star", alice, town.general, "What is a star?", "A star is")
        await self._asks("planet", alice, town.general, "What is a planet?")
        await self._asks("moon", bob, direct, "What is a moon?")
        await self._asks("ring", bob, direct, "What is a ring?")
        await self._asks("sun", self.carol, town.general, "What is the sun?")
        await self._asks("blank", self.carol, town.general, "🙂")
        numbers |= {name: message.id for name, message in self.said.items()}
        numbers |= {"alice": alice.id, "bob": bob.id, "carol": self.carol.id}
        numbers |= {"guild": town.discord.world.guild.id, "general": town.general.id, "direct": direct.id}
        text = FIXTURE.read_text()
        for name, number in numbers.items():
            text = text.replace(f"@{name}@", str(number))
        assert "@" not in text
        town.data.mkdir(mode=0o700)
        with closing(sqlite3.connect(town.data / "causerie.db")) as connection:
            connection.executescript(text)

    async def _asks(self, name: str, person: Any, channel: Any, text: str, answer: str = "") -> None:
        self.said[name] = await person.say(channel, text)
        if answer:
            world = self._town.discord.world
            reply = Message(world.ids.next(), channel, world.bot, answer, kind=REPLY, reference_id=self.said[name].id)
            self.said[f"{name}_reply"] = posting.post(world, reply, resolve(world, channel, world.bot, "", {}))

    def shown(self) -> dict[str, list[tuple[int, str]]]:
        """Return what Discord shows below each question."""
        questions = ((name, message) for name, message in self.said.items() if not name.endswith("_reply"))
        return {name: [(one.id, one.content) for one in self._town.replies(message)] for name, message in questions}


@pytest.fixture
async def past(town: Town) -> Past:
    """A town in which version 0.1.0 was killed."""
    made = Past(town)
    await made.happen()
    return made


@pytest.mark.parametrize("killed_at", [None, 1, 3, 5])
async def test_each_turn_that_version_0_1_0_left_has_one_outcome(town: Town, past: Past, killed_at: int | None) -> None:
    """One queued, one that streams, one answered and not shown, a failure and a refusal not told, one missed; also where the new bot is killed."""
    before = {sql: town.rows(sql) for sql in (SESSIONS, PEOPLE)}
    missed = await town.alice.say(town.general, "Is anybody there?")
    if killed_at is not None:
        bot = await town.start(ready=False)
        town.counter.arm(bot.pid, killed_at, "stored", "POST /channels/{channel}/messages")
        await town.died()
    await town.start()
    past.said["missed"] = missed
    await rests(town)
    for name in ("star", "planet", "ring", "missed"):
        await town.answered(past.said[name])
    shown = past.shown()
    texts = {name: [text for _, text in replies] for name, replies in shown.items()}
    assert texts == {
        "asteroid": ["A rock."],
        "comet": ["A ball of ice and dust."],
        "star": ["You said: [Alice]: What is a star?"],
        "planet": ["You said: [Alice]: What is a planet?"],
        "moon": ["A moon goes round a planet."],
        "ring": ["You said: [Bob]: What is a ring?"],
        "sun": [ANSWERS["unreachable"]],
        "blank": [ANSWERS["no_question"]],
        "missed": ["You said: [Alice]: Is anybody there?"],
    }
    assert shown["star"][0][0] == past.said["star_reply"].id
    questions = [request.text.partition("]: ")[2] for request in town.model.requests]
    wanted = ["Is anybody there?", "What is a planet?", "What is a ring?", "What is a star?"]
    assert sorted(set(questions) if killed_at else questions) == wanted
    assert {sql: town.rows(sql) for sql in (SESSIONS, PEOPLE)} == before
    assert town.rows("SELECT DISTINCT session FROM turn WHERE session IS NOT NULL ORDER BY 1") == [
        (session,) for session, *_ in before[SESSIONS]
    ]
    requests = len(town.model.requests)
    assert await town.stop() == 0
    await town.start()
    await rests(town)
    assert past.shown() == shown
    assert len(town.model.requests) == requests, asked(town)


LATER: Final = "tests.rig.later_version"


async def test_on_the_way_back_nothing_that_the_later_version_has_done_is_done_again(town: Town) -> None:
    """The database from before the upgrade has a turn that streams, one that waits and one that is not shown; the later version ended them.

    A moderator has deleted one answer since, so that Discord does not say any more that there was one.
    """
    await town.start()
    first = await begin(town, town.alice, town.general, name="Comets")
    gate = town.model.gate("star")
    star = await town.alice.say(town.general, "What is a star?")
    await gate.reached()
    gate.release(2)
    await town.until(lambda: town.replies(star))
    planet = await town.alice.say(town.general, "What is a planet?")
    await town.set_status(town.bob, "new")
    down = town.discord.fault(r"POST /channels/\d+/messages$", status=503, times=None)
    moon = await town.bob.say(town.general, "What is a moon?")
    await town.until(lambda: town.rows("SELECT 1 FROM turn WHERE state = 'answered'"))
    await town.kill()
    down.cancel()
    unfinished = town.rows("SELECT state FROM turn WHERE state IN ('queued', 'streaming', 'answered') ORDER BY id")
    assert unfinished == [("streaming",), ("queued",), ("answered",)]

    await anyio.to_thread.run_sync(before_upgrade.keep, town.data, "old")
    await town.start(module=LATER, forked=False)
    gate.finish()
    sun = await town.alice.say(town.general, "What is the sun?")
    old = (first, star, planet, moon, sun)
    for question in old:
        await town.answered(question)
    await open_session(town, town.alice, name="Stars")
    await rests(town)
    town.discord.delete_messages(town.replies(planet))
    before = {question.id: town.shown(question) for question in old}
    requests = len(town.model.requests)
    assert await town.stop() == 0

    await town.start(ready=False)
    assert await town.died() == 78
    assert "was written by a later version of Causerie" in town.log.read_text()
    missed = await town.alice.say(town.general, "Is anybody there?")
    await anyio.to_thread.run_sync(before_upgrade.learn, town.data, "old", time.time())
    await anyio.to_thread.run_sync(before_upgrade.put_back, town.data, "old")
    await town.start()
    new = await town.bob.say(town.general, "And a ring?")
    for question in (missed, new):
        assert len(await town.answered(question)) == 1
    await rests(town)
    assert {question.id: town.shown(question) for question in old} == before
    assert len(town.model.requests) == requests + 2, asked(town)
    assert town.rows("SELECT title, is_public FROM session WHERE id = (SELECT min(id) FROM session)") == [("Comets", 1)]
    assert "Comets" in (await open_user(town, town.alice)).content
    assert [path.name for path in town.data.glob("*.later")] == ["causerie.db.later"]
