"""What the sandbox tells the bot about its models."""

import tomllib

from models.catalogue import Catalogue
from models.model import Model
from sandbox.town import STAND_INS, config_for


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
