"""How long an Ogg file plays and how loud it is, read from files that other software made."""

import base64

import pytest

from models.ogg import sound_of
from tests.rig.model.audio import RECORDINGS


def test_a_recording_says_how_long_it_plays_and_draws_a_waveform() -> None:
    """Opusenc's file of 1.29 seconds: one value for each tenth of a second, the loudest at the top, silence at its end."""
    sound = sound_of((RECORDINGS / "voice.ogg").read_bytes())
    assert sound is not None
    assert sound.seconds == pytest.approx(1.293, abs=0.001)
    values = base64.b64decode(sound.waveform)
    assert len(values) == 13
    assert max(values) == 255
    assert max(values[-2:]) < 10


def test_silence_is_drawn_as_silence() -> None:
    """All packets are alike."""
    sound = sound_of((RECORDINGS / "silence.ogg").read_bytes())
    assert sound is not None
    assert sound.seconds == pytest.approx(2.0, abs=0.01)
    assert set(base64.b64decode(sound.waveform)) == {0}


@pytest.mark.parametrize("name", ["voice.mp3", "voice.m4a", "voice.flac", "voice.webm"])
def test_what_is_no_ogg_has_no_waveform(name: str) -> None:
    """Discord takes nothing else as a voice message."""
    assert sound_of((RECORDINGS / name).read_bytes()) is None


def test_a_file_that_is_cut_anywhere_raises_nothing() -> None:
    """Whatever a server sends: a shorter sound, or none."""
    content = (RECORDINGS / "voice.ogg").read_bytes()
    for end in range(0, len(content), 97):
        sound_of(content[:end])
        sound_of(content[end:])
    assert sound_of(content[: len(content) // 2]) is None
