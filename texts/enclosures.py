"""How people read what a message encloses, where a conversation is shown as text. Pure."""

from typing import Final

from msgspec.structs import replace

from messages.enclosure import Enclosure, heard_in
from messages.turn import Utterance
from texts.escaping import one_line
from texts.say import Locale, say


def with_enclosures(said: Utterance, locale: Locale) -> Utterance:
    """Return an utterance whose text begins with what it encloses, a line or more in brackets for each.

    Of one that was erased with everything of its author's, that is what the text says.
    """
    if said.is_forgotten:
        return replace(
            said, author_name=say("conversation.somebody", locale), text=say("conversation.forgotten", locale)
        )
    if not said.enclosures:
        return said
    is_heard = said.text == heard_in(said.enclosures)
    lines = [f"[{_said(one, locale, is_heard=is_heard and one.is_heard)}]" for one in said.enclosures]
    return replace(said, text="\n".join([*lines, said.text] if said.text else lines), enclosures=())


DOCUMENT_CHARS_MAX: Final = 1_000
"""A conversation that is shown has so much of each document: whoever wants all of it has the file, below the question."""


def _beginning(text: str) -> str:
    return text if len(text) <= DOCUMENT_CHARS_MAX else f"{text[:DOCUMENT_CHARS_MAX]}…"


def _said(enclosed: Enclosure, locale: Locale, *, is_heard: bool) -> str:
    """Return what is enclosed. `is_heard`: what it says is the text of the whole, which need not be told twice."""
    text, author = enclosed.text, one_line(enclosed.author)
    match enclosed.kind:
        case "reply":
            if text is None:
                return say("enclosed.reply_gone", locale)
            return say("enclosed.reply", locale, author=author, text=text).rstrip(":： ")  # it may have files alone
        case "forward":
            if text is None:
                return say("enclosed.forward_gone", locale)
            return say("enclosed.forward", locale, text=text).rstrip(":： ")
        case "thread" if text:
            name = one_line(enclosed.name)
            return say("enclosed.thread_began", locale, name=name, author=author, text=text)
        case "thread":
            return say("enclosed.thread", locale, name=one_line(enclosed.name))
        case "poll":
            return say("enclosed.poll", locale, text=text or "")
        case "sticker":
            return say("enclosed.sticker", locale, name=one_line(enclosed.name))
        case "voice" if text and not is_heard:
            return say("enclosed.voice_text", locale, text=text)
        case "voice":
            return say("enclosed.voice", locale)
        case "file" if is_heard:
            return say("enclosed.file", locale, name=one_line(enclosed.name))
        case "file" if text:
            return say("enclosed.file_text", locale, name=one_line(enclosed.name), text=_beginning(text))
        case "file":
            return say("enclosed.file", locale, name=one_line(enclosed.name))
