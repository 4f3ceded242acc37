"""`make soak`: kills the bot a thousand times within a week that takes minutes, and says what was lost and what was left over. `python -m tests.soak --help`."""

import argparse
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.soak import report, worker


def main() -> int:
    """Run; returns 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="over all workers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2, help="processes, each with a town of its own")
    parser.add_argument("--worker", type=int, help="only this one, to see again what it saw")
    parser.add_argument("--sessions", type=int, default=20, help="people with a session, in each town")
    parser.add_argument(
        "--gates",
        choices=["mixed", "block"],
        default="mixed",
        help="block: all servers block, and the moderation often fails",
    )
    parser.add_argument("--days", type=int, default=7, help="how many days pass; the clock is set ahead at night")
    parser.add_argument(
        "--questions",
        type=int,
        default=2000,
        help="over all workers, to processes that nobody kills, whose memory is measured",
    )
    parser.add_argument("--table", type=Path, help="where the figures are written, as Markdown")
    chosen = parser.parse_args()
    numbers = range(1, chosen.workers + 1) if chosen.worker is None else [chosen.worker]
    shares = {number: _share(chosen.kills, chosen.workers, number) for number in numbers}
    found = []
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(shares), mp_context=spawn) as pool:
        running = [
            pool.submit(
                worker.share,
                chosen.seed,
                number,
                kills,
                chosen.sessions,
                chosen.gates,
                chosen.days,
                _share(chosen.questions, chosen.workers, number),
            )
            for number, kills in shares.items()
        ]
        found = [one.result() for one in running]
    violations = [violation for _, some in found for violation in some]
    command = f"make soak KILLS={chosen.kills} SEED={chosen.seed} WORKERS={chosen.workers} SESSIONS={chosen.sessions}"
    command += f" DAYS={chosen.days} QUESTIONS={chosen.questions}"
    command += f" GATES={chosen.gates}" if chosen.gates != "mixed" else ""
    page = report.markdown(report.added([figures for figures, _ in found]), violations, command=command)
    sys.stdout.write(page + "\n")
    if chosen.table is not None:
        chosen.table.write_text(page + "\n")
    return 1 if violations else 0


def _share(kills: int, workers: int, number: int) -> int:
    return kills // workers + (number <= kills % workers)


if __name__ == "__main__":
    sys.exit(main())
