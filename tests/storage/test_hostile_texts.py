"""Names, titles, system messages and searches of any text: stored as they are, found, and shown without harm. Nothing else changes."""

import pytest

from actors.panel.session_view import session_panel
from actors.panel.user_view import user_panel
from messages.ids import UserId
from messages.verbs.sessions import SessionShown, SetSession
from messages.verbs.users import FindSessions, SetUser
from storage.sqlite import SqliteStore
from tests.actors.panel.panels import CATALOGUE, complaints
from tests.storage.people import ALICE, BOB, NOW_S, accept, by, finish, set_status, store, take, value
from texts.say import DEFAULT_LOCALE

HOSTILE = {
    "SQL": "x'); DROP TABLE session; --",
    "SQL, a pattern": '%_" OR 1=1 /*',
    "NUL": "one\0two",
    "a megabyte": "long " * 200_000,
    "half a surrogate pair": "one\ud83dtwo",
    "turned around": "\u202eowner\u2066 me\u2069",
    "of no width": "\u200b\u2060\ufeff\u00ad",
    "control characters": "\x07\x1b[31mred\x1b[0m\x85",
    "Markdown": "# **@everyone** [bank](https://203.0.113.7) ``` <@1>",
}


def everything(rows: SqliteStore) -> tuple[object, ...]:
    """Return the schema, and what is Bob's."""
    schema = value(rows, "SELECT group_concat(sql) FROM sqlite_schema")
    return schema, value(
        rows, "SELECT group_concat(id || title || system_msg || is_removed) FROM session WHERE creator = ?", BOB
    )


def begin(rows: SqliteStore, person: UserId, number: int) -> None:
    set_status(rows, "activate", user=person, number=number)
    finish(rows, take(rows, accept(rows, number + 1, "What is a comet?", author=person).session))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_any_text_is_a_name_a_title_a_system_message_and_a_search(text: str) -> None:
    """As if no form had looked at it. What is shown is taken by Discord, has no mark that reverses a line, and no mention."""
    rows = store()
    for number, person in enumerate((ALICE, BOB)):
        begin(rows, person, 10 * number)
    before = everything(rows)
    named = by(ALICE, 50, name=text)
    user = rows.perform(SetUser(by=named, now_s=NOW_S, system_msg=text))
    shown = rows.perform(SetSession(by=by(ALICE, 51, name=text), now_s=NOW_S, title=text, system_msg=text))
    assert isinstance(shown, SessionShown)
    stored = text.replace("\ud83d", "\N{REPLACEMENT CHARACTER}")
    assert value(rows, "SELECT title FROM session WHERE creator = ?", ALICE).strip() == stored.strip()
    assert value(rows, "SELECT name FROM user WHERE discord_user_id = ?", ALICE).strip() == stored.strip()
    found = rows.perform(FindSessions(by=by(ALICE, 52), typed=text[:100]))
    assert {one.session for one in found} <= {shown.session}
    assert everything(rows) == before
    for panel in (user_panel(user, CATALOGUE, DEFAULT_LOCALE), session_panel(shown, CATALOGUE, DEFAULT_LOCALE)):
        assert complaints(panel) == []
        outside = "".join(panel.text.split("```")[::2])  # in a code block Discord shows every character as it is
        assert not {"\0", "\x07", "\x1b", "\x85", "\u202e", "\u2066", "\u200b"} & set(panel.text)
        assert "@everyone" not in outside.replace("\\@", "")
        assert "<@1>" not in outside
