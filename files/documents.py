"""Reads what documents say: texts of every usual charset here, PDF and DOCX in a process of its own (`files/parser.py`)."""

import codecs
import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final, get_args

import anyio
import anyio.to_thread
import msgspec
import structlog
from msgspec import Struct

from messages.enclosure import Problem
from texts.characters import is_blank

log = structlog.get_logger()

CHARS_MAX: Final = 200_000
"""So much of one document is read: a hundred pages, about as many tokens as a model with a small context reads."""

PARSER: Final = Path(__file__).with_name("parser.py")
PARSERS_MAX: Final = 3
"""So many PDFs and DOCX are parsed at once; others wait."""

PARSER_S: Final = 20.0
"""So long a parser may take. It ends by itself after eight seconds, but a busy machine may stop it for a while."""

KINDS: Final = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}
"""The types that the parser reads."""

SNIFFED_BYTES: Final = 64 * 1024
"""By so much of a text its charset is guessed."""


PROBLEMS: Final = tuple(problem for problem in get_args(Problem) if problem.startswith("document_"))
"""Why nobody can read a document."""


class Document(Struct, frozen=True, kw_only=True):
    """What a document says, or the problem for which nobody can read it.

    `is_cut`: the text is only a part of what the document says. It has `pages` pages, of which `pages_read` were read; both
    are 0 where it has no pages. Pages are separated by form feeds. `problem` is one of `PROBLEMS`, or empty.
    """

    text: str = ""
    is_cut: bool = False
    pages: int = 0
    pages_read: int = 0
    problem: Problem = ""


class _Parsed(Struct, frozen=True):
    """What the parser writes."""

    text: str
    pages: int
    read: int
    is_cut: bool
    problem: str


_DECODER: Final = msgspec.json.Decoder(_Parsed)


class DocumentReader:
    """Reads documents, a few at a time. Nothing of them is kept."""

    def __init__(self) -> None:
        self._parsers = anyio.Semaphore(PARSERS_MAX)

    async def read(self, path: Path, media_type: str, chars_max: int = CHARS_MAX) -> Document | None:
        """Return at most `chars_max` characters of a document; whatever is wrong with it is its `problem`.

        Return None where this machine cannot start a process for it now.

        `media_type` is what was recognised from its content: what is no PDF and no DOCX is read as a text. When the caller is
        cancelled, or this process dies, the parser ends.
        """
        kind = KINDS.get(media_type)
        if kind is None:
            return await anyio.to_thread.run_sync(read_text, path, chars_max)
        async with self._parsers:
            return await _parse(kind, path, chars_max)


async def _parse(kind: str, path: Path, chars_max: int) -> Document | None:
    """Have a process read a PDF or a DOCX."""
    command = [sys.executable, "-I", str(PARSER), kind, str(path), str(chars_max)]
    # It gets none of our variables, since some are secrets. It ends when the pipe to its input is closed.
    try:
        process = await anyio.open_process(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"LC_ALL": "C.UTF-8"}
        )
    except OSError as error:
        log.warning("document.no_process", error=type(error).__name__)
        return None
    said = bytearray()
    # JSON writes a control character as six bytes, and no other character as more.
    bytes_max = 6 * chars_max + 1_000
    try:
        with anyio.move_on_after(PARSER_S) as waiting:
            assert process.stdout is not None  # noqa: S101 it is a pipe
            async for piece in process.stdout:
                said += piece
                if len(said) > bytes_max:
                    break
            else:
                await process.wait()
    finally:
        with anyio.CancelScope(shield=True):
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            await process.aclose()
    if waiting.cancelled_caught:
        log.warning("document.parser_hung")
        return Document(problem="document_too_slow")
    return await anyio.to_thread.run_sync(_document, bytes(said), chars_max)


def _document(said: bytes, chars_max: int) -> Document:
    """Return what a parser wrote; a parser that wrote nothing crashed, or was ended."""
    try:
        parsed = _DECODER.decode(said)
    except msgspec.MsgspecError:
        log.warning("document.parser_failed", bytes=len(said))
        return Document(problem="document_failed")
    if parsed.problem:
        return Document(problem=msgspec.convert(f"document_{parsed.problem}", Problem))
    text = clean(parsed.text)[:chars_max]
    if is_blank(text):
        return Document(problem="document_no_text")
    return Document(text=text, is_cut=parsed.is_cut, pages=parsed.pages, pages_read=parsed.read)


def read_text(path: Path, chars_max: int) -> Document:
    """Return the text of a file, decoded by its byte order mark, as UTF-8, or in the charset that it looks like.

    It reads no more of the file than the text needs. It blocks, for a tenth of a second at worst.
    """
    with path.open("rb") as file:
        content = file.read(4 * chars_max + 4)  # no charset has more bytes for a character
        is_cut = len(content) < os.fstat(file.fileno()).st_size
    charset = _charset(content)
    if charset is None:
        return Document(problem="document_no_charset")
    # The end of what was read may lie within a character: an incremental decoder waits for the rest of it.
    text = clean(codecs.getincrementaldecoder(charset)("replace").decode(content, final=not is_cut))
    if is_blank(text):
        return Document(problem="document_no_text")
    return Document(text=text[:chars_max], is_cut=is_cut or len(text) > chars_max)


_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like the next one
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF32_BE, "utf-32"),
)

WESTERN: Final = "cp1252"
CHARSETS: Final = (
    *(
        "utf_8",
        "utf_16_le",
        "utf_16_be",
        "cp1252",
        "cp1250",
        "cp1251",
        "cp1253",
        "cp1254",
        "cp1255",
        "cp1256",
        "cp1257",
        "cp1258",
    ),
    *("cp874", "koi8_r", "koi8_u", "iso8859_2", "iso8859_5", "iso8859_7"),
    *("gb18030", "big5", "cp932", "euc_jp", "iso2022_jp", "cp949"),
)
"""The charsets that texts have (WHATWG: Encoding Standard). Python knows others, which nobody uses and much is mistaken for."""

_UNWANTED: Final = {number: None for number in range(32) if chr(number) not in "\t\n\f"} | {0x7F: None}
"""Controls that no text needs, and some of which no database stores. Those that end a line became line feeds before."""


def _charset(content: bytes) -> str | None:
    """Return the name of a text's charset; None where it is no text in any of them."""
    for mark, charset in _MARKS:
        if content.startswith(mark):
            return charset
    begin = content[:SNIFFED_BYTES]
    try:
        codecs.getincrementaldecoder("utf-8")().decode(begin)
    except UnicodeDecodeError:
        return _guessed(begin)
    return "utf-8"


def _guessed(begin: bytes) -> str | None:
    """Return the charset that the beginning of a text looks like. Without words of any language it is none."""
    import charset_normalizer  # noqa: PLC0415 it takes 1 MB, and most texts are in UTF-8

    found = charset_normalizer.from_bytes(begin, cp_isolation=[*CHARSETS])
    best = found.best()
    if best is None:
        return None
    # Short texts of Western Europe look as much like Central Europe's charset; there are far more of them.
    like_best = (one for one in found if (one.chaos, one.coherence) == (best.chaos, best.coherence))
    return WESTERN if any(WESTERN in one.could_be_from_charset for one in like_best) else best.encoding


def clean(text: str) -> str:
    """Return a text with line feeds alone at the ends of lines, and without controls."""
    return re.sub(r"\r\n?", "\n", text).translate(_UNWANTED)
