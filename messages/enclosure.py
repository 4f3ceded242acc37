"""What a message encloses beside its author's own words: what it replies to, a forward, a file, a poll, a sticker."""

from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct

from messages.ids import ChannelId, MessageId, UserId

LONG_TEXT: Final = "message.txt"
"""What Discord's client calls the file that it makes of a text that is too long for a message."""

Problem = Literal[
    "",
    "too_large",
    "too_many",
    "over_quota",
    "gone",
    "empty",
    "damaged",
    "unknown_type",
    "heic",
    "animated",
    "picture_too_large",
    "recording_too_long",
    "recording_too_large",
    "silent",
    "document_protected",
    "document_damaged",
    "document_no_text",
    "document_too_large_inside",
    "document_too_slow",
    "document_failed",
    "document_no_charset",
    "no_vision",
    "no_hearing",
    "unread",
    "picture_too_heavy",
    "too_many_pictures",
    "picture_refused",
    "no_room",
    "cut",
]
"""Why a file is not shown to a model. `texts/` has a sentence for each. The ones before `no_vision` are the file's own, and the
others depend on the session's model."""


Within = Literal["", "reply", "forward", "thread"]
"""Whose file it is: the question's own, or of the message that it replies to, that was forwarded, or that its thread began with."""

MAY_PASS: Final[frozenset[Problem]] = frozenset({"gone", "over_quota", "too_many"})
"""Problems that a file may not have any more when its question is asked again, or when other files were taken from it."""


class LeftOut(Struct, frozen=True):
    """A file of a question that its model was not shown, or not whole: what it is called, and why.

    Of a document that was `cut`, `pages_read` of its `pages` were told; both are 0 where it has no pages.
    """

    name: str
    problem: Problem
    pages: int = 0
    pages_read: int = 0


def merged(told: Sequence[LeftOut], later: Sequence[LeftOut]) -> tuple[LeftOut, ...]:
    """Return what was left out; what is told later of the same file for the same reason replaces what was told before."""
    return tuple({(one.name, one.problem): one for one in (*told, *later)}.values())


class Enclosure(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that a message encloses, as people see it.

    `reply` is the message that it replies to, `forward` a message that was forwarded, `thread` the message that its thread
    began with. `author` is who wrote that, where it is known. `name` and `media_type` are those of a file or a sticker.
    `text` is what it says; None where nobody knows, because it was deleted, cannot be read, or has not been read yet.
    `url` is where a file is fetched from before the question is asked. `origin` is the message that is replied to, or
    that a thread began with, where it has to be read; of a file of such a message it says where that is, since only there
    the file has a new address when its own is over. `is_own`: the bot wrote what is replied to, and `text` is its beginning.
    `wrote` is who wrote that message, and its id, where Discord told that; storage looks whether they were forgotten since, and keeps neither.

    Of a file: `attachment` is Discord's id of it, `size` its bytes, `stored` its name in the folder of kept files once it was
    fetched. `width` and `height` are those of a picture in pixels, `seconds` is how long an audio plays, and `waveform` is
    what Discord draws of a voice message (base64 of one byte for each part of it; 0 is silence). `within` says where it came
    from, if the author of the question did not attach it. `problem` says why no model is shown the file; empty where one may be.

    Of a document: where `is_cut`, `text` is only a part of what it says. It has `pages` pages, of which `pages_read` were read;
    both are 0 where it has no pages, and form feeds separate them in `text`.
    """

    kind: Literal["reply", "forward", "thread", "poll", "sticker", "voice", "file"]
    author: str = ""
    name: str = ""
    media_type: str = ""
    text: str | None = None
    url: str = ""
    origin: tuple[ChannelId, MessageId] | None = None
    is_own: bool = False
    wrote: tuple[UserId, MessageId] | None = None
    attachment: int = 0
    size: int = 0
    stored: str = ""
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    waveform: str = ""
    within: Within = ""
    problem: Problem = ""
    is_cut: bool = False
    pages: int = 0
    pages_read: int = 0

    @property
    def is_file(self) -> bool:
        """Whether it is a file that somebody attached."""
        return self.kind in ("file", "voice")

    @property
    def is_recording(self) -> bool:
        """Whether it is a voice message, or a file with sound."""
        return self.kind == "voice" or (self.kind == "file" and self.media_type.startswith("audio/"))

    @property
    def is_heard(self) -> bool:
        """Whether somebody says something in it that its question is about. What its thread began with is not that."""
        return self.is_recording and bool(self.text) and self.within != "thread"

    @property
    def is_long_text(self) -> bool:
        """Whether it is what Discord's client makes of a question that is too long for a message."""
        return self.kind == "file" and self.name == LONG_TEXT and not self.within

    @property
    def is_unread(self) -> bool:
        """Whether it has to be fetched, or read over REST, before the question is asked."""
        if self.is_file:
            return self.text is None and not self.stored and not self.problem
        return self.origin is not None

    @property
    def can_be_asked(self) -> bool:
        """Whether it may be a question by itself, without a word of its author's."""
        if self.is_file:
            return self.within in ("", "forward")
        return self.kind in ("forward", "poll") and bool((self.text or "").strip())


def heard_in(enclosures: Sequence[Enclosure]) -> str:
    """Return what is said in the recordings of a message, as it was written down; empty where nothing was."""
    return "\n".join(enclosed.text or "" for enclosed in enclosures if enclosed.is_heard)


def words_of(text: str, enclosures: Sequence[Enclosure]) -> str:
    """Return the words that a question is about: its author's own or, where there are none, those that it encloses."""
    if text.strip():
        return text
    return next((enclosed.text for enclosed in enclosures if enclosed.can_be_asked and enclosed.text), "")
