"""What makes text of the files of questions, as `actors/session/question_reader.py` asks for it."""

from pathlib import Path

from msgspec.structs import replace

from files.documents import Document, DocumentReader
from files.recognition import DOCX, PDF, TEXT
from messages.enclosure import Enclosure
from messages.turn import TurnTaken


class DocumentFiles:
    """Makes text of texts, PDFs and DOCX."""

    def __init__(self) -> None:
        self._documents = DocumentReader()

    def reads(self, file: Enclosure) -> bool:
        """Return whether a file is a document."""
        return file.media_type in (TEXT, PDF, DOCX)

    async def read(self, file: Enclosure, path: Path, _turn: TurnTaken) -> Enclosure:
        """Return the file with its text, or with its problem.

        :raises FileNotFoundError: it is gone from the disk
        """
        return _with(file, await self._documents.read(path, file.media_type))


def _with(file: Enclosure, found: Document) -> Enclosure:
    if found.problem:
        return replace(file, problem=found.problem)
    return replace(file, text=found.text, is_cut=found.is_cut, pages=found.pages, pages_read=found.pages_read)
