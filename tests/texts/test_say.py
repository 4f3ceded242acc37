"""Every key has one sentence, and every sentence is given the values that it names."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from messages.turn import Reason
from texts.english import ANSWERS, COMMANDS, COUNTS, GIVEN, PANELS
from texts.keys import AnswerKey, CommandKey, CountKey, GivenKey, Key, PanelKey
from texts.say import DEFAULT_LOCALE, say, say_count

CHECKOUT = Path(__file__).parents[2]
SENTENCES: dict[str, str] = {
    **dict(ANSWERS.items()),
    **dict(PANELS.items()),
    **dict(COMMANDS.items()),
    **dict(GIVEN.items()),
}


def placeholders(sentence: str) -> set[str]:
    """Return the names in braces."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def calls() -> Iterator[tuple[str, ast.Call, list[str]]]:
    """Return every call that says a sentence, with each key that it may be given."""
    for path in CHECKOUT.rglob("*.py"):
        relative = path.relative_to(CHECKOUT)
        if relative.parts[0].startswith(".") or relative.parts[0] in ("tests", "build"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("say", "redraw_as", "InvalidInputError"):
                branches = (
                    [node.args[0].body, node.args[0].orelse] if isinstance(node.args[0], ast.IfExp) else node.args[:1]
                )
                keys = [str(one.value) for one in branches if isinstance(one, ast.Constant)]
                yield f"{relative}:{node.lineno}", node, keys


def test_every_key_has_a_sentence_and_every_sentence_a_key() -> None:
    """Each table has exactly the keys of its own part."""
    assert set(ANSWERS) == {*get_args(Reason), *get_args(AnswerKey)}
    assert set(PANELS) == set(get_args(PanelKey))
    assert set(COMMANDS) == set(get_args(CommandKey))
    assert set(GIVEN) == set(get_args(GivenKey))
    assert set(COUNTS) == set(get_args(CountKey))
    assert len(SENTENCES) == len(ANSWERS) + len(PANELS) + len(COMMANDS) + len(GIVEN)


def test_every_sentence_is_given_what_it_names() -> None:
    """Each call gives exactly the values that its sentences name."""
    found = list(calls())
    said = {key for _, _, keys in found for key in keys}
    assert len(said) > 80
    wrong = [
        f"{where}: {key} names {sorted(placeholders(SENTENCES[key]))}"
        for where, call, keys in found
        for key in keys
        if placeholders(SENTENCES[key]) != {word.arg for word in call.keywords}
    ]
    assert not wrong, "\n".join(wrong)


def test_only_named_keys_have_values() -> None:
    """A key that stands in a table or a variable when it is said has a sentence without values."""
    literal = {key for _, _, keys in calls() for key in keys}
    assert [key for key, sentence in SENTENCES.items() if placeholders(sentence) and key not in literal] == []


@pytest.mark.parametrize(
    "key", [key for key, text in SENTENCES.items() if len(text) > 1 and text.endswith((".", "?")) and "{" not in text]
)
def test_a_sentence_fits_into_a_message_on_one_line(key: Key) -> None:
    """A sentence begins with a capital letter, and braces in a value have no effect."""
    sentence = say(key, DEFAULT_LOCALE)
    assert 9 < len(sentence) <= 2000
    assert "\n" not in sentence
    assert "  " not in sentence
    assert re.match("[A-Z]|max_token|temperature|-# [A-Z]|private|public", sentence)


def test_values_stand_as_they_are() -> None:
    """Braces and percent signs in what people wrote have no effect."""
    shown = say("user.name", DEFAULT_LOCALE, name="{user} %s {0}", user=7)
    assert shown == "**Name**: {user} %s {0} (7)"


@pytest.mark.parametrize(("count", "shown"), [(0, "0 messages"), (1, "1 message"), (2, "2 messages")])
def test_what_is_counted_has_its_plural(count: int, shown: str) -> None:
    """English has two forms; a further language may have more."""
    assert say_count("messages", count, DEFAULT_LOCALE) == shown


def test_labels_fit_into_what_discord_takes() -> None:
    """A button's label has 80 characters, a form's title and labels 45, a command's description 100."""
    for key, text in SENTENCES.items():
        most = (
            80
            if key.startswith("button.")
            else 45
            if key.startswith("form.")
            else 100
            if key.startswith("command.")
            else 2000
        )
        assert len(text) <= most, key
