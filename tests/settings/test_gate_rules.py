"""The table `[moderation]` of the TOML file."""

from pathlib import Path

import pytest

from messages.ids import GuildId
from models.gate_rules import GateRules
from settings.errors import ConfigurationError
from settings.toml_file import ModerationTable, gate_rules_of, read_config


def rules(folder: Path, toml: str) -> GateRules:
    file = folder / "causerie.toml"
    file.write_text(toml)
    return gate_rules_of(read_config(str(file), "'causerie.toml'").moderation)


def test_without_the_table_no_gate_is_on(tmp_path: Path) -> None:
    """Neither in servers nor in direct messages."""
    found = rules(tmp_path, "")
    assert found == gate_rules_of(ModerationTable()) == GateRules()
    assert (found.mode_in(GuildId(1)), found.mode_in(None)) == ("off", "off")


def test_each_server_has_the_mode_of_its_list(tmp_path: Path) -> None:
    """Ids with and without quotes; servers that no list names have the mode of `gate`."""
    found = rules(tmp_path, '[moderation]\ngate = "warn"\noff = [1, "2"]\nblock = [3]\ndirect_messages = "block"')
    assert [found.mode_in(GuildId(server)) for server in (1, 2, 3, 4)] == ["off", "off", "block", "warn"]
    assert found.mode_in(None) == "block"


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('[moderation]\nblock = ["here"]', "moderation.block has 'here', which is no Discord id."),
        ("[moderation]\nwarn = [5]\nblock = [5]", "the server 5 stands in moderation.warn and in moderation.block. Remove one."),
        ('[moderation]\nmodel = " "', "moderation.model is empty. Write the name of a moderation model."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path: Path, toml: str, said: str) -> None:
    """In a sentence with the key and the remedy."""
    with pytest.raises(ConfigurationError, match="CAUSERIE_CONFIG") as raised:
        rules(tmp_path, toml)
    assert said in str(raised.value)
