"""What systemd says in its variables is taken as it is meant, whatever stands there."""

import pytest

from service.systemd import INTERVAL_MAX_S, Watchdog


@pytest.mark.parametrize(
    ("microseconds", "interval_s"),
    [
        ("600000", 0.2),
        ("0600000", 0.2),
        ("30000000", INTERVAL_MAX_S),
        ("9999999999999999999", INTERVAL_MAX_S),
        ("0", INTERVAL_MAX_S),
        ("", INTERVAL_MAX_S),
        ("-1", INTERVAL_MAX_S),
        ("1e6", INTERVAL_MAX_S),
        ("٣", INTERVAL_MAX_S),
        ("9" * 5_000, INTERVAL_MAX_S),
        ("600000\n", INTERVAL_MAX_S),
    ],
)
def test_three_signs_of_life_come_in_the_watchdogs_time(microseconds: str, interval_s: float) -> None:
    """A number that is none is no reason to end."""
    assert Watchdog({"WATCHDOG_USEC": microseconds})._interval_s == pytest.approx(interval_s)


@pytest.mark.parametrize("address", ["", "/not/there", "@nobody", "vsock:2:1234", "x" * 5_000, "\udcff"])
def test_a_socket_that_cannot_be_written_to_is_no_reason_to_end(address: str) -> None:
    """The bot answers questions also when systemd hears nothing."""
    watchdog = Watchdog({"NOTIFY_SOCKET": address})
    watchdog.ready()
    watchdog.stopping()
