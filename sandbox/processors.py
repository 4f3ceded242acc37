"""How many processors this process may use, and how many of them the local model gets."""

import os
from pathlib import Path
from typing import Final

QUOTA_FILE: Final = Path("/sys/fs/cgroup/cpu.max")
"""A container's share of processor time: microseconds of it in each period, or `max` (Linux: Control Group v2, cpu.max)."""

MODEL_THREADS_MAX: Final = 4
"""A model of 135 million parameters becomes hardly faster with more threads."""


def usable_processors(quota_file: Path = QUOTA_FILE) -> int:
    """Return how many processors this process may use: those it is bound to, and no more than its container's share."""
    # Only Linux can bind a process to some of its processors.
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not quota_file.exists():
        return bound
    time_us, period_us = quota_file.read_text().split()
    return bound if time_us == "max" else max(1, min(bound, int(time_us) // int(period_us)))


def model_threads(processors: int) -> int:
    """Return how many threads the local model gets: one processor stays free for the bot, the page and the browser.

    Threads that all wait for one that does not get a processor make a model many times slower than fewer threads.
    """
    return max(1, min(MODEL_THREADS_MAX, processors - 1))
