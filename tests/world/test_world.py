"""Whatever people do, and whatever fails, in whatever order: nothing is lost, nothing is said twice, nothing is mixed up.

Hypothesis invents what happens, and when it finds what breaks a promise it looks for the shortest way there, and prints
it: the steps that are printed make the same world again.
"""

import os
from contextlib import ExitStack
from typing import Any, Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from messages import custom_id
from messages.ids import ChannelId, MessageId, UserId
from messages.presses import Attach, ChooseStatus, Clear, Continue, Retry, SetPublic, Stop
from tests.world import promises
from tests.world.discord import Fate, Kind, Message, Trouble
from tests.world.model import Manner, Mood
from tests.world.world import BACKROOM, COMMONS, LIBRARY, PEOPLE, World, direct, world

EXAMPLES: Final = int(os.environ.get("EXAMPLES", "0"))
"""How many worlds are tried, for a long run by hand; else so many that a test run stays short, and always the same ones."""

REST_S: Final = 60.0
"""So long after the last pause everything is over."""

OWN_PAUSES_S: Final = 60.0
"""What nobody asked for but ourselves: a breaker's or a courier's half minute after the last failure, and what it starts."""

people = st.sampled_from(PEOPLE)
places = st.sampled_from(("commons", "library", "backroom", "direct"))
pick = st.integers(0, 20)
seconds = st.sampled_from((0.0, 0.03, 0.2, 1.0, 5.0, 30.0, 150.0))


def channel_of(place: str, person: UserId) -> ChannelId:
    return {"commons": COMMONS, "library": LIBRARY, "backroom": BACKROOM, "direct": direct(person)}[place]


class Worlds(RuleBasedStateMachine):
    """Everything that can happen."""

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        self.world: World = self.open.enter_context(world())
        self.asked = 0
        self.pause_until_s = 0.0
        promises.watch(self.world)

    @initialize()
    def people_arrive(self) -> None:
        for person in PEOPLE:
            assert self.world.command(person, COMMONS, "user", system_msg=promises.system_msg_of(person))
            assert self.world.command(person, direct(person), "user")
            assert self.world.press_panel(person, COMMONS, ChooseStatus(status="new", page=0))
        self.world.advance(1.0)

    def text(self) -> str:
        self.asked += 1
        return f"What is q{self.asked} about?"

    # People

    @rule(person=people, place=places, wait_s=seconds)
    def writes(self, person: UserId, place: str, wait_s: float) -> None:
        self.world.write(person, channel_of(place, person), self.text())
        self.world.advance(wait_s)

    @rule(person=people, place=places, count=st.integers(2, 7))
    def writes_a_lot(self, person: UserId, place: str, count: int) -> None:
        for _ in range(count):
            self.world.write(person, channel_of(place, person), self.text())
        self.world.advance()

    @precondition(lambda self: any(self.world.discord.by_bot()))
    @rule(person=people, which=pick)
    def replies(self, person: UserId, which: int) -> None:
        answer = self.answer(which)
        if answer.channel.person in (None, person):
            self.world.write(person, answer.channel.id, self.text(), reply_to=answer.id)
            self.world.advance()

    @precondition(lambda self: self.asked)
    @rule(which=pick)
    def edits(self, which: int) -> None:
        message = self.question(which)
        if not message.gone:
            self.world.edit(message, f"{message.content} Or not?")
            self.world.advance()

    @precondition(lambda self: self.asked)
    @rule(which=pick)
    def deletes(self, which: int) -> None:
        message = self.question(which)
        if not message.gone:
            self.world.delete(message)
            self.world.advance()

    @rule(streams=st.sampled_from((1, 2, 32)), requests_per_s=st.sampled_from((10, 48)))
    def the_operator_reloads(self, streams: int, requests_per_s: int) -> None:
        self.world.reload(concurrent_streams=streams, requests_per_s=requests_per_s)
        self.world.advance()

    @precondition(lambda self: any(message.custom_ids for message in self.world.discord.by_bot()))
    @rule(which=pick, button=st.integers(0, 1), person=st.sampled_from((None, *PEOPLE)), twice=st.booleans())
    def presses(self, which: int, button: int, person: UserId | None, twice: bool) -> None:
        """Somebody presses a button that stands there: mostly the one who asked."""
        with_buttons = [message for message in self.world.discord.by_bot() if message.custom_ids]
        message = with_buttons[-1 - which % len(with_buttons)]
        asker = None if message.reply_to is None else self.world.discord.messages[MessageId(message.reply_to)].author.id
        who = person or (UserId(asker) if asker in PEOPLE else PEOPLE[0])
        for _ in range(1 + twice):
            self.world.press(who, message, message.custom_ids[button % len(message.custom_ids)])
        self.world.advance()

    @precondition(lambda self: any(self.world.discord.by_bot()))
    @rule(which=pick, turn=pick, kind=st.sampled_from((Stop, Retry, Continue)), person=people)
    def forges(self, which: int, turn: int, kind: Any, person: UserId) -> None:
        """Somebody sends a press that no button of theirs made."""
        turns = self.world.all("SELECT id FROM turn ORDER BY id")
        if turns:
            number = turns[turn % len(turns)]["id"]
            self.world.press(person, self.answer(which), custom_id.encode(kind(turn=number)))
            self.world.advance()

    @rule(
        person=people,
        status=st.sampled_from(("new", "activate", "disable")),
        attach=st.sampled_from((None, True, False)),
    )
    def chooses(self, person: UserId, status: Any, attach: bool | None) -> None:
        if attach is not None:
            self.world.press_panel(person, COMMONS, Attach(on=attach, page=0))
        self.world.press_panel(person, COMMONS, ChooseStatus(status=status, page=0))
        self.world.advance()

    @rule(person=people, public=st.booleans())
    def opens_or_closes(self, person: UserId, public: bool) -> None:
        """Somebody makes their newest session public or private."""
        session = self.world.one("SELECT max(id) AS id FROM session WHERE creator = ? AND is_removed = 0", person)["id"]
        if session is not None:
            self.world.press_panel(person, COMMONS, SetPublic(session=session, public=public, confirmed=1000))
            self.world.advance()

    @rule(person=people)
    def clears(self, person: UserId) -> None:
        newest = self.world.one("SELECT max(id) AS id FROM session WHERE creator = ?", person)["id"]
        if newest is not None:
            self.world.press_panel(person, COMMONS, Clear(newest=newest))
            self.world.advance()

    def answer(self, which: int) -> Message:
        """One of the bot's messages, the newest first."""
        answers = list(self.world.discord.by_bot())
        return answers[-1 - which % len(answers)]

    def question(self, which: int) -> Message:
        """One of people's messages, the newest first."""
        questions = list(self.world.versions)
        return self.world.discord.messages[questions[-1 - which % len(questions)]]

    # The model

    @rule(
        mood=st.sampled_from(("long", "slow", "breaks", "ends_early", "stalls", "late", "cut", "crash")),
        count=st.integers(1, 3),
    )
    def model_is_odd(self, mood: Mood, count: int) -> None:
        self.world.model.manners.append(Manner(mood, left=count))

    @rule(
        reason=st.sampled_from(
            ("server_error", "unreachable", "quota_exhausted", "wrong_key", "bad_request", "refused_by_model")
        ),
        count=st.integers(1, 8),
    )
    def model_refuses(self, reason: Any, count: int) -> None:
        self.world.model.manners.append(Manner("refuses", left=count, reason=reason))

    @rule(retry_after_s=st.sampled_from((None, 7.0, 40.0, 3600.0)), count=st.integers(1, 3))
    def model_is_limited(self, retry_after_s: float | None, count: int) -> None:
        self.world.model.manners.append(Manner("limited", left=count, retry_after_s=retry_after_s))

    # Discord

    @rule(
        fate=st.sampled_from(("error", "unsent", "lost", "hung", "hung_unsent", "late")),
        count=st.integers(1, 6),
        kind=st.sampled_from((None, "post", "edit", "delete", "react", "unreact", "read", "read_one")),
    )
    def discord_fails(self, fate: Fate, count: int, kind: Kind | None) -> None:
        self.world.discord.troubles.append(Trouble(fate, count, None if kind is None else frozenset({kind})))

    @rule(
        everywhere=st.booleans(),
        retry_after_s=st.sampled_from((1.0, 10.0, 30.0)),
        kind=st.sampled_from((None, "post", "edit", "react", "read", "read_one")),
    )
    def discord_asks_for_patience(self, everywhere: bool, retry_after_s: float, kind: Kind | None) -> None:
        kinds = None if kind is None else frozenset({kind})
        fate: Fate = "limited_everywhere" if everywhere else "limited"
        self.world.discord.troubles.append(Trouble(fate, 1, kinds, retry_after_s=retry_after_s))

    @rule(kind=st.sampled_from(("post", "edit", "react")))
    def courier_crashes(self, kind: Kind) -> None:
        self.world.discord.troubles.append(Trouble("crash", 1, frozenset({kind})))

    @rule(place=places, person=people, code=st.sampled_from((50001, 50013)), is_open=st.booleans())
    def channel_closes_or_opens(self, place: str, person: UserId, code: int, is_open: bool) -> None:
        channel = self.world.discord.channels[channel_of(place, person)]
        channel.refusal = None if is_open else code
        channel.was_closed = channel.was_closed or not is_open

    # The gateway's link

    @rule()
    def link_breaks(self) -> None:
        self.world.unlink()

    @rule(twice=st.booleans())
    def link_is_resumed(self, twice: bool) -> None:
        self.world.resume(twice=twice)
        self.world.advance()

    @rule()
    def link_is_new(self) -> None:
        self.world.relink()
        self.world.advance()

    # The process and its disk

    @rule(is_full=st.booleans())
    def disk_fills_or_empties(self, is_full: bool) -> None:
        self.world.disk.is_full = is_full

    @rule()
    def is_killed(self) -> None:
        self.world.kill()

    @rule(boundary=st.sampled_from(("before_commit", "committed", "landed", "asked")), count=st.integers(1, 8))
    def will_be_killed(self, boundary: str, count: int) -> None:
        self.world.kill_at(boundary, count)

    @rule()
    def is_stopped(self) -> None:
        self.world.stop()
        self.world.advance(0.5)

    @rule()
    def is_started(self) -> None:
        self.world.start()

    @rule(wait_s=seconds)
    def time_goes_by(self, wait_s: float) -> None:
        self.world.advance(wait_s)

    # What must hold

    @invariant()
    def nothing_is_broken(self) -> None:
        assert not self.world.broken, self.world.broken

    def teardown(self) -> None:
        try:
            self.comes_to_rest()
            assert not self.world.broken, self.world.broken
            assert not (found := list(promises.wrong(self.world))), found
        finally:
            self.open.close()

    def comes_to_rest(self) -> None:
        """Faults stop: everything is over in time."""
        here = self.world
        here.discord.troubles.clear()
        here.model.manners.clear()
        here.disk.is_full = False
        here.advance()
        if here.process is not None and here.process.is_stopping:
            here.advance(30.0)
            assert here.process is None, "it does not stop"
        if here.process is None:
            here.start()
        else:
            here.process.killed_at = None
            if not here.process.is_linked:
                here.relink()
        known_until_s = max((0.0, *here.discord.limited_until_s.values()))
        here.advance(max(0.0, known_until_s - here.clock.now_s) + 0.1)
        began_s = here.clock.now_s
        while waiting := promises.not_over(here):
            here.advance(1.0)
            took_s = here.clock.now_s - began_s
            assert took_s < OWN_PAUSES_S + REST_S, f"after {took_s} s {waiting}"
        here.advance(REST_S)


def test_whatever_happens_nothing_is_lost_doubled_or_mixed_up() -> None:
    """The promises hold in every world: for each message one outcome, in order, in its place, within a minute of the last pause."""
    run_state_machine_as_test(
        Worlds,
        settings=settings(
            max_examples=EXAMPLES or 150,
            stateful_step_count=40,
            derandomize=not EXAMPLES,
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
