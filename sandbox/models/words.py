"""The sandbox's vectors and judgements: made by counting words, which is enough to try out what is done with them."""

import base64
import hashlib
import math
import re
import struct
from typing import Any, Final

from aiohttp import web

from sandbox.models.answers import BadRequestError, Json, read_json

EMBEDDER: Final = "sandbox-embedder"
JUDGE: Final = "sandbox-judge"

DIMENSIONS: Final = 256
INPUTS_MAX: Final = 2048
"""OpenAI: API reference, Create embeddings, input."""

FLAGGED: Final = {"forbidden": "illicit", "verboten": "illicit", "hateful": "hate", "violent": "violence"}
"""The words that the judge flags, with their categories: it knows no others."""

CATEGORIES: Final = (
    *("harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent"),
    *("self-harm", "self-harm/intent", "self-harm/instructions", "sexual", "sexual/minors", "violence"),
    "violence/graphic",
)
"""OpenAI: API reference, Create moderation."""


async def embed(http: web.Request) -> web.StreamResponse:
    """Answer POST /v1/embeddings: texts that have words in common are near each other."""
    body = await read_json(http, "input", "model")
    texts = _texts(body["input"])
    if len(texts) > INPUTS_MAX or not all(text.strip() for text in texts):
        raise BadRequestError(f"'input' must be a text that is not empty, or up to {INPUTS_MAX} of them.")
    vectors = [vector(text) for text in texts]
    if body.get("encoding_format") == "base64":
        said: list[Any] = [base64.b64encode(struct.pack(f"<{DIMENSIONS}f", *one)).decode() for one in vectors]
    else:
        said = vectors
    used = sum(len(text.split()) for text in texts)
    data = [{"object": "embedding", "index": number, "embedding": one} for number, one in enumerate(said)]
    usage = {"prompt_tokens": used, "total_tokens": used}
    return web.json_response({"object": "list", "data": data, "model": body["model"], "usage": usage})


async def judge(http: web.Request) -> web.StreamResponse:
    """Answer POST /v1/moderations."""
    body = await read_json(http, "input")
    results = [_result(text) for text in _texts(body["input"])]
    return web.json_response({"id": "modr-sandbox", "model": body.get("model", JUDGE), "results": results})


def vector(text: str) -> list[float]:
    """Return a vector of length 1 in which each word of a text has a place."""
    counted = [0.0] * DIMENSIONS
    for word in re.findall(r"[^\W_]+", text.lower()) or [text]:
        number = int.from_bytes(hashlib.sha256(word.encode("utf-8", "replace")).digest()[:8], "big")
        counted[number % DIMENSIONS] += 1.0
    length = math.sqrt(sum(value * value for value in counted))
    return [value / length for value in counted]


def _result(text: str) -> Json:
    flagged = {category for word, category in FLAGGED.items() if word in text.lower()}
    return {
        "flagged": bool(flagged),
        "categories": {category: category in flagged for category in CATEGORIES},
        "category_scores": {category: 0.97 if category in flagged else 0.01 for category in CATEGORIES},
        "category_applied_input_types": {category: ["text"] for category in CATEGORIES},
    }


def _texts(said: object) -> list[str]:
    """Return the texts of an input; of a picture, an empty one."""
    if isinstance(said, str):
        return [said]
    if not isinstance(said, list):
        raise BadRequestError("'input' must be a text or a list.")
    return [one if isinstance(one, str) else str(one.get("text", "")) if isinstance(one, dict) else "" for one in said]
