"""The body of a request as JSON, in which pictures stand as data URLs. They are read from disk each time the body is sent."""

import base64
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any, BinaryIO, Final

import anyio.to_thread

from files.folder import Folder
from models.entries import DataUrl, Picture

PIECE_BYTES: Final = 192 * 1024
"""So much of a picture is read and encoded at once; a multiple of three, so that nothing is left over for the next piece."""


class RequestBody:
    """A body that is sent piece by piece, as often as that is needed. No picture is ever whole in memory."""

    def __init__(self, fields: Mapping[str, Any], files: Folder | None) -> None:
        """Encode all but the pictures, which lie in `files`.

        :raises OSError: one of them is gone from the disk
        """
        pictures: list[Picture] = []
        place = secrets.token_hex(16)  # no text can have it

        def placed(value: object) -> str:
            if not isinstance(value, DataUrl):
                raise TypeError(type(value).__name__)
            pictures.append(value.picture)
            return place

        # A number that JSON does not have is a fault of ours: it is raised here, and is not sent as null.
        text = json.dumps(fields, allow_nan=False, ensure_ascii=False, separators=(",", ":"), default=placed)
        first, *rest = text.encode().split(place.encode())
        self._first = first
        self._rest = [
            (_Encoded(picture, files), after)
            for picture, after in zip(pictures, rest, strict=True)
            if files is not None
        ]
        self.size = len(first) + sum(encoded.size + len(after) for encoded, after in self._rest)
        """How many bytes are sent."""

    def content(self) -> bytes | AsyncIterator[bytes]:
        """Return the body to send: whole where it has no pictures, else piece by piece from its beginning."""
        return self.pieces() if self._rest else self._first

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body from its beginning.

        :raises OSError: a picture cannot be read
        """
        yield self._first
        for encoded, after in self._rest:
            async for piece in encoded.pieces():
                yield piece
            yield after


class _Encoded:
    """A picture as a data URL."""

    def __init__(self, picture: Picture, files: Folder) -> None:
        self._head = f"data:{picture.media_type};base64,".encode()
        self._path = files.path(picture.stored)
        self._bytes = self._path.stat().st_size
        self.size = len(self._head) + 4 * -(-self._bytes // 3)
        """How many bytes it has."""

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the data URL from its beginning."""
        yield self._head
        with await anyio.to_thread.run_sync(self._path.open, "rb") as file:
            for begin in range(0, self._bytes, PIECE_BYTES):
                yield await anyio.to_thread.run_sync(_encoded, file, min(PIECE_BYTES, self._bytes - begin))


def _encoded(file: BinaryIO, size: int) -> bytes:
    """Return the next bytes of a file in base64.

    :raises OSError: it became shorter meanwhile
    """
    content = file.read(size)
    if len(content) < size:
        raise OSError("the file became shorter")
    return base64.b64encode(content)
