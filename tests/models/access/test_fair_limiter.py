"""Who streams next where more want to than may."""

from typing import Any

import anyio
import pytest
import trio.testing

from current import Fixed
from live import Live
from messages.ids import UserId
from models.access.fair_limiter import FairLimiter

BUSY, OTHER = UserId(1), UserId(2)


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Trio, whose clock jumps to the next deadline."""
    return ("trio", {"clock": trio.testing.MockClock(autojump_threshold=0)})


async def test_one_persons_hundred_questions_do_not_keep_anothers_first_one_waiting() -> None:
    """The next slot is for the person who holds the fewest."""
    limiter, entered = FairLimiter(Fixed(3)), list[UserId]()

    async def ask(person: UserId) -> None:
        async with limiter.slot(person):
            entered.append(person)
            await anyio.sleep(1)

    async with anyio.create_task_group() as tasks:
        for _ in range(100):
            tasks.start_soon(ask, BUSY)
        await anyio.sleep(0.5)
        tasks.start_soon(ask, OTHER)
    # All three leave in the same moment, and the next three come in whatever order.
    assert OTHER in entered[3:6]
    assert len(entered) == 101


async def test_never_more_are_inside_than_may_be_whoever_gives_up() -> None:
    """Giving up while waiting takes no slot, giving up inside frees one."""
    limiter, inside, most = FairLimiter(Fixed(2)), 0, 0

    async def ask(person: UserId, waits_s: float) -> None:
        nonlocal inside, most
        with anyio.move_on_after(waits_s):
            async with limiter.slot(person):
                inside += 1
                most = max(most, inside)
                try:
                    await anyio.sleep(1)
                finally:
                    inside -= 1

    for _ in range(3):
        async with anyio.create_task_group() as tasks:
            for number in range(60):
                tasks.start_soon(ask, UserId(number % 7), number % 13 / 4)
    assert (most, inside) == (2, 0)
    with anyio.fail_after(1):
        async with limiter.slot(BUSY), limiter.slot(OTHER):
            pass


async def test_among_equals_whoever_came_first_is_next() -> None:
    """People who hold equally many slots are served in the order in which they came."""
    limiter, entered = FairLimiter(Fixed(1)), list[UserId]()

    async def ask(person: UserId) -> None:
        async with limiter.slot(person):
            entered.append(person)
            await anyio.sleep(1)

    async with anyio.create_task_group() as tasks:
        for number in (9, 3, 7, 1, 5):
            tasks.start_soon(ask, UserId(number))
            await anyio.sleep(0.01)
    assert entered == [9, 3, 7, 1, 5]


async def test_a_slot_that_is_given_back_counts_no_more() -> None:
    """Who has had many answers is served like everybody else."""
    limiter, entered = FairLimiter(Fixed(1)), list[UserId]()
    for _ in range(10):
        async with limiter.slot(BUSY):
            pass

    async def ask(person: UserId) -> None:
        async with limiter.slot(person):
            entered.append(person)
            await anyio.sleep(1)

    async with anyio.create_task_group() as tasks:
        for person in (UserId(3), BUSY, OTHER):
            tasks.start_soon(ask, person)
            await anyio.sleep(0.01)
    assert entered == [3, BUSY, OTHER]


async def test_more_slots_are_given_at_once_and_fewer_are_taken_from_nobody() -> None:
    """Who waits is let in as soon as there is room; what is held beyond a smaller number is not given again."""
    slots = Live(1)
    limiter, inside = FairLimiter(slots), list[int]()

    async def ask(number: int) -> None:
        async with limiter.slot(UserId(number)):
            inside.append(number)
            await anyio.sleep(10)
            inside.remove(number)

    async with anyio.create_task_group() as tasks:
        for number in range(6):
            tasks.start_soon(ask, number)
            await anyio.sleep(0.01)
        assert inside == [0]
        slots.replace(4)
        limiter.let_in()
        await anyio.sleep(1)
        assert sorted(inside) == [0, 1, 2, 3]
        slots.replace(1)
        limiter.let_in()
        await anyio.sleep(9.5)
        assert inside == [4], "three slots were given back that are there no more"
        await anyio.sleep(10)
        assert inside == [5]
