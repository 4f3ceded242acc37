"""Each rule of the limits that single routes of single channels have."""

import pytest

from actors.courier.requests import (
    DeletePart,
    EditPart,
    PartitionKey,
    PostPart,
    React,
    ReadQuestion,
    Search,
    Sendable,
    TellPrivately,
    Unreact,
)
from actors.courier.route_limits import MARGIN_S, PARTITIONS_REMEMBERED, RouteLimits
from discord_api.results import RateLimitHeaders
from messages.courier import ReadChannel

HERE: PartitionKey = (1, "text")
THERE: PartitionKey = (2, "text")


def headers(limit: int, remaining: int, reset_after_s: float) -> RateLimitHeaders:
    return RateLimitHeaders("bucket", limit, remaining, reset_after_s)


def end(limits: RouteLimits, times: int, now_s: float, kind: type[Sendable] = PostPart) -> None:
    for _ in range(times):
        limits.ended(HERE, kind, None, now_s)


@pytest.mark.parametrize(
    ("kind", "allowed", "window_s"),
    [
        (PostPart, 5, 5.0),
        (EditPart, 5, 5.0),
        (DeletePart, 5, 1.0),
        (React, 1, 0.25),
        (Unreact, 1, 0.25),
        (ReadChannel, 5, 1.0),
        (ReadQuestion, 5, 1.0),
        (Search, 5, 1.0),
    ],
)
def test_before_discord_says_anything_what_bots_report_is_assumed(
    kind: type[Sendable], allowed: int, window_s: float
) -> None:
    """A window lasts from the end of its first request, and a tenth of a second longer."""
    limits = RouteLimits()
    assert limits.free_at_s(HERE, kind) == 0.0
    for number in range(allowed):
        assert limits.free_at_s(HERE, kind) == 0.0
        limits.ended(HERE, kind, None, 10.0 + number / 100)
    assert limits.free_at_s(HERE, kind) == pytest.approx(10.0 + window_s + MARGIN_S)
    limits.ended(HERE, kind, None, 20.0)
    assert limits.free_at_s(HERE, kind) == pytest.approx((20.0 if allowed == 1 else 10.01) + window_s + MARGIN_S)


def test_what_nothing_is_assumed_of_is_free_until_discord_says_otherwise() -> None:
    """Notes are sent once in a blue moon."""
    limits = RouteLimits()
    for _ in range(100):
        limits.ended(HERE, TellPrivately, None, 10.0)
    assert limits.free_at_s(HERE, TellPrivately) == 0.0
    assert limits.spacing_s(HERE, TellPrivately, 1) == 0.0
    assert len(limits._sent[1, TellPrivately]) == 1


def test_a_slow_answer_makes_no_window_shorter() -> None:
    """What Discord took to answer is missing in what it says of the window; of another limit the window is another one."""
    limits = RouteLimits()
    limits.ended(HERE, PostPart, headers(2, 1, 5.0), 10.0)
    limits.ended(HERE, PostPart, headers(2, 1, 4.7), 20.3)
    limits.ended(HERE, PostPart, None, 30.0)
    assert limits.free_at_s(HERE, PostPart) == pytest.approx(20.3 + 5.0 + MARGIN_S)
    limits.ended(HERE, PostPart, headers(1, 0, 2.0), 40.0)
    assert limits.free_at_s(HERE, PostPart) == pytest.approx(40.0 + 2.0 + MARGIN_S)


def test_each_channel_and_each_kind_has_limits_of_its_own() -> None:
    """Only what uses the same route shares one."""
    limits = RouteLimits()
    end(limits, 5, 10.0)
    assert limits.free_at_s(THERE, PostPart) == 0.0
    assert limits.free_at_s(HERE, EditPart) == 0.0
    end(limits, 1, 10.0, React)
    assert limits.free_at_s(HERE, Unreact) > 10.0
    end(limits, 5, 10.0, Search)
    assert limits.free_at_s(HERE, ReadChannel) > 10.0
    assert limits.spacing_s(HERE, Unreact, 0) == limits.spacing_s(HERE, React, 0) == 0.25


def test_the_first_answer_of_a_window_says_how_large_windows_are() -> None:
    """From then on that is believed, in this channel."""
    limits = RouteLimits()
    limits.ended(HERE, PostPart, headers(2, 1, 3.0), 10.0)
    assert limits.free_at_s(HERE, PostPart) == 0.0
    limits.ended(HERE, PostPart, None, 11.0)
    assert limits.free_at_s(HERE, PostPart) == pytest.approx(10.0 + 3.0 + MARGIN_S)
    assert limits._sizes == {(1, PostPart): (2, 3.0)}


@pytest.mark.parametrize("said", [headers(9, 7, 3.0), headers(9, 8, 0.0), headers(0, -1, 3.0)])
def test_a_later_answer_does_not_say_how_large_windows_are(said: RateLimitHeaders) -> None:
    """What is left of a window is not its length; and without a limit or a time nothing is said."""
    limits = RouteLimits()
    limits.ended(HERE, PostPart, said, 10.0)
    assert limits._sizes == {}


def test_a_larger_window_lets_more_go_and_a_smaller_one_forgets_what_it_does_not_need() -> None:
    """As many moments are kept as a window takes."""
    limits = RouteLimits()
    limits.ended(HERE, PostPart, headers(7, 6, 5.0), 10.0)
    end(limits, 5, 10.0)
    assert limits.free_at_s(HERE, PostPart) == 0.0
    limits.ended(HERE, PostPart, headers(2, 1, 3.0), 12.0)
    assert list(limits._sent[1, PostPart]) == [10.0, 12.0]
    assert limits.free_at_s(HERE, PostPart) == pytest.approx(10.0 + 3.0 + MARGIN_S)


def test_when_nothing_remains_the_reset_is_waited_for() -> None:
    """There is a margin, because our clock is not Discord's."""
    limits = RouteLimits()
    limits.ended(HERE, PostPart, headers(5, 1, 4.0), 10.0)
    assert limits.free_at_s(HERE, PostPart) == 0.0
    limits.ended(HERE, PostPart, headers(5, 0, 4.0), 10.0)
    assert limits.free_at_s(HERE, PostPart) == pytest.approx(14.0 + MARGIN_S)
    limits.ended(HERE, PostPart, headers(5, 0, 1.0), 10.0)
    assert limits.free_at_s(HERE, PostPart) == pytest.approx(14.0 + MARGIN_S)
    assert limits.free_at_s(THERE, PostPart) == 0.0


def test_a_429_holds_its_route_in_its_channel_and_a_shorter_one_does_not_end_that() -> None:
    """Its moment is Discord's own word: no margin."""
    limits = RouteLimits()
    limits.hold(HERE, Unreact, 20.0)
    limits.hold(HERE, React, 15.0)
    assert limits.free_at_s(HERE, React) == 20.0
    assert limits.free_at_s(HERE, Unreact) == 20.0
    assert limits.free_at_s(THERE, React) == 0.0
    limits.hold(HERE, React, 25.0)
    assert limits.free_at_s(HERE, React) == 25.0


def test_the_later_of_a_hold_and_a_full_window_counts() -> None:
    """Both have to be over."""
    limits = RouteLimits()
    end(limits, 5, 10.0)
    limits.hold(HERE, PostPart, 12.0)
    assert limits.free_at_s(HERE, PostPart) == pytest.approx(15.0 + MARGIN_S)
    limits.hold(HERE, PostPart, 18.0)
    assert limits.free_at_s(HERE, PostPart) == 18.0


@pytest.mark.parametrize(("kept", "spacing_s"), [(0, 1.0), (1, 1.25), (3, 2.5), (4, 5.0), (5, 5.0), (50, 5.0)])
def test_interim_edits_are_spaced_so_that_final_ones_find_room(kept: int, spacing_s: float) -> None:
    """Of five requests in five seconds at least one is used."""
    assert RouteLimits().spacing_s(HERE, EditPart, kept) == spacing_s


def test_channels_that_hold_nothing_back_are_forgotten() -> None:
    """Those that do are kept, and so are those that were used lately."""
    limits = RouteLimits()
    limits.ended((0, "text"), PostPart, headers(3, 2, 9.0), 1.0)
    limits.hold((0, "text"), PostPart, 50.0)
    limits.hold((-1, "text"), PostPart, 200.0)
    for channel in range(1, PARTITIONS_REMEMBERED):
        limits.ended((channel, "text"), PostPart, None, 94.8 if channel < 10 else 94.95)
    assert len(limits._sent) == PARTITIONS_REMEMBERED
    assert limits._sizes
    limits.ended((5000, "text"), PostPart, None, 100.0)
    assert set(limits._sent) == {(channel, PostPart) for channel in (*range(10, PARTITIONS_REMEMBERED), 5000)}
    assert limits._sizes == {}
    assert set(limits._not_before_s) == {(-1, PostPart)}


def test_a_channel_that_was_used_lately_is_kept_however_long_it_is_known() -> None:
    """The newest of its requests counts, not the oldest."""
    limits = RouteLimits()
    limits.ended(HERE, PostPart, None, 1.0)
    limits.ended(HERE, PostPart, None, 99.0)
    for channel in range(2, PARTITIONS_REMEMBERED + 2):
        limits.ended((channel, "text"), PostPart, None, 100.0)
    assert (1, PostPart) in limits._sent
