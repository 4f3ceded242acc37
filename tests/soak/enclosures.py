"""The files that people attach, and whether the model was told of them."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests.rig.discord import DiscordRig
from tests.rig.model import ModelRequest
from tests.rig.model.embeddings import EMBEDDINGS

FIXTURES: Final = Path(__file__).parents[1] / "fixtures"

LOUD: Final = base64.b64encode(bytes([0, 90, 200, 30])).decode()
NOTE: Final = "Comets are ice and dust."
LETTER: Final = "The last ferry leaves at 16:40"


def voice(discord: DiscordRig, text: str) -> dict[str, Any]:
    """A voice message in which this is said: the text stands behind the recording's end."""
    content = (FIXTURES / "audio" / "voice.ogg").read_bytes() + text.encode()
    return discord.attachment("voice-message.ogg", content, "audio/ogg", waveform=LOUD, duration_secs=1.3)


def _note(discord: DiscordRig) -> dict[str, Any]:
    return discord.attachment("notes.txt", NOTE.encode())


def _letter(discord: DiscordRig) -> dict[str, Any]:
    content = (FIXTURES / "documents" / "letter.pdf").read_bytes()
    return discord.attachment("letter.pdf", content, "application/pdf")


def _photo(discord: DiscordRig) -> dict[str, Any]:
    content = (FIXTURES / "pictures" / "photo.png").read_bytes()
    return discord.attachment("photo.png", content, "image/png", width=64, height=48)


def _snap(discord: DiscordRig) -> dict[str, Any]:
    content = (FIXTURES / "pictures" / "photo.jpg").read_bytes()
    return discord.attachment("snap.jpg", content, "image/jpeg", width=64, height=48)


FILES: Final[dict[str, Callable[[DiscordRig], dict[str, Any]]]] = {
    "note": _note,
    "letter": _letter,
    "photo": _photo,
    "snap": _snap,
}
"""What may be attached. The moderation flags the photo, which is a PNG."""

PICTURES: Final = ("photo", "snap")


def untold(request: ModelRequest, enclosed: tuple[str, ...]) -> list[str]:
    """Which of a question's files a request about it does not tell the model."""
    told = {"note": NOTE in request.text, "letter": LETTER in request.text}
    if request.path.endswith("/responses"):
        content = request.body["input"][-1]["content"]
        shown = content if isinstance(content, list) else []
        pictures = sum(part["type"] == "input_image" for part in shown)
        told["note"] = f'notes.txt, text/plain: "{NOTE}"' in request.text
        told["letter"] = told["letter"] and "letter.pdf, application/pdf: " in request.text
    elif request.path == EMBEDDINGS:
        pictures = len(enclosed)  # no vector tells of pictures
    else:
        pictures = len(request.files)
        told["letter"] = True
    told |= dict.fromkeys(PICTURES, pictures >= sum(what in PICTURES for what in enclosed))
    return [what for what in dict.fromkeys(enclosed) if not told[what]]
