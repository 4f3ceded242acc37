"""What the page says, by key: `sandbox/page/languages/` has the sentences, a file for each language.

The page's server says nothing in words of its own. It names a sentence and its values, and the page says it in the language of the
person who looks.
"""

from pathlib import Path
from typing import Any, Final

import msgspec

FOLDER: Final = Path(__file__).parent / "page" / "languages"

Sentences = dict[str, str]


def catalogues() -> dict[str, Sentences]:
    """Return the sentences of every language, by Discord's name of it; the first is English.

    :raises msgspec.DecodeError: a file is no JSON object of texts
    """
    return {path.stem: msgspec.json.decode(path.read_bytes(), type=Sentences) for path in sorted(FOLDER.glob("*.json"))}


class Said(msgspec.Struct, frozen=True):
    """A sentence of the page, with what is filled in."""

    key: str
    values: dict[str, Any] = {}
