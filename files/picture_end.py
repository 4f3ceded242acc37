"""Where a picture ends in its file. What stands behind that is no part of it: an archive, a film, whatever somebody has put there.

Nothing is decoded. Every function reads the disk at once.
"""

import mmap
import re
from pathlib import Path
from typing import BinaryIO, Final

PARTS_MAX: Final = 200_000
"""So many parts of a picture are looked at; a picture of 20 MB has some thousand."""

_MARKER: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""What is between two of these is a part of the picture, of which those with \\x00 and \\xd0 to \\xd7 are not the end."""

_END_OF_IMAGE: Final = 0xD9
_WITHOUT_LENGTH: Final = frozenset({0x01, 0xD8})


def end_of(path: Path, media_type: str) -> int | None:
    """Return behind which byte of a file its picture ends; None where that cannot be told.

    :raises OSError: the file is gone, or the disk is broken
    """
    with path.open("rb") as file:
        match media_type:
            case "image/png":
                return _png(file)
            case "image/webp":
                # WebP Container Specification, WebP File Header: what the size does not count are its own bytes and those before.
                return 8 + int.from_bytes(file.read(8)[4:], "little")
            case "image/jpeg":
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                    return _jpeg(content)
            case "image/gif":
                return frames_and_end(file)[1]
    return None


def _png(file: BinaryIO) -> int | None:
    """Portable Network Graphics Specification, section 5: after eight bytes come chunks, each with its length, type and checksum."""
    at = 8
    for _ in range(PARTS_MAX):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:  # noqa: PLR2004
            return None
        at += 12 + int.from_bytes(head[:4], "big")
        if head[4:] == b"IEND":
            return at
    return None


def _jpeg(content: mmap.mmap) -> int | None:
    """ITU-T T.81, annex B: markers, most with the length of their segment; the last one is EOI."""
    at = 0
    for _ in range(PARTS_MAX):
        found = _MARKER.search(content, at)
        if found is None:
            return None
        at, marker = found.end(), content[found.end() - 1]
        if marker == _END_OF_IMAGE:
            return at
        if marker not in _WITHOUT_LENGTH:
            at += int.from_bytes(content[at : at + 2], "big")
    return None


def frames_and_end(file: BinaryIO) -> tuple[int, int | None]:
    """Return how many frames a GIF has, where it has two of them not more, and where it ends (GIF89a Specification: 17 to 27)."""
    file.seek(0)
    at = 13 + _colours(file.read(13)[10])
    frames = blocks = 0
    while blocks < PARTS_MAX:
        blocks += 1
        file.seek(at)
        match file.read(1):
            case b";":
                return frames, at + 1
            case b",":
                frames += 1
                descriptor = file.read(9)
                if frames > 1 or len(descriptor) < 9:  # noqa: PLR2004
                    return frames, None
                at += 11 + _colours(descriptor[8])
            case b"!":
                at += 2
            case _:
                return frames, None
        file.seek(at)
        while (size := file.read(1)) not in (b"", b"\0") and blocks < PARTS_MAX:
            blocks += 1
            at += 1 + size[0]
            file.seek(at)
        at += 1
    return 2, None  # nobody makes still pictures of so many blocks


def _colours(flags: int) -> int:
    """Return how many bytes a table of colours has; 0 where there is none."""
    return 3 * 2 ** ((flags & 0b111) + 1) if flags & 0b10000000 else 0
