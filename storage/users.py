"""Users: their settings, and which session they go on with."""

from typing import Final

import msgspec
from msgspec import UNSET

from messages.ids import GuildId, RoleId, UserId, snowflake_at, snowflake_time_s
from messages.interaction import Interaction
from messages.verbs.users import (
    FindMembers,
    FindSessions,
    GoOnWith,
    MembersFound,
    RememberRoles,
    SessionChosen,
    SessionListed,
    SetUser,
    UserShown,
)
from messages.verbs.verb import Deny
from storage import budgets, history, listing, notes, rights, usage
from storage.channels import known_server, lacks_for, remember_channel, remember_lacks, remember_server
from storage.forgotten_people import is_from_before
from storage.rows import UserRow
from storage.unit_of_work import UnitOfWork, Verbs

REPLAY_S: Final = 3600.0
"""For so long an interaction is remembered; Discord replays what a connection missed, which is minutes."""


def remember_user(unit: UnitOfWork, user_id: int, name: str, now_s: float) -> None:
    """Add a person to the users, unless they are known already."""
    unit.run(
        "INSERT INTO user (discord_user_id, name, create_time, update_time, modify_time, max_token)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        user_id,
        name,
        now_s,
        now_s,
        now_s,
        unit.limits.default_max_token,
    )


def remember_presser(unit: UnitOfWork, by: Interaction, now_s: float) -> None:
    """Remember who used a command or pressed a button, and the channel where they did.

    Of somebody who was forgotten since they did it, nothing but an empty row is kept, by which they are shown what there is.
    """
    if is_from_before(unit, by.user_id, by.interaction_id):
        remember_user(unit, by.user_id, "", now_s)
        return
    remember_user(unit, by.user_id, by.user_name, now_s)
    remember_channel(unit, by.channel_id, by.interaction_id)
    remember_server(unit, by.channel_id, by.guild_id, by.parents)
    remember_lacks(unit, by, now_s)
    unit.run("UPDATE user SET name = ? WHERE discord_user_id = ? AND name != ?", by.user_name, by.user_id, by.user_name)
    if by.locale:
        unit.run(
            "UPDATE user SET locale = ? WHERE discord_user_id = ? AND locale != ?", by.locale, by.user_id, by.locale
        )
    if by.guild_id is not None and unit.limits.needs_roles:
        remember_roles(unit, by.guild_id, by.user_id, by.roles)


def remember_roles(unit: UnitOfWork, guild: GuildId, user: UserId, roles: tuple[RoleId, ...]) -> None:
    """Remember a member's roles, for messages that do not state them."""
    unit.run(
        "INSERT INTO member (guild, user, roles) VALUES (?, ?, ?)"
        " ON CONFLICT (guild, user) DO UPDATE SET roles = excluded.roles WHERE roles != excluded.roles",
        guild,
        user,
        msgspec.json.encode(roles).decode(),
    )


def roles_of(unit: UnitOfWork, guild: GuildId, user: UserId) -> tuple[RoleId, ...] | None:
    """Return the roles that a member had when last seen in that server, or None."""
    row = unit.one("SELECT roles FROM member WHERE guild = ? AND user = ?", guild, user)
    return None if row is None else msgspec.json.decode(row["roles"], type=tuple[RoleId, ...])


def find_members(unit: UnitOfWork, verb: FindMembers) -> MembersFound | None:
    """Return whose roles decide; nobody's do whom the bot does not serve. In a shared channel it may serve everybody."""
    if not unit.limits.needs_roles:
        return None
    known, parents = known_server(unit, verb.channel_id)
    guild = verb.guild_id or known
    if guild is None:
        return None
    is_shared = not unit.limits.shared_channels.keys().isdisjoint((verb.channel_id, *parents))
    served = tuple(
        user
        for user, newest in verb.newest
        if (is_shared or unit.one("SELECT 1 FROM user WHERE discord_user_id = ? AND status != 'disable'", user))
        and not is_from_before(unit, user, newest)
    )
    return MembersFound(guild_id=guild, users=served) if served else None


def remember_member(unit: UnitOfWork, verb: RememberRoles) -> None:
    """Remember a member's roles, or forget them; writes."""
    if verb.roles is None:
        unit.run("DELETE FROM member WHERE guild = ? AND user = ?", verb.guild_id, verb.user_id)
        return
    remember_roles(unit, verb.guild_id, verb.user_id, verb.roles)


def first_delivery(unit: UnitOfWork, by: Interaction) -> bool:
    """Return whether this interaction may act: it has not acted yet, and its author was not forgotten since. Record that it has acted; writes.

    Interactions are forgotten by their ids, which have Discord's time: the machine's clock may be wrong.
    """
    if is_from_before(unit, by.user_id, by.interaction_id):
        return False
    forget_before_s = snowflake_time_s(by.interaction_id) - REPLAY_S
    unit.run("DELETE FROM interaction WHERE id < ?", snowflake_at(forget_before_s))
    return unit.run("INSERT INTO interaction (id) VALUES (?) ON CONFLICT DO NOTHING", by.interaction_id).rowcount == 1


def set_user(unit: UnitOfWork, verb: SetUser) -> UserShown:
    """Find or add the user, change what is given, and return what `/user` shows."""
    by = verb.by
    remember_presser(unit, by, verb.now_s)
    changes = {
        "model": verb.model,
        "system_msg": None if verb.system_msg is None else verb.system_msg.strip(),
        "max_token": verb.max_token,
        "show_public": verb.show_public,
        "attach": verb.attach,
        "speaks": verb.speaks,
    }
    given: dict[str, object] = {column: value for column, value in changes.items() if value is not None}
    if verb.temperature is not UNSET:
        given["temperature"] = verb.temperature
    if (given or verb.status) and first_delivery(unit, by):
        if "system_msg" in given:
            unit.erased.append("system_msg")
        for column, value in given.items():
            unit.run(_SET[column], value, verb.now_s, by.user_id)
        if verb.status is not None:
            _set_status(unit, by, verb.status, verb.now_s)
    return user_shown(unit, by, verb.page, verb.now_s)


_SET: Final = {
    "model": "UPDATE user SET model = ?, modify_time = ? WHERE discord_user_id = ?",
    "system_msg": "UPDATE user SET system_msg = ?, modify_time = ? WHERE discord_user_id = ?",
    "max_token": "UPDATE user SET max_token = ?, modify_time = ? WHERE discord_user_id = ?",
    "temperature": "UPDATE user SET temperature = ?, modify_time = ? WHERE discord_user_id = ?",
    "show_public": "UPDATE user SET show_public = ?, modify_time = ? WHERE discord_user_id = ?",
    "attach": "UPDATE user SET attach = ?, modify_time = ? WHERE discord_user_id = ?",
    "speaks": "UPDATE user SET speaks = ?, modify_time = ? WHERE discord_user_id = ?",
}


def _set_status(unit: UnitOfWork, by: Interaction, status: str, now_s: float) -> None:
    """Set the status, unless a later interaction has set it. Messages from before the last change are never answered."""
    unit.run(
        "UPDATE user SET status = ?, status_cause = ?, modify_time = ?"
        " WHERE discord_user_id = ? AND status_cause < ? AND status != ?",
        status,
        by.interaction_id,
        now_s,
        by.user_id,
        by.interaction_id,
        status,
    )


def go_on_with(unit: UnitOfWork, verb: GoOnWith) -> SessionChosen | Deny:
    """Make a session of the person's list the current one."""
    by = verb.by
    remember_presser(unit, by, verb.now_s)
    if not listing.is_offered(unit, by, verb.session):
        return Deny()
    if first_delivery(unit, by):
        unit.run(
            "UPDATE user SET current_session = :session, session_before = current_session, chosen_cause = :cause,"
            " modify_time = :now WHERE discord_user_id = :user AND chosen_cause < :cause",
            session=verb.session,
            cause=by.interaction_id,
            now=verb.now_s,
            user=by.user_id,
        )
        _set_status(unit, by, "activate", verb.now_s)
    chosen = listing.entry(unit, by, verb.session)
    if chosen is None:
        return Deny()
    utterances, left_out = history.page(unit, verb.session)
    return SessionChosen(
        user=user_shown(unit, by, verb.page, verb.now_s), chosen=chosen, utterances=utterances, left_out=left_out
    )


def find_sessions(unit: UnitOfWork, verb: FindSessions) -> tuple[SessionListed, ...]:
    """Return the sessions of the person's list that match what was typed."""
    return listing.find(unit, verb.by, verb.typed)


def user_shown(unit: UnitOfWork, by: Interaction, page: int, now_s: float) -> UserShown:
    """Return everything that `/user` shows; of sessions only what the person may see in this server."""
    row = _row(unit, by.user_id)
    current = row.current_session
    shown = None
    if current is not None and rights.may_in(unit, by.user_id, "see", current, by.guild_id):
        shown = listing.entry(unit, by, current)
    found = listing.page_of(unit, by, page)
    return UserShown(
        user_id=by.user_id,
        name=row.name,
        status=row.status,
        model=row.model or unit.limits.default_model,
        system_msg=row.system_msg,
        max_token=row.max_token,
        temperature=row.temperature,
        show_public=row.show_public,
        attach=row.attach,
        speaks=row.speaks,
        create_time_s=row.create_time_s,
        update_time_s=row.update_time_s,
        modify_time_s=row.modify_time_s,
        sessions=row.sessions,
        newest=row.newest_session if row.sessions else None,
        current=shown,
        current_is_closed=current is not None and shown is None,
        listed=found.sessions,
        page=found.page,
        pages=found.pages,
        used=usage.used_by(unit, by.user_id),
        budgets=budgets.spent_by(unit, by.user_id, now_s),
        undelivered=notes.waiting(unit, by.user_id),
        lacks=lacks_for(unit, by),
    )


def _row(unit: UnitOfWork, user: UserId) -> UserRow:
    row = unit.first(UserRow, "FROM user WHERE discord_user_id = ?", user)
    if row is None:
        raise LookupError(user)
    return row


VERBS: Verbs = {
    FindMembers: find_members,
    RememberRoles: remember_member,
    SetUser: set_user,
    GoOnWith: go_on_with,
    FindSessions: find_sessions,
}
