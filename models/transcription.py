"""The kind `transcription`: writes down what is said in the recordings of a question."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

import anyio
import anyio.to_thread
import structlog
from msgspec.structs import replace

from current import Current
from files.folder import Folder
from messages.enclosure import Enclosure, LeftOut, Problem
from messages.files import File
from messages.rates import added
from messages.turn import TurnTaken
from messages.usage import Usage
from models.answer_account import ANSWER_CHARS_MAX, usage_of
from models.api_client import REQUEST_ERRORS, ApiClient, end_of, fault_of_refusal
from models.events import ComesWhole, StreamEvent, StreamFinished, TextDropped
from models.listener import FIRST_TEXT_S, USUAL_THINKING, Listener
from models.model import Model
from models.opened_body import OpenedBody
from models.recordings import ENDINGS, problem_in, seconds_of
from models.transcripts import TranscriptDecoder
from texts.characters import is_blank

log = structlog.get_logger()

PATH: Final = "/audio/transcriptions"

WHOLE: Final = "transcript.txt"
"""What the file is called that has the whole of a transcript that is too long to be shown."""

BETWEEN: Final = "\n\n"
"""What stands between the transcripts of two recordings."""


class Transcription:
    """Has transcription models hear recordings, for the life of the process."""

    def __init__(self, api: ApiClient, *, files: Folder, thinking_s: Current[float] = USUAL_THINKING) -> None:
        """Be ready to ask; nothing is sent yet.

        `files` is where the recordings lie. A model may listen for `thinking_s` seconds before it says something.
        """
        self._api = api
        self._files = files
        self._thinking_s = thinking_s
        self._whole: set[str] = set()
        """The models whose servers do not stream."""

    async def stream(self, turn: TurnTaken, model: Model) -> AsyncGenerator[StreamEvent, None]:
        """Yield what is said in the recordings of the question, one after the other, as `models.kind.Kind.stream` promises.

        What is too long to be shown comes as a file, too.
        """
        recordings = [one for one in turn.question.enclosures if may_be_heard(one)]
        number = turn.turn
        del turn
        if not recordings:
            yield StreamFinished(reason="no_recording", usage=None)
            return
        told = _Told()
        used: Usage | None = None
        left_out: tuple[LeftOut, ...] = ()
        end = StreamFinished(reason="stream_broke", usage=None)
        for recording in recordings:
            told.begin()
            is_last = recording is recordings[-1]
            async with aclosing(self._hear(recording, model, number, is_last=is_last)) as events:
                async for event in events:
                    if isinstance(event, StreamFinished):
                        end = event
                    elif isinstance(event, TextDropped):
                        yield event
                        if before := told.drop():
                            yield before
                    elif isinstance(event, ComesWhole):
                        yield event
                    elif isinstance(event, str) and (text := told.add(event)):
                        yield text
            used = added(used, end.usage)
            left_out += end.left_out
            if end.reason not in ("complete", "only_files"):
                break
        yield replace(told.completed(end), usage=used, left_out=left_out)

    async def _hear(
        self, recording: Enclosure, model: Model, number: int, *, is_last: bool
    ) -> AsyncGenerator[StreamEvent, None]:
        """Send one recording; yield its transcript in pieces, then how it ended."""
        waiting_s = max(FIRST_TEXT_S, min(self._thinking_s.value, FIRST_TEXT_S + seconds_of(recording)))
        deadline_s = anyio.current_time() + waiting_s
        try:
            with anyio.fail_at(deadline_s):
                response = await self._ask(recording, model)
        except FileNotFoundError:
            yield not_heard(recording, "gone")
            return
        except REQUEST_ERRORS as error:
            yield _refused(error, recording)
            return
        decoder = TranscriptDecoder()
        listener = Listener(response.aiter_bytes(), decoder, deadline_s=deadline_s, breaks=REQUEST_ERRORS)
        written, has_text = 0, False
        async with aclosing(response):
            while (piece := await listener.next_piece()) is not None:
                if isinstance(piece, str):
                    if is_last and listener.comes_whole:
                        yield ComesWhole()
                    written += len(piece.encode("utf-8", "replace"))
                    has_text = has_text or not is_blank(piece)
                yield piece
        end = listener.end or StreamFinished(reason="stream_broke", usage=None)
        if end.reason != "complete":
            log.warning("model.transcript_broke", turn=number, reason=end.reason)
        used = usage_of(_counted(end.usage, recording), reason=end.reason, asked=0, written=written, model=model)
        if end.reason == "complete" and not has_text:
            yield replace(not_heard(recording, "silent"), usage=used)
        else:
            yield replace(end, usage=used)

    async def _ask(self, recording: Enclosure, model: Model) -> OpenedBody:
        """Send a recording, and once more without what the server does not take.

        :raises FileNotFoundError: it is not in the folder any more
        :raises Exception: one of `REQUEST_ERRORS`
        """
        streams = "stream" not in model.left_out and model.name not in self._whole
        path = self._files.path(recording.stored)
        name = f"recording{ENDINGS[recording.media_type]}"
        while True:
            fields = {"model": model.name, "response_format": "json", **({"stream": "true"} if streams else {})}
            with await anyio.to_thread.run_sync(path.open, "rb") as file:
                try:
                    response = await self._api.ask_form(PATH, fields, [("file", (name, file, recording.media_type))])
                except REQUEST_ERRORS as error:
                    fault = fault_of_refusal(error)
                    if (
                        not streams
                        or fault is None
                        or fault.status not in (400, None)
                        or not _NO_STREAM.search(fault.words)
                    ):
                        raise
                    streams = False
                    self._whole.add(model.name)
                    log.info("model.learnt", model=model.name, left_out=["stream"])
                else:
                    return response


def _counted(told: Usage | None, recording: Enclosure) -> Usage:
    """Return what the server counted, with the length of the recording: some sell minutes and count tokens."""
    if told is not None and told.audio_ms:
        return told
    is_known = recording.seconds > 0
    counted = told or Usage(estimated=True)
    return replace(counted, audio_ms=round(seconds_of(recording) * 1000), estimated=counted.estimated or not is_known)


class _Told:
    """The transcripts of one question, as far as they came, and how much of them is shown."""

    def __init__(self) -> None:
        self._before: list[str] = []
        self._pieces: list[str] = []
        self._chars = 0

    def begin(self) -> None:
        """Another recording is heard."""
        self._before, self._pieces = [*self._before, *self._pieces], []

    def add(self, text: str) -> str:
        """Return as much of a piece as is shown."""
        if self._before and not self._pieces:
            text = BETWEEN + text
        self._pieces.append(text)
        shown = text[: max(0, ANSWER_CHARS_MAX - self._chars)]
        self._chars += len(shown)
        return shown

    def drop(self) -> str:
        """Forget what came of the present recording; return what is shown of those before it."""
        self._pieces = []
        shown = "".join(self._before)[:ANSWER_CHARS_MAX]
        self._chars = len(shown)
        return shown

    def completed(self, end: StreamFinished) -> StreamFinished:
        """Return the end of the answer, with a file where not all of it is shown.

        `end` is that of the last recording, which may have nothing to say although another has.
        """
        whole = "".join((*self._before, *self._pieces))
        if end.reason == "only_files" and whole:
            end = replace(end, reason="complete")
        if end.reason != "complete" or self._chars == len(whole):
            return end
        return replace(end, reason="whole_in_file", files=(File(name=WHOLE, content=whole.encode("utf-8", "replace")),))


def may_be_heard(enclosed: Enclosure) -> bool:
    """Return whether something that a question encloses is a recording that lies in the folder, and nothing speaks against it."""
    return enclosed.is_recording and bool(enclosed.stored) and not enclosed.problem and enclosed.media_type in ENDINGS


def not_heard(recording: Enclosure, problem: Problem) -> StreamFinished:
    """Return how an answer ends that has nothing to say of a recording."""
    return StreamFinished(reason="only_files", usage=None, left_out=(LeftOut(name=recording.name, problem=problem),))


_NO_STREAM: Final = re.compile(r"\bstream", re.IGNORECASE)
"""How a server says that it does not stream transcripts: it names the field."""


def _refused(error: Exception, recording: Enclosure) -> StreamFinished:
    """Return how an answer ends whose request was refused or failed.

    OpenAI refuses a body over 25 MiB with the type `server_error`, which must not be asked again.
    """
    end = end_of(error)
    fault = fault_of_refusal(error)
    if fault is None:
        return end
    problem = problem_in(fault)
    if problem:
        return not_heard(recording, problem)
    # llama.cpp has the path, and says with this status that its model does not support audio.
    return replace(end, reason="wrong_address") if fault.status == 501 else end  # noqa: PLR2004 HTTP: Not Implemented
