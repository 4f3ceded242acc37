"""Words that come as data: of models that the program knows, of what an API offers, of what a moderation finds. Pure.

What is known here is said in the reader's language. Everything else, such as an operator's own words, stays as it is.
"""

from collections.abc import Mapping
from typing import Final, get_args

from texts.escaping import LINE_CHARS_MAX, escape_markdown, one_line
from texts.keys import GivenKey
from texts.say import Locale, say

_KEYS: Final[Mapping[str, GivenKey]] = {key: key for key in get_args(GivenKey)}


def given_text(text: str, locale: Locale) -> str:
    """Return a label or description of a model: a `GivenKey` is said, and an operator's words stay."""
    return say(_KEYS[text], locale) if text in _KEYS else text


def chosen_value(value: str, locale: Locale) -> str:
    """Return what people read for an effort, a size or a quality, on one line."""
    key = _KEYS.get(f"value.{value}")
    return one_line(value) if key is None else say(key, locale)


def category(name: str, locale: Locale, chars_max: int = LINE_CHARS_MAX) -> str:
    """Return what people read for a category of a moderation, with at most so many code points before it is escaped."""
    key = _KEYS.get(f"category.{name}")
    return escape_markdown(name, chars_max) if key is None else say(key, locale)
