"""Verbs about people: their settings, and which session they go on with."""

from msgspec import UNSET, Struct, UnsetType

from messages.ids import SessionId, UserId
from messages.interaction import Interaction
from messages.presses import Status
from messages.turn import Usage, Utterance
from messages.verbs.cancellations import Ended
from messages.verbs.verb import Deny, Verb

SESSIONS_A_PAGE = 25
"""Options that a menu has at most (Discord: Component Reference, String Select), and choices of autocomplete."""


class SessionListed(Struct, frozen=True, kw_only=True, tag="session_listed"):
    """A session as lists show it to somebody who may see it."""

    session: SessionId
    title: str
    creator: UserId
    creator_name: str
    is_own: bool
    is_current: bool
    is_public: bool
    model: str
    update_time_s: float


class UserShown(Struct, frozen=True, kw_only=True, tag="user_shown"):
    """What `/user` shows.

    `model` is that of new sessions, chosen or the operator's default. `sessions` counts the own ones, of which `newest`
    is the newest. `current` is None when there is none, or when it is gone or closed, which `current_is_closed` says.
    `listed` is page `page` (from 0) of `pages`: the own sessions, then others' public ones if they are to be shown.
    `used` is what all turns that the person ever asked have used, in whatever session, those in removed sessions too.
    """

    user_id: UserId
    name: str
    status: Status
    model: str
    system_msg: str
    max_token: int
    temperature: float | None
    show_public: bool
    attach: bool
    create_time_s: float
    update_time_s: float
    modify_time_s: float
    sessions: int
    newest: SessionId | None
    current: SessionListed | None
    current_is_closed: bool
    listed: tuple[SessionListed, ...]
    page: int
    pages: int
    used: Usage
    undelivered: int = 0
    """Answers and words that could not be delivered to them."""


class SetUser(Verb[UserShown], frozen=True, kw_only=True):
    """Find or create the user, change what is given, and show all of it.

    Messages older than the last change of status are never answered. The interaction's channel is remembered with its id
    as the watermark, if it has none, so that what follows there can be found again. An interaction that comes once more
    changes nothing. A `temperature` of None means the model's own.
    """

    by: Interaction
    now_s: float
    page: int = 0
    status: Status | None = None
    model: str | None = None
    system_msg: str | None = None
    max_token: int | None = None
    temperature: float | UnsetType | None = UNSET
    show_public: bool | None = None
    attach: bool | None = None


class SessionChosen(Struct, frozen=True, kw_only=True, tag="session_chosen"):
    """The session is the current one and the status `activate`; this is everything that was said in it, oldest first."""

    user: UserShown
    chosen: SessionListed
    utterances: tuple[Utterance, ...]


class GoOnWith(Verb[SessionChosen | Deny], frozen=True, kw_only=True):
    """Make a session that the person's list offers the current one, set `activate`, and read all of it."""

    by: Interaction
    session: SessionId
    now_s: float
    page: int = 0


class FindSessions(Verb[tuple[SessionListed, ...]], frozen=True, kw_only=True):
    """At most 25 of the sessions that the person's list offers, whose title holds what was typed, whatever its case."""

    by: Interaction
    typed: str


class SessionsRemoved(Struct, frozen=True, kw_only=True, tag="sessions_removed"):
    """How many sessions were removed, and which turns ended because of it."""

    removed: int
    ended: Ended


class ClearSessions(Verb[SessionsRemoved], frozen=True, kw_only=True):
    """Remove the person's own sessions up to `newest`, the newest one that the confirmation counted."""

    by: Interaction
    newest: SessionId
    now_s: float
