"""Shows people, in private, the answers that could not be delivered where they asked. Pure."""

from typing import Final

from messages.components import Button, Panel, simple_panel
from messages.custom_id import encode
from messages.files import File
from messages.presses import Dismiss, ShowUndelivered
from messages.verbs.notes import UndeliveredAnswer, UndeliveredNotice
from texts.answers import FOR_ADMINS
from texts.escaping import CONTENT_CHARS_MAX, one_line
from texts.lacks import undelivered_lines
from texts.say import Locale, say, say_count

FILES_MAX: Final = 10
"""Files of one message (Discord: Create Message, files)."""

_QUESTION_CHARS: Final = 200
"""A panel shows no more of the question, so that the answer has room."""


def undelivered_line(waiting: int, locale: Locale) -> tuple[str, ...]:
    """Return the lines of a panel that say how many messages wait; none when no message waits."""
    if not waiting:
        return ()
    waiting_messages = say_count("messages", waiting, locale)
    return (say("undelivered.waiting", locale, messages=waiting_messages, button=_label(waiting, locale)), "")


def undelivered_button(waiting: int, locale: Locale) -> tuple[Button, ...]:
    """Return the button that sends the messages that wait; none when no message waits."""
    if not waiting:
        return ()
    return (Button(label=_label(waiting, locale), custom_id=encode(ShowUndelivered()), style="primary"),)


def _label(waiting: int, locale: Locale) -> str:
    return say("button.undelivered", locale, count=waiting)


def note_panels(note: UndeliveredAnswer | UndeliveredNotice, locale: Locale) -> tuple[Panel, ...]:
    """Return what could not be delivered, with the button *Dismiss*; a long answer is a file.

    Files that find no room in the first message come in further messages.
    """
    rows = ((Button(label=say("button.dismiss", locale), custom_id=encode(Dismiss(note=note.note))),),)
    if isinstance(note, UndeliveredNotice):
        return (simple_panel(say(FOR_ADMINS[note.reason], locale), *rows),)
    question = one_line(note.question, _QUESTION_CHARS)
    asked = say("undelivered.question", locale, channel=note.channel_id, question=question)
    head = "\n".join([asked, *undelivered_lines(note.lacks, locale)])
    if note.answer is None:
        return (simple_panel(f"{head}\n{say('undelivered.closed', locale)}", *rows),)
    cut = [say("undelivered.cut", locale)] if note.is_cut else []
    said, files = note.answer.text, note.answer.files
    text = "\n\n".join(line for line in (head, said, *cut) if line)
    if len(text) > CONTENT_CHARS_MAX:
        files = (File(name=f"answer-{note.note}.md", content=said.encode()), *files)
        text = "\n".join([head, say("undelivered.file", locale), *cut])
    more = tuple(
        simple_panel("", files=files[start : start + FILES_MAX]) for start in range(FILES_MAX, len(files), FILES_MAX)
    )
    return (simple_panel(text, *rows, files=files[:FILES_MAX]), *more)


def dismissed_panel(waiting: int, locale: Locale) -> Panel:
    """Return what takes the place of a message that was dismissed; `waiting` messages are left."""
    return simple_panel(
        say("undelivered.dismissed", locale),
        undelivered_button(waiting, locale),
    )
