"""Sends the courier's requests through hikari, one at a time each, and says what came of them."""

from typing import Final, assert_never

import aiohttp
import hikari
import structlog
from hikari.api import ComponentBuilder, RESTClient

from actors.courier.answer_view import PartWanted
from actors.courier.channel_reader import ChannelReader
from actors.courier.requests import (
    DeletePart,
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
from files.folder import Folder
from messages.courier import ReadChannel
from messages.ids import MessageId

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
                await self._rest.edit_message(
                    request.channel_id,
                    request.message_id,
                    request.wanted.text,
                    components=_rows(request.wanted),
                    # Files take the place of what the message has; None takes that off, and nothing said leaves it.
                    attachments=None
                    if request.may_have_files and not request.wanted.files
                    else self._attached(request.wanted),
                    mentions_reply=False,
                    **NO_PINGS,
                )
                return Done()
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
                return await self._speak(request)
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

    async def _post(self, request: PostPart) -> Posted:
        message = await self._rest.create_message(
            request.channel_id,
            request.wanted.text,
            components=_rows(request.wanted),
            attachments=self._attached(request.wanted),
            reply=request.reply_to,
            reply_must_exist=False,
            mentions_reply=False,
            nonce=request.nonce,
            # A link in an answer was written by a model: Discord shows its address, and does not embed what is there.
            flags=hikari.MessageFlag.SUPPRESS_EMBEDS,
            **NO_PINGS,
        )
        return Posted(MessageId(int(message.id)), message.content or "")

    async def _speak(self, request: PostSpeech) -> Posted:
        speech = request.speech
        file = hikari.Bytes(speech.file.content, speech.file.name, mimetype=VOICE_TYPE if request.is_voice else None)
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

    def _attached(self, wanted: PartWanted) -> list[Attached] | hikari.UndefinedType:
        """Return a message's files for hikari, which reads those on disk while it sends them."""
        return [attached(file, self._files) for file in wanted.files] or hikari.UNDEFINED


def _rows(wanted: PartWanted) -> list[ComponentBuilder]:
    return [row_of(wanted.buttons)] if wanted.buttons else []
