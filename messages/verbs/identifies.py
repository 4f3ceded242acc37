"""Verbs about identifying to Discord's gateway, which Discord limits per day."""

from messages.verbs.verb import Verb


class IdentifiesSince(Verb[tuple[float, ...]], frozen=True, kw_only=True):
    """Return when the bot identified itself since then, in Unix seconds, oldest first."""

    since_s: float


class RecordIdentify(Verb[None], frozen=True, kw_only=True):
    """The bot is about to identify itself. Records from before `forget_before_s` are no longer needed."""

    at_s: float
    forget_before_s: float
