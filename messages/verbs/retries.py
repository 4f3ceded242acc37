"""The verbs behind the buttons *Retry*, *Ask again* and *Continue*, and behind *Ask again* in the Apps menu."""

from typing import Literal

from msgspec import Struct

from messages.ids import ChannelId, GuildId, InteractionId, MessageId, TurnId, UserId
from messages.interaction import Interaction
from messages.verbs.acceptance import Accepted, Refused
from messages.verbs.verb import Deny, NotAsker, TooLate, Verb


class NoContinuation(Struct, frozen=True, kw_only=True, tag="no_continuation"):
    """The model that began the answer, or the one that would go on with it, holds no conversation."""


class RetryTurn(Verb[Accepted | Refused | Deny | NotAsker | NoContinuation | TooLate], frozen=True, kw_only=True):
    """Queue a new turn: it asks the question of `turn` again, or continues its answer.

    The asker may do that while they may speak in the session, and its owner may; from a message that holds a part of
    that turn. The models `without_dialogue` cannot go on with an answer. `with_default` gives the session, whose model is gone, the default model first; only its owner may do that.
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
    without_dialogue: frozenset[str] = frozenset()


class NotTaken(Struct, frozen=True, kw_only=True, tag="not_taken"):
    """The message was refused when it came, so nothing was kept of it that could be asked."""


class AskAgain(Verb[Accepted | Refused | Deny | NotAsker | NotTaken | TooLate], frozen=True, kw_only=True):
    """Queue a turn that asks a question again, whatever came of it, as it was edited last.

    `message_id` is the question's message, or one that holds a part of an answer to it. Whoever may press *Retry* may do
    this. `TooLate` says that the question is waiting or being answered.
    """

    by: Interaction
    message_id: MessageId
    now_s: float
