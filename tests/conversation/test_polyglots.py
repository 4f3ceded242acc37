"""Files that are two things at once, or not what they are called: their content decides, and no model gets bytes of another kind."""

import base64
import io
import zipfile
from typing import Any

import pytest

from tests.conversation.test_documents import FIXTURES
from tests.conversation.test_kept_files import PICTURES, a_text, agrees, beside, kept, ready, told
from tests.rig.town import Town
from texts.english import ANSWERS
from texts.keys import AnswerKey

DOCX_TYPE = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
MACRO_TYPE = b"application/vnd.ms-word.document.macroEnabled.main+xml"


def archive(**files: bytes) -> bytes:
    """Return a ZIP with these files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for name, data in files.items():
            made.writestr(name, data)
    return content.getvalue()


ZIP = archive(virus=b"MZ\x90 nobody reads this")


def with_macro() -> bytes:
    """Return a DOCX that has a macro, as Word's own type for it says."""
    content = io.BytesIO()
    with (
        zipfile.ZipFile(FIXTURES / "letter.docx") as letter,
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for entry in letter.infolist():
            made.writestr(entry.filename, letter.read(entry).replace(DOCX_TYPE, MACRO_TYPE))
        made.writestr("word/vbaProject.bin", b"\xd0\xcf\x11\xe0 Sub AutoOpen()")
    return content.getvalue()


def pictures_sent(town: Town) -> list[bytes]:
    """Return the pictures in the newest request."""
    parts = [part for item in town.model.requests[-1].body["input"] for part in _parts(item)]
    return [base64.b64decode(part["image_url"].partition(",")[2]) for part in parts if part["type"] == "input_image"]


def _parts(item: dict[str, Any]) -> list[dict[str, Any]]:
    content = item["content"]
    return content if isinstance(content, list) else []


@pytest.mark.parametrize("name", ["photo.png", "photo.jpg", "photo.webp", "still.gif"])
@pytest.mark.parametrize("behind", [ZIP, (PICTURES / "photo.jpg").read_bytes(), b"<script>alert(1)</script>"])
async def test_what_stands_behind_a_picture_is_sent_to_nobody(town: Town, name: str, behind: bytes) -> None:
    """An archive, another picture, a page: the model gets the picture that it is told, to its last byte, and no more."""
    await ready(town)
    picture = (PICTURES / name).read_bytes()
    assert await beside(town, town.discord.attachment(name, picture + behind, "image/png")) == ""
    assert pictures_sent(town) == [picture]
    assert [(town.data / "files" / stored).read_bytes() for stored in kept(town)] == [picture]
    await agrees(town, 1)


@pytest.mark.parametrize(
    ("called", "content", "says"),
    [
        ("both.pdf", (FIXTURES / "letter.pdf").read_bytes() + ZIP, "The last ferry leaves at 16:40"),
        ("letter.png", (FIXTURES / "letter.pdf").read_bytes(), "The last ferry leaves at 16:40"),
        ("macro.docx", with_macro(), "The last ferry leaves at 16:40"),
        ("photo.png", b"<!DOCTYPE html><script>alert(1)</script>", "<script>alert(1)</script>"),
        ("photo.jpg", b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>', "<svg"),
        ("bom.txt", b"\xef\xbb\xbfComets", '"Comets"'),
        ("wide.txt", "Comets\nare ice".encode("utf-16"), r'"Comets\nare ice"'),
        ("wide-be.txt", b"\xfe\xff" + "Comets".encode("utf-16-be"), '"Comets"'),
        ("line.txt", b"Comet. " * 2_800_000, '"Comet. Comet. '),
    ],
)
async def test_a_document_is_read_as_what_it_is(town: Town, called: str, content: bytes, says: str) -> None:
    """Nothing in it is run or followed, and no picture is sent."""
    await ready(town)
    assert await beside(town, town.discord.attachment(called, content, "image/png")) in (
        "",
        f"-# {ANSWERS['left_out_cut'].format(files=called)}",
    )
    assert says.replace('"', '\\"') in told(town) or says in told(town)
    assert pictures_sent(town) == []


@pytest.mark.parametrize(
    ("called", "content", "problem"),
    [
        ("letter.docx", ZIP, "problem.unknown_type"),
        ("letter.pdf", ZIP + (FIXTURES / "letter.pdf").read_bytes(), "problem.unknown_type"),
        ("photo.png", b"MZ\x90\0\x03\0\0\0" + bytes(1000), "problem.unknown_type"),
        ("notes.txt", b"Comets\0are\0ice", "problem.unknown_type"),
        ("notes.txt", bytes(1000), "problem.unknown_type"),
        ("photo.png", b"\x89PNG\r\n\x1a\n" + ZIP, "problem.damaged"),
        ("photo.jpg", b"\xff\xd8\xff\xe0" + ZIP, "problem.damaged"),
        ("photo.gif", b"GIF89a\0", "problem.damaged"),
        ("letter.pdf", b"%PDF-1.7\n" + ZIP, "problem.document_damaged"),
        ("letter.docx", archive(**{"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<x/>"}), "problem.document_damaged"),
    ],
)  # fmt: skip
async def test_what_only_looks_like_a_file_of_a_kind_has_its_sentence(
    town: Town, called: str, content: bytes, problem: AnswerKey
) -> None:
    """It is left out, not kept, and the session goes on."""
    await ready(town)
    lies = a_text(town, called, content)
    assert await beside(town, lies) == f"-# I left out {called}: {ANSWERS[problem]}."
    assert "which you are not shown" in told(town)
    assert pictures_sent(town) == []
    await agrees(town, 0)
