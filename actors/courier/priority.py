"""Which request goes first when there is not room for all of them. Pure.

| priority | the request | who waits for it |
|---|---|---|
| `FIRST_TEXT` | the first text of a reply, and whatever holds such a text up | a person who has seen nothing of the answer yet |
| `FINAL_TEXT` | the rest of an answer that is complete | a person who reads the beginning of it |
| `NOTICE` | a refusal, a private note, a channel or question to read | a person, but not for an answer |
| `DONE_MARK` | the reaction that the question keeps (👌) | a person who wants to know whether that was all |
| `WRITING_HAND` | the reaction ✍🏻 while the answer is written | nobody |
| `INTERIM_EDIT` | a draft that has grown | nobody |

What nobody waits for is throttled: it is only sent where the rate limits leave room.
"""

from enum import IntEnum
from typing import Final


class Priority(IntEnum):
    """The lowest value goes first."""

    FIRST_TEXT = 0
    FINAL_TEXT = 1
    NOTICE = 2
    DONE_MARK = 3
    WRITING_HAND = 4
    INTERIM_EDIT = 5


THROTTLED_FROM: Final = Priority.WRITING_HAND
"""Requests of this priority and later ones are throttled."""
