"""The sandbox's ears and voice: both say that they are stand-ins. Nothing is understood, and every answer sounds the same."""

from pathlib import Path
from typing import Final

from aiohttp import web

from sandbox.models.answers import BadRequestError, Json, begin_events, read_json, refuse_without, send_event

LISTENER: Final = "sandbox-listener"
SPEAKER: Final = "sandbox-speaker"

HEARD: Final = "(No model listened to this: the sandbox only knows that the recording has {size} bytes.)"
CLIP: Final = Path(__file__).with_name("speech.ogg")
"""A synthetic voice that says "This is the sandbox. No model speaks here." (espeak-ng, opusenc)"""

INPUT_CHARS_MAX: Final = 4096
"""OpenAI: API reference, Create speech, input."""

BYTES_A_SECOND: Final = 4_000
"""Discord's clients record voice messages at 32 kbit/s."""


async def transcribe(http: web.Request) -> web.StreamResponse:
    """Answer POST /v1/audio/transcriptions."""
    form = await http.post()
    body: Json = {name: value for name, value in form.items() if isinstance(value, str)}
    refuse_without(body, "model")
    recording = form.get("file")
    if not isinstance(recording, web.FileField):
        raise BadRequestError("Missing required parameter: 'file'.")
    size = len(recording.file.read())
    text = HEARD.format(size=f"{size:,}")
    usage = {"type": "duration", "seconds": -(-size // BYTES_A_SECOND)}
    if body.get("stream") != "true":
        return web.json_response({"text": text, "usage": usage})
    response = await begin_events(http)
    for word in text.split(" "):
        await send_event(response, {"type": "transcript.text.delta", "delta": f"{word} "})
    await send_event(response, {"type": "transcript.text.done", "text": text, "usage": usage})
    await response.write_eof()
    return response


async def speak(http: web.Request) -> web.StreamResponse:
    """Answer POST /v1/audio/speech: the same clip, whatever the input is."""
    body = await read_json(http, "input", "model", "voice")
    if len(str(body["input"])) > INPUT_CHARS_MAX:
        raise BadRequestError(f"Invalid 'input': string too long. Expected at most {INPUT_CHARS_MAX} characters.")
    if body.get("response_format", "mp3") != "opus":
        raise BadRequestError("The sandbox speaks in 'opus' only.")
    return web.Response(body=CLIP.read_bytes(), content_type="audio/ogg")
