"""What a model reasoned before an answer, as one private message. Pure."""

from messages.components import Panel, simple_panel
from messages.files import File
from messages.ids import TurnId
from texts.escaping import CONTENT_CHARS_MAX
from texts.say import Locale, say


def reasoning_panel(turn: TurnId, text: str, locale: Locale) -> Panel:
    """Return the reasoning below a line that says what it is; a long one is a file."""
    if not text:
        return simple_panel(say("reasoning.none", locale))
    head = say("reasoning.head", locale)
    whole = f"{head}\n{text.strip()}"
    if len(whole) <= CONTENT_CHARS_MAX:
        return simple_panel(whole)
    return simple_panel(
        head, files=(File(name=f"reasoning-{turn}.md", content=text.strip().encode("utf-8", "replace")),)
    )
