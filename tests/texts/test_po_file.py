"""A language's file is read as GNU gettext defines it, and one that is broken is refused by the line."""

from io import BytesIO

import pytest

from tests.texts.test_languages import CATALOGUES, CHECKOUT, FOLDER
from texts.po_file import Translated, read_po

HEADER = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n<5 ? 1 : 2);\\n"\n\n'
ENTRY = 'msgctxt "greeting"\nmsgid "Hello"\nmsgstr "Ahoj"\n\n'


def test_an_entry_has_its_key_its_english_and_its_translation() -> None:
    """Comments say nothing, and a long text may stand on several lines."""
    po = read_po(
        HEADER
        + '#. for whoever comes in\n#: somewhere\nmsgctxt "greeting"\nmsgid ""\n"Hel"\n"lo"\nmsgstr "Ahoj \\"ty\\"\\n"\n',
        "cs",
    )
    assert po.entries == {"greeting": Translated(("Hello",), ('Ahoj "ty"\n',))}


def test_what_is_counted_has_the_forms_of_the_language() -> None:
    """The header says how many there are, and which one a number takes."""
    counted = (
        'msgctxt "sessions"\nmsgid "{count} session"\nmsgid_plural "{count} sessions"\n'
        'msgstr[0] "{count} sezení"\nmsgstr[1] "{count} sezení"\nmsgstr[2] "{count} sezeních"\n'
    )
    po = read_po(HEADER + counted, "cs")
    assert po.entries["sessions"].english == ("{count} session", "{count} sessions")
    assert [po.plural(number) for number in (1, 2, 4, 5, 0)] == [0, 1, 1, 2, 1]
    assert po.entries["sessions"].forms[po.plural(7)] == "{count} sezeních"


@pytest.mark.parametrize(
    "entry",
    [
        'msgctxt "greeting"\nmsgid "Hello"\nmsgstr ""\n',
        '#, fuzzy\nmsgctxt "greeting"\nmsgid "Hello"\nmsgstr "Ahoj"\n',
        '#, python-brace-format, fuzzy\n#| msgid "Hi"\nmsgctxt "greeting"\nmsgid "Hello"\nmsgstr "Ahoj"\n',
    ],
)
def test_an_entry_that_nobody_has_translated_or_looked_at_has_no_forms(entry: str) -> None:
    """It is said in English."""
    assert read_po(HEADER + entry, "cs").entries["greeting"].forms == ()


def test_an_entry_that_is_commented_out_is_none() -> None:
    """Tools keep what is no longer used in comments."""
    assert read_po(HEADER + '#~ msgctxt "greeting"\n#~ msgid "Hello"\n#~ msgstr "Ahoj"\n', "cs").entries == {}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (ENTRY, "cs.po: no Plural-Forms stand before 'greeting'"),
        ("", "cs.po: there are no Plural-Forms"),
        (HEADER + ENTRY + ENTRY, "cs.po: 'greeting' stands twice"),
        (HEADER + 'msgctxt "greeting"\nmsgid "Hello"\n', "cs.po: 'greeting' has 0 forms"),
        (
            HEADER + 'msgctxt "one"\nmsgid "1"\nmsgid_plural "2"\nmsgstr[0] "1"\nmsgstr[1] "2"\n',
            "cs.po: 'one' has 2 forms",
        ),
        (HEADER + "msgctxt greeting\n", "cs.po: line 5 is no line of a PO file: msgctxt greeting"),
        (HEADER + '"Hello"\n', 'cs.po: line 5 is no line of a PO file: "Hello"'),
        (HEADER + 'msgctxt "a \\q"\n', 'cs.po: line 5 has a broken string: msgctxt "a \\q"'),
        # Without a blank line between them, two entries would become one.
        (HEADER + ENTRY.rstrip() + "\n" + ENTRY, 'cs.po: line 8 is no line of a PO file: msgctxt "greeting"'),
    ],
)
def test_a_broken_file_is_refused_by_its_line(text: str, complaint: str) -> None:
    """Whoever edits it finds the place."""
    with pytest.raises(ValueError, match=r"^cs\.po") as refused:
        read_po(text, "cs.po")
    assert str(refused.value) == complaint


def test_babel_reads_the_same() -> None:
    """What we read ourselves is what other programs read, so that translators may use any of them."""
    pofile = pytest.importorskip("babel.messages.pofile", reason="`make .venv/ready-dev` installs Babel")
    for name, ours in CATALOGUES.items():
        text = (CHECKOUT / FOLDER / name).read_bytes()
        theirs = {message.context: message for message in pofile.read_po(BytesIO(text)) if message.id}
        assert theirs.keys() == ours.entries.keys()
        for key, entry in ours.entries.items():
            forms = theirs[key].string
            assert (entry.forms or ("",)) == (forms if isinstance(forms, tuple) else (forms,)), key
            assert not list(theirs[key].check()), key
