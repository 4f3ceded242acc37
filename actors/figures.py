"""Collects what the actors publish of themselves: one snapshot for `/causerie`, and for whatever else shows figures."""

from typing import Final, Protocol, TypeVar

import anyio

from messages.figures import CourierFigures, Figures, GatewayFigures, ModelsFigures, ReportFigures, SessionsFigures

WITHIN_S: Final = 1.0
"""An actor that takes longer to answer is stuck or flooded, which is what a reader of the figures wants to know."""

Published = TypeVar("Published", SessionsFigures, CourierFigures, GatewayFigures)


class Asked(Protocol):
    """The mailbox of an actor that is asked for its figures."""

    def post(self, message: ReportFigures, /) -> bool:
        """Leave a message."""
        ...


class Models(Protocol):
    """What knows how models are asked."""

    def figures(self) -> ModelsFigures:
        """Return its figures as of now."""
        ...


class FiguresCollector:
    """Asks actors for their figures, and keeps what each said last. Any actor may publish without being asked."""

    def __init__(self, *, version: str = "", started_s: float = 0.0) -> None:
        """`version` is the program's; `started_s` is when the process began, in seconds since 1970."""
        self._version = version
        self._started_s = started_s
        self._mailboxes: dict[type, Asked] = {}
        self._asked = 0
        self._newest: dict[type, tuple[int, SessionsFigures | CourierFigures | GatewayFigures]] = {}
        """The newest figures of each kind, with how often had been asked when they were published."""
        self._published = anyio.Event()

    def ask(self, kind: type[SessionsFigures | CourierFigures], mailbox: Asked) -> None:
        """Ask for figures of this kind by this mailbox."""
        self._mailboxes[kind] = mailbox

    def publish(self, figures: SessionsFigures | CourierFigures | GatewayFigures) -> None:
        """Keep an actor's figures as the newest of their kind."""
        self._newest[type(figures)] = (self._asked, figures)
        self._published.set()
        self._published = anyio.Event()

    @property
    def gateway(self) -> GatewayFigures:
        """What the gateway published last; not connected where it published nothing."""
        return self._since(0, GatewayFigures) or GatewayFigures(connected_since_s=None)

    async def collect(self, models: Models) -> Figures:
        """Return a snapshot; an actor that is asked and does not answer within `WITHIN_S` has no figures in it."""
        self._asked += 1
        number = self._asked
        for mailbox in self._mailboxes.values():
            mailbox.post(ReportFigures())
        with anyio.move_on_after(WITHIN_S):
            while any(self._since(number, kind) is None for kind in self._mailboxes):
                await self._published.wait()
        return Figures(
            version=self._version,
            started_s=self._started_s,
            gateway=self.gateway,
            sessions=self._since(number, SessionsFigures),
            courier=self._since(number, CourierFigures),
            models=models.figures(),
        )

    def _since(self, number: int, kind: type[Published]) -> Published | None:
        """Return the newest figures of a kind, if they were published after so many had been asked for."""
        at, figures = self._newest.get(kind, (-1, None))
        return figures if at >= number and isinstance(figures, kind) else None
