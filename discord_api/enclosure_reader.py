"""Reads from Discord what a question encloses and no event tells: its files, and the messages that it replies to or that a thread began with.

The address of a file expires; then its message is read again, which has a new one.
"""

import math
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import anyio
import hikari
import structlog
from msgspec.structs import replace

from discord_api import error_codes
from discord_api.channel_tree import ChannelTree
from discord_api.enclosures import enclosures_of, files_of, whole_text
from discord_api.errors import event_of, result_of
from discord_api.file_fetcher import FileFetcher, FileOverError
from discord_api.message_text import name_of, names_in
from discord_api.rest import one_request
from messages.enclosure import Enclosure
from messages.ids import ChannelId, MessageId, UserId
from messages.turn import Place
from texts.escaping import one_line

log = structlog.get_logger()

CONTEXT_S: Final = 5.0
"""How long a question waits until what it replies to, or what its thread began with, is read: it can be asked without."""

REST_PAUSE_S: Final = 1.0
"""The pause between two messages that are read here: the courier counts its requests, and leaves two a second to others."""


class _MessageGoneError(Exception):
    """A message was deleted."""


class DiscordReader:
    """Reads files and messages."""

    def __init__(
        self, rest: hikari.api.RESTClient, fetcher: FileFetcher, *, bot_id: int, channel_tree: ChannelTree
    ) -> None:
        self._rest = rest
        self._fetcher = fetcher
        self._bot_id = bot_id
        self._channel_tree = channel_tree
        self._requests = anyio.Semaphore(1)

    async def read(self, enclosed: Enclosure, channel: ChannelId, origin: MessageId) -> tuple[Enclosure, ...]:
        """Return the message that is replied to, or that a thread began with, and the files that it has.

        Where nobody can tell, the model is told just that.
        """
        # A thread has the id of the message that it began with, in the channel above it; a forum's post holds it itself.
        channels = (channel, ChannelId(origin)) if enclosed.kind == "thread" else (channel,)
        for where in channels:
            message = None
            with suppress(_MessageGoneError):
                message = await self._message(where, origin, timeout_s=CONTEXT_S)
            if message is not None:
                names = names_in(message, self._channel_tree)
                files = files_of(message, "thread" if enclosed.kind == "thread" else "reply", (where, origin))
                text = whole_text(message, names, is_bots=message.author.is_bot, names_files=not files)
                read = replace(
                    enclosed,
                    author=one_line(name_of(message.author)),
                    text=text or ("" if files else None),
                    origin=None,
                    wrote=(UserId(int(message.author.id)), origin),
                )
                return read, *files
        return (replace(enclosed, origin=None),)

    async def fetch(self, file: Enclosure, place: Place) -> Enclosure | None:
        """Return a file with where it is stored and what it is, or with its problem; None where it cannot be fetched now.

        Whoever asks owns the file that is stored.
        """
        try:
            if file.url:
                return await self._fetcher.fetch(file)
        except FileOverError:
            log.info("file.address_expired")
        origin = (place.channel_id, place.question_id or place.reply_to) if file.origin is None else file.origin
        try:
            message = await self._message(*origin)
            if message is None:
                return None
            found = enclosures_of(message, names_in(message, self._channel_tree), self._bot_id)
            return await self._fetcher.fetch(replace(file, url=next(_addresses(file, found))))
        except (_MessageGoneError, StopIteration, FileOverError):
            return replace(file, url="", problem="gone")

    async def _message(self, channel: int, message: int, *, timeout_s: float = math.inf) -> hikari.Message | None:
        """Return a message; None where it cannot be read now, or is not its turn to be read within `timeout_s`.

        :raises _MessageGoneError: it was deleted, or its channel was
        """
        with anyio.move_on_after(timeout_s) as waiting:
            async with self._requests:
                waiting.deadline = math.inf
                try:
                    # Cancelling a request of hikari's would wedge its bucket.
                    with anyio.CancelScope(shield=True), one_request():
                        return await self._rest.fetch_message(channel, message)
                except Exception as error:
                    if getattr(error, "code", None) in error_codes.GONE:
                        raise _MessageGoneError from error
                    event, keys = event_of("enclosure", result_of(error), error)
                    log.warning(event, **keys)
                finally:
                    await anyio.sleep(REST_PAUSE_S)
        return None


def _addresses(file: Enclosure, found: tuple[Enclosure, ...]) -> Iterator[str]:
    """Yield the addresses under which a message has a file. What an earlier version accepted has no id of Discord's."""
    for one in found:
        is_it = one.attachment == file.attachment if file.attachment else one.name == file.name
        if one.is_file and is_it:
            yield one.url
