"""The verb with which metrics learn what models used, and how many questions wait."""

from msgspec import Struct

from messages.verbs.verb import Verb


class Used(Struct, frozen=True, kw_only=True):
    """What requests to one model used together."""

    model: str
    input_tokens: int
    output_tokens: int
    pictures: int
    audio_ms: int
    micro_dollars: int
    """What those cost whose price is known."""
    unpriced: int
    """How many requests there were whose price is not known."""


class UsageRead(Struct, frozen=True, kw_only=True):
    """What was used since an entry of the ledger, by model, and what waits now."""

    used: tuple[Used, ...]
    last: int
    """The newest entry of the ledger: the next reading begins after it."""
    waiting: int
    """Questions that wait for their turn."""


class ReadUsage(Verb[UsageRead], frozen=True, kw_only=True):
    """Return what models used in the entries of the ledger after `after`; None for nothing but the newest entry. Writes nothing."""

    after: int | None
