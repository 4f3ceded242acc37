"""One trace a turn, with its pieces one after the other and nothing of what was said."""

import itertools
import threading
from collections.abc import Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from telemetry.traces import Traces
from tests.storage import people
from tests.telemetry.story import Story


@pytest.fixture
def story() -> Story:
    return Story()


def test_a_turn_is_one_trace_from_the_question_to_the_last_change(story: Story) -> None:
    """Its pieces follow each other and lie within it."""
    exporter = InMemorySpanExporter()
    story.observer = traces = Traces("0.1.0", exporter, clock=story.clock)
    story.at(0.5)
    question = story.ask(0)
    story.at(1.0)
    attempt = story.take(question)
    story.at(2.0)
    traces.wrote(question.turn)
    story.show(question.turn)
    story.at(4.0)
    story.finish(question, attempt)
    story.at(5.0)
    story.show(question.turn, request="EditPart")
    story.deliver(question.turn)
    traces.close()
    spans = exporter.get_finished_spans()
    (root,) = [span for span in spans if span.parent is None]
    pieces = sorted((span for span in spans if span.parent is not None), key=lambda span: span.start_time or 0)
    assert [span.name for span in pieces] == [
        "accept", "wait for the session", "wait for the model", "first text", "answer", "show the rest",
    ]  # fmt: skip
    assert {span.context.trace_id for span in spans if span.context} == {root.context.trace_id if root.context else 0}
    for before, after in itertools.pairwise(pieces):
        assert before.end_time == after.start_time
    assert (root.start_time, root.end_time) == (pieces[0].start_time, pieces[-1].end_time)
    attributes = dict(root.attributes or {})
    assert attributes["gen_ai.request.model"] == "test-model"
    assert (attributes["causerie.ending"], attributes["causerie.reason"]) == ("answered", "complete")
    shown = "".join(span.to_json() for span in spans)
    for private in ("Alice", str(people.ALICE), str(people.CHANNEL), "comet", "ball of"):
        assert private not in shown


def test_a_turn_that_failed_is_marked(story: Story) -> None:
    """So that a search for errors finds it, with the reason."""
    exporter = InMemorySpanExporter()
    story.observer = traces = Traces("0.1.0", exporter, clock=story.clock)
    question = story.ask(0)
    attempt = story.take(question)
    story.finish(question, attempt, ending="failed", reason="server_error")
    story.show(question.turn)
    story.deliver(question.turn)
    traces.close()
    (root,) = [span for span in exporter.get_finished_spans() if span.parent is None]
    assert root.status.status_code is StatusCode.ERROR
    assert root.status.description == "server_error"


class Hangs(SpanExporter):
    """A collector that takes a connection and does not answer."""

    def __init__(self) -> None:
        self.released, self.has_answered = threading.Event(), threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002
        self.released.wait(60)
        self.has_answered.set()
        return SpanExportResult.SUCCESS


def test_a_collector_that_does_not_answer_does_not_keep_the_process(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Systemd would kill it."""
    monkeypatch.setattr("telemetry.traces.CLOSE_S", 0.01)
    exporter = Hangs()
    story.observer = traces = Traces("0.1.0", exporter, clock=story.clock)
    question = story.ask(0)
    attempt = story.take(question)
    story.finish(question, attempt)
    story.deliver(question.turn)
    traces.close()
    assert not exporter.has_answered.is_set()
    exporter.released.set()
