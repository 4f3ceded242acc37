"""Verbs about identifying to Discord's gateway, that is, starting a gateway session. Discord limits how often a day."""

from messages.verbs.verb import Verb


class IdentifiesSince(Verb[tuple[float, ...]], frozen=True, kw_only=True):
    """Return the times at which the bot identified itself since `since_s`, oldest first. All are in seconds since 1970."""

    since_s: float


class RecordIdentify(Verb[None], frozen=True, kw_only=True):
    """Record that the bot is about to identify itself, and delete the records from before `forget_before_s`.

    Both times are in seconds since 1970.
    """

    at_s: float
    forget_before_s: float
