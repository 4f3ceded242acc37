"""Asks for answers that are text and stream: what the kinds chat, code and completion have in common.

A kind says which forms its requests may have (`Form`) and what its models are told (`Write`). What a server does not take of a request
is learnt here, for all requests that follow.
"""

import secrets
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import aclosing
from functools import partial
from http import HTTPStatus
from typing import Any, Final, NamedTuple

import anyio
import httpx2
import structlog
from msgspec.structs import replace

from current import Current
from files.folder import Folder
from messages.enclosure import LeftOut
from messages.turn import BREAKS, TurnTaken
from models.answer_account import AnswerAccount
from models.api_client import REQUEST_ERRORS, ApiClient, end_of, fault_of_refusal
from models.dialect import PICTURES, Dialect, Dialects, learnt
from models.errors import is_path_missing
from models.events import ComesWhole, StreamEvent, StreamFinished, Thought
from models.faults import Fault
from models.kind_traits import Api
from models.listener import FIRST_TEXT_S, USUAL_THINKING, Decoder, Listener, ReadIntervals
from models.model import Model
from models.picture_memory import PictureMemory, with_problem
from models.prompt import MARK_CHARS, Prompt
from models.reading import can_be_asked, left_out
from models.request_body import RequestBody

log = structlog.get_logger()

REQUESTS_MAX: Final = 6
"""How often one question is sent, each time without what the server refused: it has no more than so many fields to refuse."""

UPLOAD_BYTES_S: Final = 250_000
"""So many bytes a second of its pictures, at least, is a request expected to be sent with; it gets that much more time."""

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
    """Asks models in one of these forms, for the life of the process."""

    def __init__(
        self,
        api: ApiClient,
        forms: Mapping[Api, Form],
        *,
        files: Folder | None = None,
        thinking_s: Current[float] = USUAL_THINKING,
    ) -> None:
        """Be ready to ask; nothing is sent yet. A model may reason for `thinking_s` seconds before it says something.

        `files` is where the files of questions lie; without it, no model is shown any.
        """
        self._api = api
        self._forms = forms
        self._thinking_s = thinking_s
        self._files = files
        self._dialects = Dialects()
        self._pictures = PictureMemory()
        self._read_intervals = ReadIntervals()

    async def stream(self, turn: TurnTaken, model: Model, write: Write) -> AsyncGenerator[StreamEvent, None]:
        """Yield the answer in pieces, then how it ended, as `models.kind.Kind.stream` promises.

        When the caller closes the stream before its end, what the answer used stays unknown.
        """
        told = left_out(turn.question, model)
        model = self._dialects.asked(model)
        turn = self._pictures.without_refused(turn, model.name)
        asked = self._written(turn, model, write)
        number = turn.turn
        needs_pictures = not can_be_asked(turn.question, replace(model, vision=False))
        del turn  # a thousand histories are not held while their answers stream
        if asked is None:
            yield StreamFinished(reason="context_too_long", usage=None)
            return
        pictures, asked_about = asked.pictures, asked.dialogue[-1].pictures
        missing = tuple(one for one in asked.left_out if one not in told)
        if needs_pictures and not asked_about:
            yield StreamFinished(reason="only_files", usage=None, left_out=missing)
            return
        account = AnswerAccount(asked, model)
        begun = await self._ask(asked, model, number, needs_pictures=needs_pictures)
        del asked
        if begun.is_blind:
            missing += tuple(LeftOut(name=picture.name, problem="no_vision") for picture in asked_about)
            pictures = ()
        if isinstance(begun, _Refused):
            refusal = begun.end()
            if pictures and begun.fault is not None and begun.fault.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                # It may be called too long; but leaving out half of the history would not help, and would be remembered.
                refusal = replace(refusal, reason="picture_refused")
            if refusal.reason == "picture_refused":
                self._pictures.refused(model.name, pictures)
            yield replace(
                account.completed(refusal, has_begun=begun.has_begun or refusal.usage is not None), left_out=missing
            )
            return
        account.output_tokens_max, listener = begun.output_tokens_max, begun.listener
        async with aclosing(begun.response):
            with self._read_intervals.streaming():
                while not account.is_full and (piece := await listener.next_piece()) is not None:
                    if isinstance(piece, Thought):
                        self._dialects.learn_reasoning(model)
                    counted = account.add(piece)
                    if isinstance(counted, str) and listener.comes_whole:
                        yield ComesWhole()
                    if counted != "":
                        yield counted
        end = StreamFinished(reason="too_long", usage=None) if account.is_full else listener.end
        end = end or StreamFinished(reason="stream_broke", usage=None)
        if end.reason in BREAKS:
            log.warning("model.stream_broke", turn=number, reason=end.reason, chars=account.chars)
        if account.chars:
            self._pictures.took(model.name, pictures)
        elif end.reason == "picture_refused":
            self._pictures.refused(model.name, pictures)
        end = account.completed(end, has_begun=True)
        yield replace(end, left_out=missing, temperatures=self._dialects.of(model).temperatures)

    def _written(self, turn: TurnTaken, model: Model, write: Write) -> Prompt | None:
        """Return what the model is told, with no picture that is gone from the disk."""
        mark = secrets.token_hex(MARK_CHARS // 2)
        asked = write(turn, model, mark)
        if asked is None or not asked.pictures:
            return asked
        gone = {one.stored for one in asked.pictures if self._files is None or self._files.size(one.stored) is None}
        return write(with_problem(turn, gone, "gone"), model, mark) if gone else asked

    async def _ask(self, asked: Prompt, model: Model, number: int, *, needs_pictures: bool) -> "_Begun | _Refused":
        """Send the request, and again without what the server does not take, or in the other form where it has no such path.

        Where it takes no pictures, and the question needs them, it is not sent again.
        """
        api, missing = model.api, None
        known = dialect = self._dialects.of(model)
        upload_s = sum(picture.size for picture in asked.pictures) / UPLOAD_BYTES_S
        deadline_s = anyio.current_time() + FIRST_TEXT_S + upload_s
        for _ in range(REQUESTS_MAX):
            most = min(asked.output_tokens_max, dialect.output_tokens_max or asked.output_tokens_max)
            asked = replace(asked, output_tokens_max=most)
            if asked.temperature is not None and not dialect.temperatures.takes(asked.temperature):
                asked = replace(asked, temperature=None)
            body = self._forms[api].body(asked, dialect.left_out)
            answer = await self._send(self._forms[api], body, asked, number, deadline_s)
            if isinstance(answer, _Begun):
                self._learn(model, known, dialect, None if missing is None else api)
                return answer._replace(is_blind=bool(asked.pictures) and PICTURES in dialect.left_out)
            if answer.fault is None:
                return answer
            again = learnt(dialect, answer.fault, asked, body.keys())
            if again is not None:
                asked, dialect = again
                if needs_pictures and PICTURES in dialect.left_out:
                    # No answer will tell whether that was odd; but its words are clear.
                    self._learn(model, known, dialect, None)
                    return _Refused(StreamFinished(reason="only_files", usage=None), is_blind=True)
                continue
            other = next((other for other in self._forms if other != api), None)
            if other is None or not is_path_missing(answer.fault):
                return answer
            if missing is not None:
                return missing
            api, missing = other, answer
        return answer

    async def _send(
        self, form: Form, body: dict[str, Any], asked: Prompt, number: int, deadline_s: float
    ) -> "_Begun | _Refused":
        """Send one request and wait for the first piece of the answer.

        Until then some servers refuse a request with a good status: in the first event, or in a later one where a gateway says that it
        has begun before it asks the server behind it.
        """
        try:
            encoded = RequestBody(body, self._files)
            with anyio.fail_after(deadline_s - anyio.current_time()):
                response = await self._api.post(form.path, encoded.content(), encoded.size)
        except REQUEST_ERRORS as error:
            return _Refused(error)
        del encoded  # it is sent, and the first piece may take a minute
        listener = Listener(
            response.aiter_bytes(),
            form.decoder(asked),
            deadline_s=deadline_s,
            thinking_s=self._thinking_s.value,
            next_read_s=partial(self._read_intervals.next_read_s, number=number),
            breaks=REQUEST_ERRORS,
        )
        try:
            await listener.begin()
        except BaseException:
            await response.aclose()
            raise
        if listener.end is None or listener.end.fault is None:
            return _Begun(response, listener, asked.output_tokens_max)
        await response.aclose()
        return _Refused(listener.end, has_begun=listener.has_begun)

    def _learn(self, model: Model, known: Dialect, found: Dialect, api: Api | None) -> None:
        """Remember how the server was asked, now that it has taken the request; `api` is the form that it has, where that is news."""
        if api is not None:
            self._dialects.learn_api(model, api)
            log.info("model.learnt", model=model.name, api=api)
        if found != known:
            self._dialects.remember(model, found)
            log.info(
                "model.learnt",
                model=model.name,
                left_out=sorted(found.left_out),
                temperatures=tuple(found.temperatures),
            )


class _Begun(NamedTuple):
    """An answer that has begun, and how many tokens it may have."""

    response: httpx2.Response
    listener: Listener
    output_tokens_max: int
    is_blind: bool = False
    """Whether the pictures were left out, because the model's server takes none."""


class _Refused(NamedTuple):
    """A request without an answer: what was raised, or the error that the server sent in place of an answer with a good status."""

    cause: Exception | StreamFinished
    is_blind: bool = False
    has_begun: bool = False
    """Whether events came before the error, so that a model may have been asked."""

    @property
    def fault(self) -> Fault | None:
        """What the server said; None where it did not come to say something."""
        return self.cause.fault if isinstance(self.cause, StreamFinished) else fault_of_refusal(self.cause)

    def end(self) -> StreamFinished:
        """Return what it means for the answer, and log it."""
        if not isinstance(self.cause, StreamFinished):
            return end_of(self.cause)
        log.warning("model.refused", status=200, reason=self.cause.reason)
        return self.cause
