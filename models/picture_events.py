"""Decodes what an image API answers: the events of its streams, or one document with every picture (OpenAI: API reference, Images).

The pictures themselves were taken out on the way (`models/picture_sieve.py`): here they are the names of files on disk. Pure.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from messages.files import File
from messages.usage import Usage
from models.answer_reader import IN_BETWEEN
from models.errors import reason_of
from models.events import PicturesShown, StreamEvent, StreamFinished
from models.faults import fault_in, wait_s_in
from models.lenient_json import parsed

ENDS: Final = ("image_generation.completed", "image_edit.completed")
PARTIALS: Final = ("image_generation.partial_image", "image_edit.partial_image")

DESCRIPTION_CHARS_MAX: Final = 1_024
"""Discord: Create Message, attachments, description."""

_NO_NAME: Final = re.compile(r"[^A-Za-z0-9]")


class PictureDecoder:
    """Decodes the events of one stream, in order; a document counts like the event that ends a stream.

    The files that it returns are on disk, and have a name without an ending: what they are is not known yet.
    """

    def __init__(self, stored: Callable[[object], str | None], prompt: str) -> None:
        """`stored` returns the name of a picture on disk by what stands in its place. `prompt` describes what is not described otherwise."""
        self._stored = stored
        self._prompt = prompt
        self._has_shown = False
        self.links = 0
        """Of how many pictures the server gave only the address."""

    def decode(self, data: bytes, event: str = "") -> list[StreamEvent]:
        """Return what one event says: nothing, if it is not about pictures or about the end.

        :raises msgspec.MsgspecError: the event is not what a server with this API sends
        :raises RecursionError: it is nested too deeply
        """
        if data == b"[DONE]":
            return []
        if data.startswith(b"<"):
            return [StreamFinished(reason="wrong_address", usage=None)]  # a page for people, not an answer
        found = parsed(data)
        if not isinstance(found, dict):
            raise msgspec.ValidationError(f"an event is a {type(found).__name__}")
        kind, listed = found.get("type") or event, found.get("data")
        if kind in PARTIALS:
            self._has_shown = True
            return [PicturesShown(files=self._files([found], found))]
        if kind in ENDS or (isinstance(listed, list) and not found.get("error")):
            listed = listed if isinstance(listed, list) else [found]
            files = self._files(listed, found)
            self.links = sum(_is_link(one) for one in listed)
            return [StreamFinished(reason="complete", usage=usage_in(found), files=files)]
        fault = fault_in(found, event)
        if fault is None:
            return []
        reason = reason_of(fault, otherwise="error_event")
        if self._has_shown and reason in IN_BETWEEN:
            reason = "error_event"
        return [StreamFinished(reason=reason, usage=usage_in(found), retry_after_s=wait_s_in(fault))]

    def end_of_body(self) -> list[StreamEvent]:
        """Return nothing: only an event ends an answer here, not the end of the body."""
        return []

    def _files(self, listed: list[Any], said: Mapping[str, Any]) -> tuple[File, ...]:
        """Return the pictures that an event has; `said` is what it says of all of them."""
        files: list[File] = []
        for number, one in enumerate(listed, 1):
            if not isinstance(one, dict):
                raise msgspec.ValidationError("a picture is no object")
            stored = self._stored(one.get("b64_json"))
            if stored is not None:
                description = _text(one, "revised_prompt") or self._prompt
                name = f"{_name(said)}-{number}" if len(listed) > 1 else _name(said)
                files.append(File(name=name, stored=stored, description=shortened(description)))
        return tuple(files)


def shortened(description: str) -> str:
    """Return a picture's description as Discord takes it."""
    kept = description.strip()
    return kept if len(kept) <= DESCRIPTION_CHARS_MAX else kept[: DESCRIPTION_CHARS_MAX - 1] + "…"


def _name(said: Mapping[str, Any]) -> str:
    """Return what a picture is called, with its size and quality where the API says them."""
    parts = (_NO_NAME.sub("", _text(said, key))[:20] for key in ("size", "quality"))
    return "-".join(("picture", *(part for part in parts if part and part != "auto")))


def _is_link(picture: Mapping[str, Any]) -> bool:
    return not _text(picture, "b64_json") and bool(_text(picture, "url"))


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) else ""


def usage_in(said: Mapping[str, Any]) -> Usage | None:
    """Return what the API counted; None where it says nothing. Without details, everything that was written is a picture."""
    match said.get("usage"):
        case {"input_tokens": int(taken), "output_tokens": int(given), **details}:
            read, drawn = details.get("input_tokens_details"), details.get("output_tokens_details")
            return Usage(
                input_tokens=taken,
                output_tokens=given,
                cached_tokens=_count(read, "cached_tokens", 0),
                image_input_tokens=_count(read, "image_tokens", 0),
                image_output_tokens=_count(drawn, "image_tokens", given),
            )
        case _:
            return None


def _count(details: object, key: str, otherwise: int) -> int:
    value = details.get(key) if isinstance(details, dict) else None
    return value if isinstance(value, int) else otherwise
