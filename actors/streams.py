"""The way to the models: how many answers stream at once, and who streams alone."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, nullcontext
from typing import Final, Protocol

import anyio

from messages.turn import TurnTaken
from models.catalogue import Catalogue, Model
from models.events import StreamFinished

SUSPECT_DEATHS: Final = 2
"""A turn during which the process died that often may be the cause: such turns run one at a time, to find out which."""


class Chat(Protocol):
    """What is needed of a model's client."""

    def stream(self, turn: TurnTaken, model: Model) -> AsyncGenerator[str | StreamFinished, None]:
        """Yield the answer in pieces, then how it ended."""
        ...


class Streams:
    """Lets so many answers stream at once, in the order in which they asked."""

    def __init__(self, chat: Chat, catalogue: Catalogue, *, concurrent: int) -> None:
        self._chat = chat
        self._catalogue = catalogue
        self._free = anyio.Semaphore(concurrent)
        self._suspects = anyio.Semaphore(1)

    async def stream(self, turn: TurnTaken) -> AsyncGenerator[str | StreamFinished, None]:
        """Yield the answer in pieces, then how it ended. Closing it closes the connection."""
        model = self._catalogue.get(turn.model)
        if model is None:
            yield StreamFinished(reason="model_unknown", usage=None)
            return
        alone = self._suspects if turn.deaths >= SUSPECT_DEATHS else nullcontext()
        async with alone, self._free, aclosing(self._chat.stream(turn, model)) as events:
            async for event in events:
                yield event
