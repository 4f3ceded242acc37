"""How long everybody waits once a request has run into a model's rate limit."""

import pytest

from models.access.admission import BACKOFF_S, BACKOFF_S_MAX, RateLimit


def test_a_limit_that_nobody_ran_into_keeps_nobody_waiting() -> None:
    """From the start."""
    assert RateLimit().wait_s(0.0) == 0
    assert not RateLimit().is_named_by_server


def test_what_the_server_said_is_waited_for() -> None:
    """To the second, and it is known that the server said so."""
    limit = RateLimit()
    limit.refuse(7.0, 100.0)
    assert (limit.wait_s(100.0), limit.wait_s(103.0), limit.wait_s(107.0), limit.wait_s(200.0)) == (7.0, 4.0, 0.0, 0.0)
    assert limit.is_named_by_server


@pytest.mark.parametrize("said_s", [None, 0.0])
def test_without_a_time_each_wait_is_twice_as_long_up_to_half_a_minute(said_s: float | None) -> None:
    """Nor does a server that says `0` have the bot ask without end."""
    limit, now_s, waits = RateLimit(), 0.0, []
    for _ in range(7):
        limit.refuse(said_s, now_s)
        waits.append(limit.wait_s(now_s))
        now_s += waits[-1]
    assert waits == [BACKOFF_S, 2, 4, 8, 16, BACKOFF_S_MAX, BACKOFF_S_MAX]
    assert limit.is_named_by_server is (said_s is not None)


def test_after_a_request_that_was_taken_the_waits_begin_anew() -> None:
    """The next refusal costs a second again."""
    limit = RateLimit()
    limit.refuse(None, 0.0)
    limit.refuse(None, 1.0)
    limit.succeed()
    limit.refuse(None, 100.0)
    assert limit.wait_s(100.0) == BACKOFF_S


def test_requests_that_are_refused_together_share_one_pause() -> None:
    """Ten at once are one refusal, however often the next pauses double."""
    limit = RateLimit()
    for _ in range(10):
        limit.refuse(None, 0.0)
    assert limit.wait_s(0.0) == BACKOFF_S
    limit.refuse(None, BACKOFF_S)
    assert limit.wait_s(BACKOFF_S) == 2 * BACKOFF_S


def test_refusals_with_a_time_that_come_together_count_once() -> None:
    """The pause after them is the second one, not the eleventh."""
    limit = RateLimit()
    for _ in range(10):
        limit.refuse(0.0, 0.0)
    now_s = limit.wait_s(0.0)
    limit.refuse(None, now_s)
    assert limit.wait_s(now_s) == 2 * BACKOFF_S


def test_of_several_refusals_the_latest_moment_counts() -> None:
    """Whatever order they come in."""
    for told in ([7.0, 20.0], [20.0, 7.0]):
        limit = RateLimit()
        for said_s in told:
            limit.refuse(said_s, 0.0)
        assert limit.wait_s(0.0) == 20.0


def test_a_guess_of_ours_does_not_replace_what_the_server_said() -> None:
    """And a moment that the server names replaces a guess that is earlier."""
    limit = RateLimit()
    limit.refuse(20.0, 0.0)
    limit.refuse(None, 1.0)
    assert (limit.wait_s(1.0), limit.is_named_by_server) == (19.0, True)
    guessed = RateLimit()
    guessed.refuse(None, 0.0)
    guessed.refuse(20.0, 0.5)
    assert (guessed.wait_s(0.5), guessed.is_named_by_server) == (20.0, True)
