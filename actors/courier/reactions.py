"""The reactions on a question: ✍🏻 while it is being answered, and a mark that stays when that is over. Pure.

The states stand in `machine.py`.
"""

from typing import Final

from actors.courier.machine import REACTIONS, ReactionEvent, ReactionState, step
from actors.courier.requests import UNANSWERED_PAUSE_MAX_S, UNANSWERED_PAUSE_S, React, Reaction, Unreact
from backoff import backoff_s
from discord_api import error_codes
from discord_api.results import Done, Impossible, Limited, Result, Unknown
from messages.ids import ChannelId, TurnId
from messages.turn import Place

WRITING: Final = "✍🏻"
DONE: Final = "👌"
TOLD_BEFORE: Final = "🚫"
"""The mark on a question when an earlier notice to the same person says all there is to say."""

ASLEEP: Final = "💤"
"""The mark on a message that calls the bot, from somebody whom it does not serve and who has had the hint lately."""

UNMARKED_S: Final = 300.0
"""For how long a refusal is remembered. Discord shuts out an address that sends 10,000 forbidden requests in ten minutes
(Rate Limits, Invalid Request Limit)."""


class Reactions:
    """What stands on the question, as far as that is known."""

    def __init__(self, turn: TurnId, place: Place, *, unknown: bool) -> None:
        """`unknown` is true when an earlier process may have put something there."""
        self.not_before_s = 0.0
        self._turn = turn
        self._place = place
        self._state: ReactionState = "forbidden" if place.question_id is None else "unsure" if unknown else "absent"
        self._failures = 0

    @property
    def can_be_put(self) -> bool:
        """Whether the bot may change the reactions on the question, as far as is known."""
        return self._state != "forbidden"

    def while_written(self, *, grows: bool) -> React | None:
        """Return the request that comes next while the question is being answered.

        Where the answer can be seen growing before ✍🏻 found room, ✍🏻 would cost two requests for nothing.
        """
        return self._react(WRITING) if self._state == "unsure" or (self._state == "absent" and not grows) else None

    def when_over(self, mark: str | None, *, attempted: bool) -> Reaction | None:
        """Return the request that comes next when Discord shows the outcome; `mark` is what the question keeps.

        `attempted` is false when the question was never being answered, so that ✍🏻 cannot stand there.
        """
        question = self._place.question_id
        if question is not None and attempted and self._state in ("unsure", "writing"):
            return Unreact(turn=self._turn, channel_id=self._place.channel_id, message_id=question, emoji=WRITING)
        return None if mark is None or self._state in ("marked", "forbidden") else self._react(mark)

    def _react(self, emoji: str) -> React | None:
        question = self._place.question_id
        if question is None:
            return None
        return React(turn=self._turn, channel_id=self._place.channel_id, message_id=question, emoji=emoji)

    def learn(self, request: Reaction, result: Result, now_s: float) -> None:
        """Learn what came of a request.

        :raises ValueError: the result is none that such a request can have
        """
        match result:
            case Done():
                self._succeeded(request)
            case Impossible(code=code) if code in error_codes.REACTIONS:
                self.forbid()
            case Impossible():
                self._succeeded(request)  # it will never be different
            case Limited():
                self._became_unsure(request)
            case Unknown():
                self._became_unsure(request)
                self._failures += 1
                self.not_before_s = now_s + backoff_s(
                    self._failures, first_s=UNANSWERED_PAUSE_S, max_s=UNANSWERED_PAUSE_MAX_S
                )
            case _:
                raise ValueError(f"{type(result).__name__} is no result of {type(request).__name__}")

    def forbid(self) -> None:
        """The bot may change no reaction on this question."""
        self._failures = 0
        self._state = step(REACTIONS, self._state, "forbidden")

    def _succeeded(self, request: Reaction) -> None:
        self._failures = 0
        event: ReactionEvent = (
            "hand_taken" if isinstance(request, Unreact) else "hand_put" if request.emoji == WRITING else "mark_put"
        )
        self._state = step(REACTIONS, self._state, event)

    def _became_unsure(self, request: Reaction) -> None:
        """✍🏻 may stand there, even where Discord answered with a limit.

        When a connection breaks, aiohttp repeats a PUT by itself: the limit may be the answer to the second one.
        """
        if isinstance(request, React) and request.emoji == WRITING:
            self._state = step(REACTIONS, self._state, "hand_unsure")


class ForbiddenReactions:
    """The channels in which Discord lets the bot put no reaction, so that it does not try again and again."""

    def __init__(self) -> None:
        self._known: dict[ChannelId, tuple[float, int]] = {}

    def forbid(self, channel: ChannelId, code: int, now_s: float) -> None:
        """Discord refused a reaction there, whatever the message."""
        self._known = {known: said for known, said in self._known.items() if now_s < said[0]}
        self._known[channel] = now_s + UNMARKED_S, code

    def code_in(self, channel: ChannelId, now_s: float) -> int | None:
        """Return the code with which Discord would refuse a reaction in a channel; None when it may take one."""
        until_s, code = self._known.get(channel, (0.0, None))
        return code if now_s < until_s else None
