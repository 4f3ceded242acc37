"""A shared channel with all actors: seeded schedules of people, statuses, kills and broken links; one session hears everybody there."""

import random
from collections.abc import Iterator
from typing import get_args

import pytest

from messages.ids import NOBODY, UserId
from messages.presses import ChooseStatus, Status
from storage.limits import Limits, SharedChannel
from tests.world import promises
from tests.world.model import Manner
from tests.world.test_figures import Town
from tests.world.world import COMMONS, LIBRARY, PEOPLE, World, world

STRANGERS = (UserId(7001), UserId(7002))
LIMITS = Limits(
    default_model="test-model",
    queue_cap=1000,
    questions_per_minute=1000,
    shared_channels={LIBRARY: SharedChannel(system_msg=promises.system_msg_of(NOBODY))},
)


@pytest.fixture
def here() -> Iterator[World]:
    with world(LIMITS) as made:
        promises.watch(made)
        made.statuses.update({stranger: [] for stranger in STRANGERS})
        yield made
        assert not made.broken, made.broken
        assert not list(promises.wrong(made))


def _step(here: World, chance: random.Random) -> None:
    """One thing happens."""
    who = chance.choice((*PEOPLE, *STRANGERS))
    match chance.choice(("shared", "shared", "shared", "own", "status", "kill", "late kill", "link", "slow")):
        case "shared":
            here.write(who, LIBRARY, f"q{len(here.versions)}")
        case "own":
            here.write(who, COMMONS, f"q{len(here.versions)}")
        case "status":
            status: Status = chance.choice(get_args(Status))
            here.press_panel(chance.choice(PEOPLE), COMMONS, ChooseStatus(status=status, page=0))
        case "kill":
            here.kill()
            here.start()
        case "late kill":
            here.kill_at(chance.choice(("before_commit", "committed", "landed", "asked")), chance.randrange(1, 6))
        case "link":
            here.unlink()
            here.advance(chance.uniform(0.0, 2.0))
            here.resume(twice=chance.random() < 0.5)
        case _:
            here.model.manners.append(Manner("breaks", left=1))
    here.advance(chance.choice((0.0, 0.05, 0.5, 3.0)))
    here.start()


@pytest.mark.parametrize("seed", range(25))
def test_one_session_hears_everybody_in_the_channel_whatever_happens(here: World, seed: int) -> None:
    """Also strangers and people who have switched the bot off; nobody's own session hears any of it."""
    chance = random.Random(seed)
    for person in PEOPLE:
        assert here.command(person, COMMONS, "user", system_msg=promises.system_msg_of(person))
    here.advance(1.0)
    for _ in range(40):
        _step(here, chance)
    here.kill()  # what a later kill was armed for goes with the process
    here.start()
    here.advance(60.0)
    Town(here).rests()
    there = [message for message in here.versions if here.discord.messages[message].channel.id == LIBRARY]
    turns = {row["cause"]: row for row in here.all("SELECT cause, session, state, channel_id FROM turn")}
    assert len(there) > 5
    assert [message for message in there if message not in turns] == []
    (shared,) = here.all("SELECT id, creator, is_public FROM session WHERE shared_channel = ?", LIBRARY)
    assert tuple(shared)[1:] == (NOBODY, 1)
    sessions = {message: turn["session"] for message, turn in turns.items()}
    assert {sessions[message] for message in there} == {shared["id"]}
    assert shared["id"] not in {session for message, session in sessions.items() if message not in there}
    assert {turns[message]["state"] for message in there} <= {"delivered", "interrupted", "failed"}
