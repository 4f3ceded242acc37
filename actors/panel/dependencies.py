"""What every part of the panel's actor works with."""

from collections.abc import Callable
from dataclasses import dataclass

from actors.mailbox import Mailbox
from actors.recorder import Recorder
from messages.courier import CourierMessage
from messages.supervisor import SupervisorMessage
from messages.verbs.turns import Ended
from models.catalogue import Catalogue


@dataclass(frozen=True)
class Dependencies:
    """The recorder that decides, the mailboxes that hear what follows, the models, and the time in seconds since 1970."""

    recorder: Recorder
    courier: Mailbox[CourierMessage]
    supervisor: Mailbox[SupervisorMessage]
    catalogue: Catalogue
    clock: Callable[[], float]

    def announce(self, ended: Ended) -> None:
        """Have the turns that ended with their session shown and stopped."""
        for outcome in ended.outcomes:
            self.courier.post(outcome)
        for stop in ended.stops:
            self.supervisor.post(stop)
