"""What a model answers a question with."""

from msgspec import Struct

from messages.files import File
from messages.vectors import Vector


class Answer(Struct, frozen=True, kw_only=True):
    """An answer as far as it goes: text and files, either of which may be missing.

    The session's actor makes it of what the model sends, storage keeps it, and the courier shows it. `reasoning` is what
    the model wrote for itself before: storage keeps it too, and it is read only when somebody asks for it.
    """

    text: str = ""
    files: tuple[File, ...] = ()
    reasoning: str = ""
    vector: Vector | None = None
    """What an embedding model has made of the question. Storage keeps it, and reads it when later texts are compared."""
