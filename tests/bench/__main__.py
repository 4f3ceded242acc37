"""`make bench`: the figures of Causerie, each beside its goal. `python -m tests.bench --help`."""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final

import uvloop

from tests.bench import answers, attached, backups, decade, figures, growth, large, room
from tests.bench.figures import Figure

PICTURE: Final = Path(__file__).parents[2] / "docs" / "performance.svg"

ONLY_NAMED: Final = ("decade",)
"""Parts that take so long, and so much of the disk, that they are measured only when they are named."""


def _parts(seed: int) -> dict[str, Callable[[], Awaitable[list[Figure]]]]:
    return {
        "crowd": answers.two_hundred,
        "few": answers.a_few,
        "thousand": answers.a_thousand,
        "interactions": partial(answers.interactions_under_load, seed),
        "fairness": answers.fairness,
        "acceptance": room.acceptance,
        "pictures": attached.pictures,
        "documents": attached.documents,
        "rest": room.at_rest,
        "active": room.active,
        "long": room.long_sessions,
        "large": large.measure,
        "backups": partial(backups.measure, seed),
        "decade": partial(decade.measure, seed),
    }


def main() -> int:
    """Run; returns 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], help="parts: " + ", ".join([*_parts(0), "growth"]))
    parser.add_argument("--seed", type=int, default=1, help="of the moments at which people use commands")
    parser.add_argument("--table", type=Path, help="where the figures are written, as Markdown")
    chosen = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found, page = runner.run(_measure(chosen.only, chosen.seed))
    if chosen.table is not None:
        chosen.table.write_text(page + "\n")
    return 0 if all(figure.is_met for figure in found) else 1


async def _measure(only: list[str], seed: int) -> tuple[list[Figure], str]:
    found: list[Figure] = []
    for name, part in _parts(seed).items():
        if name in only or (not only and name not in ONLY_NAMED):
            began_s = time.monotonic()
            some = await part()
            found += some
            sys.stderr.write(f"{name} ({time.monotonic() - began_s:.0f} s)\n")
            sys.stderr.write("".join(f"  {figure.row}\n" for figure in some))
    page = f"`make bench SEED={seed}` · {figures.machine()}\n\n{figures.table(found)}"
    if not only or "growth" in only:
        grown = await growth.measure()
        growth.draw(grown, PICTURE)
        page += "\n\n" + growth.table(grown)
    sys.stdout.write(page + "\n")
    return found, page


if __name__ == "__main__":
    sys.exit(main())
