"""Chooses a sentence by its key and the reader's language, and fills in what varies. Pure.

Keys are checked by the type checker; that a sentence is given the values that it names is checked by a test.
"""

from collections.abc import Mapping
from itertools import chain
from typing import Final, Literal

from msgspec import Struct

from texts import english
from texts.keys import CountKey, Key

Locale = Literal["en"]
"""A language, by the name that Discord gives it (Discord: Reference, Locales)."""

DEFAULT_LOCALE: Final[Locale] = "en"
"""The language of everybody, until there is another."""


class _Language(Struct, frozen=True):
    sentences: Mapping[Key, str]
    counts: Mapping[CountKey, tuple[str, str]]


_SENTENCES = chain[tuple[Key, str]](english.ANSWERS.items(), english.PANELS.items(), english.COMMANDS.items())
_LANGUAGES: Final[dict[Locale, _Language]] = {"en": _Language(dict(_SENTENCES), english.COUNTS)}


def say(key: Key, locale: Locale, **values: object) -> str:
    """Return the sentence in this language; each value takes the place of its name in braces, as it is.

    :raises KeyError: when the sentence names a value that is not given
    """
    return _LANGUAGES[locale].sentences[key].format(**values)


def say_count(key: CountKey, count: int, locale: Locale) -> str:
    """Return a number of things, as "1 session" or "2 sessions"."""
    one, other = _LANGUAGES[locale].counts[key]
    return (one if count == 1 else other).format(count=count)
