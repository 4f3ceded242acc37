"""Asks for answers that are text and stream: what the kinds chat, code and completion have in common.

A kind says which forms its requests may have (`Form`) and what its models are told (`Write`). What a server does not take of a request
is learnt here, for all requests that follow.
"""

import json
import secrets
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any, Final, NamedTuple

import anyio
import httpx2
import structlog
from msgspec.structs import replace

from files.folder import Folder
from messages.turn import BREAKS, TurnTaken
from models.answer_account import AnswerAccount
from models.api_client import REQUEST_ERRORS, ApiClient, end_of, fault_of_refusal
from models.catalogue import Model
from models.dialect import Dialects, learnt
from models.errors import is_path_missing
from models.events import StreamEvent, StreamFinished, Thought
from models.kind_traits import Api
from models.listener import FIRST_TEXT_S, Decoder, Listener, ReadIntervals
from models.prompt import MARK_CHARS, Prompt
from network.proxies import Proxy

log = structlog.get_logger()

REQUESTS_MAX: Final = 6
"""How often one question is sent, each time without what the server refused: it has no more than so many fields to refuse."""

Write = Callable[[TurnTaken, Model, str], Prompt | None]
"""Says what a model is told of a turn, as `models.prompt.prompt` does; the text is a mark that is new in every request."""


class Form(NamedTuple):
    """One form of request: the path it goes to, its body, and what decodes the answer.

    The body is that for a prompt, without the fields that are left out, ready to be encoded as JSON.
    """

    path: str
    body: Callable[[Prompt, Collection[str]], dict[str, Any]]
    decoder: Callable[[Prompt], Decoder]


class TextStreams:
    """Asks the models of one address, with one key, for the life of the process."""

    def __init__(
        self,
        forms: Mapping[Api, Form],
        *,
        base_url: str,
        key: str,
        proxy: Proxy | None = None,
        thinking_s: float,
        files: Folder | None = None,
    ) -> None:
        """Be ready to ask; nothing is sent yet. A model may reason for `thinking_s` seconds before it says something.

        `files` is where the files of questions lie; without it, no model is shown any.

        :raises ValueError: no HTTP header can carry the key; the message does not contain it
        """
        self._forms = forms
        self._api = ApiClient(base_url=base_url, key=key, proxy=proxy)
        self._thinking_s = thinking_s
        self._files = files
        self._dialects = Dialects()
        self._read_intervals = ReadIntervals()

    async def close(self) -> None:
        """Close every connection."""
        await self._api.close()

    async def stream(self, turn: TurnTaken, model: Model, write: Write) -> AsyncGenerator[StreamEvent, None]:
        """Yield the answer in pieces, then how it ended, as `models.kind.Kind.stream` promises.

        When the caller closes the stream before its end, what the answer used stays unknown.
        """
        model = self._dialects.asked(model)
        asked = write(turn, model, secrets.token_hex(MARK_CHARS // 2))
        number = turn.turn
        del turn  # a thousand histories are not held while their answers stream
        if asked is None:
            yield StreamFinished(reason="context_too_long", usage=None)
            return
        account = AnswerAccount(asked, model)
        deadline_s = anyio.current_time() + FIRST_TEXT_S
        try:
            with anyio.fail_after(FIRST_TEXT_S):
                response, decoder, account.output_tokens_max = await self._ask(asked, model)
        except REQUEST_ERRORS as error:
            yield account.completed(end_of(error), has_begun=False)
            return
        del asked
        listener = Listener(
            response.aiter_bytes(),
            decoder,
            deadline_s=deadline_s,
            thinking_s=self._thinking_s,
            next_read_s=partial(self._read_intervals.next_read_s, number=number),
            breaks=REQUEST_ERRORS,
        )
        async with aclosing(response):
            with self._read_intervals.streaming():
                while not account.is_full and (piece := await listener.next_piece()) is not None:
                    if isinstance(piece, Thought):
                        self._dialects.learn_reasoning(model)
                    counted = account.add(piece)
                    if counted != "":
                        yield counted
        end = StreamFinished(reason="too_long", usage=None) if account.is_full else listener.end
        end = end or StreamFinished(reason="stream_broke", usage=None)
        if end.reason in BREAKS:
            log.warning("model.stream_broke", turn=number, reason=end.reason, chars=account.chars)
        yield account.completed(end, has_begun=True)

    async def _ask(self, asked: Prompt, model: Model) -> tuple[httpx2.Response, Decoder, int]:
        """Send the request, and again without what the server does not take, or in the other form where it has no such path.

        Return the response, what decodes it, and how many tokens the answer may have.

        :raises Exception: one of `REQUEST_ERRORS`
        """
        api, missing = model.api, None
        known = dialect = self._dialects.of(model)
        for _ in range(REQUESTS_MAX):
            most = min(asked.output_tokens_max, dialect.output_tokens_max or asked.output_tokens_max)
            asked = replace(asked, output_tokens_max=most)
            form = self._forms[api]
            body = form.body(asked, dialect.left_out)
            try:
                response = await self._api.post(form.path, _encoded(body))
            except REQUEST_ERRORS as error:
                refusal, fault = error, fault_of_refusal(error)
                again = None if fault is None else learnt(dialect, fault, asked, body.keys())
                if again is not None:
                    asked, dialect = again
                    continue
                other = next((other for other in self._forms if other != api), None)
                if fault is None or not is_path_missing(fault) or other is None:
                    raise
                if missing is not None:
                    raise missing from None
                api, missing = other, error
            else:
                if missing is not None:
                    self._dialects.learn_api(model, api)
                    log.info("model.learnt", model=model.name, api=api)
                if dialect != known:
                    self._dialects.remember(model, dialect)
                    log.info("model.learnt", model=model.name, left_out=sorted(dialect.left_out))
                return response, form.decoder(asked), most
        raise refusal


def _encoded(body: dict[str, Any]) -> bytes:
    # A number that JSON does not have is a fault of ours: it is raised here, and is not sent as null.
    return json.dumps(body, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
