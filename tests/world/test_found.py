"""Worlds in which a promise was once broken, each told in its shortest form."""

from collections.abc import Iterator

import pytest

from actors.sentences import SENTENCES
from messages.panel import Attach, ChooseStatus
from tests.world import promises
from tests.world.discord import Message, Trouble
from tests.world.process import posted_of
from tests.world.world import COMMONS, LIBRARY, PEOPLE, World, world

ALICE = PEOPLE[0]


@pytest.fixture
def here() -> Iterator[World]:
    """A world in which Alice is in status `new`."""
    with world() as made:
        promises.watch(made)
        made.command(ALICE, COMMONS, "user", system_msg=promises.system_msg_of(ALICE))
        made.press_panel(ALICE, COMMONS, ChooseStatus(status="new", page=0))
        made.advance(1.0)
        yield made
        assert not made.broken, made.broken


def said_to(here: World, message: Message) -> list[str]:
    """What the bot's messages that answer this one say."""
    return [reply.content for reply in here.discord.replies(message.id)]


def is_at_rest(here: World) -> None:
    assert not promises.not_over(here)
    assert not list(promises.wrong(here))


def test_what_storage_could_not_take_is_not_answered_after_a_kill(here: World) -> None:
    """The refusal that asks to send it again is the one outcome, although no row could say so."""
    here.disk.is_full = True
    message = here.write(ALICE, COMMONS, "q1")
    here.advance(1.0)
    here.kill()
    here.disk.is_full = False
    here.start()
    here.advance(60.0)
    assert said_to(here, message) == [SENTENCES["storage"]]
    is_at_rest(here)


def test_what_storage_could_not_take_is_not_answered_when_discord_tells_of_it_again(here: World) -> None:
    """After a RESUME events come twice; what was refused for want of storage stays refused."""
    here.disk.is_full = True
    message = here.write(ALICE, COMMONS, "q1")
    here.advance(1.0)
    here.disk.is_full = False
    assert here.process is not None
    here.process.hear(posted_of(message))
    here.advance(60.0)
    assert said_to(here, message) == [SENTENCES["storage"]]
    is_at_rest(here)


def test_what_was_delivered_while_the_disk_was_full_is_recorded_when_there_is_room(here: World) -> None:
    """Discord shows the answer and nobody tells of it again: it must not stay owed until the next start."""
    message = here.write(ALICE, COMMONS, "q1")
    while not promises.not_over(here) or not here.one("SELECT 1 FROM turn WHERE state = 'answered'"):
        here.advance(0.05)
    here.disk.is_full = True
    here.advance(30.0)
    assert promises.not_over(here)
    here.disk.is_full = False
    here.advance(2.0)
    assert len(said_to(here, message)) == 1
    is_at_rest(here)


@pytest.mark.parametrize("jump_s", [-3600.0, 86_400.0])
def test_a_calendar_that_jumps_changes_no_order_and_ends_nothing(here: World, jump_s: float) -> None:
    """Back an hour, on a day: what waits is answered in the order of the messages, also by the process after a kill.

    Only how old a missed message is the calendar says: for one that is a day ahead it is too old, and its author is told so.
    """
    here.press_panel(ALICE, COMMONS, Attach(on=True, page=0))
    here.advance(0.5)
    questions = [here.write(ALICE, COMMONS, f"q{number}") for number in range(1, 4)]
    here.advance(0.5)
    here.clock.skew_s = jump_s
    questions.append(here.write(ALICE, COMMONS, "q4"))
    here.advance(0.5)
    here.kill()
    missed = here.write(ALICE, LIBRARY, "q5")
    here.start()
    questions.append(here.write(ALICE, COMMONS, "q6"))
    here.advance(60.0)
    assert [
        row["question"]
        for row in here.all("SELECT question FROM turn WHERE state = 'delivered' ORDER BY end_time, cause")
    ][:4] == ["q1", "q2", "q3", "q4"]
    for question in questions:
        assert [text for text in said_to(here, question) if text.startswith("Answer")], question
    (outcome,) = said_to(here, missed)
    assert (outcome == SENTENCES["too_old"]) == (jump_s > 0)
    is_at_rest(here)


def test_a_courier_that_is_rebuilt_remembers_how_long_discord_asked_for_patience(here: World) -> None:
    """Limits are facts of Discord's, not the state that crashed: asking too soon would draw the next 429."""
    here.discord.troubles += [
        Trouble("limited_everywhere", 1, frozenset({"react"}), COMMONS, retry_after_s=30.0),
        Trouble("crash", 1, frozenset({"react"}), LIBRARY),
    ]
    first = here.write(ALICE, COMMONS, "q1")
    second = here.write(ALICE, LIBRARY, "q2")
    here.advance(60.0)
    assert (len(said_to(here, first)), len(said_to(here, second))) == (1, 1)
    is_at_rest(here)
