"""The operator's limits. Acceptance checks them inside its transaction, so that no race can exceed them."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from messages.budget import Budget
from messages.ids import ChannelId
from storage.permissions import Permissions

MAX_TOKEN: Final = range(1, 128_001)
"""How many tokens an answer may be allowed to have: by `/user`, by the form, and by the operator's default. No model of OpenAI's gives
more than 128,000 in one answer (OpenAI: Models)."""


class SharedChannel(Struct, frozen=True, kw_only=True):
    """What the operator says of the session of a shared channel; without a model, it has the default one."""

    model: str = ""
    system_msg: str = ""


class Limits(Struct, frozen=True, kw_only=True):
    """How many questions one person may ask and one session may hold, and the operator's defaults."""

    queue_cap: int = 20
    """Turns that may wait in one session."""

    questions_per_minute: int = 20
    """Questions, retries and continuations of one person."""

    missed_age_s: float = 900.0
    """A missed message that is older, in seconds, is not answered."""

    missed_per_person: int = 5
    """Missed messages of one person that are answered: the newest ones."""

    files_bytes_per_person: int = 500_000_000
    """How much the files may have that are kept for one person."""

    reads_content: bool = True
    """Whether Discord shows the bot all messages of servers; otherwise only mentions and direct messages."""

    default_model: str
    """The model of users who have not chosen one."""

    default_max_token: int = 500
    """Tokens that an answer may have, for new users."""

    permissions: Permissions = Permissions()
    """Who is answered, and where."""

    budgets: tuple[Budget, ...] = ()
    """What people may use in a day or a month."""

    shared_channels: Mapping[ChannelId, SharedChannel] = {}
    """Where everybody who is answered speaks in one session."""

    @property
    def needs_roles(self) -> bool:
        """Whether somebody's roles matter, so that they have to be remembered, and requested from Discord where they are unknown."""
        return self.permissions.needs_roles or any(budget.scope == "role" for budget in self.budgets)
