"""What a file is, by its content: neither its name nor what Discord says of its type counts. Nothing is decoded.

Of a picture the size is read from its header, of audio how long it plays. Every function reads the disk at once.
"""

import codecs
import io
from pathlib import Path
from typing import BinaryIO, Final

from msgspec import Struct
from msgspec.structs import replace

from files.picture_end import end_of, frames_and_end
from messages.enclosure import Problem

HEAD_BYTES: Final = 64 * 1024
"""By so much of a file it is recognised."""

HEADER_BYTES_MAX: Final = 1024 * 1024
"""The size of a picture stands within so many bytes; cameras write previews and colour profiles before it."""

PIXELS_MAX: Final = 64_000_000
"""The largest picture that is shown to a model: 8,000 by 8,000 pixels. Some servers decode pictures, four bytes a pixel."""

TEXT: Final = "text/plain"
PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
"""What vision models take (OpenAI: Images and vision, Image input requirements)."""

AUDIO: Final = frozenset(
    {"audio/flac", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "audio/webm"},
)
"""What transcription models take (OpenAI: API reference, Create transcription)."""

_OUR_NAMES: Final = {"audio/x-flac": "audio/flac", "audio/x-wav": "audio/wav", "image/apng": "image/png"}
"""Where the library calls a type otherwise."""

_CONTAINERS: Final = {"video/webm": "audio/webm", "video/mp4": "audio/mp4", "video/x-matroska": "audio/webm"}
"""Containers that hold audio as often as video, of which only the declared type tells."""

_HEIC: Final = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
"""The brands of HEIF (ISO/IEC 23008-12, annex B)."""

_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r\f\x1b\x08\x0b"))
"""Bytes that no text has; terminals write escape and backspace."""

_NO_TEXTS: Final = (b"%PDF-", b"{\\rtf", b"%!PS")
"""Formats that begin as texts do, and are none to a reader."""


class Recognised(Struct, frozen=True, kw_only=True):
    """What a file is: its type, of a picture its size in pixels, of audio its length, and why no model can be shown it.

    `end` is behind which byte a picture ends; None where nothing stands behind that.
    """

    media_type: str
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    end: int | None = None
    problem: Problem = ""


def recognise(path: Path, declared: str = "") -> Recognised:
    """Return what a file is.

    :param declared: what Discord says of its type; it counts only where a container may hold audio or video
    :raises OSError: the file is gone, or the disk is broken
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        media_type = _type_of(head, declared)
        if not head:
            return Recognised(media_type=media_type, problem="empty")
        if media_type in PICTURES:
            return _with_end(_picture(file, head, media_type), path)
        if media_type == "image/heic":
            return Recognised(media_type=media_type, problem="heic")
    if media_type in AUDIO:
        return Recognised(media_type=media_type, seconds=_seconds(path))
    known = media_type in (TEXT, PDF, DOCX)
    return Recognised(media_type=media_type, problem="" if known else "unknown_type")


def _type_of(head: bytes, declared: str) -> str:
    if _is_text(head):
        return TEXT
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC:
        return "image/heic"
    import filetype  # noqa: PLC0415 the libraries of this file take 1.5 MB, and many a bot is never sent one

    found = filetype.guess(head)
    media_type = "application/octet-stream" if found is None else str(found.mime)
    if declared.startswith("audio/"):
        media_type = _CONTAINERS.get(media_type, media_type)
    return _OUR_NAMES.get(media_type, media_type)


def _is_text(head: bytes) -> bool:
    """Return whether people can read it: in UTF-16 where it looks so, else in any charset without zeros."""
    if head.startswith(_NO_TEXTS):
        return False
    charset = _utf_16(head)
    if charset is None:
        return bool(head) and head.translate(None, _CONTROLS) == head
    try:
        return not set(head[: len(head) // 2 * 2].decode(charset)) & set(_CONTROLS.decode())
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"  # the head ends within a pair of surrogates


def _utf_16(head: bytes) -> str | None:
    """Return in which UTF-16 something may be: it has a mark, or a zero in nearly every second byte, as Latin letters have."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros = head[::2].count(0), head[1::2].count(0)
    for charset, few, many in (("utf-16-le", *zeros), ("utf-16-be", *zeros[::-1])):
        if not few and many > len(head) / 4:
            return charset
    return None


def _picture(file: BinaryIO, head: bytes, media_type: str) -> Recognised:
    width, height = _pixels(head)
    if width <= 0 and len(head) == HEAD_BYTES:
        width, height = _pixels(head + file.read(HEADER_BYTES_MAX - HEAD_BYTES))
    if width <= 0 or height <= 0:
        return Recognised(media_type=media_type, problem="damaged")
    problem: Problem = ""
    if width * height > PIXELS_MAX:
        problem = "picture_too_large"
    elif _is_animated(file, media_type):
        problem = "animated"
    return Recognised(media_type=media_type, width=width, height=height, problem=problem)


def _with_end(picture: Recognised, path: Path) -> Recognised:
    end = None if picture.problem else end_of(path, picture.media_type)
    return replace(picture, end=end) if end is not None and end < path.stat().st_size else picture


def _pixels(header: bytes) -> tuple[int, int]:
    """Return the width and height that the beginning of a picture tells; -1 where it does not."""
    import imagesize  # noqa: PLC0415 as above

    try:
        width, height = imagesize.get(io.BytesIO(header))
    except Exception:  # noqa: BLE001 whatever the library makes of a header that somebody wrote by hand
        return -1, -1
    return int(width), int(height)


def _is_animated(file: BinaryIO, media_type: str) -> bool:
    file.seek(0)
    if media_type == "image/webp":
        # WebP Container Specification, Extended File Format: a flag of the chunk VP8X.
        head = file.read(21)
        return head[12:16] == b"VP8X" and bool(head[20] & 0b10)
    return media_type == "image/gif" and frames_and_end(file)[0] > 1


def _seconds(path: Path) -> float:
    """Return how long audio plays; 0 where its header does not tell."""
    from tinytag import TinyTag  # noqa: PLC0415 as above

    try:
        return float(TinyTag.get(path, tags=False).duration or 0.0)
    except Exception:  # noqa: BLE001 whatever the library makes of a file that somebody wrote by hand
        return 0.0
