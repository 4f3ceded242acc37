"""Bounds the heap that glibc keeps for a process with many threads.

glibc gives nearly each thread a heap of its own (an arena), up to eight for each processor, and memory that is free in one serves no other.
A bot whose threads take turns so holds ever more of it: in a soak, 54 MB of 91 were free (`docs/operations.md`, "A week in minutes").
"""

import ctypes
import sys
from typing import Final

_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8
"""The parameters of mallopt(3), from glibc's malloc.h."""

ARENAS_MAX: Final = 2
"""Python's threads take turns by its lock, so two are enough for what SQLite and OpenSSL do beside it."""

LARGE_BYTES: Final = 128 * 1024
"""What is as large as a picture is taken from the system and given back at once. This is what glibc begins with; told, it does not raise it."""


def bound_heap() -> bool:
    """Have this process keep few heaps, and give back what is large or free at a heap's end; to be called before threads begin.

    Return whether the C library is one that takes such bounds; others, such as musl's, have no heap for each thread.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is None:
        return False
    bounds = ((_M_ARENA_MAX, ARENAS_MAX), (_M_MMAP_THRESHOLD, LARGE_BYTES), (_M_TRIM_THRESHOLD, LARGE_BYTES))
    taken = [mallopt(parameter, value) == 1 for parameter, value in bounds]
    return all(taken)
