"""The verb behind the buttons *Retry* and *Continue*."""

from typing import Literal

from messages.ids import ChannelId, GuildId, InteractionId, MessageId, TurnId, UserId
from messages.verbs.acceptance import Accepted, Refused
from messages.verbs.verb import Deny, NotAsker, TooLate, Verb


class RetryTurn(Verb[Accepted | Refused | Deny | NotAsker | TooLate], frozen=True, kw_only=True):
    """Queue a new turn: it asks the question of `turn` again, or continues its answer.

    The asker may do that while they may speak in the session, and its owner may; from a message that holds a part of
    that turn. `with_default` gives the session, whose model is gone, the default model first; only its owner may do that.
    """

    interaction_id: InteractionId
    actor: UserId
    turn: TurnId
    kind: Literal["retry", "continue"]
    channel_id: ChannelId
    guild_id: GuildId | None
    message_id: MessageId
    now_s: float
    with_default: bool = False
