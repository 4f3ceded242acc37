"""What the panels show: text and buttons. Pure.

Names, titles and system messages are what people wrote: they are shown as written, and say nothing to Discord's Markdown.
"""

import re
from typing import Final

from actors import presses
from actors.answer_split import CONTENT_CHARS_MAX
from actors.characters import is_blank, is_unprintable
from messages.courier import Button, Panel
from messages.panel import ChooseStatus, Status
from messages.recorder import UserShown

DENIED: Final = "This is not yours, or it does not exist."
TOO_LATE: Final = "Too late: that is over, or under way already."
UNKNOWN_PRESS: Final = "This button is from another version. Use /user again."
OPTION_OUT_OF_RANGE: Final = "max_token must be between 1 and 128000, temperature between 0 and 2. Nothing was changed."
STORAGE_FAILED: Final = "That did not work, and nothing was changed. Try again in a minute."

NAME_CHARS_SHOWN: Final = 100
"""A system message gets what room is left."""

_MEANING: Final[dict[Status, str]] = {
    "disable": "the bot does not answer you",
    "new": "each message starts a new session",
    "activate": "each message goes to your current session",
}


def user_panel(user: UserShown) -> Panel:
    """What `/user` shows, with the row of statuses."""
    session = "none" if user.current_session is None else f"**{plain(user.current_title or '')}**"
    temperature = "default" if user.temperature is None else f"{user.temperature:g}"
    text = "\n".join(
        [
            f"**Name**: {plain(user.name)} ({user.user_id})",
            f"**Status**: {user.status} — {_MEANING[user.status]}",
            f"**Session**: {session}",
            f"**Sessions**: {user.sessions}",
            f"**Create time**: {_moment(user.create_time_s)}",
            f"**Update time**: {_moment(user.update_time_s)}",
            f"**Modify time**: {_moment(user.modify_time_s)}",
            f"**Max token**: {user.max_token}",
            f"**Temperature**: {temperature}",
            "**System message**: ",
        ]
    )
    text += _as_written(user.system_msg, CONTENT_CHARS_MAX - len(text))
    buttons = tuple(
        Button(
            label=status,
            custom_id=presses.encode(ChooseStatus(status=status)),
            style="success" if status == user.status else "secondary",
        )
        for status in ("new", "activate", "disable")
    )
    return Panel(text=text, rows=(buttons,))


def notice(sentence: str) -> Panel:
    """One sentence, privately."""
    return Panel(text=sentence)


def plain(text: str) -> str:
    """A name or title on one line, without meaning to Discord's Markdown or to the line's direction; cut to 100 characters."""
    kept = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or not is_unprintable(character)
    )
    kept = " ".join(kept.split())
    if is_blank(kept):
        return "—"
    cut = kept if len(kept) <= NAME_CHARS_SHOWN else kept[:NAME_CHARS_SHOWN] + "…"
    return "".join(f"\\{character}" if character in "\\`*_~|<>[]()#@:" else character for character in cut)


def _as_written(text: str, room: int) -> str:
    """A text in a code block, which shows everything as it is, cut to fit into so many code points; or "none"."""
    kept = "".join(
        character for character in text.strip() if character in "\n\t\u200c\u200d" or not is_unprintable(character)
    )
    if is_blank(kept):
        return "none"
    kept = re.sub("`{3,}", lambda run: " ".join(run[0]), kept)  # what would end the block
    room -= len("```\n\n```")
    return "```\n" + (kept if len(kept) <= room else kept[: room - 1] + "…") + "\n```"


def _moment(time_s: float) -> str:
    return f"<t:{int(time_s)}:f>"
