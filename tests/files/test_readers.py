"""What questions enclose gets its text, as much as a question may have."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from files.readers import QUESTION_CHARS_MAX, DocumentFiles
from files.recognition import DOCX, PDF, TEXT
from messages.enclosure import Enclosure
from tests.models.test_prompt import said, turn


def file(media_type: str = TEXT) -> Enclosure:
    return Enclosure(kind="file", name="a", media_type=media_type, stored="s")


def test_documents_are_read_and_nothing_else() -> None:
    """Pictures and audio are others' matter."""
    reader = DocumentFiles()
    assert all(reader.reads(file(media_type), turn("")) for media_type in (TEXT, PDF, DOCX))
    assert not any(
        reader.reads(file(media_type), turn("")) for media_type in ("image/png", "audio/ogg", "application/zip", "")
    )


@pytest.mark.parametrize(("files", "chars"), [(1, 200_000), (2, 200_000), (10, QUESTION_CHARS_MAX // 10)])
async def test_many_documents_of_a_question_have_less_room_each(tmp_path: Path, files: int, chars: int) -> None:
    """The rows stay small."""
    path = tmp_path / "long"
    path.write_text("x" * 300_000)
    asked = replace(turn(""), question=replace(said(""), enclosures=(file(),) * files))
    found = await DocumentFiles().read(file(), path, asked)
    assert found is not None
    assert (len(found.text or ""), found.is_cut, found.problem) == (chars, True, "")


async def test_what_nobody_can_read_gets_its_problem(tmp_path: Path) -> None:
    """And no text; the file is not kept."""
    path = tmp_path / "broken"
    path.write_bytes(b"%PDF-1.4\n")
    found = await DocumentFiles().read(file(PDF), path, turn(""))
    assert found == replace(file(PDF), stored="", problem="document_damaged")


async def test_a_document_that_is_gone_from_the_disk_can_be_fetched_again(tmp_path: Path) -> None:
    """Whoever asked for it hears so."""
    with pytest.raises(FileNotFoundError):
        await DocumentFiles().read(file(), tmp_path / "gone", turn(""))
