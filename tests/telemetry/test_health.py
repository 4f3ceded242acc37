"""What `/health` says: everything is well, or what is not. One thing that is wrong is enough."""

from typing import Any

import pytest
from msgspec.structs import replace

from telemetry.health import OFFLINE_S, Health, health_of
from tests.telemetry.test_metrics import FIGURES


def judged(**found: Any) -> Health:
    """Judge a process of which nothing is wrong but what is given."""
    well = {"figures": FIGURES, "storage_answers": True, "disconnected_for_s": 0.0, "is_stopping": False}
    return health_of(**{**well, **found})


def test_a_bot_that_answers_is_well() -> None:
    """Also while it reconnects, which takes seconds, and when its model's server fails."""
    assert judged().is_well
    assert judged(disconnected_for_s=OFFLINE_S).is_well


@pytest.mark.parametrize(
    ("name", "says", "found"),
    [
        ("discord", "not connected to Discord's gateway for 121 s", {"disconnected_for_s": OFFLINE_S + 1}),
        ("storage", "the database does not answer", {"storage_answers": False}),
        ("actors", "the supervisor or the courier does not answer", {"figures": replace(FIGURES, sessions=None)}),
        ("actors", "the supervisor or the courier does not answer", {"figures": replace(FIGURES, courier=None)}),
        ("stopping", "stopping", {"is_stopping": True}),
    ],
)
def test_each_thing_that_is_wrong_is_said_and_is_enough(name: str, says: str, found: dict[str, Any]) -> None:
    """In one sentence; the others are well."""
    health = judged(**found)
    assert not health.is_well
    assert [(check.name, check.says) for check in health.checks if not check.is_well] == [(name, says)]
