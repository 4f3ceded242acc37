"""Worlds in which a promise was once broken, each told in its shortest form."""

from collections.abc import Iterator
from typing import Any

import pytest

from actors.courier.reactions import UNMARKED_S
from messages.presses import Attach, ChooseStatus
from messages.supervisor import ShutDown
from messages.verbs.turns import TryAgain
from messages.verbs.verb import Verb
from tests.world import promises
from tests.world.discord import GUILD, Message, Trouble
from tests.world.model import Manner, Request
from tests.world.process import posted_of
from tests.world.world import COMMONS, LIBRARY, PEOPLE, World, direct, world
from texts.english import ANSWERS

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
    assert said_to(here, message) == [ANSWERS["storage"]]
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
    assert said_to(here, message) == [ANSWERS["storage"]]
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
    assert (outcome == ANSWERS["too_old"]) == (jump_s > 0)
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


def test_it_stops_while_storage_is_down(here: World) -> None:
    """A session that crashed waits for storage before it is begun again; to stop, nothing has to be stored."""
    here.model.manners.append(Manner("crash"))
    message = here.write(ALICE, COMMONS, "q1")
    here.advance(0.05)
    here.disk.is_full = True
    here.advance(20.0)
    here.stop()
    here.advance(30.0)
    assert here.process is None
    here.disk.is_full = False
    here.start()
    here.advance(60.0)
    assert len(said_to(here, message)) == 1
    is_at_rest(here)


def test_a_session_that_crashed_while_storage_was_down_goes_on_when_it_is_back(here: World) -> None:
    here.model.manners.append(Manner("crash"))
    message = here.write(ALICE, COMMONS, "q1")
    here.advance(0.05)
    here.disk.is_full = True
    here.advance(20.0)
    here.disk.is_full = False
    here.advance(60.0)
    assert len(said_to(here, message)) == 1
    is_at_rest(here)


@pytest.mark.parametrize("after_s", [0.04, 0.08, 0.12])
def test_it_stops_while_a_channel_is_searched(here: World, after_s: float) -> None:
    """What is found then is asked of nobody: nothing is recorded any more, and nothing waits for it."""
    message = here.write(ALICE, COMMONS, "q1")
    here.advance(1.2)
    here.kill()
    here.start()
    here.advance(after_s)
    assert here.process is not None
    assert here.process.actors is not None
    here.process.actors.supervisor.mailbox.post(ShutDown(now=True))
    here.advance(30.0)
    assert here.process is None
    here.start()
    here.advance(60.0)
    assert len(said_to(here, message)) == 1
    is_at_rest(here)


def test_of_three_questions_that_die_together_the_deadly_one_is_set_aside(here: World) -> None:
    """After two deaths each of them runs alone; the third death is only that one's which ran alone."""
    for person in PEOPLE[1:]:
        here.command(person, COMMONS, "user", system_msg=promises.system_msg_of(person))
        here.press_panel(person, COMMONS, ChooseStatus(status="new", page=0))
    here.advance(1.0)
    asked = [here.write(person, COMMONS, f"q{number}") for number, person in enumerate(PEOPLE, 1)]
    deadly = asked[1]

    def dies(request: Request) -> None:
        if "q2" in request.turn.question.text and here.process is not None:
            here.process.kill()

    here.model.saw = dies
    for _ in range(20):
        here.advance(5.0)
        here.start()
    here.advance(60.0)
    aside = here.all("SELECT cause FROM turn WHERE reason = 'quarantined'")
    assert [row["cause"] for row in aside] == [deadly.id]
    is_at_rest(here)


@pytest.mark.parametrize("after_ms", range(0, 500, 25))
def test_a_new_session_of_the_gateways_amid_a_reading_keeps_the_order(here: World, after_ms: int) -> None:
    """The reading begins anew, and the page that was on its way is not taken for its first."""
    here.press_panel(ALICE, COMMONS, Attach(on=True, page=0))
    here.advance(1.0)
    here.write(ALICE, direct(ALICE), "q0")
    here.advance(10.0)
    here.kill()
    missed = [here.write(ALICE, direct(ALICE), f"q{number}") for number in range(1, 103)]
    here.start()
    here.advance(after_ms / 1000)
    here.relink()
    here.advance(120.0)
    asked = [message.id for message in missed[-5:]]
    assert [cause for cause in here.taken if cause in asked] == asked
    is_at_rest(here)


def test_channels_that_are_gone_are_asked_for_once(here: World) -> None:
    """Each new session of the gateway would ask for all that ever were, in servers that the bot has left too."""
    for number in range(50):
        for server in (GUILD, GUILD + 1):
            here.rows._unit.run(
                "INSERT INTO channel (id, last_message, guild) VALUES (?, 1, ?)", 100 * server + number, server
            )
    reads = []
    for _ in range(2):
        here.relink()
        here.advance(60.0)
        reads.append(sum(one.kind == "read" for one in here.discord.sent))
    assert reads == [50, 50]
    assert here.one("SELECT count(*) AS n FROM channel WHERE guild = ?", GUILD)["n"] <= 3
    is_at_rest(here)


def test_what_was_taken_back_while_storage_was_down_is_not_answered(here: World) -> None:
    """Discord tells of it once. What was changed is asked as it was changed last."""
    here.press_panel(ALICE, COMMONS, Attach(on=True, page=0))
    here.advance(1.0)
    here.model.manners.append(Manner("slow"))
    here.write(ALICE, COMMONS, "q1")
    here.advance(2.0)
    taken_back, changed = here.write(ALICE, COMMONS, "q2"), here.write(ALICE, COMMONS, "q3")
    here.advance(1.0)
    here.disk.is_full = True
    here.delete(taken_back)
    here.edit(changed, "q3, or q4?")
    here.advance(30.0)
    here.disk.is_full = False
    here.edit(changed, "q3, or q5?")
    here.advance(60.0)
    assert not said_to(here, taken_back)
    assert [one.turn.question.text for one in here.model.requests] == ["q1", "q3, or q5?"]
    is_at_rest(here)


def test_a_notice_is_said_where_no_mark_can_be_put(here: World) -> None:
    """A person reads once that the budget is used up, and a mark speaks for that notice after it: if it can be put."""
    here.model.manners.append(Manner("refuses", left=50, reason="quota_exhausted"))
    here.discord.troubles.append(Trouble("refused", 1000, frozenset({"react"})))
    questions = []
    for number in range(2):
        questions.append(here.write(ALICE, COMMONS, f"q{number}"))
        here.advance(30.0)
    assert all(len(said_to(here, question)) == 1 for question in questions)
    is_at_rest(here)


def test_the_writing_hand_is_taken_away_where_the_bot_may_not_write(here: World) -> None:
    """Else it would promise an answer for ever."""
    here.discord.troubles.append(Trouble("refused", 1000, frozenset({"post"})))
    here.model.manners.append(Manner("slow"))
    message = here.write(ALICE, COMMONS, "q1")
    here.advance(2.0)
    here.advance(60.0)
    assert message.reactions == set()
    assert here.one("SELECT count(*) FROM note")[0] == 1


def test_where_the_bot_may_not_react_it_rarely_tries(here: World) -> None:
    """Discord counts what it forbids, and shuts out who asks for too much of it; what is gone or wrong it does not count."""
    here.discord.troubles.append(Trouble("refused", 10_000, frozenset({"react"}), channel=COMMONS))
    for number in range(15):
        message = here.write(ALICE, COMMONS, f"q{number}")
        here.advance(6.0)
        assert len(said_to(here, message)) == 1
    tried = sum(sent.kind == "react" for sent in here.discord.sent)
    assert 1 <= tried <= 2
    assert here.write(ALICE, LIBRARY, "And here?")
    here.advance(6.0)
    assert sum(sent.kind == "react" for sent in here.discord.sent) > tried
    here.discord.troubles.clear()
    here.advance(UNMARKED_S)
    message = here.write(ALICE, COMMONS, "And now?")
    here.advance(6.0)
    assert message.reactions == {"👌"}


def test_a_limit_of_edits_holds_up_no_first_text(here: World) -> None:
    """Another route of the same channel has a limit of its own."""
    here.model.manners.append(Manner("slow"))
    here.write(ALICE, COMMONS, "q1")
    here.advance(3.5)
    here.discord.troubles.append(Trouble("limited", 1, frozenset({"edit"}), retry_after_s=60.0))
    here.advance(3.0)
    message = here.write(ALICE, COMMONS, "q2")
    here.advance(10.0)
    assert len(said_to(here, message)) == 1
    here.advance(90.0)
    is_at_rest(here)


def test_who_asks_while_storage_fails_is_told_so_whatever_the_courier_wants_to_know_of_it(here: World) -> None:
    """What an earlier process had posted is asked of storage, which is down in just that moment."""
    here.model.manners += [Manner("breaks"), Manner("slow", left=3)]
    real = here.disk.saw

    def saw(verb: Verb[Any], answer: object) -> None:
        real(verb, answer)
        if isinstance(verb, TryAgain):
            here.disk.is_full = True

    here.disk.saw = saw
    here.write(ALICE, COMMONS, "q1")
    here.advance(10.0)
    assert here.disk.is_full
    message = here.write(ALICE, LIBRARY, "q2")
    here.advance(5.0)
    assert said_to(here, message) == [ANSWERS["storage"]]
    here.disk.saw, here.disk.is_full = real, False
    here.advance(60.0)
    is_at_rest(here)


def test_what_a_retry_has_posted_is_not_taken_for_a_part_of_what_it_asks_again(here: World) -> None:
    """Both answer the same message; neither process nor rows have heard of the second reply when the first is looked for."""
    here.model.manners += [Manner("breaks"), Manner("breaks")]
    # The first turn is not over for Discord: its ✍🏻 stays.
    here.discord.troubles.append(Trouble("unsent", 1000, frozenset({"unreact"})))
    message = here.write(ALICE, COMMONS, "q1")
    here.advance(10.0)
    (first,) = here.discord.replies(message.id)
    here.discord.troubles.append(Trouble("lost", 1, frozenset({"post"})))
    assert here.press(ALICE, first, next(one for one in first.custom_ids if "retry" in one.lower()))
    while len(here.discord.replies(message.id)) < 2:
        here.advance(0.05)
    here.kill()
    here.discord.troubles.clear()
    here.start()
    here.advance(30.0)
    assert len(here.discord.replies(message.id)) == 2
    assert not first.gone
    is_at_rest(here)
