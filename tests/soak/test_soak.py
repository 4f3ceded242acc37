"""That `make soak` runs, and sees what it is there to see. The thousand kills themselves are made by hand."""

from pathlib import Path

from tests.soak import worker

SEED = 11
KILLS = 6
DAYS = 3
QUESTIONS = 50


async def test_a_few_kills_lose_nothing(tmp_path: Path) -> None:
    """Six kills over eight people; a failure names the seed, the question, its rows and what Discord shows."""
    ledger = await worker.run(tmp_path, seed=SEED, worker=1, kills=KILLS, sessions=8, days=DAYS, questions=QUESTIONS)
    assert not ledger.violations, f"seed {SEED}: {ledger.violations}"
    assert ledger.figures.kills >= KILLS
    assert ledger.figures.questions > 8
