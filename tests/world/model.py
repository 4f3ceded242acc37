"""A scripted model that `ModelClient` asks; it records the requests and its answers."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Final, Literal

import anyio

from messages.ids import SessionId, TurnId
from messages.turn import Reason, TurnTaken
from messages.usage import Usage
from models.events import StreamFinished
from models.model import Model as Listed
from tests.world.clock import Clock
from tests.world.rest import Life

PIECES: Final = 6
PIECE_S: Final = 0.3

DELTAS: Final = 3000
DELTA_S: Final = 0.01
"""The pause between two pieces of text of a fast model."""

FIRST_TEXT_S: Final = 60.0
SILENCE_S: Final = 45.0
"""What `models.listener` waits before it says so."""

Mood = Literal[
    "well",
    "long",
    "fluent",
    "slow",
    "lectures",
    "breaks",
    "ends_early",
    "stalls",
    "late",
    "cut",
    "limited",
    "refuses",
    "crash",
]


@dataclass
class Manner:
    """How the next so many requests are answered. `reason` is a refusal's, `retry_after_s` a limit's."""

    mood: Mood
    left: int = 1
    reason: Reason = "server_error"
    retry_after_s: float | None = None


@dataclass
class Request:
    """One request, and what was said to it."""

    number: int
    at_s: float
    process: int
    turn: TurnTaken
    whole: str
    said: str = ""
    reason: Reason | None = None
    is_open: bool = True


@dataclass
class Model:
    """The server's side."""

    broken: Callable[[str], None]
    manners: deque[Manner] = field(default_factory=deque)
    requests: list[Request] = field(default_factory=list)
    saw: Callable[[Request], None] = lambda _request: None

    def manner(self) -> Manner:
        """How the request that comes now is answered."""
        if not self.manners:
            return Manner("well")
        manner = self.manners[0]
        manner.left -= 1
        if manner.left <= 0:
            self.manners.popleft()
        return manner

    def of_turn(self, turn: TurnId) -> list[Request]:
        """What was asked for a turn, oldest first."""
        return [request for request in self.requests if request.turn.turn == turn]

    def open_in(self, session: SessionId) -> list[Request]:
        """What is being answered for a session."""
        return [one for one in self.requests if one.is_open and one.turn.session == session]


class Chat:
    """Stands for the models, as one process's `ModelClient` uses them."""

    def __init__(self, model: Model, life: Life, clock: Clock) -> None:
        self._model = model
        self._life = life
        self._clock = clock

    async def stream(self, turn: TurnTaken, _listed: Listed) -> AsyncGenerator[str | StreamFinished, None]:
        """Yield an answer that nobody else gets, then how it ended."""
        if not self._life.is_alive:
            raise asyncio.CancelledError
        if self._model.open_in(turn.session):
            self._model.broken(f"two answers at once in session {turn.session}")
        manner, number = self._model.manner(), len(self._model.requests) + 1
        whole = _answer(number, words={"long": 500, "lectures": 500, "fluent": DELTAS}.get(manner.mood, 12))
        request = Request(number, self._clock.now_s, self._life.number, turn, whole)
        self._model.requests.append(request)
        self._model.saw(request)
        self._life.boundary("asked")
        try:
            async for event in self._say(request, manner):
                if not self._life.is_alive:
                    raise asyncio.CancelledError
                if isinstance(event, str):
                    request.said += event
                else:
                    request.reason = event.reason
                yield event
        finally:
            request.is_open = False

    async def _say(self, request: Request, manner: Manner) -> AsyncGenerator[str | StreamFinished, None]:
        usage = Usage(input_tokens=10, output_tokens=10)
        await anyio.sleep(0.1)
        match manner.mood:
            case "limited":
                yield StreamFinished(reason="rate_limited", usage=None, retry_after_s=manner.retry_after_s)
                return
            case "refuses":
                yield StreamFinished(reason=manner.reason, usage=None)
                return
            case "late":
                await anyio.sleep(FIRST_TEXT_S)
                yield StreamFinished(reason="first_text_late", usage=usage)
                return
            case "crash":
                raise ZeroDivisionError("a bug")
            case _:
                pass
        pieces = _pieces(request.whole, DELTAS if manner.mood == "fluent" else PIECES)
        said = pieces if manner.mood in ("well", "long", "fluent", "slow", "lectures") else pieces[: PIECES // 2]
        for piece in said:
            await anyio.sleep({"slow": 2.0, "lectures": 2.0, "fluent": DELTA_S}.get(manner.mood, PIECE_S))
            yield piece
        match manner.mood:
            case "breaks":
                yield StreamFinished(reason="stream_broke", usage=usage)
            case "ends_early":
                yield StreamFinished(reason="ended_early", usage=usage)
            case "stalls":
                await anyio.sleep(SILENCE_S)
                yield StreamFinished(reason="stalled", usage=usage)
            case "cut":
                yield StreamFinished(reason="token_limit", usage=usage)
            case _:
                yield StreamFinished(reason="complete", usage=usage)


def _answer(number: int, *, words: int) -> str:
    middle = " ".join(f"w{number}.{word}" for word in range(words))
    return f"Answer{number}: {middle} {end_mark(number)}"


def end_mark(number: int) -> str:
    """What only the whole of an answer ends with."""
    return f"End{number}!"


def _pieces(text: str, count: int) -> list[str]:
    size = -(-len(text) // count)
    return [text[at : at + size] for at in range(0, len(text), size)]
