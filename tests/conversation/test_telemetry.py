"""Metrics, health and traces of the real bot."""

import json
import os
import re
import shutil
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio.to_thread
import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.conversation.panels import press
from tests.conversation.test_storage_down import held
from tests.rig.town import CHECKOUT, Town
from tests.telemetry.test_metrics import values


def address_in(town: Town, path: str) -> str:
    """Return the address that the newest line of the log names."""
    return str(re.findall(rf"'(http://127\.0\.0\.1:\d+/{path})'", town.log.read_text())[-1])


async def fetched(address: str) -> tuple[int, bytes]:
    """Return an address's status and content."""

    def fetch() -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310 our own
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    return await anyio.to_thread.run_sync(fetch)


async def metrics_of(town: Town) -> dict[str, float]:
    status, shown = await fetched(address_in(town, "metrics"))
    assert status == 200
    return values(shown)


async def health_of(town: Town) -> tuple[int, dict[str, str]]:
    """Return the status of the health, and what each check says."""
    status, shown = await fetched(address_in(town, "health"))
    return status, {check["name"]: check["says"] for check in json.loads(shown)["checks"]}


def watched(town: Town, more: str = "") -> None:
    """Have the bot show metrics on a port that the system chooses."""
    town.config.write_text(f"{town.config.read_text()}\n[telemetry]\nmetrics_port = 0\n{more}")


async def test_a_question_is_counted_measured_and_priced(town: Town) -> None:
    """From the event to the last change in Discord; nothing of it is told twice, and nobody is named."""
    watched(town)
    await town.start()
    await town.set_status(town.alice, "new")
    before = await metrics_of(town)
    assert before["causerie_gateway_connected"] == 1
    town.model.script(answer="A comet is a ball of ice. " * 20, tokens_per_s=100)
    await town.answered(await town.alice.say(town.general, "What is a comet?"))
    await town.until(lambda: town.rows("SELECT state FROM turn") == [("delivered",)])
    found = await metrics_of(town)
    assert found["causerie_asyncio_tasks"] > 10
    assert found["causerie_turns_total{ending=answered,reason=complete}"] == 1
    assert found["causerie_first_text_seconds_count"] == 1
    assert found["causerie_final_text_seconds_count"] == 1
    assert 0 < found["causerie_first_text_seconds_sum"] <= found["causerie_final_text_seconds_sum"]
    ((tokens_in, tokens_out),) = town.rows("SELECT sum(input_tokens), sum(output_tokens) FROM ledger")
    told = {name: value for name, value in found.items() if name.startswith("causerie_model_tokens_total")}
    assert sorted(told.values()) == sorted([tokens_in, tokens_out])
    assert found["causerie_discord_requests_total{outcome=done,request=PostPart}"] == 1
    assert found["causerie_discord_requests_total{outcome=done,request=Callback}"] >= 1
    assert 0 < found["causerie_discord_budget_used"] <= found["causerie_discord_budget"]
    again = await metrics_of(town)
    assert again["causerie_turns_total{ending=answered,reason=complete}"] == 1
    assert {name: again[name] for name in told} == told
    _, shown = await fetched(address_in(town, "metrics"))
    for private in ("Alice", str(town.alice.id), "comet", str(town.general.id)):
        assert private not in shown.decode()


async def test_a_refusal_a_retry_and_a_failure_are_counted_by_their_reasons(town: Town) -> None:
    """A retry is a question of its own."""
    watched(town)
    await town.start()
    await town.set_status(town.alice, "new")
    town.model.script(answer="A comet is a ball of ice.", failed=True)
    question = await town.alice.say(town.general, "What is a comet?")
    await town.until(lambda: town.replies(question) and "Retry" in str(town.replies(question)[-1].components))
    town.model.script()
    await press(town, town.alice, town.replies(question)[-1], "Retry")
    await town.until(lambda: town.log.read_text().count("turn.delivered") == 2)
    found = await metrics_of(town)
    ended = {name: value for name, value in found.items() if name.startswith("causerie_turns_total")}
    assert sum(ended.values()) == 2
    assert [name for name in ended if "response_failed" in name]
    assert ended["causerie_turns_total{ending=answered,reason=complete}"] == 1


async def test_the_health_says_what_is_wrong(town: Town) -> None:
    """All is well; the disk fails; the bot stops."""
    watched(town)
    await town.start()
    status, says = await health_of(town)
    assert (status, says["storage"], says["discord"]) == (200, "the database answers", "connected to Discord's gateway")
    with held(town):
        status, says = await health_of(town)
        assert (status, says["storage"]) == (503, "the database does not answer")
        assert (await metrics_of(town))["causerie_gateway_connected"] == 1
    assert (await health_of(town))[0] == 200
    await town.set_status(town.alice, "new")
    town.model.script(answer="word " * 400, tokens_per_s=50)
    question = await town.alice.say(town.general, "Tell me of comets")
    await town.until(lambda: town.replies(question))
    assert town.bot is not None
    town.bot.send_signal(signal.SIGTERM)
    await town.until(lambda: "bot.stopping" in town.log.read_text())
    status, says = await health_of(town)
    assert (status, says["stopping"]) == (503, "stopping")


@asynccontextmanager
async def collector() -> AsyncIterator[tuple[str, list[Any]]]:
    """An OpenTelemetry collector; yields its address, and the spans that it got."""
    spans: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        exported = ExportTraceServiceRequest.FromString(await request.read())
        spans.extend(span for group in exported.resource_spans for scope in group.scope_spans for span in scope.spans)
        return web.Response()

    application = web.Application()
    application.router.add_post("/v1/traces", take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1/traces", spans
    finally:
        await runner.cleanup()


async def test_a_collector_gets_one_trace_for_each_question(town: Town) -> None:
    """The last ones are sent while the bot stops."""
    async with collector() as (address, spans):
        watched(town, f'traces_url = "{address}"\n')
        await town.start()
        await town.set_status(town.alice, "new")
        for text in ("What is a comet?", "What is a moon?"):
            await town.answered(await town.alice.say(town.general, text))
        await town.until(lambda: town.rows("SELECT count(*) FROM turn WHERE state = 'delivered'") == [(2,)])
        assert await town.stop() == 0
    roots = [span for span in spans if not span.parent_span_id]
    assert [span.name for span in roots] == ["turn", "turn"]
    assert len({span.trace_id for span in spans}) == 2
    told = str(spans)
    for private in ("Alice", str(town.alice.id), "comet", str(town.general.id)):
        assert private not in told


async def test_without_the_setting_nothing_is_served(town: Town) -> None:
    """And nothing is loaded for it."""
    await town.start()
    assert "telemetry.served" not in town.log.read_text()


async def refused(town: Town, port: int, *before: str) -> str:
    """Have a bot of its own process end because of this port, and return its last line; nothing was asked or answered by it.

    :param before: the command that starts the bot's command
    """
    town.config.write_text(f"{town.config.read_text()}\n[telemetry]\nmetrics_port = {port}\n")
    command = [*before, sys.executable, "-m", "cli", "run"]
    with anyio.fail_after(60):
        ended = await anyio.run_process(command, cwd=CHECKOUT, env=town.environment, check=False)
    said = ended.stderr.decode()
    assert ended.returncode == os.EX_CONFIG, said
    assert "bot.ready" not in said
    assert "Traceback" not in said
    return said.splitlines()[-1]


async def test_a_port_that_another_program_has_ends_the_start_with_a_sentence(town: Town) -> None:
    """The setting, the port, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        line = await refused(town, port)
    assert line == (
        f"causerie: CAUSERIE_CONFIG: telemetry.metrics_port is {port}, which another program has. Name another port, and start again."
    )


def first_free_port() -> int:
    """Return the first port that takes no right on this machine."""
    return int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())


async def test_a_port_that_takes_a_right_ends_the_start_with_a_sentence(town: Town) -> None:
    """Ports of root's: a service has no right to them, and neither has this process, whoever runs the tests."""
    first = first_free_port()
    if first <= 1:
        pytest.skip("every port is free for everybody here: sysctl net.ipv4.ip_unprivileged_port_start=1024")
    limited = ("setpriv", "--bounding-set=-net_bind_service") if os.geteuid() == 0 else ()
    if limited and not shutil.which(limited[0]):
        pytest.skip("setpriv is missing: install Debian's package util-linux")
    line = await refused(town, first - 1, *limited)
    assert f"telemetry.metrics_port is {first - 1}, which " in line
    assert line.endswith("may not use. Name a port from 1024 on, and start again.")
