"""What the speaker, storage and the courier say to each other about an answer that is read aloud."""

from msgspec import Struct

from messages.files import File
from messages.ids import ChannelId, MessageId, SessionId, TurnId, UserId


class SpeechTaken(Struct, frozen=True, kw_only=True, tag="speech_taken"):
    """An answer that is to be read aloud: Discord shows all of its text. `model` wrote it."""

    turn: TurnId
    session: SessionId
    asker: UserId
    channel_id: ChannelId
    reply_to: MessageId
    model: str
    text: str
    locale: str = ""
    """The language of what is said beside the answer, by Discord's name."""


class SpeechMade(Struct, frozen=True, kw_only=True, tag="speech_made"):
    """An answer that was read aloud, and that Discord does not have yet.

    It is posted as a reply to `reply_to`, after the message `after`. `is_withdrawn`: its asker wants to be forgotten, so it is not posted, and
    deleted where it was; `file` has no content then. `waveform` is what Discord draws of it, as base64; it is
    empty where the file is no Ogg with Opus, which is all that Discord takes as a voice message.
    """

    turn: TurnId
    asker: UserId
    channel_id: ChannelId
    reply_to: MessageId
    after: MessageId
    file: File
    seconds: float
    waveform: str
    is_withdrawn: bool = False


class AnswerStands(Struct, frozen=True, kw_only=True, tag="answer_stands"):
    """Discord shows an answer whole, and its asker may want to hear it. From the courier, to the speaker. Several are like one."""


SpeakerMessage = AnswerStands
"""The messages in the speaker's mailbox."""
