"""Checks what people put in by options, menus and forms. Pure.

Discord checks some of it before it is sent; here it is checked again, because a stranger could have forged it.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from messages.choices import Setting
from messages.ids import SessionId, UserId
from messages.pressed import ROW_ID_MAX
from models.catalogue import Catalogue
from models.model import Model
from storage.limits import MAX_TOKEN
from texts.characters import is_blank
from texts.keys import PanelKey

Option = str | int | float | bool

TEMPERATURE: Final = (0.0, 2.0)
"""OpenAI: Create a model response, temperature."""

NAME_CHARS_MAX: Final = 100
"""A line of a menu has no room for more (Discord: Component Reference, Select Option Structure)."""

SYSTEM_MSG_CHARS_MAX: Final = 4000
"""A form's field takes no more (Discord: Component Reference, Text Input)."""

RAISE_TOKENS_MAX: Final = 1_000_000_000
RAISE_DOLLARS_MAX: Final = 10_000
"""A budget is raised by no more than this at once, so that a slip of the finger is no fortune."""

_WHOLE_NUMBER: Final = re.compile("[0-9]{1,6}")
_NUMBER: Final = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{0,9})?|[.,][0-9]{1,9}")
_ROW_ID: Final = re.compile("[1-9][0-9]{0,18}")
_TURNS_TEXT: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Embeddings, overrides and isolates (Unicode, Annex 9): they reorder the text that follows them."""


class InvalidInputError(Exception):
    """What somebody put in is invalid; `key` is the sentence that says why and what to do."""

    def __init__(self, key: PanelKey) -> None:
        super().__init__(key)
        self.key: PanelKey = key


def only(options: dict[str, Option], *names: str) -> None:
    """Check that a command has no other options than these.

    :raises InvalidInputError: when it has
    """
    if not set(options) <= set(names):
        raise InvalidInputError("unknown_command")


def fields_of(fields: Sequence[tuple[str, str]], names: Sequence[str]) -> dict[str, str]:
    """Return a form's fields by name.

    :raises InvalidInputError: when one is missing, doubled or unknown
    """
    if sorted(name for name, _ in fields) != sorted(names):
        raise InvalidInputError("form_incomplete")
    return dict(fields)


def chosen(values: Sequence[str]) -> str:
    """Return the one value that was chosen from a menu.

    :raises InvalidInputError: when there is none, or there are several
    """
    if len(values) != 1:
        raise InvalidInputError("not_offered")
    return values[0]


def model(values: Sequence[str], catalogue: Catalogue) -> str:
    """Return the name of the model that was chosen from a menu.

    :raises InvalidInputError: when no menu offers it
    """
    name = chosen(values)
    if not catalogue.offers(name):
        raise InvalidInputError("not_offered")
    return name


def setting(values: Sequence[str], of: Setting, model: Model | None) -> str:
    """Return what was chosen for a session from the menu of one setting.

    :raises InvalidInputError: when its model, None where that is gone, does not offer it
    """
    value = chosen(values)
    if model is None or value not in model.offered(of):
        raise InvalidInputError("not_offered")
    return value


def session_id(value: str) -> SessionId:
    """Return the session id that a menu's value stands for; storage knows whether there is such a session.

    :raises InvalidInputError: when no session can have this id
    """
    if not _ROW_ID.fullmatch(value) or int(value) > ROW_ID_MAX:
        raise InvalidInputError("not_offered")
    return SessionId(int(value))


def typed(given: Option) -> str:
    """Return what the option `session` holds: an id, as autocomplete gives it, or a title.

    :raises InvalidInputError: when it can be neither
    """
    if not isinstance(given, str) or len(given) > NAME_CHARS_MAX:
        raise InvalidInputError("not_listed")
    return given


def max_token(given: Option) -> int:
    """Return how many tokens an answer may have, from an option or a form's text.

    :raises InvalidInputError: when it is no whole number between 1 and 128,000
    """
    if isinstance(given, str) and _WHOLE_NUMBER.fullmatch(given.strip()):
        given = int(given)
    if not isinstance(given, int) or isinstance(given, bool) or given not in MAX_TOKEN:
        raise InvalidInputError("max_token_wrong")
    return given


def person(given: Option) -> UserId:
    """Return the id of the person that an option names.

    :raises InvalidInputError: when it can be nobody's
    """
    if not isinstance(given, int) or isinstance(given, bool) or not 0 < given <= ROW_ID_MAX:
        raise InvalidInputError("budget.wrong")
    return UserId(int(given))


def tokens(given: Option) -> int:
    """Return by how many tokens a budget is raised.

    :raises InvalidInputError: when it is no whole number from 0 to `RAISE_TOKENS_MAX`
    """
    if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given <= RAISE_TOKENS_MAX:
        raise InvalidInputError("budget.wrong")
    return given


def micro_dollars(given: Option) -> int:
    """Return by how many micro-dollars a budget is raised, from an option in dollars.

    :raises InvalidInputError: when it is no number from 0 to `RAISE_DOLLARS_MAX`
    """
    if not isinstance(given, int | float) or isinstance(given, bool) or not 0 <= given <= RAISE_DOLLARS_MAX:
        raise InvalidInputError("budget.wrong")
    return round(given * 1_000_000)


def temperature(given: Option) -> float | None:
    """Return the temperature, from an option or a form's text; None, for an empty text, is the model's default.

    :raises InvalidInputError: when it is no number between 0 and 2
    """
    if isinstance(given, str):
        text = given.strip()
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            raise InvalidInputError("temperature_wrong")
        given = float(text.replace(",", "."))
    if isinstance(given, bool) or not TEMPERATURE[0] <= given <= TEMPERATURE[1]:
        raise InvalidInputError("temperature_wrong")
    return float(given)


def system_msg(given: Option) -> str:
    """Return the system message, which may be empty and have several lines.

    :raises InvalidInputError: when it is longer than a form's field, or contains half of a surrogate pair
    """
    if not isinstance(given, str) or len(given) > SYSTEM_MSG_CHARS_MAX:
        raise InvalidInputError("system_msg_too_long")
    if any(unicodedata.category(character) == "Cs" for character in given):
        raise InvalidInputError("system_msg_wrong")
    return given


def name(given: Option) -> str:
    """Return a session's name: one line of 1 to 100 code points, not all of them invisible.

    :raises InvalidInputError: when it is not such a line
    """
    text = given.strip() if isinstance(given, str) else ""
    if len(text) > NAME_CHARS_MAX:
        raise InvalidInputError("name_too_long")
    if any(map(_is_no_part_of_a_name, text)):
        raise InvalidInputError("name_wrong")
    if is_blank(text):
        raise InvalidInputError("name_blank")
    return text


def _is_no_part_of_a_name(character: str) -> bool:
    return character in _TURNS_TEXT or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
