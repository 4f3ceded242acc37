"""What people read of what a message encloses, where a conversation is shown."""

from msgspec.structs import replace

from messages.enclosure import Enclosure
from tests.models.test_prompt import said
from texts.enclosures import DOCUMENT_CHARS_MAX, with_enclosures
from texts.say import DEFAULT_LOCALE


def shown(*enclosures: Enclosure) -> str:
    return with_enclosures(replace(said("What is it?"), enclosures=enclosures), DEFAULT_LOCALE).text


def test_a_document_is_shown_by_its_beginning() -> None:
    """A hundred pages between two questions would be read by nobody."""
    document = Enclosure(kind="file", name="a.pdf", text="x" * DOCUMENT_CHARS_MAX)
    assert shown(document) == f"[file a.pdf: {document.text}]\nWhat is it?"
    assert shown(replace(document, text="x" * 200_000)) == f"[file a.pdf: {document.text}…]\nWhat is it?"


def test_a_picture_is_shown_by_its_name() -> None:
    """It has no text."""
    assert shown(Enclosure(kind="file", name="a.png", media_type="image/png")) == "[file: a.png]\nWhat is it?"
