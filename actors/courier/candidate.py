"""What may be sent next in a partition, and who waits for it. Pure."""

from msgspec import Struct

from actors.courier.priority import Priority
from actors.courier.requests import PartitionKey, Sendable
from messages.ids import TurnId, UserId


class Candidate(Struct):
    """One request that may be sent next.

    `kind` is the type of the request. The request itself may be None: a text is drawn only when it is chosen, because newer
    text may come until then. `since_s` is the moment since when it waits; for requests that are throttled, when the same
    reply was last served. `not_before_s` is the earliest moment to send it. `asker` is the person that it is for.
    """

    priority: Priority
    since_s: float
    partition: PartitionKey
    kind: type[Sendable]
    not_before_s: float
    asker: UserId | None = None
    turn: TurnId | None = None
    request: Sendable | None = None
