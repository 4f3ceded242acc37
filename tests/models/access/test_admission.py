"""Whether a model may be asked: its rate limit and all circuit breakers together."""

import pytest

from messages.turn import Reason
from models.access.admission import FAILURES, KEY_OPEN_S, OPEN_S, QUOTA_OPEN_S, Admission, Permit, Rejected


def permitted(admission: Admission, model: str, now_s: float) -> Permit:
    """The permit to ask now."""
    admitted = admission.admit(model, now_s)
    assert isinstance(admitted, Permit)
    return admitted


def request(
    admission: Admission, model: str, reason: Reason | None, now_s: float, retry_after_s: float | None = None
) -> None:
    """One request that ends at once."""
    admission.report(permitted(admission, model, now_s), reason, retry_after_s, now_s)


def test_with_nothing_in_the_way_anybody_is_admitted() -> None:
    """Any number at once; none of them is a probe."""
    admission = Admission()
    assert [permitted(admission, "small", 0.0).probes for _ in range(100)] == [()] * 100


def test_a_rate_limit_rejects_its_own_model_alone() -> None:
    """With the time that is left, and whether the server said so."""
    admission = Admission()
    request(admission, "small", "rate_limited", 0.0, 7.0)
    assert admission.admit("small", 1.0) == Rejected("rate_limited", 6.0, "limit", is_named_by_server=True)
    permitted(admission, "large", 1.0)
    permitted(admission, "small", 7.0)
    guessed = Admission()
    request(guessed, "small", "rate_limited", 0.0)
    assert guessed.admit("small", 0.0) == Rejected("rate_limited", 1.0, "limit")


def test_an_answer_has_the_limits_waits_begin_anew() -> None:
    """As soon as its text begins."""
    admission = Admission()
    request(admission, "small", "rate_limited", 0.0)
    request(admission, "small", "complete", 10.0)
    request(admission, "small", "rate_limited", 20.0)
    assert admission.admit("small", 20.0) == Rejected("rate_limited", 1.0, "limit")


def test_only_an_answer_does() -> None:
    """Another trouble says nothing about the limit."""
    admission = Admission()
    request(admission, "small", "rate_limited", 0.0)
    request(admission, "small", "server_error", 10.0)
    request(admission, "small", "rate_limited", 20.0)
    assert admission.admit("small", 20.0) == Rejected("rate_limited", 2.0, "limit")


def test_a_models_errors_reject_that_model_alone() -> None:
    """Another model of the same server may be well."""
    admission = Admission()
    for _ in range(FAILURES):
        request(admission, "small", "server_error", 0.0)
    assert admission.admit("small", 10.0) == Rejected("server_error", OPEN_S - 10, "breaker")
    permitted(admission, "large", 10.0)


def test_a_server_that_is_not_there_rejects_every_model() -> None:
    """Failures of different models count together."""
    admission = Admission()
    for number in range(FAILURES):
        request(admission, f"model {number}", "unreachable", 0.0)
    assert admission.admit("another", 10.0) == Rejected("unreachable", OPEN_S - 10, "breaker")


@pytest.mark.parametrize(("reason", "open_s"), [("quota_exhausted", QUOTA_OPEN_S), ("wrong_key", KEY_OPEN_S)])
def test_an_accounts_trouble_rejects_every_model_at_once(reason: Reason, open_s: float) -> None:
    """Waiting does not help against it."""
    admission = Admission()
    request(admission, "small", reason, 0.0)
    assert admission.admit("large", 10.0) == Rejected(reason, open_s - 10, "account")


def test_the_accounts_trouble_is_told_before_a_models() -> None:
    """Who cannot pay need not wait for a limit."""
    admission = Admission()
    first, second = permitted(admission, "small", 0.0), permitted(admission, "small", 0.0)
    admission.report(first, "rate_limited", 7.0, 0.0)
    admission.report(second, "quota_exhausted", None, 0.0)
    assert admission.admit("small", 0.0) == Rejected("quota_exhausted", QUOTA_OPEN_S, "account")


def test_while_a_probe_is_under_way_nobody_knows_for_how_long() -> None:
    """Its end decides: for everybody, and at once."""
    admission = Admission()
    for _ in range(FAILURES):
        request(admission, "small", "server_error", 0.0)
    probe = permitted(admission, "small", OPEN_S)
    assert [breaker.trips_on for breaker in probe.probes] == ["server_error"]
    assert admission.admit("small", OPEN_S) == Rejected("server_error", None, "breaker")
    admission.report(probe, "complete", None, OPEN_S)
    assert permitted(admission, "small", OPEN_S).probes == ()


def test_a_probe_of_the_account_rejects_for_the_accounts_sake() -> None:
    """Also while it is under way."""
    admission = Admission()
    request(admission, "small", "quota_exhausted", 0.0)
    permitted(admission, "small", QUOTA_OPEN_S)
    assert admission.admit("large", QUOTA_OPEN_S) == Rejected("quota_exhausted", None, "account")


def test_who_is_rejected_by_a_limit_is_nobodys_probe() -> None:
    """Else a breaker would wait for the end of a request that was never sent."""
    admission = Admission()
    permits = [permitted(admission, "small", 0.0) for _ in range(FAILURES + 1)]
    admission.report(permits.pop(), "rate_limited", 100.0, 0.0)
    for permit in permits:
        admission.report(permit, "server_error", None, 0.0)
    rejected = admission.admit("small", OPEN_S)
    assert isinstance(rejected, Rejected)
    assert rejected.kind == "limit"
    assert permitted(admission, "small", 100.0).probes


def test_a_request_is_reported_once() -> None:
    """What comes after its first text is no news: an answer that breaks off later says nothing about the next."""
    admission = Admission()
    permits = [permitted(admission, "small", 0.0) for _ in range(FAILURES)]
    reasons: tuple[Reason, ...] = ("complete", "server_error")
    for reason in reasons:
        for permit in permits:
            admission.report(permit, reason, None, 0.0)
    permitted(admission, "small", 0.0)


def test_a_request_that_was_given_up_leaves_the_probe_to_another() -> None:
    """Whoever pressed Stop found out nothing."""
    admission = Admission()
    for _ in range(FAILURES):
        request(admission, "small", "server_error", 0.0)
    request(admission, "small", None, OPEN_S)
    assert permitted(admission, "small", OPEN_S).probes


def test_a_breaker_tells_since_when_it_is_open_and_when_it_is_tried_again() -> None:
    """Through every failing probe the beginning stays; closed again, it tells nothing. Moments are those of the calendar."""
    admission, epoch_s = Admission(), 1_790_000_000.0

    def told(now_s: float) -> dict[str, tuple[str, float | None, float | None]]:
        found = admission.figures(now_s, epoch_s + now_s)
        return {one.model or one.of: (one.state, one.since_s, one.again_at_s) for one in found}

    for number in range(FAILURES):
        request(admission, "small", "server_error", number)
    opened_s = epoch_s + FAILURES - 1
    assert told(10.0) == {
        **dict.fromkeys(("budget", "key", "server"), ("closed", None, None)),
        "small": ("open", opened_s, opened_s + OPEN_S),
    }
    due_s = FAILURES - 1 + OPEN_S
    assert told(due_s)["small"] == ("half_open", opened_s, None)
    probe = permitted(admission, "small", due_s)
    assert told(due_s + 1)["small"] == ("half_open", opened_s, None)
    admission.report(probe, "server_error", None, due_s + 1)
    assert told(due_s + 2)["small"] == ("open", opened_s, epoch_s + due_s + 1 + OPEN_S)
    request(admission, "small", "complete", due_s + 1 + OPEN_S)
    assert told(200.0)["small"] == ("closed", None, None)


def test_a_breaker_that_is_tried_now_lets_one_request_find_out() -> None:
    """The next one is the probe: it closes the breaker, or opens it for the whole time again. A closed one is not touched."""
    admission = Admission()
    assert not admission.try_now("model", "small")
    request(admission, "small", "quota_exhausted", 0.0)
    assert isinstance(admission.admit("small", 1.0), Rejected)
    assert not admission.try_now("key", "")
    assert admission.try_now("budget", "")
    probe = permitted(admission, "small", 1.0)
    assert isinstance(admission.admit("large", 1.0), Rejected)
    admission.report(probe, "quota_exhausted", None, 2.0)
    assert admission.admit("small", 3.0) == Rejected("quota_exhausted", QUOTA_OPEN_S - 1.0, "account")
    assert admission.try_now("budget", "")
    request(admission, "small", "complete", 4.0)
    permitted(admission, "large", 5.0)
