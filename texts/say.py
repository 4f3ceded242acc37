"""Chooses a sentence by its key and the reader's language, and fills in what varies. Pure.

English stands in `english.py`. Every other language is one file, `languages/NAME.po`, by Discord's name for the language (Discord:
Reference, Locales). The files belong to the program, and are read once, when it is. What a language lacks is said in English.

Keys are checked by the type checker; that a sentence is given the values that it names is checked by a test.
"""

import gettext
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from itertools import chain
from typing import Final, NewType

from msgspec import Struct

from texts import english
from texts.keys import CountKey, Key
from texts.po_file import PoFile, read_po

Locale = NewType("Locale", str)
"""A language in which the bot speaks: `en`, or the name of a file in `languages/` without its ending."""

DEFAULT_LOCALE: Final = Locale("en")
"""The language of everybody whose own the bot does not speak, or does not know."""

ENGLISH: Final[Mapping[Key, str]] = dict(
    chain[tuple[Key, str]](
        english.ANSWERS.items(), english.PANELS.items(), english.COMMANDS.items(), english.GIVEN.items()
    )
)
"""Every sentence that counts nothing, in English."""


class _Language(Struct, frozen=True):
    sentences: Mapping[Key, str]
    counts: Mapping[CountKey, tuple[str, ...]]
    plural: Callable[[int], int]
    """Which of a count's forms a number takes."""


def _language(po: PoFile) -> _Language:
    """Return a language; what its file lacks, or translates from another sentence than today's, is English."""
    sentences = dict(ENGLISH)
    for key, sentence in ENGLISH.items():
        entry = po.entries.get(key)
        if entry is not None and entry.forms and entry.english == (sentence,):
            sentences[key] = entry.forms[0]
    counts: dict[CountKey, tuple[str, ...]] = {}
    for count, forms in english.COUNTS.items():
        entry = po.entries.get(count)
        counts[count] = entry.forms if entry is not None and entry.english == forms else ()
    return _Language(sentences, counts, po.plural)


_ENGLISH: Final = _Language(ENGLISH, english.COUNTS, gettext.c2py("n != 1"))
_LANGUAGES: Final[Mapping[Locale, _Language]] = {
    DEFAULT_LOCALE: _ENGLISH,
    **{
        Locale(file.name.removesuffix(".po")): _language(read_po(file.read_text("utf-8"), file.name))
        for file in files("texts").joinpath("languages").iterdir()
        if file.name.endswith(".po")
    },
}

LOCALES: Final = tuple(sorted(_LANGUAGES))
"""The languages in which the bot speaks."""


@lru_cache(maxsize=64)
def locale_for(name: str) -> Locale:
    """Return the language for somebody who uses Discord in the language of that name: the same, a wider one (`es` for `es-419`), or English.

    A narrower one is never taken. Chinese of Taiwan (`zh-TW`) is written in Traditional characters, and Unicode's CLDR does not let it fall
    back to Simplified ones (parentLocales): its readers get English, as Discord itself does with commands, until there is a file `zh-TW.po`.
    """
    for found in (Locale(name), Locale(name.partition("-")[0])):
        if found in _LANGUAGES:
            return found
    return DEFAULT_LOCALE


def say(key: Key, locale: Locale, **values: object) -> str:
    """Return the sentence in this language; each value takes the place of its name in braces, as it is.

    :raises KeyError: when the sentence names a value that is not given
    """
    return _LANGUAGES[locale].sentences[key].format(**values)


def say_count(key: CountKey, count: int, locale: Locale) -> str:
    """Return a number of things, as "1 session" or "2 sessions"."""
    language = _LANGUAGES[locale]
    if not language.counts[key]:
        locale, language = DEFAULT_LOCALE, _ENGLISH
    forms = language.counts[key]
    return forms[language.plural(count)].format(count=number(count, locale))


def say_list(items: Iterable[str], locale: Locale) -> str:
    """Return several things one after the other, as "a, b, c"."""
    return say("list.separator", locale).join(items)


def say_figures(figures: Iterable[str], locale: Locale) -> str:
    """Return several figures one after the other, as "80 tokens in, 87 out, $0.01"."""
    return say("list.figures", locale).join(figures)


def number(value: int, locale: Locale) -> str:
    """Return a whole number with its thousands apart, as "12,345"."""
    return f"{value:,}".replace(",", say("number.thousands", locale))
