"""What is asked of a model's server that has trouble, and when: in virtual time, against a server that a test writes."""

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from typing import Any, cast

import anyio
import pytest
import trio.testing
from msgspec import Struct
from msgspec.structs import replace

from current import Fixed
from files.folder import Folder
from live import Live
from messages.files import File
from messages.ids import TurnId
from messages.session import ModelAsked
from messages.turn import CRASH_COUNT_ALONE, Reason, TurnTaken, Utterance
from messages.usage import Usage
from messages.verbs.turns import Asked, BeginAsking
from messages.verbs.verb import Verb
from models.access.admission import KEY_OPEN_S, OPEN_S, QUOTA_OPEN_S
from models.access.client import ModelClient
from models.access.found_contexts import KNOWN_S
from models.access.gate import Gate
from models.access.retry_policy import GIVE_UP_AFTER_S, WAIT_FOR_LIMIT_S
from models.catalogue import Catalogue
from models.events import StreamFinished
from models.gate_rules import GateRules
from models.model import Model
from models.prompt import MARK_CHARS, prompt
from tests.models.test_prompt import answered, said, turn
from tests.rig.nobody_judges import NobodyJudges, NoBooks

SMALL = Model(name="small", default=True)
LARGE = Model(name="large")


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Trio, whose clock jumps to the next deadline: minutes pass at once."""
    return ("trio", {"clock": trio.testing.MockClock(autojump_threshold=0)})


class Ended(Struct, frozen=True):
    """How a question ended: its text, its reason, and after how many seconds."""

    text: str
    reason: Reason
    at_s: float
    finished: StreamFinished


def fails(reason: Reason, retry_after_s: float | None = None, usage: Usage | None = None) -> list[str | StreamFinished]:
    return [StreamFinished(reason=reason, usage=usage, retry_after_s=retry_after_s)]


WELL: list[str | StreamFinished] = ["Ice.", StreamFinished(reason="complete", usage=None)]
Answers = Callable[[int, TurnTaken, Model], list[str | StreamFinished]]


class Server:
    """A model's server, by the number of the request; it takes a tenth of a second."""

    def __init__(self, answers: Answers, *, concurrent: int = 256, share: float = 0.0) -> None:
        self.answers = answers
        self.began_s = anyio.current_time()
        self.asked: list[tuple[float, str, TurnTaken]] = []
        self.open = 0
        self.takes_s = 0.1
        self.told: list[tuple[float, bool]] = []
        """When it was said that a model is asked, or that a turn waits."""
        self.history: tuple[Utterance, ...] = ()
        self.reads = 0
        self.alone: list[tuple[TurnId, int]] = []
        """Which turns with a crash count were announced as being asked, and after how many requests."""
        self.questions: dict[TurnId, TurnTaken] = {}
        self.over: set[int] = set()
        """Turns that storage does not know as streaming any more."""
        self.removed: list[str] = []
        self.closes = anyio.Event()
        self.closing_s = 0.0
        """How long it takes until the connection is closed, of which `closes` tells."""
        self.models = Live(Catalogue([SMALL, LARGE]))
        self.client = ModelClient(
            {"chat": self},
            self.models,
            concurrent=Fixed(concurrent),
            recorder=self,
            gate=Gate(NobodyJudges(), Fixed(GateRules()), NoBooks()),
            files=cast("Folder", self),
            share=lambda: share,
        )

    def remove(self, names: Iterable[str]) -> None:
        """Stand in for the folder of files: note what is removed from it."""
        self.removed += names

    async def execute_retrying(self, verb: Verb[Any]) -> Any:
        """Stand in for the recorder: the turns whose model may be asked are those that `ask` was given."""
        assert isinstance(verb, BeginAsking)
        self.reads += 1
        question = self.questions[verb.turn]
        if question.crash_count >= CRASH_COUNT_ALONE:
            await anyio.sleep(0.01)
            self.alone.append((verb.turn, len(self.asked)))
        return None if verb.turn in self.over else Asked(question=question.question, history=self.history)

    @property
    def asked_at_s(self) -> list[float]:
        return [round(at_s, 3) for at_s, _, _ in self.asked]

    async def stream(self, turn: TurnTaken, model: Model) -> AsyncGenerator[str | StreamFinished, None]:
        number = len(self.asked)
        self.asked.append((anyio.current_time() - self.began_s, model.name, turn))
        self.open += 1
        try:
            await anyio.sleep(self.takes_s)
            for event in self.answers(number, turn, model):
                yield event
            self.closes.set()
            await anyio.sleep(self.closing_s)
        finally:
            self.open -= 1

    async def ask(self, number: int = 0, model: str = "small", *, crash_count: int = 0) -> Ended:
        """One question, to its end."""
        text, end = "", None
        question = replace(turn("What is a comet?"), turn=TurnId(number), model=model, crash_count=crash_count)
        self.questions[question.turn] = question
        async with aclosing(self.client.stream(question)) as events:
            async for event in events:
                assert end is None, "something after the end"
                if isinstance(event, str):
                    text += event
                elif isinstance(event, ModelAsked):
                    self.told.append((round(anyio.current_time() - self.began_s, 3), event.is_under_way))
                elif isinstance(event, StreamFinished):
                    end = event
        assert end is not None
        return Ended(text, end.reason, round(anyio.current_time() - self.began_s, 3), end)

    async def events(self, question: TurnTaken) -> list[object]:
        """What is said of one question's answer."""
        self.questions[question.turn] = question
        return [event async for event in self.client.stream(question) if not isinstance(event, ModelAsked)]

    async def ask_all(self, count: int, model: str = "small") -> list[Ended]:
        """So many questions at once."""
        ends: list[Ended] = []

        async def one(number: int) -> None:
            ends.append(await self.ask(number, model))

        async with anyio.create_task_group() as tasks:
            for number in range(count):
                tasks.start_soon(one, number)
        return ends


def first(count: int, answer: list[str | StreamFinished]) -> Answers:
    """The first requests fail, the others are well."""
    return lambda number, _turn, _model: answer if number < count else WELL


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
async def test_a_limit_of_seven_seconds_is_waited_for(share: float) -> None:
    """429 with Retry-After 7: the next request comes after 7.0 to 8.5 s."""
    server = Server(first(1, fails("rate_limited", 7)), share=share)
    ended = await server.ask()
    assert (ended.text, ended.reason) == ("Ice.", "complete")
    paused_s = server.asked_at_s[1] - 0.1
    assert 7.0 <= paused_s <= 8.5
    assert len(server.asked) == 2


async def test_a_limit_of_an_hour_is_told_at_once_and_to_everybody() -> None:
    """429 with Retry-After 3600: no further request, also not for others who ask the same model; other models answer."""
    server = Server(lambda _n, _t, model: fails("rate_limited", 3600) if model.name == "small" else WELL)
    one = await server.ask(1)
    two = await server.ask(2)
    assert [(ended.reason, ended.at_s) for ended in (one, two)] == [("rate_limited", 0.1)] * 2
    assert one.finished.retry_after_s == two.finished.retry_after_s == pytest.approx(3600)
    assert (await server.ask(3, "large")).reason == "complete"
    assert [name for _, name, _ in server.asked] == ["small", "large"]
    await anyio.sleep(3600)
    assert (await server.ask(4)).reason == "rate_limited"
    assert len(server.asked) == 3


async def test_a_limit_concerns_everybody_who_asks_that_model() -> None:
    """They wait too, instead of each running into it."""
    server = Server(first(1, fails("rate_limited", 7)))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.ask, 0)
        await anyio.sleep(0.5)
        for number in range(1, 20):
            tasks.start_soon(server.ask, number)
    assert server.asked_at_s[0] == 0
    assert all(7.1 <= at_s <= 8.6 for at_s in server.asked_at_s[1:])
    assert len(server.asked) == 21


@pytest.mark.parametrize("said_s", [None, 0.0])
async def test_a_limit_without_a_time_is_asked_ever_more_slowly(said_s: float | None) -> None:
    """Nor does a server that says `0` make the bot ask without end; after a minute in sum the person is told."""
    server = Server(lambda *_: fails("rate_limited", said_s))
    ended = await server.ask()
    pauses = [
        round(after - before - 0.1, 1) for before, after in zip(server.asked_at_s, server.asked_at_s[1:], strict=False)
    ]
    assert pauses == [1, 2, 4, 8, 16]
    assert ended.reason == "rate_limited"
    assert ended.at_s <= WAIT_FOR_LIMIT_S


async def test_a_used_up_budget_is_found_out_once() -> None:
    """insufficient_quota: exactly 1 request, then every question ends at once with that reason; later one finds out."""
    server = Server(lambda *_: fails("quota_exhausted"))
    assert (await server.ask(0)).reason == "quota_exhausted"
    for number in range(1, 30):
        ended = await server.ask(number, ("small", "large")[number % 2])
        assert (ended.reason, ended.at_s) == ("quota_exhausted", 0.1)
    assert len(server.asked) == 1
    await anyio.sleep(QUOTA_OPEN_S)
    assert [ended.reason for ended in await server.ask_all(10)] == ["quota_exhausted"] * 10
    assert len(server.asked) == 2
    server.answers = lambda *_: WELL
    await anyio.sleep(QUOTA_OPEN_S)
    await server.ask()
    assert [ended.reason for ended in await server.ask_all(10)] == ["complete"] * 10


async def test_a_probe_that_finds_a_broken_server_says_nothing_of_the_budget() -> None:
    """The next question finds out instead."""
    server = Server(first(1, fails("quota_exhausted")))
    await server.ask(0)
    server.answers = lambda number, *_: fails("server_error") if number == 1 else WELL
    await anyio.sleep(QUOTA_OPEN_S)
    assert (await server.ask(1)).reason == "complete"
    assert len(server.asked) == 3


async def test_a_refused_key_is_tried_once_a_minute() -> None:
    """After 401 no request is repeated, and not every question causes one."""
    server = Server(lambda *_: fails("wrong_key"))
    for number in range(10):
        assert (await server.ask(number)).reason == "wrong_key"
    assert len(server.asked) == 1
    await anyio.sleep(KEY_OPEN_S)
    for number in range(10):
        assert (await server.ask(number)).reason == "wrong_key"
    assert len(server.asked) == 2


@pytest.mark.parametrize("reason", ["server_error", "unreachable"])
async def test_a_single_trouble_is_asked_again_by_itself(reason: Reason) -> None:
    """Nobody sees it."""
    server = Server(first(1, fails(reason)))
    ended = await server.ask()
    assert (ended.text, ended.reason) == ("Ice.", "complete")
    assert ended.at_s < 2


@pytest.mark.parametrize("reason", ["server_error", "unreachable"])
async def test_five_in_a_row_open_the_breaker_for_half_a_minute(reason: Reason) -> None:
    """500 x5 in 30 s: 0 requests for 30 s, then 1 probe; queued turns wait, they do not fail."""
    server = Server(lambda *_: fails(reason), share=0.5)
    ends: list[Ended] = []

    async def one(number: int) -> None:
        ends.append(await server.ask(number))

    async with anyio.create_task_group() as tasks:
        for number in range(5):
            tasks.start_soon(one, number)
        await anyio.sleep(0.2)
        assert len(server.asked) == 5
        for number in range(5, 20):
            tasks.start_soon(one, number)
        await anyio.sleep(OPEN_S - 0.2)
        assert len(server.asked) == 5
        server.answers = lambda number, *_: fails(reason) if number == 5 else WELL
        await anyio.sleep(OPEN_S)
        assert len(server.asked) == 6, "one probe"
    assert [ended.reason for ended in ends] == ["complete"] * 20
    assert min(server.asked_at_s[6:]) >= server.asked_at_s[5] + 0.1 + OPEN_S


async def test_what_waits_for_a_breaker_is_asked_when_somebody_has_that_tried() -> None:
    """At once, and one question only; the others follow when it was answered."""
    server = Server(first(5, fails("server_error")))
    ends: list[Ended] = []

    async def one(number: int) -> None:
        ends.append(await server.ask(number))

    async with anyio.create_task_group() as tasks:
        for number in range(5):
            tasks.start_soon(one, number)
        await anyio.sleep(1)
        for number in range(5, 7):
            tasks.start_soon(one, number)
        await anyio.sleep(9)
        assert len(server.asked) == 5
        (breaker,) = [breaker for breaker in server.client.figures().breakers if breaker.state == "open"]
        assert (breaker.of, breaker.model) == ("model", "small")
        assert server.client.try_now(breaker)
        await anyio.sleep(0.05)
        assert len(server.asked) == 6
        assert server.client.figures().streaming == 1
        await anyio.sleep(0.1)
        assert not server.client.try_now(breaker)
    assert [ended.reason for ended in ends] == ["complete"] * 7
    assert server.asked_at_s[5] == 10.0
    assert server.client.figures().streaming == 0


async def test_one_question_alone_opens_the_breaker_and_is_its_probe() -> None:
    """500 x5 for one person: 0 requests for 30 s, then the answer."""
    server = Server(first(5, fails("server_error")))
    assert (await server.ask()).reason == "complete"
    assert len(server.asked) == 6
    assert server.asked_at_s[4] < 30
    assert server.asked_at_s[5] - server.asked_at_s[4] >= OPEN_S


async def test_nobody_waits_for_a_broken_server_for_more_than_five_minutes() -> None:
    """Then they are told, with Retry; and the server is hardly asked meanwhile."""
    server = Server(lambda *_: fails("server_error"))
    ends = await server.ask_all(40)
    assert {ended.reason for ended in ends} == {"server_error"}
    assert max(ended.at_s for ended in ends) <= GIVE_UP_AFTER_S
    # All at once at first, for nobody knew; then one each half minute.
    assert len(server.asked) <= 40 + GIVE_UP_AFTER_S / OPEN_S


async def test_a_models_trouble_silences_no_other_model() -> None:
    """A retired model that answers 500 opens its own breaker; a server that is not there concerns every model."""
    server = Server(lambda _n, _t, model: fails("server_error") if model.name == "small" else WELL)
    async with anyio.create_task_group() as tasks:
        for number in range(5):
            tasks.start_soon(server.ask, number)
        await anyio.sleep(1)
        ended = await server.ask(9, "large")
        assert (ended.reason, ended.at_s) == ("complete", 1.1)
        server.answers = lambda *_: WELL


async def test_an_answer_that_began_is_not_asked_again_here() -> None:
    """What was said is not said twice; how it ended is passed on."""
    server = Server(lambda *_: ["Ice", *fails("server_error")])
    ended = await server.ask()
    assert (ended.text, ended.reason) == ("Ice", "server_error")
    assert len(server.asked) == 1


async def test_who_waits_takes_no_place_from_those_who_stream() -> None:
    """With one slot, another model's question is answered while the first waits for its limit."""
    server = Server(lambda number, _t, _m: fails("rate_limited", 20) if number == 0 else WELL, concurrent=1)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.ask, 0)
        await anyio.sleep(1)
        assert (await server.ask(1, "large")).at_s == 1.1


@pytest.mark.parametrize("trouble", [fails("rate_limited", 30), fails("server_error")])
async def test_closing_a_stream_ends_its_waiting(trouble: list[str | StreamFinished]) -> None:
    """After Stop, a deleted question or SIGTERM no request follows, and somebody else may send the probe that was given up."""
    server = Server(first(5, trouble))
    with anyio.move_on_after(10):
        await server.ask(0)
    asked = len(server.asked)
    await anyio.sleep(20)
    assert len(server.asked) == asked
    assert server.open == 0
    await anyio.sleep(60)
    with anyio.move_on_after(0.05):
        await server.ask(1)
    server.answers = lambda *_: WELL
    assert (await server.ask(2)).reason == "complete"


async def test_usage_of_each_request_is_added() -> None:
    """What a first request used is paid for too."""
    used = Usage(input_tokens=10, output_tokens=2, cost=500)
    server = Server(
        lambda number, *_: [StreamFinished(reason="server_error" if number == 0 else "complete", usage=used)]
    )
    assert (await server.ask()).finished.usage == Usage(input_tokens=20, output_tokens=4, cost=1_000)


async def test_a_prompt_that_is_too_long_is_sent_once_more_without_its_oldest_half() -> None:
    """context_length_exceeded: compacts oldest turns once, resends once; the smaller size is remembered."""
    history = [each for number in range(10) for each in (said(f"{number}? " + "x" * 300), answered("y" * 300))]
    question = replace(turn("And now?"), model="small")
    sizes: list[int] = []

    def answers(_number: int, asked: TurnTaken, model: Model) -> list[str | StreamFinished]:
        told = prompt(asked, model, "0" * MARK_CHARS)
        assert told is not None
        sizes.append(len(told.dialogue))
        return WELL if len(told.dialogue) <= 12 else fails("context_too_long")

    server = Server(answers)
    server.history = tuple(history)
    for _ in range(2):
        events = await server.events(question)
        assert events == WELL
    assert sizes[0] == 21
    assert 9 <= sizes[1] <= 12
    assert sizes[1:] == [sizes[1]] * 2, "the second question is asked with the smaller size at once"


async def test_one_odd_refusal_makes_no_model_forgetful_for_ever() -> None:
    """What a server was found to take counts for an hour, however often it is asked in between; then all of a dialogue is tried."""
    sizes: list[int] = []

    def answers(number: int, asked: TurnTaken, model: Model) -> list[str | StreamFinished]:
        told = prompt(asked, model, "0" * MARK_CHARS)
        assert told is not None
        sizes.append(len(told.dialogue))
        return fails("context_too_long") if number == 0 else WELL

    server = Server(answers)
    server.history = tuple(each for _ in range(10) for each in (said("Why? " * 60), answered("Because. " * 30)))
    question = replace(turn("And now?"), model="small")
    for _ in range(4):
        assert await server.events(question) == WELL
        await anyio.sleep(KNOWN_S * 0.4)
    whole, small = sizes[:2]
    assert small < whole
    assert sizes == [whole, small, small, small, whole]


async def test_a_prompt_that_stays_too_long_ends_with_its_sentence() -> None:
    """One more request, never a third; with nothing to leave out, none."""
    server = Server(lambda *_: fails("context_too_long"))
    server.history = (said("One? " * 300), answered("Two."), said("Three?"), answered("Four."))
    question = replace(turn("And now?"), model="small")
    assert await server.events(question) == fails("context_too_long")
    assert len(server.asked) == 2
    server.history = ()
    assert (await server.ask()).reason == "context_too_long"
    assert len(server.asked) == 3


async def test_a_history_is_read_when_the_model_can_be_asked() -> None:
    """A thousand turns may wait; their histories wait in the rows."""
    server = Server(lambda *_: WELL, concurrent=2)
    server.history = (said("Before?"), answered("Yes."))
    async with anyio.create_task_group() as tasks:
        for number in range(10):
            tasks.start_soon(server.ask, number)
        await anyio.sleep(0.05)
        assert server.reads == 2
    assert server.reads == 10
    assert all(asked.history == server.history for _, _, asked in server.asked)


@pytest.mark.parametrize("seed", range(100))
async def test_in_any_storm_every_question_ends_once_and_in_time(seed: int) -> None:
    """Whatever a server says in whatever order: nobody waits beyond five minutes, and the server is left in peace."""
    import random  # noqa: PLC0415 seeds are for this test alone

    chance = random.Random(seed)
    troubles: list[list[str | StreamFinished]] = [
        fails("rate_limited", chance.choice([None, 0.0, 7.0, 45.0, 3600.0])),
        fails("server_error", chance.choice([None, 3.0, 3600.0])),
        fails("unreachable"),
        fails("quota_exhausted"),
        fails("wrong_key"),
        fails("stream_broke"),
        ["Half", *fails("stalled")],
        WELL,
        WELL,
    ]
    server = Server(lambda *_: chance.choice(troubles), concurrent=chance.choice([1, 3, 256]), share=chance.random())
    ends: list[Ended] = []

    async def one(number: int) -> None:
        await anyio.sleep(chance.random() * 300)
        asked_at_s = anyio.current_time()
        with anyio.move_on_after(chance.choice([0.05, 5.0, 10_000.0])) as stopped:
            ends.append(
                await server.ask(number, chance.choice(["small", "large"]), crash_count=chance.choice([0, 0, 2]))
            )
        assert stopped.cancelled_caught or anyio.current_time() - asked_at_s <= GIVE_UP_AFTER_S + 10

    async with anyio.create_task_group() as tasks:
        for number in range(60):
            tasks.start_soon(one, number)
    assert server.open == 0
    server.answers = lambda *_: WELL
    await anyio.sleep(3600)
    assert (await server.ask(99)).reason == "complete"
    assert (await server.ask(99, "large")).reason == "complete"


async def test_a_suspect_is_told_of_when_it_is_asked_and_not_while_it_waits() -> None:
    """Who looks for the cause of a death must know which of them ran."""
    server = Server(first(1, fails("rate_limited", 7)))

    async def one(number: int, crash_count: int) -> None:
        await server.ask(number, crash_count=crash_count)

    async with anyio.create_task_group() as tasks:
        for number, deaths in enumerate([2, 2, 1, 3]):
            tasks.start_soon(one, number, deaths)
            await anyio.sleep(0.02)
        await anyio.sleep(1)
        assert server.alone == [(0, 0)], "the others wait for the limit"
    assert {turn for turn, _ in server.alone} == {0, 1, 3}
    assert all(server.asked[requests][2].turn == alone for alone, requests in server.alone)


async def test_what_waits_for_a_place_loses_no_patience() -> None:
    """However long others take: the first trouble of its own is tried again."""
    server = Server(lambda number, *_: fails("server_error") if number == 1 else WELL, concurrent=1)
    server.takes_s = 2 * GIVE_UP_AFTER_S
    ends: list[Ended] = []

    async def one(number: int) -> None:
        ends.append(await server.ask(number))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(one, 0)
        await anyio.sleep(1)
        server.takes_s = 0.1
        tasks.start_soon(one, 1)
    assert [(end.reason, end.at_s >= 2 * GIVE_UP_AFTER_S) for end in ends] == [("complete", True)] * 2
    assert len(server.asked) == 3


async def test_it_is_told_when_a_model_is_asked_and_when_a_turn_waits() -> None:
    """While the process ends, what waits need not be waited for."""
    server = Server(first(1, fails("rate_limited", 7)))
    assert (await server.ask()).reason == "complete"
    assert server.told == [(0.0, True), (0.1, False), (0.1, False), (7.1, True)]


async def test_a_turn_that_is_over_is_not_asked() -> None:
    """Whatever ended it: its session knows better how."""
    server = Server(lambda *_: WELL)
    server.over.add(0)
    assert (await server.ask()).reason == "session_ended"
    assert server.asked == []
    assert (await server.ask(1)).reason == "complete"


@pytest.mark.parametrize("is_left", [True, False])
async def test_what_was_made_for_somebody_who_left_is_removed_at_once(is_left: bool) -> None:
    """It was finished, and on its way to whoever asked; once it was handed over, it is theirs."""
    picture = File(name="picture.png", stored="0" * 32)
    server = Server(lambda *_: [StreamFinished(reason="complete", usage=None, files=(picture,))])
    server.closing_s = 10.0
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.ask)
        await server.closes.wait()
        if is_left:
            tasks.cancel_scope.cancel()
    assert server.removed == (["0" * 32] if is_left else [])
    assert server.open == 0


@pytest.mark.parametrize("is_listed", [True, False])
async def test_a_turn_that_waits_for_a_place_has_the_model_as_it_is_listed_when_it_is_asked(is_listed: bool) -> None:
    """And no model where it is listed no more; the answer that streams meanwhile ends as it began, in each of its requests."""
    dear = replace(SMALL, price_in=5.0, price_out=5.0)
    server = Server(lambda number, *_: fails("server_error") if number == 0 else WELL, concurrent=1)
    server.takes_s = 10
    asked_as: list[Model] = []
    stream = server.stream

    def noted(turn: TurnTaken, model: Model) -> AsyncGenerator[str | StreamFinished, None]:
        asked_as.append(model)
        return stream(turn, model)

    server.stream = noted  # type: ignore[method-assign]
    ends: dict[int, str] = {}

    async def one(number: int) -> None:
        ends[number] = (await server.ask(number)).reason

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(one, 0)
        await anyio.sleep(1)
        tasks.start_soon(one, 1)
        await anyio.sleep(1)
        server.models.replace(Catalogue([dear, LARGE] if is_listed else [LARGE]))
    assert ends == {0: "complete", 1: "complete" if is_listed else "model_unknown"}
    assert sorted(model.price_in or 0 for model in asked_as) == ([0, 0, 5.0] if is_listed else [0, 0])
