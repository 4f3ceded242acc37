"""Answers of POST /v1/moderations (OpenAI: API reference, Create moderation)."""

from typing import Any, Final

from tests.rig.model.record import ModelRequest
from tests.rig.model.wire import Ending

MODERATIONS: Final = "/v1/moderations"

FLAGGED_BY: Final = {"slay": "violence", "loathe": "hate"}
"""The words that are flagged, with their categories."""

FLAGGED_PICTURES: Final = {"iVBORw0KGgo": "sexual"}
"""How the base64 of pictures begins that are flagged, with their categories: PNG is, JPEG is not."""

CATEGORIES: Final = (
    *("harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent"),
    *("self-harm", "self-harm/intent", "self-harm/instructions", "sexual", "sexual/minors", "violence"),
    "violence/graphic",
)


class ModerationWire:
    """One judgement."""

    usage: tuple[int, int] | None = None

    def __init__(self, request: ModelRequest, *, created_s: int, refusal: bool) -> None:  # noqa: ARG002 as every wire
        """Judge a request."""
        said = request.body.get("input", [])
        self._inputs = said if isinstance(said, list) else [said]

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
        """Return the judgement of each input."""
        results = [_result(str(said)) for said in self._inputs]
        return {"id": "modr-1", "model": "omni-moderation-latest", "results": results}


def _result(said: str) -> dict[str, Any]:
    flagged = {category for word, category in (FLAGGED_BY | FLAGGED_PICTURES).items() if word in said}
    return {
        "flagged": bool(flagged),
        "categories": {category: category in flagged for category in CATEGORIES},
        "category_scores": {category: 0.97 if category in flagged else 0.01 for category in CATEGORIES},
        "category_applied_input_types": {category: ["text"] for category in CATEGORIES},
    }
