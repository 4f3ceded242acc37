"""What the panels show: text and buttons. Pure."""

import unicodedata
from typing import Final

from actors import presses
from messages.courier import Button, Panel
from messages.panel import ChooseStatus, Status
from messages.recorder import UserShown

DENIED: Final = "This is not yours, or it does not exist."
TOO_LATE: Final = "Too late: that is over, or under way already."
UNKNOWN_PRESS: Final = "This button is from another version. Use /user again."
OPTION_OUT_OF_RANGE: Final = "max_token must be between 1 and 128000, temperature between 0 and 2. Nothing was changed."
STORAGE_FAILED: Final = "That did not work, and nothing was changed. Try again in a minute."

SYSTEM_MSG_CHARS_SHOWN: Final = 1000
NAME_CHARS_SHOWN: Final = 100

_MEANING: Final[dict[Status, str]] = {
    "disable": "the bot does not answer you",
    "new": "each message starts a new session",
    "activate": "each message goes to your current session",
}


def user_panel(user: UserShown) -> Panel:
    """What `/user` shows, with the row of statuses."""
    session = "none" if user.current_session is None else f"**{plain(user.current_title or '')}**"
    system_msg = user.system_msg.strip()
    lines = [
        f"**Name**: {plain(user.name)} ({user.user_id})",
        f"**Status**: {user.status} — {_MEANING[user.status]}",
        f"**Session**: {session}",
        f"**Sessions**: {user.sessions}",
        f"**Create time**: {_moment(user.create_time_s)}",
        f"**Update time**: {_moment(user.update_time_s)}",
        f"**Modify time**: {_moment(user.modify_time_s)}",
        f"**Max token**: {user.max_token}",
        f"**Temperature**: {'default' if user.temperature is None else f'{user.temperature:g}'}",
        f"**System message**: {'none' if not system_msg else ''}",
    ]
    if system_msg:
        lines.append(_quoted(system_msg))
    buttons = tuple(
        Button(
            label=status,
            custom_id=presses.encode(ChooseStatus(status=status)),
            style="success" if status == user.status else "secondary",
        )
        for status in ("new", "activate", "disable")
    )
    return Panel(text="\n".join(lines), rows=(buttons,))


def notice(sentence: str) -> Panel:
    """One sentence, privately."""
    return Panel(text=sentence)


def plain(text: str) -> str:
    """A name or title as it was written, on one line, without meaning to Discord's Markdown or to the line's direction."""
    kept = "".join(" " if character.isspace() else character for character in text if not _hidden(character))
    cut = " ".join(kept.split())[:NAME_CHARS_SHOWN]
    return "".join(f"\\{character}" if character in "\\`*_~|<>[]()#@:" else character for character in cut) or "—"


def _quoted(text: str) -> str:
    kept = "".join(character for character in text if character == "\n" or not _hidden(character))
    cut = kept if len(kept) <= SYSTEM_MSG_CHARS_SHOWN else kept[:SYSTEM_MSG_CHARS_SHOWN] + "…"
    # A code block shows everything as it is; what would end the block is spaced out.
    return "```\n" + cut.replace("```", "` ` `") + "\n```"


def _hidden(character: str) -> bool:
    """Control characters, and those that turn or hide text."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn") and not character.isspace()


def _moment(time_s: float) -> str:
    return f"<t:{int(time_s)}:f>"
