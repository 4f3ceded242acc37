"""A crowd: so many people ask at the same moment, each in a channel of their own; what became of each question, and when."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from sandbox.discord import Message, Person
from sandbox.discord.requests import Request
from sandbox.discord.things import Channel
from tests.bench.stage import Stage
from tests.rig.model.record import ModelRequest

DONE: Final = "%F0%9F%91%8C"
"""👌, as it stands in a path."""
OK: Final = 300
CHARS_A_TOKEN: Final = 4
WORDS: Final = "and then the fox said to the bird that "


def answer_of(word: str, tokens: int) -> str:
    """An answer of so many tokens that nobody else gets."""
    text = f"{word}: " + WORDS * (tokens * CHARS_A_TOKEN // len(WORDS) + 1)
    return text[: tokens * CHARS_A_TOKEN - 1] + "."


@dataclass(slots=True)
class Asked:
    """One question: when it was asked, when the model spoke, when Discord showed what. Monotonic seconds."""

    word: str
    message: Message
    asked_s: float
    expected: str
    spoke_s: float | None = None
    model_ended_s: float | None = None
    first_text_s: float | None = None
    final_text_s: float | None = None
    done_s: float | None = None


@dataclass(slots=True)
class Crowd:
    """What was seen of all of them."""

    asked: list[Asked]
    began_s: float
    cpu_s: float = 0.0
    too_many: int = 0
    requests: int = 0
    lags_s: list[float] = field(default_factory=list)

    @property
    def lost(self) -> int:
        """How many questions never got their exact final text or 👌."""
        return sum(one.final_text_s is None or one.done_s is None for one in self.asked)

    @property
    def at_once(self) -> int:
        """How many answers streamed in the same moment, at the most."""
        spans = [(one.spoke_s, one.model_ended_s) for one in self.asked]
        whole = [(began_s, ended_s) for began_s, ended_s in spans if began_s is not None and ended_s is not None]
        return max((sum(began_s <= at_s < ended_s for began_s, ended_s in whole) for at_s, _ in whole), default=0)

    def last(self, moment: str) -> float:
        """Seconds from the beginning until that had happened to all of them."""
        moments = [getattr(one, moment) for one in self.asked]
        return max((at_s - self.began_s for at_s in moments if at_s is not None), default=float("nan"))

    def waits(self, since: str, until: str) -> list[float]:
        """Seconds from one thing to another, of each, in order of size."""
        pairs = [(getattr(one, since), getattr(one, until)) for one in self.asked]
        return sorted(after - before for before, after in pairs if before is not None and after is not None)

    @property
    def slowest_by_median(self) -> float:
        """The slowest wait for a first text, against the median."""
        waits = self.waits("asked_s", "first_text_s")
        return waits[-1] / median(waits) if waits else float("nan")


def percentile(sorted_values: list[float], percent: float) -> float:
    """The value that so many percent do not exceed (nearest rank); nan of nothing."""
    if not sorted_values:
        return float("nan")
    rank = max(1, -(-len(sorted_values) * percent // 100))
    return sorted_values[int(rank) - 1]


async def ask(
    stage: Stage,
    who: list[tuple[Person, Channel]],
    *,
    tokens: int = 200,
    tokens_per_s: float = 50.0,
    first_token_after_s: float = 0.0,
    timeout_s: float = 120.0,
    tag: str = "q",
    enclosed: Callable[[], list[dict[str, Any]]] = list,
) -> Crowd:
    """Have them all ask at once, and wait until every question has its 👌, or the time is over.

    `enclosed` makes what each of them attaches.
    """
    words = [f"{tag}{number:04}" for number in range(len(who))]
    expected = {word: answer_of(word, tokens) for word in words}
    stage.answers |= expected
    stage.model.script(
        answer=lambda request: stage.answers.get(request.text.rpartition(" ")[2], "Nobody asked that."),
        tokens_per_s=tokens_per_s,
        chunk=CHARS_A_TOKEN,
        first_token_after_s=first_token_after_s,
    )
    seen_rest, seen_model = len(stage.discord.requests), len(stage.model.requests)
    cpu_s = stage.bot.cpu_s
    began_s = time.monotonic()
    asked = []
    for word, (person, room) in zip(words, who, strict=True):
        at_s = time.monotonic()
        message = await person.say(room, f"Tell me about {word}", attachments=enclosed())
        asked.append(Asked(word, message, at_s, expected[word]))
    crowd = Crowd(asked, began_s)
    me = stage.discord.world.bot.id

    def over() -> bool:
        return all(me in one.message.reactions.get("👌", ()) for one in asked)

    await stage.until(over, timeout_s)
    crowd.cpu_s = stage.bot.cpu_s - cpu_s
    _read_rest(crowd, stage.discord.requests[seen_rest:])
    _read_model(crowd, stage.model.requests[seen_model:])
    return crowd


def _read_rest(crowd: Crowd, requests: list[Request]) -> None:
    by_question = {one.message.id: one for one in crowd.asked}
    by_text = {one.expected: one for one in crowd.asked}
    crowd.requests = len(requests)
    crowd.too_many = sum(request.status == 429 for request in requests)
    for request in requests:
        if request.status is None or request.status >= OK or request.done_at_s is None:
            continue
        if request.path.endswith(f"/reactions/{DONE}/@me"):
            question = by_question.get(int(request.path.split("/")[4]))
            if question is not None:
                question.done_s = question.done_s or request.done_at_s
            continue
        body = request.body if isinstance(request.body, dict) else {}
        answering = by_question.get(int((body.get("message_reference") or {}).get("message_id") or 0))
        if answering is not None:
            answering.first_text_s = answering.first_text_s or request.done_at_s
        whole = by_text.get(body.get("content", ""))
        if whole is not None:
            whole.final_text_s = whole.final_text_s or request.done_at_s


def _read_model(crowd: Crowd, requests: list[ModelRequest]) -> None:
    by_word = {one.word: one for one in crowd.asked}
    for request in requests:
        one = by_word.get(request.text.rpartition(" ")[2])
        if one is not None:
            one.spoke_s = request.spoke_at_s
            one.model_ended_s = request.ended_at_s
