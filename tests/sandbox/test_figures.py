"""What the page tells of the bot's live actors is what the bot's own metrics say."""

import asyncio

import pytest
from aiohttp import web

from messages.figures import BreakerFigures, CourierFigures, Figures, GatewayFigures, ModelsFigures, SessionsFigures
from sandbox.figures import Figures as Read
from sandbox.figures import figures_in
from sandbox.said import catalogues
from telemetry.metrics import BREAKERS, Metrics

BREAKER = BreakerFigures(of="model", model='odd "name"', state="half_open", trips_on="rate_limited")
BUSY = Figures(
    version="1",
    started_s=0.0,
    gateway=GatewayFigures(connected_since_s=1.0),
    sessions=SessionsFigures(states={"streaming": 2, "idle": 1}, held=3),
    courier=CourierFigures(used=4, budget=50, waiting=5, pending=6),
    models=ModelsFigures(streaming=7, slots=8, waiting=9, breakers=(BREAKER,)),
)


def exposed(figures: Figures, waiting: int | None) -> str:
    return Metrics("1", clock=lambda: 0.0).exposition(figures, waiting=waiting, tasks=0).decode()


def test_every_figure_is_read_from_the_bots_own_metrics() -> None:
    """By the names that the bot gives them: a metric that is called otherwise one day is missed here."""
    assert figures_in(exposed(BUSY, 10)) == {
        "sessions": {"streaming": 2, "idle": 1},
        "held": 3,
        "waiting": 10,
        "connected": True,
        "streaming": {"now": 7, "most": 8, "waiting": 9},
        "courier": {"used": 4, "most": 50, "waiting": 5, "unshown": 6},
        "breakers": [{"of": "model", "model": 'odd "name"', "state": "half_open"}],
    }


def test_what_the_bot_does_not_know_is_none() -> None:
    """An actor that did not answer has no figures, and zero would be a lie."""
    silent = Figures(
        version="1",
        started_s=0.0,
        gateway=GatewayFigures(connected_since_s=None),
        sessions=None,
        courier=None,
        models=ModelsFigures(streaming=0, slots=8, waiting=0, breakers=()),
    )
    read = figures_in(exposed(silent, None))
    assert (read["sessions"], read["held"], read["waiting"], read["connected"]) == ({}, None, None, False)
    assert set(read["courier"].values()) == {None}


@pytest.mark.parametrize("locale", catalogues())
def test_the_page_has_words_for_every_state(locale: str) -> None:
    """Of a session's actor, of a breaker, and of what one protects."""
    said = catalogues()[locale]
    states = SessionsFigures.__annotations__["states"].__args__[0].__args__
    of = BreakerFigures.__annotations__["of"].__args__
    assert {f"doing.{state}" for state in states} | {f"breaker_of.{one}" for one in of} <= set(said)
    assert {f"breaker.{state}" for state in BREAKERS if state != "closed"} <= set(said)


async def test_a_bot_is_asked_once_however_many_look_and_one_that_is_gone_shows_nothing() -> None:
    asked = []

    async def metrics(_request: web.Request) -> web.Response:
        asked.append(1)
        return web.Response(text=exposed(BUSY, 0))

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/metrics"
    figures = Read(lambda: address)
    await asyncio.gather(*(figures.look() for _ in range(5)))
    assert len(asked) == 1
    assert figures.newest is not None
    assert figures.newest["held"] == 3
    await runner.cleanup()
    gone = Read(lambda: address)
    await gone.look()
    assert gone.newest is None
    unknown = Read(lambda: "")
    await unknown.look()
    assert unknown.newest is None
