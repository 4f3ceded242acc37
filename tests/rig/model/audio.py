"""Answers of POST /v1/audio/transcriptions and /v1/audio/speech (OpenAI: API reference, Audio, Streaming events)."""

from pathlib import Path
from typing import Any, Final

from tests.rig.model.record import ModelRequest
from tests.rig.model.wire import CHARS_A_TOKEN, Ending, frame

TRANSCRIPTIONS: Final = "/v1/audio/transcriptions"
SPEECH: Final = "/v1/audio/speech"

RECORDINGS: Final = Path(__file__).parents[2] / "fixtures" / "audio"

TRANSCRIPT: Final = "What is a comet?"
"""What is heard where no script says otherwise; the fixtures say it."""

SECONDS: Final = 1.3
AUDIO_TOKENS: Final = 13
"""How long the fixtures play, and for how many tokens of audio that counts."""

BY_DURATION: Final = ("whisper-1",)
"""The models whose usage is told in seconds; the others' is told in tokens."""


def speech() -> bytes:
    """Return what is spoken where no script says otherwise: Ogg with Opus."""
    return (RECORDINGS / "voice.ogg").read_bytes()


class TranscriptionWire:
    """One transcript."""

    def __init__(self, request: ModelRequest, *, created_s: int, refusal: bool) -> None:  # noqa: ARG002 as every wire
        """Begin a transcript."""
        self.usage: tuple[int, int] | None = None
        self._model = request.model
        self._text = ""

    def opening(self) -> list[bytes]:
        """Return nothing: the first event has text."""
        return []

    def delta(self, piece: str) -> list[bytes]:
        """Return a piece of the transcript."""
        self._text += piece
        return [frame({"type": "transcript.text.delta", "delta": piece})]

    def closing(self, ending: Ending) -> list[bytes]:
        """Return the event with the whole transcript and the usage, or an error."""
        if ending.error_event or ending.failed:
            return [frame({"error": {"message": "The server had an error.", "type": "server_error"}}, event="error")]
        return [frame({"type": "transcript.text.done", **self.whole(ending)})]

    def whole(self, ending: Ending) -> dict[str, Any]:  # noqa: ARG002 as every wire
        """Return the transcript as one body."""
        if self._model in BY_DURATION:
            return {"text": self._text, "usage": {"type": "duration", "seconds": SECONDS}}
        self.usage = taken, given = AUDIO_TOKENS, -(-len(self._text) // CHARS_A_TOKEN)
        return {
            "text": self._text,
            "usage": {
                "type": "tokens",
                "input_tokens": taken,
                "input_token_details": {"text_tokens": 0, "audio_tokens": taken},
                "output_tokens": given,
                "total_tokens": taken + given,
            },
        }

    def unknown(self) -> bytes:
        """Return an event that no document names."""
        return frame({"type": "transcript.text.hummed", "delta": "la"})
