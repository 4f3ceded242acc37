"""The order in which a session's replies appear: none before the final text of the reply before it stands in Discord. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import takewhile

from actors.courier.reply import Reply
from messages.ids import MessageId, SessionId


class ReplyOrder:
    """The replies of each session that are under way, in their order. A reply without a session waits for nobody."""

    def __init__(self) -> None:
        self._replies: defaultdict[SessionId, list[Reply]] = defaultdict(list)
        self._waiting: defaultdict[SessionId, list[Reply]] = defaultdict(list)
        """Those that said that their turn waits; they get their place in the order when it is known how it goes on."""

    def wait(self, reply: Reply) -> None:
        """This reply says that its turn waits behind others."""
        if reply.session is not None and reply not in self._waiting[reply.session]:
            self._waiting[reply.session].append(reply)

    def add(self, reply: Reply) -> None:
        """Put a reply at the end; a late one before those of turns that were asked since the start. One that has a place keeps it."""
        if reply.session is not None and reply not in self._replies[reply.session]:
            replies = self._replies[reply.session]
            live = (number for number, known in enumerate(replies) if not known.is_late)
            replies.insert(next(live, len(replies)) if reply.is_late else len(replies), reply)

    def remove(self, reply: Reply) -> None:
        """Nothing more is shown of this reply."""
        if reply.session is None:
            return
        others = [other for other in self._replies.pop(reply.session, ()) if other is not reply]
        if others:
            self._replies[reply.session] = others
        waiting = [other for other in self._waiting.pop(reply.session, ()) if other is not reply]
        if waiting:
            self._waiting[reply.session] = waiting

    def posted(self, reply: Reply, message_id: MessageId) -> None:
        """A message of this reply stands in Discord: the session's turns that wait are answered below it."""
        if reply.session is None or reply.text.content.is_placeholder or reply.text.content.is_notice:
            return
        for waiting in self._waiting.get(reply.session, ()):
            if waiting is not reply and waiting.place.channel_id == reply.place.channel_id:
                waiting.text.belongs_below(message_id)

    def of_session(self, session: SessionId | None) -> Sequence[Reply]:
        """Return a session's replies, in their order."""
        return () if session is None else self._replies.get(session, ())

    def after(self, reply: Reply) -> Sequence[Reply]:
        """Return the session's replies that follow this one."""
        replies = self.of_session(reply.session)
        return replies[replies.index(reply) + 1 :] if reply in replies else ()

    def may_appear(self, reply: Reply) -> bool:
        """Whether a reply may be posted: the final texts of those before it stand in Discord. A refusal or a notice need not wait."""
        if reply.text.content.is_notice:
            return True
        earlier = takewhile(lambda known: known is not reply, self.of_session(reply.session))
        return all(known.text.is_final() for known in earlier)

    def is_waited_for(self, reply: Reply) -> bool:
        """Whether the first text of a newer reply waits until this one's final text stands in Discord."""
        following = self.after(reply)
        return any(later.text.may_have_text() and not later.is_late for later in (*following[:1], *following[-1:]))
