"""The reactions on one turn's question: ✍🏻 while it is being answered, and what stays when that is over. Pure."""

from typing import Final

from actors.courier.requests import React, Unreact
from discord_api import error_codes
from messages.ids import TurnId
from messages.turn import Place

WRITING: Final = "✍🏻"
DONE: Final = "👌"
TOLD_BEFORE: Final = "🚫"
"""On a question that the notice before it speaks for too."""


def pause_s(failures: int) -> float:
    """How long to wait after so many requests in a row without an answer."""
    return min(30.0, 0.5 * 2.0 ** min(failures, 7))


class Reactions:
    """What stands on the question, as far as that is known."""

    def __init__(self, turn: TurnId, place: Place, *, unknown: bool) -> None:
        """`unknown` when an earlier process may have put something there."""
        self.can_be_put = place.question_id is not None
        self.not_before_s = 0.0
        self._turn = turn
        self._place = place
        self._writing: bool | None = None if unknown else False
        self._marked = False
        self._failures = 0

    def while_written(self, *, grows: bool) -> React | None:
        """The request that comes next while it is being answered.

        Where ✍🏻 was held up so long that the answer itself can be seen growing, it would cost two requests for nothing.
        """
        return None if self._writing or (grows and self._writing is False) else self._react(WRITING)

    def when_over(self, mark: str | None, *, attempted: bool) -> React | Unreact | None:
        """The request that comes next when the outcome stands in Discord; `mark` is what the question keeps."""
        question = self._place.question_id
        if question is not None and self.can_be_put and attempted and self._writing is not False:
            return Unreact(turn=self._turn, channel_id=self._place.channel_id, message_id=question, emoji=WRITING)
        return None if mark is None or self._marked else self._react(mark)

    def _react(self, emoji: str) -> React | None:
        question = self._place.question_id
        if question is None or not self.can_be_put:
            return None
        return React(turn=self._turn, channel_id=self._place.channel_id, message_id=question, emoji=emoji)

    # What became of requests

    def succeeded(self, request: React | Unreact) -> None:
        """Discord did it."""
        self._failures = 0
        if isinstance(request, Unreact):
            self._writing = False
        elif request.emoji == WRITING:
            self._writing = True
        else:
            self._marked = True

    def impossible(self, request: React | Unreact, code: int) -> None:
        """Discord will never do it."""
        self.can_be_put = self.can_be_put and code not in error_codes.REACTIONS
        self.succeeded(request)

    def limited(self, request: React | Unreact) -> None:
        """Discord did not do it; of a reaction that is not sure.

        Where a connection breaks, aiohttp sends a PUT once more by itself: this may be what the second one was answered.
        """
        if isinstance(request, React) and request.emoji == WRITING:
            self._writing = None

    def unknown(self, request: React | Unreact, now_s: float) -> None:
        """No answer came, so Discord may have done it or not."""
        self.limited(request)
        self._failures += 1
        self.not_before_s = now_s + pause_s(self._failures)
