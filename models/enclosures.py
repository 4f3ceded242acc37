"""How a model is told what a message encloses: one line in square brackets for each, before the speaker's name. Pure.

Texts of others are quoted as JSON strings. A quotation therefore has no line break and ends where the program ends it,
whatever is written in it.
"""

import json
import re
from typing import Final

from messages.enclosure import Enclosure

_BREAKS: Final = re.compile(r"[\x7f-\x9f\u2028\u2029]")
"""Line breaks and controls that JSON allows in a string as they are."""

_SPEAKING: Final = re.compile(r"[\[\]\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""What would end the brackets, or the line, in which a file's name stands."""


_ATTACHMENTS: Final = {
    "": "attachment",
    "reply": "attachment of the message that is replied to",
    "forward": "attachment of the forwarded message",
    "thread": "attachment of the message that the thread began with",
}


def enclosed_line(enclosed: Enclosure, *, is_shown: bool = False, is_made: bool = False) -> str:
    """Return what a message encloses as one line.

    `is_shown`: it is a picture that stands behind the line. `is_made`: it is a file of an answer.
    """
    return f"[{_said(enclosed, is_shown=is_shown, is_made=is_made)}]"


def _said(enclosed: Enclosure, *, is_shown: bool, is_made: bool) -> str:
    text = None if enclosed.text is None else _quoted(enclosed.text)
    match enclosed.kind:
        case "reply" if enclosed.is_own:
            return f"replies to your message that begins: {text}"
        case "reply" if text is None and enclosed.author:
            return f"replies to a message by {_quoted(enclosed.author)} that cannot be read"
        case "reply" if text is None:
            return "replies to a message that was deleted or cannot be read"
        case "reply":
            return f"replies to this message by {_quoted(enclosed.author)}: {text}"
        case "forward" if text is None:
            return "forwards a message that cannot be read"
        case "forward":
            return f"forwards this message of somebody else: {text}"
        case "thread":
            thread = f"stands in a thread with the name {_quoted(enclosed.name)}"
            began = f"which began with this message by {_quoted(enclosed.author)}: {text}"
            return thread if text is None else f"{thread}, {began}"
        case "poll":
            return f"poll: {text}"
        case "sticker":
            return f"sticker: {_plain(enclosed.name)}"
        case "voice" | "file" if enclosed.is_recording and text is not None:
            return f"says in a recording: {text}"
        case "voice" | "file":
            head = "file of your answer" if is_made else _ATTACHMENTS[enclosed.within]
            parts = [_plain(part) for part in (enclosed.name, enclosed.media_type) if part]
            if text is None:
                parts += [] if is_shown else ["which you are not shown"]
                return f"{head}: {', '.join(parts)}"
            parts += _part(enclosed)
            return f"{head}: {', '.join(parts)}: {text}"


def _part(document: Enclosure) -> list[str]:
    """Return how much of a document is told, where it is not all of it."""
    if not document.is_cut:
        return []
    if document.pages:
        return [f"{document.pages_read} of its {document.pages} pages"]
    return ["only its beginning"]


def _quoted(text: str) -> str:
    return _BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _plain(name: str) -> str:
    return _SPEAKING.sub("", name)
