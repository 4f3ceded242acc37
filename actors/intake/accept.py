"""Which events are handed to storage, what follows from its answers, and what it could not take. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from actors.intake.effects import Effect, EventVerb, ReportNotAccepted, TellCourier, TellSupervisor
from messages.answer import Answer
from messages.ids import ChannelId, MessageId, TurnId
from messages.intake import ChannelEvent, MessageDeleted, MessageEdited, MessagePosted
from messages.supervisor import SessionHasWork
from messages.turn import OutcomePending, Place, StopTurn
from messages.verbs.acceptance import Accepted, AcceptMessage, NotOurs, Refused
from messages.verbs.cancellations import EditQuestion, WithdrawQuestion
from storage.store import StorageError

REMEMBERED: Final = 4096
"""How many messages are remembered that were refused because storage could not commit them, and how many that it did
commit. Discord may tell of any of them again, when their channel is read: the former must not be accepted then, for no row
says that they were refused; the latter must not be refused then, should storage be down."""

RETRY_S: Final = 1.0
UNSTORED_MAX: Final = 4096
"""Edits and deletions that storage could not commit are handed to it again after `RETRY_S`, at most so many of them.
Discord tells of each only once, and a question that was deleted must not be answered."""


class Acceptor:
    """Hands events to storage, one batch at a time: `begin`, then `end` with the answers."""

    def __init__(self) -> None:
        self.seen: dict[ChannelId, MessageId] = {}
        """The last message of each channel that needs no reading again, though no row says so yet."""
        self._batch: tuple[ChannelEvent, ...] = ()
        self._refused: dict[MessageId, None] = {}
        self._committed: dict[MessageId, None] = {}
        self._unstored: list[MessageEdited | MessageDeleted] = []
        self._retry_at_s = 0.0

    @property
    def retry_at_s(self) -> float | None:
        """When storage is to be handed again what it could not commit (monotonic seconds); None when there is nothing."""
        return self._retry_at_s if self._unstored else None

    def begin(
        self, events: Sequence[tuple[ChannelEvent, int]], *, missed: bool, time_s: float
    ) -> tuple[EventVerb, ...]:
        """Return the verbs that hand these events to storage, in order.

        What storage could not commit before comes first. Each event is given with the number of messages that its author
        wrote after it and that were missed too.
        """
        unstored, self._unstored = self._unstored, []
        batch = [
            (event, newer)
            for event, newer in (*((event, 0) for event in unstored), *events)
            if not (isinstance(event, MessagePosted) and event.message_id in self._refused)
        ]
        self._batch = tuple(event for event, _ in batch)
        return tuple(_verb(event, missed=missed, newer=newer, time_s=time_s) for event, newer in batch)

    def end(self, answers: Sequence[Any], now_s: float) -> list[Effect]:
        """Storage answered the batch; say who is to be told of what."""
        batch, self._batch = self._batch, ()
        return [
            effect for event, answer in zip(batch, answers, strict=True) for effect in self._act(event, answer, now_s)
        ]

    def see(self, channel: ChannelId, message: MessageId) -> None:
        """Remember that the channel needs no reading again up to this message."""
        self.seen[channel] = max(message, self.seen.get(channel, message))

    def _act(self, event: ChannelEvent, answer: Any, now_s: float) -> list[Effect]:
        if isinstance(answer, Exception):
            return self._failed(event, answer, now_s)
        if isinstance(event, MessagePosted):
            _remember(self._committed, event.message_id)
        match answer:
            case Accepted(session=session):
                return [TellSupervisor(SessionHasWork(session=session))]
            case Refused(outcome=outcome):
                return [TellCourier(outcome)]
            case OutcomePending():
                return [TellCourier(answer)]
            case StopTurn():
                return [TellSupervisor(answer)]
            case NotOurs():
                self.see(event.channel_id, event.message_id)
        return []

    def _failed(self, event: ChannelEvent, error: Exception, now_s: float) -> list[Effect]:
        """One event's failure is not the others'."""
        report = ReportNotAccepted(event.message_id, type(error).__name__)
        if isinstance(event, MessagePosted):
            return [report] if event.message_id in self._committed else [report, TellCourier(self._refuse(event))]
        if isinstance(error, StorageError):
            self._unstored.append(event)
            del self._unstored[:-UNSTORED_MAX]
            self._retry_at_s = now_s + RETRY_S
        return [report]

    def _refuse(self, posted: MessagePosted) -> OutcomePending:
        """Refuse a message that storage could not commit, and remember it: it has its outcome and gets no second one."""
        self.see(posted.channel_id, posted.message_id)
        _remember(self._refused, posted.message_id)
        return _unstored_refusal(posted)


def _remember(messages: dict[MessageId, None], message: MessageId) -> None:
    messages[message] = None
    if len(messages) > REMEMBERED:
        del messages[next(iter(messages))]


def _verb(event: ChannelEvent, *, missed: bool, newer: int, time_s: float) -> EventVerb:
    match event:
        case MessagePosted():
            return AcceptMessage(posted=event, now_s=time_s, missed=missed, newer_missed=newer)
        case MessageEdited():
            return EditQuestion(message_id=event.message_id, text=event.text)
        case MessageDeleted():
            return WithdrawQuestion(message_id=event.message_id)


def _unstored_refusal(posted: MessagePosted) -> OutcomePending:
    """The refusal of a message that storage could not commit: the one outcome that is visible without a commit."""
    return OutcomePending(
        turn=TurnId(posted.message_id),
        session=None,
        asker=posted.author_id,
        place=Place(channel_id=posted.channel_id, reply_to=posted.message_id, question_id=posted.message_id),
        ending="refused",
        reason="storage",
        answer=Answer(),
        parts=(),
        attempted=False,
        search=False,
        is_stored=False,
    )
