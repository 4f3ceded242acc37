"""The sessions in which turns wait since an earlier process: they are started a few at a time, each after its questions were read again.

However many there are, those who write now share the models with a few of them. Pure.
"""

from collections.abc import Sequence
from typing import Any, Final

from messages.courier import ReadQuestions
from messages.ids import SessionId, TurnId
from messages.verbs.recovery import NewestTurn, SessionQuestions, WaitingQuestions, WaitingSessions

AT_ONCE_MAX: Final = 32
"""How many of these sessions are under way at the same time: as many as a busy moment has."""


Verb = NewestTurn | WaitingSessions | WaitingQuestions


class Recovery:
    """Looks through the sessions with waiting turns in the order of their ids, one verb after the other."""

    def __init__(self) -> None:
        self.newest_turn: TurnId | None = None
        """The newest turn of an earlier process: up to it, questions may have been edited while nobody listened."""
        self.rereading: dict[SessionId, ReadQuestions] = {}
        """What the courier has been told to read again."""
        self._looked_up_to: SessionId | None = SessionId(0)
        """None when every session has been looked at."""
        self._found: tuple[SessionId, ...] = ()
        """The sessions that are next, while their questions are looked up."""
        self._is_last_page = False
        self._under_way: set[SessionId] = set()

    def begin_again(self) -> None:
        """Somebody's wake-up was lost: look at every session once more."""
        self._looked_up_to, self._found = SessionId(0), ()

    def next_verb(self) -> Verb | None:
        """Return what is to be executed next; None when nothing is to be looked up, or enough sessions are under way."""
        room = AT_ONCE_MAX - len(self._under_way)
        if self.newest_turn is None:
            return NewestTurn()
        if self._found:
            return self.questions_of(*self._found)
        if self._looked_up_to is None or room <= 0:
            return None
        return WaitingSessions(after=self._looked_up_to, limit=room)

    def answered(self, verb: Verb, answer: Any) -> Sequence[tuple[SessionId, SessionQuestions | None]]:
        """Storage has answered; return the sessions to be started, each with the questions that are to be read again first."""
        match verb:
            case NewestTurn():
                self.newest_turn = answer
            case WaitingSessions(limit=limit):
                self._found, self._is_last_page = answer, len(answer) < limit
                if not answer:
                    self._looked_up_to = None
            case WaitingQuestions() if self._found:
                sessions, self._found = self._found, ()
                self._under_way.update(sessions)
                self._looked_up_to = None if self._is_last_page else sessions[-1]
                questions = {one.session: one for one in answer}
                return [(session, questions.get(session)) for session in sessions]
        return ()

    def ended(self, session: SessionId) -> None:
        """A session has no work any more."""
        self._under_way.discard(session)

    def may_be_unread(self, session: SessionId) -> bool:
        """Return whether a session may have questions of an earlier process that nobody has read again."""
        return self._looked_up_to is not None and session > self._looked_up_to

    def questions_of(self, *sessions: SessionId) -> WaitingQuestions:
        """Return the verb that finds the questions of these sessions that are to be read again."""
        return WaitingQuestions(sessions=sessions, up_to=self.newest_turn or TurnId(0))

    def read_again(self, questions: SessionQuestions) -> ReadQuestions:
        """Return what the courier is told to read; it is told once more after it was rebuilt."""
        reading = ReadQuestions(session=questions.session, questions=questions.questions)
        self.rereading[questions.session] = reading
        return reading
