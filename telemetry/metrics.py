"""The metrics of the process, for Prometheus: their names, what they count, and where they get it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector, generate_latest

from messages.figures import BreakerState, Figures
from messages.ids import TurnId
from messages.observation import Requested
from messages.verbs.model_usage import Used
from messages.verbs.verb import Verb
from telemetry.turn_times import Followed, TurnTimes

WAITS_S: Final = (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 30.0, 60.0, 120.0, 300.0, 900.0)
"""The bounds of what a person waits for, in seconds."""

WORK_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The bounds of what the process does, in seconds."""

BREAKERS: Final[dict[BreakerState, int]] = {"closed": 0, "half_open": 1, "open": 2}

MICRO: Final = 1_000_000


class Metrics:
    """Counts what the actors did, and shows it together with what they say of themselves."""

    def __init__(self, version: str, *, clock: Callable[[], float]) -> None:
        """`clock` returns seconds since 1970 by Discord's clock, with which a person's wait is measured."""
        self._clock = clock
        self._turns = Followed(first_shown=self._first_shown, ended=self._ended, over=self._over)
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        Info("causerie_build", "Which Causerie this is.", registry=registry).info({"version": version})

        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(f"causerie_{name}", about, labels, registry=registry)

        def gauge(name: str, about: str, *labels: str) -> Gauge:
            return Gauge(f"causerie_{name}", about, labels, registry=registry)

        def histogram(name: str, about: str, bounds: Sequence[float], *labels: str) -> Histogram:
            return Histogram(f"causerie_{name}", about, labels, buckets=bounds, registry=registry)

        self._turns_total = counter("turns", "Questions that ended, by how and why.", "ending", "reason")
        self._first_text = histogram("first_text_seconds", "From the question to its first text in Discord.", WAITS_S)
        self._final_text = histogram("final_text_seconds", "From the question to the whole answer in Discord.", WAITS_S)
        self._requests = counter("discord_requests", "Requests to Discord, by what came of them.", "request", "outcome")
        self._request_s = histogram("discord_request_seconds", "How long Discord took to answer a request.", WORK_S)
        self._commit_s = histogram(
            "commit_seconds", "How long a transaction took, from the first verb to the disk.", WORK_S
        )
        self._not_committed = counter("failed_commits", "Transactions that failed as a whole.")
        self._lag_s = histogram("loop_lag_seconds", "How late the event loop woke up a task that slept.", WORK_S)
        self._tokens = counter(
            "model_tokens", "Tokens of models, as these count them or as estimated.", "model", "direction"
        )
        self._pictures = counter("model_pictures", "Pictures that models drew.", "model")
        self._audio_s = counter("model_audio_seconds", "Seconds of sound that models heard.", "model")
        self._dollars = counter("model_cost_dollars", "What models cost, as far as their prices are known.", "model")
        self._unpriced = counter("model_unpriced_requests", "Requests to models whose price is not known.", "model")
        self._tasks = gauge("asyncio_tasks", "Tasks of the event loop that have not ended.")
        self._connected = gauge("gateway_connected", "1 while every shard is connected to Discord's gateway.")
        self._waiting = gauge("turns_waiting", "Questions that wait for their session or for a model.")
        self._live = gauge("live_sessions", "Sessions with a live actor, by what it does.", "state")
        self._held = gauge("held_sessions", "Sessions whose actor starts again after a pause.")
        self._streaming = gauge("answers_streaming", "Answers that stream from a model.")
        self._slots = gauge("answers_streaming_max", "So many may stream at once.")
        self._for_slot = gauge("answers_waiting", "Questions that wait for one of those places.")
        self._budget = gauge("discord_budget", "So many requests may be sent to Discord within a second.")
        self._budget_used = gauge("discord_budget_used", "So many were sent within the last second.")
        self._unsent = gauge("discord_requests_waiting", "Requests to Discord that wait to be sent.")
        self._unshown = gauge("answers_unshown", "Answers that ended and that Discord does not show in full yet.")
        self._breakers = gauge("breaker_state", "Circuit breakers: 0 closed, 1 half open, 2 open.", "of", "model")

    # What the actors did

    def committed(self, verbs: Sequence[Verb[Any]], answers: Sequence[Any], seconds: float) -> None:
        """Count a transaction, and learn what it says about turns."""
        self._commit_s.observe(seconds)
        self._turns.committed(verbs, answers, self._clock())

    def not_committed(self) -> None:
        """Count a transaction that failed."""
        self._not_committed.inc()

    def wrote(self, turn: TurnId) -> None:
        """Learn that a turn has text."""
        self._turns.wrote(turn, self._clock())

    def requested(self, requested: Requested) -> None:
        """Count a request to Discord."""
        self._requests.labels(requested.request, requested.outcome).inc()
        self._request_s.observe(requested.ended_s - requested.began_s)
        self._turns.requested(requested, self._clock())

    def count(self, used: Iterable[Used]) -> None:
        """Count what models used; each entry of the ledger is told once."""
        for one in used:
            self._tokens.labels(one.model, "in").inc(one.input_tokens)
            self._tokens.labels(one.model, "out").inc(one.output_tokens)
            self._dollars.labels(one.model).inc(one.micro_dollars / MICRO)
            if one.pictures:
                self._pictures.labels(one.model).inc(one.pictures)
            if one.audio_ms:
                self._audio_s.labels(one.model).inc(one.audio_ms / 1_000)
            if one.unpriced:
                self._unpriced.labels(one.model).inc(one.unpriced)

    def lagged(self, seconds: float) -> None:
        """Count how late the event loop was."""
        self._lag_s.observe(seconds)

    def _first_shown(self, times: TurnTimes) -> None:
        if times.asked_s is not None and times.first_shown_s is not None:
            self._first_text.observe(max(0.0, times.first_shown_s - times.asked_s))

    def _ended(self, times: TurnTimes) -> None:
        self._turns_total.labels(times.ending, times.reason).inc()

    def _over(self, times: TurnTimes) -> None:
        if times.asked_s is not None and times.last_shown_s is not None and times.ending == "answered":
            self._final_text.observe(max(0.0, times.last_shown_s - times.asked_s))

    # What they say of themselves

    def exposition(self, figures: Figures, *, waiting: int | None, tasks: int) -> bytes:
        """Return all metrics in Prometheus' text format.

        `waiting`: how many questions wait, None where storage did not say. `tasks`: how many tasks the event loop has.
        """
        self._connected.set(figures.gateway.connected_since_s is not None)
        _set(self._waiting, waiting)
        self._tasks.set(tasks)
        sessions, courier, models = figures.sessions, figures.courier, figures.models
        self._live.clear()
        if sessions is not None:
            for state, count in sessions.states.items():
                self._live.labels(state).set(count)
        _set(self._held, None if sessions is None else sessions.held)
        _set(self._budget, None if courier is None else courier.budget)
        _set(self._budget_used, None if courier is None else courier.used)
        _set(self._unsent, None if courier is None else courier.waiting)
        _set(self._unshown, None if courier is None else courier.pending)
        self._streaming.set(models.streaming)
        self._slots.set(models.slots)
        self._for_slot.set(models.waiting)
        self._breakers.clear()
        for breaker in models.breakers:
            self._breakers.labels(breaker.of, breaker.model).set(BREAKERS[breaker.state])
        return generate_latest(self.registry)


def _set(gauge: Gauge, value: float | None) -> None:
    """Show a value; what is not known is not a number, so that no alert takes it for zero."""
    gauge.set(float("nan") if value is None else value)
