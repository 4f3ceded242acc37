"""Storage that fails while the bot runs: what is new is refused visibly, what was accepted waits, the process lives."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from tests.conversation.panels import begin, open_user
from tests.rig.town import Town


@contextmanager
def full_disk(town: Town) -> Iterator[None]:
    """The write-ahead log cannot grow any more: what SQLite writes fails as on a full disk. The bot's log is smaller."""
    assert town.bot is not None
    bot = town.bot
    before = resource.prlimit(bot.pid, resource.RLIMIT_FSIZE)
    room = (town.data / "causerie.db-wal").stat().st_size
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        if bot.returncode is None:
            resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def held(town: Town) -> Iterator[None]:
    """Another program holds the database."""
    connection = sqlite3.connect(town.data / "causerie.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


async def test_a_full_disk_refuses_visibly_before_the_model_is_asked(town: Town) -> None:
    """And everything works when there is room again, in the same process."""
    await town.start()
    await begin(town, town.alice, town.general)
    with full_disk(town):
        refused = await town.alice.say(town.general, "Now?")
        await town.until(lambda: town.replies(refused))
        panel = await open_user(town, town.alice, max_token=9)
    assert "cannot save anything" in town.shown(refused)[0]
    assert not panel.controls()
    assert len(town.model.requests) == 1
    assert await town.answered(await town.alice.say(town.general, "And now?")) == ["You said: [Alice]: And now?"]
    assert town.bot is not None
    assert town.bot.returncode is None
    assert len(town.replies(refused)) == 1


async def test_an_answer_under_way_waits_for_storage(town: Town) -> None:
    """It streams on, and ends as one whole answer, asked for once."""
    await town.start()
    await begin(town, town.alice, town.general)
    town.model.script(answer="word " * 100, tokens_per_s=100)
    question = await town.alice.say(town.general, "Go on")
    await town.until(lambda: town.replies(question))
    with full_disk(town):
        request = town.model.requests[-1]
        await town.until(lambda: request.ended == "completed")
        refused = await town.bob.say(town.general, f"<@{town.discord.world.bot.id}> hello?")
        await town.until(lambda: town.replies(refused))
    assert await town.answered(question) == [("word " * 100).strip()]
    assert len(town.model.requests) == 2


async def test_a_database_that_is_held_for_long_ends_nothing(town: Town) -> None:
    """Panels are deferred and say what happened; the bot goes on."""
    await town.start()
    panel = await open_user(town, town.alice)
    with held(town):
        pressed = await town.alice.press(panel, "new")
        await town.until(lambda: pressed.state == "updating")
        assert pressed.acked_after_s is not None
        assert pressed.acked_after_s < 2.5
        answer = await town.seen(pressed)
    assert "Try again" in answer.content
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "Hello"))


async def test_the_bot_stops_although_storage_is_down(town: Town) -> None:
    """The next start goes on with what was checkpointed."""
    await town.start()
    await begin(town, town.alice, town.general)
    town.model.script(answer="word " * 2000, tokens_per_s=50, times=1)
    question = await town.alice.say(town.general, "Go on")
    await town.until(lambda: town.replies(question))
    with full_disk(town):
        assert await town.stop() == 0
    await town.start()
    await town.answered(question)
    assert len(town.replies(question)) == 1
