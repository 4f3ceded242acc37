"""The page's own words: every language has every sentence, with the same values, and calls the bot's button as the bot does."""

import re
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from sandbox.said import catalogues
from texts.say import locale_for, say

FIRST: Final = "en-US"
CATALOGUES: Final = catalogues()
OTHERS: Final = sorted(set(CATALOGUES) - {FIRST})
PAGE: Final = Path(__file__).parents[2] / "sandbox"
FORMS: Final = ("one", "other")
"""How the keys of what is counted end; only English needs the first."""


def base(key: str) -> str:
    """Return a key without the form of what is counted."""
    head, _, form = key.rpartition(".")
    return head if form in FORMS else key


def holes(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w*)\}", sentence))


@pytest.mark.parametrize("locale", OTHERS)
def test_every_language_says_everything_and_nothing_else(locale: str) -> None:
    ours = {base(key) for key in CATALOGUES[locale]}
    theirs = {base(key) for key in CATALOGUES[FIRST]}
    assert ours ^ theirs == set(), f"only in one of {FIRST}.json and {locale}.json"


@pytest.mark.parametrize("locale", OTHERS)
def test_values_are_the_same_in_every_language(locale: str) -> None:
    english = {base(key): sentence for key, sentence in CATALOGUES[FIRST].items()}
    different = {key for key, said in CATALOGUES[locale].items() if holes(said) != holes(english[base(key)])}
    assert different == set()


@pytest.mark.parametrize("locale", CATALOGUES)
def test_sentences_are_whole(locale: str) -> None:
    """None is empty, what is counted has a form for every number, and no brace is left over."""
    said = CATALOGUES[locale]
    assert [
        key for key, sentence in said.items() if not sentence.strip() or "{" in re.sub(r"\{\w+\}", "", sentence)
    ] == []
    assert [key for key in said if base(key) != key and f"{base(key)}.other" not in said] == []


@pytest.mark.parametrize("locale", CATALOGUES)
def test_the_first_step_names_the_button_as_the_bot_does(locale: str) -> None:
    assert CATALOGUES[locale]["button.activate"] == say("button.activate", locale_for(locale))


def test_what_the_page_says_is_in_its_catalogue() -> None:
    """Every key in script and server has a sentence, and every sentence is said somewhere."""
    scripts = "\n".join(path.read_text("utf-8") for path in PAGE.glob("page/*.js"))
    servers = "\n".join(path.read_text("utf-8") for path in [*PAGE.glob("*.py"), *PAGE.glob("discord/people.py")])
    known = {base(key) for key in CATALOGUES[FIRST]}
    said = set(re.findall(r'"((?:[a-z]+\.)[a-z_.]+)"', scripts)) & known | set(
        re.findall(r'(?:say|parts|count)\("([a-z_.]+)"', scripts)
    )
    assert said - known == set()
    computed = (
        "bar.dark",
        "bar.light",
        "kind.",
        "state.",
        "trouble.",
        "column.",
        "notice.",
        "error.",
        "language",
        "actor.",
        "doing.",
        "breaker.",
        "breaker_of.",
    )
    unsaid = {key for key in known - said if not key.startswith(computed)}
    assert unsaid == set(), "nobody says it"
    errors = set(re.findall(r'NotPossibleError\(\s*(?:f?"[^"]*"|f\'[^\']*\'),\s*"(\w+)"', servers))
    notices = set(re.findall(r'(?:notice|_tell)\("(\w+)"', servers))
    assert {f"error.{key}" for key in errors} | {f"notice.{key}" for key in notices} <= known
    assert len(errors) >= 8
    assert len(notices) >= 4


async def test_the_page_gets_every_language(http: aiohttp.ClientSession) -> None:
    async with http.get("/languages.json") as response:
        assert await response.json() == CATALOGUES
