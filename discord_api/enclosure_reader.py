"""Reads from Discord what a question encloses: a long text in a file, and the message that a thread began with.

Files are read from Discord's own hosts alone, without following anybody elsewhere, and only as much as a question may have.
The address of a file expires; then its message is read again, which has a new one.
"""

import codecs
import math
import re
from collections.abc import Collection
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import anyio
import anyio.to_thread
import hikari
import structlog
from msgspec.structs import replace

from backoff import backoff_s
from discord_api import error_codes
from discord_api.channel_tree import ChannelTree
from discord_api.enclosures import FILE_BYTES_MAX, enclosures_of, whole_text
from discord_api.errors import event_of, result_of
from discord_api.message_text import name_of, names_in
from discord_api.rest import one_request
from messages.enclosure import Enclosure
from messages.ids import ChannelId, MessageId
from messages.turn import Place
from network.proxies import Proxies
from network.tls import tls_context
from texts.characters import is_blank
from texts.escaping import one_line

log = structlog.get_logger()

ATTACHMENT_HOSTS: Final = ("https://cdn.discordapp.com", "https://media.discordapp.net")
"""Where Discord keeps what people attach (Discord: Reference, CDN Formatting)."""

FILE_S: Final = 15.0
"""How long one try to read a file may take."""

TRIES: Final = 3
EXPIRED: Final = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
"""What the hosts say of an address whose time is over, and of a file that was deleted."""

CONTEXT_S: Final = 5.0
"""How long a question waits until what it replies to, or what its thread began with, is read: it can be asked without."""

REST_PAUSE_S: Final = 1.0
"""The pause between two messages that are read here: the courier counts its requests, and leaves two a second to others."""


_CHARSET: Final = re.compile(
    r"charset\s*=\s*[\"']?(utf-?(?:8|16|32)(?:le|be)?|us-ascii|iso-8859-(?:[1-9]|1[013456])|latin-?1|windows-125[0-8]|koi8-[ru]"
    r"|gbk|gb2312|gb18030|big5|euc-jp|euc-kr|shift_jis|iso-2022-jp)(?![\w.-])",
    re.IGNORECASE,
)
"""The charsets of texts (WHATWG: Encoding Standard). Whoever attaches a file may name any other: Python knows some that raise errors,
take minutes, or make characters that no database stores."""


class FileOverError(Exception):
    """Discord does not have the file at this address any more, or the address has expired."""


class DiscordReader:
    """Reads files and messages. Its one connection pool is opened with the first file."""

    def __init__(
        self,
        rest: hikari.api.RESTClient,
        *,
        bot_id: int,
        channel_tree: ChannelTree,
        hosts: Collection[str] = ATTACHMENT_HOSTS,
        proxies: Proxies | None = None,
    ) -> None:
        """`hosts` are the origins from which files are read, such as `https://cdn.discordapp.com`."""
        self._rest = rest
        self._bot_id = bot_id
        self._channel_tree = channel_tree
        self._origins = frozenset(hosts)
        self._proxies = proxies or Proxies()
        self._requests = anyio.Semaphore(1)

    async def read(self, enclosed: Enclosure, place: Place) -> Enclosure | None:
        """Return what a question encloses with its text; None where that cannot be read now."""
        if enclosed.origin is not None:
            return await self._read_message(enclosed, *enclosed.origin)
        try:
            text = await self._read_file(enclosed.url)
        except FileOverError:
            text = await self._read_again(enclosed, place)
        return None if text is None else replace(enclosed, text=text, url="")

    async def _read_again(self, enclosed: Enclosure, place: Place) -> str | None:
        """Read a file by the address that its message has now."""
        if place.question_id is None:
            message = await self._message(place.channel_id, place.reply_to)
        else:
            message = await self._message(place.channel_id, place.question_id)
        if message is None:
            return None
        for found in enclosures_of(message, names_in(message, self._channel_tree), self._bot_id):
            if found.url and (found.kind, found.name) == (enclosed.kind, enclosed.name):
                try:
                    return await self._read_file(found.url)
                except FileOverError:
                    return None
        return None

    async def _read_message(self, enclosed: Enclosure, channel: ChannelId, origin: MessageId) -> Enclosure:
        """Read what is replied to, or what a thread began with. Where nobody can tell, the model is told just that."""
        # A thread has the id of the message that it began with, in the channel above it; a forum's post holds it itself.
        channels = (channel, ChannelId(origin)) if enclosed.kind == "thread" else (channel,)
        for where in channels:
            message = await self._message(where, origin, timeout_s=CONTEXT_S)
            if message is not None:
                text = whole_text(message, names_in(message, self._channel_tree), is_bots=message.author.is_bot)
                author = one_line(name_of(message.author))
                return replace(enclosed, author=author, text=text or None, origin=None)
        return replace(enclosed, origin=None)

    async def _message(self, channel: int, message: int, *, timeout_s: float = math.inf) -> hikari.Message | None:
        """Return a message; None where it is gone, cannot be read, or is not its turn to be read within `timeout_s`."""
        with anyio.move_on_after(timeout_s) as waiting:
            async with self._requests:
                waiting.deadline = math.inf
                try:
                    # Cancelling a request of hikari's would wedge its bucket.
                    with anyio.CancelScope(shield=True), one_request():
                        return await self._rest.fetch_message(channel, message)
                except Exception as error:  # noqa: BLE001 whatever hikari raises: it cannot be read
                    event, keys = event_of("enclosure", result_of(error), error)
                    if getattr(error, "code", None) not in error_codes.GONE:
                        log.warning(event, **keys)
                finally:
                    await anyio.sleep(REST_PAUSE_S)
        return None

    async def _read_file(self, address: str) -> str | None:
        """Return the text of a file; None where it cannot be read as a text that a question may have.

        :raises FileOverError: when Discord has nothing at this address any more
        """
        url = self._allowed(address)
        if url is None:
            log.warning("enclosure.elsewhere")
            return None
        timeout = aiohttp.ClientTimeout(total=FILE_S)
        connector = aiohttp.TCPConnector(ssl=tls_context())
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False) as session:
            for failures in range(1, TRIES + 1):
                try:
                    return await self._read_once(session, url)
                except (aiohttp.ClientError, TimeoutError, OSError) as error:
                    log.warning("enclosure.file_failed", error=type(error).__name__)
                    if failures < TRIES:
                        await anyio.sleep(backoff_s(failures, first_s=0.5, max_s=2.0))
        return None

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

    async def _read_once(self, session: aiohttp.ClientSession, url: str) -> str | None:
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
                log.warning("enclosure.file_refused", status=answer.status)
                return None
            content = bytearray()
            async for chunk in answer.content.iter_any():
                content += chunk
                if len(content) > FILE_BYTES_MAX:
                    log.warning("enclosure.file_too_large")
                    return None
            content_type = answer.headers.get("Content-Type", "")
        # Looking at a quarter of a million invisible characters takes longer than the event loop may stand still.
        return await anyio.to_thread.run_sync(_visible_text, bytes(content), content_type)


def _visible_text(content: bytes, content_type: str) -> str | None:
    """Return a file's text; None where nothing of it can be seen."""
    text = _decoded(content, content_type)
    return None if is_blank(text) else text


def _decoded(content: bytes, content_type: str) -> str:
    """Return a file's text, by its byte order mark, by what its type says, or as UTF-8; what cannot be decoded is marked."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    named = _CHARSET.search(content_type)
    return content.decode(named[1] if named else "utf-8", "replace")
