"""What the recorder hears about sessions that were asked of Discord's gateway."""

from messages.verbs.verb import Verb


class IdentifiesSince(Verb[tuple[float, ...]], frozen=True, kw_only=True):
    """When IDENTIFYs were made since then, in Unix seconds, oldest first."""

    since_s: float


class RecordIdentify(Verb[None], frozen=True, kw_only=True):
    """One is about to be made; those before `forget_before_s` need not be known any more."""

    at_s: float
    forget_before_s: float
