"""A conversation as text: its end in a panel, or all of it, in a message when it fits, else in Markdown files. Pure.

Nobody can forge what somebody else said: every line that was said is indented, or quoted, and the names are not. Drawing costs
time in proportion to the conversation; of a long one, do it outside the event loop.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from messages.components import Panel
from messages.files import File
from messages.ids import SessionId
from messages.turn import Utterance
from messages.verbs.sessions import Dialogue
from messages.verbs.users import SessionChosen
from texts.escaping import CONTENT_CHARS_MAX, code_block, code_block_of_end, escape_markdown, one_line, sanitize
from texts.panels import counted

FILE_BYTES_MAX: Final = 5 * 2**20
"""Discord takes 10 MiB in a request (Discord: Uploading Files); half of it leaves room for a slow upload."""

FILES_MAX: Final = 10
"""Of one conversation: enough for millions of words, few enough to be sent while the interaction lives."""

SPOKEN_CHARS_MAX: Final = 1_000_000
"""Of one utterance in one piece: at four bytes each, that and a heading fit into a file."""

CUT: Final = " (stopped before its end)"
ANSWER: Final = "▸ Answer"


class Heading(Struct, frozen=True, kw_only=True):
    """What stands above a conversation in a file: its title, lines of facts, and for the owner the system message."""

    session: SessionId
    title: str
    facts: tuple[str, ...]
    system_msg: str | None = None


def heading_of(dialogue: Dialogue) -> Heading:
    """What an export says about a session."""
    shown = dialogue.shown
    return Heading(
        session=shown.session,
        title=shown.title,
        facts=(
            f"Creator: {escape_markdown(shown.creator_name)} ({shown.creator})",
            f"Create time: {_utc(shown.create_time_s)}",
            f"Update time: {_utc(shown.update_time_s)}",
            f"Modify time: {_utc(shown.modify_time_s)}",
            f"Model: {escape_markdown(shown.model)}",
            f"Conversation: {counted(len(dialogue.utterances), 'utterance')}",
        ),
        system_msg=shown.system_msg,
    )


def heading_of_chosen(chosen: SessionChosen) -> Heading:
    """What a file says about a session that somebody has chosen from the menu."""
    session = chosen.chosen
    return Heading(
        session=session.session,
        title=session.title,
        facts=(
            f"Creator: {escape_markdown(session.creator_name)} ({session.creator})",
            f"Update time: {_utc(session.update_time_s)}",
            f"Model: {escape_markdown(session.model)}",
            f"Conversation: {counted(len(chosen.utterances), 'utterance')}",
        ),
    )


def chars_of(utterances: Sequence[Utterance]) -> int:
    """How much was said: what drawing it costs."""
    return sum(len(said.text) for said in utterances) + 20 * len(utterances)


def excerpt(utterances: Sequence[Utterance], room: int, *, is_whole: bool) -> str:
    """The end of a conversation in a code block, as much as fits into so many code points."""
    return code_block_of_end(_text(utterances), room, is_whole=is_whole)


def messages(heading: Heading, utterances: Sequence[Utterance]) -> tuple[Panel, ...]:
    """The whole conversation in one message where it fits, else in files."""
    if not utterances:
        return (Panel(text=f"Nothing has been said in **{escape_markdown(heading.title)}** yet."),)
    if chars_of(utterances) <= CONTENT_CHARS_MAX:
        said = counted(len(utterances), "utterance")
        text = f"The whole conversation of **{escape_markdown(heading.title)}**, {said}:\n" + code_block(
            _text(utterances), 10 * CONTENT_CHARS_MAX
        )
        if len(text) <= CONTENT_CHARS_MAX:
            return (Panel(text=text),)
    return files(heading, utterances)


def files(heading: Heading, utterances: Sequence[Utterance]) -> tuple[Panel, ...]:
    """The whole conversation as Markdown files, a message each, oldest first; of one too long for them, the newest."""
    pieces = _pieces(heading, utterances)
    kept = pieces[-FILES_MAX:]
    left_out = sum(piece.utterances for piece in pieces[:-FILES_MAX])
    title, number = escape_markdown(heading.title), len(kept)
    panels = []
    for place, piece in enumerate(kept, 1):
        of_all = f" ({place} of {number})" if number > 1 else ""
        text = f"The conversation of **{title}**{of_all}, {counted(len(utterances), 'utterance')}, as Markdown."
        if left_out:
            text += f" It is too long: its oldest {counted(left_out, 'utterance')} are left out."
        head = _head(heading) if place == 1 else f"# {title}{of_all}\n"
        name = file_name(heading, place if number > 1 else None)
        panels.append(Panel(text=text, file=File(name=name, content=head.encode() + b"".join(piece.drawn))))
    return tuple(panels)


def file_name(heading: Heading, place: int | None = None) -> str:
    """A name that every file system takes: after the title, as far as it can be written in ASCII."""
    plainer = unicodedata.normalize("NFKD", heading.title).encode("ascii", "ignore").decode()
    slug = re.sub("[^A-Za-z0-9]+", "-", plainer)[:60].strip("-") or "session"
    # With the number it is the name of no other session, nor one that Windows keeps for itself.
    return f"{slug}-{heading.session}{'' if place is None else f'-{place}'}.md"


class _Piece(Struct):
    """What goes into one file."""

    drawn: list[bytes]
    size: int = 0
    utterances: int = 0


def _pieces(heading: Heading, utterances: Sequence[Utterance]) -> list[_Piece]:
    room = FILE_BYTES_MAX - len(_head(heading).encode())
    pieces = [_Piece([])]
    for said in utterances:
        for drawn in _quoted(said):
            if pieces[-1].size + len(drawn) > room and pieces[-1].drawn:
                pieces.append(_Piece([]))
            pieces[-1].drawn.append(drawn)
            pieces[-1].size += len(drawn)
        pieces[-1].utterances += 1
    return pieces


def _head(heading: Heading) -> str:
    lines = [f"# {escape_markdown(heading.title)}", "", *(f"* {fact}" for fact in heading.facts), ""]
    if heading.system_msg and heading.system_msg.strip():
        lines += ["## System message", "", _quote(heading.system_msg), ""]
    return "\n".join([*lines, "## Conversation", ""])


def _quoted(said: Utterance) -> Iterator[bytes]:
    speaker = (
        "Answer" if said.role == "assistant" else f"{escape_markdown(said.author_name)} ({said.author_id or 'unknown'})"
    )
    for start in range(0, len(said.text) or 1, SPOKEN_CHARS_MAX):
        text = said.text[start : start + SPOKEN_CHARS_MAX]
        mark = CUT if said.cut and start + SPOKEN_CHARS_MAX >= len(said.text) else ""
        more = " (continued)" if start else ""
        yield f"\n### {speaker}{more}{mark}\n\n{_quote(text)}\n".encode()


def _quote(text: str) -> str:
    """A text that cannot leave its quotation. What a reader could take for HTML stands in code, as it was written."""
    cleaned = sanitize(text)
    if re.search(r"<[A-Za-z/!?]", cleaned):
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", cleaned)), default=0))
        cleaned = f"{fence}\n{cleaned}\n{fence}"
    return "\n".join(f"> {line}" for line in cleaned.split("\n"))


def _text(utterances: Sequence[Utterance]) -> str:
    return "\n".join(map(_indented, utterances))


def _indented(said: Utterance) -> str:
    name = ANSWER if said.role == "assistant" else one_line(said.author_name.replace(ANSWER[0], ""))
    lines = "\n".join(f"  {line}" for line in sanitize(said.text).strip("\n").split("\n"))
    return f"{name}{CUT if said.cut else ''}:\n{lines}"


def _utc(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M UTC")
