"""Sessions that have the same name, where a name is completed."""

from actors.panel.names_view import choices_of
from tests.actors.panel.panels import listed


def test_names_that_several_have_are_offered_with_a_time() -> None:
    """So that somebody knows which one they choose; a choice has at most 100 characters (Discord: Application Commands)."""
    long = "語" * 100
    found = [
        listed(1, title="Soup"),
        listed(2, title=long, update_time_s=60.0),
        listed(3, title=long, update_time_s=120.0),
    ]
    soup, one, two = (choice.name for choice in choices_of(found))
    assert soup == "Soup"
    assert one.endswith("… · 1970-01-01 00:01:00 UTC")
    assert two.endswith(" · 1970-01-01 00:02:00 UTC")
    assert len(one) == len(two) == 100
    assert [choice.value for choice in choices_of(found)] == ["1", "2", "3"]
