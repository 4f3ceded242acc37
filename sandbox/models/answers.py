"""How the sandbox's models answer: errors and events as OpenAI has them, and how requests are read."""

from typing import Any

import msgspec
from aiohttp import web

Json = dict[str, Any]


class BadRequestError(Exception):
    """A request that OpenAI would refuse; the text says why."""


def error(status: int, message: str, *, code: str | None = None) -> web.Response:
    """Return an error (OpenAI: API reference, Errors)."""
    body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}
    return web.json_response(body, status=status)


async def read_json(http: web.Request, *needed: str) -> Json:
    """Return a request's JSON.

    :raises BadRequestError: it is none, or one of the fields in `needed` is missing
    """
    try:
        body = msgspec.json.decode(await http.read(), type=dict[str, Any])
    except msgspec.DecodeError as wrong:
        raise BadRequestError(f"The body is no JSON object: {wrong}") from wrong
    refuse_without(body, *needed)
    return body


def refuse_without(body: Json, *needed: str) -> None:
    """Raise unless each of these fields is there.

    :raises BadRequestError: one is missing
    """
    for name in needed:
        if not body.get(name):
            raise BadRequestError(f"Missing required parameter: '{name}'.")


async def begin_events(http: web.Request) -> web.StreamResponse:
    """Return a response that takes events."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    response.enable_chunked_encoding()
    await response.prepare(http)
    return response


async def send_event(response: web.StreamResponse, event: Json) -> None:
    """Send one event, under the name that its type says."""
    await response.write(b"event: %s\ndata: %s\n\n" % (event["type"].encode(), msgspec.json.encode(event)))
