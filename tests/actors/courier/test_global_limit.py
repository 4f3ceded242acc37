"""Each rule of the budget that all requests share."""

import pytest

from actors.courier.global_limit import (
    AHEAD,
    FORGETS,
    INVALID_MAX,
    INVALID_WINDOW_S,
    KEPT_FREE,
    OUTAGE_PAUSE_MAX_S,
    OUTAGE_STREAK,
    WINDOW_S,
    GlobalLimit,
    is_invalid,
)
from discord_api.results import Done, Impossible, Limited, Result, Unknown

STEP_S = 1 / 48
WINDOW = 50
"""How many requests Discord may see in `WINDOW_S`: 48 a second, rounded up."""


def end(
    limit: GlobalLimit, now_s: float, result: Result | None = None, *, took_s: float = 0.0, requests: int = 1
) -> None:
    limit.ended(result or Done(), now_s - took_s, now_s, requests=requests, invalid=False)


def fill(limit: GlobalLimit, requests: int, now_s: float) -> None:
    """So many requests are sent and seen by Discord in one moment; the budget of evenness is not what is tested."""
    for _ in range(requests):
        limit.take(now_s)
        end(limit, now_s)
    limit._due_s = 0.0


def test_ten_may_go_at_once_and_then_one_each_forty_eighth_of_a_second() -> None:
    """What was not used before may be used at once, up to ten requests."""
    limit = GlobalLimit()
    for number in range(AHEAD):
        assert limit.free_at_s(5.0) <= 5.0, number
        limit.take(5.0)
        end(limit, 5.0)
    assert limit.free_at_s(5.0) == pytest.approx(5.0 + STEP_S)
    limit.take(5.0 + STEP_S)
    assert limit.free_at_s(5.0 + STEP_S) == pytest.approx(5.0 + 2 * STEP_S)


@pytest.mark.parametrize(("requests_per_s", "at_once"), [(4, 2), (20, 6), (1000, 10)])
def test_a_small_budget_lets_fewer_go_at_once(requests_per_s: int, at_once: int) -> None:
    """A quarter of a second's requests may go at once, besides the first."""
    limit, sent = GlobalLimit(requests_per_s), 0
    while limit.free_at_s(5.0) <= 5.0 + 1e-9:
        limit.take(5.0)
        sent += 1
    assert sent == at_once


def test_a_long_pause_saves_up_no_more_than_ten() -> None:
    """The budget does not grow without end."""
    limit = GlobalLimit()
    limit.take(1.0)
    limit.take(1000.0)
    assert limit._due_s == pytest.approx(1000.0 + STEP_S)


def test_a_request_that_nobody_waits_for_is_never_early() -> None:
    """It leaves the ten to those that people wait for."""
    limit = GlobalLimit()
    assert limit.free_at_s(5.0, throttled=True) <= 5.0
    limit.take(5.0)
    end(limit, 5.0)
    assert limit.free_at_s(5.0) <= 5.0
    assert limit.free_at_s(5.0, throttled=True) == pytest.approx(5.0 + STEP_S)


def test_two_requests_take_two_places() -> None:
    """A direct message needs its channel opened first."""
    limit = GlobalLimit()
    limit.take(5.0, 2)
    assert limit.free_at_s(5.0, throttled=True) == pytest.approx(5.0 + 2 * STEP_S)
    assert limit._under_way == 2
    end(limit, 5.0, requests=2)
    assert limit._under_way == 0
    assert len(limit._seen_s) == 2


def test_the_window_is_full_with_fifty_requests_until_the_first_leaves_it() -> None:
    """The moment is the one at which Discord has forgotten the oldest."""
    limit = GlobalLimit()
    fill(limit, 1, 4.5)
    fill(limit, WINDOW - 2, 5.0)
    assert limit.free_at_s(5.1) <= 5.1
    fill(limit, 1, 5.1)
    assert limit.free_at_s(5.1) == pytest.approx(4.5 + WINDOW_S)
    assert limit.free_at_s(4.5 + WINDOW_S) <= 4.5 + WINDOW_S
    assert len(limit._seen_s) == WINDOW - 1, "the oldest is forgotten"


def test_requests_under_way_count_as_seen() -> None:
    """Discord may see each of them in any moment; where they fill the window alone, one has to end first."""
    limit = GlobalLimit()
    limit.take(5.0, WINDOW - 1)
    limit._due_s = 0.0
    assert limit.free_at_s(5.0) <= 5.0
    limit.take(5.0)
    limit._due_s = 0.0
    assert limit.free_at_s(5.0) == pytest.approx(5.0 + WINDOW_S)
    end(limit, 5.5)
    assert limit.free_at_s(5.5) == pytest.approx(5.5 + WINDOW_S)


def test_what_nobody_waits_for_leaves_six_places_of_the_window() -> None:
    """People who wait still find room."""
    limit = GlobalLimit()
    fill(limit, WINDOW - KEPT_FREE - 1, 5.0)
    assert limit.free_at_s(5.1, throttled=True) <= 5.1
    fill(limit, 1, 5.0)
    assert limit.free_at_s(5.1, throttled=True) == pytest.approx(5.0 + WINDOW_S)
    assert limit.free_at_s(5.1) <= 5.1


def test_a_small_window_leaves_half_of_its_places() -> None:
    """So that something that nobody waits for can be sent at all."""
    limit = GlobalLimit(4)  # five in a window
    fill(limit, 2, 5.0)
    assert limit.free_at_s(5.1, throttled=True) <= 5.1
    fill(limit, 1, 5.0)
    assert limit.free_at_s(5.1, throttled=True) == pytest.approx(5.0 + WINDOW_S)


def test_after_a_full_window_nothing_is_early() -> None:
    """Requests that the window held up were not idle, so none of them may run ahead."""
    limit = GlobalLimit()
    fill(limit, WINDOW - 1, 5.0)
    limit.take(5.5)
    assert limit._due_s == pytest.approx(5.5 + AHEAD * STEP_S)
    limit = GlobalLimit()
    fill(limit, WINDOW - 2, 5.0)
    limit.take(5.5)
    assert limit._due_s == pytest.approx(5.5 + STEP_S)
    limit = GlobalLimit()
    fill(limit, WINDOW - 2, 5.0)
    limit.take(5.5)
    limit._due_s = 9.0
    limit.take(5.5)
    assert limit._due_s == pytest.approx(9.0 + STEP_S), "what is owed already stays owed"


def test_requests_under_way_fill_the_window_as_well() -> None:
    """Nothing is early after them either."""
    limit = GlobalLimit()
    limit.take(5.0, WINDOW - 1)
    limit._due_s = 0.0
    limit.take(5.5)
    assert limit._due_s == pytest.approx(5.5 + AHEAD * STEP_S)


def test_a_slow_request_counts_from_the_latest_moment_at_which_discord_can_have_seen_it() -> None:
    """The shortest trip is how long an answer takes at least to come back."""
    limit = GlobalLimit()
    for took_s in (0.5, 0.2):
        limit.take(5.0)
        end(limit, 6.0, took_s=took_s)
    assert limit._seen_s == pytest.approx([5.5, 5.8])
    limit.take(6.0)
    end(limit, 7.0, took_s=1.0)
    trip_s = 0.2 + 0.8 * FORGETS
    assert limit._seen_s[-1] == pytest.approx(7.0 - trip_s)
    limit.take(7.0)
    end(limit, 8.0, took_s=trip_s)
    assert limit._trip_s == pytest.approx(trip_s)


def test_requests_that_end_out_of_order_are_kept_in_order() -> None:
    """The window looks at the oldest first."""
    limit = GlobalLimit()
    limit.take(5.0, 2)
    end(limit, 6.0, took_s=0.0)
    end(limit, 5.9, took_s=0.0)
    assert limit._seen_s == sorted(limit._seen_s)


def test_a_limit_for_everything_is_kept_and_a_shorter_one_does_not_end_it() -> None:
    """A limit of a single route is no business of this budget."""
    limit = GlobalLimit()
    limit.take(5.0, 3)
    end(limit, 5.0, Limited(60.0))
    assert limit.free_at_s(6.0) <= 6.0
    end(limit, 5.0, Limited(7.0, everywhere=True))
    assert limit.free_at_s(6.0) == pytest.approx(12.0)
    assert limit.free_at_s(6.0, throttled=True) == pytest.approx(12.0)
    end(limit, 6.0, Limited(1.0, everywhere=True))
    assert limit.free_at_s(6.0) == pytest.approx(12.0)


def lose(limit: GlobalLimit, times: int, now_s: float) -> None:
    for _ in range(times):
        limit.take(now_s)
        end(limit, now_s, Unknown())
        limit._due_s = 0.0
        limit._seen_s.clear()


@pytest.mark.parametrize(("lost", "pause_s"), [(0, 1.0), (1, 2.0), (2, 4.0), (4, 16.0), (5, 30.0), (2000, 30.0)])
def test_eight_requests_without_an_answer_are_an_outage(lost: int, pause_s: float) -> None:
    """Each further one doubles the pause, up to half a minute."""
    limit = GlobalLimit()
    lose(limit, OUTAGE_STREAK - 1, 5.0)
    assert limit.free_at_s(5.0) <= 5.0
    lose(limit, 1 + lost, 5.0)
    assert limit.free_at_s(5.0) == pytest.approx(5.0 + pause_s)
    assert pause_s <= OUTAGE_PAUSE_MAX_S


def test_any_answer_ends_an_outage_and_no_pause_is_shortened() -> None:
    """Even a refusal shows that Discord is there; a pause that Discord asked for stays."""
    limit = GlobalLimit()
    lose(limit, OUTAGE_STREAK - 1, 5.0)
    limit.take(5.0)
    end(limit, 5.0, Impossible(10008))
    lose(limit, OUTAGE_STREAK - 1, 5.0)
    assert limit.free_at_s(5.0) <= 5.0
    limit.take(5.0)
    end(limit, 5.0, Limited(100.0, everywhere=True))
    lose(limit, OUTAGE_STREAK, 5.0)
    assert limit.free_at_s(5.0) == pytest.approx(105.0)


def count_invalid(limit: GlobalLimit, times: int, now_s: float) -> None:
    for _ in range(times):
        limit.take(now_s)
        limit.ended(Impossible(50013, is_invalid=True), now_s, now_s, invalid=True)
        limit._due_s = 0.0
        limit._seen_s.clear()


def test_a_thousand_invalid_requests_pause_everything_until_the_first_is_ten_minutes_old() -> None:
    """Discord shuts an address out at ten times as many."""
    limit = GlobalLimit()
    count_invalid(limit, 1, 5.0)
    count_invalid(limit, INVALID_MAX - 2, 100.0)
    assert limit.free_at_s(100.0) <= 100.0
    count_invalid(limit, 1, 200.0)
    assert limit.free_at_s(200.0) == pytest.approx(5.0 + INVALID_WINDOW_S)


def test_invalid_requests_of_more_than_ten_minutes_ago_do_not_count() -> None:
    """Nor does a pause for them end another one."""
    limit = GlobalLimit()
    count_invalid(limit, INVALID_MAX - 1, 5.0)
    count_invalid(limit, 1, 5.0 + INVALID_WINDOW_S)
    assert limit.free_at_s(5.0 + INVALID_WINDOW_S) <= 5.0 + INVALID_WINDOW_S
    limit = GlobalLimit()
    limit.take(5.0)
    end(limit, 5.0, Limited(3000.0, everywhere=True))
    count_invalid(limit, INVALID_MAX, 6.0)
    assert limit.free_at_s(6.0) == pytest.approx(3005.0)


def test_what_a_core_that_crashed_had_under_way_holds_nothing_up() -> None:
    """Nobody will hear how it ended."""
    limit = GlobalLimit()
    limit.take(5.0, WINDOW)
    limit._due_s = 0.0
    assert limit.free_at_s(5.0) > 5.0
    limit.forget_under_way()
    assert limit.free_at_s(5.0) <= 5.0


@pytest.mark.parametrize(
    ("result", "invalid"),
    [
        (Done(), False),
        (Unknown(), False),
        (Limited(1.0), True),
        (Impossible(10008), False),
        (Impossible(50013, is_invalid=True), True),
    ],
)
def test_what_counts_towards_discords_limit_of_invalid_requests(result: Result, invalid: bool) -> None:
    """401, 403 and 429 count (Discord: Rate Limits, Invalid Request Limit)."""
    assert is_invalid(result) is invalid


def test_another_rate_counts_for_what_is_sent_next() -> None:
    """What Discord has seen stays seen, and a pause that it wants is not shortened."""
    limit = GlobalLimit(48)
    fill(limit, 11, 5.0)
    assert limit.free_at_s(5.0) <= 5.0
    limit.allow(10)
    assert limit.free_at_s(5.0) > 5.0
    limit.allow(100)
    assert limit.free_at_s(5.0) <= 5.0
    end(limit, 5.0, Limited(retry_after_s=7.0, everywhere=True))
    limit.allow(1000)
    assert limit.free_at_s(5.0) == pytest.approx(12.0)
