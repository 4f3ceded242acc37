"""Which models hear and speak for all sessions."""

from pathlib import Path

import pytest

from models.voice import RECORDING_S_MAX
from settings.errors import ConfigurationError
from settings.settings import Settings, read
from tests.settings.test_settings import TOKEN

MODELS = """
[[models]]
name = "chats"
[[models]]
name = "whisper-1"
kind = "transcription"
[[models]]
name = "gpt-transcribe"
kind = "transcription"
[[models]]
name = "tts-1"
kind = "speech"
voice = "coral"
"""


def settings_of(tmp_path: Path, written: str) -> Settings:
    config = tmp_path / "causerie.toml"
    config.write_text(written)
    return read({"DISCORD_TOKEN": TOKEN, "OPENAI_API_KEY": "sk-x", "CAUSERIE_CONFIG": str(config)})


def test_the_first_model_of_a_kind_hears_and_speaks(tmp_path: Path) -> None:
    """In the order of the list."""
    voice = settings_of(tmp_path, MODELS).voice
    assert voice.hears is not None
    assert voice.speaks is not None
    assert (voice.hears.name, voice.speaks.name, voice.speaks.voice) == ("whisper-1", "tts-1", "coral")
    assert voice.recording_s_max == RECORDING_S_MAX


def test_the_operator_names_another_and_how_long_a_recording_may_be(tmp_path: Path) -> None:
    """In the table of its own."""
    written = f'{MODELS}\n[voice]\ntranscription = "gpt-transcribe"\nrecording_s_max = 60\n'
    voice = settings_of(tmp_path, written).voice
    assert voice.hears is not None
    assert (voice.hears.name, voice.recording_s_max) == ("gpt-transcribe", 60)


def test_openais_own_models_hear_and_speak(tmp_path: Path) -> None:
    """Without a list."""
    voice = settings_of(tmp_path, "").voice
    assert voice.hears is not None
    assert voice.speaks is not None
    assert (voice.hears.name, voice.speaks.name) == ("gpt-transcribe", "tts-1")


def test_where_no_model_hears_or_speaks_none_does(tmp_path: Path) -> None:
    """Voice messages then get a sentence, and nothing is offered."""
    voice = settings_of(tmp_path, '[[models]]\nname = "chats"\n').voice
    assert (voice.hears, voice.speaks) == (None, None)


@pytest.mark.parametrize("written", ['transcription = "chats"', 'speech = "whisper-1"', 'speech = "nobody"'])
def test_a_name_that_is_no_model_of_the_kind_is_refused(tmp_path: Path, written: str) -> None:
    """In one line that says which key it is."""
    with pytest.raises(
        ConfigurationError, match=rf"voice: {written.split(maxsplit=1)[0]} names .* no model of that kind"
    ):
        settings_of(tmp_path, f"{MODELS}\n[voice]\n{written}\n")


@pytest.mark.parametrize("written", ["recording_s_max = 0", "recording_s_max = 100_000", 'recording_s_max = "long"'])
def test_a_length_that_makes_no_sense_is_refused(tmp_path: Path, written: str) -> None:
    """From a second to a day."""
    with pytest.raises(ConfigurationError, match="recording_s_max"):
        settings_of(tmp_path, f"{MODELS}\n[voice]\n{written}\n")
