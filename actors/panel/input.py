"""What people put in by options, menus and forms: taken, or refused with a sentence that says what to do. Pure.

Discord checks some of it before it is sent; here it is checked as if a stranger had forged it.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from messages.custom_id import ROW_ID_MAX
from messages.ids import SessionId
from models.catalogue import Catalogue
from texts.characters import is_blank
from texts.panels import (
    ANSWER_LENGTH_WRONG,
    DENIED,
    FORM_INCOMPLETE,
    NAME_BLANK,
    NAME_TOO_LONG,
    NAME_WRONG,
    NOT_OFFERED,
    SYSTEM_MSG_TOO_LONG,
    SYSTEM_MSG_WRONG,
    TEMPERATURE_WRONG,
    UNKNOWN_COMMAND,
)

Option = str | int | float | bool

MAX_TOKEN: Final = range(1, 128_001)
"""The most that any of OpenAI's models gives in one answer is 128,000 tokens (OpenAI: Models)."""

TEMPERATURE: Final = (0.0, 2.0)
"""OpenAI: Create a model response, temperature."""

NAME_CHARS_MAX: Final = 100
"""What a line of a menu shows."""

SYSTEM_MSG_CHARS_MAX: Final = 4000
"""What a form's field takes (Discord: Component Reference, Text Input)."""

_WHOLE_NUMBER: Final = re.compile("[0-9]{1,6}")
_NUMBER: Final = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{0,9})?|[.,][0-9]{1,9}")
_ROW_ID: Final = re.compile("[1-9][0-9]{0,18}")
_TURNS_TEXT: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Embeddings, overrides and isolates (Unicode, Annex 9): what follows them is shown in another order than it was written."""


class NotTakenError(Exception):
    """What somebody put in cannot be taken; says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def only(options: dict[str, Option], *names: str) -> None:
    """Check that a command has no other options than these.

    :raises NotTakenError: when it has
    """
    if not set(options) <= set(names):
        raise NotTakenError(UNKNOWN_COMMAND)


def fields_of(fields: Sequence[tuple[str, str]], names: Sequence[str]) -> dict[str, str]:
    """A form's fields by name.

    :raises NotTakenError: when one is missing, doubled or unknown
    """
    if sorted(name for name, _ in fields) != sorted(names):
        raise NotTakenError(FORM_INCOMPLETE)
    return dict(fields)


def chosen(values: Sequence[str]) -> str:
    """The one value that was chosen from a menu.

    :raises NotTakenError: when there is none, or there are several
    """
    if len(values) != 1:
        raise NotTakenError(NOT_OFFERED)
    return values[0]


def model(values: Sequence[str], catalogue: Catalogue) -> str:
    """The model that was chosen from a menu.

    :raises NotTakenError: when no menu offers it
    """
    name = chosen(values)
    if not catalogue.offers(name):
        raise NotTakenError(NOT_OFFERED)
    return name


def session_id(value: str) -> SessionId:
    """The session that a menu's value stands for; whether there is one, storage says.

    :raises NotTakenError: when no session can have this id
    """
    if not _ROW_ID.fullmatch(value) or int(value) > ROW_ID_MAX:
        raise NotTakenError(NOT_OFFERED)
    return SessionId(int(value))


def typed(given: Option) -> str:
    """What stands for a session in the option: its number, as autocomplete gives it, or its title.

    :raises NotTakenError: when it can be neither
    """
    if not isinstance(given, str) or len(given) > NAME_CHARS_MAX:
        raise NotTakenError(DENIED)
    return given


def max_token(given: Option) -> int:
    """Tokens that an answer may have, from an option or a form's text.

    :raises NotTakenError: when it is no whole number between 1 and 128,000
    """
    if isinstance(given, str) and _WHOLE_NUMBER.fullmatch(given.strip()):
        given = int(given)
    if not isinstance(given, int) or isinstance(given, bool) or given not in MAX_TOKEN:
        raise NotTakenError(ANSWER_LENGTH_WRONG)
    return given


def temperature(given: Option) -> float | None:
    """The temperature, from an option or a form's text; nothing means the model's own.

    :raises NotTakenError: when it is no number between 0 and 2
    """
    if isinstance(given, str):
        text = given.strip()
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            raise NotTakenError(TEMPERATURE_WRONG)
        given = float(text.replace(",", "."))
    if isinstance(given, bool) or not TEMPERATURE[0] <= given <= TEMPERATURE[1]:
        raise NotTakenError(TEMPERATURE_WRONG)
    return float(given)


def system_msg(given: Option) -> str:
    """The system message, which may be empty and have lines.

    :raises NotTakenError: when it is longer than a form's field, or half of a character is in it
    """
    if not isinstance(given, str) or len(given) > SYSTEM_MSG_CHARS_MAX:
        raise NotTakenError(SYSTEM_MSG_TOO_LONG)
    if any(unicodedata.category(character) == "Cs" for character in given):
        raise NotTakenError(SYSTEM_MSG_WRONG)
    return given


def name(given: Option) -> str:
    """A session's name: one line of 1 to 100 code points of which something can be seen.

    :raises NotTakenError: when it is none
    """
    text = given.strip() if isinstance(given, str) else ""
    if len(text) > NAME_CHARS_MAX:
        raise NotTakenError(NAME_TOO_LONG)
    if any(map(_is_no_part_of_a_name, text)):
        raise NotTakenError(NAME_WRONG)
    if is_blank(text):
        raise NotTakenError(NAME_BLANK)
    return text


def _is_no_part_of_a_name(character: str) -> bool:
    return character in _TURNS_TEXT or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
