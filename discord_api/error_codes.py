"""What it means that Discord refuses a request for good, by its code (Discord: Opcodes and Status Codes, JSON Error Codes).

| Discord refuses because | then the courier |
|---|---|
| it does not take the text or the files (`TEXT`) | leaves files away (if they are too large the largest first), then shows one sentence in place of the text; without 👌 |
| a permission is missing, and there are files beside a text | leaves the files away: it may be only the one for them |
| the message takes no more edits (`STUCK`) | goes on in a new message, and deletes the old one at the end |
| the channel is gone or closed (`CHANNEL_CLOSED`) | sends nothing more there, and keeps the answer for its asker |
| the question is gone, or takes no reactions (`REACTIONS`) | leaves the reactions as they are |
| a message of the answer was deleted (`UNKNOWN_MESSAGE`) | does not post it again, and keeps the answer for its asker |
| of anything else, for a post | does as if the channel were closed |
| of anything else, for another request | leaves the message as it is |

| Discord refuses because | then the responder |
|---|---|
| the interaction was answered already (`ALREADY_ANSWERED`) | takes that for its own answer, whose confirmation was lost |
| it knows nothing of the interaction any more (`INTERACTION_OVER`) | sends nothing more for it |
| it does not take the files (`TEXT`) | leaves files away (if they are too large the largest first), and says so |
| the message to redraw is gone (`UNKNOWN_MESSAGE`) | sends the panel as a new private message |
"""

from typing import Final

INVALID_FORM: Final = 50035
UNKNOWN_MESSAGE: Final = 10008
TOO_MANY_EDITS: Final = 30046
"""A message that is older than an hour takes only so many edits."""

MISSING_ACCESS: Final = 50001
MISSING_PERMISSIONS: Final = 50013
NO_HISTORY: Final = 160002
"""A message that is a reply needs the permission to read what it replies to."""

ALREADY_ANSWERED: Final = 40060

INTERACTION_OVER: Final = frozenset({10015, 10062, 50027})
"""Unknown webhook; unknown interaction; invalid webhook token."""

TOO_LARGE: Final = 40005

SIZES: Final = frozenset({TOO_LARGE, 50045})
"""All files of a message together, or one of them, are too large for the place."""

TEXT: Final = frozenset({INVALID_FORM, *SIZES, 200000, 200001, 240000})
"""An invalid form; files that are too large, all together or one of them; AutoMod's rules for text and titles; a harmful link."""

STUCK: Final = frozenset({TOO_MANY_EDITS, 50083})
"""Too many edits; the thread is archived, which a new message opens again."""

CHANNEL_CLOSED: Final = frozenset({10003, 10004, 50001, 50007, 50013, 50024, 160002, 160005})
"""Unknown channel, unknown server; missing access; no direct messages to this person; missing permissions; not in such a
channel; no right to read what is replied to; the thread is locked."""

OUT_OF_SIGHT: Final = frozenset({10003, 10004, 50001})
"""Unknown channel, unknown server, missing access: where a message cannot be posted, no reaction can be changed either."""

NO_REACTIONS: Final = frozenset({50001, 50013})
"""Missing access; missing permissions: no reaction is allowed in the channel, whatever the message."""

GONE: Final = frozenset({10003, UNKNOWN_MESSAGE})
"""Unknown channel; unknown message: a message is not there any more, alone or with its channel."""

REACTIONS: Final = frozenset({10003, UNKNOWN_MESSAGE, 10014, 30010, 50001, 50013, 50083, 90001})
"""Unknown channel; unknown message; unknown emoji; too many reactions; missing access; missing permissions; an archived thread;
the question's author blocked the bot."""
