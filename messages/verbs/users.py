"""Verbs about people: their settings, and which session they go on with."""

from msgspec import UNSET, Struct, UnsetType

from messages.budget import Spent
from messages.ids import ChannelId, GuildId, MessageId, RoleId, SessionId, UserId
from messages.interaction import Interaction
from messages.presses import Status
from messages.turn import Utterance
from messages.usage import Total
from messages.verbs.cancellations import Ended
from messages.verbs.verb import Deny, Verb

SESSIONS_A_PAGE = 25
"""How many options a menu, and how many choices autocomplete has at most (Discord: Component Reference, String Select)."""


class SessionListed(Struct, frozen=True, kw_only=True, tag="session_listed"):
    """What a list shows of a session to a person who may see it."""

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

    `model` is the model of new sessions: the user's choice or the operator's default. `sessions` counts the user's own
    sessions, and `newest` is the newest of them. `current` is None when there is no current session, and also when it is
    gone or closed to the user; then `current_is_closed` is true. `listed` is page `page` (counted from 0) of `pages`: the
    user's own sessions, then others' public ones if the user wants them shown. `used` is what all turns that the user
    ever asked have used, also those in removed sessions.
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
    speaks: bool
    """Whether the user wants to hear answers, too."""
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
    used: Total
    budgets: tuple[Spent, ...] = ()
    """The person's own, where the operator set some."""
    undelivered: int = 0
    """How many notes wait for the user."""
    lacks: int = 0
    """The permissions that the bot lacks in the channel where somebody looks, as Discord's bits."""


class SetUser(Verb[UserShown], frozen=True, kw_only=True):
    """Find or create the user, change what is given, and return what `/user` shows.

    A `temperature` of None means the model's own; UNSET changes nothing. Messages that are older than the last change of
    status are never answered. If the interaction's channel has no watermark, the interaction's id becomes its watermark,
    so that messages which are missed there can be found. The same interaction changes something only once.
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
    speaks: bool | None = None


class MembersFound(Struct, frozen=True, kw_only=True):
    """People who are served, and whose roles in this server decide whether they are answered."""

    guild_id: GuildId
    users: tuple[UserId, ...]


class FindMembers(Verb[MembersFound | None], frozen=True, kw_only=True):
    """Return those of these people whose roles have to be read before they can be answered in this channel, if any.

    `guild_id` is None where it is not known; then the channel's remembered server counts. `newest` is the newest message of each.
    """

    channel_id: ChannelId
    guild_id: GuildId | None
    newest: tuple[tuple[UserId, MessageId], ...]


class RememberRoles(Verb[None], frozen=True, kw_only=True):
    """Remember a member's roles, for messages that do not state them. None: they cannot be read any more, so forget them."""

    guild_id: GuildId
    user_id: UserId
    roles: tuple[RoleId, ...] | None


class SessionChosen(Struct, frozen=True, kw_only=True, tag="session_chosen"):
    """The chosen session is now the current one, and the status is `activate`. `utterances` are the newest of it, oldest first.

    `left_out` utterances precede them; `ReadDialogue` reads those.
    """

    user: UserShown
    chosen: SessionListed
    utterances: tuple[Utterance, ...]
    left_out: int = 0


class GoOnWith(Verb[SessionChosen | Deny], frozen=True, kw_only=True):
    """Make a session of the person's list the current one, set the status `activate`, and return the newest of what was said in it."""

    by: Interaction
    session: SessionId
    now_s: float
    page: int = 0


class FindSessions(Verb[tuple[SessionListed, ...]], frozen=True, kw_only=True):
    """Return at most 25 sessions of the person's list whose titles contain `typed`, in upper or lower case."""

    by: Interaction
    typed: str


class SessionsRemoved(Struct, frozen=True, kw_only=True, tag="sessions_removed"):
    """How many sessions were removed, and which turns ended because of it."""

    removed: int
    ended: Ended
    are_more: bool = False
    """Whether more of the confirmed sessions are left: `ClearSessions` is to be executed again."""


class ClearSessions(Verb[SessionsRemoved], frozen=True, kw_only=True):
    """Remove some hundreds of the person's own sessions up to `newest`, the newest of those that the confirmation counted."""

    by: Interaction
    newest: SessionId
    now_s: float
