"""What storage could not commit: messages that are refused without it, edits and deletions that it is handed again. Pure."""

from collections import deque
from typing import Final

from actors.intake.effects import Effect, ReportNotAccepted, TellCourier
from messages.answer import Answer
from messages.ids import MessageId, TurnId
from messages.intake import ChannelEvent, MessageDeleted, MessageEdited, MessagePosted
from messages.turn import OutcomePending, Place
from storage.store import StorageError

COMMITTED_MAX: Final = 4096
"""How many committed messages are remembered: told once more while storage is down, they must not be refused."""

REFUSED_MAX: Final = 4096
"""How many refused messages are remembered. Discord may tell of any of them again, when their channel is read: it must not
be accepted then, for no row says that it was refused."""

RETRY_S: Final = 1.0
CHANGES_MAX: Final = 4096
"""Edits and deletions that storage could not commit are handed to it again after `RETRY_S`, at most so many of them.
Discord tells of each only once, and a question that was deleted must not be answered."""


class Unstored:
    """Remembers what no row says while storage is down."""

    def __init__(self) -> None:
        self.committed: deque[MessageId] = deque(maxlen=COMMITTED_MAX)
        self.refused: dict[MessageId, None] = {}
        self.retry_at_s: float | None = None
        """When storage is to be handed again what it could not commit (monotonic seconds); None when there is nothing."""
        self._changes: list[MessageEdited | MessageDeleted] = []

    def not_accepted(self, event: ChannelEvent, error: Exception, now_s: float) -> list[Effect]:
        """Storage did not accept an event: refuse a message, keep an edit or a deletion for later."""
        report = ReportNotAccepted(event.message_id, type(error).__name__)
        if isinstance(event, MessagePosted):
            return [report] if event.message_id in self.committed else [report, TellCourier(self._refuse(event))]
        if isinstance(error, StorageError):
            self._changes.append(event)
            del self._changes[:-CHANGES_MAX]
            self.retry_at_s = now_s + RETRY_S
        return [report]

    def take(self) -> list[MessageEdited | MessageDeleted]:
        """Return what is to be handed to storage again, in order."""
        changes, self._changes, self.retry_at_s = self._changes, [], None
        return changes

    def _refuse(self, posted: MessagePosted) -> OutcomePending:
        """Refuse a message that storage could not commit: the one outcome that is visible without a commit.

        The message is remembered, for it has its outcome and gets no second one.
        """
        self.refused[posted.message_id] = None
        if len(self.refused) > REFUSED_MAX:
            del self.refused[next(iter(self.refused))]
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
