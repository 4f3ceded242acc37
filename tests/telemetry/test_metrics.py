"""What Prometheus reads: the figures, and that the dashboard and the alerts ask for what there is."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from messages.figures import BreakerFigures, CourierFigures, Figures, GatewayFigures, ModelsFigures, SessionsFigures
from messages.observation import Requested
from messages.verbs.model_usage import ReadUsage
from telemetry.metrics import Metrics
from tests.storage import people
from tests.telemetry.story import Story

MONITORING: Final = Path(__file__).parents[2] / "deploy" / "monitoring"

FIGURES: Final = Figures(
    version="0.1.0",
    started_s=people.NOW_S,
    gateway=GatewayFigures(connected_since_s=people.NOW_S),
    sessions=SessionsFigures(states={"idle": 3, "streaming": 2}, held=1),
    courier=CourierFigures(used=7, budget=48, waiting=2, pending=4),
    models=ModelsFigures(
        streaming=2,
        slots=256,
        waiting=5,
        breakers=(
            BreakerFigures(of="key", state="closed", trips_on="wrong_key"),
            BreakerFigures(of="model", model="gpt-4o", state="open", trips_on="server_error"),
        ),
    ),
)


def values(shown: bytes) -> dict[str, float]:
    """Return each sample of an exposition by its name and labels."""
    found = {}
    for family in text_string_to_metric_families(shown.decode()):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


@pytest.fixture
def story() -> Story:
    return Story()


def told(story: Story) -> Metrics:
    """Tell metrics of one whole turn: asked, written after 2 s, shown after 2.5 s and, to the end, after 5 s."""
    story.observer = metrics = Metrics("0.1.0", clock=story.clock)
    question = story.ask(0)
    attempt = story.take(question)
    story.at(2.0)
    metrics.wrote(question.turn)
    story.at(2.5)
    story.show(question.turn)
    story.at(4.0)
    story.finish(question, attempt)
    story.at(5.0)
    story.show(question.turn, request="EditPart")
    story.deliver(question.turn)
    return metrics


def test_a_turn_is_counted_and_its_waits_are_measured(story: Story) -> None:
    """As the person waited, by Discord's id of the message."""
    metrics = told(story)
    found = values(metrics.exposition(FIGURES, waiting=0, tasks=11))
    assert found["causerie_turns_total{ending=answered,reason=complete}"] == 1
    assert found["causerie_first_text_seconds_sum"] == pytest.approx(2.5, abs=0.01)
    assert found["causerie_final_text_seconds_sum"] == pytest.approx(5.0, abs=0.01)
    assert found["causerie_discord_requests_total{outcome=done,request=PostPart}"] == 1
    assert found["causerie_commit_seconds_count"] == 5


def test_what_the_actors_say_of_themselves_is_shown(story: Story) -> None:
    """An actor that says nothing has no figure, rather than one that looks like a quiet bot."""
    metrics = told(story)
    found = values(metrics.exposition(FIGURES, waiting=9, tasks=11))
    assert found["causerie_live_sessions{state=idle}"] == 3
    assert found["causerie_turns_waiting"] == 9
    assert found["causerie_asyncio_tasks"] == 11
    assert (found["causerie_discord_budget"], found["causerie_discord_budget_used"]) == (48, 7)
    assert found["causerie_breaker_state{model=gpt-4o,of=model}"] == 2
    assert found["causerie_breaker_state{model=,of=key}"] == 0
    assert found["causerie_gateway_connected"] == 1
    silent = Figures(
        version="", started_s=0.0, gateway=GatewayFigures(connected_since_s=None), sessions=None, courier=None,
        models=ModelsFigures(streaming=0, slots=1, waiting=0, breakers=()),
    )  # fmt: skip
    found = values(metrics.exposition(silent, waiting=None, tasks=11))
    assert found["causerie_turns_waiting"] != found["causerie_turns_waiting"]  # not a number
    assert found["causerie_discord_budget"] != found["causerie_discord_budget"]
    assert found["causerie_gateway_connected"] == 0
    assert not [name for name in found if name.startswith(("causerie_live_sessions", "causerie_breaker_state"))]


def test_what_models_used_is_read_from_the_ledger_once(story: Story) -> None:
    """Each entry is counted once, and what an earlier process used is not counted."""
    metrics = told(story)
    read = story.rows.perform(ReadUsage(after=0))
    metrics.count(read.used)
    again = story.rows.perform(ReadUsage(after=read.last))
    assert again.used == ()
    metrics.count(again.used)
    found = values(metrics.exposition(FIGURES, waiting=again.waiting, tasks=11))
    assert found["causerie_model_tokens_total{direction=in,model=test-model}"] == 3
    assert found["causerie_model_tokens_total{direction=out,model=test-model}"] == 5
    assert "causerie_model_unpriced_requests_total{model=test-model}" not in found
    assert story.rows.perform(ReadUsage(after=None)).used == ()


def test_nobody_and_nothing_that_was_said_is_in_the_metrics(story: Story) -> None:
    """No name, no id, no text."""
    shown = told(story).exposition(FIGURES, waiting=0, tasks=11).decode()
    for private in ("Alice", str(people.ALICE), str(people.CHANNEL), str(people.GUILD), "comet", "ball of"):
        assert private not in shown, private


def everything(story: Story) -> set[str]:
    """Return the names of all samples that there can be."""
    metrics = told(story)
    metrics.not_committed()
    metrics.lagged(0.1)
    metrics.requested(Requested(request="Callback", outcome="done", began_s=0.0, ended_s=0.1))
    used = story.rows.perform(ReadUsage(after=0)).used
    from msgspec.structs import replace  # noqa: PLC0415

    metrics.count(replace(one, pictures=1, audio_ms=1, unpriced=1) for one in used)
    return {name.partition("{")[0] for name in values(metrics.exposition(FIGURES, waiting=0, tasks=11))}


def queries() -> Iterator[tuple[str, str]]:
    """Return each query of the dashboard and of the alerts, with where it stands."""
    dashboard: dict[str, Any] = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield f"dashboard: {panel['title']}", target["expr"].replace("$__rate_interval", "5m")
    alerts: dict[str, Any] = yaml.safe_load((MONITORING / "alerts.yml").read_text())
    for group in alerts["groups"]:
        for rule in group["rules"]:
            yield f"alert: {rule['alert']}", rule["expr"]


def test_the_dashboard_and_the_alerts_ask_for_what_there_is(story: Story) -> None:
    """Every query is PromQL, and each metric in it is exported; `up` is Prometheus' own."""
    exported = everything(story) | {"up"}
    asked = set()
    for where, query in queries():
        promql_parser.parse(query)
        names = set(re.findall(r"\b(?:causerie|process|python)_\w+|\bup\b", query))
        assert names, where
        assert names <= exported, (where, names - exported)
        asked |= names
    forgotten = {name for name in exported if name.startswith("causerie_")} - asked
    assert {name for name in forgotten if not name.endswith(("_created", "_sum", "_count"))} <= {
        "causerie_answers_streaming_max"
    }


def test_labels_in_queries_have_values_that_there_are(story: Story) -> None:
    """A query about an outcome or an ending that does not exist would never alert."""
    from typing import get_args  # noqa: PLC0415

    from messages.observation import Outcome  # noqa: PLC0415
    from messages.turn import Ending  # noqa: PLC0415

    known = {"outcome": set(get_args(Outcome)), "ending": set(get_args(Ending)), "job": {"causerie"}}
    for where, query in queries():
        for label, value in re.findall(r'(\w+)(?:=|=~|!=)"([^"]+)"', query):
            assert set(value.split("|")) <= known[label], (where, label, value)
    assert story.rows
