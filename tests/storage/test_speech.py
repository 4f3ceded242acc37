"""Answers that are read aloud, in rows."""

import pytest

from messages.files import File
from messages.ids import MessageId, TurnId
from messages.verbs.forgetting import ForgetPerson
from messages.verbs.replies import RecordDelivered
from messages.verbs.sessions import EraseRemoved, RemoveSession
from messages.verbs.speech import (
    ForgetSpeech,
    MadeSpeech,
    RecordSpeech,
    RecordSpeechSent,
    RestoreSpeech,
    TakeSpeech,
    UnclaimedSpeech,
)
from messages.verbs.users import SetUser
from storage.sqlite import SqliteStore
from tests.storage.people import ALICE, NOW_S, accept, by, finish, message_id, set_status, store, take

VOICE = File(name="voice-message.ogg", content=b"OggS")


@pytest.fixture
def rows() -> SqliteStore:
    """Alice, who wants to hear answers."""
    made = store()
    set_status(made, "new")
    made.perform(SetUser(by=by(ALICE, 2), now_s=NOW_S, speaks=True))
    return made


def answered(rows: SqliteStore, number: int = 10, text: str = "A ball of ice.") -> TurnId:
    """An answer that Discord shows."""
    turn = take(rows, accept(rows, number).session)
    finish(rows, turn, text)
    rows.perform(RecordDelivered(turn=turn.turn))
    return turn.turn


def record(rows: SqliteStore, turn: TurnId) -> None:
    rows.perform(RecordSpeech(turn=turn, file=VOICE, seconds=1.0, waveform="AAAA"))


def test_an_answer_waits_to_be_read_aloud_once_discord_shows_it(rows: SqliteStore) -> None:
    """Not before; and once, however often that is recorded."""
    turn = take(rows, accept(rows, 10).session)
    finish(rows, turn)
    assert rows.perform(TakeSpeech()) is None
    rows.perform(RecordDelivered(turn=turn.turn))
    rows.perform(RecordDelivered(turn=turn.turn))
    taken = rows.perform(TakeSpeech())
    assert taken is not None
    assert (taken.turn, taken.asker, taken.text, taken.model) == (turn.turn, ALICE, "A ball of ice.", "test-model")
    assert rows.perform(TakeSpeech()) is None


def test_who_does_not_want_it_hears_nothing(rows: SqliteStore) -> None:
    """Nor does who has it switched off again."""
    rows.perform(SetUser(by=by(ALICE, 3), now_s=NOW_S, speaks=False))
    answered(rows)
    assert rows.perform(TakeSpeech()) is None


@pytest.mark.parametrize("text", ["", " "])
def test_an_answer_without_text_is_not_read_aloud(rows: SqliteStore, text: str) -> None:
    """There is nothing to hear."""
    answered(rows, text=text)
    assert rows.perform(TakeSpeech()) is None


def test_what_was_made_is_kept_until_discord_has_it(rows: SqliteStore) -> None:
    """Then the file is gone, and the message belongs to the session."""
    turn = answered(rows)
    rows.perform(TakeSpeech())
    assert rows.perform(MadeSpeech()) == ()
    record(rows, turn)
    (made,) = rows.perform(MadeSpeech())
    assert (made.turn, made.file, made.waveform, made.reply_to) == (turn, VOICE, "AAAA", message_id(10))
    assert rows.perform(MadeSpeech(turn=TurnId(turn + 1))) == ()
    rows.perform(RecordSpeechSent(turn=turn, message_id=MessageId(77)))
    assert rows.perform(MadeSpeech()) == ()
    assert rows.perform(UnclaimedSpeech(turn=TurnId(turn + 1), message_ids=(MessageId(77), MessageId(78)))) == (78,)
    assert rows.perform(UnclaimedSpeech(turn=turn, message_ids=(MessageId(77),))) == (77,)


def test_a_crash_has_it_read_again_but_not_for_ever(rows: SqliteStore) -> None:
    """Three processes that died are enough."""
    answered(rows)
    for _ in range(3):
        assert rows.perform(TakeSpeech()) is not None
        rows.perform(RestoreSpeech())
    assert rows.perform(TakeSpeech()) is None


def test_what_was_given_up_does_not_come_again(rows: SqliteStore) -> None:
    """The text is all there is."""
    turn = answered(rows)
    rows.perform(TakeSpeech())
    rows.perform(ForgetSpeech(turn=turn))
    record(rows, turn)
    rows.perform(RestoreSpeech())
    assert rows.perform(TakeSpeech()) is None
    assert rows.perform(MadeSpeech()) == ()


def test_a_removed_session_takes_with_it_what_was_not_sent(rows: SqliteStore) -> None:
    """The row of a message that stands in Discord stays, without a file."""
    session = accept(rows, 10).session
    turn = take(rows, session)
    finish(rows, turn)
    rows.perform(RecordDelivered(turn=turn.turn))
    rows.perform(TakeSpeech())
    record(rows, turn.turn)
    rows.perform(RemoveSession(by=by(ALICE, 40), session=session, now_s=NOW_S))
    while rows.perform(EraseRemoved()):
        pass
    assert rows.perform(MadeSpeech()) == ()


def test_a_message_that_discord_got_meanwhile_is_known(rows: SqliteStore) -> None:
    """What was read aloud is erased while it is on its way: a reply to the voice message still belongs to the answer's session."""
    turn = take(rows, accept(rows, 10).session)
    finish(rows, turn)
    rows.perform(RecordDelivered(turn=turn.turn))
    rows.perform(TakeSpeech())
    record(rows, turn.turn)
    rows.perform(RemoveSession(by=by(ALICE, 40), session=turn.session, now_s=NOW_S))
    while rows.perform(EraseRemoved()):
        pass
    rows.perform(RecordSpeechSent(turn=turn.turn, message_id=message_id(99)))
    assert rows.perform(UnclaimedSpeech(turn=TurnId(turn.turn + 1), message_ids=(message_id(99),))) == ()
    assert rows.perform(MadeSpeech()) == ()


def test_a_message_that_discord_got_of_somebody_who_wants_to_be_forgotten_stays_to_be_deleted(
    rows: SqliteStore,
) -> None:
    """The post may be told as done after they wanted that: what was posted is looked for and deleted all the same."""
    turn = answered(rows)
    rows.perform(TakeSpeech())
    record(rows, turn)
    rows.perform(ForgetPerson(person=ALICE, now_s=NOW_S))
    rows.perform(RecordSpeechSent(turn=turn, message_id=message_id(99)))
    assert [speech.is_withdrawn for speech in rows.perform(MadeSpeech())] == [True]
