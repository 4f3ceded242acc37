"""How many heaps glibc keeps for the bot's threads."""

import platform
import re
from pathlib import Path

import pytest

from service.heap import ARENAS_MAX, bound_heap
from tests.rig.town import Town

HEAP_BYTES = 64 * 1024 * 1024
"""glibc reserves so much for each heap beside the first, at a multiple of it."""

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has a heap for each thread")


def heaps(pid: int) -> int:
    """Count them by what is reserved of each: the part in use, and right behind it the rest, which nobody may touch."""
    maps = Path(f"/proc/{pid}/maps").read_text()
    found = re.findall(r"^(\w+)-(\w+) rw-p .* 0 *\n\2-(\w+) ---p", maps, flags=re.MULTILINE)
    reserved = [(int(start, 16), int(end, 16)) for start, _, end in found]
    return 1 + sum(start % HEAP_BYTES == 0 and end == start + HEAP_BYTES for start, end in reserved)


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


async def test_the_bots_threads_share_two_heaps(town: Town) -> None:
    """Storage, the log, names, files and a vector's answer have threads of their own."""
    await town.start()
    assert town.bot is not None
    await town.set_status(town.alice, "new")
    for number in range(3):
        note = town.discord.attachment("notes.txt", b"Comets are ice and dust.", "text/plain")
        await town.answered(await town.alice.say(town.general, f"Question {number}", attachments=[note]))
    assert threads(town.bot.pid) > ARENAS_MAX
    assert heaps(town.bot.pid) <= ARENAS_MAX


def test_glibc_takes_the_bounds() -> None:
    """Each of them."""
    assert bound_heap()
