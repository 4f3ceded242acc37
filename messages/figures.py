"""What the actors say of themselves while they work: the figures behind `/causerie`.

They are plain numbers about the whole process. Nothing in them names a person, a session or what somebody wrote, so they may be shown
to whoever runs the bot. Moments are in seconds since 1970.
"""

from typing import Literal

from msgspec import Struct

from messages.turn import Reason

SessionState = Literal["idle", "taking", "streaming", "finishing", "pausing", "over"]
"""What a session's actor does; `actors/session/machine.py` says what leads from one state to another."""

BreakerOf = Literal["budget", "key", "server", "model"]
"""What a circuit breaker protects: the account's budget, its key, the server, or one model."""

BreakerState = Literal["closed", "open", "half_open"]
"""Whether requests are sent, are not, or one may find out whether the server works again."""


class ReportFigures(Struct, frozen=True, kw_only=True, tag="report_figures"):
    """Publish your figures. From `actors/figures.py`, to the supervisor and the courier. Several of these mean the same as one."""


class SessionsFigures(Struct, frozen=True, kw_only=True):
    """The sessions' actors. From the supervisor."""

    states: dict[SessionState, int]
    """How many live actors are in each state."""
    held: int
    """Sessions that are started again after a pause, or whose questions are being read again."""


class CourierFigures(Struct, frozen=True, kw_only=True):
    """Requests to Discord. From the courier."""

    used: int
    """Requests of the last second, those under way included."""
    budget: int
    """As many may be sent in a second."""
    waiting: int
    """Requests that wait to be sent."""
    pending: int
    """Answers that have ended and that Discord does not show in full yet."""


class GatewayFigures(Struct, frozen=True, kw_only=True):
    """The connection to Discord's gateway. From the gateway, whenever it changes."""

    connected_since_s: float | None
    """Since when every shard has been connected; None while one is not."""


class BreakerFigures(Struct, frozen=True, kw_only=True):
    """One circuit breaker."""

    of: BreakerOf
    model: str = ""
    """The model's name; "" for one that concerns all models."""
    state: BreakerState
    trips_on: Reason
    """What opens it."""
    since_s: float | None = None
    """When it opened and has not closed since."""
    again_at_s: float | None = None
    """When one request will be let through; None where that is now, or under way."""


class ModelsFigures(Struct, frozen=True, kw_only=True):
    """Requests to models."""

    streaming: int
    """Answers that stream."""
    slots: int
    """As many may stream at once."""
    waiting: int
    """Turns that wait for a slot."""
    breakers: tuple[BreakerFigures, ...]
    """Those of the account and the server, then those of the models that were asked, by name."""


class Figures(Struct, frozen=True, kw_only=True):
    """All of it, as of one moment. An actor that did not answer in time has none."""

    version: str
    started_s: float
    gateway: GatewayFigures
    sessions: SessionsFigures | None
    courier: CourierFigures | None
    models: ModelsFigures
