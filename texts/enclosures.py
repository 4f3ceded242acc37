"""How people read what a message encloses, where a conversation is shown as text. Pure."""

from msgspec.structs import replace

from messages.enclosure import Enclosure
from messages.turn import Utterance
from texts.escaping import one_line
from texts.say import Locale, say


def with_enclosures(said: Utterance, locale: Locale) -> Utterance:
    """Return an utterance whose text begins with what it encloses, a line or more in brackets for each."""
    if not said.enclosures:
        return said
    lines = [f"[{_said(enclosed, locale)}]" for enclosed in said.enclosures]
    return replace(said, text="\n".join([*lines, said.text] if said.text else lines), enclosures=())


def _said(enclosed: Enclosure, locale: Locale) -> str:
    text, author = enclosed.text, one_line(enclosed.author)
    match enclosed.kind:
        case "reply":
            return (
                say("enclosed.reply", locale, author=author, text=text) if text else say("enclosed.reply_gone", locale)
            )
        case "forward":
            return say("enclosed.forward", locale, text=text) if text else say("enclosed.forward_gone", locale)
        case "thread" if text:
            name = one_line(enclosed.name)
            return say("enclosed.thread_began", locale, name=name, author=author, text=text)
        case "thread":
            return say("enclosed.thread", locale, name=one_line(enclosed.name))
        case "poll":
            return say("enclosed.poll", locale, text=text or "")
        case "sticker":
            return say("enclosed.sticker", locale, name=one_line(enclosed.name))
        case "voice":
            return say("enclosed.voice", locale)
        case "file" if text:
            return say("enclosed.file_text", locale, name=one_line(enclosed.name), text=text)
        case "file":
            return say("enclosed.file", locale, name=one_line(enclosed.name))
