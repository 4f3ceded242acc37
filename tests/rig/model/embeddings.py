"""Answers of POST /v1/embeddings (OpenAI: API reference, Create embeddings)."""

import base64
import struct
import zlib
from typing import Any, Final

from tests.rig.model.record import ModelRequest
from tests.rig.model.wire import CHARS_A_TOKEN, Ending

EMBEDDINGS: Final = "/v1/embeddings"

NUMBERS: Final = 64
"""How many numbers a text becomes."""


def vector(text: str) -> list[float]:
    """Return what a text becomes: texts with words in common are near each other. Its norm is 1, unless there are no words."""
    numbers = [0.0] * NUMBERS
    for word in text.lower().split():
        numbers[zlib.crc32(word.strip(".,?!").encode()) % NUMBERS] += 1
    norm = sum(number * number for number in numbers) ** 0.5 or 1.0
    return [number / norm for number in numbers]


class EmbeddingWire:
    """One response with vectors."""

    def __init__(self, request: ModelRequest, *, created_s: int, refusal: bool) -> None:  # noqa: ARG002 as every wire
        """Embed what a request has."""
        self.usage: tuple[int, int] | None = None
        said = request.body.get("input", [])
        self._inputs = said if isinstance(said, list) else [said]
        self._model = request.model
        self._is_base64 = request.body.get("encoding_format") == "base64"

    def opening(self) -> list[bytes]:
        """Return nothing: there is no stream."""
        return []

    def delta(self, piece: str) -> list[bytes]:  # noqa: ARG002 as every wire
        """Return nothing: there is no stream."""
        return []

    def closing(self, ending: Ending) -> list[bytes]:  # noqa: ARG002 as every wire
        """Return nothing: there is no stream."""
        return []

    def unknown(self) -> bytes:
        """Return nothing: there is no stream."""
        return b""

    def whole(self, ending: Ending) -> dict[str, Any]:  # noqa: ARG002 as every wire
        """Return the vector of each input."""
        taken = sum(-(-len(str(said)) // CHARS_A_TOKEN) for said in self._inputs)
        self.usage = taken, 0
        data = [
            {"object": "embedding", "index": index, "embedding": self._encoded(vector(str(said)))}
            for index, said in enumerate(self._inputs)
        ]
        usage = {"prompt_tokens": taken, "total_tokens": taken}
        return {"object": "list", "data": data, "model": self._model, "usage": usage}

    def _encoded(self, numbers: list[float]) -> str | list[float]:
        if not self._is_base64:
            return numbers
        return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()
