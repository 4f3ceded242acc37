"""What the courier is to read: channels that may have missed something, and questions that may have changed. Pure."""

from collections import deque
from collections.abc import Iterator
from itertools import islice
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

CHANNELS_LOOKED_AT: Final = 16
"""Of so many channels one waiting question each may be sent next. After an absence many thousands may wait."""

REREAD_AT_ONCE: Final = 100
"""So many sessions go on at once; the rest of the process has its turn before the next do."""


class ReadQueue:
    """Requests to read that wait, and since when."""

    def __init__(self) -> None:
        self._channels: dict[ChannelId, ReadChannel] = {}
        self._not_before_s: dict[ChannelId, float] = {}
        self._questions: dict[ChannelId, dict[MessageId, ReadQuestion]] = {}
        """The questions that wait, by channel; a channel whose turn it was goes to the end."""
        self._left: dict[SessionId, dict[MessageId, ChannelId]] = {}
        """The questions of each session that wait or are being read."""
        self._tries: dict[MessageId, int] = {}
        self._deadline_s: dict[SessionId, float] = {}
        """When each session stops waiting, the first of them first."""
        self._over: deque[SessionId] = deque()

    @property
    def is_rereading(self) -> bool:
        """Whether a session waits for its questions."""
        return bool(self._deadline_s)

    def read(self, request: ReadChannel) -> None:
        """Have a channel read; the newest such request of a channel counts."""
        self._channels[request.channel_id] = request

    def reread(self, request: ReadQuestions, now_s: float) -> None:
        """Have a session's waiting questions read again."""
        session = request.session
        self._forget(session)
        self._deadline_s.setdefault(session, now_s + QUESTIONS_S)
        self._left[session] = {message: channel for channel, message in request.questions}
        for channel, message in request.questions:
            question = ReadQuestion(session=session, channel_id=channel, message_id=message)
            self._questions.setdefault(channel, {})[message] = question
        if not request.questions:
            self._over.append(session)

    def waiting(self) -> Iterator[tuple[float, ReadChannel | ReadQuestion]]:
        """Return what may be sent, each with the earliest moment to send it."""
        for channel, read in self._channels.items():
            yield self._not_before_s.get(channel, 0.0), read
        for questions in islice(self._questions.values(), CHANNELS_LOOKED_AT):
            yield 0.0, next(iter(questions.values()))

    def began(self, request: ReadChannel | ReadQuestion) -> None:
        """A request is under way."""
        if isinstance(request, ReadChannel):
            self._channels.pop(request.channel_id, None)
            self._not_before_s.pop(request.channel_id, None)
        else:
            self._take(request.channel_id, request.message_id)

    def ended(self, request: ReadChannel | ReadQuestion, result: Result, now_s: float) -> None:
        """A request has ended. What could not be read is read again: a channel until it can be, a question once."""
        has_failed = isinstance(result, Unknown | Limited)
        if isinstance(request, ReadChannel):
            if has_failed:
                self._channels.setdefault(request.channel_id, request)
                self._not_before_s[request.channel_id] = now_s + READ_AGAIN_S
            return
        left = self._left.get(request.session, {})
        if request.message_id not in left:
            return
        if has_failed:
            tries = self._tries[request.message_id] = self._tries.get(request.message_id, 0) + 1
            if tries < QUESTION_TRIES:
                self._questions.setdefault(request.channel_id, {})[request.message_id] = request
                return
        self._tries.pop(request.message_id, None)
        del left[request.message_id]
        if not left:
            self._over.append(request.session)

    def _take(self, channel: ChannelId, message: MessageId) -> None:
        """A question does not wait any more; the other questions of its channel go to the end."""
        questions = self._questions.pop(channel, {})
        questions.pop(message, None)
        if questions:
            self._questions[channel] = questions

    def _forget(self, session: SessionId) -> None:
        for message, channel in self._left.pop(session, {}).items():
            self._take(channel, message)
            self._tries.pop(message, None)

    def next_deadline_s(self) -> float | None:
        """Return the moment at which the next session stops waiting."""
        return 0.0 if self._over else next(iter(self._deadline_s.values()), None)

    def take_reread(self, now_s: float) -> list[SessionId]:
        """Return sessions whose questions have all been read, or have waited long enough, and forget them."""
        over: list[SessionId] = []
        while len(over) < REREAD_AT_ONCE and (session := self._next_over(now_s)) is not None:
            self._forget(session)
            if self._deadline_s.pop(session, None) is not None:
                over.append(session)
        return over

    def _next_over(self, now_s: float) -> SessionId | None:
        if self._over:
            return self._over.popleft()
        session = next(iter(self._deadline_s), None)
        return session if session is not None and self._deadline_s[session] <= now_s else None
