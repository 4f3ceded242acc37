"""`make languages`: brings every file in `texts/languages/` up to date with the English sentences.

New sentences are added without a translation. One whose English has changed keeps its translation, marked `fuzzy`, with the English
that it translated: until somebody has looked at it and removed the mark, the bot says that sentence in English. What is said no more is
removed. `make languages NEW=de` begins a language.
"""

import sys
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from texts import english
from texts.say import ENGLISH

LANGUAGES: Final = Path(__file__).parents[1] / "texts" / "languages"
HEADER: Final = "# Translations of texts/english.py; CONTRIBUTING.md tells how they are added and changed."


def sentences() -> dict[str, str | tuple[str, str]]:
    """Return what is to be translated, by key: one sentence, or two where something is counted. Nothing needs no translation."""
    counts: dict[str, str | tuple[str, str]] = dict(english.COUNTS.items())
    return {key: sentence for key, sentence in ENGLISH.items() if sentence} | counts


def up_to_date(old: Catalog) -> Catalog:
    """Return a catalogue with today's keys and English sentences, and what is translated in another one."""
    new = Catalog(
        locale=old.locale, fuzzy=False, charset="utf-8", header_comment=HEADER, project="Causerie", version="1"
    )
    before = {message.context: message for message in old if message.context}
    for key, sentence in sentences().items():
        known = before.get(key)
        if known is None or not known.string:
            new.add(sentence, context=key)
        elif known.id == sentence:
            new.add(sentence, known.string, context=key, flags=known.flags & {"fuzzy"}, previous_id=known.previous_id)
        elif isinstance(known.id, str) == isinstance(sentence, str):
            new.add(sentence, known.string, context=key, flags={"fuzzy"}, previous_id=known.id)
        else:
            new.add(sentence, context=key)
    return new


def written(catalogue: Catalog, name: str) -> bytes:
    """Return a catalogue as a PO file. It has no dates, so that it changes only when a sentence does."""
    text = BytesIO()
    write_po(text, catalogue, width=0, include_previous=True, omit_header=True)
    language = name.replace("-", "_")
    plurals = catalogue.plural_forms.rstrip(";")
    header = (
        f'{HEADER}\nmsgid ""\nmsgstr ""\n"Language: {language}\\n"\n"MIME-Version: 1.0\\n"\n'
        f'"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: {plurals};\\n"\n\n'
    )
    return header.encode() + text.getvalue()


def main() -> None:
    """Bring every language up to date, and begin the one that is named as an argument, if one is."""
    for name in sys.argv[1:]:
        (LANGUAGES / f"{name}.po").touch()
    for path in sorted(LANGUAGES.glob("*.po")):
        locale = Locale.parse(path.stem, sep="-")
        with path.open("rb") as file:
            old = read_po(file, locale=locale)
        path.write_bytes(written(up_to_date(old), path.stem))


if __name__ == "__main__":
    main()
