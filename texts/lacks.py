"""The line that says what Discord does not let the bot do in a channel, and what to ask the server's owner for. Pure."""

from typing import Final

from messages import channel_permissions as permissions
from texts.keys import PanelKey
from texts.say import Locale, say, say_list

_NAMES: Final[dict[int, PanelKey]] = {
    permissions.VIEW_CHANNEL: "permission.view_channel",
    permissions.SEND_MESSAGES: "permission.send_messages",
    permissions.SEND_MESSAGES_IN_THREADS: "permission.send_messages_in_threads",
    permissions.READ_MESSAGE_HISTORY: "permission.read_message_history",
    permissions.ADD_REACTIONS: "permission.add_reactions",
    permissions.ATTACH_FILES: "permission.attach_files",
}


def _names(lacks: int, locale: Locale) -> str:
    return say_list((say(key, locale) for bit, key in _NAMES.items() if lacks & bit), locale)


def undelivered_lines(lacks: int, locale: Locale) -> tuple[str, ...]:
    """Return the line that says what the bot would have needed to show an answer, as Discord's bits; none where that is not known."""
    needed = lacks & (permissions.NEEDED_TO_ANSWER | permissions.ATTACH_FILES)
    return (say("undelivered.lacks", locale, permissions=_names(needed, locale)),) if needed else ()


def lacks_lines(lacks: int, locale: Locale) -> tuple[str, ...]:
    """Return the line about the permissions that the bot lacks, given as Discord's bits; none when it lacks none."""
    names = _names(lacks, locale)
    if not names:
        return ()
    return (say("lacks.answers" if lacks & permissions.NEEDED_TO_ANSWER else "lacks.some", locale, permissions=names),)
