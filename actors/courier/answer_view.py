"""What Discord shows of a turn: the answer in parts, a sentence where it is not whole, the buttons. Pure.

A draft ends with a cursor and *Stop*; an outcome never does. So nobody takes a text that stands still for one that grows.
"""

from typing import Final

from msgspec import Struct

from actors.courier.answer_split import CONTENT_CHARS_MAX, split
from messages import custom_id
from messages.answer import Answer
from messages.components import Button
from messages.files import File
from messages.ids import TurnId
from messages.presses import Continue, Retry, RetryWithDefault, Stop, SwitchOn
from messages.turn import OutcomePending, Reason
from texts.answers import CONTINUE, RETRY, WITH_TEXT, sentence
from texts.escaping import escape_markdown, one_line
from texts.say import DEFAULT_LOCALE, Locale, say

CURSOR: Final = "▌"
"""Ends a draft: a text without it, and without *Stop*, is not being written any more."""


FILES_MAX: Final = 10
"""Files of one message (Discord: Create Message, files)."""

NAMED_MAX: Final = 3
FILE_NAME_CHARS: Final = 40
"""Of files that no model was shown, so many are named, each with so many code points."""


class PartWanted(Struct, frozen=True):
    """One Discord message: its text, its buttons in one row, and its files, at most `FILES_MAX`."""

    text: str
    buttons: tuple[Button, ...] = ()
    files: tuple[File, ...] = ()


def draft(
    turn: TurnId, answer: Answer, locale: Locale = DEFAULT_LOCALE, *, is_thinking: bool = False
) -> tuple[PartWanted, ...]:
    """The answer so far, with a cursor and *Stop* on its last part; nothing while there is neither text nor thinking."""
    parts = split(answer.text) or ([f"-# {say('thinking', locale)}"] if is_thinking else [])
    if not parts:
        return ()
    *whole, last = parts
    stop = Button(label=say("button.stop", locale), custom_id=custom_id.encode(Stop(turn=turn)), style="danger")
    return (*map(PartWanted, whole), PartWanted(_with_cursor(last), (stop,)))


def _with_cursor(part: str) -> str:
    # Behind a code block's end, on the same line, it would be part of the block.
    last_line = part[part.rfind("\n") + 1 :].strip()
    shown = part + ("\n" if last_line and not last_line.strip("`~") else " ") + CURSOR
    return shown if len(shown) <= CONTENT_CHARS_MAX else part


def outcome(
    ended: OutcomePending, locale: Locale = DEFAULT_LOCALE, *, without_files: bool = False
) -> tuple[PartWanted, ...]:
    """How a turn ended: its text and files, and unless it is whole one sentence and the buttons that help; a footer if needed.

    The files come with the last message of the text, and in further messages where they are more than one message takes.
    With `without_files`, a sentence takes their place. Nothing for a question that was deleted before there was an answer to
    it: what it would reply to is gone.
    """
    files = () if without_files else ended.answer.files
    parts = _texts(ended, locale, without_files=without_files)
    if not files or (not parts and ended.reason == "question_deleted"):
        return parts
    *whole, last = parts or (PartWanted(""),)
    batches = [files[start : start + FILES_MAX] for start in range(0, len(files), FILES_MAX)]
    first = PartWanted(last.text, last.buttons, batches[0])
    return (*whole, first, *(PartWanted("", files=batch) for batch in batches[1:]))


def _texts(ended: OutcomePending, locale: Locale, *, without_files: bool) -> tuple[PartWanted, ...]:
    parts = split(ended.answer.text)
    reason = ended.reason
    if not parts and not ended.answer.files and reason in WITH_TEXT:
        reason = "no_text"  # a model that reasons can spend all its tokens on that
    if not parts and reason == "question_deleted":
        return ()
    sentences = [] if reason == "complete" else [sentence(ended, reason, locale, has_text=bool(parts))]
    if without_files:
        sentences.append(say("files_refused", locale))
    if parts and ended.left_out:
        sentences.append(say("left_out", locale, files=_file_names(ended.left_out, locale)))
    if parts and ended.note_public:
        sentences.append(say("public_session", locale))
    buttons = _buttons(ended, reason, locale, has_text=bool(parts))
    if not sentences:
        return tuple(map(PartWanted, parts))
    if not parts:
        return (PartWanted("\n".join(sentences), buttons),)
    *whole, last = parts
    small = "\n".join(f"-# {one}" for one in sentences)
    if len(last) + 1 + len(small) <= CONTENT_CHARS_MAX:
        return (*map(PartWanted, whole), PartWanted(f"{last}\n{small}", buttons))
    return (*map(PartWanted, parts), PartWanted(small, buttons))


def _file_names(names: tuple[str, ...], locale: Locale) -> str:
    """Return what files are called, `NAMED_MAX` of them by their names."""
    named = ", ".join(escape_markdown(name, FILE_NAME_CHARS) for name in names[:NAMED_MAX])
    more = len(names) - NAMED_MAX
    return named if more <= 0 else say("left_out_more", locale, files=named, count=more)


_MODEL_CHARS: Final = 60
"""A label has 80 (Discord: Component Reference, Button)."""


def _buttons(ended: OutcomePending, reason: Reason, locale: Locale, *, has_text: bool) -> tuple[Button, ...]:
    if reason == "hint":
        return (
            Button(label=say("button.new", locale), custom_id=custom_id.encode(SwitchOn(to="new"))),
            Button(label=say("button.activate", locale), custom_id=custom_id.encode(SwitchOn(to="activate"))),
        )
    if ended.session is None:
        return ()  # nothing was stored that could be asked again
    buttons = []
    if reason in RETRY:
        buttons.append(
            Button(
                label=say("button.retry", locale), custom_id=custom_id.encode(Retry(turn=ended.turn)), style="primary"
            )
        )
    if reason in CONTINUE and has_text:
        buttons.append(
            Button(label=say("button.continue", locale), custom_id=custom_id.encode(Continue(turn=ended.turn)))
        )
    if ended.other_model is not None:
        label = say("button.use_default", locale, model=one_line(ended.other_model, _MODEL_CHARS))
        buttons.append(Button(label=label, custom_id=custom_id.encode(RetryWithDefault(turn=ended.turn))))
    return tuple(buttons)
