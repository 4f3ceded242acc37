"""Several observers as one."""

from collections.abc import Sequence
from typing import Any

from messages.ids import TurnId
from messages.observation import Observer, Requested
from messages.verbs.verb import Verb


class Observers:
    """Tells each of them everything."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def committed(self, verbs: Sequence[Verb[Any]], answers: Sequence[Any], seconds: float) -> None:
        """Tell each that a transaction was committed."""
        for observer in self._observers:
            observer.committed(verbs, answers, seconds)

    def not_committed(self) -> None:
        """Tell each that a transaction failed as a whole."""
        for observer in self._observers:
            observer.not_committed()

    def wrote(self, turn: TurnId) -> None:
        """Tell each that a turn has more text."""
        for observer in self._observers:
            observer.wrote(turn)

    def requested(self, requested: Requested) -> None:
        """Tell each that a request to Discord has ended."""
        for observer in self._observers:
            observer.requested(requested)
