"""How many lines a storm writes, by schedules that are made at random from seeds."""

import random
from collections import Counter

import pytest

from service.log_flood import BURST, LINES_PER_S, SUMMARY_S, Flood


def most_within_a_second(times_s: list[float]) -> int:
    """Return how many of these moments lie within one second at most."""
    return max((sum(1 for other in times_s if 0 <= other - one < 1.0) for one in times_s), default=0)


@pytest.mark.parametrize("seed", range(200))
def test_no_second_has_more_than_ten_lines_and_each_line_is_written_or_counted(seed: int) -> None:
    """Storms of 1 to 12 events, calm, and storms again. The summaries are lines too."""
    chance = random.Random(seed)
    flood, now_s = Flood(), 0.0
    asked: Counter[str] = Counter()
    written: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    lines_s: list[float] = []
    for _ in range(600):
        now_s += chance.choice([0.0, 0.0, 0.001, 0.03, 0.3, 3.0])
        event = f"event.{chance.randrange(1 + seed % 12)}"
        asked[event] += 1
        if flood.admits(event, now_s, is_error=chance.random() < 0.2):
            written[event] += 1
            lines_s.append(now_s)
        if chance.random() < 0.5 and (summary := flood.summary(now_s)):
            counted.update(summary.events)
            lines_s.append(now_s)
    last = flood.summary(now_s, is_last=True)
    counted.update(last.events if last else {})
    assert written + counted == asked
    assert most_within_a_second(lines_s) <= LINES_PER_S


def test_an_event_that_storms_is_written_six_times_and_then_once_a_second() -> None:
    """A hundred a second, for a minute."""
    flood = Flood()
    written = sum(flood.admits("gateway.no_answer", number / 100, is_error=False) for number in range(6_000))
    assert BURST + 58 <= written <= BURST + 60


def test_another_event_is_written_beside_one_that_storms() -> None:
    """What storms has had its six lines, and an error finds room where warnings find none."""
    flood = Flood()
    for number in range(100):
        flood.admits("first", number / 1_000, is_error=False)
    assert flood.admits("second", 0.1, is_error=False)
    assert flood.admits("third", 0.1, is_error=False) is False
    assert flood.admits("fourth", 0.1, is_error=True)


def test_a_summary_comes_after_a_second_and_then_every_ten() -> None:
    """Nothing is due while every line was written."""
    flood = Flood()
    assert flood.wait_s(0.0) is None
    for _ in range(20):
        flood.admits("first", 5.0, is_error=False)
    assert flood.wait_s(5.0) == 1.0
    assert flood.summary(5.5) is None
    assert flood.summary(6.0) == (14, {"first": 14})
    for _ in range(20):
        flood.admits("first", 6.5, is_error=False)
    assert flood.wait_s(6.5) == SUMMARY_S - 0.5
    assert flood.wait_s(17.0) == 0.0
