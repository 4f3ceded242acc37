"""What could not be delivered where it was asked, as it is shown to its asker. Pure."""

from typing import Final

from messages.components import Button, Panel
from messages.custom_id import encode
from messages.files import File
from messages.presses import Dismiss, ShowUndelivered
from messages.verbs.notes import UndeliveredAnswer, UndeliveredNotice
from texts.answers import FOR_ADMINS
from texts.escaping import CONTENT_CHARS_MAX, one_line

NOTHING: Final = "Nothing is waiting for you: everything could be delivered, or you have dismissed it."
_QUESTION_CHARS: Final = 200
_CUT: Final = "-# It stopped before its end."
_CLOSED: Final = "Its session was closed to you, or you are not where you may see it, so it is not shown here."


def undelivered_line(waiting: int) -> tuple[str, ...]:
    """What a panel says about it, if there is something."""
    if not waiting:
        return ()
    what = "1 answer or word could" if waiting == 1 else f"{waiting} answers or words could"
    return (f"{what} not be delivered to you. Press **{_label(waiting)}** to read.", "")


def undelivered_button(waiting: int) -> tuple[Button, ...]:
    """The button that sends it, if there is something."""
    if not waiting:
        return ()
    return (Button(label=_label(waiting), custom_id=encode(ShowUndelivered()), style="primary"),)


def _label(waiting: int) -> str:
    return f"Undelivered ({waiting})"


def note_panel(note: UndeliveredAnswer | UndeliveredNotice) -> Panel:
    """One of them in a private message: an answer that is too long for it comes as a file."""
    rows = ((Button(label="Dismiss", custom_id=encode(Dismiss(note=note.note))),),)
    if isinstance(note, UndeliveredNotice):
        return Panel(text=FOR_ADMINS[note.reason], rows=rows)
    head = f"In <#{note.channel_id}>, where the answer cannot be shown, you asked: {one_line(note.question, _QUESTION_CHARS)}"
    if note.text is None:
        return Panel(text=f"{head}\n{_CLOSED}", rows=rows)
    whole = "\n\n".join([head, note.text, *([_CUT] if note.is_cut else [])])
    if len(whole) <= CONTENT_CHARS_MAX:
        return Panel(text=whole, rows=rows)
    file = File(name=f"answer-{note.note}.md", content=note.text.encode())
    text = "\n".join(
        [head, "The answer is too long for a message, so it comes as a file.", *([_CUT] if note.is_cut else [])]
    )
    return Panel(text=text, rows=rows, file=file)


def dismissed_panel(waiting: int) -> Panel:
    """What takes the place of one that was read."""
    return Panel(text="Dismissed.", rows=(undelivered_button(waiting),) if waiting else ())
