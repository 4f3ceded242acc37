"""One OpenTelemetry trace for each turn: from what a person wrote or pressed to the last change of the answer in Discord.

A trace has moments, the model's name and how the turn ended. It has no text, no title, and nobody's name or id.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Status, StatusCode, set_span_in_context

from messages.ids import TurnId
from messages.observation import Requested
from messages.verbs.verb import Verb
from telemetry.turn_times import Followed, TurnTimes

NS: Final = 1_000_000_000

CLOSE_S: Final = 2.0
"""How long the end of the process waits for traces that are not sent yet, in seconds."""


class Traces:
    """Makes a trace of every turn that is over, and has it sent from a thread of its own."""

    def __init__(self, version: str, exporter: SpanExporter, *, clock: Callable[[], float]) -> None:
        """`clock` returns seconds since 1970 by Discord's clock."""
        self._clock = clock
        self._turns = Followed(over=self._over)
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": "causerie", "service.version": version}), shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("causerie")

    def committed(self, verbs: Sequence[Verb[Any]], answers: Sequence[Any], seconds: float) -> None:  # noqa: ARG002
        """Learn what a transaction says about turns."""
        self._turns.committed(verbs, answers, self._clock())

    def not_committed(self) -> None:
        """Nothing happened to any turn."""

    def wrote(self, turn: TurnId) -> None:
        """Learn that a turn has text."""
        self._turns.wrote(turn, self._clock())

    def requested(self, requested: Requested) -> None:
        """Learn when Discord shows a turn's text."""
        self._turns.requested(requested, self._clock())

    def close(self) -> None:
        """Send what is not sent yet, for `CLOSE_S` at most.

        The library's own bound is no bound: it waits for a collector that does not answer.
        """
        sending = threading.Thread(target=self._provider.shutdown, name="traces", daemon=True)
        sending.start()
        sending.join(CLOSE_S)

    def _over(self, times: TurnTimes) -> None:
        begin_s = _first(times.asked_s, times.accepted_s, times.taken_s)
        end_s = _first(times.delivered_s, times.last_shown_s, times.ended_s)
        if begin_s is None or end_s is None:
            return  # an earlier process did the most of it
        turn = self._tracer.start_span("turn", start_time=_ns(begin_s))
        turn.set_attributes({"causerie.turn": times.turn, "causerie.attempts": times.attempts})
        if times.model:
            turn.set_attribute("gen_ai.request.model", times.model)
        if times.ending and times.reason:
            turn.set_attributes({"causerie.ending": times.ending, "causerie.reason": times.reason})
            if times.ending in ("failed", "interrupted"):
                turn.set_status(Status(StatusCode.ERROR, times.reason))
        within = set_span_in_context(turn)
        for name, from_s, to_s in _pieces(times):
            self._tracer.start_span(name, context=within, start_time=_ns(from_s)).end(_ns(max(from_s, to_s)))
        turn.end(_ns(max(begin_s, end_s)))


def _pieces(times: TurnTimes) -> Iterator[tuple[str, float, float]]:
    """Return what a turn's time went into, one after the other."""
    for name, from_s, to_s in (
        ("accept", times.asked_s, times.accepted_s),
        ("wait for the session", times.accepted_s, times.taken_s),
        ("wait for the model", times.taken_s, times.model_asked_s),
        ("first text", times.model_asked_s, times.written_s),
        ("answer", times.written_s, times.ended_s),
        ("show the rest", times.ended_s, times.last_shown_s),
    ):
        if from_s is not None and to_s is not None:
            yield name, from_s, to_s


def exporter_to(url: str) -> SpanExporter:
    """Return what sends traces to a collector, by OTLP over HTTP; `url` ends with `/v1/traces` as a rule."""
    return OTLPSpanExporter(endpoint=url)


def _first(*moments: float | None) -> float | None:
    return next((moment for moment in moments if moment is not None), None)


def _ns(moment_s: float) -> int:
    return int(moment_s * NS)
