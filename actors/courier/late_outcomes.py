"""The outcomes that Discord does not show yet when the courier begins: loaded page by page, as fast as they are shown. Pure.

After a long outage there may be tens of thousands. People who write now do not wait for them, except for those of their own
session: these are loaded at once when the session goes on, because its replies appear in order.
"""

from collections.abc import Iterator
from typing import Final

from actors.courier.effects import LoadOutcomes, OutcomesLoaded
from messages.ids import SessionId, TurnId
from messages.turn import OutcomePending

PAGE: Final = 100
"""Outcomes that are loaded together. Fewer than half as many wait to be shown before the next page is loaded."""


class LateOutcomes:
    """How far the outcomes are loaded. Nothing is to be loaded before `begin`."""

    def __init__(self) -> None:
        self._after = TurnId(0)
        self.is_complete = True
        """Whether nothing is left to be loaded."""
        self._is_page_under_way = False
        self._under_way = 0
        self._sessions: dict[SessionId, bool] = {}
        """The sessions whose outcomes were asked for, and whether they are there."""
        self._over: set[TurnId] = set()
        """Turns that Discord shows since something was asked for: what is loaded may still hold them."""

    def begin(self) -> list[LoadOutcomes]:
        """Load all outcomes, or load them again, because one may have been missed."""
        self._after, self.is_complete = TurnId(0), False
        self._sessions.clear()
        return self.next_page(0)

    def next_page(self, waiting: int) -> list[LoadOutcomes]:
        """Load the next page, unless enough outcomes wait to be shown; `waiting` is their number."""
        if self.is_complete or self._is_page_under_way or waiting >= PAGE // 2:
            return []
        self._is_page_under_way = True
        self._under_way += 1
        return [LoadOutcomes(after=self._after, limit=PAGE)]

    def of_session(self, session: SessionId | None) -> list[LoadOutcomes]:
        """Load those of a session that goes on, unless they are known."""
        if self.is_complete or session is None or session in self._sessions:
            return []
        self._sessions[session] = False
        self._under_way += 1
        return [LoadOutcomes(session=session)]

    def is_awaited(self, session: SessionId | None) -> bool:
        """Whether a session has outcomes, perhaps, that are not there yet: its other replies wait for them."""
        return session is not None and self._sessions.get(session) is False

    def over(self, turn: TurnId) -> None:
        """Discord shows a turn's outcome."""
        if self._under_way:
            self._over.add(turn)

    def loaded(self, loaded: OutcomesLoaded) -> Iterator[OutcomePending]:
        """Yield what was loaded and is not over since."""
        yield from (outcome for outcome in loaded.outcomes if outcome.turn not in self._over)
        request = loaded.request
        if request.session is not None:
            self._sessions[request.session] = True
        else:
            self._is_page_under_way = False
            if request.after == self._after:  # else all of them are being loaded again from the beginning
                self.is_complete = len(loaded.outcomes) < PAGE
                self._after = loaded.outcomes[-1].turn if loaded.outcomes else self._after
        if self.is_complete and not self._is_page_under_way:
            self._sessions = {session: there for session, there in self._sessions.items() if not there}
        self._under_way -= 1
        if not self._under_way:
            self._over.clear()
