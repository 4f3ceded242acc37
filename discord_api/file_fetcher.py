"""Fetches what people attach: from Discord's own hosts alone, without following anybody elsewhere, to a file on disk.

A file is bounded by the size that Discord says, then by the bytes that come, and what it is is said by its content. Never more
of it is in memory than `WRITTEN_BYTES`.
"""

import os
from collections.abc import Collection
from contextlib import suppress
from http import HTTPStatus
from typing import BinaryIO, Final
from urllib.parse import urlsplit

import aiohttp
import anyio
import anyio.to_thread
import structlog
from msgspec.structs import replace

from backoff import backoff_s
from current import Current, Fixed
from files.folder import Folder, NewFile
from files.recognition import recognise
from messages.enclosure import Enclosure
from network.proxies import Proxies
from network.tls import tls_context

log = structlog.get_logger()

ATTACHMENT_HOSTS: Final = ("https://cdn.discordapp.com", "https://media.discordapp.net")
"""Where Discord keeps what people attach (Discord: Reference, CDN Formatting)."""

FILE_BYTES_MAX: Final = 20_000_000
USUAL_BYTES: Final = Fixed(FILE_BYTES_MAX)
FETCHES_MAX: Final = 6
"""So many files are fetched at once; others wait."""

SILENCE_S: Final = 15.0
"""A host that sends nothing for so long is asked again."""

FILE_S: Final = 90.0
"""How long a file may take with all tries: 20 MB at 2 Mbit/s."""

TRIES: Final = 3
EXPIRED: Final = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
"""What the hosts say of an address whose time is over, and of a file that was deleted."""

WRITTEN_BYTES: Final = 256 * 1024
"""So much is written to disk at once, on a thread: a disk that is busy stops nobody."""


def attachment_hosts(rest_url: str) -> tuple[str, ...]:
    """Return the origins of attachments, for a bot that reaches Discord's REST at this address.

    Where that is not Discord's own, it is a small Discord that keeps its attachments beside it, or a proxy that the operator trusts.
    """
    parts = urlsplit(rest_url)
    if parts.hostname == "discord.com":
        return ATTACHMENT_HOSTS
    return (*ATTACHMENT_HOSTS, f"{parts.scheme}://{parts.netloc}")


class FileOverError(Exception):
    """Discord does not have the file at this address any more, or the address has expired."""


class FileFetcher:
    """Fetches files into a folder."""

    def __init__(
        self,
        files: Folder,
        *,
        hosts: Collection[str] = ATTACHMENT_HOSTS,
        bytes_max: Current[int] = USUAL_BYTES,
        proxies: Proxies | None = None,
    ) -> None:
        """`hosts` are the origins from which files are fetched, such as `https://cdn.discordapp.com`; none may be larger than `bytes_max`."""
        self._files = files
        self._origins = frozenset(hosts)
        self._bytes_max = bytes_max
        self._proxies = proxies or Proxies()
        self._fetching = anyio.Semaphore(FETCHES_MAX)

    async def fetch(self, enclosed: Enclosure) -> Enclosure | None:
        """Return a file with where it is stored and what it is, or with the problem that it has; None where it cannot be fetched now.

        Whoever asks owns the file that is stored.

        :raises FileOverError: Discord has nothing at this address any more
        """
        if enclosed.size > self._bytes_max.value:
            return replace(enclosed, problem="too_large", url="")
        url = self._allowed(enclosed.url)
        if url is None:
            log.warning("file.elsewhere")
            return None
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=SILENCE_S, sock_read=SILENCE_S)
        connector = aiohttp.TCPConnector(ssl=tls_context())
        found = None
        try:
            async with (
                self._fetching,
                aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False) as session,
            ):
                with anyio.move_on_after(FILE_S) as time:
                    found = await self._fetch(session, url, enclosed)
        except BaseException:
            if found is not None and found.stored:
                self._files.remove([found.stored])  # cancelled while the connection was closed: nobody else knows of it
            raise
        if time.cancelled_caught:
            log.warning("file.too_slow", bytes=enclosed.size)
        return found

    async def _fetch(self, session: aiohttp.ClientSession, url: str, enclosed: Enclosure) -> Enclosure | None:
        for failures in range(1, TRIES + 1):
            try:
                return await self._stored(session, url, enclosed)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                log.warning("file.failed", error=type(error).__name__)
                if failures < TRIES:
                    await anyio.sleep(backoff_s(failures, first_s=0.5, max_s=2.0))
        return None

    async def _stored(self, session: aiohttp.ClientSession, url: str, enclosed: Enclosure) -> Enclosure | None:
        """Store the file, and return it with what it is; nothing is left on disk of one that has a problem, or that fails."""
        new = self._files.new()
        found = None
        try:
            found = await self._fetch_into(new, session, url, enclosed)
        finally:
            with suppress(OSError):  # on a full disk, what is still buffered cannot be written
                new.file.close()
            if found is None or found.problem:
                self._files.remove([new.name])
        return found

    async def _fetch_into(
        self, new: NewFile, session: aiohttp.ClientSession, url: str, enclosed: Enclosure
    ) -> Enclosure | None:
        # What comes compressed may be endless once it is unpacked: nothing is unpacked.
        headers = {"Accept-Encoding": "identity"}
        proxy = self._proxies.for_url(url)
        way = None if proxy is None else proxy.url
        async with session.get(url, headers=headers, allow_redirects=False, proxy=way) as answer:
            if answer.status in EXPIRED:
                raise FileOverError
            if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
                raise aiohttp.ClientResponseError(answer.request_info, (), status=answer.status)
            if answer.status != HTTPStatus.OK or answer.headers.get("Content-Encoding", "identity") != "identity":
                log.warning("file.refused", status=answer.status)
                return None
            size = await self._written(answer.content, new.file)
        if size is None:
            return replace(enclosed, problem="too_large", url="")
        declared = enclosed.media_type
        known = await anyio.to_thread.run_sync(recognise, self._files.path(new.name), declared)
        if known.end is not None:
            # What stands behind a picture is none: a model that is shown pictures is not sent it.
            log.info("file.cut", behind=size - known.end)
            size = known.end
            await anyio.to_thread.run_sync(os.truncate, self._files.path(new.name), size)
        return replace(
            enclosed,
            url="",
            stored="" if known.problem else new.name,
            size=size,
            media_type=known.media_type,
            width=known.width,
            height=known.height,
            seconds=known.seconds or enclosed.seconds,
            problem=known.problem,
        )

    async def _written(self, content: aiohttp.StreamReader, file: BinaryIO) -> int | None:
        """Write what comes, and return how many bytes it is once the disk has them; None as soon as they are too many."""
        size = written = 0
        waiting: list[bytes] = []
        async for chunk in content.iter_any():
            size += len(chunk)
            if size > self._bytes_max.value:
                log.warning("file.too_large")
                return None
            waiting.append(chunk)
            if size - written >= WRITTEN_BYTES:
                await anyio.to_thread.run_sync(file.writelines, waiting)
                waiting, written = [], size
        await anyio.to_thread.run_sync(_finish, file, waiting)
        return size

    def _allowed(self, address: str) -> str | None:
        """Return the address, put together anew behind the name of one of the hosts; None for every other host."""
        try:
            parts = urlsplit(address)
        except ValueError:
            return None
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._origins or not parts.path.startswith("/"):
            return None
        return f"{origin}{parts.path}?{parts.query}"


def _finish(file: BinaryIO, rest: list[bytes]) -> None:
    """Write the rest, and have the disk keep all of it: the row that names the file will survive a power cut."""
    file.writelines(rest)
    file.flush()
    os.fsync(file.fileno())
