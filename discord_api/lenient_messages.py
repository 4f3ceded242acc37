"""Messages as hikari reads them, or what of them is plain, where it does not understand the rest.

Anybody's bot may have posted what hikari does not know yet: a new kind of component, a field that is not there. One such
message would otherwise end the reading of its channel at each start, or be dropped although its text can be read.
"""

from typing import Any, Final, NamedTuple, cast

import hikari
import structlog
from hikari.impl import EntityFactoryImpl

from discord_api.rest import is_known

log = structlog.get_logger()

PLAIN: Final = frozenset(
    {
        "id",
        "channel_id",
        "guild_id",
        "author",
        "member",
        "content",
        "timestamp",
        "edited_timestamp",
        "tts",
        "mention_everyone",
        "mentions",
        "mention_roles",
        "pinned",
        "type",
        "flags",
        "webhook_id",
        "message_reference",
        "nonce",
    }
)
"""Who wrote what where, and in answer to what (Discord: Message Object)."""


class Known(NamedTuple):
    """What is read of a message that we have just sent."""

    id: hikari.Snowflake
    content: str | None


class PlainMessages(EntityFactoryImpl):
    """Reads whatever has an author and a text."""

    def deserialize_message(self, payload: Any) -> hikari.Message:
        """Read a message; what is not understood of it is left out, and all but id and text where it is our own."""
        if is_known():
            return cast("hikari.Message", Known(hikari.Snowflake(payload["id"]), payload.get("content")))
        try:
            return super().deserialize_message(payload)
        except Exception as error:  # noqa: BLE001 hikari's, or what its code stumbles over
            log.warning("discord.message_not_understood", message_id=payload.get("id"), error=type(error).__name__)
            return super().deserialize_message(_plain(payload))

    def deserialize_partial_message(self, payload: Any) -> hikari.PartialMessage:
        """Read what is told of a message that was changed; what is not understood of it is left out."""
        try:
            return super().deserialize_partial_message(payload)
        except Exception as error:  # noqa: BLE001 as above
            log.warning("discord.message_not_understood", message_id=payload.get("id"), error=type(error).__name__)
            return super().deserialize_partial_message(_plain(payload))


def _plain(payload: dict[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in payload.items() if name in PLAIN}
    return {**plain, "attachments": [], "embeds": []}
