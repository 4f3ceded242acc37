"""The kind `image`: has a model draw a picture, or change pictures, by OpenAI's images API."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import ExitStack, aclosing
from http import HTTPStatus
from typing import Any, Final

import anyio
import anyio.to_thread
import msgspec
import structlog
from msgspec.structs import replace

from files.folder import Folder
from files.recognition import recognise
from messages.choices import Choices
from messages.files import File
from messages.rates import added
from messages.turn import BREAKS, TurnTaken
from models.api_client import REQUEST_ERRORS, ApiClient, end_of, fault_of_refusal
from models.dialect import Dialects, refused_fields
from models.drawing import CHOSEN, OPTIONAL, Drawing, as_text, drawing_of, fields_of, value_of
from models.errors import is_path_missing
from models.events import PicturesShown, StreamEvent, StreamFinished
from models.listener import Listener
from models.model import Model
from models.opened_body import OpenedBody
from models.picture_account import ended
from models.picture_events import PictureDecoder
from models.picture_sieve import PictureError, PictureSieve

log = structlog.get_logger()

DRAWING_S: Final = 600.0
"""A picture may take so long in all. One of high quality takes minutes, in which the server may say nothing."""

PARTIAL_BYTES_MAX: Final = 2 * 1024 * 1024
"""A larger unfinished picture is not shown: it would be in memory, and take long to send."""

REQUESTS_MAX: Final = 6
"""How often one picture is asked for, each time without what the server refused."""

_ENDINGS: Final = {"image/png": ".png", "image/jpeg": ".jpeg", "image/webp": ".webp", "image/gif": ".gif"}


_LINK_FIELDS: Final = frozenset({"response_format"})
"""What a server is asked for the picture itself with, in place of its address."""


class Image:
    """Asks image models, for the life of the process."""

    def __init__(self, api: ApiClient, *, files: Folder) -> None:
        """Be ready to ask; nothing is sent yet. `files` is where pictures lie, and where those go that are drawn."""
        self._api = api
        self._files = files
        self._dialects = Dialects()
        self._linking: set[str] = set()
        """The models whose server gives only the address of a picture unless it is asked for the picture itself."""

    async def stream(self, turn: TurnTaken, model: Model) -> AsyncGenerator[StreamEvent, None]:
        """Yield unfinished pictures, then how the answer ended, as `models.kind.Kind.stream` promises.

        The files of the end are on disk and belong to whoever takes the end; all others are removed.
        """
        drawing, choices, number = drawing_of(turn), model.asked(turn.choices), turn.turn
        del turn  # a thousand histories are not held while pictures are drawn
        if not isinstance(drawing, Drawing):
            yield StreamFinished(reason=drawing, usage=None)
            return
        yield PicturesShown()
        sieve, given = PictureSieve(self._files), frozenset[str]()
        try:
            async with aclosing(self._drawn(drawing, choices, model, sieve)) as events:
                async for event in events:
                    if isinstance(event, StreamFinished):
                        event = replace(event, left_out=drawing.left_out)  # noqa: PLW2901
                        given = frozenset(file.stored for file in event.files)
                        if event.reason in BREAKS or event.reason == "picture_late":
                            log.warning("model.stream_broke", turn=number, reason=event.reason)
                    yield event
        finally:
            sieve.remove(but=given)

    async def _drawn(
        self, drawing: Drawing, choices: Choices, model: Model, sieve: PictureSieve
    ) -> AsyncGenerator[StreamEvent, None]:
        deadline_s = anyio.current_time() + DRAWING_S
        try:
            with anyio.fail_after(DRAWING_S):
                response = await self._ask(drawing, choices, model)
        except FileNotFoundError:
            yield StreamFinished(reason="picture_gone", usage=None)
            return
        except REQUEST_ERRORS as error:
            yield ended(self._refusal_of(error, drawing, model), drawing, choices, model, has_begun=False)
            return
        decoder = PictureDecoder(sieve.name, drawing.prompt)
        listener = Listener(
            sieve.reads(response.aiter_bytes()),
            decoder,
            deadline_s=deadline_s,
            thinking_s=DRAWING_S,
            breaks=(*REQUEST_ERRORS, PictureError),
        )
        has_drawn = False
        async with aclosing(response):
            while (piece := await listener.next_piece()) is not None:
                if isinstance(piece, PicturesShown):
                    shown = await self._in_memory(piece.files)
                    if shown or not has_drawn:
                        yield PicturesShown(files=shown, is_withheld=not shown)
                    has_drawn = True
        end = listener.end or StreamFinished(reason="stream_broke", usage=None)
        if sieve.has_failed:
            end = replace(end, reason="malformed")
        files = tuple([await self._whole(file) for file in end.files])
        files = tuple(file for file in files if file.size)
        end = replace(end, files=files)
        end = ended(end, drawing, choices, model, has_begun=True, has_drawn=has_drawn, links=decoder.links)
        if files or not decoder.links or model.name in self._linking:
            yield end
            return
        # An address is not followed: nobody chose the host. OpenAI's own models refuse the field that would have prevented it.
        self._linking.add(model.name)
        log.info("model.learnt", model=model.name, links=True)
        async with aclosing(self._drawn(drawing, choices, model, sieve)) as events:
            async for event in events:
                if isinstance(event, StreamFinished):
                    event = replace(event, usage=added(end.usage, event.usage))  # noqa: PLW2901
                yield event

    async def _ask(self, drawing: Drawing, choices: Choices, model: Model) -> OpenedBody:
        """Send the request, and again without what the server does not take.

        :raises FileNotFoundError: a picture that was to be changed is gone
        :raises Exception: one of `REQUEST_ERRORS`
        """
        known = dialect = self._dialects.of(model)
        for _ in range(REQUESTS_MAX):
            fields = fields_of(drawing, choices, model, dialect.left_out)
            if model.name in self._linking:
                fields["response_format"] = "b64_json"
            try:
                response = await self._send(drawing, fields)
            except REQUEST_ERRORS as error:
                refusal, fault = error, fault_of_refusal(error)
                refused = frozenset() if fault is None else refused_fields(fault, OPTIONAL & fields.keys())
                if not refused:
                    raise
                left_out = {value_of(name, fields[name]) if name in CHOSEN else name for name in refused}
                dialect = replace(dialect, left_out=dialect.left_out | left_out)
            else:
                if dialect != known:
                    self._dialects.remember(model, dialect)
                    log.info("model.learnt", model=model.name, left_out=sorted(dialect.left_out))
                return response
        raise refusal

    async def _send(self, drawing: Drawing, fields: Mapping[str, Any]) -> OpenedBody:
        if not drawing.sources:
            return await self._api.ask("/images/generations", msgspec.json.encode(fields))
        with ExitStack() as opened:
            part = "image" if len(drawing.sources) == 1 else "image[]"
            files = [
                (
                    part,
                    (
                        f"{number}{_ENDINGS[one.media_type]}",
                        opened.enter_context(self._files.path(one.stored).open("rb")),
                        one.media_type,
                    ),
                )
                for number, one in enumerate(drawing.sources)
            ]
            return await self._api.ask_form(
                "/images/edits", {name: as_text(value) for name, value in fields.items()}, files
            )

    async def _in_memory(self, files: tuple[File, ...]) -> tuple[File, ...]:
        """Return unfinished pictures with their bytes, as far as they are small enough."""
        found = tuple([await self._whole(file) for file in files])
        return tuple(
            [
                replace(file, content=await anyio.Path(self._files.path(file.stored)).read_bytes(), stored="")
                for file in found
                if 0 < file.size <= PARTIAL_BYTES_MAX
            ]
        )

    async def _whole(self, file: File) -> File:
        """Return a picture with what it is; what is no picture has the size 0."""
        path = self._files.path(file.stored)
        known = await anyio.to_thread.run_sync(recognise, path)
        ending = _ENDINGS.get(known.media_type)
        if ending is None or not known.width:
            return file
        return replace(
            file,
            name=file.name + ending,
            media_type=known.media_type,
            width=known.width,
            height=known.height,
            size=self._files.size(file.stored) or 0,
        )

    def _refusal_of(self, error: Exception, drawing: Drawing, model: Model) -> StreamFinished:
        """Return what it means that no response came."""
        fault, end = fault_of_refusal(error), end_of(error)
        if fault is None:
            return end
        if model.name in self._linking and refused_fields(fault, _LINK_FIELDS):
            return replace(end, reason="only_link")
        if drawing.sources and is_path_missing(fault):
            return replace(end, reason="cannot_edit")
        # The prompt is bounded, so what is too large are pictures.
        is_too_large = bool(drawing.sources) and fault.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return replace(end, reason="picture_refused") if is_too_large else end
