"""Verbs about sessions: show, change, read and remove them. Each checks whether the person may do that."""

from msgspec import Struct

from messages.choices import Choices
from messages.ids import MessageId, SessionId, UserId
from messages.interaction import Interaction
from messages.turn import Utterance
from messages.usage import Total
from messages.verbs.cancellations import Ended
from messages.verbs.users import SessionsRemoved
from messages.verbs.verb import Deny, Verb

EXCERPT_CHARS = 2000
"""How many characters of a conversation's end are read for a panel: as many as one Discord message can hold."""


class NoSession(Struct, frozen=True, kw_only=True, tag="no_session"):
    """The person has no current session, or it is gone or closed."""


class NotListed(Struct, frozen=True, kw_only=True, tag="not_listed"):
    """What was typed names no session that the person may see: no such session, and one that is not theirs, read the same."""


class NoServer(Struct, frozen=True, kw_only=True, tag="no_server"):
    """The session began in direct messages, so there is no server whose members could see it. Nothing changed."""


class SessionShown(Struct, frozen=True, kw_only=True, tag="session_shown"):
    """What `/session` shows to somebody who may see it.

    `system_msg` and `used` are None for everybody who may not remove it: mostly everybody but the owner. `used` is what all turns of the session have used,
    whoever asked them. `excerpt` is the end of the conversation, oldest first: at most `EXCERPT_CHARS` characters, but at
    least one utterance; `utterances` counts all. `may_be_public` is false for a session that began in direct messages.
    """

    session: SessionId
    title: str
    creator: UserId
    creator_name: str
    is_own: bool
    may_remove: bool
    """Also somebody who runs the bot, where it is a shared channel's session."""
    is_current: bool
    is_public: bool
    may_be_public: bool
    model: str
    choices: Choices = Choices()
    system_msg: str | None
    create_time_s: float
    update_time_s: float
    modify_time_s: float
    utterances: int
    excerpt: tuple[Utterance, ...]
    used: Total | None
    temperature: float | None = None
    """That of the person who looks, with which the session's model is asked their questions. None: the model's default."""
    ended: Ended = Ended()
    undelivered: int = 0
    """How many notes wait for the person who looks, about this session or another."""
    lacks: int = 0
    """The permissions that the bot lacks in the channel where somebody looks, as Discord's bits."""


class StaleConfirmation(Struct, frozen=True, kw_only=True, tag="stale_confirmation"):
    """The session has more utterances than the person confirmed to make public. Nothing changed; they have to confirm again."""

    shown: SessionShown


class SetSession(
    Verb[SessionShown | Deny | NoSession | NotListed | NoServer | StaleConfirmation], frozen=True, kw_only=True
):
    """Change what is given of a session, and return what `/session` shows of it.

    The session is that with the id `session`; or the one whose id or whole title is `typed`; or the one whose answer
    stands in the message `answer`; otherwise the person's current one. Whoever may see it gets it shown; only its owner
    changes anything. It becomes public only if it has no more utterances than `confirmed`, which the confirmation
    named. When it becomes private, turns that others asked in it end. The same interaction changes something only once.
    """

    by: Interaction
    now_s: float
    session: SessionId | None = None
    typed: str | None = None
    answer: MessageId | None = None
    title: str | None = None
    system_msg: str | None = None
    model: str | None = None
    choices: Choices = Choices()
    """What is chosen; what is "" in it stays as it is."""
    is_public: bool | None = None
    confirmed: int = 0


class RemoveSession(Verb[SessionsRemoved | Deny], frozen=True, kw_only=True):
    """Remove a session with everything that was said in it, and end its turns. Only its owner may do that."""

    by: Interaction
    session: SessionId
    now_s: float


class EraseRemoved(Verb[bool], frozen=True, kw_only=True):
    """Erase a piece of what removed sessions held from the file, and return whether more is left."""


class Dialogue(Struct, frozen=True, kw_only=True, tag="dialogue"):
    """A part of a conversation, oldest first, and the session that it belongs to. `left_out` utterances precede it."""

    shown: SessionShown
    utterances: tuple[Utterance, ...]
    left_out: int = 0


class ReadDialogue(Verb[Dialogue | Deny], frozen=True, kw_only=True):
    """Return the newest part of what was said in a session, to a person who may see it. Nothing is written.

    `before` is the `left_out` of the part that follows it; None for the conversation's end. A part is bounded, so that nobody
    waits long for the transaction.
    """

    by: Interaction
    session: SessionId
    before: int | None = None
