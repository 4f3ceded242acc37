"""The tables `[[shared_channels]]`: what they say together with the models and the permissions, and how a wrong one is refused."""

from pathlib import Path

import pytest

from messages.ids import ChannelId
from settings.errors import ConfigurationError
from settings.settings import read
from storage.limits import SharedChannel
from tests.settings.test_settings import TOKEN

MODELS = '[[models]]\nname = "small"\n\n[[models]]\nname = "large"\n'


def shared(folder: Path, text: str, models: str = MODELS) -> dict[ChannelId, SharedChannel]:
    file = folder / "causerie.toml"
    file.write_text(models + text)
    settings = read({"DISCORD_TOKEN": TOKEN, "CAUSERIE_CONFIG": str(file), "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"})
    return dict(settings.limits.shared_channels)


def test_ids_are_taken_with_and_without_quotes(tmp_path: Path) -> None:
    """As everywhere in the file; model and system message may be left away."""
    text = '[[shared_channels]]\nid = 7\n[[shared_channels]]\nid = " 8 "\nmodel = "large"\nsystem_message = """\nBe kind.\n"""\n'
    assert shared(tmp_path, text) == {
        ChannelId(7): SharedChannel(),
        ChannelId(8): SharedChannel(model="large", system_msg="Be kind."),
    }


def test_a_model_of_a_server_that_lists_its_own_is_not_known_yet(tmp_path: Path) -> None:
    """So it is taken as it is written."""
    found = shared(tmp_path, '[[shared_channels]]\nid = 7\nmodel = "llama"\n', models="")
    assert found == {ChannelId(7): SharedChannel(model="llama")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[shared_channels]]\n", "has no key 'id'"),
        ('[[shared_channels]]\nid = "general"\n', "has 'general', which is no Discord id"),
        ("[[shared_channels]]\nid = 0\n", "which is no Discord id"),
        ('[[shared_channels]]\nid = 7\n[[shared_channels]]\nid = "7"\n', "number 2 is the second one of the channel 7"),
        ('[[shared_channels]]\nid = 7\nmodel = "larg"\n', "'larg', which is none of: small, large"),
        ("[[shared_channels]]\nid = 7\n[permissions.block]\nchannels = [7]\n", "has nobody answered"),
        ('[[shared_channels]]\nid = 7\nsystem_mesage = "x"\n', "Did you mean"),
        ("[shared_channels]\nid = 7\n", "shared_channels"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_do(tmp_path: Path, text: str, said: str) -> None:
    """In one line, as every setting."""
    with pytest.raises(ConfigurationError) as refused:
        shared(tmp_path, text)
    assert said in str(refused.value)
    assert str(refused.value).endswith(".")
