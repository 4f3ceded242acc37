"""Has events about single messages accepted by storage, in order, and tells whoever each answer concerns."""

import time
from collections.abc import Sequence
from typing import Any, Final

import anyio
import structlog

from actors.intake.gaps import ChannelEvent
from actors.mailbox import Mailbox
from actors.recorder import Future, Recorder
from messages.courier import CourierMessage
from messages.ids import ChannelId, MessageId, TurnId
from messages.intake import MessageDeleted, MessageEdited, MessagePosted
from messages.supervisor import SessionHasWork, SupervisorMessage
from messages.turn import OutcomePending, Place, StopTurn
from messages.verbs.turns import Accepted, AcceptMessage, EditQuestion, NotOurs, Refused, WithdrawQuestion
from storage.store import StorageError

log = structlog.get_logger()

REFUSED_REMEMBERED: Final = 4096
"""Messages that storage could not commit: no row says that they were refused, and Discord may tell of them again."""

UNSTORED_S: Final = 1.0
UNSTORED_MAX: Final = 4096
"""Changes and deletions that storage could not take: Discord tells of them once, so they are kept until it can."""


class Accepting:
    """What storage is handed, what it could not take, and the last message seen in each channel that was not for us."""

    def __init__(
        self, *, recorder: Recorder, courier: Mailbox[CourierMessage], supervisor: Mailbox[SupervisorMessage]
    ) -> None:
        self.seen: dict[ChannelId, MessageId] = {}
        self._recorder = recorder
        self._courier = courier
        self._supervisor = supervisor
        self._refused: dict[MessageId, None] = {}
        self._unstored: list[ChannelEvent] = []
        self._store_at_s = 0.0

    @property
    def again_at_s(self) -> float | None:
        """When storage is to be handed again what it could not take; None when there is nothing."""
        return self._store_at_s if self._unstored else None

    async def take_in(self, events: Sequence[tuple[ChannelEvent, int]], *, missed: bool) -> None:
        """Send everything in order, so that it is committed together, then act on each answer.

        With each event comes how many of its author's were missed after it. What storage could not take before goes first.
        """
        unstored, self._unstored = self._unstored, []
        sent = [
            (event, self._recorder.submit(_verb(event, missed=missed, newer=newer)))
            for event, newer in (*((event, 0) for event in unstored), *events)
            if not (isinstance(event, MessagePosted) and event.message_id in self._refused)
        ]
        for event, future in sent:
            await self._act(event, future)

    async def _act(self, event: ChannelEvent, future: Future[Any]) -> None:
        try:
            answer = await future.result()
        except Exception as error:  # noqa: BLE001 one message's trouble is not the next one's
            log.error("intake.not_accepted", message_id=event.message_id, error=type(error).__name__)
            if isinstance(event, MessagePosted):
                self._refuse(event)
            elif isinstance(error, StorageError):
                self._keep(event)
            return
        match answer:
            case Accepted(session=session):
                self._supervisor.post(SessionHasWork(session=session))
            case Refused(outcome=outcome):
                self._courier.post(outcome)
            case NotOurs():
                self.see(event.channel_id, event.message_id)
            case StopTurn():
                self._supervisor.post(answer)
            case OutcomePending():
                self._courier.post(answer)
            case _:
                pass

    def _refuse(self, posted: MessagePosted) -> None:
        """Storage could not commit it: it has its outcome, and must not be found again."""
        self._courier.post(_not_stored(posted))
        self.see(posted.channel_id, posted.message_id)
        self._refused[posted.message_id] = None
        if len(self._refused) > REFUSED_REMEMBERED:
            del self._refused[next(iter(self._refused))]

    def _keep(self, change: MessageEdited | MessageDeleted) -> None:
        """A question that was taken back must not be answered, nor one that was changed as it was, for want of storage."""
        self._unstored.append(change)
        del self._unstored[:-UNSTORED_MAX]
        self._store_at_s = anyio.current_time() + UNSTORED_S

    def see(self, channel: ChannelId, message: MessageId) -> None:
        """This message needs no reading again."""
        self.seen[channel] = max(message, self.seen.get(channel, message))


def _verb(event: ChannelEvent, *, missed: bool, newer: int) -> AcceptMessage | EditQuestion | WithdrawQuestion:
    match event:
        case MessagePosted():
            return AcceptMessage(posted=event, now_s=time.time(), missed=missed, newer_missed=newer)
        case MessageEdited():
            return EditQuestion(message_id=event.message_id, text=event.text)
        case MessageDeleted():
            return WithdrawQuestion(message_id=event.message_id)


def _not_stored(posted: MessagePosted) -> OutcomePending:
    """The refusal of a message that storage could not commit: the one thing that is visible without a commit."""
    return OutcomePending(
        turn=TurnId(posted.message_id),
        session=None,
        asker=posted.author_id,
        place=Place(channel_id=posted.channel_id, reply_to=posted.message_id, question_id=posted.message_id),
        ending="refused",
        reason="storage",
        text="",
        parts=(),
        attempted=False,
        search=False,
        is_stored=False,
    )
