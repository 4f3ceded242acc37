"""The boundaries of a request, at which whoever counts them may end the client."""

from typing import Literal, Protocol

Moment = Literal["before", "stored", "answered"]


class Counter(Protocol):
    """Counts requests over several servers: Discord's and the model's share one."""

    def count(self, name: str) -> int:
        """Take note of a request, named `METHOD route`, and return its number."""

    def reached(self, number: int, moment: Moment) -> None:
        """Take note that a request has come this far.

        *before*: nothing was done. *stored*: headers and some text were sent, the answer has not ended. *answered*: it has.
        """


class NoCounter:
    """Counts nothing, for a model on its own."""

    def count(self, name: str) -> int:  # noqa: ARG002
        """Return 0."""
        return 0

    def reached(self, number: int, moment: Moment) -> None:
        """Do nothing."""
