"""Which recordings nobody listens to."""

import base64

import pytest
from msgspec.structs import replace

from messages.enclosure import Enclosure, Problem
from models.recordings import BYTES_MAX, is_silent, problem_of_recording, seconds_of

VOICE = Enclosure(
    kind="voice", name="voice-message.ogg", media_type="audio/ogg", size=5_000, seconds=3.0, stored="a.ogg"
)


@pytest.mark.parametrize(
    ("recording", "problem"),
    [
        (VOICE, ""),
        (replace(VOICE, seconds=1_800.0), ""),
        (replace(VOICE, seconds=1_800.1), "recording_too_long"),
        (replace(VOICE, seconds=0.0, size=BYTES_MAX), ""),
        (replace(VOICE, size=BYTES_MAX + 1), "recording_too_large"),
        (replace(VOICE, waveform=base64.b64encode(bytes(50)).decode()), "silent"),
        (replace(VOICE, media_type="text/plain"), "unknown_type"),
        (replace(VOICE, media_type="audio/midi"), "unknown_type"),
        # Before it is fetched, Discord's word for its type counts for nothing.
        (replace(VOICE, media_type="audio/midi", stored=""), ""),
    ],
)
def test_a_recording_is_not_listened_to_for_a_reason(recording: Enclosure, problem: Problem) -> None:
    """Its length, its size, its silence, its type; each bound is the last that is taken."""
    assert problem_of_recording(recording, 1_800.0) == problem


@pytest.mark.parametrize(
    ("values", "silent"),
    [(bytes(10), True), (bytes([0, 2, 1]), True), (bytes([0, 3, 0]), False), (bytes([255]), False), (b"", False)],
)
def test_what_discord_draws_tells_silence(values: bytes, *, silent: bool) -> None:
    """A waveform that is nearly flat at the bottom is silence; none at all tells nothing."""
    assert is_silent(base64.b64encode(values).decode()) is silent


@pytest.mark.parametrize("waveform", ["", "****", "é", "AAA"])
def test_a_waveform_that_is_none_tells_nothing(waveform: str) -> None:
    """Anybody may write one."""
    assert not is_silent(waveform)


def test_a_recording_that_does_not_say_how_long_it_is_may_be_as_long_as_its_size_allows() -> None:
    """At the lowest rate that people record with."""
    assert seconds_of(VOICE) == 3.0
    assert seconds_of(replace(VOICE, seconds=0.0, size=20_000)) == 10.0
