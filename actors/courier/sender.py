"""Sends the courier's requests through hikari, one at a time each, and says what came of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, assert_never

import aiohttp
import hikari
import structlog
from hikari.api import ComponentBuilder, RESTClient
from msgspec.structs import replace

from actors.courier.answer_view import PartWanted
from actors.courier.channel_reader import ChannelReader
from actors.courier.requests import (
    DeletePart,
    DeleteSpeech,
    EditPart,
    PostPart,
    PostSpeech,
    React,
    ReadQuestion,
    Search,
    SearchSpeech,
    Sendable,
    TellPrivately,
    Unreact,
)
from discord_api.attached import Attached, attached
from discord_api.components import NO_PINGS, row_of
from discord_api.errors import event_of, result_of
from discord_api.rest import one_request
from discord_api.results import Done, Posted, RateLimitHeaders, Result
from discord_api.uploads import Upload
from files.folder import Folder
from messages.courier import ReadChannel
from messages.ids import MessageId, TurnId

log = structlog.get_logger()

VOICE_TYPE: Final = "audio/ogg"

EXPECTED_ERRORS: Final = (hikari.HTTPError, aiohttp.ClientError, TimeoutError, OSError, ValueError)
"""What hikari and the network raise when Discord does not do it. Anything else is a fault of ours."""


class Sender:
    """hikari's REST client, as the courier uses it."""

    def __init__(self, rest: RESTClient, reader: ChannelReader, files: Folder) -> None:
        """`files` is where those files of answers lie that are on disk."""
        self._rest = rest
        self._reader = reader
        self._files = files
        self._uploads: set[Upload] = set()

    def give_up(self, turn: TurnId) -> None:
        """Send nothing more of the files of this turn that are being uploaded. Whether Discord has them all the same is not known then."""
        for upload in self._uploads:
            upload.is_given_up = upload.is_given_up or upload.turn == turn

    @contextmanager
    def _upload(self, turn: TurnId) -> Iterator[Upload]:
        upload = Upload(turn)
        self._uploads.add(upload)
        try:
            yield upload
        finally:
            self._uploads.discard(upload)

    async def send(self, request: Sendable) -> tuple[Result, RateLimitHeaders | None]:
        """Send a request; returns what came of it, and what its answer's headers said about the rate limit.

        :raises Exception: whatever nobody expected
        """
        with one_request() as answered:
            answered.is_known = isinstance(request, PostPart | EditPart)
            return await self._try(request), answered.bucket

    async def _try(self, request: Sendable) -> Result:
        try:
            return await self._send(request)
        except EXPECTED_ERRORS as error:
            failure = result_of(error)
            event, keys = event_of("discord", failure, error)
            log.warning(event, request=type(request).__name__, **keys)
            return failure

    async def _send(self, request: Sendable) -> Result:
        match request:
            case PostPart():
                return await self._post(request)
            case EditPart():
                return await self._edit(request)
            case DeletePart():
                await self._rest.delete_message(request.channel_id, request.message_id)
                return Done()
            case React():
                await self._rest.add_reaction(request.channel_id, request.message_id, request.emoji)
                return Done()
            case Unreact():
                await self._rest.delete_my_reaction(request.channel_id, request.message_id, request.emoji)
                return Done()
            case Search():
                return await self._reader.search(request)
            case SearchSpeech():
                return await self._reader.search_speech(request)
            case PostSpeech():
                with self._upload(request.turn) as upload:
                    return await self._speak(request, upload)
            case DeleteSpeech():
                await self._rest.delete_message(request.channel_id, request.message_id)
                return Done()
            case ReadChannel():
                return await self._reader.read(request)
            case ReadQuestion():
                return await self._reader.reread(request)
            case TellPrivately():
                direct = await self._rest.create_dm_channel(request.person)
                await self._rest.create_message(direct.id, request.text, nonce=request.nonce, **NO_PINGS)
                return Done()
            case _:
                assert_never(request)

    async def _edit(self, request: EditPart) -> Done:
        with self._upload(request.turn) as upload:
            await self._rest.edit_message(
                request.channel_id,
                request.message_id,
                request.wanted.text,
                components=_rows(request.wanted),
                # Files take the place of what the message has; None takes that off, and nothing said leaves it.
                attachments=None
                if request.may_have_files and not request.wanted.files
                else self._attached(request.wanted, upload),
                mentions_reply=False,
                **NO_PINGS,
            )
        return Done()

    async def _post(self, request: PostPart) -> Posted:
        with self._upload(request.turn) as upload:
            message = await self._rest.create_message(
                request.channel_id,
                request.wanted.text,
                components=_rows(request.wanted),
                attachments=self._attached(request.wanted, upload),
                reply=request.reply_to,
                reply_must_exist=False,
                mentions_reply=False,
                nonce=request.nonce,
                # A link in an answer was written by a model: Discord shows its address, and does not embed what is there.
                flags=hikari.MessageFlag.SUPPRESS_EMBEDS,
                **NO_PINGS,
            )
        return Posted(MessageId(int(message.id)), message.content or "")

    async def _speak(self, request: PostSpeech, upload: Upload) -> Posted:
        speech = request.speech
        file = attached(replace(speech.file, media_type=VOICE_TYPE if request.is_voice else ""), self._files, upload)
        if request.is_voice:
            message = await self._rest.create_voice_message(
                request.channel_id,
                file,
                speech.waveform,
                speech.seconds,
                reply=speech.reply_to,
                reply_must_exist=False,
                mentions_reply=False,
            )
        else:
            message = await self._rest.create_message(
                request.channel_id,
                attachment=file,
                reply=speech.reply_to,
                reply_must_exist=False,
                mentions_reply=False,
                **NO_PINGS,
            )
        return Posted(MessageId(int(message.id)), "")

    def _attached(self, wanted: PartWanted, upload: Upload) -> list[Attached] | hikari.UndefinedType:
        """Return a message's files for hikari, which reads those on disk while it sends them."""
        return [attached(file, self._files, upload) for file in wanted.files] or hikari.UNDEFINED


def _rows(wanted: PartWanted) -> list[ComponentBuilder]:
    return [row_of(wanted.buttons)] if wanted.buttons else []
