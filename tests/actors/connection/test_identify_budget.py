"""The identify budget over simulated days."""

import random
from itertools import pairwise

import pytest

from actors.connection.identify_budget import (
    A_DAY_MAX,
    DAY_S,
    LONG_PAUSE_S,
    SHORT_PAUSE_S,
    SHORTLY_MAX,
    limit_wait_s,
    wait_s,
)


def most_in_a_day(made_s: list[float]) -> int:
    """Return the largest number of IDENTIFYs within any 24 hours."""
    return max(sum(at_s - DAY_S < other_s <= at_s for other_s in made_s) for at_s in made_s)


@pytest.mark.parametrize("life_s", [0.0, 65.0, 600.0])
def test_process_that_dies_again_and_again_stays_below_its_share(life_s: float) -> None:
    """A process that dies again and again for three days sends at most 200 IDENTIFYs in any 24 hours, and never stops trying."""
    now_s, made_s = 1_000_000.0, list[float]()
    while now_s < 1_000_000.0 + 3 * DAY_S:
        now_s += wait_s(made_s, now_s)
        made_s.append(now_s)
        now_s += life_s + 5.0  # systemd's pause
    assert most_in_a_day(made_s) <= A_DAY_MAX
    assert max(later - earlier for earlier, later in pairwise(made_s)) <= LONG_PAUSE_S + 700.0


@pytest.mark.parametrize("seed", range(50))
def test_flapping_at_random_stays_below_its_share(seed: int) -> None:
    """Processes and connections that die after random times send at most 200 IDENTIFYs in any 24 hours."""
    chance = random.Random(seed)
    now_s, made_s = 0.0, list[float]()
    while now_s < 2 * DAY_S:
        own_s: list[float] = []
        for _ in range(chance.randrange(1, 30)):
            pause_s = wait_s(made_s, now_s, own_s=own_s)
            assert not own_s or now_s + pause_s - own_s[-1] >= SHORT_PAUSE_S - 1e-6
            now_s += pause_s
            made_s.append(now_s)
            own_s.append(now_s)
            now_s += chance.expovariate(1 / 60)
    assert most_in_a_day(made_s) <= A_DAY_MAX


def test_ordinary_days_are_not_held_up() -> None:
    """After a restart there is no wait, up to 100 times a day; within a process there are five seconds between two IDENTIFYs."""
    assert wait_s([], 50.0) == 0.0
    assert wait_s([float(n) for n in range(SHORTLY_MAX - 1)], float(SHORTLY_MAX)) == 0.0
    assert wait_s([49.0], 50.0, own_s=[49.0]) == pytest.approx(4.0)


def test_clock_that_jumps_costs_one_pause_at_most() -> None:
    """When the clock is set back, IDENTIFYs that seem to lie in the future count as sent now."""
    past_s = [1_000_000.0 + n for n in range(SHORTLY_MAX)]
    for jump_s in (-3600.0, -DAY_S):
        assert wait_s(past_s, 1_000_000.0 + jump_s) <= LONG_PAUSE_S
    assert wait_s(past_s, 1_000_000.0 + 2 * DAY_S) == 0.0


def test_what_discord_has_left_is_not_used_up() -> None:
    """When Discord has five left, the bot waits until its reset."""
    assert limit_wait_s(5, 7200.0) == 7200.0
    assert limit_wait_s(6, 7200.0) == 0.0
