"""The table `[moderation]` of the TOML file."""

from pathlib import Path

import pytest

from messages.ids import GuildId
from models.gate_rules import GateRules
from settings.errors import ConfigurationError
from settings.settings import read
from settings.toml_file import ModerationTable, gate_rules_of, read_config
from tests.settings.test_settings import TOKEN


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


@pytest.mark.parametrize(
    ("base_url", "listed", "cost"),
    [
        ("https://api.openai.com/v1", "", 0),
        ("https://api.openai.com/v1", '[[models]]\nname = "gpt-4o"\n', 0),
        ("https://api.openai.com/v1", '[moderation]\nmodel = "another"\n', None),
        ("http://localhost:8080/v1", '[[models]]\nname = "m"\n', None),
        (
            "http://localhost:8080/v1",
            '[[models]]\nname = "m"\n[[models]]\nname = "omni-moderation-latest"\nkind = "moderation"\nprice_in = 0\n',
            0,
        ),
    ],
)
def test_what_a_judgement_costs_is_known_where_it_is_free(
    tmp_path: Path, base_url: str, listed: str, cost: int | None
) -> None:
    """OpenAI's own is, whatever the list names; of another server it is free where its price is 0, and else unknown."""
    file = tmp_path / "causerie.toml"
    file.write_text(listed)
    env = {
        "DISCORD_TOKEN": TOKEN,
        "OPENAI_API_KEY": "sk-x",
        "OPENAI_BASE_URL": base_url,
        "CAUSERIE_CONFIG": str(file),
    }
    assert read(env).gate_rules.cost == cost
