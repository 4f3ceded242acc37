"""How often one turn asks its model, and how long it waits."""

import pytest

from messages.turn import Reason
from models.access.admission import Rejected
from models.access.retry_policy import GIVE_UP_AFTER_S, REQUESTS_MAX, WAIT_FOR_LIMIT_S, RetryPolicy, jittered


def begun() -> RetryPolicy:
    """The policy of a turn that has had its slot since 0 s."""
    policy = RetryPolicy()
    policy.begin(0.0)
    return policy


@pytest.mark.parametrize("reason", ["server_error", "unreachable"])
def test_what_may_be_over_in_a_second_is_asked_again_ever_more_slowly(reason: Reason) -> None:
    """Six requests in all, with five pauses between them."""
    policy = begun()
    pauses = [policy.pause_s(reason, None, 0.0) for _ in range(REQUESTS_MAX + 1)]
    assert pauses == [0.5, 1, 2, 4, 8, None, None]


@pytest.mark.parametrize(
    "reason", ["wrong_key", "quota_exhausted", "bad_request", "stream_broke", "no_text", "complete"]
)
def test_nothing_else_is_asked_again(reason: Reason) -> None:
    """It would end the same way, or its session repeats it."""
    assert begun().pause_s(reason, None, 0.0) is None


def test_a_rate_limit_is_no_failed_request() -> None:
    """However often it comes, admission says how long to wait."""
    policy = begun()
    assert [policy.pause_s("rate_limited", 7.0, 0.0) for _ in range(20)] == [0.0] * 20
    assert policy.pause_s("server_error", None, 0.0) == 0.5


def test_what_the_server_asks_for_is_the_shortest_pause() -> None:
    """And a pause is never shorter than our own."""
    assert begun().pause_s("server_error", 20.0, 0.0) == 20.0
    assert begun().pause_s("server_error", 0.1, 0.0) == 0.5


def test_a_pause_beyond_the_patience_ends_the_turn() -> None:
    """What fits exactly is waited for."""
    assert begun().pause_s("server_error", 20.0, GIVE_UP_AFTER_S - 20.0) == 20.0
    assert begun().pause_s("server_error", 20.0, GIVE_UP_AFTER_S - 19.9) is None


def test_patience_counts_from_the_first_slot_on() -> None:
    """Neither what the turn waited for its slot counts, nor does a later slot begin it anew."""
    policy = RetryPolicy()
    assert policy.wait_s(Rejected("server_error", GIVE_UP_AFTER_S, "breaker"), 1000.0) == GIVE_UP_AFTER_S
    policy.begin(1000.0)
    policy.begin(1200.0)
    rejected = Rejected("server_error", 100.0, "breaker")
    assert policy.wait_s(rejected, 1000.0 + GIVE_UP_AFTER_S - 100) == 100.0
    assert policy.wait_s(rejected, 1000.0 + GIVE_UP_AFTER_S - 99) is None


def test_nobody_waits_for_the_account() -> None:
    """Somebody has to pay, or to change the key."""
    assert begun().wait_s(Rejected("quota_exhausted", 1.0, "account"), 0.0) is None
    assert begun().wait_s(Rejected("quota_exhausted", None, "account"), 0.0) is None


def test_a_probes_end_is_waited_for_as_long_as_patience_lasts() -> None:
    """Then the turn ends."""
    probing = Rejected("server_error", None, "breaker")
    assert begun().wait_s(probing, 100.0) == GIVE_UP_AFTER_S - 100.0
    assert begun().wait_s(probing, GIVE_UP_AFTER_S) is None


def test_limits_are_waited_for_a_minute_in_sum() -> None:
    """Not a minute each; what goes beyond it is not begun."""
    assert (WAIT_FOR_LIMIT_S, GIVE_UP_AFTER_S) == (60, 300)
    policy = begun()
    assert policy.wait_s(Rejected("rate_limited", WAIT_FOR_LIMIT_S - 10, "limit"), 0.0) == WAIT_FOR_LIMIT_S - 10
    assert policy.wait_s(Rejected("rate_limited", 11.0, "limit"), 50.0) is None
    assert policy.wait_s(Rejected("rate_limited", 10.0, "limit"), 50.0) == 10.0
    assert policy.wait_s(Rejected("rate_limited", 0.1, "limit"), 60.0) is None


def test_a_limit_is_not_waited_for_beyond_the_patience() -> None:
    """However short it is."""
    assert begun().wait_s(Rejected("rate_limited", 10.0, "limit"), GIVE_UP_AFTER_S - 9) is None
    assert begun().wait_s(Rejected("rate_limited", 10.0, "limit"), GIVE_UP_AFTER_S) is None


def test_waiting_for_a_breaker_does_not_count_as_waiting_for_a_limit() -> None:
    """A breaker's half minutes may be several."""
    policy = begun()
    for _ in range(4):
        assert policy.wait_s(Rejected("server_error", 30.0, "breaker"), 0.0) == 30.0
    assert policy.wait_s(Rejected("rate_limited", WAIT_FOR_LIMIT_S, "limit"), 0.0) == WAIT_FOR_LIMIT_S


@pytest.mark.parametrize(
    ("pause_s", "share", "jittered_s"),
    [(7.0, 0.0, 7.0), (7.0, 0.5, 7.5), (7.0, 1.0, 8.0), (0.5, 1.0, 1.0), (0.0, 1.0, 0.0)],
)
def test_a_pause_only_ever_becomes_longer(pause_s: float, share: float, jittered_s: float) -> None:
    """By a second at most, and by itself at most."""
    assert jittered(pause_s, share) == jittered_s
