"""The one formula for pauses between tries."""

from backoff import backoff_s


def test_each_failure_doubles_the_pause_up_to_its_bound() -> None:
    """The pauses are 1, 2, 4, 4, … times the first. seconds."""
    assert [backoff_s(failures, first_s=1.0, max_s=4.0) for failures in range(5)] == [0.0, 1.0, 2.0, 4.0, 4.0]


def test_no_number_of_failures_overflows() -> None:
    """A bot runs for years, and a server may be gone for as long."""
    assert backoff_s(10**9, first_s=0.5, max_s=30.0) == 30.0
