"""How servers answer: one small file for each shape, written after what the server documents, its source, or a report about it.

A file has a head, a line with `---`, and the body as the server sends it. The head says the source, the API, status and type
of the response where they are not those of an event stream, and what is meant: text and reasoning as JSON, the reason of the end,
and the tokens in and out where the server counts them.
"""

import json
from functools import cache
from pathlib import Path

from msgspec import Struct


class Shape(Struct, frozen=True, kw_only=True):
    """One answer as a server sends it, and what it means."""

    name: str
    source: str
    api: str
    status: int
    type: str
    text: str
    thought: str
    reason: str
    usage: tuple[int, int] | None
    body: bytes


@cache
def shapes() -> tuple[Shape, ...]:
    """Return every shape of this folder."""
    return tuple(_read(file) for file in sorted(Path(__file__).parent.glob("*.txt")))


def _read(file: Path) -> Shape:
    head, _, body = file.read_bytes().partition(b"\n---\n")
    said = dict(line.split(": ", 1) for line in head.decode().split("\n"))
    counted = said.get("usage", "").split()
    return Shape(
        name=file.stem,
        source=said["source"],
        api=said["api"],
        status=int(said.get("status", "200")),
        type=said.get("type", "text/event-stream"),
        text=json.loads(said["text"]),
        thought=json.loads(said.get("thought", '""')),
        reason=said["reason"],
        usage=(int(counted[0]), int(counted[1])) if counted else None,
        body=body,
    )
