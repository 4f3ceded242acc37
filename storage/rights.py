"""Who may do what: one rule, evaluated inside the transaction that acts.

A session belongs to its owner. While it is public, whoever acts within the server where it began may see it, speak in it and
export it: to act there is to be a member there, so nobody has to keep a list of members that could be out of date. In
direct messages nobody but the owner may. Being an administrator of the bot or of a server changes nothing here.

The session of a shared channel belongs to nobody: whoever acts in its server may speak in it while the operator's file names the channel,
and the people who run the bot may read and remove it there.
"""

from typing import Final, Literal, assert_never

from msgspec import Struct

from messages.ids import ChannelId, GuildId, MessageId, SessionId, TurnId, UserId
from messages.verbs.verb import Deny, NotAsker
from storage.unit_of_work import UnitOfWork

Action = Literal[
    # who may see it
    "see",
    "export",
    "see_reasoning",
    # who may ask in it
    "speak",
    # what was asked
    "stop",
    "retry",
    "continue",
    # the owner's alone
    "see_system_msg",
    "rename",
    "instruct",
    "choose_model",
    "choose_effort",
    "choose_size",
    "choose_quality",
    "make_public",
    "make_private",
    "remove",
]


class Subject(Struct, frozen=True, kw_only=True):
    """What the rule needs to know of a session."""

    creator: UserId
    origin_guild: GuildId | None
    is_public: bool
    is_removed: bool = False
    is_instructed: bool = False
    """Whether the session has a system message or had one: what a model reasons may quote it."""
    shared: Literal["no", "open", "closed"] = "no"
    """Whether it is a shared channel's, which is open while the operator's file names the channel."""
    admins: frozenset[UserId] = frozenset()
    """The people who run the bot. They matter for the session of a shared channel alone."""


def may(
    actor: UserId, action: Action, session: Subject | None, guild: GuildId | None, *, asker: UserId | None = None
) -> bool:
    """Return whether the actor, who acts in that server (None: in direct messages), may do this to a session.

    `asker` asked the turn that is to be stopped or asked again. "May not" and "does not exist" are the same answer.
    """
    if session is None or session.is_removed:
        return False
    if session.shared != "no":
        return _may_in_shared(actor, action, session, guild, asker)
    if actor == session.creator:
        return True
    joined = session.is_public and guild is not None and guild == session.origin_guild
    match action:
        case "see" | "export" | "speak":
            return joined
        case "see_reasoning":
            return joined and not session.is_instructed
        case "stop":
            return actor == asker
        case "retry" | "continue":
            return actor == asker and joined
        case "see_system_msg" | "rename" | "instruct" | "make_public" | "make_private" | "remove":
            return False
        case "choose_model" | "choose_effort" | "choose_size" | "choose_quality":
            return False
        case _:
            assert_never(action)


def _may_in_shared(
    actor: UserId, action: Action, session: Subject, guild: GuildId | None, asker: UserId | None
) -> bool:
    """Return `may` for the session of a shared channel."""
    here = guild is not None and guild == session.origin_guild
    runs_bot = actor in session.admins
    match action:
        case "see" | "export":
            return here and (session.is_public or runs_bot)
        case "see_reasoning":
            return here and ((session.is_public and not session.is_instructed) or runs_bot)
        case "speak":
            return here and session.shared == "open"
        case "stop":
            return actor == asker or runs_bot
        case "retry" | "continue":
            return here and actor == asker and session.shared == "open"
        case "see_system_msg" | "remove":
            return here and runs_bot
        case "rename" | "instruct" | "make_public" | "make_private":
            return False  # the operator's file says what it is
        case "choose_model" | "choose_effort" | "choose_size" | "choose_quality":
            return False
        case _:
            assert_never(action)


def subject(unit: UnitOfWork, session: SessionId | None) -> Subject | None:
    """Return what the rule needs to know of this session, or None when there is none."""
    row = unit.one(
        "SELECT creator, origin_guild, is_public, is_removed, is_instructed, shared_channel FROM session WHERE id = ?",
        session,
    )
    if row is None:
        return None
    return Subject(
        creator=row["creator"],
        origin_guild=row["origin_guild"],
        is_public=bool(row["is_public"]),
        is_removed=bool(row["is_removed"]),
        is_instructed=bool(row["is_instructed"]),
        shared=_shared(unit, row["shared_channel"]),
        admins=unit.limits.permissions.admins,
    )


def _shared(unit: UnitOfWork, channel: ChannelId | None) -> Literal["no", "open", "closed"]:
    if channel is None:
        return "no"
    return "open" if channel in unit.limits.shared_channels else "closed"


def may_in(unit: UnitOfWork, actor: UserId, action: Action, session: SessionId | None, guild: GuildId | None) -> bool:
    """Return `may` for a stored session."""
    return may(actor, action, subject(unit, session), guild)


TurnAction = Literal["see", "see_reasoning", "stop", "retry", "continue"]

_PRESSED: Final = (
    "SELECT turn.asker, turn.session FROM turn JOIN reply ON reply.turn = turn.id"
    " WHERE turn.id = ? AND reply.message_id = ?"
)


def may_press(
    unit: UnitOfWork, actor: UserId, action: TurnAction, turn: TurnId, message: MessageId, guild: GuildId | None
) -> bool:
    """Return `may` for a stored turn; False when the button's message holds no part of that turn."""
    row = unit.one(_PRESSED, turn, message)
    return row is not None and may(actor, action, subject(unit, row["session"]), guild, asker=row["asker"])


def denial(unit: UnitOfWork, actor: UserId, turn: TurnId, message: MessageId) -> Deny | NotAsker:
    """Return why the actor may not press a button on this message: it is somebody else's answer, or "denied" says it all."""
    row = unit.one(_PRESSED, turn, message)
    session = None if row is None else subject(unit, row["session"])
    if row is None or session is None or session.is_removed or actor == row["asker"]:
        return Deny()
    return NotAsker()
