"""What goes wrong with the connection: it comes back by itself, loses nothing, and asks for few sessions."""

import signal
import sqlite3
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import anyio
import pytest

from sandbox.discord import Limits
from tests.rig.town import Town
from tests.rig.town import town as a_town

LONG = "A sentence of the answer. " * 40


async def begin(town: Town) -> None:
    """A bot that answers Alice."""
    await town.start()
    await town.set_status(town.alice, "new")


async def still_answers(town: Town, text: str = "Still there?") -> None:
    """In the process that was started first, and once."""
    town.model.script()
    question = await town.alice.say(town.general, text)
    assert await town.answered(question) == [f"You said: [Alice]: {text}"]
    assert town.bot is not None
    assert town.bot.returncode is None


async def streaming(town: Town) -> Any:
    """A question whose answer is under way."""
    town.model.script(answer=LONG, tokens_per_s=100)
    question = await town.alice.say(town.general, "Tell me more.")
    await town.until(lambda: town.replies(question))
    return question


def heard(town: Town, event: str) -> int:
    """How often the log speaks of an event."""
    return town.log.read_text().count(f"event='{event}'")


async def test_reconnecting_while_an_answer_streams(town: Town) -> None:
    """Op 7: RESUME where it was, no IDENTIFY, the answer goes on, in the same message and while it is not connected."""
    await begin(town)
    question = await streaming(town)
    (reply,) = town.replies(question)
    (session,) = town.discord.gateway.connected
    told = len(session.log)
    town.discord.gateway.reconnect()
    await town.until(lambda: town.discord.gateway.resumes)
    edits = len(reply.edits)
    assert "".join(await town.answered(question)).strip() == LONG.strip()
    assert town.replies(question) == [reply]
    assert len(reply.edits) > edits
    assert len(town.discord.gateway.identifies) == 1
    assert town.discord.gateway.resumed_after[0] >= told, "it asked again for what it had heard"
    await still_answers(town)


async def test_what_is_said_between_two_connections_is_replayed_once(town: Town) -> None:
    """A cut connection; events come again with the RESUME and are heard once."""
    await begin(town)
    town.discord.gateway.drop_socket()
    questions = [await town.alice.say(town.general, f"Question {number}") for number in range(3)]
    for number, question in enumerate(questions):
        assert await town.answered(question) == [f"You said: [Alice]: Question {number}"]
    assert len(town.discord.gateway.identifies) == 1
    assert len(town.model.requests) == 3


async def test_a_session_that_is_gone_is_replaced(town: Town) -> None:
    """Op 9: what was said before the next READY is found over REST."""
    await begin(town)
    town.discord.gateway.invalidate(resumable=False)
    question = await town.alice.say(town.general, "In between")
    assert await town.answered(question) == ["You said: [Alice]: In between"]
    assert len(town.discord.gateway.identifies) == 2
    await still_answers(town)


@pytest.mark.parametrize("code", [1000, 4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009, 4999])
async def test_a_connection_that_discord_closes_comes_back(town: Town, code: int) -> None:
    """Codes after which Discord says to reconnect, and codes it has not told of: nobody is needed."""
    await begin(town)
    town.discord.gateway.close(code)
    await town.until(lambda: town.discord.gateway.resumes or len(town.discord.gateway.identifies) == 2)
    await town.until(lambda: town.discord.gateway.connected)
    await still_answers(town)
    assert len(town.discord.gateway.identifies) <= 2


@pytest.mark.parametrize(
    ("code", "named"),
    [(4004, "DISCORD_TOKEN"), (4010, "4010"), (4013, "4013"), (4014, "message content intent")],
)
async def test_a_connection_that_discord_refuses_ends_the_bot(town: Town, code: int, named: str) -> None:
    """At any time: one line that says what to do, exit 78, not one attempt more."""
    await begin(town)
    town.discord.gateway.close(code)
    assert await town.died() == 78
    last = town.log.read_text().splitlines()[-1]
    assert last.startswith("causerie: ")
    assert named in last
    assert len(town.discord.gateway.identifies) == 1


async def test_a_connection_that_hears_nothing_is_replaced(tmp_path: Path) -> None:
    """A zombie: heartbeats are not acknowledged any more."""
    async with a_town(tmp_path, limits=Limits(heartbeat_ms=500)) as town:
        await begin(town)
        town.discord.trouble.deaf = True
        await town.until(lambda: town.discord.gateway.closes)
        town.discord.trouble.deaf = False
        await still_answers(town)
        assert len(town.discord.gateway.identifies) == 1


async def test_sessions_are_kept_back_when_few_are_left(town: Town) -> None:
    """Five left: Discord's new day is waited for; SIGTERM ends the wait at once."""
    town.discord.world.session_start_limit["remaining"] = 5
    await town.start(ready=False)
    await town.until(lambda: heard(town, "gateway.held_back"))
    assert await town.stop() == 0
    assert not town.discord.gateway.identifies


async def test_sessions_of_earlier_processes_count(town: Town) -> None:
    """A bot that died 200 times today asks for no further session, and says until when."""
    await begin(town)
    await town.kill()
    with sqlite3.connect(town.data / "causerie.db") as rows:
        assert rows.execute("SELECT count(*) FROM identify").fetchone() == (1,)
        rows.executemany("INSERT INTO identify VALUES (?)", [(time.time() - 3600 + n,) for n in range(199)])
    rows.close()
    await town.start(ready=False)
    await town.until(lambda: heard(town, "gateway.held_back"))
    assert await town.stop() == 0
    assert len(town.discord.gateway.identifies) == 1


async def test_sessions_that_die_at_once_are_not_asked_for_in_a_row(town: Town) -> None:
    """Op 9 after every READY: five seconds between two, and the bot lives."""
    await begin(town)
    town.discord.trouble.forgetful = True
    town.discord.gateway.invalidate(resumable=False)
    await town.until(lambda: len(town.discord.gateway.identifies) == 3)
    town.discord.trouble.forgetful = False
    await town.until(lambda: town.discord.gateway.connected)
    await still_answers(town)
    at_s = [identify.at_s for identify in town.discord.gateway.identifies]
    assert min(later - earlier for earlier, later in pairwise(at_s)) > 4.5


@pytest.mark.parametrize("fault", [{"status": 503}, {"dropped": True}, {"status": 429, "body": "<html>1015</html>"}])
async def test_a_discord_that_is_not_there_yet_is_waited_for(town: Town, fault: dict[str, Any]) -> None:
    """At the start too: nobody has to start the bot again."""
    if fault.get("status") == 429:
        fault = {**fault, "headers": {"Retry-After": "2"}}
    down = town.discord.fault("GET /gateway/bot", times=2, **fault)
    await begin(town)
    await still_answers(town)
    assert down.spent


async def test_stopping_before_discord_has_answered(town: Town) -> None:
    """Exit 0 at once, though a request is under way."""
    town.discord.fault("GET /gateway/bot", never=True, times=None)
    await town.start(ready=False)
    await town.until(lambda: town.discord.requests)
    with anyio.fail_after(5):
        assert await town.stop() == 0


async def test_stopping_before_the_connection_is_ready(town: Town) -> None:
    """A gateway that takes the connection and says nothing does not hold up the end."""
    town.discord.trouble.mute = True
    bot = await town.start(ready=False)
    await town.until(lambda: town.discord.requests)
    await anyio.sleep(0.5)
    bot.send_signal(signal.SIGTERM)
    with anyio.fail_after(5):
        assert await bot.wait() == 0


async def test_a_server_that_was_down_is_read_again(town: Town) -> None:
    """What was said in it meanwhile is answered, once."""
    await begin(town)
    town.discord.lose(town.discord.world.guild)
    question = await town.alice.say(town.general, "Is anybody there?")
    town.discord.regain(town.discord.world.guild)
    assert await town.answered(question) == ["You said: [Alice]: Is anybody there?"]
    assert len(town.model.requests) == 1
    await still_answers(town)


async def test_questions_deleted_by_the_dozen_are_withdrawn(town: Town) -> None:
    """A moderator's bulk delete is as many deletes: what streams stops, what waits is not asked."""
    await begin(town)
    await still_answers(town, "Hello?")
    await town.set_status(town.alice, "activate")
    first = await streaming(town)
    waiting = [await town.alice.say(town.general, f"And {number}?") for number in range(3)]
    await town.until(lambda: town.rows("SELECT count(*) FROM turn WHERE state = 'queued'") == [(3,)])
    town.discord.delete_messages([first, *waiting])
    await town.until(lambda: town.rows("SELECT count(*) FROM turn WHERE state IN ('queued', 'streaming')") == [(0,)])
    await still_answers(town)
    assert len(town.model.requests) == 3


async def test_messages_that_discord_hides_are_told_of_once_a_channel(town: Town) -> None:
    """Without the message content intent: one hint, nothing to the model; mentions and direct messages are answered."""
    town.discord.message_content_enabled = False
    town.config.write_text(town.config.read_text() + "\n[discord]\nmessage_content = false\n")
    await begin(town)
    hidden = [await town.alice.say(town.general, f"Do you hear me? {number}") for number in range(3)]
    await town.until(lambda: town.replies(hidden[0]))
    me = town.discord.world.bot.mention
    mentioned = await town.alice.say(town.general, f"{me} And now?")
    direct = await town.alice.say(town.alice.direct_messages, "And here?")
    await town.answered(mentioned)
    await town.answered(direct)
    assert [len(town.replies(one)) for one in hidden] == [1, 0, 0]
    assert "Mention me" in town.shown(hidden[0])[0]
    assert len(town.model.requests) == 2
    await town.stop()
    await town.start()
    again = await town.alice.say(town.general, "And after a restart?")
    await town.answered(await town.alice.say(town.general, f"{me} Once more?"))
    assert not town.replies(again)
