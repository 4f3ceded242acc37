"""Every language says everything, with the same values and buttons, short enough for its place, and as its readers write.

Each failure is a line for a sentence: the file, its key, and what is wrong with it.
"""

import ast
import re
import unicodedata
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Final, get_args

import hikari
import pytest
from msgspec import Struct

from messages import components
from texts import english, po_file
from texts.keys import AnswerKey, CommandKey, CountKey, GivenKey, PanelKey
from texts.say import DEFAULT_LOCALE, ENGLISH, LOCALES, locale_for, number, say, say_count, say_list

CHECKOUT: Final = Path(__file__).parents[2]
FOLDER: Final = "texts/languages"
CATALOGUES: Final = {
    file.name: po_file.read_po(file.read_text("utf-8"), file.name)
    for file in files("texts").joinpath("languages").iterdir()
}
TRANSLATABLE: Final[dict[str, tuple[str, ...]]] = {
    **{key: (sentence,) for key, sentence in ENGLISH.items() if sentence},
    **dict(english.COUNTS.items()),
}
"""The English sentences by key: one, or two of what is counted."""

Found = tuple[str, str, str, str]
"""A file, a key, the English sentence, and the same in the file's language."""


def translations(language: str = "") -> Iterator[Found]:
    """Yield every translated sentence, each form of what is counted; `language` is how the file's name begins."""
    for name, catalogue in CATALOGUES.items():
        for key, entry in catalogue.entries.items():
            if key in TRANSLATABLE and name.startswith(language):
                yield from ((f"{FOLDER}/{name}", key, entry.english[-1], form) for form in entry.forms)


def everything() -> Iterator[tuple[str, str, str]]:
    """Yield every sentence of every language, with its file and its key."""
    for key, sentences in TRANSLATABLE.items():
        yield from (("texts/english.py", key, sentence) for sentence in sentences)
    yield from ((file, key, said) for file, key, _, said in translations())


def names_in(sentence: str) -> list[str]:
    """Return the names in braces."""
    return sorted(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


def test_every_sentence_is_translated_in_every_language() -> None:
    """English in their midst is what people read until then."""
    missing = []
    for name, catalogue in CATALOGUES.items():
        for key, sentences in TRANSLATABLE.items():
            entry = catalogue.entries.get(key)
            if entry is None:
                missing.append(
                    f'{FOLDER}/{name}: "{key}" is missing. Add it (make languages does) with its msgid: "{sentences[0]}"'
                )
            elif entry.english != sentences:
                missing.append(
                    f'{FOLDER}/{name}: the English of "{key}" has changed. Translate it anew, and let its msgid be: "{sentences[0]}"'
                )
            elif not entry.forms:
                missing.append(f'{FOLDER}/{name}: "{key}" has no translation, or is marked fuzzy: "{sentences[0]}"')
    assert not missing, "\n" + "\n".join(missing)


def test_no_language_has_a_sentence_that_nobody_says() -> None:
    """A key that is gone in English is removed everywhere."""
    surplus = [
        f'{FOLDER}/{name}: nothing says "{key}". Remove it (make languages does)'
        for name, catalogue in CATALOGUES.items()
        for key in catalogue.entries
        if key not in TRANSLATABLE
    ]
    assert not surplus, "\n" + "\n".join(surplus)


def test_every_key_is_used() -> None:
    """A sentence that no code says is removed. Reasons and what data names are said by way of tables."""
    literals = {
        node.value
        for path in CHECKOUT.rglob("*.py")
        if path.relative_to(CHECKOUT).parts[0] not in ("tests", "build", ".venv")
        and path.name not in ("keys.py", "english.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    said = {
        *(key for part in (AnswerKey, PanelKey, CommandKey, CountKey) for key in get_args(part)),
        *(key for key in get_args(GivenKey) if not key.startswith(("value.", "category."))),
    }
    unused = [f'texts/keys.py: no code says "{key}"' for key in sorted(said - literals)]
    assert not unused, "\n" + "\n".join(unused)


def test_a_translation_has_the_values_of_its_sentence() -> None:
    """Each name in braces, as often as in English or more often."""
    wrong = [
        f'{file}: "{key}" has the values {names_in(said)}, not {names_in(sentence)}'
        for file, key, sentence, said in translations()
        if set(names_in(said)) != set(names_in(sentence))
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def test_a_translation_calls_buttons_and_commands_as_they_are_called() -> None:
    """A button in **bold** has its label in that language, small print stays small, and commands are the same everywhere."""
    labels = {
        label: key for key, label in ENGLISH.items() if key.startswith(("button.", "command.ask", "command.show"))
    }
    wrong = []
    for file, key, sentence, said in translations():
        locale = locale_for(Path(file).stem)
        buttons = {
            f"**{say(labels[bold], locale)}**" for bold in re.findall(r"\*\*(.+?)\*\*", sentence) if bold in labels
        }
        wanted = buttons | set(re.findall(r"/user|/session|/budget|/help|`|^-# |⚠️|https?://\S+", sentence))
        wrong += [f'{file}: "{key}" lacks {lacks}' for lacks in sorted(wanted) if lacks not in said]
        if sentence.count("**") != said.count("**"):
            wrong.append(f'{file}: "{key}" has {said.count("**")} of **, not {sentence.count("**")}')
    assert not wrong, "\n" + "\n".join(wrong)


PLACES: Final = (
    (r"option\..*|command\.(show_session|ask_again)", 32, "a command's or an option's name"),
    (r"command\..*", 100, "a command's or an option's description"),
    (r"button\.use_default", 20, "a button's label beside the name of a model"),
    (r"button\..*", 80, "a button's label"),
    (r"form\..*", 45, "a form's title or a field's label"),
    (r"(user|session)\.models|user\.menu", 100, "a menu's placeholder, with the number of its page"),
    (r"models\.page", 50, "a menu's placeholder, beside its text"),
    (r"(kind|models|value|about)\..*|session\.(effort|size|quality)", 60, "a part of a menu's option"),
    (r"menu\..*|session\.untitled", 30, "a part of a menu's option"),
    (r".*", 400, "a sentence of a message, which may have others"),
)
"""What each key's place holds in code points, beside the values that are filled in; the first that matches counts.

Discord: Component Reference; Application Commands.
"""


def test_a_sentence_fits_into_its_place_in_every_language() -> None:
    """Discord refuses a whole panel for one label that is too long."""
    wrong = []
    for file, key, said in everything():
        most, place = next((most, place) for pattern, most, place in PLACES if re.fullmatch(pattern, key))
        length = len(re.sub(r"\{\w+\}", "", said))
        if length > most:
            wrong.append(f'{file}: "{key}" has {length} characters, and {place} may have {most}')
    assert not wrong, "\n" + "\n".join(wrong)


def test_names_of_options_are_those_that_discord_takes_in_every_language() -> None:
    """Letters, digits, hyphens and underscores, in lower case (Discord: Application Commands, Naming)."""
    wrong = [
        f'{file}: "{key}" cannot be the name of an option: {said}'
        for file, key, said in everything()
        if key.startswith("option.") and (not re.fullmatch(r"[-_'\w]{1,32}", said) or said != said.lower())
    ]
    assert not wrong, "\n" + "\n".join(wrong)


_HAN: Final = r"[\u3400-\u9fff]"
_CHINESE: Final = (
    (rf"(?<={_HAN})[,;:?!()]|[,;:?!()](?={_HAN})|(?<={_HAN})\.|\.\.\.", "punctuation that is not full-width"),
    (r"[，。；：？！（）、“”] | [，。；：？！（）、“”]", "a space beside full-width punctuation"),
    (rf"{_HAN}[A-Za-z0-9/`]|[A-Za-z0-9`]{_HAN}", "no space between Chinese and other letters or digits"),
    (r"[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]", "full-width letters or digits"),
    (rf"[，。；：？！]\*\*{_HAN}", "punctuation at the end of bold text, which Markdown then does not take for bold"),
    ("您", "the polite 您; the bot says 你 to everybody, as ChatGPT does"),
    ("指令|伺服器|討論串|线程|系统消息|系统提示(?!词)|词元", "a word that people do not know from Discord or ChatGPT"),
)
"""What no text in Simplified Chinese has, and what it is."""


def test_chinese_is_written_as_its_readers_write() -> None:
    """Full-width punctuation without spaces around it, a space between Chinese and Latin, and the words of Discord and ChatGPT."""
    wrong = [
        f'{file}: "{key}" has {what}: {said}'
        for file, key, _, said in translations("zh-CN")
        for pattern, what in _CHINESE
        if re.search(pattern, said) and not (key.startswith(("option.", "number.")))
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def test_chinese_has_no_traditional_characters() -> None:
    """GB 2312 has the simplified characters of everyday texts, and no others."""
    wrong = [
        f'{file}: "{key}" has the character {character}'
        for file, key, _, said in translations("zh-CN")
        for character in said
        if re.match(_HAN, character) and not character.encode("gb2312", "ignore")
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def test_no_sentence_has_characters_that_nobody_sees() -> None:
    """A zero-width space or a no-break space comes from a copied text, and shifts what stands beside it."""
    wrong = [
        f'{file}: "{key}" has {unicodedata.name(character, repr(character))}'
        for file, key, said in everything()
        for character in said
        if unicodedata.category(character) in ("Cc", "Cf", "Co", "Cn", "Zl", "Zp")
        or (character.isspace() and character != " ")
    ]
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("zh-CN", "zh-CN"),
        ("en-US", "en"),
        ("en-GB", "en"),
        ("", "en"),
        ("tlh", "en"),
        # Traditional readers do not get Simplified characters; see `locale_for`.
        ("zh-TW", "en"),
    ],
)
def test_the_language_is_the_persons_or_english(name: str, language: str) -> None:
    """By the name that Discord gives a language."""
    assert locale_for(name) == language


def test_every_language_has_the_name_of_one_of_discords() -> None:
    """A file with another name would never be read by anybody."""
    known = {locale.value for locale in hikari.Locale}
    known |= {name.partition("-")[0] for name in known}
    assert {name.removesuffix(".po") for name in CATALOGUES} <= known
    assert set(LOCALES) == {DEFAULT_LOCALE, *(name.removesuffix(".po") for name in CATALOGUES)}


def test_plurals_numbers_and_lists_are_those_of_the_language() -> None:
    """English has two forms, Chinese has one."""
    chinese = locale_for("zh-CN")
    assert [say_count("sessions", count, DEFAULT_LOCALE) for count in (0, 1, 2)] == [
        "0 sessions",
        "1 session",
        "2 sessions",
    ]
    assert [say_count("sessions", count, chinese) for count in (0, 1, 2)] == ["0 个会话", "1 个会话", "2 个会话"]
    assert say_count("tokens", 1_234_567, chinese) == "1,234,567 个 token"
    assert say_list(["甲", "乙", "丙"], chinese) == "甲、乙、丙"
    assert say_list(["a", "b"], DEFAULT_LOCALE) == "a, b"
    assert number(12_345, DEFAULT_LOCALE) == "12,345"


READ: Final = ("text", "label", "placeholder", "title", "description", "content")
"""The fields of what Discord draws that people read."""

DRAWN: Final[dict[str, tuple[str, ...]]] = {
    name: tuple(field for field in struct.__struct_fields__ if field in READ)
    for name, struct in vars(components).items()
    if getattr(struct, "__module__", "") == components.__name__
    and isinstance(struct, type)
    and issubclass(struct, Struct)
} | {
    "Choice": ("name",),
    "simple_panel": ("text",),
    "PartWanted": ("text",),
    "CommandOption": ("name", "description"),
    "Model": ("description",),
}
"""What Discord draws, with the fields that people read; the first may stand without its name."""


def _written(argument: ast.expr) -> Iterator[str]:
    """Yield the words that an argument has of itself: those that code writes, not those that it is given."""
    for node in ast.walk(argument):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.search(r"^[^/]*[^\W\d_]{2}", node.value)
        ):
            yield node.value


def test_no_words_for_people_stand_in_code() -> None:
    """What is drawn is said by a key. A `GivenKey` is one; so is a key that is handed to `say`."""
    keys = {*TRANSLATABLE, "complete"}
    found = []
    for path in CHECKOUT.rglob("*.py"):
        where = path.relative_to(CHECKOUT)
        if where.parts[0] in ("tests", "build", ".venv", "sandbox", "texts"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            arguments = {word.arg: word.value for word in node.keywords}
            if DRAWN.get(name) and node.args:
                arguments[DRAWN[name][0]] = node.args[0]
            found += [
                f"{where}:{node.lineno}: {written!r} stands in code. Give it a key in texts/keys.py, and say that"
                for argument in DRAWN.get(name, ())
                if argument in arguments
                for written in _written(arguments[argument])
                if written not in keys
            ]
    assert not found, "\n" + "\n".join(found)
