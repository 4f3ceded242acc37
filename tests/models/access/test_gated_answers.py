"""What a gate lets through of an answer, under hundreds of seeded streams and judgements, in virtual time."""

import random
from collections.abc import AsyncGenerator, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import anyio
import pytest
import trio.testing
from msgspec.structs import replace

from current import Fixed
from files.folder import Folder
from messages.files import File
from messages.ids import GuildId
from messages.session import ModelAsked
from messages.turn import TurnTaken
from messages.usage import Usage
from models.access.gate import Gate
from models.access.gated_answers import GatedAnswers
from models.events import JudgementWaits, StreamFinished, TextDropped, TextHeld, Thought
from models.gate_rules import GateMode, GateRules
from models.moderation import Judged, Verdict
from tests.models.test_prompt import turn
from tests.rig.nobody_judges import NoBooks

NO_FILES: Final = Folder(Path("/nowhere"))

BAD: Final = "slay"
WORDS: Final = ("a ", "comet ", "is ", "ice. ", "and ", "dust. ")


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Trio, whose clock jumps to the next deadline: minutes pass at once."""
    return ("trio", {"clock": trio.testing.MockClock(autojump_threshold=0)})


class Judge:
    """Flags `BAD`, after some failures in a row now and then."""

    def __init__(self, chance: random.Random, failing: float) -> None:
        self._chance = chance
        self._failing = failing
        self.judged: list[tuple[str, ...]] = []

    async def judge(self, said: Sequence[Judged], model: str) -> Verdict | StreamFinished:
        assert model == "omni-moderation-latest"
        await anyio.sleep(self._chance.random())
        if self._chance.random() < self._failing:
            return StreamFinished(reason="server_error", usage=None)
        texts = tuple(text for text in said if isinstance(text, str))
        self.judged.append(texts)
        return Verdict(("violence",) if any(BAD in text for text in texts) else ())


class Model:
    """Answers with these events, at a pace of its own."""

    def __init__(self, chance: random.Random, events: Iterable[Any]) -> None:
        self._chance = chance
        self._events = events
        self.is_closed = False

    async def stream(self, turn: TurnTaken) -> AsyncGenerator[Any, None]:
        yield ModelAsked(turn=turn.turn, attempt=turn.attempt, is_under_way=True)
        try:
            for event in self._events:
                await anyio.sleep(self._chance.random())
                yield event
        finally:
            self.is_closed = True


END: Final = StreamFinished(reason="complete", usage=Usage(input_tokens=3, output_tokens=5))


def a_stream(chance: random.Random) -> list[Any]:
    """Reasoning, text that may be dropped once, and an end; the bad word may stand in any of it."""
    said: list[Any] = [
        Thought(chance.choice((*WORDS, BAD)) if chance.random() < 0.1 else "Hm. ") for _ in range(chance.randrange(4))
    ]
    said += [chance.choice(WORDS) for _ in range(chance.randrange(1, 60))]
    if chance.random() < 0.3:
        said.insert(chance.randrange(len(said) + 1), f"{BAD} ")
    if chance.random() < 0.2:
        said.insert(chance.randrange(len(said) + 1), TextDropped())
    return [*said, END]


def text_of(events: Iterable[Any]) -> str:
    text = ""
    for event in events:
        if isinstance(event, str):
            text += event
        elif isinstance(event, TextDropped):
            text = ""
    return text


def thought(events: Iterable[Any]) -> str:
    return "".join(event.text for event in events if isinstance(event, Thought))


def gated(model: Model, judge: Judge, mode: GateMode, files: Folder = NO_FILES) -> GatedAnswers:
    rules = GateRules(servers={GuildId(7): mode}, mode="off")
    return GatedAnswers(model, Gate(judge, Fixed(rules), NoBooks()), files=files, share=lambda: 0.5)


async def let_through(model: Model, judge: Judge, mode: GateMode, files: Folder = NO_FILES) -> list[Any]:
    asked = replace(turn("What is a comet?"), guild_id=GuildId(7))
    return [event async for event in gated(model, judge, mode, files).stream(asked)]


@pytest.mark.parametrize("seed", range(300))
async def test_with_block_nothing_is_let_through_that_was_not_judged_and_nothing_allowed_is_lost(seed: int) -> None:
    """At each moment, all that was let through was judged; an allowed answer is the model's to the letter."""
    chance = random.Random(seed)
    said = a_stream(chance)
    judge = Judge(chance, failing=chance.choice((0.0, 0.3)))
    model = Model(chance, said)
    shown: list[Any] = []
    asked = replace(turn("What is a comet?"), guild_id=GuildId(7))
    async for event in gated(model, judge, "block").stream(asked):
        shown.append(event)
        assert BAD not in text_of(shown)
        assert BAD not in thought(shown)
        assert not isinstance(event, str) or any(text_of(shown) in texts[0] for texts in judge.judged)
    end = shown[-1]
    assert isinstance(end, StreamFinished)
    assert sum(isinstance(event, StreamFinished) for event in shown) == 1
    assert model.is_closed
    if BAD in text_of(said) or BAD in thought(said):
        assert (end.reason, text_of(shown)) == ("answer_blocked", "")
    elif end.reason == "complete":
        assert (text_of(shown), thought(shown), end.usage) == (text_of(said), thought(said), END.usage)
    else:  # what the model took back later had been judged before
        assert end.reason == "answer_blocked"
        assert BAD in "".join(event for event in said if isinstance(event, str))


@pytest.mark.parametrize("seed", range(50))
async def test_with_warn_everything_is_let_through_and_the_end_says_what_is_flagged(seed: int) -> None:
    """Also where nobody judges it."""
    chance = random.Random(seed)
    said = a_stream(chance)
    failing = chance.choice((0.0, 1.0))
    shown = await let_through(Model(chance, said), Judge(chance, failing), "warn")
    assert shown[1:-1] == said[:-1]
    flags = ("violence",) if BAD in text_of(said) and not failing else ()
    assert shown[-1].flags.answer == flags


async def test_while_nobody_judges_it_an_answer_waits_and_says_so() -> None:
    """For hours, if it must."""
    chance = random.Random(1)
    judge = Judge(chance, failing=1.0)
    with anyio.move_on_after(7200):
        async for event in gated(Model(chance, ["Ice.", END]), judge, "block").stream(
            replace(turn("?"), guild_id=GuildId(7))
        ):
            assert isinstance(event, ModelAsked | TextHeld | JudgementWaits)
    assert anyio.current_time() > 0


@pytest.mark.parametrize("seed", range(60))
async def test_at_every_moment_it_is_known_how_much_the_model_wrote(seed: int) -> None:
    """What was let through and what is held make up all that came, so that an answer that is stopped is counted whole."""
    chance = random.Random(seed)
    said = [one for one in a_stream(chance) if one != TextDropped()]
    came = pieces = told = 0

    class Counted(Model):
        async def stream(self, turn: TurnTaken) -> AsyncGenerator[Any, None]:
            nonlocal came, pieces
            async for event in super().stream(turn):
                came += len(event if isinstance(event, str) else event.text if isinstance(event, Thought) else "")
                pieces += isinstance(event, str | Thought)
                yield event

    shown = held = 0
    asked = replace(turn("?"), guild_id=GuildId(7))
    async for event in gated(Counted(chance, said), Judge(chance, failing=0.2), "block").stream(asked):
        match event:
            case str():
                shown += len(event)
            case TextHeld(bytes):
                held = bytes
                assert shown + held == came
                told += 1
            case StreamFinished():
                break
    assert told >= pieces


async def test_without_a_gate_nobody_is_asked() -> None:
    """The stream is the model's."""
    chance = random.Random(1)
    judge = Judge(chance, failing=0.0)
    assert (await let_through(Model(chance, ["Ice.", END]), judge, "off"))[1:] == ["Ice.", END]
    assert not judge.judged


def drawn(folder: Folder, description: str = "A comet") -> StreamFinished:
    """The end of a picture that lies on disk."""
    new = folder.new()
    new.file.close()
    file = File(name="a.jpeg", stored=new.name, description=description, media_type="image/jpeg", size=1)
    return replace(END, files=(file,))


@pytest.mark.parametrize("mode", ["warn", "block"])
async def test_what_describes_a_picture_is_judged_with_it(tmp_path: Path, mode: GateMode) -> None:
    """A server may have written the description itself. What is blocked is gone from the disk, what is only flagged is not."""
    chance, folder = random.Random(1), Folder(tmp_path)
    end = drawn(folder, f"You {BAD} a dragon")
    shown = await let_through(Model(chance, [end]), Judge(chance, failing=0.0), mode, folder)
    if mode == "block":
        assert (shown[-1].reason, shown[-1].files, shown[-1].usage) == ("answer_blocked", (), END.usage)
    else:
        assert (shown[-1].files, shown[-1].flags.answer) == (end.files, ("violence",))
    assert bool(list(folder.names())) == (mode == "warn")


async def test_a_text_that_is_not_shown_whole_is_judged_whole() -> None:
    """The rest of it is a file, which people open."""
    chance = random.Random(1)
    rest = replace(END, reason="whole_in_file", files=(File(name="transcript.txt", content=f"Ice. {BAD}".encode()),))
    shown = await let_through(Model(chance, ["Ice.", rest]), Judge(chance, failing=0.0), "block")
    assert (shown[-1].reason, shown[-1].files) == ("answer_blocked", ())


@pytest.mark.parametrize("mode", ["warn", "block"])
async def test_a_picture_that_is_given_up_while_it_waits_for_its_judgement_is_removed(
    tmp_path: Path, mode: GateMode
) -> None:
    """Nobody else knows of it yet."""
    chance, folder = random.Random(1), Folder(tmp_path)
    end = drawn(folder)

    class Silent(Judge):
        async def judge(self, said: Sequence[Judged], model: str) -> Verdict | StreamFinished:  # noqa: ARG002
            await anyio.sleep_forever()
            raise AssertionError

    with anyio.move_on_after(5) as waiting:
        await let_through(Model(chance, [end]), Silent(chance, failing=0.0), mode, folder)
    assert waiting.cancelled_caught
    assert not list(folder.names())


async def test_an_answer_that_is_closed_says_how_much_of_it_came() -> None:
    """Its server did not say what it used, but it was paid for all the same."""
    chance = random.Random(1)
    pieces = ["Ice. " * 500, f"{BAD} ", "More. " * 500]
    shown = await let_through(Model(chance, [*pieces, END]), Judge(chance, failing=0.0), "block")
    assert text_of(shown) == ""
    assert (shown[-1].reason, shown[-1].usage) == ("answer_blocked", None)
    assert shown[-1].cut_bytes == len("".join(pieces))
