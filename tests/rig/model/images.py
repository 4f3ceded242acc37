"""Answers of POST /v1/images/generations and /v1/images/edits (OpenAI: API reference, Images, Streaming events).

Each delta of a script is one unfinished picture, at most as many as were asked for. The picture itself has the prompt behind its end, where
no reader of pictures looks, so that a test tells one picture from another.
"""

import base64
from pathlib import Path
from typing import Any, Final

from tests.rig.model.record import ModelRequest
from tests.rig.model.wire import CHARS_A_TOKEN, Ending, frame

GENERATIONS: Final = "/v1/images/generations"
EDITS: Final = "/v1/images/edits"

PICTURES: Final = Path(__file__).parents[2] / "fixtures" / "pictures"

SKETCHES: Final = "one two three"
"""What is played where no script says otherwise: some sketches, then the picture."""

DRAWN_TOKENS: Final = 1_056
SEEN_TOKENS: Final = 323
"""What one picture counts as, drawn and seen."""

SIZE: Final = "1024x1024"
CREATED_S: Final = 1_700_000_000


def picture(prompt: str) -> bytes:
    """Return what is drawn of a prompt."""
    return (PICTURES / "drawn.jpeg").read_bytes() + prompt.encode()


def sketch(number: int, prompt: str) -> bytes:
    """Return an unfinished picture, counted from 0."""
    return (PICTURES / "sketch.jpeg").read_bytes() + f"{number} {prompt}".encode()


class ImageWire:
    """One picture."""

    def __init__(self, request: ModelRequest, *, created_s: int, refusal: bool) -> None:  # noqa: ARG002 as every wire
        """Begin a picture."""
        self.usage: tuple[int, int] | None = None
        self._event = "image_edit" if request.path == EDITS else "image_generation"
        self._prompt = str(request.body.get("prompt", ""))
        self._sketches_max = int(request.body.get("partial_images") or 0)
        self._sketches = 0
        self._seen = len(request.files)
        self._looks = {
            "size": _or(request.body.get("size"), SIZE),
            "quality": _or(request.body.get("quality"), "high"),
            "background": "opaque",
            "output_format": request.body.get("output_format", "png"),
        }

    def opening(self) -> list[bytes]:
        """Return nothing: the first event has a picture."""
        return []

    def delta(self, piece: str) -> list[bytes]:  # noqa: ARG002 as every wire
        """Return an unfinished picture, if one more was asked for."""
        if self._sketches >= self._sketches_max:
            return []
        number, self._sketches = self._sketches, self._sketches + 1
        event = {
            "type": f"{self._event}.partial_image",
            "b64_json": _encoded(sketch(number, self._prompt)),
            "partial_image_index": number,
            "created_at": CREATED_S,
            **self._looks,
        }
        return [frame(event, event=event["type"])]

    def closing(self, ending: Ending) -> list[bytes]:
        """Return the event with the picture, or an error."""
        if ending.error_event or ending.failed:
            return [frame({"error": {"message": "The server had an error.", "type": "server_error"}}, event="error")]
        kind = f"{self._event}.completed"
        event = {
            "type": kind,
            "b64_json": _encoded(picture(self._prompt)),
            "created_at": CREATED_S,
            **self._looks,
            "usage": self._used(),
        }
        return [frame(event, event=kind)]

    def whole(self, ending: Ending) -> dict[str, Any]:  # noqa: ARG002 as every wire
        """Return the picture as one body."""
        return {
            "created": CREATED_S,
            "data": [{"b64_json": _encoded(picture(self._prompt))}],
            **self._looks,
            "usage": self._used(),
        }

    def _used(self) -> dict[str, Any]:
        text, seen = -(-len(self._prompt) // CHARS_A_TOKEN), self._seen * SEEN_TOKENS
        self.usage = text + seen, DRAWN_TOKENS
        return {
            "input_tokens": text + seen,
            "input_tokens_details": {"text_tokens": text, "image_tokens": seen},
            "output_tokens": DRAWN_TOKENS,
            "total_tokens": text + seen + DRAWN_TOKENS,
        }

    def unknown(self) -> bytes:
        """Return an event that no document names."""
        return frame({"type": "image_generation.primed"})


def _or(value: object, otherwise: str) -> str:
    return value if isinstance(value, str) and value != "auto" else otherwise


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
