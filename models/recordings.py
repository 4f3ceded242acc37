"""What can be heard among the files of a question, and what cannot: too long, too large, silent, or of a sort that no model takes. Pure."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Final

from messages.enclosure import Enclosure, Problem
from models.faults import Fault

ENDINGS: Final[Mapping[str, str]] = {
    "audio/ogg": ".ogg",
    "application/ogg": ".ogg",
    "video/ogg": ".ogg",
    "audio/opus": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/mp3": ".mp3",
    "audio/mp4": ".m4a",
    "audio/m4a": ".m4a",
    "audio/x-m4a": ".m4a",
    "audio/flac": ".flac",
    "audio/x-flac": ".flac",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "audio/wave": ".wav",
    "audio/vnd.wave": ".wav",
    "audio/webm": ".webm",
    "video/webm": ".webm",
    "video/mp4": ".mp4",
    "video/mpeg": ".mpeg",
}
"""The media types that OpenAI takes, with the ending by which it tells them apart (API reference, Create transcription, `file`). Of a
video it hears the sound."""

BYTES_MAX: Final = 26_214_400 - 4_096
"""OpenAI takes a body of 25 MiB (its own words with status 413); the form around the file needs some hundred bytes of it."""

BYTES_A_SECOND_MIN: Final = 2_000
"""The lowest rate at which people record (Opus at 16 kbit/s): how long something may be that does not say how long it is."""

SILENT_MAX: Final = 2
"""A waveform has values up to 255, and a quiet room has more than this. OpenAI's models invent thanks where nobody speaks."""


def problem_of_recording(recording: Enclosure, seconds_max: float) -> Problem:
    """Return why nobody listens to a recording, as far as is known without listening; empty where it may be heard."""
    if recording.seconds > seconds_max:
        return "recording_too_long"
    if recording.size > BYTES_MAX:
        return "recording_too_large"
    if is_silent(recording.waveform):
        return "silent"
    if recording.stored and recording.media_type not in ENDINGS:
        return "unknown_type"
    return ""


def is_silent(waveform: str) -> bool:
    """Return whether what Discord draws of a voice message shows that nobody speaks in it.

    The waveform is base64 of one byte for each tenth of a second, at most 256 of them (Discord: Message Object, Attachment). One
    that is missing or no base64 shows nothing.
    """
    try:
        values = base64.b64decode(waveform, validate=True)
    except (binascii.Error, ValueError):
        return False
    return bool(values) and max(values) <= SILENT_MAX


def seconds_of(recording: Enclosure) -> float:
    """Return how long a recording plays; where that is not known, how long one of its size may play."""
    return recording.seconds or recording.size / BYTES_A_SECOND_MIN


_WORDS: Final[tuple[tuple[Problem, re.Pattern[str]], ...]] = (
    (
        "recording_too_large",
        re.compile(r"maximum content size|(?:file|body|payload|entity) (?:is )?too large", re.IGNORECASE),
    ),
    (
        "recording_too_long",
        re.compile(r"audio (?:duration|file|input) .{0,60}(?:longer|exceeds)|too long", re.IGNORECASE),
    ),
    ("silent", re.compile(r"too short", re.IGNORECASE)),
    (
        "damaged",
        re.compile(
            r"decod|corrupt|(?:invalid|unsupported|unrecogni[sz]ed).{0,20} (?:file )?(?:format|codec|type)|"
            r"(?:could not|cannot|can't|failed to) (?:process|read|parse|load|open).{0,20} (?:audio|file)|no audio",
            re.IGNORECASE,
        ),
    ),
)
"""What servers write of a recording that they do not take: OpenAI, Groq, faster-whisper's servers, LocalAI."""


def problem_in(fault: Fault) -> Problem:
    """Return what a server says of a recording that it does not take; empty where its error is about something else."""
    match fault.status:
        case 413:
            return "recording_too_large"
        case 400 | 415 | 422 | None:
            return next((problem for problem, pattern in _WORDS if pattern.search(fault.words)), "")
        case _:
            return ""
