"""A moderation that nobody asks: for bots whose servers have no gate. And books that nobody reads."""

from collections.abc import Sequence
from typing import Any

from messages.verbs.verb import Verb
from models.events import StreamFinished
from models.moderation import Judged, Verdict


class NobodyJudges:
    """Fails when it is asked."""

    async def judge(self, said: Sequence[Judged], model: str) -> Verdict | StreamFinished:
        raise AssertionError(f"no gate is on, and {model} was asked about {len(said)} texts")


class NoBooks:
    """Keeps what is to be booked."""

    def __init__(self) -> None:
        self.booked: list[Verb[Any]] = []

    def enqueue(self, verb: Verb[Any]) -> None:
        self.booked.append(verb)
