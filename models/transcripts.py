"""Decodes what the API for transcriptions sends: events, or a whole body (OpenAI: API reference, Create transcription). Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from messages.usage import Usage
from models.answer_reader import AnswerReader
from models.events import StreamEvent, StreamFinished
from models.shapes import Said, usage_in

_MS_MAX = 1_000_000_000
"""No recording is longer; a server that claims more would spoil every sum."""


class TranscriptDecoder:
    """Decodes the events of one stream, in order. A server that does not stream sends a body, which is like the last event."""

    def __init__(self) -> None:
        self._reader = AnswerReader()

    def decode(self, data: bytes, event: str = "") -> list[StreamEvent]:
        """Return what one event says.

        :raises msgspec.MsgspecError: the event is not what a server with this API sends
        :raises RecursionError: it is nested too deeply
        """
        if data == b"[DONE]":
            return []
        found = self._reader.parsed(data, event)
        if isinstance(found, StreamFinished):
            return [found]
        match found:
            case {"type": "transcript.text.delta", "delta": str(text)}:
                return [*self._reader.hear([Said("text", text)])]
            case {"type": "transcript.text.done", "text": str(text)}:
                return self._ended(found, text)
            case {"type": str(kind)} if kind.startswith("transcript."):
                return []
            case {"text": str(text)} if not found.get("error"):
                return self._ended(found, text)
        error = self._reader.error(found, event)
        return [] if error is None else [*self._reader.flush(), error]

    def _ended(self, found: Mapping[str, Any], whole: str) -> list[StreamEvent]:
        rest = [*self._reader.hear_whole([Said("text", whole)])]
        *flushed, _ = self._reader.ended("complete")
        return [*rest, *flushed, StreamFinished(reason="complete", usage=usage_of_hearing(found))]

    def end_of_body(self) -> list[StreamEvent]:
        """Return what was held back: only an event ends a transcript, not the end of the body."""
        return [*self._reader.flush()]


def usage_of_hearing(found: Mapping[str, Any]) -> Usage | None:
    """Return what a transcript used, as the server counted it, in tokens or in seconds; None where it did not count."""
    match found.get("usage"):
        case {"seconds": int() | float() as seconds} if 0 <= seconds < _MS_MAX / 1000:
            return Usage(audio_ms=round(seconds * 1000))
        case {"input_token_details": {"audio_tokens": int(audio)}}:
            counted = usage_in(found)
            return counted and msgspec.structs.replace(counted, audio_input_tokens=min(audio, counted.input_tokens))
    return usage_in(found)
