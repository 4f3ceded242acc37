"""What can come of a request to Discord. Pure: these types know nothing of hikari.

`discord_api.errors` says which of hikari's errors means which failure.
"""

from msgspec import Struct

from messages.ids import MessageId
from messages.observation import Outcome


class Done(Struct, frozen=True):
    """Discord did what the request said."""


class Posted(Struct, frozen=True):
    """A message stands in Discord.

    `text` is what it shows. A post that repeats a nonce is answered with the message as it was first posted, so `text` may
    be older than the text of the request.
    """

    message_id: MessageId
    text: str


class Found(Struct, frozen=True):
    """A page of a channel was searched: these messages are the ones that were looked for, oldest first.

    The search goes on after `more_after`; it is None when the page was the channel's last.
    """

    message_ids: tuple[MessageId, ...] = ()
    more_after: MessageId | None = None


class Impossible(Struct, frozen=True):
    """Discord will never do it.

    `code` is Discord's JSON error code. `is_invalid` is true when the answer counts towards Discord's limit of invalid
    requests (Rate Limits, Invalid Request Limit).
    """

    code: int
    is_invalid: bool = False


class Unknown(Struct, frozen=True):
    """Discord may have done it or not. `answered` is true when at least some answer came back."""

    answered: bool = False


class Limited(Struct, frozen=True):
    """Discord did not do it and names a time, in seconds, to wait before the next request.

    The wait concerns the same route in the same channel; when `everywhere` is true, it concerns every request.
    """

    retry_after_s: float
    everywhere: bool = False


Failure = Impossible | Unknown | Limited
"""What an error may mean."""

Result = Done | Posted | Found | Failure


def outcome_of(result: Result) -> Outcome:
    """Return what came of a request, in the words of metrics."""
    match result:
        case Impossible():
            return "refused"
        case Unknown():
            return "unanswered"
        case Limited():
            return "rate_limited"
        case _:
            return "done"


class RateLimitHeaders(Struct, frozen=True):
    """What an answer's headers say about its rate limit (Discord: Rate Limits, Header Format)."""

    name: str
    limit: int
    remaining: int
    reset_after_s: float
