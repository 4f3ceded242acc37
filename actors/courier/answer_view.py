"""What Discord shows of a turn: the answer in parts, a sentence where it is not whole, the buttons. Pure.

A draft ends with a cursor and *Stop*; an outcome never does. So nobody takes a text that stands still for one that grows.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, Literal

from msgspec import Struct

from actors.courier.answer_split import CONTENT_CHARS_MAX
from messages import custom_id
from messages.components import Button, Link
from messages.enclosure import LeftOut, Problem
from messages.files import File
from messages.flags import Flags
from messages.ids import TurnId
from messages.presses import Continue, Retry, RetryWithDefault, ShowReasoning, Stop, SwitchOn
from messages.turn import AFTER_EDIT, OutcomePending, Reason
from texts.answers import CONTINUE, PROBLEMS, RETRY, WITH_TEXT, introduction, sentence
from texts.escaping import escape_markdown, one_line
from texts.given import category
from texts.keys import AnswerKey
from texts.lacks import lacks_lines
from texts.say import Locale, say, say_count, say_list

CURSOR: Final = "▌"
"""Ends a draft: a text without it, and without *Stop*, is not being written any more."""


FILES_MAX: Final = 10
"""Files of one message (Discord: Create Message, files)."""

NAMED_MAX: Final = 3
FILE_NAME_CHARS: Final = 36
PROBLEMS_MAX: Final = 5
"""Of files that no model was shown, so many are named for each reason, each with so many code points, and for so many reasons:
together that fits into one message."""


CATEGORIES_MAX: Final = 13
CATEGORY_CHARS: Final = 40
"""So many categories are named, each with so many code points: OpenAI has 13 (API reference, Create moderation)."""


class PartWanted(Struct, frozen=True):
    """One Discord message: its text, its buttons in one row, and its files, at most `FILES_MAX`.

    `is_placeholder`: it stands where the reply of a turn will stand that waits.
    """

    text: str
    buttons: tuple[Button | Link, ...] = ()
    files: tuple[File, ...] = ()
    is_placeholder: bool = False


Refusal = Literal["too_large", "not_allowed", "refused"]
"""Why Discord does not take files: they are too large for the place, the bot may attach none there, or for another reason."""

HEARD_CHARS_MAX: Final = 300
"""So much of a recording is quoted: enough to see whether it was understood."""


def with_heard(heard: str, text: str, locale: Locale) -> str:
    """Return an answer's text below a quotation of what is said in the recordings of its question; as it is where there are none."""
    if not heard:
        return text
    return f"{say('heard', locale, text=escape_markdown(heard, HEARD_CHARS_MAX))}\n{text}"


def placeholder(turn: TurnId, ahead: int, locale: Locale) -> PartWanted:
    """That a turn waits behind so many others of its session, with *Stop*; without their number where that is 0."""
    waits = say_count("waits_behind", ahead, locale) if ahead else say("waits_its_turn", locale)
    return PartWanted(f"-# {waits}", (_stop(turn, locale),), is_placeholder=True)


def _stop(turn: TurnId, locale: Locale) -> Button:
    return Button(label=say("button.stop", locale), custom_id=custom_id.encode(Stop(turn=turn)), style="danger")


def draft(
    turn: TurnId,
    texts: Iterable[str],
    locale: Locale,
    *,
    doing: Literal["reading", "waiting", "thinking", "drawing"] | None = None,
    awaits_judgement: bool = False,
    starts_again: bool = False,
    files: tuple[File, ...] = (),
) -> Iterator[PartWanted]:
    """The answer so far, with a cursor and *Stop* on its last part; nothing while there is no text and the model is `doing` nothing.

    `texts` are its parts, and `files` stand below the last one. With `starts_again`, a small line says why there is less of it than there
    was; with `awaits_judgement`, that it goes on when the server's moderation has answered.
    """
    text = None
    for text, is_last in _with_last(texts):
        if not is_last:
            yield PartWanted(text)
    if text is None:
        if doing is None and not awaits_judgement:
            return
        text = f"-# {say('awaits_judgement' if awaits_judgement or doing is None else doing, locale)}"
        awaits_judgement = False  # it is said already
    shown = _with_cursor(text)
    notices: tuple[tuple[AnswerKey, bool], ...] = (
        ("awaits_judgement", awaits_judgement),
        ("starting_again", starts_again),
    )
    for key, applies in notices:
        if applies and len(more := f"{shown}\n-# {say(key, locale)}") <= CONTENT_CHARS_MAX:
            shown = more
    yield PartWanted(shown, (_stop(turn, locale),), files[:FILES_MAX])


def _with_last(texts: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Tell of each text whether it is the last one."""
    before = None
    for text in texts:
        if before is not None:
            yield before, False
        before = text
    if before is not None:
        yield before, True


def _with_cursor(part: str) -> str:
    # Behind a code block's end, on the same line, it would be part of the block.
    last_line = part[part.rfind("\n") + 1 :].strip()
    shown = part + ("\n" if last_line and not last_line.strip("`~") else " ") + CURSOR
    return shown if len(shown) <= CONTENT_CHARS_MAX else part


def outcome(
    ended: OutcomePending,
    texts: Iterable[str],
    locale: Locale,
    *,
    without: Sequence[File] = (),
    why: Refusal = "refused",
) -> Iterator[PartWanted]:
    """How a turn ended: its text and files, and unless it is whole one sentence and the buttons that help; a footer if needed.

    `texts` are the parts of the answer's text. The files come with the last of them, and in further messages where they are
    more than one message takes. A sentence takes the place of those in `without`, and says why. Nothing for a question that
    was deleted before there was an answer to it: what it would reply to is gone.
    """
    text = None
    for text, is_last in _with_last(texts):
        if not is_last:
            yield PartWanted(text)
    if text is None and ended.reason == "question_deleted":
        return
    *whole, last = _end(ended, text, locale, without=without, why=why)
    yield from whole
    files = tuple(file for file in ended.answer.files if file not in without)
    yield PartWanted(last.text, last.buttons, files[:FILES_MAX])
    for start in range(FILES_MAX, len(files), FILES_MAX):
        yield PartWanted("", files=files[start : start + FILES_MAX])


def _end(
    ended: OutcomePending, text: str | None, locale: Locale, *, without: Sequence[File], why: Refusal
) -> tuple[PartWanted, ...]:
    """The last part of the text with what is said below it, or what is said instead of any text; as two parts if it must be."""
    reason = ended.reason
    if text is None and not ended.answer.files and reason in WITH_TEXT:
        reason = "no_text"  # a model that reasons can spend all its tokens on that
    sentences = [] if reason == "complete" else [sentence(ended, reason, locale, has_text=text is not None)]
    if reason == "whole_in_file" and without:
        sentences = [say("only_beginning", locale)]
    if reason == "hint":
        sentences = [*introduction(locale), *lacks_lines(ended.lacks, locale)]
    if without:
        sentences.append(_without(without, why, locale))
    is_answer = text is not None or bool(ended.answer.files)
    if is_answer or reason in ("only_files", "picture_unusable"):
        left_out = _left_out_lines(ended.left_out, locale)
        # What cannot be read comes before what follows from it.
        sentences = [*left_out, *sentences] if reason == "only_files" else [*sentences, *left_out]
    if is_answer:
        sentences += _flagged(ended.flags, locale)
    if is_answer and ended.note_public:
        sentences.append(say("public_session", locale))
    buttons = _buttons(ended, reason, locale, has_text=text is not None)
    if text is None:
        return (PartWanted("\n".join(sentences), buttons),)
    if not sentences:
        return (PartWanted(text, buttons),)
    small = "\n".join(f"-# {one}" for one in sentences)
    if len(text) + 1 + len(small) <= CONTENT_CHARS_MAX:
        return (PartWanted(f"{text}\n{small}", buttons),)
    return PartWanted(text), PartWanted(small, buttons)


def _without(files: Sequence[File], why: Refusal, locale: Locale) -> str:
    """Say which files of an answer are not there."""
    names = _file_names([file.name for file in files], locale)
    is_picture = any(file.media_type.startswith("image/") for file in files)
    match why:
        case "too_large":
            return say("picture_not_sent", locale) if is_picture else say("files_not_sent", locale, files=names)
        case "not_allowed":
            return say("files_not_allowed", locale, files=names)
        case "refused":
            return say("picture_not_taken" if is_picture else "files_refused", locale)


def _flagged(flags: Flags, locale: Locale) -> Iterator[str]:
    """Say what the server's moderation found."""
    if flags.question:
        yield say("question_flagged", locale, categories=_categories(flags.question, locale))
    if flags.answer:
        yield say("answer_flagged", locale, categories=_categories(flags.answer, locale))


def _categories(names: tuple[str, ...], locale: Locale) -> str:
    return say_list((category(name, locale, CATEGORY_CHARS) for name in names[:CATEGORIES_MAX]), locale)


def _left_out_lines(left_out: Sequence[LeftOut], locale: Locale) -> list[str]:
    """Return which files no model was shown: a sentence for each of the first `PROBLEMS_MAX` reasons."""
    names: dict[Problem, list[str]] = {}
    for file in left_out:
        if file.problem in PROBLEMS:
            names.setdefault(file.problem, []).append(file.name)
    lines = [
        say("left_out", locale, files=_file_names(names[problem], locale), why=say(PROBLEMS[problem], locale))
        for problem in islice(names, PROBLEMS_MAX)
    ]
    return lines + [_cut(file, locale) for file in left_out if file.problem == "cut"][:NAMED_MAX]


def _cut(file: LeftOut, locale: Locale) -> str:
    """Return of which document, and how much of it, the model was told."""
    name = escape_markdown(file.name, FILE_NAME_CHARS)
    if not file.pages:
        return say("left_out_cut", locale, files=name)
    return say("left_out_cut_pages", locale, files=name, read=file.pages_read, pages=file.pages)


def _file_names(names: Sequence[str], locale: Locale) -> str:
    """Return what files are called, `NAMED_MAX` of them by their names."""
    named = say_list((escape_markdown(name, FILE_NAME_CHARS) for name in names[:NAMED_MAX]), locale)
    more = len(names) - NAMED_MAX
    return named if more <= 0 else say("left_out_more", locale, files=named, count=more)


_MODEL_CHARS: Final = 60
"""A label has 80 (Discord: Component Reference, Button)."""


def _buttons(ended: OutcomePending, reason: Reason, locale: Locale, *, has_text: bool) -> tuple[Button | Link, ...]:
    if reason == "hint":
        more = Link(label=say("button.more", locale), url=ended.guide_url)
        return (
            Button(label=say("button.new", locale), custom_id=custom_id.encode(SwitchOn(to="new"))),
            Button(label=say("button.activate", locale), custom_id=custom_id.encode(SwitchOn(to="activate"))),
            *([more] if ended.guide_url else []),
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
    elif ended.is_edited and reason in AFTER_EDIT:
        label = say("button.ask_again", locale)
        buttons.append(Button(label=label, custom_id=custom_id.encode(Retry(turn=ended.turn))))
    if reason in CONTINUE and has_text and ended.can_continue:
        buttons.append(
            Button(label=say("button.continue", locale), custom_id=custom_id.encode(Continue(turn=ended.turn)))
        )
    if ended.other_model is not None:
        label = say("button.use_default", locale, model=one_line(ended.other_model, _MODEL_CHARS))
        buttons.append(Button(label=label, custom_id=custom_id.encode(RetryWithDefault(turn=ended.turn))))
    if ended.has_reasoning:
        buttons.append(
            Button(label=say("button.reasoning", locale), custom_id=custom_id.encode(ShowReasoning(turn=ended.turn)))
        )
    return tuple(buttons)
