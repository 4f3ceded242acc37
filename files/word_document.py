"""Reads the text of a DOCX while it is unpacked, so that no document takes more memory than its longest paragraph (ECMA-376, part 1).

`files/parser.py` runs this in a process of its own. A tree of the same XML, which libraries for DOCX make, takes ten to a hundred times
as much memory as the XML: a file of 44 KB can hold four million empty paragraphs.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Final
from xml.parsers.expat import ParserCreate, XMLParserType

CHUNK_BYTES: Final = 64 * 1024

W: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main "
COMPATIBILITY: Final = "http://schemas.openxmlformats.org/markup-compatibility/2006 "
RELATION: Final = "http://schemas.openxmlformats.org/package/2006/relationships Relationship"
"""Names as the parser gives them: the namespace, a space, the name."""

P, T, R, TR, TC = f"{W}p", f"{W}t", f"{W}r", f"{W}tr", f"{W}tc"

IN_RUNS: Final = {f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
"""What stands in a run of text for a character."""

HEADING: Final = re.compile("heading ([1-9])", re.IGNORECASE)
"""Word, LibreOffice and pandoc name the styles of headings so, in every language of theirs."""

DEPTH_MAX: Final = 1_000
"""So deep elements may stand in each other; in documents they stand some thirty deep."""

HELD_CHARS_MAX: Final = 1_000_000
"""So much of one paragraph, or of one row of a table, is kept; the rest is left out."""

PIECE_CHARS: Final = 16
"""What a piece of text counts in addition, for the object that it is."""

Attributes = dict[str, str]


class HostileError(Exception):
    """The XML is what no program that writes DOCX makes: it defines entities, or stands too deep in itself."""


class _Paragraph:
    """A paragraph that is being read."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.notes: list[str] = []
        self.level = 0
        self.after: list[str] = []
        """The lines of the text boxes that are anchored in it."""


class Reader:
    """Turns the events of a parser into lines: headings as in Markdown, the cells of a row in one line, text boxes behind their paragraph."""

    def __init__(self, headings: dict[str, int]) -> None:
        """Begin a document; `headings` are the levels of its styles that are headings, by their id."""
        self.lines: list[str] = []
        """What was read and not taken yet."""
        self.note = ""
        """The id of the footnote that is being read."""
        self._headings = headings
        self._open: list[str] = []
        self._held = 0
        """How many characters are held of what is being read."""
        self._fallbacks = 0
        self._paragraphs: list[_Paragraph] = []
        self._rows: list[list[str]] = []
        """The cells of the rows that are being read, one in a cell of the other."""
        self._cells: list[list[str]] = []
        """The lines of the cells that are being read."""

    def start(self, name: str, about: Attributes) -> None:
        """An element begins."""
        parent = self._open[-1] if self._open else ""
        self._open.append(name)
        if len(self._open) > DEPTH_MAX:
            raise HostileError
        if name == f"{COMPATIBILITY}Fallback":
            self._fallbacks += 1  # what stands in it stands there for older programs, and before it for Word as it is
        if self._fallbacks:
            return
        if name == P:
            self._paragraphs.append(_Paragraph())
        elif name == TR:
            self._rows.append([])
        elif name == TC:
            self._cells.append([])
        elif name == f"{W}footnote":
            self.note = about.get(f"{W}id", "")
        elif not self._paragraphs:
            return
        elif name in IN_RUNS and parent == R:
            is_page = about.get(f"{W}type") in ("page", "column")
            self._hold(self._paragraphs[-1].text, "" if is_page else IN_RUNS[name])
        elif name == f"{W}pStyle":
            self._paragraphs[-1].level = self._headings.get(about.get(f"{W}val", ""), 0)
        elif name == f"{W}footnoteReference":
            self._hold(self._paragraphs[-1].notes, f"[^{about.get(f'{W}id', '')}]")

    def end(self, name: str) -> None:
        """An element ends."""
        self._open.pop()
        if name == f"{COMPATIBILITY}Fallback":
            self._fallbacks -= 1
            return
        if self._fallbacks:
            return
        if name == P and self._paragraphs:
            self._end_paragraph(self._paragraphs.pop())
        elif name == TC and self._cells:
            cell = " ".join(line for line in self._cells.pop() if line.strip())
            if self._rows:
                self._hold(self._rows[-1], cell)
        elif name == TR and self._rows:
            self._say(" | ".join(self._rows.pop()))

    def data(self, text: str) -> None:
        """Characters come: a text, where they stand in one."""
        if self._paragraphs and not self._fallbacks and self._open[-1] == T:
            self._hold(self._paragraphs[-1].text, text)

    def _end_paragraph(self, paragraph: _Paragraph) -> None:
        text = "".join(paragraph.text)
        line = text + "".join(paragraph.notes)
        if paragraph.level and text.strip():
            line = f"{'#' * min(paragraph.level, 6)} {line}"
        if self._paragraphs:  # it stands in a text box, which is anchored in another one
            for one in (line, *paragraph.after):
                self._hold(self._paragraphs[-1].after, one)
            return
        for one in (line, *(box for box in paragraph.after if box.strip())):
            self._say(one)

    def _say(self, line: str) -> None:
        if self._cells:
            self._hold(self._cells[-1], line)
        else:
            self.lines.append(line)
            self._held = 0

    def _hold(self, pieces: list[str], piece: str) -> None:
        """Keep a piece of what is being read, as long as there is room."""
        self._held += len(piece) + PIECE_CHARS
        if self._held <= HELD_CHARS_MAX:
            pieces.append(piece)


def lines_of(archive: zipfile.ZipFile) -> Iterator[str]:
    """Yield the lines of a document, then its footnotes, each with the number by which its paragraph refers to it.

    :raises KeyError: the archive is no DOCX
    :raises HostileError: it defines entities, or its elements stand too deep in each other
    :raises xml.parsers.expat.ExpatError: its XML is damaged
    """
    main = next(target for kind, target in _relations(archive, "") if kind.endswith("/officeDocument"))
    parts = {kind.rpartition("/")[2]: target for kind, target in _relations(archive, main)}
    reader = Reader(_headings(archive, parts.get("styles", "")))
    for _ in _read(archive, main, reader.start, reader.end, reader.data):
        yield from reader.lines
        reader.lines.clear()
    yield from _footnotes(archive, parts.get("footnotes", ""))


def _footnotes(archive: zipfile.ZipFile, part: str) -> Iterator[str]:
    if part not in archive.namelist():
        return
    reader = Reader({})
    found: list[str] = []

    def end(name: str) -> None:
        reader.end(name)
        if name == f"{W}footnote":
            text = " ".join(line for line in reader.lines if line.strip())
            reader.lines.clear()
            if text:  # the lines that part notes from the text have none
                found.append(f"[^{reader.note}]: {text}")

    for _ in _read(archive, part, reader.start, end, reader.data):
        yield from found
        found.clear()


def _headings(archive: zipfile.ZipFile, part: str) -> dict[str, int]:
    """Return the levels of the styles that are headings, by the ids that paragraphs have."""
    if part not in archive.namelist():
        return {}
    found: dict[str, int] = {}
    style = ""

    def start(name: str, about: Attributes) -> None:
        nonlocal style
        if name == f"{W}style":
            style = about.get(f"{W}styleId", "")
        elif name == f"{W}name" and (match := HEADING.fullmatch(about.get(f"{W}val", ""))):
            found[style] = int(match[1])

    for _ in _read(archive, part, start):
        pass
    return found


def _relations(archive: zipfile.ZipFile, part: str) -> list[tuple[str, str]]:
    """Return the kinds and the targets of a part's relations to parts of the archive; "" is the archive itself.

    ECMA-376, part 2 (Open Packaging Conventions), section "Relationships".
    """
    folder, name = posixpath.split(part)
    found: list[tuple[str, str]] = []

    def start(name: str, about: Attributes) -> None:
        if name == RELATION and about.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, about.get("Target", ""))).lstrip("/")
            found.append((about.get("Type", ""), target))

    relations = posixpath.join(folder, "_rels", f"{name}.rels")
    if part and relations not in archive.namelist():
        return []
    for _ in _read(archive, relations, start):
        pass
    return found


def _read(
    archive: zipfile.ZipFile,
    part: str,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] | None = None,
    data: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Parse a part; yield after each piece of it."""
    parser: XMLParserType = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = data
    parser.EntityDeclHandler = _refuse_entities
    with archive.open(part) as stream:
        while piece := stream.read(CHUNK_BYTES):
            parser.Parse(piece, False)  # the library's own signature
            yield
    parser.Parse(b"", True)  # as above
    yield


def _refuse_entities(*_about: object) -> None:
    raise HostileError
