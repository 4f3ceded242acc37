"""A request of the bot: how it is read, the record that tests see, its route and its answer."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from aiohttp import BodyPartReader, web

from sandbox.discord.refusals import refused
from sandbox.discord.things import Json
from sandbox.discord.world import World


@dataclass(slots=True)
class Request:
    """The record of a request, for tests."""

    number: int
    method: str
    path: str
    """Without `/api/v10`."""
    route: str
    """`PATCH /channels/{channel}/messages/{message}`; for an unknown one method and path."""
    query: dict[str, str]
    at_s: float
    """Monotonic seconds of its arrival."""
    body: Any = None
    """The JSON, also out of a form's `payload_json`; None without one."""
    uploads: "list[Upload]" = field(default_factory=list)
    audience: frozenset[int] = frozenset()
    """Ids of the people who could see its effect."""
    status: int | None = None
    """None while nothing was answered."""
    refused: int | None = None
    """The code with which Discord's rules refused it; None for a fault that a test wanted."""
    ended: str = "open"
    """`answered`, `dropped`, `truncated`, `killed` or still `open`."""
    done_at_s: float | None = None

    @property
    def files(self) -> list[str]:
        """The names of the files that it carried."""
        return [upload.name for upload in self.uploads]

    @property
    def text(self) -> str:
        """Everything in it that could be read: path, query, every key and value of its body, its files."""
        parts = [unquote(self.path), *_texts(self.query), *_texts(self.body)]
        parts += [text for upload in self.uploads for text in (upload.name, upload.data.decode(errors="replace"))]
        return "\n".join(parts)


@dataclass(slots=True, frozen=True)
class Upload:
    """A file out of a form."""

    key: str
    name: str
    kind: str
    data: bytes


@dataclass(slots=True, frozen=True)
class Call:
    """A request as a route's handler gets it."""

    params: dict[str, str]
    query: dict[str, str]
    body: Any
    files: list[Upload]

    def number(self, name: str, code: int) -> int:
        """Return an id of the path; one that is no number is refused as not found.

        :raises RefusedError: with `code`.
        """
        text = self.params[name]
        if not text.isdecimal():
            raise refused(code)
        return int(text)


@dataclass(slots=True, frozen=True)
class Answer:
    """A status and, but for 204, a JSON body."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def bytes(self) -> bytes:
        """Return the body as it is sent. Text is sent as it is, so that a fault can answer with HTML."""
        if self.body is None:
            return b""
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()

    def response(self) -> web.Response:
        """Return aiohttp's response."""
        kind = "text/html" if isinstance(self.body, str) else "application/json"
        headers = {"Content-Type": kind, **self.headers} if self.body is not None else self.headers
        return web.Response(status=self.status, body=self.bytes() or None, headers=headers)


Handler = Callable[[World, Call], Answer]


@dataclass(slots=True, frozen=True)
class Route:
    """One operation of Discord's API."""

    method: str
    template: str
    handler: Handler
    bucket: str | None = None
    """Name of its bucket where it shares one; None: its own name."""
    open: bool = False
    """Needs no bot token, because the path contains the interaction's token."""
    unlimited: bool = False
    """Is not counted against any limit."""

    @property
    def name(self) -> str:
        """`GET /channels/{channel}`."""
        return f"{self.method} {self.template}"

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The parameters of a raw path, or None when it is another operation."""
        if method != self.method:
            return None
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.template))
        found = re.fullmatch(pattern, path)
        return None if found is None else {key: unquote(value) for key, value in found.groupdict().items()}


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            yield key
            yield from _texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from _texts(value)
    elif part is not None:
        yield str(part)


async def read_body(request: web.Request) -> tuple[Any, list[Upload]]:
    """The JSON of a request and its files. "API Reference", section "Uploading Files".

    :raises RefusedError: 50109 when it is not JSON.
    """
    if not request.can_read_body:
        return None, []
    if request.content_type != "multipart/form-data":
        return _json(await request.read()), []
    body: Any = None
    files: list[Upload] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        data = bytes(await part.read(decode=True))
        if part.name == "payload_json":
            body = _json(data)
        else:
            kind = part.headers.get("Content-Type", "application/octet-stream")
            files.append(Upload(part.name or "", part.filename or "file", kind, data))
    return body, files


def _json(data: bytes) -> Json | list[Any] | None:
    if not data:
        return None
    try:
        found: Json | list[Any] | None = json.loads(data)
    except ValueError:
        raise refused(50109) from None
    return found
