"""What the sandbox tells the bot about its local model."""

import tomllib

from models.catalogue import Catalogue, Model
from sandbox.town import config_for


def test_the_local_model_stands_in_menus_with_a_label_and_a_description() -> None:
    """The bot's own catalogue takes the entry, as the default and as what menus show."""
    (entry,) = tomllib.loads(config_for("local", context_tokens=1024))["models"]
    catalogue = Catalogue([Model(**entry)])
    assert catalogue.default.name == "local"
    assert [model.name for model in catalogue.menu] == ["local"]
    assert (catalogue.default.context_tokens, catalogue.default.api) == (1024, "responses")
    assert catalogue.default.shown != "local"
    assert catalogue.default.description
