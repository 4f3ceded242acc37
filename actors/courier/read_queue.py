"""What the courier is to read: channels that may have missed something, and questions that may have changed. Pure."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from actors.courier.requests import ReadQuestion
from discord_api.results import Limited, Result, Unknown
from messages.courier import ReadChannel, ReadQuestions
from messages.ids import ChannelId, MessageId, SessionId

READ_AGAIN_S: Final = 5.0
"""How long a channel that could not be read waits for the next try, so that it does not take the place of answers."""

QUESTION_TRIES: Final = 2
"""How often a question is read at most."""

QUESTIONS_S: Final = 15.0
"""How long a session waits for its questions: one that cannot be read by then is asked as it is stored."""


class ReadQueue:
    """Requests to read that wait, and since when."""

    def __init__(self) -> None:
        self._channels: dict[ChannelId, ReadChannel] = {}
        self._not_before_s: dict[ChannelId, float] = {}
        self._questions: dict[SessionId, dict[MessageId, ReadQuestion]] = {}
        self._under_way: Counter[SessionId] = Counter()
        """How many questions of each session are being read."""
        self._tries: dict[MessageId, int] = {}
        self._deadline_s: dict[SessionId, float] = {}

    def read(self, request: ReadChannel) -> None:
        """Have a channel read; the newest such request of a channel counts."""
        self._channels[request.channel_id] = request

    def reread(self, request: ReadQuestions, now_s: float) -> None:
        """Have a session's waiting questions read again."""
        self._deadline_s.setdefault(request.session, now_s + QUESTIONS_S)
        self._questions[request.session] = {
            message: ReadQuestion(session=request.session, channel_id=channel, message_id=message)
            for channel, message in request.questions
        }

    def waiting(self) -> Iterator[tuple[float, ReadChannel | ReadQuestion]]:
        """Return what may be sent, each with the earliest moment to send it."""
        for channel, read in self._channels.items():
            yield self._not_before_s.get(channel, 0.0), read
        for questions in self._questions.values():
            for question in questions.values():
                yield 0.0, question

    def began(self, request: ReadChannel | ReadQuestion) -> None:
        """A request is under way."""
        if isinstance(request, ReadChannel):
            self._channels.pop(request.channel_id, None)
            self._not_before_s.pop(request.channel_id, None)
        else:
            self._questions.get(request.session, {}).pop(request.message_id, None)
            self._under_way[request.session] += 1

    def ended(self, request: ReadChannel | ReadQuestion, result: Result, now_s: float) -> None:
        """A request has ended. What could not be read is read again: a channel until it can be, a question once."""
        if isinstance(request, ReadQuestion):
            self._under_way[request.session] -= 1
            if not self._under_way[request.session]:
                del self._under_way[request.session]
        if not isinstance(result, Unknown | Limited):
            return
        if isinstance(request, ReadChannel):
            self._channels.setdefault(request.channel_id, request)
            self._not_before_s[request.channel_id] = now_s + READ_AGAIN_S
            return
        tries = self._tries[request.message_id] = self._tries.get(request.message_id, 0) + 1
        if tries < QUESTION_TRIES and request.session in self._questions:
            self._questions[request.session][request.message_id] = request

    def next_deadline_s(self) -> float | None:
        """Return the moment at which the next session stops waiting."""
        return min(self._deadline_s.values(), default=None)

    def take_reread(self, now_s: float) -> list[SessionId]:
        """Return the sessions whose questions have all been read, or have waited long enough, and forget them."""
        if not self._deadline_s:
            self._tries.clear()
            return []
        over = [
            session
            for session, deadline_s in self._deadline_s.items()
            if now_s >= deadline_s or (not self._questions.get(session) and not self._under_way[session])
        ]
        for session in over:
            del self._deadline_s[session]
            self._questions.pop(session, None)
        return over
