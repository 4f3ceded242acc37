"""What is promised with a figure, measured in virtual time: there no other work of the machine counts."""

import gc
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from statistics import median

import pytest

from messages.ids import ChannelId, MessageId, SessionId, UserId
from messages.presses import Attach, ChooseStatus
from storage.limits import Limits
from tests.world import promises
from tests.world.discord import GUILD, Channel, Message, Trouble
from tests.world.model import Manner, Request
from tests.world.world import World, world

ROOMY = Limits(default_model="test-model", queue_cap=1000, questions_per_minute=1000)
CAP = 32
"""How many answers the process of a world lets stream at once."""


class Town:
    """People with a session and a channel each, and when what was seen."""

    def __init__(self, here: World) -> None:
        self.here = here
        self.written_s: dict[MessageId, float] = {}
        self.asked_s: dict[MessageId, float] = {}
        self.first_s: dict[MessageId, float] = {}
        self.edits: defaultdict[MessageId, list[tuple[float, str]]] = defaultdict(list)
        self.most_open = 0
        self.broken_session: SessionId | None = None
        here.discord.saw_post = self._posted
        here.discord.saw_edit = lambda message: self.edits[message.id].append((here.clock.now_s, message.content))
        here.model.saw = self._asked

    def _posted(self, message: Message) -> None:
        if message.reply_to is not None:
            self.first_s.setdefault(MessageId(message.reply_to), self.here.clock.now_s)

    def _asked(self, request: Request) -> None:
        if request.turn.session == self.broken_session:
            request.is_open = False
            raise ZeroDivisionError("a bug")
        assert request.turn.place.question_id is not None
        self.asked_s.setdefault(request.turn.place.question_id, self.here.clock.now_s)
        self.most_open = max(self.most_open, sum(one.is_open for one in self.here.model.requests))

    def join(self, number: int, *, attach: bool = True) -> UserId:
        """Somebody new arrives, with a channel of their own; unless they attach, each question begins a session."""
        person, room = UserId(5000 + number), ChannelId(5000 + number)
        self.here.discord.open(Channel(room, guild=GUILD, public=True))
        assert self.here.command(person, room, "user", system_msg=promises.system_msg_of(person))
        self.here.press_panel(person, room, Attach(on=attach, page=0))
        self.here.press_panel(person, room, ChooseStatus(status="new", page=0))
        self.here.advance(0.1)
        return person

    def ask(self, person: UserId, text: str = "And?") -> Message:
        """They ask something where they live."""
        message = self.here.write(person, ChannelId(person), text)
        self.written_s[message.id] = self.here.clock.now_s
        return message

    def rests(self) -> None:
        """Everything is over."""
        for _ in range(2000):
            self.here.advance(0.5)
            if not promises.not_over(self.here):
                return
        raise AssertionError(promises.not_over(self.here))

    def delays_s(self, messages: list[Message]) -> list[float]:
        """How long each waited for the first text of its answer."""
        return [self.first_s[message.id] - self.written_s[message.id] for message in messages]

    def said_to(self, message: Message) -> list[str]:
        return [reply.content for reply in self.here.discord.replies(message.id)]


@pytest.fixture
def town() -> Iterator[Town]:
    """Return a world with room for many people."""
    with world(ROOMY) as here:
        yield Town(here)
        assert not here.broken, here.broken
        assert not list(promises.wrong(here))


def test_forty_sessions_share_the_models_places_and_discord_fairly(town: Town) -> None:
    """Ten questions each at once: never more than 32 streams, each session in order, no first text twice as late as the median.

    From the model's start to the first text in Discord. Twenty sessions, one stream each, would not even meet a cap of 32.
    """
    people = [town.join(number) for number in range(40)]
    asked = {person: [town.ask(person, f"Question {number}") for number in range(10)] for person in people}
    town.rests()
    assert town.most_open == CAP
    for messages in asked.values():
        at_s = [town.asked_s[message.id] for message in messages]
        assert at_s == sorted(at_s)
        assert all(len(town.said_to(message)) == 1 for message in messages)
    waits_s = [town.first_s[message] - at_s for message, at_s in town.asked_s.items()]
    assert len(waits_s) == 400
    assert max(waits_s) <= 2 * median(waits_s), (max(waits_s), median(waits_s))


def test_a_session_that_crashes_at_every_event_delays_nobody_else(town: Town) -> None:
    """The 99th percentile of another session's first texts grows by at most 100 ms."""
    alice, bob = town.join(1), town.join(2)
    town.ask(alice)
    town.rests()
    (row,) = town.here.all("SELECT id FROM session")

    def answered(count: int) -> list[float]:
        messages = []
        for _ in range(count):
            messages.append(town.ask(bob))
            town.here.advance(5.0)
        return town.delays_s(messages)

    before_s = answered(20)
    town.broken_session = SessionId(row["id"])
    broken = [town.ask(alice) for _ in range(20)]
    during_s = answered(20)
    assert max(during_s) <= max(before_s) + 0.1
    town.rests()
    crashes = [line for line in town.here.logs if line["event"] == "session.crashed"]
    assert len(crashes) == 5
    assert all("paused for ten minutes" in text for message in broken for text in town.said_to(message))


def test_somebody_who_floods_delays_nobody_else(town: Town) -> None:
    """Two hundred questions of one person: the others' first texts come as before, p95 within a fifth."""
    flooding, *others = [town.join(number) for number in range(11)]

    def answered() -> float:
        messages = []
        for _ in range(10):
            messages += [town.ask(person) for person in others]
            town.here.advance(5.0)
        return sorted(town.delays_s(messages))[94]

    usual_s = answered()
    flood = [town.ask(flooding, f"Flood {number}") for number in range(200)]
    assert answered() <= 1.2 * usual_s
    town.rests()
    assert all(len(town.said_to(message)) == 1 for message in flood)


def ours() -> Counter[str]:
    """The living objects of the bot's own actors, by their class."""
    gc.collect()
    kinds = (type(one) for one in gc.get_objects())
    return Counter(
        kind.__qualname__ for kind in kinds if str(kind.__module__).partition(".")[0] in ("actors", "supervisor")
    )


def test_sessions_that_were_touched_once_leave_nothing_behind(town: Town) -> None:
    """When two hundred more sessions are over, no actor holds an object for any of them."""
    people = [town.join(number, attach=False) for number in range(20)]
    for person in people:
        town.ask(person)
    town.rests()
    town.here.advance(120.0)
    before = ours()
    for _ in range(10):
        for person in people:
            town.ask(person)
        town.rests()
    town.here.advance(120.0)
    assert town.here.one("SELECT count(*) AS n FROM session")["n"] == 220
    assert ours() == before


def test_a_hundred_words_a_second_become_an_edit_a_second(town: Town) -> None:
    """For half a minute: no message is edited twice within a second; the last edit of each shows all of it."""
    person = town.join(1)
    town.here.model.manners.append(Manner("fluent"))
    question = town.ask(person)
    town.rests()
    (request,) = town.here.model.requests
    assert request.said == request.whole
    assert len(town.said_to(question)) > 5
    edits = 0
    for message in town.here.discord.replies(question.id):
        at_s = [edited_s for edited_s, _ in town.edits[message.id]]
        edits += len(at_s)
        interim_s = at_s[:-1]  # the last one is the final text, which does not wait
        assert all(later - earlier >= 1.0 for earlier, later in pairwise(interim_s))
        assert not at_s or town.edits[message.id][-1][1] == message.content
    assert 10 <= edits <= 45


def test_a_global_limit_of_half_a_minute_is_kept_to_the_second(town: Town) -> None:
    """429 with scope global and 30 s: not one request until then, panels are answered meanwhile, then everybody is."""
    people = [town.join(number) for number in range(10)]
    town.here.discord.troubles.append(Trouble("limited_everywhere", 1, retry_after_s=30.0))
    questions = [town.ask(people[0])]
    town.here.advance(0.3)
    limited_s = max(town.here.discord.limited_until_s.values()) - 30.0
    questions += [town.ask(person) for person in people[1:]]
    before = len(town.here.shown)
    assert town.here.command(people[3], ChannelId(people[3]), "user")
    town.here.advance(1.0)
    assert len(town.here.shown) == before + 1
    town.rests()
    assert not [one for one in town.here.discord.sent if limited_s < one.at_s < limited_s + 30.0]
    assert all(len(town.said_to(question)) == 1 for question in questions)


@pytest.mark.parametrize("fate", ["limited", "error", "hung"])
def test_a_reaction_that_discord_does_not_take_delays_no_text(town: Town, fate: str) -> None:
    """Not by 200 ms: nothing that becomes of ✍🏻 is waited for."""
    person = town.join(1)
    well = town.ask(person)
    town.rests()
    trouble = Trouble(fate, 50, frozenset({"react", "unreact"}), retry_after_s=5.0)  # type: ignore[arg-type]
    town.here.discord.troubles.append(trouble)
    ill = town.ask(person)
    town.here.advance(30.0)
    usual_s, delay_s = town.delays_s([well, ill])
    assert delay_s <= usual_s + 0.2
    assert "End2!" in town.said_to(ill)[0]
    town.here.discord.troubles.clear()
    town.rests()


def test_a_post_of_unknown_outcome_is_found_when_its_nonce_is_forgotten(town: Town) -> None:
    """It landed, the answer was lost, and for longer than Discord remembers nonces nothing gets through: one message all the same."""
    person = town.join(1)
    posts = frozenset({"post"})
    town.here.discord.troubles += [
        Trouble("lost", 1, posts),  # type: ignore[arg-type]
        Trouble("unsent", 10_000),
    ]
    question = town.ask(person)
    town.here.advance(180.0)
    assert len(town.said_to(question)) == 1
    town.here.discord.troubles.clear()
    town.rests()
    (text,) = town.said_to(question)
    assert "End1!" in text
