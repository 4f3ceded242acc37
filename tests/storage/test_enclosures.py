"""What a question encloses is kept with it, told to the model with it, and goes with it."""

import pytest
from msgspec.structs import replace

from messages.enclosure import Enclosure
from messages.ids import ChannelId, MessageId, SessionId, TurnId
from messages.turn import Utterance
from messages.verbs.acceptance import Acceptance, Accepted, AcceptMessage, Refused
from messages.verbs.cancellations import EditQuestion, WithdrawQuestion
from messages.verbs.turns import RecordEnclosures, TakeNextTurn
from storage.limits import Limits
from storage.sqlite import SqliteStore, open_store
from tests.storage.people import CHANNEL, LIMITS, NOW_S, ask_again, finish, message_id, posted, set_status, shown, take

REPLY = Enclosure(kind="reply", author="Bob", text="Ice")
FORWARD = Enclosure(kind="forward", text="What is a comet made of?")
UNREAD = Enclosure(kind="file", name="message.txt", media_type="text/plain", url="https://cdn.discordapp.com/x?ex=1")
PICTURE = Enclosure(kind="file", name="cat.png", media_type="image/png")
VOICE = Enclosure(kind="voice", name="voice-message.ogg")
STICKER = Enclosure(kind="sticker", name="Wave", text="")
POLL = Enclosure(kind="poll", text="Which?\n- Halley")
THREAD = Enclosure(kind="thread", name="comets", origin=(ChannelId(2), MessageId(3)))


@pytest.fixture
def rows() -> SqliteStore:
    """A new database, in which Alice is answered."""
    made = open_store(":memory:", LIMITS)
    set_status(made, "new", number=-2)
    return made


def send(rows: SqliteStore, number: int, text: str, *enclosures: Enclosure, channel: ChannelId = CHANNEL) -> Acceptance:
    """Have Alice's n-th message decided about."""
    message = replace(posted(number, text), enclosures=enclosures, channel_id=channel)
    return rows.perform(AcceptMessage(posted=message, now_s=NOW_S + number / 10))


def accepted(
    rows: SqliteStore, number: int, text: str, *enclosures: Enclosure, channel: ChannelId = CHANNEL
) -> Accepted:
    """Have Alice's n-th message accepted."""
    answer = send(rows, number, text, *enclosures, channel=channel)
    assert isinstance(answer, Accepted), answer
    return answer


def kept(rows: SqliteStore) -> list[tuple[str, str]]:
    """Return what the rows of turns have of their questions."""
    return [tuple(row) for row in rows._connection.execute("SELECT question, enclosed FROM turn ORDER BY id")]


def title(rows: SqliteStore, session: SessionId) -> str:
    """Return what a session is called."""
    return str(rows._connection.execute("SELECT title FROM session WHERE id = ?", (session,)).fetchone()[0])


def asked(rows: SqliteStore, session: SessionId) -> Utterance:
    """Return what the model is asked next."""
    return take(rows, session).question


def begun(rows: SqliteStore, session: SessionId) -> tuple[TurnId, int]:
    """Have the next turn begin, and return it with its attempt."""
    taken = rows.perform(TakeNextTurn(session=session))
    return taken.turn, taken.attempt  # type: ignore[union-attr]


@pytest.mark.parametrize("enclosures", [(REPLY,), (FORWARD,), (PICTURE, STICKER), (POLL, UNREAD)])
def test_the_model_is_told_what_the_question_encloses(rows: SqliteStore, enclosures: tuple[Enclosure, ...]) -> None:
    """With the question, and with the dialogue of later ones."""
    set_status(rows, "activate")
    session = accepted(rows, 0, "Why?", *enclosures).session
    turn = take(rows, session)
    assert turn.question.enclosures == enclosures
    finish(rows, turn)
    accepted(rows, 1, "Why not?")
    later = take(rows, session)
    assert later.history[0].enclosures == enclosures
    assert later.question.enclosures == ()


@pytest.mark.parametrize(
    ("enclosures", "reason"),
    [
        ((FORWARD,), None),
        ((POLL,), None),
        ((UNREAD,), None),
        ((), "no_question"),
        ((STICKER,), "no_question"),
        ((REPLY,), "no_question"),
        ((Enclosure(kind="forward"),), "no_question"),
        ((PICTURE,), None),
        ((VOICE, STICKER), None),
        ((REPLY, replace(PICTURE, within="reply")), "no_question"),
        ((Enclosure(kind="forward", text=""), replace(PICTURE, within="forward")), None),
    ],
)
def test_a_message_without_text_is_asked_if_what_it_encloses_can_be(
    rows: SqliteStore, enclosures: tuple[Enclosure, ...], reason: str | None
) -> None:
    """Otherwise the sentence says what is the matter; nothing of a refusal is kept."""
    for text in ("", " \u200b"):
        answer = send(rows, int(text != ""), text, *enclosures)
        assert (answer.outcome.reason if isinstance(answer, Refused) else None) == reason
    if reason is not None:
        assert set(kept(rows)) == {("", "")}


def test_text_that_discord_hides_is_not_called_missing() -> None:
    """Without the message content intent files are hidden as well."""
    rows = open_store(":memory:", Limits(default_model="m", reads_content=False))
    set_status(rows, "new")
    answer = send(rows, 0, "")
    assert isinstance(answer, Refused)
    assert answer.outcome.reason == "content_hidden"


def test_a_session_is_called_after_the_words_that_are_asked(rows: SqliteStore) -> None:
    """Those of a forward where the message has none of its own."""
    assert title(rows, accepted(rows, 0, "", FORWARD).session) == "What is a"
    assert title(rows, accepted(rows, 1, "Is it so?", FORWARD).session) == "Is it so?"
    assert title(rows, accepted(rows, 2, "", UNREAD).session).startswith("Untitled")


def test_a_file_that_is_the_whole_question_becomes_its_text(rows: SqliteStore) -> None:
    """The session is called after it; asked again, it is not read again."""
    session = accepted(rows, 0, "", UNREAD).session
    turn, attempt = begun(rows, session)
    read = replace(UNREAD, text="Explain comets to me at length.", url="")
    question = rows.perform(RecordEnclosures(turn=turn, attempt=attempt, before=(UNREAD,), after=(read,)))
    assert question is not None
    assert (question.text, question.enclosures) == (read.text, ())
    assert title(rows, session) == "Explain co"
    assert kept(rows) == [(read.text, "")]


def test_a_file_beside_a_text_stays_a_file(rows: SqliteStore) -> None:
    """The person's own words are the question."""
    session = accepted(rows, 0, "Sum it up", REPLY, UNREAD).session
    turn, attempt = begun(rows, session)
    read = replace(UNREAD, text="Comets are ice.", url="")
    question = rows.perform(RecordEnclosures(turn=turn, attempt=attempt, before=(REPLY, UNREAD), after=(REPLY, read)))
    assert question is not None
    assert (question.text, question.enclosures) == ("Sum it up", (REPLY, read))


def test_what_was_read_of_a_question_that_was_edited_meanwhile_is_dropped(rows: SqliteStore) -> None:
    """The answer is the question as it is now, so that it can be read anew."""
    session = accepted(rows, 0, "", UNREAD).session
    turn, attempt = begun(rows, session)
    newer = replace(UNREAD, url="https://cdn.discordapp.com/y")
    rows.perform(EditQuestion(message_id=message_id(0), text="", enclosures=(newer,)))
    read = replace(UNREAD, text="Old", url="")
    question = rows.perform(RecordEnclosures(turn=turn, attempt=attempt, before=(UNREAD,), after=(read,)))
    assert question is not None
    assert question.enclosures == (newer,)
    assert rows.perform(RecordEnclosures(turn=turn, attempt=attempt + 1, before=(newer,), after=(read,))) is None


def test_an_edit_changes_what_is_enclosed_where_it_says_so(rows: SqliteStore) -> None:
    """An event that does not say it leaves it, and none says what the thread began with."""
    session = accepted(rows, 0, "Why?", THREAD, REPLY, PICTURE).session
    rows.perform(EditQuestion(message_id=message_id(0), text="How?"))
    rows.perform(EditQuestion(message_id=message_id(0), text="How then?", enclosures=(REPLY,)))
    question = asked(rows, session)
    assert (question.text, question.enclosures) == ("How then?", (THREAD, REPLY))


def test_an_edit_that_leaves_nothing_to_ask_changes_nothing(rows: SqliteStore) -> None:
    """A forward's text cannot be edited away; a question's can, but an empty one is no question."""
    session = accepted(rows, 0, "Why?", STICKER).session
    rows.perform(EditQuestion(message_id=message_id(0), text="", enclosures=(STICKER,)))
    assert asked(rows, session).text == "Why?"
    forwarded = accepted(rows, 1, "", FORWARD).session
    rows.perform(EditQuestion(message_id=message_id(1), text=""))
    assert asked(rows, forwarded).enclosures == (FORWARD,)


def test_retry_asks_with_what_the_question_encloses(rows: SqliteStore) -> None:
    """As it is since an edit."""
    session = accepted(rows, 0, "Why?", FORWARD).session
    turn = take(rows, session)
    finish(rows, turn, "", ending="failed", reason="server_error")
    rows.perform(EditQuestion(message_id=message_id(0), text="Why?", enclosures=(REPLY,)))
    assert isinstance(ask_again(rows, turn.turn, 2), Accepted)
    assert asked(rows, session).enclosures == (REPLY,)


def test_the_dialogue_has_what_was_enclosed_when_it_was_answered(rows: SqliteStore) -> None:
    """The answer to a retry stands below the question as it was asked then."""
    set_status(rows, "activate")
    turn = take(rows, accepted(rows, 0, "Why?", FORWARD).session)
    finish(rows, turn, "Because", ending="interrupted", reason="stopped")
    rows.perform(EditQuestion(message_id=message_id(0), text="Why?", enclosures=(REPLY,)))
    assert isinstance(ask_again(rows, turn.turn, 2), Accepted)
    again = take(rows, turn.session)
    assert again.question.enclosures == (REPLY,)
    finish(rows, again)
    accepted(rows, 3, "And?")
    assert take(rows, turn.session).history[0].enclosures == (REPLY,)


def test_what_a_thread_began_with_is_told_where_the_session_comes_into_it(rows: SqliteStore) -> None:
    """Not with each question there, and again when the session has been elsewhere."""
    set_status(rows, "activate")
    there, elsewhere = ChannelId(50), ChannelId(51)
    told = []
    for number, channel in enumerate((there, there, elsewhere, there)):
        session = accepted(rows, number, "Why?", THREAD, channel=channel).session
        turn = take(rows, session)
        told.append(bool(turn.question.enclosures))
        finish(rows, turn)
    assert told == [True, False, True, True]


def test_what_is_deleted_takes_its_enclosures_with_it(rows: SqliteStore) -> None:
    """A deleted question leaves neither text nor enclosures behind."""
    accepted(rows, 0, "Why?", FORWARD)
    rows.perform(WithdrawQuestion(message_id=message_id(0)))
    assert kept(rows) == [("", "")]


def test_which_older_answer_is_replied_to_is_told_and_the_newest_is_not(rows: SqliteStore) -> None:
    """The newest answer is what a question is about anyway; an edit changes nothing of that."""
    set_status(rows, "activate")
    own = Enclosure(kind="reply", author="causerie", text="Ice", is_own=True)
    answers = []
    for number in range(2):
        turn = take(rows, accepted(rows, number, "Why?").session)
        finish(rows, turn)
        answers.append(shown(rows, turn.turn))
    for number, answer, is_told in ((2, answers[0], True), (3, answers[1], True), (4, MessageId(7), False)):
        message = replace(posted(number, "Wrong", reply_to=answer), enclosures=(own,))
        rows.perform(AcceptMessage(posted=message, now_s=NOW_S + number / 10))
        rows.perform(EditQuestion(message_id=message_id(number), text="Wrong!", enclosures=(own,)))
        turn = take(rows, turn.session)
        assert turn.question.enclosures == ((own,) if is_told else ())
        finish(rows, turn)
    newest = replace(posted(5, "Wrong", reply_to=shown(rows, turn.turn)), enclosures=(own,))
    rows.perform(AcceptMessage(posted=newest, now_s=NOW_S + 1))
    rows.perform(EditQuestion(message_id=message_id(5), text="Wrong!", enclosures=(own,)))
    assert asked(rows, turn.session).enclosures == ()
