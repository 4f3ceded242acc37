"""What makes text of the files of questions, as `actors/session/question_reader.py` asks for it."""

from pathlib import Path
from typing import Final

from msgspec.structs import replace

from files.documents import CHARS_MAX, Document, DocumentReader
from files.recognition import DOCX, PDF, TEXT
from messages.enclosure import Enclosure, Problem
from messages.turn import TurnTaken

QUESTION_CHARS_MAX: Final = 400_000
"""So much of all documents of one question is kept, with the question; the model's context mostly has less room."""


class DocumentFiles:
    """Makes text of texts, PDFs and DOCX."""

    def __init__(self) -> None:
        self._documents = DocumentReader()

    def refuses(self, _file: Enclosure) -> Problem:
        """Return that every document may be fetched: what it is, its content tells."""
        return ""

    def reads(self, file: Enclosure, _turn: TurnTaken) -> bool:
        """Return whether a file is a document."""
        return file.media_type in (TEXT, PDF, DOCX)

    async def read(self, file: Enclosure, path: Path, turn: TurnTaken) -> Enclosure | None:
        """Return the file with its text, or with its problem; None where it cannot be read now.

        :raises FileNotFoundError: it is gone from the disk
        """
        files = sum(enclosed.is_file for enclosed in turn.question.enclosures)
        chars_max = min(CHARS_MAX, QUESTION_CHARS_MAX // max(files, 1))
        found = await self._documents.read(path, file.media_type, chars_max)
        return None if found is None else _with(file, found)


def _with(file: Enclosure, found: Document) -> Enclosure:
    """Return the file with what was found in it. What nobody can read is not kept."""
    if found.problem:
        return replace(file, stored="", problem=found.problem)
    return replace(file, text=found.text, is_cut=found.is_cut, pages=found.pages, pages_read=found.pages_read)
