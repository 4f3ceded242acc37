"""The local model leaves a processor to the rest of the machine."""

import os
from pathlib import Path

import pytest

from sandbox.processors import model_threads, usable_processors


@pytest.mark.parametrize(("processors", "threads"), [(1, 1), (2, 1), (3, 2), (4, 3), (5, 4), (64, 4)])
def test_the_model_leaves_a_processor_free_and_takes_four_at_most(processors: int, threads: int) -> None:
    """With one processor alone there is nothing to leave."""
    assert model_threads(processors) == threads


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="only Linux binds processes to processors")
@pytest.mark.parametrize(
    ("quota", "usable"),
    [("max 100000\n", 8), ("250000 100000\n", 2), ("50000 100000\n", 1), ("1600000 100000\n", 8), (None, 8)],
)
def test_processors_are_counted_by_affinity_and_quota(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quota: str | None, usable: int
) -> None:
    """A process that is bound to eight of the machine's processors, in containers with and without a quota."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    file = tmp_path / "cpu.max"
    if quota is not None:
        file.write_text(quota)
    assert usable_processors(file) == usable
