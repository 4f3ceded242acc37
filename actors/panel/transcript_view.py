"""Draws a conversation: its end for a panel, or all of it, as a message if it fits, otherwise as Markdown files. Pure.

Nobody can forge what somebody else said: every line that was said is indented or quoted, and the speakers' names are not.
The time that drawing takes grows with the conversation; `response.py` has long ones drawn outside the event loop.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from actors.panel.times_view import utc
from messages.components import Panel, simple_panel
from messages.files import File
from messages.ids import NOBODY, SessionId
from messages.turn import Utterance
from messages.verbs.sessions import Dialogue, SessionShown
from messages.verbs.users import SessionChosen, SessionListed
from texts.enclosures import with_enclosures
from texts.escaping import CONTENT_CHARS_MAX, code_block, code_block_of_end, escape_markdown, one_line, sanitize
from texts.say import Locale, say, say_count

FILE_BYTES_MAX: Final = 5 * 2**20
"""Discord takes 10 MiB in a request (Discord: Uploading Files); half of it leaves room for a slow upload."""

FILES_MAX: Final = 10
"""Files of one conversation: enough for millions of words, few enough to be sent while the interaction lives."""

EXCERPT_LINES: Final = 24
"""Of a conversation's end in a panel: about what a screen holds."""

SPOKEN_CHARS_MAX: Final = 1_000_000
"""Code points of one utterance in one piece: at four bytes each they fit into a file, with a heading."""

ANSWER_MARK: Final = "▸"
"""Stands before the word "Answer" in plain text; people's names lose it, so that nobody can speak as the model."""


class Heading(Struct, frozen=True, kw_only=True):
    """Stands above a conversation in a file: the title, lines of facts, and for the owner the system message."""

    session: SessionId
    title: str
    facts: tuple[str, ...]
    system_msg: str | None = None
    left_out: int = 0
    """Utterances at the beginning that were not read, because the files would not hold them."""


def heading_of(dialogue: Dialogue, locale: Locale) -> Heading:
    """Return what an export says about a session."""
    shown = dialogue.shown
    return Heading(
        session=shown.session,
        title=shown.title,
        facts=(
            _creator(shown, locale),
            say("file.create_time", locale, time=utc(shown.create_time_s)),
            say("file.update_time", locale, time=utc(shown.update_time_s)),
            say("file.modify_time", locale, time=utc(shown.modify_time_s)),
            say("file.model", locale, model=escape_markdown(shown.model)),
            say("file.conversation", locale, messages=say_count("messages", _number(dialogue), locale)),
        ),
        system_msg=shown.system_msg,
        left_out=dialogue.left_out,
    )


def _creator(session: SessionShown | SessionListed, locale: Locale) -> str:
    if session.creator == NOBODY:
        return say("file.of_channel", locale)
    return say("file.creator", locale, name=escape_markdown(session.creator_name), user=session.creator)


def heading_of_chosen(chosen: SessionChosen, locale: Locale) -> Heading:
    """Return what a file says about a session that somebody chose from the menu."""
    session = chosen.chosen
    return Heading(
        session=session.session,
        title=session.title,
        facts=(
            _creator(session, locale),
            say("file.update_time", locale, time=utc(session.update_time_s)),
            say("file.model", locale, model=escape_markdown(session.model)),
            say("file.conversation", locale, messages=say_count("messages", _number(chosen), locale)),
        ),
        left_out=chosen.left_out,
    )


def _number(conversation: Dialogue | SessionChosen) -> int:
    return conversation.left_out + len(conversation.utterances)


def chars_of(utterances: Sequence[Utterance]) -> int:
    """Return about how many code points drawing these produces, which is what it costs."""
    enclosed = sum(len(one.text or "") + len(one.name) for said in utterances for one in said.enclosures)
    return sum(len(said.text) for said in utterances) + 20 * len(utterances) + enclosed


def excerpt(utterances: Sequence[Utterance], room: int, locale: Locale, *, is_whole: bool) -> str:
    """Return the end of a conversation in a code block of at most `room` code points and `EXCERPT_LINES` lines."""
    text = _text(_told(utterances, locale), locale)
    return code_block_of_end(text, room, locale, is_whole=is_whole, lines_max=EXCERPT_LINES)


def _told(utterances: Sequence[Utterance], locale: Locale) -> Sequence[Utterance]:
    """Return the utterances with what they enclose as a part of their texts."""
    return [with_enclosures(said, locale) for said in utterances]


def messages(heading: Heading, utterances: Sequence[Utterance], locale: Locale) -> tuple[Panel, ...]:
    """Return the whole conversation as one message if it fits, otherwise as files."""
    if not utterances:
        return (simple_panel(say("conversation.empty", locale, title=escape_markdown(heading.title))),)
    if chars_of(utterances) <= CONTENT_CHARS_MAX:
        said = say_count("messages", len(utterances), locale)
        head = say("conversation.whole", locale, title=escape_markdown(heading.title), messages=said)
        text = f"{head}\n{code_block(_text(_told(utterances, locale), locale), 10 * CONTENT_CHARS_MAX, locale)}"
        if len(text) <= CONTENT_CHARS_MAX:
            return (simple_panel(text),)
    return files(heading, utterances, locale)


def files(heading: Heading, utterances: Sequence[Utterance], locale: Locale) -> tuple[Panel, ...]:
    """Return the whole conversation as Markdown files, one in each message, oldest first.

    Of a conversation that is too long for `FILES_MAX` files, the beginning is left out.
    """
    pieces = _pieces(heading, _told(utterances, locale), locale)
    kept = pieces[-FILES_MAX:]
    left_out = heading.left_out + sum(piece.utterances for piece in pieces[:-FILES_MAX])
    title, number = escape_markdown(heading.title), len(kept)
    panels = []
    for position, piece in enumerate(kept, 1):
        part = say("conversation.part", locale, part=position, parts=number) if number > 1 else ""
        said = say_count("messages", heading.left_out + len(utterances), locale)
        text = say("conversation.file", locale, title=title, part=part, messages=said)
        if left_out:
            missing = say_count("messages", left_out, locale)
            text = f"{text} {say('conversation.left_out', locale, messages=missing)}"
        head = _head(heading, locale) if position == 1 else f"# {title}{part}\n"
        name = file_name(heading, position if number > 1 else None)
        panels.append(simple_panel(text, files=(File(name=name, content=head.encode() + b"".join(piece.drawn)),)))
    return tuple(panels)


def file_name(heading: Heading, part: int | None = None) -> str:
    """Return a name that every file system takes, made of what ASCII can hold of the title; `part` counts from 1."""
    plainer = unicodedata.normalize("NFKD", heading.title).encode("ascii", "ignore").decode()
    slug = re.sub("[^A-Za-z0-9]+", "-", plainer)[:60].strip("-") or "session"
    # The session's id makes the name unique, and none of those that Windows reserves.
    return f"{slug}-{heading.session}{'' if part is None else f'-{part}'}.md"


class _Piece(Struct):
    """The content of one file."""

    drawn: list[bytes]
    size: int = 0
    utterances: int = 0


def _pieces(heading: Heading, utterances: Sequence[Utterance], locale: Locale) -> list[_Piece]:
    room = FILE_BYTES_MAX - len(_head(heading, locale).encode())
    pieces = [_Piece([])]
    for said in utterances:
        for drawn in _quoted(said, locale):
            if pieces[-1].size + len(drawn) > room and pieces[-1].drawn:
                pieces.append(_Piece([]))
            pieces[-1].drawn.append(drawn)
            pieces[-1].size += len(drawn)
        pieces[-1].utterances += 1
    return pieces


def _head(heading: Heading, locale: Locale) -> str:
    lines = [f"# {escape_markdown(heading.title)}", "", *(f"* {fact}" for fact in heading.facts), ""]
    if heading.system_msg and heading.system_msg.strip():
        lines += [f"## {say('file.system_msg', locale)}", "", _quote(heading.system_msg), ""]
    return "\n".join([*lines, f"## {say('file.heading', locale)}", ""])


def _quoted(said: Utterance, locale: Locale) -> Iterator[bytes]:
    if said.role == "assistant":
        speaker = say("conversation.answer", locale)
    else:
        author = said.author_id or say("conversation.unknown", locale)
        speaker = f"{escape_markdown(said.author_name)} ({author})"
    for start in range(0, len(said.text) or 1, SPOKEN_CHARS_MAX):
        text = said.text[start : start + SPOKEN_CHARS_MAX]
        mark = say("conversation.cut", locale) if said.cut and start + SPOKEN_CHARS_MAX >= len(said.text) else ""
        more = say("conversation.continued", locale) if start else ""
        yield f"\n### {speaker}{more}{mark}\n\n{_quote(text)}\n".encode()


def _quote(text: str) -> str:
    """Quote a text so that it cannot end its quotation; a text that could be read as HTML is put into a code block."""
    cleaned = sanitize(text)
    if re.search(r"<[A-Za-z/!?]", cleaned):
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", cleaned)), default=0))
        cleaned = f"{fence}\n{cleaned}\n{fence}"
    return "\n".join(f"> {line}" for line in cleaned.split("\n"))


def _text(utterances: Sequence[Utterance], locale: Locale) -> str:
    return "\n".join(_indented(said, locale) for said in utterances)


def _indented(said: Utterance, locale: Locale) -> str:
    if said.role == "assistant":
        speaker = f"{ANSWER_MARK} {say('conversation.answer', locale)}"
    else:
        speaker = one_line(said.author_name.replace(ANSWER_MARK, ""))
    cut = say("conversation.cut", locale) if said.cut else ""
    lines = "\n".join(f"  {line}" for line in sanitize(said.text).strip("\n").split("\n"))
    return f"{speaker}{cut}:\n{lines}"
