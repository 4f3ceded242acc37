"""The operator's limits. Acceptance checks them inside its transaction, so that no race can exceed them."""

from msgspec import Struct

from storage.permissions import Permissions


class Limits(Struct, frozen=True, kw_only=True):
    """How much one person, or one session, may ask for."""

    queue_cap: int = 20
    """Turns that may wait in one session."""

    questions_per_minute: int = 20
    """Questions, retries and continuations of one person."""

    missed_age_s: float = 900.0
    """A missed message older than that is not answered any more."""

    missed_per_person: int = 5
    """Missed messages of one person that are answered, the newest ones."""

    reads_content: bool = True
    """Whether Discord shows the bot what is written in servers; else only where it is mentioned, and in direct messages."""

    default_model: str
    """The model of somebody who has not chosen one."""

    default_max_token: int = 500
    """Tokens that an answer may have."""

    permissions: Permissions = Permissions()
    """Who is answered, and where; the others are not heard."""
