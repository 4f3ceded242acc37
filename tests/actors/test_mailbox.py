"""How an actor waits for messages."""

import math
from typing import Any
from unittest.mock import Mock

import anyio
import pytest

from actors.mailbox import Mailbox
from tests.virtual_time import virtual_time


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Virtual time."""
    return virtual_time()


async def test_waiting_ends_at_its_moment() -> None:
    """Not before, so that nobody looks at the clock again and again; and without a message."""
    mailbox = Mailbox[str]()
    until_s = anyio.current_time() + 1.2345678
    await mailbox.wait(until_s)
    assert until_s <= anyio.current_time() <= until_s + 0.001
    assert mailbox.take_all() == []


async def test_a_message_ends_waiting_before_its_moment() -> None:
    """And the next wait lasts until its own moment: nothing is left of the one before."""
    mailbox = Mailbox[str]()
    began_s = anyio.current_time()

    async def post() -> None:
        await anyio.sleep(1)
        mailbox.post("hello")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(post)
        await mailbox.wait(began_s + 5)
    assert (anyio.current_time() - began_s, mailbox.take_all()) == (1, ["hello"])
    await mailbox.wait(began_s + 10)
    assert anyio.current_time() - began_s == 10


@pytest.mark.parametrize("until_s", [-math.inf, -1.0, 0.0])
async def test_a_moment_that_is_over_waits_for_nothing(until_s: float) -> None:
    """As a core says that wants to be told at once."""
    mailbox = Mailbox[str]()
    before_s = anyio.current_time()
    await mailbox.wait(before_s + until_s)
    assert anyio.current_time() == before_s


async def test_a_moment_that_never_comes_is_waited_for_until_a_message_is_there() -> None:
    """As a core says that knows of nothing to do."""
    mailbox = Mailbox[str]()
    with anyio.move_on_after(1000) as waiting:
        await mailbox.wait(math.inf)
    assert waiting.cancelled_caught
    mailbox.post("hello")
    await mailbox.wait(math.inf)
    assert mailbox.take_all() == ["hello"]


@pytest.mark.parametrize("at_s", [30.641, 30.641000000000002, 30.6409999, 12.19, 1e9 + 0.0014999])
def test_a_timer_is_never_set_before_its_moment(at_s: float) -> None:
    """Also where the moment in milliseconds, as a product, has lost its last digit: else the owner would set it again and again."""
    mailbox = Mailbox[int]()
    loop = Mock(**{"time.return_value": at_s - 1})
    mailbox._notify_at(at_s, loop)
    (due_s, _), _ = loop.call_at.call_args
    assert at_s <= due_s <= at_s + 0.002
