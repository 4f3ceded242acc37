"""What the sandbox tells the bot about its models."""

import tomllib
from pathlib import Path

import msgspec

from messages.usage import Usage
from models.catalogue import Catalogue
from models.model import Model
from models.prices import cost_of
from sandbox.discord import DiscordSandbox
from sandbox.models import painter, thinker
from sandbox.town import STAND_INS, about_this_town, config_for
from settings.settings import read as read_settings


def listed() -> list[Model]:
    """What the bot reads of it."""
    return msgspec.convert(tomllib.loads(config_for("local"))["models"], list[Model])


def test_the_local_model_stands_in_menus_with_a_label_and_a_description() -> None:
    """The bot's own catalogue takes every entry, the local model as the default."""
    entries = tomllib.loads(config_for("local", context_tokens=1024))["models"]
    catalogue = Catalogue([Model(**entry) for entry in entries])
    assert catalogue.default.name == "local"
    assert (catalogue.default.context_tokens, catalogue.default.api) == (1024, "responses")
    assert catalogue.default.shown != "local"
    assert catalogue.default.description


def test_stand_ins_say_what_they_are() -> None:
    """One of each kind that no small model serves; nobody takes it for the real thing."""
    entries = tomllib.loads(config_for("local"))["models"][2:]
    assert len({entry["kind"] for entry in entries}) == len(entries) == len(STAND_INS)
    assert all(entry["label"].endswith("(stand-in)") for entry in entries)


def test_nothing_that_the_sandbox_has_costs_anything() -> None:
    """The bot knows that, so that no panel calls a cost unknown."""
    used = Usage(input_tokens=9, output_tokens=9, image_output_tokens=9, pictures=1, audio_ms=9, characters=9)
    assert {cost_of(model, used) for model in listed()} == {0}
    assert cost_of(next(model for model in listed() if model.kind == "speech"), Usage(characters=9)) == 0
    assert all(model.is_priced for model in listed())


def test_one_of_them_has_an_effort_to_choose() -> None:
    """And one a size: both settings of a session can be tried."""
    assert [model.name for model in listed() if model.efforts] == [thinker.MODEL]
    assert [model.name for model in listed() if model.sizes] == [painter.MODEL]


async def test_alice_runs_the_bot_and_it_shows_its_figures(tmp_path: Path) -> None:
    """The bot's own settings take it, beside the models and without any."""
    for models in (config_for("local"), ""):
        async with DiscordSandbox() as discord:
            (tmp_path / "causerie.toml").write_text(models + about_this_town(discord), encoding="utf-8")
            read = read_settings({"DISCORD_TOKEN": discord.token, "CAUSERIE_CONFIG": str(tmp_path / "causerie.toml")})
            assert read.metrics_port == 0
            assert read.permissions.admins == {discord.person("Alice").id}
