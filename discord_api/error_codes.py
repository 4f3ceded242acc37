"""What it means that Discord says no for good, by its code (Discord: Opcodes and Status Codes, JSON Error Codes).

| what Discord says | what becomes of the answer |
|---|---|
| the text is not taken (`TEXT`) | one sentence in its place, no 👌 |
| the message takes no more edits (`STUCK`) | the answer goes on in a new message, the old one is deleted at the end |
| the place is gone or closed (`PLACE`) | nothing more is sent there; the answer is kept for its asker |
| the question is gone, or takes no reactions (`REACTIONS`) | no more reactions; the answer stands |
| a message of the answer was deleted | it is not posted again; the answer is kept for its asker |
| anything else, of a post | as if the place were closed; of anything else, it is left as it is |
"""

from typing import Final

INVALID_FORM: Final = 50035
UNKNOWN_MESSAGE: Final = 10008
TOO_MANY_EDITS: Final = 30046
"""Of a message older than an hour."""

TEXT: Final = frozenset({INVALID_FORM, 200000, 200001, 240000})
"""An invalid form; AutoMod's rules for text and titles; a harmful link."""

STUCK: Final = frozenset({TOO_MANY_EDITS, 50083})
"""Too many edits; its thread is archived, which a new message opens again."""

PLACE: Final = frozenset({10003, 10004, 50001, 50007, 50013, 50024, 160002, 160005})
"""Unknown channel, unknown server; missing access; no direct messages to this person; missing permissions; not in such a
channel; no right to read what is replied to; the thread is locked."""

OUT_OF_SIGHT: Final = frozenset({10003, 10004, 50001})
"""Unknown channel, unknown server, missing access: where a message cannot be posted, no reaction can be changed either."""

NO_REACTIONS: Final = frozenset({50001, 50013})
"""A reaction is not allowed here, whatever the message."""

GONE: Final = frozenset({10003, UNKNOWN_MESSAGE})
"""A message that is not there any more, alone or with its channel."""

REACTIONS: Final = frozenset({10003, UNKNOWN_MESSAGE, 10014, 30010, 50001, 50013, 50083, 90001})
"""Also: unknown emoji; too many reactions; the question's author blocked the bot."""
