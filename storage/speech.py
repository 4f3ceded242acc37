"""Answers that are read aloud: which wait for it, what was made, and which messages hold it.

| state | what that means |
|---|---|
| `wanted` | Discord shows the answer's text, and its asker wants to hear it |
| `speaking` | a model reads it aloud |
| `made` | the file is there, and Discord does not have it yet |
| `sent` | a message holds it, and the file is gone |
| `withdrawn` | its asker wants to be forgotten: the file is gone, and what may have been posted of it is deleted |
"""

from typing import Final

from messages.files import File
from messages.ids import ChannelId, MessageId, SessionId, TurnId, UserId
from messages.speech import SpeechMade, SpeechTaken
from messages.verbs.speech import (
    ForgetSpeech,
    MadeSpeech,
    RecordSpeech,
    RecordSpeechSent,
    RestoreSpeech,
    TakeSpeech,
    UnclaimedSpeech,
)
from storage.unit_of_work import UnitOfWork, Verbs, locale_of_place

ROW_ID_MAX: Final = 2**63 - 1

TRIES_MAX: Final = 3
"""An answer whose reading ended so often with the process stays unread."""


def want(unit: UnitOfWork, turn: TurnId) -> None:
    """Have an answer read aloud whose text Discord shows now, where its asker wants that; writes."""
    unit.run(
        "INSERT INTO speech (turn) SELECT turn.id FROM turn JOIN user ON user.discord_user_id = turn.asker"
        " WHERE turn.id = ? AND turn.state = 'delivered' AND user.speaks = 1 AND trim(turn.draft) != '' ON CONFLICT DO NOTHING",
        turn,
    )


def restore_speech(unit: UnitOfWork, _verb: RestoreSpeech) -> None:
    """Have answers wait again that were being read aloud; writes."""
    unit.run("DELETE FROM speech WHERE state = 'speaking' AND tries >= ?", TRIES_MAX)
    unit.run("UPDATE speech SET state = 'wanted' WHERE state = 'speaking'")


def take_speech(unit: UnitOfWork, _verb: TakeSpeech) -> SpeechTaken | None:
    """Begin to read the next answer aloud; writes."""
    row = unit.one(
        "SELECT turn.id, turn.session, turn.asker, turn.channel_id, turn.guild, turn.reply_to, turn.model, turn.draft FROM speech"
        " JOIN turn ON turn.id = speech.turn WHERE speech.state = 'wanted' ORDER BY speech.turn LIMIT 1"
    )
    if row is None:
        return None
    unit.run("UPDATE speech SET state = 'speaking', tries = tries + 1 WHERE turn = ?", row["id"])
    return SpeechTaken(
        turn=TurnId(row["id"]),
        session=SessionId(row["session"]),
        asker=UserId(row["asker"]),
        channel_id=ChannelId(row["channel_id"]),
        reply_to=MessageId(row["reply_to"]),
        model=row["model"] or "",
        text=row["draft"],
        locale=locale_of_place(unit, row["guild"], UserId(row["asker"])),
    )


def record_speech(unit: UnitOfWork, verb: RecordSpeech) -> None:
    """Keep an answer as it was read aloud; writes."""
    unit.run(
        "UPDATE speech SET state = 'made', name = ?, content = ?, seconds = ?, waveform = ?"
        " WHERE turn = ? AND state = 'speaking'",
        verb.file.name,
        verb.file.content,
        verb.seconds,
        verb.waveform,
        verb.turn,
    )


def forget_speech(unit: UnitOfWork, verb: ForgetSpeech) -> None:
    """Leave an answer unread; writes."""
    unit.run("DELETE FROM speech WHERE turn = ? AND state != 'sent'", verb.turn)


def made_speech(unit: UnitOfWork, verb: MadeSpeech) -> tuple[SpeechMade, ...]:
    """Return the answers that were read aloud and that Discord does not have yet, oldest first."""
    rows = unit.all(
        "SELECT turn.id, turn.cause, turn.asker, turn.channel_id, turn.reply_to, speech.name, speech.content,"
        " speech.seconds, speech.waveform, speech.state FROM speech JOIN turn ON turn.id = speech.turn"
        " WHERE speech.state IN ('made', 'withdrawn') AND speech.turn >= ? AND speech.turn <= ? ORDER BY speech.turn",
        verb.turn or 0,
        verb.turn or ROW_ID_MAX,
    )
    return tuple(
        SpeechMade(
            turn=TurnId(row["id"]),
            asker=UserId(row["asker"]),
            channel_id=ChannelId(row["channel_id"]),
            reply_to=MessageId(row["reply_to"]),
            after=MessageId(max(row["cause"], row["reply_to"])),
            file=File(name=row["name"], content=row["content"] or b""),
            seconds=row["seconds"],
            waveform=row["waveform"],
            is_withdrawn=row["state"] == "withdrawn",
        )
        for row in rows
    )


def record_speech_sent(unit: UnitOfWork, verb: RecordSpeechSent) -> None:
    """Record which message holds an answer that was read aloud, also where it was erased while Discord got it; writes.

    Else a reply to that message would not find the answer's session.
    """
    unit.run(
        "INSERT INTO speech (turn, state, message_id) SELECT id, 'sent', ? FROM turn WHERE id = ? ON CONFLICT (turn) DO UPDATE"
        " SET state = 'sent', content = NULL, waveform = '', message_id = excluded.message_id WHERE state != 'withdrawn'",
        verb.message_id,
        verb.turn,
    )


def unclaimed_speech(unit: UnitOfWork, verb: UnclaimedSpeech) -> tuple[MessageId, ...]:
    """Return those of these messages that hold no other answer that was read aloud."""
    return tuple(
        message
        for message in verb.message_ids
        if unit.one("SELECT 1 FROM speech WHERE message_id = ? AND turn != ?", message, verb.turn) is None
    )


def erase_of_turn(unit: UnitOfWork, turn: TurnId) -> None:
    """Erase what was read aloud of an answer and not sent yet; writes. What Discord may be getting just now stays, without its sound."""
    unit.run("DELETE FROM speech WHERE turn = ? AND state NOT IN ('sent', 'withdrawn')", turn)


def withdraw(unit: UnitOfWork, person: UserId) -> tuple[SpeechMade, ...]:
    """Have nothing be read aloud to a person any more, and return what is made already, and may be on its way; writes."""
    rows = unit.all(_OF_PERSON, person=person)
    for row in rows:
        unit.run("DELETE FROM speech WHERE turn = ? AND state IN ('wanted', 'speaking')", row["turn"])
        unit.run(
            "UPDATE speech SET state = 'withdrawn', content = NULL, waveform = '' WHERE turn = ? AND state = 'made'",
            row["turn"],
        )
    return tuple(
        speech
        for row in rows
        for speech in made_speech(unit, MadeSpeech(turn=TurnId(row["turn"])))
        if speech.is_withdrawn
    )


_OF_PERSON: Final = (
    "SELECT speech.turn FROM speech JOIN turn ON turn.id = speech.turn LEFT JOIN turn AS first ON first.id = turn.root"
    " WHERE speech.state IN ('wanted', 'speaking', 'made') AND (+turn.asker = :person OR +first.asker = :person)"
)


def erase_unsent(unit: UnitOfWork, *, session: int, erased_to: int, last: int) -> None:
    """Erase what was read aloud of a session's answers and not sent yet, from one cause to another; writes."""
    unit.run(
        "DELETE FROM speech WHERE state NOT IN ('sent', 'withdrawn') AND turn IN"
        " (SELECT id FROM turn WHERE session = ? AND cause > ? AND cause <= ?)",
        session,
        erased_to,
        last,
    )


VERBS: Verbs = {
    RestoreSpeech: restore_speech,
    TakeSpeech: take_speech,
    RecordSpeech: record_speech,
    ForgetSpeech: forget_speech,
    MadeSpeech: made_speech,
    RecordSpeechSent: record_speech_sent,
    UnclaimedSpeech: unclaimed_speech,
}
