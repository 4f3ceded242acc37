"""Verbs about sessions: show, change, read and remove them, for people who may."""

from msgspec import Struct

from messages.ids import MessageId, SessionId, UserId
from messages.interaction import Interaction
from messages.turn import Usage, Utterance
from messages.verbs.cancellations import Ended
from messages.verbs.users import SessionsRemoved
from messages.verbs.verb import Deny, Verb

EXCERPT_CHARS = 2000
"""How much of a conversation's end a panel could show at most: what Discord takes in one message."""


class NoSession(Struct, frozen=True, kw_only=True, tag="no_session"):
    """The person has no current session, or it is gone or closed."""


class NoServer(Struct, frozen=True, kw_only=True, tag="no_server"):
    """The session began in direct messages: there is no server to whose members it could be opened. Nothing changed."""


class SessionShown(Struct, frozen=True, kw_only=True, tag="session_shown"):
    """What `/session` shows to somebody who may see it.

    `system_msg` is None for everybody but the owner, and so is `used`, which is what all turns of the session have used,
    whoever asked them: what others used in private tells nobody else anything. `excerpt` is the end of the conversation, oldest first, at most
    `EXCERPT_CHARS` and at least one utterance; `utterances` counts all. `may_be_public` is false for a session that began
    in direct messages.
    """

    session: SessionId
    title: str
    creator: UserId
    creator_name: str
    is_own: bool
    is_current: bool
    is_public: bool
    may_be_public: bool
    model: str
    system_msg: str | None
    create_time_s: float
    update_time_s: float
    modify_time_s: float
    utterances: int
    excerpt: tuple[Utterance, ...]
    used: Usage | None
    ended: Ended = Ended()
    undelivered: int = 0
    """What could not be delivered to whoever looks, of this session or another."""


class StaleConfirmation(Struct, frozen=True, kw_only=True, tag="outgrown"):
    """More has been said in the session than the confirmation said, so nothing changed: the person has to confirm again."""

    shown: SessionShown


class SetSession(Verb[SessionShown | Deny | NoSession | NoServer | StaleConfirmation], frozen=True, kw_only=True):
    """Show a session, after changing what is given. Who may see it may have it shown; only its owner changes anything.

    Which one: by its id; by what was typed, its id or its whole title; by the answer that stands in a message; else the
    person's current one. Making it public opens the first `confirmed` utterances, as many as the confirmation named. Making it private ends what others ask in it. An interaction that comes once more changes nothing.
    """

    by: Interaction
    now_s: float
    session: SessionId | None = None
    typed: str | None = None
    answer: MessageId | None = None
    title: str | None = None
    system_msg: str | None = None
    model: str | None = None
    is_public: bool | None = None
    confirmed: int = 0


class RemoveSession(Verb[SessionsRemoved | Deny], frozen=True, kw_only=True):
    """Remove a session with everything that was said in it, and end what is asked in it. Only its owner may."""

    by: Interaction
    session: SessionId
    now_s: float


class Dialogue(Struct, frozen=True, kw_only=True, tag="dialogue"):
    """A whole conversation, oldest first, and the session that it belongs to."""

    shown: SessionShown
    utterances: tuple[Utterance, ...]


class ReadDialogue(Verb[Dialogue | Deny], frozen=True, kw_only=True):
    """Read everything that was said in a session. Who may see it may."""

    by: Interaction
    session: SessionId
