"""Nothing that somebody wrote or pressed before they were forgotten is taken up again, in whatever way it comes; what they write later begins anew."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from messages.enclosure import Enclosure
from messages.ids import ChannelId, MessageId, SessionId, TurnId, snowflake_at
from messages.intake import MessagePosted
from messages.verbs.acceptance import Accepted, AcceptMessage, NotOurs, Refused
from messages.verbs.cancellations import EditQuestion
from messages.verbs.forgetting import CorrectForgotten, ForgetAgreed, ForgetMe, ForgetPerson
from messages.verbs.turns import RecordEnclosures
from messages.verbs.users import FindMembers, GoOnWith, SetUser
from storage import forgotten
from storage.limits import Limits, SharedChannel
from storage.permissions import Lists, Permissions
from storage.sqlite import SqliteStore, open_store
from tests.storage.people import (
    ALICE,
    BOB,
    CHANNEL,
    GUILD,
    LIMITS,
    NOW_S,
    accept,
    by,
    finish,
    message_id,
    posted,
    set_status,
    store,
    take,
    value,
)
from tests.storage.test_forgetting import CANARY, LATER_S, forget
from tests.storage.test_forgotten_for_good import everything

FORGOTTEN = 100
"""After this message Alice wants to be forgotten."""

SHARED = Limits(default_model="test-model", shared_channels={CHANNEL: SharedChannel()})


def forgets(rows: SqliteStore) -> None:
    """Alice presses *Forget me*, and nothing is left."""
    assert isinstance(
        rows.perform(ForgetMe(by=by(ALICE, FORGOTTEN), newest=SessionId(2**62), now_s=LATER_S)), ForgetAgreed
    )
    forget(rows)


def hears(rows: SqliteStore, said: MessagePosted, *, missed: bool) -> object:
    return rows.perform(AcceptMessage(posted=said, now_s=LATER_S, missed=missed))


WAYS = {
    "in a shared channel": posted(50, CANARY),
    "with a mention": posted(50, CANARY, mentions_bot=True),
    "directly": posted(50, CANARY, dm=True),
    "without a question": posted(50, "", mentions_bot=True),
    "as a reply": posted(50, CANARY, reply_to=MessageId(7), mentions_bot=True),
}


@pytest.mark.parametrize("limits", [LIMITS, SHARED], ids=["of people", "shared"])
@pytest.mark.parametrize("missed", [True, False], ids=["missed", "late"])
@pytest.mark.parametrize("way", WAYS)
def test_what_was_written_before_leaves_no_row_however_it_is_read(way: str, *, missed: bool, limits: Limits) -> None:
    """Neither a question nor a hint nor a refusal; the same message of somebody else is heard."""
    rows = store(limits)
    forgets(rows)
    assert hears(rows, WAYS[way], missed=missed) == NotOurs()
    assert "Alice" not in everything(rows)
    assert value(rows, "SELECT count(*) FROM turn") == value(rows, "SELECT count(*) FROM user") == 0
    later = replace(WAYS[way], message_id=message_id(FORGOTTEN + 1))
    if limits is SHARED and way != "directly":
        assert isinstance(hears(rows, later, missed=False), Accepted | Refused)


@pytest.mark.parametrize("status", ["new", "activate"])
def test_what_they_write_after_it_begins_anew(status: str) -> None:
    """Also while a message from before comes late."""
    rows = store()
    set_status(rows, "new")
    accept(rows, 1)
    forgets(rows)
    rows.perform(SetUser(by=by(ALICE, FORGOTTEN + 1), now_s=LATER_S, status=status))  # type: ignore[arg-type]
    assert hears(rows, posted(50, CANARY), missed=True) == NotOurs()
    accept(rows, FORGOTTEN + 2, "A new life")
    assert CANARY not in everything(rows)


def test_no_press_from_before_brings_anybody_back() -> None:
    """Discord tells it again after a connection broke; it changes nothing, and no name is kept of it."""
    rows = store()
    set_status(rows, "new", user=BOB)
    theirs = accept(rows, 2, author=BOB)
    finish(rows, take(rows, theirs.session))
    forgets(rows)
    rows.perform(SetUser(by=by(ALICE, 50), now_s=LATER_S, status="new", system_msg=CANARY))
    rows.perform(GoOnWith(by=by(ALICE, 51), session=theirs.session, now_s=LATER_S))
    assert value(rows, "SELECT status FROM user WHERE discord_user_id = ?", ALICE) == "disable"
    assert "Alice" not in everything(rows)
    assert CANARY not in everything(rows)
    rows.perform(SetUser(by=by(ALICE, FORGOTTEN + 1), now_s=LATER_S, status="new"))
    assert value(rows, "SELECT status, name FROM user WHERE discord_user_id = ?", ALICE) == "new"


def test_nobodys_roles_are_read_for_what_they_wrote_before() -> None:
    """They would be kept for somebody whom nobody answers."""
    rows = store(replace(SHARED, permissions=Permissions(allow=Lists(roles=frozenset({5})))))  # type: ignore[arg-type]
    forgets(rows)
    before = FindMembers(channel_id=CHANNEL, guild_id=GUILD, newest=((ALICE, message_id(50)), (BOB, message_id(50))))
    found = rows.perform(before)
    assert found is not None
    assert found.users == (BOB,)


def quote(number: int, *, within: str = "reply") -> tuple[Enclosure, ...]:
    """A message of Alice's that is quoted, with a file that it has."""
    return (
        Enclosure(kind=within, author="Alice", text=CANARY, wrote=(ALICE, message_id(number))),  # type: ignore[arg-type]
        Enclosure(kind="file", name=f"{CANARY}.txt", attachment=7, size=1, within=within),  # type: ignore[arg-type]
    )


def bobs_question(rows: SqliteStore, enclosures: tuple[Enclosure, ...] = ()) -> TurnId:
    set_status(rows, "new", user=BOB, number=1)
    return accept(rows, FORGOTTEN + 1, "Why?", author=BOB, enclosures=enclosures).turn


def test_a_message_from_before_that_somebody_replies_to_is_as_good_as_deleted() -> None:
    """Its text, author and files are not kept with the reply; of what is written later, they are."""
    rows = store()
    forgets(rows)
    turn = bobs_question(rows, quote(50))
    assert CANARY not in everything(rows)
    assert "Alice" not in everything(rows)
    assert '"kind":"reply"' in value(rows, "SELECT enclosed FROM turn WHERE id = ?", turn)
    accept(rows, FORGOTTEN + 3, "Why?", author=BOB, enclosures=quote(FORGOTTEN + 2))
    assert CANARY in everything(rows)
    assert str(int(message_id(FORGOTTEN + 2))) not in everything(rows)


def test_an_edit_of_a_reply_quotes_nothing_from_before() -> None:
    """Discord tells with it what the message replies to."""
    rows = store()
    forgets(rows)
    bobs_question(rows)
    edit = EditQuestion(message_id=message_id(FORGOTTEN + 1), text="But why?", enclosures=quote(50))
    rows.perform(edit)
    assert "But why?" in everything(rows)
    assert CANARY not in everything(rows)


@pytest.mark.parametrize("within", ["reply", "thread"])
def test_what_is_read_for_a_question_is_not_kept_either(within: str) -> None:
    """What it replies to, and what its thread began with, may be read only before it is asked."""
    rows = store()
    forgets(rows)
    unread = (Enclosure(kind=within, origin=(ChannelId(9), message_id(50))),)  # type: ignore[arg-type]
    turn = bobs_question(rows, unread)
    taken = rows.perform(RecordEnclosures(turn=turn, attempt=1, before=unread, after=quote(50, within=within)))
    assert taken is None  # it is not asked yet
    session = value(rows, "SELECT session FROM turn WHERE id = ?", turn)
    take(rows, session)
    read = rows.perform(RecordEnclosures(turn=turn, attempt=1, before=unread, after=quote(50, within=within)))
    assert read is not None
    assert [(one.kind, one.text, one.origin) for one in read.enclosures] == [(within, None, None)]
    assert CANARY not in everything(rows)


def test_a_wrong_clock_bars_nobody_from_coming_back() -> None:
    """Where only the machine's clock told when it was; what had been seen by then stays from before, whatever that clock said."""
    rows = store(SHARED)
    accept(rows, 90, author=BOB)
    rows.perform(ForgetPerson(person=ALICE, now_s=NOW_S + 86_400 * 30_000))
    assert hears(rows, posted(FORGOTTEN + 1), missed=False) == NotOurs()
    rows.perform(CorrectForgotten(now_s=NOW_S + FORGOTTEN / 10))
    assert hears(rows, posted(FORGOTTEN - 1), missed=False) == NotOurs()
    assert isinstance(hears(rows, posted(FORGOTTEN + 1), missed=False), Accepted)
    slow = store(SHARED)
    accept(slow, 90, author=BOB)
    slow.perform(ForgetPerson(person=ALICE, now_s=1.0))
    assert hears(slow, posted(89), missed=True) == NotOurs()
    assert isinstance(hears(slow, posted(91), missed=False), Accepted)


def test_a_database_follows_the_list_beside_it(tmp_path: Path) -> None:
    """One of an earlier version, or a restored one, learns who was forgotten; whom the operator takes from the list, it forgets."""
    path = tmp_path / "causerie.db"
    open_store(path, LIMITS).close()
    forgotten.note(tmp_path, ALICE, NOW_S + FORGOTTEN / 10)
    rows = open_store(path, SHARED)
    assert value(rows, "SELECT until FROM forgotten WHERE person = ?", ALICE) == snowflake_at(NOW_S + FORGOTTEN / 10)
    assert hears(rows, posted(50), missed=True) == NotOurs()
    rows.perform(ForgetPerson(person=BOB, now_s=LATER_S))
    rows.close()
    (tmp_path / forgotten.NAME).unlink()
    rows = open_store(path, SHARED)
    left = [person for (person,) in rows._connection.execute("SELECT person FROM forgotten")]
    assert left == [BOB]  # who waits to be put into the list stays
    rows.close()
