"""Settings, watermarks, and the messages that hold answers."""

from typing import Any

import pytest
from msgspec.structs import replace

from messages.ids import ChannelId, MessageId
from messages.turn import Part
from messages.verbs.channels import ChannelGap, ForgetServer, KnownChannels, SaveWatermarks, SeeChannel, SeeChannels
from messages.verbs.replies import ForgetPart, KnownParts, RecordPart, UnclaimedOf
from messages.verbs.users import SetUser, UserShown
from messages.verbs.verb import Verb
from storage.sqlite import SqliteStore
from tests.storage.people import ALICE, CHANNEL, GUILD, NOW_S, accept, by, message_id, press_id, set_status, store

OTHER = ChannelId(2002)


def _set(rows: SqliteStore, number: int, **changes: object) -> UserShown:
    return rows.perform(
        SetUser(by=by(ALICE, number), now_s=NOW_S + number, **changes)  # type: ignore[arg-type]
    )


def test_somebody_new_is_disabled_with_the_operators_limit() -> None:
    """Looking at the panel changes no status."""
    shown = _set(store(), 0)
    assert (shown.status, shown.sessions, shown.current, shown.max_token) == ("disable", 0, None, 500)
    assert (shown.create_time_s, shown.update_time_s, shown.modify_time_s) == (NOW_S, NOW_S, NOW_S)


def test_only_what_was_asked_changes() -> None:
    """Settings are changed, and the panel shows them with the time of the change."""
    rows = store()
    _set(rows, 0)
    _set(rows, 1, system_msg="Be brief.", temperature=0.0)
    shown = _set(rows, 2, max_token=9)
    assert (shown.system_msg, shown.temperature, shown.max_token) == ("Be brief.", 0.0, 9)
    assert shown.modify_time_s == NOW_S + 2
    assert _set(rows, 3).modify_time_s == NOW_S + 2
    assert _set(rows, 4, system_msg="").system_msg == ""


def test_a_press_that_comes_twice_acts_once_whatever_the_machines_clock_says() -> None:
    """It was a day ahead at the first press, and is right again at the next ones. Interactions have Discord's time."""
    rows, ahead_s = store(), 86_400.0
    pressed = SetUser(by=by(ALICE, 3), now_s=NOW_S + ahead_s, attach=True)
    assert rows.perform(pressed).attach
    rows.perform(SetUser(by=by(ALICE, 4), now_s=NOW_S + ahead_s, attach=False))
    rows.perform(SetUser(by=by(ALICE, 5), now_s=NOW_S, model="test-model"))
    assert not rows.perform(replace(pressed, now_s=NOW_S)).attach


def test_an_older_press_does_not_undo_a_newer_one() -> None:
    """An interaction that comes late or twice does not undo a later one."""
    rows = store()
    _set(rows, 5, status="new")
    assert _set(rows, 4, status="disable").status == "new"
    assert _set(rows, 6, status="activate").status == "activate"


def test_the_panel_shows_the_current_sessions_title() -> None:
    """A panel says how many sessions there are."""
    rows = store()
    set_status(rows, "new")
    accept(rows, 0, "A comet?")
    session = accept(rows, 1, "A planet?").session
    shown = _set(rows, 2)
    assert shown.current is not None
    assert (shown.current.session, shown.current.title, shown.sessions) == (session, "A planet?", 2)


def test_the_interactions_channel_is_remembered_from_there_on() -> None:
    """The channel of an interaction is remembered, so that later messages can be found; a known watermark stays."""
    rows = store()
    _set(rows, 3)
    _set(rows, 9)
    assert rows.perform(KnownChannels(except_for=(), guilds=(GUILD,))) == (
        ChannelGap(channel_id=CHANNEL, after=MessageId(press_id(3) + ALICE)),
    )


def test_a_channel_never_seen_starts_at_its_last_message() -> None:
    """A new channel starts at its last message; later only newer messages are a gap."""
    rows = store()
    see = SeeChannels(guild_id=GUILD, last_messages=((CHANNEL, message_id(5)), (OTHER, MessageId(0))))
    assert rows.perform(see) == ()
    assert rows.perform(see) == ()
    newer = SeeChannels(guild_id=GUILD, last_messages=((CHANNEL, message_id(6)), (OTHER, message_id(1))))
    gaps = (ChannelGap(channel_id=CHANNEL, after=message_id(5)), ChannelGap(channel_id=OTHER, after=MessageId(0)))
    assert rows.perform(newer) == gaps
    assert rows.perform(newer) == gaps, "looking moved a watermark"


@pytest.mark.parametrize(
    ("channel", "last", "begun", "is_new"),
    [
        (message_id(8), message_id(8), None, True),  # a forum's post: its first message has the id of its thread
        (message_id(8), message_id(9), None, True),
        (message_id(8), MessageId(0), None, False),  # nothing was said in it
        (message_id(4), message_id(9), message_id(8), True),  # a thread that was begun now with an old message
        (message_id(4), message_id(9), message_id(4), False),  # a thread that was begun before, and is only seen now
        (message_id(4), message_id(9), None, False),
    ],
)
def test_what_was_begun_after_the_last_message_seen_in_its_server_is_read_from_its_first_message_on(
    channel: int, last: MessageId, begun: MessageId | None, is_new: bool
) -> None:
    """The id of a thread that begins with a message is that message's; Discord's `after` leaves it out."""
    rows, thread = store(), ChannelId(channel)
    set_status(rows, "new")
    accept(rows, 5)
    times = () if begun is None else ((thread, begun),)
    see = SeeChannels(guild_id=GUILD, last_messages=((thread, last),), begun=times)
    gap = ChannelGap(channel_id=thread, after=MessageId(channel - 1))
    assert rows.perform(see) == ((gap,) if is_new else ())
    assert rows.perform(see) == ((gap,) if is_new else ()), "before it was read, it is still a gap"


def test_the_channels_of_a_server_that_the_bot_left_are_forgotten() -> None:
    """When Discord says so, and when it does not list the server any more. Direct messages stay."""
    rows = store()
    direct = ChannelGap(channel_id=OTHER, after=message_id(7))
    forgets: tuple[Verb[Any], ...] = (ForgetServer(guild_id=GUILD), KnownChannels(except_for=(), guilds=()))
    for forget in forgets:
        set_status(rows, "new")
        accept(rows, 5)
        rows.perform(SaveWatermarks(seen=((OTHER, message_id(7)),)))
        assert len(rows.perform(KnownChannels(except_for=(), guilds=(GUILD,)))) == 2
        rows.perform(forget)
        assert rows.perform(KnownChannels(except_for=(), guilds=(GUILD,))) == (direct,)
        rows._connection.execute("DELETE FROM turn")


def test_one_channel_is_looked_up_alone() -> None:
    rows = store()
    rows.perform(SaveWatermarks(seen=((OTHER, message_id(7)),)))
    assert rows.perform(SeeChannel(channel_id=OTHER)) == (ChannelGap(channel_id=OTHER, after=message_id(7)),)
    assert rows.perform(SeeChannel(channel_id=CHANNEL)) == ()


def test_watermarks_move_forward_only() -> None:
    """Channels that a server lists are left out of the known ones."""
    rows = store()
    rows.perform(SaveWatermarks(seen=((CHANNEL, message_id(5)), (OTHER, message_id(7)))))
    rows.perform(SaveWatermarks(seen=((CHANNEL, message_id(4)), (OTHER, message_id(8)))))
    assert rows.perform(KnownChannels(except_for=(CHANNEL,), guilds=())) == (
        ChannelGap(channel_id=OTHER, after=message_id(8)),
    )
    assert ChannelGap(channel_id=CHANNEL, after=message_id(5)) in rows.perform(
        KnownChannels(except_for=(), guilds=(GUILD,))
    )


@pytest.fixture
def answered() -> SqliteStore:
    """Return two turns that may have replies."""
    rows = store()
    set_status(rows, "new")
    for number in (0, 1):
        accept(rows, number)
    return rows


def test_parts_are_remembered_once_and_in_order(answered: SqliteStore) -> None:
    """Parts are in the order of their messages, whatever the order of recording."""
    first = accept(answered, 2).turn
    for part in (1, 0, 1):
        answered.perform(RecordPart(turn=first, part=Part(part=part, message_id=message_id(10 + part))))
    parts = answered.perform(KnownParts(turn=first)).parts
    assert parts == (Part(part=0, message_id=message_id(10)), Part(part=1, message_id=message_id(11)))


def test_a_forgotten_part_is_gone_and_another_turns_stays(answered: SqliteStore) -> None:
    """A turn forgets only its own parts."""
    first, second = accept(answered, 2).turn, accept(answered, 3).turn
    answered.perform(RecordPart(turn=first, part=Part(part=0, message_id=message_id(10))))
    answered.perform(ForgetPart(turn=second, message_id=message_id(10)))
    assert len(answered.perform(KnownParts(turn=first)).parts) == 1
    answered.perform(ForgetPart(turn=first, message_id=message_id(10)))
    assert answered.perform(KnownParts(turn=first)).parts == ()


def test_messages_that_hold_no_part_are_unclaimed(answered: SqliteStore) -> None:
    """Unclaimed messages come in the order in which they were given."""
    first = accept(answered, 2).turn
    answered.perform(RecordPart(turn=first, part=Part(part=0, message_id=message_id(10))))
    named = (message_id(12), message_id(10), message_id(11))
    assert answered.perform(UnclaimedOf(turn=first, message_ids=named)) == (message_id(12), message_id(11))
