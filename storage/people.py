"""Users and their settings."""

from messages.recorder import SetUser, UserShown
from storage.channels import meet_channel
from storage.rows import Books, Verbs


def meet(books: Books, user_id: int, name: str, now_s: float) -> None:
    """Remember a person whom the bot had not met."""
    books.run(
        "INSERT INTO user (discord_user_id, name, create_time, update_time, modify_time, max_token)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        user_id,
        name,
        now_s,
        now_s,
        now_s,
        books.limits.default_max_token,
    )


def set_user(books: Books, verb: SetUser) -> UserShown:
    """Find or make the user, change what was asked, and show all of it."""
    meet(books, verb.user_id, verb.name, verb.now_s)
    meet_channel(books, verb.channel_id, verb.cause)
    books.run("UPDATE user SET name = ? WHERE discord_user_id = ? AND name != ?", verb.name, verb.user_id, verb.name)
    changes = {
        "system_msg": verb.system_msg,
        "max_token": verb.max_token,
        "temperature": verb.temperature,
    }
    for column, value in changes.items():
        if value is not None:
            books.run(_SET[column], value, verb.now_s, verb.user_id)
    if verb.status is not None:
        books.run(
            "UPDATE user SET status = ?, status_cause = ?, modify_time = ? WHERE discord_user_id = ? AND status_cause < ?"
            " AND status != ?",
            verb.status,
            verb.cause,
            verb.now_s,
            verb.user_id,
            verb.cause,
            verb.status,
        )
    return _shown(books, verb)


_SET = {
    "system_msg": "UPDATE user SET system_msg = ?, modify_time = ? WHERE discord_user_id = ?",
    "max_token": "UPDATE user SET max_token = ?, modify_time = ? WHERE discord_user_id = ?",
    "temperature": "UPDATE user SET temperature = ?, modify_time = ? WHERE discord_user_id = ?",
}


def _shown(books: Books, verb: SetUser) -> UserShown:
    row = books.one(
        "SELECT user.*, session.title AS current_title,"
        " (SELECT count(*) FROM session WHERE creator = user.discord_user_id) AS sessions"
        " FROM user LEFT JOIN session ON session.id = user.current_session WHERE user.discord_user_id = ?",
        verb.user_id,
    )
    if row is None:
        raise LookupError(verb.user_id)
    return UserShown(
        user_id=verb.user_id,
        name=row["name"],
        status=row["status"],
        current_session=row["current_session"],
        current_title=row["current_title"],
        sessions=row["sessions"],
        system_msg=row["system_msg"],
        max_token=row["max_token"],
        temperature=row["temperature"],
        create_time_s=row["create_time"],
        update_time_s=row["update_time"],
        modify_time_s=row["modify_time"],
    )


VERBS: Verbs = {SetUser: set_user}
