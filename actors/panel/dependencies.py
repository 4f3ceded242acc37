"""What every part of the panel's actor works with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from actors.mailbox import Mailbox
from actors.recorder import Recorder
from current import Current
from messages.courier import CourierMessage, SpeechWithdrawn
from messages.supervisor import SupervisorMessage
from messages.verbs.cancellations import Ended
from messages.verbs.verb import Verb
from models.catalogue import Catalogue

Verdict = TypeVar("Verdict")


@dataclass(frozen=True)
class Dependencies:
    """The recorder that decides, the mailboxes that hear what follows, the models, and the time in seconds since 1970."""

    recorder: Recorder
    courier: Mailbox[CourierMessage]
    supervisor: Mailbox[SupervisorMessage]
    models: Current[Catalogue]
    clock: Callable[[], float]

    @property
    def catalogue(self) -> Catalogue:
        """The models that there are now."""
        return self.models.value

    async def execute(self, verb: Verb[Verdict]) -> Verdict:
        """Return what storage decides, once it is committed.

        :raises Exception: whatever `Recorder.execute` raises
        """
        return await self.recorder.execute(verb)

    def announce(self, ended: Ended) -> None:
        """Have the turns that ended with their session shown and stopped."""
        for outcome in ended.outcomes:
            self.courier.post(outcome)
        for speech in ended.withdrawn:
            self.courier.post(SpeechWithdrawn(speech=speech))
        for stop in ended.stops:
            self.supervisor.post(stop)
