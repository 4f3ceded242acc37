"""What the operator chose for the gates of servers: who judges, and what follows. Pure."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from messages.ids import GuildId

GateMode = Literal["off", "warn", "block"]
"""`off`: nothing is judged. `warn`: the answer says what was flagged. `block`: nothing that is flagged is asked or shown."""


class GateRules(Struct, frozen=True, kw_only=True):
    """What the operator chose: the model that judges, and the mode of each server.

    `mode` counts for servers that `servers` does not name, `direct_messages` for what is written to the bot directly. `cost` is what
    each request to the model costs, in micro-dollars; None where its price is unknown.
    """

    model: str = "omni-moderation-latest"
    mode: GateMode = "off"
    direct_messages: GateMode = "off"
    servers: Mapping[GuildId, GateMode] = {}
    cost: int | None = None

    @property
    def is_on(self) -> bool:
        """Whether anything is judged anywhere."""
        return {self.mode, self.direct_messages, *self.servers.values()} != {"off"}

    def mode_in(self, guild_id: GuildId | None) -> GateMode:
        """Return the mode of a server, or of direct messages."""
        return self.direct_messages if guild_id is None else self.servers.get(guild_id, self.mode)
