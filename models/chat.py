"""The kind `chat`: has a model answer a dialogue, by the Responses API or by Chat Completions."""

import json
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Final

import anyio
import structlog

from messages.turn import BREAKS, TurnTaken
from models import chat_completions, responses_api
from models.answer_account import AnswerAccount
from models.api_client import REQUEST_ERRORS, ApiClient, end_of
from models.catalogue import Model
from models.chat_completions import ChatDecoder
from models.events import StreamEvent, StreamFinished
from models.listener import FIRST_TEXT_S, Decoder, Listener, ReadIntervals
from models.prompt import MARK_CHARS, Prompt, prompt
from models.responses_api import ResponsesDecoder

log = structlog.get_logger()

_PATHS: Final = {"responses": "/responses", "chat_completions": "/chat/completions"}


class Chat:
    """Asks the chat models of one address, with one key, for the life of the process."""

    def __init__(self, *, base_url: str, key: str) -> None:
        """Be ready to ask; nothing is sent yet.

        :raises ValueError: no HTTP header can carry the key; the message does not contain it
        """
        self._api = ApiClient(base_url=base_url, key=key)
        self._read_intervals = ReadIntervals()

    async def close(self) -> None:
        """Close every connection."""
        await self._api.close()

    async def stream(self, turn: TurnTaken, model: Model) -> AsyncGenerator[StreamEvent, None]:
        """Yield the answer in pieces, then how it ended, as `models.kind.Kind.stream` promises.

        When the caller closes the stream before its end, what the answer used stays unknown.
        """
        asked = prompt(turn, model, secrets.token_hex(MARK_CHARS // 2))
        number = turn.turn
        del turn  # a thousand histories are not held while their answers stream
        if asked is None:
            yield StreamFinished(reason="context_too_long", usage=None)
            return
        account = AnswerAccount(asked, model)
        body, decoder = _encoded(asked, model)
        del asked
        has_begun = False
        end: StreamFinished | None = None
        deadline_s = anyio.current_time() + FIRST_TEXT_S
        try:
            with anyio.fail_after(FIRST_TEXT_S):
                response = await self._api.post(_PATHS[model.api], body)
            del body
            has_begun = True
            next_read_s = partial(self._read_intervals.next_read_s, number=number)
            listener = Listener(response.aiter_bytes(), decoder, deadline_s=deadline_s, next_read_s=next_read_s)
            async with aclosing(response):
                with self._read_intervals.streaming():
                    while text := await listener.next_text():
                        piece = account.add(text)
                        if piece:
                            yield piece
                        if account.is_full:
                            end = StreamFinished(reason="too_long", usage=None)
                            break
                    else:
                        end = listener.end
        except REQUEST_ERRORS as error:
            # Where the model told the end before, what breaks after it changes nothing.
            end = end or decoder.end_of_body() or end_of(error, has_begun=has_begun)
        end = end or StreamFinished(reason="stream_broke", usage=None)
        if end.reason in BREAKS:
            log.warning("model.stream_broke", turn=number, reason=end.reason, chars=account.chars, began=has_begun)
        yield account.settled(end, has_begun=has_begun)


def _encoded(asked: Prompt, model: Model) -> tuple[bytes, Decoder]:
    """Return the request's body for the model's API, and what decodes the response."""
    is_responses = model.api == "responses"
    body = responses_api.body(asked) if is_responses else chat_completions.body(asked)
    # A number that JSON does not have is a fault of ours: it is raised here, and is not sent as null.
    encoded = json.dumps(body, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
    return encoded, ResponsesDecoder() if is_responses else ChatDecoder()
