"""Reads a language's catalogue, a PO file as GNU gettext defines it. Pure.

Python's `gettext` reads only what was compiled to a binary file, so this reads the text itself; `gettext` knows the plurals.
"""

import gettext
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from msgspec import DecodeError, Struct, json

_LINE: Final = re.compile(r'(?:(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) +)?(".*")')
_PLURALS: Final = re.compile(r"^Plural-Forms: *nplurals *= *(\d+) *; *plural *= *([^;\n]+);? *$", re.MULTILINE)


class Translated(Struct, frozen=True):
    """One entry: the English sentences that it translates (one, or two where something is counted), and what they are in the language.

    `forms` is empty where nobody has translated the entry yet, and where its mark `fuzzy` says that somebody must look at it.
    """

    english: tuple[str, ...]
    forms: tuple[str, ...]


class PoFile(Struct, frozen=True):
    """A catalogue: its entries by key, and which form a number takes, counted from 0."""

    entries: Mapping[str, Translated]
    plural: Callable[[int], int]


def read_po(text: str, name: str) -> PoFile:
    """Return what stands in a PO file of that name, in which each entry's `msgctxt` is its key.

    :raises ValueError: for a line that is none of a PO file, a key that stands twice, a file that does not begin with its plurals, and
        an entry with more or fewer of them
    """
    entries: dict[str, Translated] = {}
    plurals: re.Match[str] | None = None
    for fields in _entries(text, name):
        forms = tuple(value for name, value in fields.items() if name.startswith("msgstr"))
        if "msgctxt" not in fields:
            plurals = _PLURALS.search("".join(forms))
            continue
        key = fields["msgctxt"]
        if plurals is None:
            raise ValueError(f"{name}: no Plural-Forms stand before {key!r}")
        if key in entries:
            raise ValueError(f"{name}: {key!r} stands twice")
        if len(forms) != (int(plurals[1]) if "msgid_plural" in fields else 1):
            raise ValueError(f"{name}: {key!r} has {len(forms)} forms")
        is_done = "fuzzy" not in fields and all(forms)
        english = tuple(fields[name] for name in ("msgid", "msgid_plural") if name in fields)
        entries[key] = Translated(english, forms if is_done else ())
    if plurals is None:
        raise ValueError(f"{name}: there are no Plural-Forms")
    return PoFile(entries, gettext.c2py(plurals[2].strip()))


def _entries(text: str, file: str) -> Iterator[dict[str, str]]:
    """Yield the fields of each entry; an entry ends with a blank line."""
    fields: dict[str, str] = {}
    name = ""
    for number, line in enumerate([*text.splitlines(), ""], 1):
        if line.startswith("#,") and "fuzzy" in line:
            fields["fuzzy"] = ""
        if line.startswith("#"):
            continue
        if not line.strip():
            if fields:
                yield fields
            fields = {}
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None or not (found[1] or name in fields) or found[1] in fields:
            raise ValueError(f"{file}: line {number} is no line of a PO file: {line}")
        name = found[1] or name
        try:
            # A string of C, as a PO file has it, is one of JSON as far as anybody writes them here.
            fields[name] = fields.get(name, "") + json.decode(found[2], type=str)
        except DecodeError as error:
            raise ValueError(f"{file}: line {number} has a broken string: {line}") from error
