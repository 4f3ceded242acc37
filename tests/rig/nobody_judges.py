"""A moderation that nobody asks: for bots whose servers have no gate."""

from collections.abc import Sequence

from models.events import StreamFinished
from models.moderation import Judged, Verdict


class NobodyJudges:
    """Fails when it is asked."""

    async def judge(self, said: Sequence[Judged], model: str) -> Verdict | StreamFinished:
        raise AssertionError(f"no gate is on, and {model} was asked about {len(said)} texts")
