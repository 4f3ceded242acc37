"""A snapshot has what the actors say when they are asked, and says of a silent one that it is silent."""

from typing import Any, cast

import anyio
import pytest

from actors.figures import WITHIN_S, FiguresCollector, Models
from actors.mailbox import Mailbox
from messages.figures import CourierFigures, GatewayFigures, ModelsFigures, ReportFigures, SessionsFigures
from tests.virtual_time import virtual_time

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Nothing here waits for the real world."""
    return virtual_time()


MODELS = ModelsFigures(streaming=1, slots=2, waiting=3, breakers=())


class Asking:
    """How models are asked."""

    def figures(self) -> ModelsFigures:
        return MODELS


def courier_figures(used: int) -> CourierFigures:
    return CourierFigures(used=used, budget=50, waiting=0, pending=0)


async def answer(collector: FiguresCollector, mailbox: Mailbox[Any], used: list[int]) -> None:
    """The courier: each time that it is asked, it says the next of these numbers."""
    for number in used:
        await mailbox.wait()
        assert mailbox.take_all() == [ReportFigures()]
        collector.publish(courier_figures(number))


async def test_each_snapshot_has_new_figures_of_the_actors_that_are_asked() -> None:
    """What one said before it was asked does not count; what nobody asks for is the newest that was published."""
    collector = FiguresCollector(version="1.2.3", started_s=5.0)
    mailbox = Mailbox[Any]()
    collector.ask(CourierFigures, mailbox)
    collector.publish(courier_figures(0))
    collector.publish(GatewayFigures(connected_since_s=7.0))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(answer, collector, mailbox, [1, 2])
        first = await collector.collect(cast("Models", Asking()))
        second = await collector.collect(cast("Models", Asking()))
    assert (first.version, first.started_s, first.models) == ("1.2.3", 5.0, MODELS)
    assert first.gateway.connected_since_s == 7.0
    assert [first.courier, second.courier] == [courier_figures(1), courier_figures(2)]
    assert first.sessions is None  # nobody was asked for them


async def test_an_actor_that_is_stuck_holds_nobody_up() -> None:
    """Its part is missing after a second; the others' are there."""
    collector = FiguresCollector()
    mailbox, stuck = Mailbox[Any](), Mailbox[Any]()
    collector.ask(CourierFigures, mailbox)
    collector.ask(SessionsFigures, stuck)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(answer, collector, mailbox, [1])
        before_s = anyio.current_time()
        found = await collector.collect(cast("Models", Asking()))
    assert anyio.current_time() - before_s == pytest.approx(WITHIN_S)
    assert (found.courier, found.sessions) == (courier_figures(1), None)
    assert found.gateway.connected_since_s is None


async def test_several_who_look_at_once_share_the_answers() -> None:
    """An actor is asked by equal messages, of which one waits."""
    collector = FiguresCollector()
    mailbox = Mailbox[Any]()
    collector.ask(CourierFigures, mailbox)
    found: list[CourierFigures | None] = []

    async def look() -> None:
        found.append((await collector.collect(cast("Models", Asking()))).courier)

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(look)
        await anyio.lowlevel.checkpoint()
        tasks.start_soon(answer, collector, mailbox, [1])
    assert found == [courier_figures(1)] * 3
