"""A public report of what a model's server once sent, as a case that runs: the bytes of its answers, and what is heard of them."""

import json
from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct

from messages.turn import Reason
from tests.models.raw_server import LAST, STREAM, chunk

Api = Literal["responses", "chat_completions"]


class Case(Struct, frozen=True, kw_only=True):
    """One report. `told` is what the server sent, in words; `answers` are its answers to the requests, the last one to all further ones."""

    source: str
    """`owner/repository#number`, on GitHub."""
    told: str
    answers: tuple[bytes, ...]
    api: Api = "chat_completions"

    outcome: str
    """What comes of it, in words, for `docs/reports.md`; the fields below are what is asserted."""
    text: str = ""
    thought: str = ""
    reason: Reason = "complete"
    tokens: tuple[int, int] | None = None
    """Tokens in and out, as the server counted them; None: it did not count, so they are estimated or unknown."""
    retry_after_s: float | None = None
    left_out: tuple[str, ...] = ()
    """Fields of the first request that are not in the last one."""
    sent: dict[str, Any] = {}
    """Fields of the last request."""


def told(text: str | None = None, finish: str | None = None, **delta: Any) -> dict[str, Any]:
    """A chunk of Chat Completions; `delta` has further fields of its delta."""
    content = {} if text is None else {"content": text}
    return {"choices": [{"index": 0, "delta": content | delta, "finish_reason": finish}]}


def event(kind: str, **fields: Any) -> dict[str, Any]:
    """An event of the Responses API."""
    return {"type": f"response.{kind}", **fields}


def stream(*parts: dict[str, Any] | str, reads: int | None = None) -> bytes:
    """An event stream: objects become its data, texts stand in it as they are. With `reads` each chunk has so many bytes."""
    lines = [part if isinstance(part, str) else f"data: {json.dumps(part)}\n\n" for part in parts]
    body = "".join(lines).encode()
    size = reads or len(body)
    return STREAM + b"".join(_chunks(body, size)) + LAST


def _chunks(body: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield chunk(body[start : start + size])


def document(status: int, body: dict[str, Any] | str, **headers: str) -> bytes:
    """An answer that is no stream: an object as JSON, a text as it is."""
    data = (body if isinstance(body, str) else json.dumps(body)).encode()
    kind = "text/plain" if isinstance(body, str) else "application/json"
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(data)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + data


DONE = "data: [DONE]\n\n"
