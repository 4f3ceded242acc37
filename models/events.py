"""What the streams of both APIs say, once they are decoded."""

from msgspec import Struct

from messages.enclosure import LeftOut
from messages.files import File
from messages.flags import Flags
from messages.turn import Reason
from messages.usage import Usage
from messages.vectors import Vector
from models.faults import Fault
from models.temperatures import ANY, Temperatures


class Thought(Struct, frozen=True):
    """A piece of what the model reasons. It is no part of the answer. An empty one says only that the model reasons."""

    text: str = ""


class TextDropped(Struct, frozen=True):
    """All text so far is no part of the answer.

    It was reasoning, of which the server told where it ends but not that it had begun: then it follows as a `Thought`. Or the
    server sent the whole answer in the end, and it is another text.
    """


class PicturesShown(Struct, frozen=True, kw_only=True):
    """A model draws: these are its pictures as far as they are, which replace those before them. Without any, it has just begun.

    `is_withheld`: an unfinished picture came that is not among them, because nobody may see it or because it is too large.
    """

    files: tuple[File, ...] = ()
    is_withheld: bool = False

    @property
    def has_drawn(self) -> bool:
        """Whether an unfinished picture came."""
        return bool(self.files) or self.is_withheld


class ComesWhole(Struct, frozen=True):
    """The rest of the text comes at once, and the end follows it: nobody needs to see it before."""


class StreamFinished(Struct, frozen=True, kw_only=True):
    """How an answer ended.

    `fault` is what a server said went wrong that ended the answer before its first text: it may only have refused the request.
    `retry_after_s` is in how many seconds the server will take the question again, where it said so. `files` are those of the
    answer: a model gives them with its end. `flags` are what the server's moderation found, where it is asked. `left_out` are files of
    the question that were not sent after all, beside those that `models.reading.left_out` names.
    `temperatures` are those that the model takes, as far as was learnt.
    `vector` is what an embedding model has made of the question. `cut_bytes` is how much of an answer had come, in UTF-8, where it was
    closed before its server said what it used.
    """

    reason: Reason
    usage: Usage | None
    retry_after_s: float | None = None
    files: tuple[File, ...] = ()
    fault: Fault | None = None
    flags: Flags = Flags()
    temperatures: Temperatures = ANY
    left_out: tuple[LeftOut, ...] = ()
    vector: Vector | None = None
    cut_bytes: int | None = None


class TextHeld(Struct, frozen=True):
    """So many bytes, in UTF-8, of what the model wrote wait for their judgement, its reasoning included."""

    bytes: int


class JudgementWaits(Struct, frozen=True):
    """The server's moderation has not judged the question, or the answer so far, and is asked again after a pause."""


Piece = str | Thought | TextDropped | PicturesShown | ComesWhole
"""What an answer brings before its end: text, which is never empty, and whether its rest comes whole, reasoning, or unfinished pictures."""

StreamEvent = Piece | StreamFinished
