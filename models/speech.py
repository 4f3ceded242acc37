"""The kind `speech`: reads a text aloud."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

import anyio
import msgspec
import structlog
from msgspec.structs import replace

from messages.files import File
from messages.turn import Reason, TurnTaken
from messages.usage import Usage
from models.answer_account import usage_of
from models.api_client import REQUEST_ERRORS, ApiClient, end_of
from models.events import StreamEvent, StreamFinished
from models.model import Model
from models.opened_body import BrokenError
from texts.characters import is_blank

log = structlog.get_logger()

PATH: Final = "/audio/speech"

INPUT_CHARS_MAX: Final = 4_096
"""The longest text that is read aloud in one request (OpenAI: API reference, Create speech, `input`)."""

AUDIO_BYTES_MAX: Final = 8 * 1024 * 1024
"""No text of that length takes half an hour to read; Discord takes files of 10 MiB."""

SPEAKING_S: Final = 120.0
"""How long a server may take to read a text aloud. OpenAI's takes some seconds."""

VOICE: Final = "alloy"
"""The voice, where the catalogue names none: OpenAI's first, which other servers know as well."""

FILE_NAME: Final = "speech"
"""What the file is called that is read aloud, without its ending."""

_BEGINNINGS: Final = ((b"OggS", ".ogg"), (b"RIFF", ".wav"), (b"fLaC", ".flac"), (b"ID3", ".mp3"), (b"\xff", ".mp3"))
"""How files with sound begin. Servers that have no Opus send something else, whatever they are asked for."""


class Speech:
    """Has speech models read aloud, for the life of the process."""

    def __init__(self, api: ApiClient) -> None:
        """Be ready to ask; nothing is sent yet."""
        self._api = api

    async def stream(self, turn: TurnTaken, model: Model) -> AsyncGenerator[StreamEvent, None]:
        """Yield the end of an answer without text, whose file is the question's text read aloud: Ogg with Opus.

        A text over `INPUT_CHARS_MAX` is cut.
        """
        number = turn.turn
        text = turn.question.text[:INPUT_CHARS_MAX]
        del turn
        if is_blank(text):
            yield StreamFinished(reason="no_question", usage=None)
            return
        body = {"model": model.name, "input": text, "voice": model.voice or VOICE, "response_format": "opus"}
        audio = bytearray()
        try:
            with anyio.fail_after(SPEAKING_S):
                response = await self._api.ask(PATH, msgspec.json.encode(body))
                async with aclosing(response):
                    async for read in response.aiter_bytes():
                        audio += read
                        if len(audio) > AUDIO_BYTES_MAX:
                            break
        except BrokenError as error:
            # It is asked again, and what broke off was paid for.
            used = usage_of(Usage(characters=len(text)), reason="stream_broke", asked=0, written=0, model=model)
            yield replace(end_of(error), reason="unreachable", usage=used)
            return
        except REQUEST_ERRORS as error:
            yield end_of(error)
            return
        content = bytes(audio)
        ending = next((ending for beginning, ending in _BEGINNINGS if content.startswith(beginning)), None)
        if len(content) > AUDIO_BYTES_MAX:
            ending = None
        if ending is None:
            log.warning("model.spoke_nothing", turn=number, bytes=len(content))
        counted = Usage(characters=len(text))
        reason: Reason = "malformed" if ending is None else "complete"
        used = usage_of(counted, reason=reason, asked=0, written=len(content), model=model)
        spoken = () if ending is None else (File(name=f"{FILE_NAME}{ending}", content=content),)
        yield StreamFinished(reason=reason, usage=used, files=spoken)
