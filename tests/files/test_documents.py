"""Documents are read, and whatever is wrong with one has a problem: by real files, by the real process that parses."""

import os
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from files import parser
from files.documents import PROBLEMS, Document, DocumentReader
from files.parser import ARCHIVE_BYTES_MAX, ENTRIES_MAX, STREAM_BYTES_MAX, XML_BYTES_MAX, Found, TooSlowError
from messages.enclosure import Problem

FIXTURES = Path(__file__).parents[1] / "fixtures" / "documents"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


async def read(path: Path, media_type: str = "text/plain", chars_max: int = 200_000) -> Document:
    found = await DocumentReader().read(path, media_type, chars_max)
    assert found is not None
    return found


def written(folder: Path, content: bytes | str) -> Path:
    path = folder / "written"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("name", ["letter.pdf", "owner.pdf", "wrong-xref.pdf"])
async def test_a_pdf_is_read(name: str) -> None:
    """Also one that only its owner may change, and one whose table of contents is broken."""
    read_now = await read(FIXTURES / name, PDF)
    assert "The last ferry leaves at 16:40 from the north quay." in read_now.text
    assert (read_now.pages, read_now.pages_read, read_now.is_cut, read_now.problem) == (1, 1, False, "")


@pytest.mark.parametrize("name", ["letter.docx", "letter-soffice.docx"])
async def test_a_docx_is_read_with_its_headings_and_tables_in_their_order(name: str) -> None:
    """Whoever wrote it, Word, LibreOffice or pandoc: they name styles alike."""
    read_now = await read(FIXTURES / name, DOCX)
    assert [line for line in read_now.text.split("\n") if line] == [
        "# The ferry to Rottnest",
        "The last ferry leaves at 16:40 from the north quay. Dogs travel free.",
        "day | boats",
        "Sunday | 3",
        "Monday | 12",
        "One ticket costs 18 dollars.",
        "Bicycles cost 5 dollars more.",
    ]
    assert (read_now.pages, read_now.is_cut) == (0, False)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "footnotes.docx",
            [
                "The last ferry leaves at 16:40. Dogs travel free.[^20]",
                "Bicycles cost more.[^21]",
                "[^20]:  On Sundays at 15:10.",
                "[^21]:  Five dollars.",
            ],
        ),
        ("box.docx", ["Before the box.", "No boats in a storm.", "Behind the box."]),
    ],
)
async def test_a_docx_is_read_with_its_footnotes_and_text_boxes(name: str, lines: list[str]) -> None:
    """A paragraph names its footnotes, which follow at the end; what stands in the file twice is read once."""
    assert [line for line in (await read(FIXTURES / name, DOCX)).text.split("\n") if line] == lines


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("password.pdf", "document_protected"),
        ("owner-aes.pdf", "document_protected"),
        ("cut.pdf", "document_damaged"),
        ("scanned.pdf", "document_no_text"),
        ("letter.docx", "document_damaged"),
    ],
)
async def test_a_pdf_that_nobody_can_read_says_why(name: str, problem: Problem) -> None:
    """A password, half a file, pages that are pictures, something that is no PDF at all."""
    assert await read(FIXTURES / name, PDF) == Document(problem=problem)


async def test_pages_are_read_as_far_as_there_is_room_and_it_is_said_how_many() -> None:
    """The form feeds between them say where a page ends."""
    read_now = await read(FIXTURES / "logbook.pdf", PDF, 10_000)
    assert len(read_now.text) == 10_000
    assert read_now.is_cut
    assert read_now.pages == 200
    assert read_now.pages_read == read_now.text.count("\f") + 1 < 40
    assert f"\fPage {read_now.pages_read} of the logbook." in read_now.text
    whole = await read(FIXTURES / "logbook.pdf", PDF)
    assert (whole.pages_read, whole.is_cut) == (200, False)


async def test_a_pdf_of_5000_pages_is_read_until_the_room_is_full() -> None:
    """Nobody waits for the other pages."""
    read_now = await read(FIXTURES / "leaves.pdf", PDF, 20_000)
    assert (len(read_now.text), read_now.pages, read_now.is_cut) == (20_000, 5000, True)
    assert 100 < read_now.pages_read < 200


def bomb_pdf(times: int = 1) -> bytes:
    """Return a PDF with one page, whose content unpacks to far more than any page has; `times`: bombs within bombs."""
    content = b" " * (STREAM_BYTES_MAX * 8)
    for _ in range(times):
        content = zlib.compress(content, 9)
    return pdf_with([(content, f"/Filter [{'/FlateDecode ' * times}]")])


def pdf_with(pages: list[tuple[bytes, str]]) -> bytes:
    """Return a PDF with these pages: content and the entries of its dictionary."""
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]/Resources<</Font<</F <</Type/Font/Subtype/Type1/BaseFont/Courier>>>>>>>>".encode(),
    ]
    for number, (content, entries) in enumerate(pages):
        objects.append(f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {4 + 2 * number} 0 R>>".encode())
        objects.append(f"<</Length {len(content)} {entries}>>stream\n".encode() + content + b"\nendstream")
    body = b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n%b\nendobj\n" % (number, one) for number, one in enumerate(objects, 1))
    return body + b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n0\n%%%%EOF\n" % (len(objects) + 1)


def shown(text: str) -> tuple[bytes, str]:
    return f"BT /F 12 Tf 50 700 Td ({text}) Tj ET".encode(), ""


@pytest.mark.parametrize("times", [1, 2])
async def test_a_pdf_that_is_a_bomb_is_not_unpacked(tmp_path: Path, times: int) -> None:
    """Also one whose stream is packed twice."""
    assert await read(written(tmp_path, bomb_pdf(times)), PDF) == Document(problem="document_too_large_inside")


async def test_one_page_that_cannot_be_read_is_left_out_and_the_others_are_read(tmp_path: Path) -> None:
    """How many were read is said."""
    bomb = zlib.compress(b" " * (STREAM_BYTES_MAX * 2), 9)
    pdf = pdf_with([shown("first"), (bomb, "/Filter /FlateDecode"), shown("third")])
    read_now = await read(written(tmp_path, pdf), PDF)
    assert read_now.text.split("\f") == ["first", "", "third"]
    assert (read_now.pages, read_now.pages_read, read_now.is_cut) == (3, 2, True)


def docx_with(folder: Path, parts: dict[str, bytes], count: int = 0) -> Path:
    """Return a DOCX whose parts are replaced by these, with so many further parts."""
    path = folder / "made.docx"
    with (
        zipfile.ZipFile(FIXTURES / "letter.docx") as before,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in before.namelist():
            if name not in parts:
                archive.writestr(name, before.read(name))
        for name, content in parts.items():
            archive.writestr(name, content)
        for number in range(count):
            archive.writestr(f"word/media/{number}", b"")
    return path


@pytest.mark.parametrize(
    ("parts", "count"),
    [
        ({"word/document.xml": b"<w:document>" + b" " * XML_BYTES_MAX}, 0),
        ({"word/media/image1.png": bytes(ARCHIVE_BYTES_MAX)}, 0),
        ({}, ENTRIES_MAX),
    ],
    ids=["text", "picture", "parts"],
)
async def test_a_docx_that_is_a_bomb_is_not_unpacked(tmp_path: Path, parts: dict[str, bytes], count: int) -> None:
    """Its directory says how long everything is, and the library reads no further than that."""
    assert await read(docx_with(tmp_path, parts, count), DOCX) == Document(problem="document_too_large_inside")


HEAD = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
TAIL = b"</w:body></w:document>"
ROOM = XML_BYTES_MAX - 300_000
"""How long the XML of a bomb may be, beside that of the other parts."""

BOMBS = {
    "paragraphs": b"<w:p/>" * (ROOM // 6),
    "paragraph": b"<w:p><w:r><w:t>" + b"x" * ROOM + b"</w:t></w:r></w:p>",
    "runs": b"<w:p>" + b"<w:r><w:t>x</w:t></w:r>" * (ROOM // 23) + b"</w:p>",
    "notes": b"<w:p>" + b'<w:footnoteReference w:id="1"/>' * (ROOM // 31) + b"</w:p>",
    "cells": b"<w:tbl><w:tr>" + b"<w:tc/>" * (ROOM // 28) + b"</w:tr></w:tbl>",
    "cell": b"<w:tbl><w:tr><w:tc>" + b"<w:p/>" * (ROOM // 24) + b"</w:tc></w:tr></w:tbl>",
    "depth": b"<w:p>" * 1_500_000 + b"</w:p>" * 1_500_000,
}


MEASURED = """
import runpy, sys
_, path, *sys.argv[1:] = sys.argv
runpy.run_path(path, run_name="__main__")
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1], file=sys.stderr)
"""


def peak_of(path: Path) -> int:
    """Return how many bytes the parser's process has in use at most while it reads a DOCX (Linux: proc(5), VmHWM)."""
    command = [sys.executable, "-I", "-c", MEASURED, str(Path(parser.__file__).resolve()), "docx", str(path), "200000"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        return int(process.stderr.read()) * 1024


def test_a_docx_that_is_a_bomb_takes_little_memory(tmp_path: Path) -> None:
    """A few kilobytes that unpack to the bound of its XML: empty paragraphs, one long paragraph or row, notes, elements in each other."""
    letter = peak_of(FIXTURES / "letter.docx")
    for name, body in BOMBS.items():
        path = docx_with(tmp_path, {"word/document.xml": HEAD + body + TAIL})
        assert path.stat().st_size < 200_000
        assert peak_of(path) - letter < 30_000_000, name


async def test_a_docx_with_too_much_in_one_place_is_cut_there(tmp_path: Path) -> None:
    """What follows is read."""
    body = BOMBS["runs"] + b"<w:p><w:r><w:t>the end</w:t></w:r></w:p>"
    read_now = await read(docx_with(tmp_path, {"word/document.xml": HEAD + body + TAIL}), DOCX, chars_max=10_000_000)
    assert read_now.text.startswith("xxxx")
    assert read_now.text.endswith("the end\n")


async def test_a_docx_with_a_password_says_so(tmp_path: Path) -> None:
    """Then it is no archive, but an encrypted container of Office's older kind."""
    path = written(tmp_path, parser.OLD_OFFICE + bytes(2000))
    assert await read(path, DOCX) == Document(problem="document_protected")


async def test_an_entity_of_xml_reads_no_file_of_the_machine(tmp_path: Path) -> None:
    """Neither does it grow by entities of entities."""
    xml = (
        b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
        b"<w:p><w:r><w:t>seen &f;</w:t></w:r></w:p></w:body></w:document>"
    )
    read_now = await read(docx_with(tmp_path, {"word/document.xml": xml}), DOCX)
    assert "root" not in read_now.text


@pytest.mark.parametrize("kind", [PDF, DOCX])
@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"PK\x03\x04", b"%PDF-1.4\n" + os.urandom(5000), bytes(10_000)])
async def test_what_is_no_document_is_damaged(tmp_path: Path, kind: str, content: bytes) -> None:
    """Whatever the libraries raise."""
    assert (await read(written(tmp_path, content), kind)).problem == "document_damaged"


CHARSETS = {
    "chinese-gb18030.txt": "最后一班渡轮下午四点四十分从北码头出发。",
    "chinese-big5.txt": "狗可以免",
    "japanese-shift-jis.txt": "最終のフェリーは午後四時四十分に北埠頭から出ます。",
    "russian-koi8-r.txt": "Последний паром отходит в 16:40",
    "polish-windows-1250.txt": "Źdźbło żółci.",
    "french-windows-1252.txt": "Les chiens voyagent gratuitement, même l’été.",
    "french-utf-16.txt": "À bientôt, Zoë — c’était très agréable.",
    "french-utf-16le-no-mark.txt": "À bientôt, Zoë — c’était très agréable.",
}


@pytest.mark.parametrize("name", CHARSETS)
async def test_a_text_is_read_in_its_charset(name: str) -> None:
    """Short ones too."""
    read_now = await read(FIXTURES / name)
    assert CHARSETS[name] in read_now.text
    assert not read_now.text.startswith("\ufeff")
    assert not read_now.is_cut


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
async def test_a_text_with_a_mark_or_in_utf8_is_read_as_it_is(tmp_path: Path, encoding: str) -> None:
    """Line ends become line feeds, and controls that no text needs are gone."""
    path = written(tmp_path, "Ünïcode 🙂\r\nnext\rlast\x00\x07\tend".encode(encoding))
    assert await read(path, "text/markdown") == Document(text="Ünïcode 🙂\nnext\nlast\tend")


async def test_a_long_text_is_read_as_far_as_there_is_room(tmp_path: Path) -> None:
    """25 MB cost no more than their beginning, and no character is read in half."""
    path = written(tmp_path, "é🙂" * 4_000_000)
    read_now = await read(path, chars_max=1001)
    assert read_now == Document(text="é🙂" * 500 + "é", is_cut=True)
    exact = await read(written(tmp_path, "é" * 1000), chars_max=1000)
    assert (len(exact.text), exact.is_cut) == (1000, False)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (bytes(range(128, 256)) * 300, "document_no_charset"),
        (b"", "document_no_text"),
        (b" \n\t" * 100, "document_no_text"),
        (bytes(1000), "document_no_text"),
    ],
)
async def test_what_is_no_text_or_shows_nothing_says_so(tmp_path: Path, content: bytes, problem: Problem) -> None:
    """An empty file, blanks, zeros; and bytes that are a text in no charset."""
    assert await read(written(tmp_path, content)) == Document(problem=problem)


def test_each_problem_of_the_parser_is_one_that_can_be_told() -> None:
    """Each has its sentence."""
    assert {f"document_{problem}" for problem in parser.PROBLEMS} <= set(PROBLEMS)


def test_what_was_read_until_the_time_was_over_is_the_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without any text, it is a problem."""

    def slow(_file: object, found: Found) -> None:
        found.add("half")
        raise TooSlowError

    def slower(_file: object, _found: Found) -> None:
        raise TooSlowError

    monkeypatch.setitem(parser.READERS, "pdf", slow)
    monkeypatch.setitem(parser.READERS, "docx", slower)
    path = str(written(tmp_path, b"x"))
    half = {"text": "half", "pages": 0, "read": 0, "is_cut": True, "problem": ""}
    assert parser.parsed("pdf", path, 100) == half
    assert parser.parsed("docx", path, 100) == {**half, "text": "", "problem": "too_slow"}
