"""What the bot lacks in a channel: as Discord says with an interaction, or else as refused requests told within a day."""

from msgspec.structs import replace

from messages import channel_permissions as permissions
from messages.ids import UserId
from messages.verbs.acceptance import AcceptMessage, Refused
from messages.verbs.channels import RecordLack
from messages.verbs.sessions import SessionShown, SetSession
from messages.verbs.users import SetUser
from storage.sqlite import SqliteStore
from tests.storage.people import ALICE, BOB, CHANNEL, NOW_S, accept, by, posted, set_status, store, value

DAY = 864_000
"""Messages of tests are a tenth of a second apart."""


def learn(rows: SqliteStore, lacks: int, number: int = 0) -> None:
    rows.perform(RecordLack(channel_id=CHANNEL, lacks=lacks, now_s=NOW_S + number / 10))


def panels(rows: SqliteStore, number: int, *, said: int | None = None) -> set[int]:
    """Return what both panels and the hint say, after an interaction with which Discord said this."""
    interaction = replace(by(ALICE, number), lacks=said)
    user = rows.perform(SetUser(by=interaction, now_s=NOW_S + number / 10)).lacks
    session = rows.perform(SetSession(by=interaction, now_s=NOW_S + number / 10))
    assert isinstance(session, SessionShown)
    call = posted(number + 1, author=UserId(BOB + number), mentions_bot=True)
    hint = rows.perform(AcceptMessage(posted=call, now_s=NOW_S + number / 10))
    assert isinstance(hint, Refused)
    return {user, session.lacks, hint.outcome.lacks}


def used() -> SqliteStore:
    """Return rows in which Alice has a session in the channel."""
    rows = store()
    set_status(rows, "activate")
    accept(rows, 0)
    return rows


def test_what_discord_says_takes_the_place_of_what_was_learnt() -> None:
    """An interaction says exactly what the bot lacks; that holds for the hint too, until something else is learnt."""
    rows = used()
    assert panels(rows, 1) == {0}
    learn(rows, permissions.ADD_REACTIONS)
    learn(rows, permissions.ATTACH_FILES)
    assert panels(rows, 3) == {permissions.ADD_REACTIONS | permissions.ATTACH_FILES}
    assert panels(rows, 5, said=permissions.VIEW_CHANNEL) == {permissions.VIEW_CHANNEL}
    assert panels(rows, 7) == {permissions.VIEW_CHANNEL}
    assert panels(rows, 9, said=0) == {0}
    assert panels(rows, 11) == {0}


def test_what_was_learnt_counts_for_a_day() -> None:
    """Somebody may have given the permission since, and a refusal then tells again."""
    rows = used()
    learn(rows, permissions.ADD_REACTIONS, 1)
    assert panels(rows, DAY - 10) == {permissions.ADD_REACTIONS}
    assert panels(rows, DAY + 10) == {0}
    learn(rows, permissions.ATTACH_FILES, DAY + 20)
    assert panels(rows, DAY + 30) == {permissions.ATTACH_FILES}


def test_an_unknown_channel_is_not_remembered_for_what_it_lacks() -> None:
    """Nothing is written for a channel that has no watermark."""
    rows = store()
    learn(rows, permissions.ADD_REACTIONS)
    assert value(rows, "SELECT count(*) FROM channel") == 0
