"""The title of a session that its owner has not named: the beginning of its question, then the question's keywords. Pure.

Both use only words of the question, in their order, and are computed on this machine. No text makes a function here raise;
the time is linear in the length of the text.
"""

import functools
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from texts.say import Locale, say

if TYPE_CHECKING:
    import regex

FIRST_CHARS: Final = 10
TITLE_CODE_POINTS_MAX: Final = 100
"""Discord: Component reference, String select; a title is an option's label."""
KEYWORDS_MAX: Final = 5

_CHARACTER_CODE_POINTS_MAX: Final = 16
"""Code points of one character as people see it. The longest emoji have 10; more are marks piled on a letter."""
_WORD_CODE_POINTS_MAX: Final = 30
"""Longer words are keys, hashes or laughter, and are no keywords."""
_FILLER_CODE_POINTS_MIN: Final = 4
_SEARCHED_CODE_POINTS_MAX: Final = 20_000
"""So much is searched for prose behind code. A document of a hundred pages would take a tenth of a second."""

_READ_CODE_POINTS_MAX: Final = 2_000
"""The part of a question that is read for its title: as much as an ordinary Discord message can have."""

# Where words are not divided by spaces; there, two libraries of tens of megabytes would be needed to tell them apart.
_UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_LETTER: Final = rf"[[\p{{L}}\p{{N}}]--[{_UNSPACED}ー々]]"
_WORD: Final = rf"{_LETTER}(?:{_LETTER}|\p{{M}}|[\u200c\u200d](?={_LETTER}))*+"
_PATTERNS: Final = {
    # People, roles, channels, commands, times and emoji, as Discord writes them into a text.
    "markup": r"<(?:[@#][!&]?\d+|@&\d+|a?:\w+:\d+|/[^<>:]{1,100}:\d+|t:-?\d+(?::\w)?)>",
    "code": r"(?s:```.*?(?:```|\Z))",
    # Of an address only the host says something; a name and password before it must not.
    "address": r"https?://(?:[^\s/@]*+@)?(?:www\.)?([\w.-]{0,60})\S*+",
    # Joiners and tags belong to letters and emoji that people see; marks of direction, controls and halves of surrogate
    # pairs do not.
    "unseen": r"[[\p{Cc}\p{Cf}\p{Cs}\p{NChar}]--[\u200c\u200d\U000e0020-\U000e007f]]++",
    "space": r"[\s\p{Z}]++",
    "character": r"\X",
    "seen": r"[^\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{NChar}\p{M}\p{DI}\u2800]",
    "word": rf"{_WORD}(?:['’._-]{_WORD})*+(?:\+\+|\#(?!\w))?|(?P<unspaced>[\p{{Han}}\p{{Katakana}}ー々]++)",
    "hiragana": r"\p{Hiragana}",
    "telling": r"\d|.\p{Lu}|[+#]\Z",
}

_CHINESE_PARTICLES: Final = "请问|[的了吗呢吧啊么我你您他她它们请把被]"
"""Particles that separate words wherever they stand in a Chinese sentence; the list of stop words has more."""
_CHINESE_BEGINNINGS: Final = "在是和与用从对"
"""Chinese characters that are dropped at the beginning of a piece; elsewhere they may be part of a word."""
_CHINESE_ENDINGS: Final = "有是和与"
"""Chinese characters that are dropped at the end of a piece, where what they lead to has been taken away."""


def untitled(begun_s: float, locale: Locale) -> str:
    """Return the title of a session without a question that could name it: when it began, in seconds since 1970, says which it is.

    It is stored, so `locale` is the language of whoever begins the session.
    """
    begun = datetime.fromtimestamp(begun_s, UTC)
    return say("session.untitled", locale, time=f"{begun.hour}:{begun.minute:02} UTC")


def first_title(question: str) -> str | None:
    """Return the first 10 characters of a question, as people see characters, on one line; None when none of them is visible."""
    title: list[str] = []
    code_points = 0
    for character in _pattern("character").finditer(_one_line(question[:_READ_CODE_POINTS_MAX])):
        whole = character[0] if len(character[0]) <= _CHARACTER_CODE_POINTS_MAX else character[0][0]
        code_points += len(whole)
        if len(title) == FIRST_CHARS or code_points > TITLE_CODE_POINTS_MAX:
            break
        title.append(whole)
    shown = "".join(title).strip()
    return shown if _pattern("seen").search(shown) else None


def keywords(question: str) -> str | None:
    """Return what a question is about, in up to 5 of its words and at most 100 code points, or None.

    None when they would say no more than the first title does: the question is very short, or its words cannot be told
    apart.
    """
    question = question[:_SEARCHED_CODE_POINTS_MAX]
    prose = _pattern("code").sub(" ", question)
    title = ""
    for word in _chosen(list(_words(prose)) or list(_words(question))):
        if len(title) + 1 + len(word) > TITLE_CODE_POINTS_MAX:
            break
        title = f"{title} {word}".strip()
    return title if title and title.casefold() not in (first_title(question) or "").casefold() else None


def _one_line(text: str) -> str:
    text = _pattern("markup").sub(" ", text)
    text = _pattern("space").sub(" ", text)
    return _pattern("unseen").sub("", text).strip()


def _words(text: str) -> Iterator[str]:
    """Yield a text's words in their order; for a script without spaces, the pieces between very common words."""
    if len(text) > _READ_CODE_POINTS_MAX:
        text = text[:_READ_CODE_POINTS_MAX].rpartition(" ")[0] or text[:_READ_CODE_POINTS_MAX]
    text = _one_line(_pattern("address").sub(r" \1 ", text))
    japanese = _pattern("hiragana").search(text) is not None
    for found in _pattern("word").finditer(text):
        if found["unspaced"] is None:
            yield found[0]
        elif japanese:
            # Between characters that spell endings and particles, the others are the words.
            yield found[0]
        else:
            yield from (
                piece.lstrip(_CHINESE_BEGINNINGS).rstrip(_CHINESE_ENDINGS) for piece in _chinese().split(found[0])
            )


def _chosen(words: list[str]) -> list[str]:
    """Return the most telling words, in their order."""
    seen: dict[str, str] = {}
    for word in words:
        if 1 < len(word) <= _WORD_CODE_POINTS_MAX:
            seen.setdefault(word.casefold().replace("’", "'"), word)
    said = Counter(word.casefold().replace("’", "'") for word in words)
    common = _common(list(seen))
    telling = [key for key, word in seen.items() if key not in common or _is_telling(word)]
    if len(telling) < 2:  # noqa: PLR2004 one word is no title while there are others
        fillers = [key for key in seen if key not in telling and len(key) >= _FILLER_CODE_POINTS_MIN]
        best = {*telling, *sorted(fillers, key=len, reverse=True)[: 3 - len(telling)]}
        if not telling and len(best) == 1:
            return []
    else:
        position = {key: number for number, key in enumerate(telling)}
        best = set(
            sorted(telling, key=lambda key: (-_worth(seen[key], said[key], position[key]), position[key]))[
                :KEYWORDS_MAX
            ]
        )
    return [word for key, word in seen.items() if key in best]


def _worth(word: str, times: int, position: int) -> float:
    """Return a word's rank: words that are repeated, early, long or specially spelt are more telling."""
    return min(times, 4) + 2 / (1 + position / 4) + min(len(word), 10) / 10 + _is_telling(word)


def _is_telling(word: str) -> bool:
    """Return whether a word is spelt like a name, an abbreviation or code; such a word is never a common one."""
    return _pattern("telling").search(word) is not None and not word.isdecimal()


def _common(keys: list[str]) -> frozenset[str]:
    """Return the common words of the language that most of these words belong to."""
    languages = _stop_words()
    hits = Counter(language for language, common in languages.items() for key in keys if key in common)
    if not hits:
        return frozenset()
    # The same word is common in many languages: the one with fewer such words says more. English is likeliest.
    return languages[min(hits, key=lambda name: (-hits[name], name != "en", len(languages[name]), name))]


@functools.cache
def _stop_words() -> dict[str, frozenset[str]]:
    """Return common words by language; they are loaded with the first title because they take some megabytes."""
    import stopwordsiso  # noqa: PLC0415 see above

    return {name: frozenset(stopwordsiso.stopwords(name)) for name in sorted(stopwordsiso.langs())}


@functools.cache
def _chinese() -> "regex.Pattern[str]":
    import regex  # noqa: PLC0415 see `_pattern`

    longer = [word for word in _stop_words()["zh"] if len(word) > 1]
    return regex.compile(rf"\L<longer>|{_CHINESE_PARTICLES}", longer=longer)


@functools.cache
def _pattern(name: str) -> "regex.Pattern[str]":
    """Return one of the patterns above, compiled; the library is loaded with the first title."""
    import regex  # noqa: PLC0415 see above

    return regex.compile(_PATTERNS[name], regex.VERSION1)
