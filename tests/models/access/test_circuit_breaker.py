"""When a circuit breaker opens, how long it stays open, and what its probe decides."""

import pytest

from messages.turn import BREAKS, Reason
from models.access.admission import (
    FAILURES,
    KEY_OPEN_S,
    OPEN_S,
    QUOTA_OPEN_S,
    WINDOW_S,
    CircuitBreaker,
    account_breakers,
    model_breaker,
    server_breaker,
)


def request(breaker: CircuitBreaker, reason: Reason | None, now_s: float) -> None:
    """One request that ends at once."""
    breaker.end(reason, now_s, is_probe=breaker.begin())


def opened(breaker: CircuitBreaker) -> CircuitBreaker:
    """The breaker, after as many failures at 0 s as open it."""
    for _ in range(FAILURES):
        request(breaker, breaker.trips_on, 0.0)
    assert breaker.wait_s(0.0) > 0
    return breaker


def test_so_many_failures_in_a_row_open_it_for_half_a_minute() -> None:
    """One fewer does not."""
    breaker = model_breaker()
    for number in range(FAILURES):
        assert breaker.wait_s(number) == 0
        request(breaker, "server_error", number)
    last_s = FAILURES - 1
    assert breaker.wait_s(last_s) == OPEN_S
    assert breaker.wait_s(last_s + 10) == OPEN_S - 10
    assert breaker.wait_s(last_s + OPEN_S) == 0
    assert breaker.wait_s(last_s + OPEN_S + 100) == 0
    assert (FAILURES, OPEN_S) == (5, 30)


@pytest.mark.parametrize(("window_s", "opens"), [(WINDOW_S, True), (WINDOW_S + 0.1, False)])
def test_failures_count_within_half_a_minute(window_s: float, *, opens: bool) -> None:
    """Older ones are forgotten, the newer ones go on counting."""
    breaker = model_breaker()
    request(breaker, "server_error", 0.0)
    for _ in range(FAILURES - 1):
        request(breaker, "server_error", window_s)
    assert (breaker.wait_s(window_s) > 0) is opens
    request(breaker, "server_error", window_s)
    assert breaker.wait_s(window_s) > 0


def test_a_success_begins_the_count_anew() -> None:
    """Only failures in a row say that a server is broken."""
    breaker = model_breaker()
    for _ in range(3):
        for _ in range(FAILURES - 1):
            request(breaker, "server_error", 0.0)
            assert breaker.wait_s(0.0) == 0
        request(breaker, "complete", 0.0)


@pytest.mark.parametrize("reason", ["context_too_long", None])
def test_an_end_that_says_nothing_neither_counts_nor_resets(reason: Reason | None) -> None:
    """A prompt that was not sent to the model, or a request that was given up."""
    breaker = model_breaker()
    for number in range(FAILURES):
        request(breaker, reason, 0.0)
        assert breaker.wait_s(0.0) == 0, number
        request(breaker, "server_error", 0.0)
    assert breaker.wait_s(0.0) > 0


def test_while_it_is_closed_no_request_is_a_probe() -> None:
    """Any number may run at once."""
    breaker = model_breaker()
    assert [breaker.begin(), breaker.begin()] == [False, False]
    assert not breaker.is_probing


def test_once_its_time_is_over_one_request_probes() -> None:
    """Until it has ended, nobody else may ask."""
    breaker = opened(model_breaker())
    assert not breaker.is_probing
    assert breaker.begin()
    assert breaker.is_probing
    breaker.end("complete", OPEN_S, is_probe=True)
    assert not breaker.is_probing
    assert not breaker.begin()


def test_a_probe_that_fails_opens_it_again() -> None:
    """A single failure is enough then, however long ago the others were."""
    breaker, later_s = opened(model_breaker()), OPEN_S + 1000
    request(breaker, "server_error", later_s)
    assert not breaker.is_probing
    assert breaker.wait_s(later_s) == OPEN_S


@pytest.mark.parametrize("reason", ["context_too_long", None])
def test_a_probe_that_says_nothing_leaves_the_next_request_to_probe(reason: Reason | None) -> None:
    """It is neither open for another while nor closed."""
    breaker = opened(model_breaker())
    request(breaker, reason, OPEN_S)
    assert breaker.wait_s(OPEN_S) == 0
    assert not breaker.is_probing
    assert breaker.begin()


def test_after_a_probe_that_succeeds_failures_count_from_none() -> None:
    """What failed before it opened is forgotten."""
    breaker = opened(model_breaker())
    request(breaker, "complete", OPEN_S)
    for _ in range(FAILURES - 1):
        request(breaker, "server_error", OPEN_S)
    assert breaker.wait_s(OPEN_S) == 0


@pytest.mark.parametrize("reason", ["complete", "server_error"])
def test_what_was_sent_before_it_opened_says_nothing_new(reason: Reason) -> None:
    """A late success does not close it, a late failure does not keep it open for longer."""
    breaker = opened(model_breaker())
    breaker.end(reason, 20.0, is_probe=False)
    assert breaker.wait_s(20.0) == OPEN_S - 20.0
    breaker.begin()
    breaker.end(reason, OPEN_S, is_probe=False)
    assert breaker.is_probing


@pytest.mark.parametrize(
    ("number", "reason", "open_s"), [(0, "quota_exhausted", QUOTA_OPEN_S), (1, "wrong_key", KEY_OPEN_S)]
)
def test_the_accounts_breakers_open_at_the_first_failure(number: int, reason: Reason, open_s: float) -> None:
    """Asking again changes nothing; how long it takes differs."""
    breaker = account_breakers()[number]
    request(breaker, reason, 0.0)
    assert breaker.trips_on == reason
    assert breaker.wait_s(0.0) == open_s


@pytest.mark.parametrize("reason", ["unreachable", "server_error", "context_too_long", *sorted(BREAKS)])
def test_a_broken_server_says_nothing_about_the_account(reason: Reason) -> None:
    """A probe that ends like this leaves the account's breakers to the next one."""
    for breaker in account_breakers():
        request(breaker, breaker.trips_on, 0.0)
        request(breaker, reason, QUOTA_OPEN_S)
        assert breaker.begin()


@pytest.mark.parametrize(
    ("reason", "closes_budget", "closes_key"),
    [("wrong_key", False, False), ("rate_limited", False, True), ("complete", True, True), ("bad_request", True, True)],
)
def test_who_is_refused_before_the_budget_is_looked_at_says_nothing_about_it(
    reason: Reason, *, closes_budget: bool, closes_key: bool
) -> None:
    """A limit says that the key is good; only an answer, or another refusal, says that there is a budget."""
    budget, key = account_breakers()
    for breaker in (budget, key):
        request(breaker, breaker.trips_on, 0.0)
        request(breaker, reason, QUOTA_OPEN_S)
    assert (not budget.begin(), not key.begin()) == (closes_budget, closes_key)


def test_the_servers_breaker_opens_when_it_cannot_be_reached() -> None:
    """An error that it answers with shows that it is there."""
    assert server_breaker().trips_on == "unreachable"
    breaker = opened(server_breaker())
    request(breaker, "server_error", OPEN_S)
    assert not breaker.begin()


@pytest.mark.parametrize("reason", ["unreachable", "wrong_key", "quota_exhausted", "rate_limited", "context_too_long"])
def test_a_request_that_did_not_reach_the_model_says_nothing_about_it(reason: Reason) -> None:
    """Its own breaker stays as it is."""
    assert model_breaker().trips_on == "server_error"
    breaker = opened(model_breaker())
    request(breaker, reason, OPEN_S)
    assert breaker.begin()


def test_a_breaker_may_trip_on_what_is_neutral_to_others() -> None:
    """Its own failure counts, even where the same reason is listed as neutral."""
    breaker = CircuitBreaker(trips_on="unreachable", failures=1, neutral=("unreachable", "complete"))
    request(breaker, "unreachable", 0.0)
    assert breaker.wait_s(0.0) == OPEN_S
