"""A shared channel: everybody who is answered speaks in one session of the channel's, whatever their own status is."""

from typing import Any

import pytest
from msgspec.structs import replace

from messages.ids import NOBODY, ChannelId, RoleId, SessionId, UserId
from messages.intake import MessagePosted
from messages.session import NothingWaits
from messages.turn import OutcomePending
from messages.verbs.acceptance import Accepted, AcceptMessage, NotOurs, Refused
from messages.verbs.sessions import RemoveSession, SessionShown, SetSession
from messages.verbs.turns import TakeNextTurn
from messages.verbs.users import ClearSessions, FindMembers, RememberRoles, SessionsRemoved
from storage.limits import Limits, SharedChannel
from storage.permissions import Lists, Permissions
from storage.shared_channels import shared_channel_of
from storage.sqlite import SqliteStore
from tests.storage.people import (
    ALICE,
    BOB,
    CHANNEL,
    GUILD,
    NOW_S,
    by,
    finish,
    message_id,
    posted,
    set_status,
    shown,
    store,
    take,
)

CAROL, ADMIN = UserId(1003), UserId(1004)
THREAD, CATEGORY, OTHER, LOOSE = ChannelId(2101), ChannelId(2102), ChannelId(2103), ChannelId(2104)


def limits(**channels: SharedChannel) -> Limits:
    """Return limits with shared channels, named by `c` and their id."""
    return Limits(
        default_model="test-model",
        shared_channels={ChannelId(int(name[1:])): shared for name, shared in channels.items()},
        permissions=Permissions(admins=frozenset({ADMIN})),
    )


ONE = limits(c2001=SharedChannel(model="wise", system_msg="Be kind."))


def message(number: int, text: str = "What is a comet?", *, author: UserId = ALICE, **how: Any) -> MessagePosted:
    """Return the n-th message, in the shared channel unless `how` says another."""
    return replace(posted(number, text, author=author, public=True), **how)


def say(rows: SqliteStore, said: MessagePosted) -> SessionId:
    """Have a message accepted, and return its session."""
    answer = rows.perform(AcceptMessage(posted=said, now_s=NOW_S + 1))
    assert isinstance(answer, Accepted), answer
    return answer.session


def sessions(rows: SqliteStore, columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in rows._connection.execute(f"SELECT {columns} FROM session ORDER BY id")]


def change_limits(rows: SqliteStore, changed: Limits) -> None:
    """As a start with another file does."""
    rows.limits = changed


@pytest.mark.parametrize(
    ("how", "belongs_to"),
    [
        ({}, CHANNEL),
        ({"channel_is_public": False}, CHANNEL),
        ({"channel_id": THREAD, "parents": (CHANNEL, CATEGORY)}, CHANNEL),
        ({"channel_id": THREAD, "parents": (CHANNEL,), "channel_is_public": False}, None),
        ({"channel_id": LOOSE, "parents": (CATEGORY,)}, None),
        ({"channel_id": LOOSE, "parents": (OTHER,)}, OTHER),
        ({"channel_id": THREAD, "parents": (LOOSE, OTHER)}, OTHER),
        ({"channel_id": LOOSE, "parents": (OTHER,), "channel_is_public": False}, None),
        ({"guild_id": None}, None),
    ],
)
def test_which_messages_belong_to_a_shared_channel(how: dict[str, Any], belongs_to: ChannelId | None) -> None:
    """Its own, those of its threads, and of a category's channels; what is written among a few stays among them."""
    shared = {CHANNEL: SharedChannel(), OTHER: SharedChannel()}
    assert shared_channel_of(message(1, **how), shared) == belongs_to


def test_everybody_speaks_in_one_session_whatever_their_status() -> None:
    """Somebody whom the bot has never seen, somebody who is disabled, somebody with a session of their own: nobody's settings change."""
    rows = store(ONE)
    set_status(rows, "activate", user=BOB, number=0)
    own = say(rows, message(1, author=BOB, channel_id=LOOSE))
    finish(rows, take(rows, own))
    set_status(rows, "disable", user=CAROL, number=1)
    first = say(rows, message(2))
    assert {say(rows, message(3, author=BOB)), say(rows, message(4, author=CAROL))} == {first}
    assert say(rows, message(5, author=ALICE, channel_id=THREAD, parents=(CHANNEL,))) == first
    assert sessions(rows, "creator, model, system_msg, is_instructed, is_public, shared_channel")[1:] == [
        (NOBODY, "wise", "Be kind.", 1, 1, CHANNEL)
    ]
    people = rows._connection.execute("SELECT discord_user_id, status, current_session FROM user WHERE discord_user_id")
    assert sorted(tuple(row) for row in people) == [
        (ALICE, "disable", None),
        (BOB, "activate", own),
        (CAROL, "disable", None),
    ]
    # Outside the channel everything is as it was.
    assert say(rows, message(6, author=BOB, channel_id=LOOSE)) == own
    assert isinstance(rows.perform(AcceptMessage(posted=message(7, channel_id=LOOSE), now_s=NOW_S)), NotOurs)


def test_two_channels_have_two_sessions() -> None:
    """Each with its own model; where none is named, it is the default one."""
    rows = store(limits(c2001=SharedChannel(), c2103=SharedChannel(model="wise")))
    one, other = say(rows, message(1)), say(rows, message(2, channel_id=OTHER))
    assert one != other
    assert say(rows, message(3, author=BOB)) == one
    assert sorted(sessions(rows, "model, shared_channel")) == [("test-model", CHANNEL), ("wise", OTHER)]


def test_its_turns_are_asked_in_order_with_everybodys_before() -> None:
    """As in every session; each is its asker's, with their own limits."""
    rows = store(ONE)
    session = say(rows, message(1, "One"))
    say(rows, message(2, "Two", author=BOB))
    first = take(rows, session)
    assert (first.asker, first.model, first.system_msg) == (ALICE, "wise", "Be kind.")
    assert isinstance(rows.perform(TakeNextTurn(session=session)), NothingWaits)
    finish(rows, first)
    second = take(rows, session)
    finish(rows, second)
    # What each question used counts for whoever asked it.
    booked = rows._connection.execute("SELECT asker, session FROM ledger ORDER BY turn").fetchall()
    assert sorted(tuple(row) for row in booked) == [(ALICE, session), (BOB, session)]
    assert (second.asker, [said.text for said in second.history]) == (BOB, ["One", "A ball of ice."])


def test_the_operators_file_counts_from_the_next_question_on() -> None:
    """After a start with another model or system message; the conversation stays."""
    rows = store(ONE)
    session = say(rows, message(1))
    change_limits(rows, limits(c2001=SharedChannel(model="quick")))
    assert say(rows, message(2)) == session
    assert sessions(rows, "model, system_msg, is_instructed") == [("quick", "", 1)]


def test_a_channel_that_is_no_longer_shared_leaves_its_session_to_be_read() -> None:
    """What waits in it ends with a sentence, new questions follow their authors' status, and replies are told that it is closed."""
    rows = store(ONE)
    session = say(rows, message(1))
    answered = take(rows, session)
    finish(rows, answered)
    say(rows, message(2))
    change_limits(rows, limits())
    ended = rows.perform(TakeNextTurn(session=session))
    assert isinstance(ended, OutcomePending)
    assert ended.reason == "session_ended"
    assert isinstance(rows.perform(AcceptMessage(posted=message(3), now_s=NOW_S)), NotOurs)
    set_status(rows, "new", number=4)
    refused = rows.perform(AcceptMessage(posted=message(5, reply_to=shown(rows, answered.turn)), now_s=NOW_S))
    assert isinstance(refused, Refused)
    assert refused.outcome.reason == "session_closed"
    read = rows.perform(SetSession(by=by(BOB, 6), now_s=NOW_S, session=session))
    assert isinstance(read, SessionShown)
    assert (read.utterances, read.system_msg, read.may_remove) == (2, None, False)
    change_limits(rows, ONE)
    assert say(rows, message(7, author=BOB)) == session


def test_who_runs_the_bot_removes_it_and_the_next_question_begins_another() -> None:
    """Nobody else can, and *Clear* of one's own sessions does not touch it."""
    rows = store(ONE)
    session = say(rows, message(1))
    finish(rows, take(rows, session))
    assert not isinstance(rows.perform(RemoveSession(by=by(ALICE, 2), session=session, now_s=NOW_S)), SessionsRemoved)
    rows.perform(ClearSessions(by=by(ALICE, 3), newest=SessionId(2**60), now_s=NOW_S))
    assert say(rows, message(4)) == session
    assert isinstance(rows.perform(RemoveSession(by=by(ADMIN, 5), session=session, now_s=NOW_S)), SessionsRemoved)
    fresh = say(rows, message(6))
    assert fresh != session
    assert take(rows, fresh).history == ()


def test_a_channel_that_is_closed_to_some_closes_what_was_said_in_it() -> None:
    """The session is private from then on, also when the channel is opened again: what came in between is not for everybody."""
    rows = store(ONE)
    session = say(rows, message(1))
    assert isinstance(rows.perform(SetSession(by=by(BOB, 2), now_s=NOW_S, session=session)), SessionShown)
    assert say(rows, message(3, channel_is_public=False)) == session
    assert say(rows, message(4)) == session
    assert not isinstance(rows.perform(SetSession(by=by(BOB, 5), now_s=NOW_S, session=session)), SessionShown)
    seen = rows.perform(SetSession(by=by(ADMIN, 6), now_s=NOW_S, session=session))
    assert isinstance(seen, SessionShown)
    assert (seen.is_public, seen.system_msg) == (False, "Be kind.")


def test_the_same_message_is_asked_once_and_limits_hold() -> None:
    """However often Discord tells of it, and whoever asks; others' conversations are left alone."""
    rows = store(replace(ONE, questions_per_minute=2))
    say(rows, message(1))
    assert not isinstance(rows.perform(AcceptMessage(posted=message(1), now_s=NOW_S)), Accepted)
    say(rows, message(2))
    refused = rows.perform(AcceptMessage(posted=message(3), now_s=NOW_S))
    assert isinstance(refused, Refused)
    assert refused.outcome.reason == "too_many_questions"
    say(rows, message(4, author=BOB))
    to_bob = rows.perform(AcceptMessage(posted=message(5, author=CAROL, is_to_others=True), now_s=NOW_S))
    assert isinstance(to_bob, NotOurs)
    blocked = replace(ONE, permissions=Permissions(block=replace(ONE.permissions.block, users=frozenset({CAROL}))))
    change_limits(rows, blocked)
    assert isinstance(rows.perform(AcceptMessage(posted=message(6, author=CAROL), now_s=NOW_S)), NotOurs)


def test_a_status_that_was_set_since_does_not_matter() -> None:
    """Elsewhere a message from before the last change of its author's status is never answered."""
    rows = store(ONE)
    set_status(rows, "new", number=9)
    set_status(rows, "disable", number=10)
    assert say(rows, message(8)) == say(rows, message(11))


def test_the_roles_of_everybody_there_are_looked_up_where_roles_decide() -> None:
    """Of what was missed, Discord does not say its authors' roles; elsewhere nobody asks for those whom the bot does not serve."""
    admitted = Permissions(allow=Lists(roles=frozenset({RoleId(5)})))
    rows = store(replace(ONE, permissions=admitted))
    say(rows, message(1, roles=(RoleId(5),)))
    say(rows, message(2, roles=(RoleId(5),), channel_id=THREAD, parents=(CHANNEL,)))
    for channel, found in ((CHANNEL, (BOB,)), (THREAD, (BOB,)), (LOOSE, None)):
        looked_up = rows.perform(FindMembers(channel_id=channel, guild_id=GUILD, newest=((BOB, message_id(1)),)))
        assert (looked_up and looked_up.users) == found
    assert isinstance(rows.perform(AcceptMessage(posted=message(3, author=BOB), missed=True, now_s=NOW_S + 1)), NotOurs)
    rows.perform(RememberRoles(guild_id=GUILD, user_id=BOB, roles=(RoleId(5),)))
    accepted = rows.perform(AcceptMessage(posted=message(4, author=BOB), missed=True, now_s=NOW_S + 1))
    assert isinstance(accepted, Accepted)
