"""The newest edit, or the deletion, of each message: events may come late, twice, or before their message. Pure.

Discord promises no order of events. Of two edits the one with the later `edited_s` counts, and a deletion counts for good.
"""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from messages.ids import MessageId
from messages.intake import ChannelEvent, MessageDeleted, MessageEdited, MessagePosted

KEPT_S: Final = 600.0
KEPT_MAX: Final = 4096
"""How long a change is remembered (seconds), and how many are. An event that is later than that is rare indeed."""


class Changes:
    """What was heard of messages lately."""

    def __init__(self) -> None:
        self._newest: dict[MessageId, MessageEdited | MessageDeleted] = {}
        """Of each message, the change that counts, in the order in which they were heard."""
        self._heard_s: dict[MessageId, float] = {}

    def current(self, event: ChannelEvent, *, missed: bool, now_s: float) -> Iterator[ChannelEvent]:
        """Yield an event with what is known of its message; nothing if it is out of date.

        After a `missed` message that was edited, the edit follows: the message may be known as it was before.
        """
        if not isinstance(event, MessagePosted):
            if self._is_news(event, now_s):
                yield event
            return
        posted = self._applied_to(event) if event.message_id in self._newest else event
        if posted is not None:
            yield posted
        if missed and posted is not None and posted.edited_s is not None:
            edited = MessageEdited(
                message_id=posted.message_id,
                channel_id=posted.channel_id,
                text=posted.text,
                enclosures=posted.enclosures,
                edited_s=posted.edited_s,
            )
            if self._is_news(edited, now_s):
                yield edited

    def _is_news(self, change: MessageEdited | MessageDeleted, now_s: float) -> bool:
        """Remember a change if it is not older than what is known, and return whether it is not."""
        known = self._newest.get(change.message_id)
        if isinstance(known, MessageDeleted):
            return False
        if known is not None and isinstance(change, MessageEdited) and change.edited_s < known.edited_s:
            return False
        self._forget(change.message_id)
        self._newest[change.message_id], self._heard_s[change.message_id] = change, now_s
        oldest = next(iter(self._newest))
        while len(self._newest) > KEPT_MAX or self._heard_s[oldest] + KEPT_S < now_s:
            self._forget(oldest)
            oldest = next(iter(self._newest))
        return True

    def _applied_to(self, posted: MessagePosted) -> MessagePosted | None:
        """Return a message as it is now; None when it was deleted before it was heard."""
        change = self._newest[posted.message_id]
        if isinstance(change, MessageDeleted):
            return None
        if posted.edited_s is not None and posted.edited_s > change.edited_s:
            return posted
        enclosures = posted.enclosures if change.enclosures is None else change.enclosures
        return replace(posted, text=change.text, enclosures=enclosures, edited_s=change.edited_s)

    def _forget(self, message: MessageId) -> None:
        self._newest.pop(message, None)
        self._heard_s.pop(message, None)
