"""The models that sessions can have."""

import pytest

from models.catalogue import Catalogue, Model


def test_without_a_list_there_are_models_and_one_default() -> None:
    """A new installation answers."""
    catalogue = Catalogue()
    assert catalogue.get(catalogue.default.name) is catalogue.default
    assert len(list(catalogue)) > 1


def test_the_first_is_the_default_unless_one_says_so() -> None:
    """Order matters only there."""
    one, two = Model(name="one"), Model(name="two", default=True)
    assert Catalogue([one, Model(name="three")]).default is one
    assert Catalogue([one, two]).default is two
    assert Catalogue([one]).get("gone") is None


@pytest.mark.parametrize(
    ("models", "named"),
    [
        ([Model(name=" ")], "name"),
        ([Model(name="a"), Model(name="a")], "twice"),
        ([Model(name="a", default=True), Model(name="b", default=True)], "default"),
        ([Model(name="a", context_tokens=10)], "context_tokens"),
        ([Model(name="a", reasoning_tokens=-1)], "reasoning_tokens"),
    ],
)
def test_a_wrong_list_is_refused_with_a_sentence(models: list[Model], named: str) -> None:
    """Naming the key."""
    with pytest.raises(ValueError, match=named):
        Catalogue(models)
