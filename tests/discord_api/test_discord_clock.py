"""Discord's time counts as soon as Discord has said it, whatever the machine's clock does."""

import time
from types import SimpleNamespace

import pytest

from discord_api import discord_clock
from discord_api.discord_clock import DiscordClock
from discord_api.rest import UnqueuedBuckets


class Machine(SimpleNamespace):
    """A machine's two clocks."""

    wall_s = 1000.0
    monotonic_s = 5.0

    def time(self) -> float:
        return self.wall_s

    def monotonic(self) -> float:
        return self.monotonic_s


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(discord_clock, "time", machine)
    return machine


def test_the_machines_clock_counts_until_discord_has_said_the_time(machine: Machine) -> None:
    clock = DiscordClock()
    assert clock.now_s() == 1000.0
    clock.learn(500.0)
    machine.monotonic_s += 7.0
    machine.wall_s = 9e9
    assert clock.now_s() == 507.0


def test_nobody_takes_the_machines_clock_for_discords(machine: Machine) -> None:
    """Until Discord has said the time there is none of its."""
    clock = DiscordClock()
    assert clock.told_s() is None
    clock.learn(500.0)
    machine.wall_s = 9e9
    machine.monotonic_s += 3600.0
    assert clock.told_s() == 4100.0


def test_what_answers_differ_by_does_not_move_the_clock(machine: Machine) -> None:
    """One that was long under way says an earlier time."""
    clock = DiscordClock()
    clock.learn(500.0)
    clock.learn(498.5)
    assert clock.now_s() == 500.0
    clock.learn(490.0)
    assert clock.now_s() == 490.0
    assert machine.wall_s == 1000.0


def test_an_answers_headers_say_the_time() -> None:
    """The moment of a window's reset, less the seconds until then. Without that header nothing is known."""
    clock = DiscordClock()
    buckets = UnqueuedBuckets(clock)
    route = None
    buckets.update_rate_limits(route, None, "a", 1, 5, 0.0, 0.0)  # type: ignore[arg-type]
    assert abs(clock.now_s() - time.time()) < 5.0
    buckets.update_rate_limits(route, None, "a", 1, 5, 101.5, 1.5)  # type: ignore[arg-type]
    assert abs(clock.now_s() - 100.0) < 5.0
