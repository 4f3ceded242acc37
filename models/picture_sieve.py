"""Takes the pictures out of a response while it is read, and puts them on disk, so that none is ever whole in memory.

A picture comes as base64 within JSON, in an event or in a document, and can have many megabytes. Whoever reads the JSON finds the
number of the picture in its place: `{"b64_json":"0"}`.
"""

import binascii
import os
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import BinaryIO, Final

import anyio.to_thread

from files.folder import Folder, NewFile

PICTURE_BYTES_MAX: Final = 32 * 1024 * 1024
"""The largest picture of OpenAI's, 3840 by 2160 pixels, has 25 MB as a PNG that nothing compresses."""

PICTURES_MAX: Final = 16
"""An answer has at most ten pictures (OpenAI: API reference, Create image, n), and one that streams three unfinished ones before its picture."""

WRITTEN_BYTES: Final = 256 * 1024
"""So much is written to disk at once, on a thread: a disk that is busy stops nobody."""

_BEGIN: Final = re.compile(rb'"b64_json"\s{0,8}:\s{0,8}"')
_BEGINNING: Final = re.compile(rb'"(b(6(4(_(j(s(o(n("(\s{1,8}|\s{0,8}:\s{0,8})?)?)?)?)?)?)?)?)?)?\Z')
"""The beginning of a picture, and what may become one, at the end of a read."""

_BEGIN_BYTES_MAX: Final = 28

_DATA_URL: Final = b"data:"
_DATA_URL_BYTES_MAX: Final = 100


class PictureError(ValueError):
    """A response has a picture that is no base64 or is too large, or has too many of them."""


class PictureSieve:
    """Takes the pictures out of one response, however it is cut into reads."""

    def __init__(self, files: Folder) -> None:
        """Put the pictures into this folder."""
        self._files = files
        self._names: list[str] = []
        """The pictures so far; each is whole on disk once its number was returned."""
        self._held = b""
        """What may be the beginning of a picture, or the beginning of its base64 that is no whole group of four characters."""
        self._open: NewFile | None = None
        self._waiting = bytearray()
        """What of the open picture waits to be written."""
        self._bytes = 0
        """How much of the open picture was decoded."""
        self.has_failed = False
        """Whether `reads` has raised a `PictureError`."""

    async def reads(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yield what a body has besides pictures.

        :raises PictureError: a picture cannot be read
        :raises OSError: the disk is full
        """
        async for read in body:
            kept: list[bytes] = []
            rest = self._held + read if self._held else read
            self._held = b""
            try:
                while rest:
                    rest = await self._draw(rest, kept) if self._open is not None else self._look(rest, kept)
            except PictureError:
                self.has_failed = True
                raise
            yield b"".join(kept)
        if self._open is None:
            yield self._held

    def _look(self, rest: bytes, kept: list[bytes]) -> bytes:
        """Look for the beginning of a picture; return what follows it."""
        begin = _BEGIN.search(rest)
        if begin is not None:
            kept.append(rest[: begin.end()])
            if len(self._names) >= PICTURES_MAX:
                raise PictureError("too many pictures")
            self._open = self._files.new()
            self._names.append(self._open.name)
            self._bytes = 0
            return rest[begin.end() :]
        beginning = _BEGINNING.search(rest, max(0, len(rest) - _BEGIN_BYTES_MAX))
        at = len(rest) if beginning is None else beginning.start()
        kept.append(rest[:at])
        self._held = rest[at:]
        return b""

    async def _draw(self, rest: bytes, kept: list[bytes]) -> bytes:
        """Decode a piece of the open picture; return what follows the picture."""
        encoded, quote, after = rest.partition(b'"')
        # JSON may write a slash with a backslash before it, and some servers break the lines.
        base64 = encoded.replace(b"\\n", b"").replace(b"\\/", b"/")
        if not self._bytes and base64 and _DATA_URL.startswith(base64[: len(_DATA_URL)]):
            address, comma, behind = base64.partition(b",")  # some servers put the type before it, as in a link
            if not comma and not quote and len(address) < _DATA_URL_BYTES_MAX:
                self._held = base64
                return b""
            if not comma:
                raise PictureError("no base64")
            base64 = behind
        whole = len(base64) if quote else (len(base64) - base64.endswith(b"\\")) // 4 * 4
        self._decode(base64[:whole])
        self._held = base64[whole:]
        await self._write(is_whole=bool(quote))
        if quote:
            kept.append(b'%d"' % (len(self._names) - 1))
        return after

    def _decode(self, base64: bytes) -> None:
        try:
            content = binascii.a2b_base64(base64, strict_mode=True)
        except binascii.Error:
            raise PictureError("no base64") from None
        self._bytes += len(content)
        if self._bytes > PICTURE_BYTES_MAX:
            raise PictureError("too large")
        self._waiting += content

    async def _write(self, *, is_whole: bool) -> None:
        if self._open is None or not (is_whole or len(self._waiting) >= WRITTEN_BYTES):
            return
        content, self._waiting = bytes(self._waiting), bytearray()
        if is_whole:
            await anyio.to_thread.run_sync(_finish, self._open.file, content)
            self._open = None
        else:
            await anyio.to_thread.run_sync(self._open.file.write, content)

    def name(self, number: object) -> str | None:
        """Return the name of a picture by its number as the JSON has it; None where it has none."""
        if not (isinstance(number, str) and number.isascii() and number.isdigit() and len(number) <= 2):  # noqa: PLR2004 PICTURES_MAX
            return None
        at = int(number)
        return self._names[at] if at < len(self._names) else None

    def remove(self, *, but: frozenset[str] = frozenset()) -> None:
        """Delete the pictures from disk, but for those that somebody else has now."""
        with suppress(OSError):  # the next start finds what is left
            if self._open is not None:
                self._open.file.close()
        with suppress(OSError):
            self._files.remove(name for name in self._names if name not in but)


def _finish(file: BinaryIO, content: bytes) -> None:
    """Write the rest of a picture, and return once it would survive a loss of power."""
    with file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
