"""Questions that wait behind others of their session: their replies say so, with *Stop*, and become the answers in their places."""

import random
from collections.abc import Iterator

import pytest

from actors.courier import answer_view
from actors.session.silence import WAITING_SHOWN_AFTER_S
from messages import custom_id as presses
from messages.ids import NOBODY, TurnId
from messages.presses import Attach, ChooseStatus, Stop
from storage.limits import Limits, SharedChannel
from tests.world import promises
from tests.world.discord import Message, Trouble
from tests.world.model import Manner
from tests.world.test_figures import Town
from tests.world.world import COMMONS, LIBRARY, PEOPLE, World, direct, world
from texts.english import ANSWERS, PANELS
from texts.say import DEFAULT_LOCALE

ALICE, BOB, CAROL = PEOPLE
LIMITS = Limits(
    default_model="test-model",
    queue_cap=6,
    questions_per_minute=1000,
    shared_channels={LIBRARY: SharedChannel(system_msg=promises.system_msg_of(NOBODY))},
)
LECTURE_S = 13.0
"""So long a lecture takes, and a little more. Its last third makes a second message."""


@pytest.fixture
def here() -> Iterator[World]:
    """A world in which Alice goes on with one session, and the library is everybody's."""
    with world(LIMITS) as made:
        promises.watch(made)
        for person in PEOPLE:
            assert made.command(person, COMMONS, "user", system_msg=promises.system_msg_of(person))
            assert made.command(person, direct(person), "user")
            made.press_panel(person, COMMONS, Attach(on=True, page=0))
            made.press_panel(person, COMMONS, ChooseStatus(status="new", page=0))
        made.advance(1.0)
        yield made
        assert not made.broken, made.broken
        assert not promises.not_over(made)
        assert not (found := list(promises.wrong(made))), found


def reply(here: World, question: Message) -> Message:
    (one,) = here.discord.replies(question.id)
    return one


def says_wait(message: Message, ahead: int) -> bool:
    return message.content == answer_view.placeholder(TurnId(1), ahead, DEFAULT_LOCALE).text and bool(
        message.custom_ids
    )


def test_a_question_that_waits_says_behind_how_many_and_becomes_its_answer(here: World) -> None:
    """Not at once; the number follows, and the answer comes into the same message."""
    here.model.manners.extend((Manner("slow"), Manner("slow")))
    first, second, third = (here.write(ALICE, COMMONS, f"q{number}") for number in range(3))
    here.advance(WAITING_SHOWN_AFTER_S - 0.5)
    assert not here.discord.replies(second.id)
    here.advance(4.0)
    assert says_wait(reply(here, second), 1)
    assert says_wait(reply(here, third), 2)
    assert not second.reactions
    stood = reply(here, second).id, reply(here, third).id
    here.advance(8.5)
    assert reply(here, first).content.endswith("!")
    assert says_wait(reply(here, third), 1)
    Town(here).rests()
    assert (reply(here, second).id, reply(here, third).id) == stood


def test_a_question_that_waits_is_stopped_by_its_own_button(here: World) -> None:
    """It is not asked, and those behind it move up."""
    here.model.manners.append(Manner("lectures"))
    first, second, third = (here.write(ALICE, COMMONS, f"q{number}") for number in range(3))
    here.advance(9.0)
    stood = reply(here, second)
    here.press(BOB, stood, stood.custom_ids[0])
    here.advance(1.0)
    assert here.shown[-1] == (BOB, PANELS["not_asker"])
    assert says_wait(reply(here, second), 1)
    here.press(ALICE, stood, stood.custom_ids[0])
    here.advance(1.0)
    assert reply(here, second).content == ANSWERS["stopped_empty"]
    assert reply(here, second).id == stood.id
    Town(here).rests()
    assert len(here.model.requests) == 2
    assert {one.turn.place.question_id for one in here.model.requests} == {first.id, third.id}


def test_an_answer_stands_below_the_whole_of_the_one_before(here: World) -> None:
    """Where that one goes on in another message below what says that the question waits, the answer begins anew below it."""
    here.model.manners.append(Manner("lectures"))
    first, second = (here.write(ALICE, COMMONS, f"q{number}") for number in range(2))
    here.advance(7.0)
    stood = reply(here, second)
    assert says_wait(stood, 1)
    here.advance(LECTURE_S - 7.0 + 0.5)
    Town(here).rests()
    assert stood.gone
    parts = here.discord.replies(first.id)
    assert len(parts) == 2
    assert parts[1].id > stood.id
    assert reply(here, second).id > parts[1].id


def test_a_question_that_is_deleted_while_it_waits_leaves_nothing(here: World) -> None:
    """Neither does one of which Discord had not answered yet where its reply stands."""
    here.model.manners.append(Manner("lectures"))
    _, second, third = (here.write(ALICE, COMMONS, f"q{number}") for number in range(3))
    here.advance(4.8)
    here.discord.troubles.append(Trouble("lost", 1, frozenset({"post"})))
    here.advance(1.0)
    here.delete(second)
    here.delete(third)
    Town(here).rests()
    assert not here.discord.replies(second.id)
    assert not here.discord.replies(third.id)


def test_how_many_wait_in_a_private_session_is_not_said_in_a_channel(here: World) -> None:
    """Its owner may be told so where nobody else reads."""
    here.press_panel(CAROL, direct(CAROL), ChooseStatus(status="new", page=0))
    here.write(CAROL, direct(CAROL), "q0")
    here.advance(5.0)
    here.model.manners.append(Manner("lectures"))
    here.write(CAROL, direct(CAROL), "q1")
    here.advance(0.2)
    in_private, in_public = here.write(CAROL, direct(CAROL), "q2"), here.write(CAROL, COMMONS, "q3")
    here.advance(8.0)
    assert says_wait(reply(here, in_private), 1)
    assert says_wait(reply(here, in_public), 0)
    Town(here).rests()


def test_a_process_that_was_killed_finds_what_said_that_questions_wait(here: World) -> None:
    """Also where nobody lived to record it; and *Stop* works before its session goes on."""
    here.model.manners.extend((Manner("lectures"), Manner("lectures")))
    first, second, third = (here.write(ALICE, COMMONS, f"q{number}") for number in range(3))
    here.advance(4.9)
    here.kill_at("landed", 1)
    here.advance(2.0)
    assert here.process is None
    (stood,) = here.discord.replies(second.id)
    assert says_wait(stood, 1)
    assert not here.all("SELECT 1 FROM reply WHERE message_id = ?", stood.id)
    here.start()
    here.advance(6.0)
    assert says_wait(reply(here, second), 1)
    assert says_wait(reply(here, third), 2)
    here.kill()
    here.start()
    here.press(ALICE, reply(here, third), reply(here, third).custom_ids[0])
    Town(here).rests()
    assert reply(here, third).content == ANSWERS["stopped_empty"]
    assert reply(here, first).id < reply(here, second).id


def test_the_next_process_answers_where_it_was_said_that_a_question_waits(here: World) -> None:
    """Also when nothing comes before that question any more: while its answer grows there is no second message."""
    here.model.manners.append(Manner("lectures"))
    first, second = (here.write(ALICE, COMMONS, f"q{number}") for number in range(2))
    here.advance(8.0)
    stood = reply(here, second)
    here.kill()
    here.delete(first)
    here.model.manners.append(Manner("slow"))
    here.start()
    here.advance(8.0)
    assert reply(here, second).id == stood.id
    assert reply(here, second).content.startswith("Answer")
    assert reply(here, second).custom_ids
    Town(here).rests()
    assert reply(here, second).id == stood.id


def _step(here: World, chance: random.Random) -> None:
    """One thing happens."""
    match chance.choice(
        ("own", "own", "all's", "all's", "all's", "stop", "delete", "edit", "kill", "late kill", "trouble", "crash")
    ):
        case "own":
            here.write(ALICE, chance.choice((COMMONS, COMMONS, direct(ALICE))), f"q{len(here.versions)}")
        case "all's":
            here.write(chance.choice(PEOPLE), LIBRARY, f"q{len(here.versions)}")
        case "stop":
            with_stop = [one for one in here.discord.by_bot() if one.custom_ids and _is_stop(one.custom_ids[0])]
            if with_stop:
                message = chance.choice(with_stop)
                here.press(chance.choice(PEOPLE), message, message.custom_ids[0])
        case "delete" | "edit" as deed:
            mine = [here.discord.messages[one] for one in list(here.versions)[-6:]]
            standing = [one for one in mine if not one.gone]
            if standing and deed == "delete":
                here.delete(chance.choice(standing))
            elif standing:
                message = chance.choice(standing)
                here.edit(message, f"{message.content} Or not?")
        case "kill":
            here.kill()
        case "late kill":
            here.kill_at(chance.choice(("before_commit", "committed", "landed", "asked")), chance.randrange(1, 6))
        case "trouble":
            fate = chance.choice(("error", "unsent", "lost", "hung", "limited", "late"))
            here.discord.troubles.append(Trouble(fate, 1, frozenset({chance.choice(("post", "edit", "delete"))})))  # type: ignore[arg-type]
        case _:
            here.discord.troubles.append(Trouble("crash", 1, frozenset({chance.choice(("post", "edit"))})))
    here.advance(chance.choice((0.0, 0.05, 0.5, 3.0, 8.0)))
    here.start()


def _is_stop(custom_id: str) -> bool:
    return isinstance(presses.decode(custom_id), Stop)


@pytest.mark.parametrize("seed", range(60))
def test_whatever_happens_to_questions_that_wait_each_has_one_outcome_in_its_place(here: World, seed: int) -> None:
    """The fixture looks: every outcome, in order, and nothing that is nobody's."""
    chance = random.Random(seed)
    for _ in range(30):
        mood = chance.choice(("lectures", "slow", "slow", "long", "well", "breaks", "cut"))
        if len(here.model.manners) < 3:
            here.model.manners.append(Manner(mood))  # type: ignore[arg-type]
        _step(here, chance)
    here.discord.troubles.clear()
    here.model.manners.clear()
    here.kill()  # what a later kill was armed for goes with the process
    here.start()
    here.advance(60.0)
    Town(here).rests()
    here.advance(120.0)
