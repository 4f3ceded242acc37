"""Holds requests against what Discord and OpenAI themselves publish about their APIs.

Discord's OpenAPI document comes from the npm package `discord-api-spec`; `make` installs it into the virtual environment
and writes it as JSON Schema (`tests/rig/documents/`). OpenAI's request and event types come from the Python package
`openai`, which is generated from OpenAI's document. In a request a field that the document does not know is an error, too;
an answer may have more fields than the document lists. Discord's document allows a message of 4,000 characters where a bot has 2,000; the small Discord checks that.
"""

import functools
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final, Required, get_args, get_origin, get_type_hints

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from openai.types import ModerationCreateParams
from openai.types.audio import SpeechCreateParams, TranscriptionStreamEvent
from openai.types.audio.transcription_create_params import TranscriptionCreateParams
from openai.types.chat import ChatCompletionChunk
from openai.types.chat.completion_create_params import CompletionCreateParams
from openai.types.completion import Completion
from openai.types.completion_create_params import CompletionCreateParams as LegacyCompletionCreateParams
from openai.types.embedding_create_params import EmbeddingCreateParams
from openai.types.image_edit_params import ImageEditParams
from openai.types.image_edit_stream_event import ImageEditStreamEvent
from openai.types.image_gen_stream_event import ImageGenStreamEvent
from openai.types.image_generate_params import ImageGenerateParams
from openai.types.responses import ResponseStreamEvent
from openai.types.responses.response_create_params import ResponseCreateParams
from pydantic import TypeAdapter
from typing_extensions import TypedDict

Schema = dict[str, Any]

DISCORD: Final = Path(sys.prefix) / "api-documents" / "discord.json"

OPENAI_REQUESTS: Final[dict[str, Any]] = {
    "POST /responses": ResponseCreateParams,
    "POST /chat/completions": CompletionCreateParams,
    "POST /embeddings": EmbeddingCreateParams,
    "POST /completions": LegacyCompletionCreateParams,
    "POST /images/generations": ImageGenerateParams,
    "POST /images/edits": ImageEditParams,
    "POST /audio/transcriptions": TranscriptionCreateParams,
    "POST /audio/speech": SpeechCreateParams,
    "POST /moderations": ModerationCreateParams,
}
OPENAI_EVENTS: Final[dict[str, Any]] = {
    "/responses": ResponseStreamEvent,
    "/chat/completions": ChatCompletionChunk,
    "/completions": Completion,
    "/images/generations": ImageGenStreamEvent,
    "/images/edits": ImageEditStreamEvent,
    "/audio/transcriptions": TranscriptionStreamEvent,
}
FILES: Final = ("file", "image", "mask", "markup")
"""The parts of a form that are files. The document says nothing of what is in them."""

CHECKED: Final[Counter[str]] = Counter()
"""How many `requests` were held against a document in this process, and how many could not be (`skipped`)."""


class DocumentMissingError(Exception):
    """Discord's document is not installed."""


def complaint_of_discord(method: str, path: str, body: Any) -> str | None:
    """Return what Discord's document says against a request's JSON body; None when it fits.

    A request without a body fits every operation that the document has.

    :param path: without the version, for example `/channels/1/messages`.
    :raises DocumentMissingError: when the document is not installed.
    """
    operation = next((name for name, pattern in _patterns() if pattern.fullmatch(f"{method} {path}")), None)
    if operation is None:
        return _skip(f"Discord's document has no {method} {path}")
    schema = _discord()["operations"][operation]
    if isinstance(schema, str):
        return _skip(f"the schema of {operation} was not read: {schema}")
    CHECKED["requests"] += 1
    if body is None:
        return None
    return f"{operation} takes no body" if schema is None else _first_error(_of_discord(json.dumps(schema)), body)


def complaint_of_openai(method: str, path: str, body: Any) -> str | None:
    """Return what OpenAI's types say against a request's JSON body; None when it fits.

    :param path: without the version, for example `/responses`.
    """
    name = f"{method} {path}"
    if name not in OPENAI_REQUESTS:
        return _skip(f"no type of OpenAI's is known for {name}")
    CHECKED["requests"] += 1
    return _first_error(_of_openai_request(name), body)


def complaint_about_answer(schema: str, body: Any) -> str | None:
    """Return what a named schema of Discord's document says against an answer; None when it fits.

    :raises DocumentMissingError: when the document is not installed.
    """
    return _first_error(_of_discord_answer(schema), body)


def complaint_about_event(path: str, event: Any) -> str | None:
    """Return what OpenAI's types say against one event of the stream that answers a path; None when it fits."""
    return _first_error(_of_openai_event(path), event)


def _skip(reason: str) -> str:
    CHECKED["skipped"] += 1
    return reason


def _first_error(validator: Draft202012Validator, body: Any) -> str | None:
    if validator.is_valid(body):  # quicker than listing errors that are not there
        return None
    error = best_match(validator.iter_errors(body))
    return None if error is None else f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"


@functools.cache
def _discord() -> Schema:
    if not DISCORD.exists():
        raise DocumentMissingError(
            "Discord's document, which the tests hold every request against, is not installed. "
            "`make test` installs it; it needs npm, which comes with Node.js."
        )
    found: Schema = json.loads(DISCORD.read_text())
    return found


@functools.cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Return each operation with a pattern of its path; those with the fewest parameters come first, as `@me` must."""
    names = sorted(_discord()["operations"], key=lambda name: name.count("{"))
    return [(name, re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(name)))) for name in names]


@functools.cache
def _of_discord(schema: str) -> Draft202012Validator:
    return Draft202012Validator({**json.loads(schema), "$defs": _discord()["$defs"]})


@functools.cache
def _of_discord_answer(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": _opened(_discord()["$defs"])})


@functools.cache
def _of_openai_request(name: str) -> Draft202012Validator:
    params = OPENAI_REQUESTS[name]
    forms = [form for variant in get_args(params) or (params,) if (form := _without_files(variant)) is not None]
    if not forms:
        return Draft202012Validator(_closed(TypeAdapter(params).json_schema()))
    return Draft202012Validator(_any_of([_closed(TypeAdapter(form).json_schema()) for form in forms]))


def _without_files(params: Any) -> Any:
    """Return the type of a form in which files may be anything, for an open file has no schema; None for what has no file."""
    hints = get_type_hints(params, include_extras=True) if isinstance(params, type) else {}
    if not hints.keys() & {*FILES}:
        return None
    fields = {field: _any_file(hint) if field in FILES else hint for field, hint in hints.items()}
    return TypedDict(params.__name__, fields, total=False)  # type: ignore[operator]  # fields are known only now


def _any_file(hint: Any) -> Any:
    return Required[Any] if get_origin(hint) is Required else Any


def _any_of(schemas: list[Schema]) -> Schema:
    """Return the schema of what fits one of several; their definitions are those of the same package."""
    definitions: Schema = {}
    for schema in schemas:
        definitions.update(schema.pop("$defs", {}))
    return {"anyOf": schemas, "$defs": definitions}


@functools.cache
def _of_openai_event(path: str) -> Draft202012Validator:
    return Draft202012Validator(TypeAdapter(OPENAI_EVENTS[path]).json_schema())


def _closed(node: Any) -> Any:
    """Let objects have no fields but those that are listed: a TypedDict allows no others either."""
    if isinstance(node, list):
        return [_closed(part) for part in node]
    if not isinstance(node, dict):
        return node
    found = {key: _closed(value) for key, value in node.items()}
    lists_fields = isinstance(node.get("properties"), dict) and node.get("type") == "object"
    return {"additionalProperties": False, **found} if lists_fields else found


def _opened(node: Any) -> Any:
    """Let objects have more fields than those that are listed."""
    if isinstance(node, list):
        return [_opened(part) for part in node]
    if not isinstance(node, dict):
        return node
    return {key: _opened(value) for key, value in node.items() if (key, value) != ("additionalProperties", False)}
