"""The clock that is set ahead."""

import time

from tests.soak.calendar import DAY_S, calendar


def test_a_day_passes_at_once_and_the_clock_is_right_again_afterwards() -> None:
    """`time.time` of this process alone; what counts seconds by the monotonic clock goes on as before."""
    before_s, monotonic_s = time.time(), time.monotonic()
    with calendar() as days:
        assert time.time() - before_s < DAY_S / 2
        days.next_day()
        days.next_day()
        assert 2 * DAY_S <= time.time() - before_s < 2.5 * DAY_S
        assert time.monotonic() - monotonic_s < DAY_S
    assert time.time() - before_s < DAY_S
