"""Reads a PDF or a DOCX in a process of its own: `python -I files/parser.py pdf FILE 200000`.

Of ours it imports `files/word_document.py` alone. Parsers crash, loop and swell, so nobody else's process reads such a file. This one has bounds of memory and time, and writes one JSON
object: `text`, how many `pages` there are and how many were `read` (0 where a document has no pages), whether the text `is_cut`, and
a `problem` where there is no text: one of `PROBLEMS`. It ends at once, wherever it is, when the other end of its standard
input is closed: then the bot has ended, was killed, or does not want the text any more.
"""

import contextlib
import fcntl
import json
import logging
import os
import resource
import select
import signal
import sys
import zipfile
from types import FrameType
from typing import BinaryIO, Final, NoReturn

PROBLEMS: Final = ("protected", "damaged", "no_text", "too_large_inside", "too_slow")

ADDRESS_SPACE_BYTES: Final = 400 * 1024 * 1024
"""A PDF of 1,000 pages takes 60 MB, so this is enough for every document that people send, and too little for a bomb."""

SECONDS: Final = 8
"""So long a document is read: some thousand pages. What was read until then is the text."""

CPU_SECONDS: Final = 12
"""The kernel ends the process then, should it not end by itself."""

STREAM_BYTES_MAX: Final = 8_000_000
"""A stream may be so long when it is unpacked; a page of a real document has some hundred kilobytes."""

XML_BYTES_MAX: Final = 24_000_000
ARCHIVE_BYTES_MAX: Final = 100_000_000
ENTRIES_MAX: Final = 5_000
"""What a DOCX may unpack to. A book of 1,000 pages has 10 MB of XML."""

OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"
"""How a DOCX with a password begins: the archive is inside an encrypted container (Microsoft: MS-OFFCRYPTO)."""


class TooSlowError(BaseException):
    """The time is over. No library catches it by accident."""


class ProblemError(Exception):
    """Why nobody can read the document: one of `PROBLEMS`."""


class Found:
    """What was read so far: at most `chars_max` characters of text. Pages are separated by form feeds."""

    def __init__(self, chars_max: int) -> None:
        self.parts: list[str] = []
        self.pages = 0
        self.read = 0
        self.is_cut = False
        self._room = chars_max

    def add(self, part: str) -> bool:
        """Append a part of the text, and return whether there is room for more."""
        self.parts.append(part[: self._room])
        self.is_cut = self.is_cut or len(part) > self._room
        self._room -= len(self.parts[-1])
        return self._room > 0

    @property
    def has_text(self) -> bool:
        """Whether anything was read that can be seen."""
        return any(part.strip() for part in self.parts)


def read_pdf(file: BinaryIO, found: Found) -> None:
    """Add the text of each page of a PDF. A page that cannot be read is left out.

    :raises ProblemError: nobody can read the file, or any of its pages
    """
    import pypdf  # noqa: PLC0415 the process needs one of the two libraries, and each takes 0.1 s
    from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError  # noqa: PLC0415

    problem = "no_text"
    names = ("zlib", "array_based_stream", "lzw", "run_length", "brotli", "jbig2")
    limits = {f"{name}_maximum_output_length": STREAM_BYTES_MAX for name in names}
    # `jbig2dec` is another program, which only pictures need.
    with pypdf.apply_configuration(None, **limits, jbig2dec_binary=None, disable_legacy_handling=True):
        try:
            reader = pypdf.PdfReader(file)
            if reader.is_encrypted and not reader.decrypt(""):
                raise ProblemError("protected")
            found.pages = len(reader.pages)
            for number in range(found.pages):
                try:
                    text = reader.pages[number].extract_text()
                except (LimitReachedError, MemoryError):
                    problem, text = "too_large_inside", None
                except (FileNotDecryptedError, DependencyError):
                    raise
                except Exception:  # noqa: BLE001 whatever the library raises: this page cannot be read
                    problem, text = "damaged" if problem == "no_text" else problem, None
                found.read += text is not None
                if not found.add(("\f" if number else "") + (text or "").strip()):
                    break
        except (FileNotDecryptedError, DependencyError):
            raise ProblemError("protected") from None  # also where only a library for AES is missing
    found.is_cut = found.is_cut or found.read < found.pages
    if not found.has_text:
        raise ProblemError(problem)


def read_docx(file: BinaryIO, found: Found) -> None:
    """Add the paragraphs and tables of a DOCX, in their order: headings as in Markdown, the cells of a row in one line.

    :raises ProblemError: nobody can read the file
    """
    from files.word_document import lines_of  # noqa: PLC0415 only this needs it

    if file.read(len(OLD_OFFICE)) == OLD_OFFICE:
        raise ProblemError("protected")
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        xml = sum(entry.file_size for entry in entries if entry.filename.endswith((".xml", ".rels")))
        # An entry cannot be longer than it says: the library reads no further.
        if len(entries) > ENTRIES_MAX or xml > XML_BYTES_MAX or sum(e.file_size for e in entries) > ARCHIVE_BYTES_MAX:
            raise ProblemError("too_large_inside")
        for line in lines_of(archive):
            if not found.add(f"{line}\n"):
                found.is_cut = True
                break
    if not found.has_text:
        raise ProblemError("no_text")


READERS: Final = {"pdf": read_pdf, "docx": read_docx}


def parsed(kind: str, path: str, chars_max: int) -> dict[str, object]:
    """Return what is written: what was found in the file, or why nobody can read it."""
    found = Found(chars_max)
    problem = ""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 pathlib takes 8 ms
            READERS[kind](file, found)
    except ProblemError as error:
        problem = str(error)
    except TooSlowError:
        problem, found.is_cut = "too_slow", True
    except MemoryError:
        problem, found.is_cut = "too_large_inside", True
    except Exception:  # noqa: BLE001 whatever the libraries raise for a file that is not what it says
        problem, found.is_cut = "damaged", True
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    if found.has_text:
        problem = ""
    text = "" if problem else "".join(found.parts)
    return {"text": text, "pages": found.pages, "read": found.read, "is_cut": found.is_cut, "problem": problem}


def _end_with_starter() -> None:
    """Have the kernel end this process when the starter closes the other end of the standard input, or dies."""
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)  # then SIGIO comes, which ends a process
    if select.select([0], [], [], 0)[0]:
        sys.exit(1)  # it was gone before


def _limit() -> None:
    with contextlib.suppress(PermissionError):  # whoever runs this may allow nobody to change priorities
        os.nice(10)  # the bot's event loop goes first
    # Where the machine's memory runs out, the kernel ends this process and not the bot (proc(5)). Other systems have no such file.
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as adjustment:  # noqa: PTH123 as above
        adjustment.write("1000")
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, _raise_too_slow)
    signal.setitimer(signal.ITIMER_REAL, SECONDS, 0.2)  # again and again: some code loses an exception


def _raise_too_slow(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise TooSlowError


def main() -> None:
    """Read the file that the arguments name, within the limits, and write what was found."""
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120 pathlib takes 8 ms
    _end_with_starter()
    logging.disable()
    _limit()
    kind, path, chars_max = sys.argv[1:]
    said = json.dumps(parsed(kind, path, int(chars_max)), ensure_ascii=False)
    sys.stdout.buffer.write(said.encode("utf-8", "replace"))


if __name__ == "__main__":
    main()
