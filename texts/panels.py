"""The sentences that panels say, and a message that is only such a sentence. Pure."""

from typing import Final

from messages.components import Panel

DENIED: Final = "This is not yours, or it does not exist."
NOT_ADMITTED: Final = "I do not work for you here. Ask whoever runs this bot if you think that I should."
TOO_LATE: Final = "Too late: that is over, or under way already."
UNKNOWN_PRESS: Final = "This button is from another version. Use /user or /session again."
UNKNOWN_COMMAND: Final = "I do not know this command any more. Wait a minute, or reload Discord, and use it again."
NOT_OFFERED: Final = "That was not offered, or is not any more. Use /user or /session again. Nothing was changed."
BUSY: Final = "I am busy at the moment. Press Edit again in a few seconds. Nothing was changed."
STORAGE_FAILED: Final = (
    "That did not work. Try again in a minute; /user and /session show whether anything was changed."
)

NO_SESSION: Final = (
    "You have no current session, or it is gone or closed to you here. Use /user to choose one, or press new there and"
    " write something: that starts one."
)
NO_SERVER: Final = "This session began in direct messages, so there is no server to whose members it could be opened. Nothing was changed."

ANSWER_LENGTH_WRONG: Final = "max_token must be a whole number between 1 and 128000. Nothing was changed."
TEMPERATURE_WRONG: Final = "temperature must be a number between 0 and 2, as 0.7. Nothing was changed."
SYSTEM_MSG_TOO_LONG: Final = (
    "The system message may have 4000 characters. Shorten it and try again. Nothing was changed."
)
SYSTEM_MSG_WRONG: Final = (
    "The system message holds a character that no text may hold. Write it anew and try again. Nothing was changed."
)
NAME_TOO_LONG: Final = "A session's name may have 100 characters. Choose a shorter one. Nothing was changed."
NAME_BLANK: Final = "A session's name needs a character that can be seen. Nothing was changed."
NAME_WRONG: Final = (
    "A session's name is one line without control characters or such as turn text around. Choose another."
    " Nothing was changed."
)
FORM_INCOMPLETE: Final = "This form is not as I sent it. Press Edit again. Nothing was changed."

NOTHING_TO_REMOVE: Final = "You have no sessions, so there is nothing to remove."
REMOVED: Final = "The session was removed, with everything that was said in it. /user shows the others."


def notice(sentence: str) -> Panel:
    """One sentence, privately."""
    return Panel(text=sentence)


def counted(number: int, one: str) -> str:
    """A number of things, as "1 session", "2 sessions"."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"
