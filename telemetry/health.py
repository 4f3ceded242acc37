"""Whether the bot can answer questions now, and if not, what is wrong. Pure.

A model's server that fails is no part of it: a restart would not mend that, and its breaker is shown in the metrics.
"""

from typing import Final

from msgspec import Struct

from messages.figures import Figures

OFFLINE_S: Final = 120.0
"""The bot may be disconnected from Discord's gateway for so long, in seconds; reconnecting usually takes seconds."""


class Check(Struct, frozen=True, kw_only=True):
    """One thing that is looked at."""

    name: str
    is_well: bool
    says: str


class Health(Struct, frozen=True, kw_only=True):
    """All that was looked at."""

    is_well: bool
    checks: tuple[Check, ...]


def health_of(figures: Figures, *, storage_answers: bool, disconnected_for_s: float, is_stopping: bool) -> Health:
    """Judge the process. `disconnected_for_s` is 0 while it is connected to Discord's gateway."""
    checks = (
        Check(
            name="discord",
            is_well=disconnected_for_s <= OFFLINE_S,
            says="connected to Discord's gateway"
            if disconnected_for_s <= 0
            else f"not connected to Discord's gateway for {disconnected_for_s:.0f} s",
        ),
        Check(
            name="storage",
            is_well=storage_answers,
            says="the database answers" if storage_answers else "the database does not answer",
        ),
        Check(
            name="actors",
            is_well=figures.sessions is not None and figures.courier is not None,
            says="the actors answer"
            if figures.sessions is not None and figures.courier is not None
            else "the supervisor or the courier does not answer",
        ),
        Check(name="stopping", is_well=not is_stopping, says="stopping" if is_stopping else "not stopping"),
    )
    return Health(is_well=all(check.is_well for check in checks), checks=checks)
