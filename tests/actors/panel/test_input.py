"""What people put in is taken as they meant it, or refused with a sentence."""

import math

import pytest

from actors.panel import input as panel_input_core
from actors.panel.input import InvalidInputError, Option
from texts.keys import PanelKey


def refused(check: object, given: object) -> PanelKey:
    with pytest.raises(InvalidInputError) as refusal:
        check(given)  # type: ignore[operator]
    return refusal.value.key


@pytest.mark.parametrize(("given", "taken"), [(1, 1), (128_000, 128_000), ("700", 700), (" 42\n", 42)])
def test_max_token_is_a_whole_number(given: Option, taken: int) -> None:
    """A number from an option and a number typed into a form mean the same."""
    assert panel_input_core.max_token(given) == taken


@pytest.mark.parametrize(
    "given",
    [
        0,
        -1,
        128_001,
        10**30,
        True,
        1.0,
        math.nan,
        "",
        " ",
        "0",
        "-5",
        "1.5",
        "1e3",
        "many",
        "٣",
        "128001",
        "9" * 5000,
        "1_0",
    ],
)
def test_any_other_max_token_is_refused(given: Option) -> None:
    """Digits of other scripts and very long numbers are refused too."""
    assert refused(panel_input_core.max_token, given) == "max_token_wrong"


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (0, 0.0),
        (2, 2.0),
        (0.7, 0.7),
        ("0.7", 0.7),
        ("0,7", 0.7),
        (".5", 0.5),
        ("2", 2.0),
        ("1.", 1.0),
        ("", None),
        (" ", None),
    ],
)
def test_temperature_is_a_number_or_the_models_own(given: Option, taken: float | None) -> None:
    """A point and a comma both work; 0 is a temperature, and differs from an empty field."""
    assert panel_input_core.temperature(given) == taken


@pytest.mark.parametrize(
    "given",
    [-0.1, 2.1, math.nan, math.inf, -math.inf, True, "nan", "inf", "-1", "2.01", "1e0", "warm", "٣", "9" * 500, "."],
)
def test_any_other_temperature_is_refused(given: Option) -> None:
    """What is not a number, or not between 0 and 2, is refused."""
    assert refused(panel_input_core.temperature, given) == "temperature_wrong"


@pytest.mark.parametrize(
    "given", ["a", "x" * 100, "  Comets  ", "彗星 ☄️", "👩‍👩‍👧", "🏴\U000e0067\U000e007f", "می‌خواهم", "שלום\u200f"]
)
def test_a_name_of_any_script_is_taken(given: str) -> None:
    """Spaces around a name are taken away."""
    assert panel_input_core.name(given) == given.strip()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("", "name_blank"),
        ("   ", "name_blank"),
        ("\u200b\u3164\u2800", "name_blank"),
        ("x" * 101, "name_too_long"),
        ("x" * 5000, "name_too_long"),
        ("a\x00b", "name_wrong"),
        ("a\x1b[31mb", "name_wrong"),
        ("a\x7fb", "name_wrong"),
        ("a\nb", "name_wrong"),
        ("a\rb", "name_wrong"),
        ("a\tb", "name_wrong"),
        ("a\u2028b", "name_wrong"),
        ("a\u2029b", "name_wrong"),
        ("a\x85b", "name_wrong"),
        *((f"a{mark}b", "name_wrong") for mark in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"),
        ("a\ud800", "name_wrong"),
        (5, "name_blank"),
    ],
)
def test_any_other_name_is_refused(given: Option, sentence: str) -> None:
    """The sentence says what is wrong with the name."""
    assert refused(panel_input_core.name, given) == sentence


def test_a_system_message_has_up_to_4000_characters() -> None:
    """Line breaks and an empty text are valid; half of a surrogate pair is not, for it could not be stored."""
    for text in ("", "One\nTwo", "語" * 4000):
        assert panel_input_core.system_msg(text) == text
    assert refused(panel_input_core.system_msg, "x" * 4001) == "system_msg_too_long"
    assert refused(panel_input_core.system_msg, 5) == "system_msg_too_long"
    assert refused(panel_input_core.system_msg, "a\ud800") == "system_msg_wrong"


@pytest.mark.parametrize(
    "value", ["", "0", "-1", "01", "1 ", "x", "1.0", "9223372036854775808", "9" * 5000, "٣", "\ud800"]
)
def test_a_session_that_no_menu_offers_is_refused(value: str) -> None:
    """A value that no menu has is refused before any verb is executed."""
    assert refused(panel_input_core.session_id, value) == "not_offered"


def test_a_session_is_its_number() -> None:
    """Ids are valid up to the largest that a row can have."""
    assert panel_input_core.session_id("1") == 1
    assert panel_input_core.session_id("9223372036854775807") == 2**63 - 1
