"""The files that people attach, and whether the model was told of them."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests.rig.discord import DiscordRig
from tests.rig.model import ModelRequest

FIXTURES: Final = Path(__file__).parents[1] / "fixtures"

LOUD: Final = base64.b64encode(bytes([0, 90, 200, 30])).decode()
NOTE: Final = "Comets are ice and dust."


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


FILES: Final[dict[str, Callable[[DiscordRig], dict[str, Any]]]] = {"note": _note, "letter": _letter, "photo": _photo}
"""What may be attached."""


def untold(request: ModelRequest, enclosed: tuple[str, ...]) -> list[str]:
    """Which of a question's files a request about it does not tell the model."""
    if request.path.endswith("/responses"):
        content = request.body["input"][-1]["content"]
        shown = content if isinstance(content, list) else []
        pictures = sum(part["type"] == "input_image" for part in shown)
        told = {
            "note": f'notes.txt, text/plain: "{NOTE}"' in request.text,
            "letter": "letter.pdf, application/pdf: " in request.text,
        }
    else:
        pictures = sum(file.content.startswith(b"\x89PNG") for file in request.files)
        told = {"note": NOTE in request.text, "letter": True}
    told["photo"] = pictures >= enclosed.count("photo")
    return [what for what in dict.fromkeys(enclosed) if not told[what]]
