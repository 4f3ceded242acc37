"""Verbs about answers that are read aloud."""

from messages.files import File
from messages.ids import MessageId, TurnId
from messages.speech import SpeechMade, SpeechTaken
from messages.verbs.verb import Verb


class RestoreSpeech(Verb[None], frozen=True, kw_only=True):
    """Have answers wait again that were being read aloud when the speaker ended; those that were tried too often are left out."""


class TakeSpeech(Verb[SpeechTaken | None], frozen=True, kw_only=True):
    """Begin to read the next answer aloud whose text Discord shows; None where none waits."""


class RecordSpeech(Verb[None], frozen=True, kw_only=True):
    """Keep an answer as it was read aloud, until Discord has it."""

    turn: TurnId
    file: File
    seconds: float
    waveform: str


class ForgetSpeech(Verb[None], frozen=True, kw_only=True):
    """Leave an answer unread, or know that Discord has nothing of it any more: its text is all there is of it."""

    turn: TurnId


class MadeSpeech(Verb[tuple[SpeechMade, ...]], frozen=True, kw_only=True):
    """Return the answers that were read aloud and that Discord does not have yet, or is to have no more; with a `turn`, only that one's."""

    turn: TurnId | None = None


class RecordSpeechSent(Verb[None], frozen=True, kw_only=True):
    """Record which message holds an answer that was read aloud, and erase the file."""

    turn: TurnId
    message_id: MessageId


class UnclaimedSpeech(Verb[tuple[MessageId, ...]], frozen=True, kw_only=True):
    """Return those of these messages that hold no other answer that was read aloud."""

    turn: TurnId
    message_ids: tuple[MessageId, ...]
