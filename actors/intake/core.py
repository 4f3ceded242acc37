"""What the intake decides. Pure: messages in, effects out; it knows no clock, no I/O, no randomness.

Messages are dealt with strictly in order, one after the other. Where one needs storage, the core returns one `Execute` and deals
with nothing else before `StorageAnswered`. `tick_at_s` is now for as long as more waits, so what one message leads to is
done before the next can fail.

`CatchUp` is there only while messages may have been missed: it holds the events of channels that are read again.
`Unstored` remembers what storage could not commit, `Watermarks` up to where no channel needs reading again.
"""

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby, islice
from operator import attrgetter
from typing import Any, Final, assert_never

from actors.intake.catch_up import CatchUp
from actors.intake.changes import Changes
from actors.intake.effects import (
    Arrived,
    CoreMessage,
    Draining,
    Effect,
    EventVerb,
    Execute,
    ReadNotTaken,
    Record,
    Started,
    StorageAnswered,
    TellCourier,
    TellSupervisor,
    Tick,
)
from actors.intake.unstored import Unstored
from actors.intake.watermarks import Watermarks
from current import Current
from messages.ids import ChannelId
from messages.intake import (
    ChannelEvent,
    ChannelGone,
    IntakeMessage,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    QuestionsRead,
    ServerLocale,
)
from messages.supervisor import QuestionsReread, QueueMoved, SessionHasWork
from messages.turn import OutcomePending, StopTurn
from messages.verbs.acceptance import Accepted, AcceptMessage, NotOurs, Refused
from messages.verbs.cancellations import EditQuestion, WithdrawQuestion
from messages.verbs.channels import RememberServerLocale

PIECE: Final = 32
"""Events that are handed to storage together: they share a transaction, and the first does not wait for the thousandth."""


class IntakeCore:
    """Every event is accepted once, a channel's events in their order."""

    def __init__(self, *, missed_age_s: Current[float], reads_per_s: Current[float]) -> None:
        """`missed_age_s`: missed messages that are older are not answered. `reads_per_s`: see `Backlog`."""
        self._missed_age_s = missed_age_s
        self._reads_per_s = reads_per_s
        self._inbox: deque[IntakeMessage] = deque()
        self._waiting: Execute | None = None
        self._handed_over: list[ChannelEvent] | None = None
        """The events that `_waiting` is about; None when it is about what was missed."""
        self._catch_up: CatchUp | None = None
        self._missed_are_next = False
        self._changes = Changes()
        self._unstored = Unstored()
        self._watermarks = Watermarks()
        self._now_s = self._time_s = 0.0

    def receive(self, message: CoreMessage, now_s: float, time_s: float) -> list[Effect]:
        """Say what is to be done about a message. `now_s` is monotonic, `time_s` counts from 1970; both are seconds.

        An `Execute` is always the last effect, and no other one follows before `StorageAnswered`.
        """
        self._now_s, self._time_s = now_s, time_s
        match message:
            case Started():
                # Every message is accepted once, however often storage is told.
                return [] if self._waiting is None else [self._waiting]
            case Arrived(messages=messages):
                self._inbox.extend(_oldest_first(messages))
                return self._next()
            case StorageAnswered(answers=answers):
                return self._answered(answers)
            case ReadNotTaken(read=read):
                if self._catch_up is not None:
                    self._catch_up.backlog.not_taken(read, now_s)
                return []
            case Tick():
                return self._next()
            case Draining():
                return [*self._watermarks.save(now_s, self._gaps())]
            case _:
                assert_never(message)

    def tick_at_s(self) -> float | None:
        """When a `Tick` is wanted (monotonic seconds); None when only a message changes anything."""
        if self._waiting is not None:
            return None
        if self._inbox:
            return self._now_s
        moments = [self._unstored.retry_at_s, self._watermarks.tick_at_s()]
        if self._catch_up is not None:
            moments.append(self._catch_up.tick_at_s(self._now_s))
        return min((moment for moment in moments if moment is not None), default=None)

    def _next(self) -> list[Effect]:
        """Deal with what comes next; when nothing waits, with what is due. What waits leaves the inbox when it is dealt with."""
        if self._waiting is not None:
            return []
        if self._catch_up is not None and self._catch_up.has_missed():
            # What was missed and what is new take turns: neither waits for all of the other.
            self._missed_are_next = not self._missed_are_next
            if self._missed_are_next or not self._inbox:
                effects = self._hand_over(self._catch_up.take_missed(PIECE))
                self._release()
                return effects
        if not self._inbox:
            return self._due()
        events = _leading_events(islice(self._inbox, PIECE))
        effects = self._accept(events) if events else self._hear(self._inbox[0])
        for _ in events or (None,):
            self._inbox.popleft()
        self._release()
        return effects

    def _due(self) -> list[Effect]:
        if self._unstored.retry_at_s is not None and self._now_s >= self._unstored.retry_at_s:
            return self._hand_over(())
        effects: list[Effect] = [*self._watermarks.save_due(self._now_s, self._gaps())]
        if self._catch_up is not None:
            effects += self._wait_for_catch_up(self._catch_up.due(self._now_s))
        return effects

    def _hear(self, message: IntakeMessage) -> list[Effect]:
        """Deal with a message that is not an event of a channel."""
        if isinstance(message, QuestionsRead):
            return [TellSupervisor(QuestionsReread(session=message.session))]
        if isinstance(message, ServerLocale):
            verb = RememberServerLocale(guild_id=message.guild_id, locale=message.locale)
            return [Record(verb, is_durable=True)]
        if isinstance(message, ChannelGone):
            self._watermarks.forget(message.channel_id)
        if self._catch_up is None:
            self._catch_up = CatchUp(missed_age_s=self._missed_age_s.value, reads_per_s=self._reads_per_s.value)
        return self._wait_for_catch_up(self._catch_up.hear(message, self._now_s, self._time_s))

    def _wait_for_catch_up(self, effects: list[Effect]) -> list[Effect]:
        """Storage's next answers are for `CatchUp`, if one of its effects is an `Execute`."""
        self._waiting = next((effect for effect in effects if isinstance(effect, Execute)), None)
        self._handed_over = None
        return effects

    def _release(self) -> None:
        """Events that need not be held any more come before whatever waits. When nothing is missed, the catching up is over."""
        if self._catch_up is not None:
            self._inbox.extendleft(reversed(self._catch_up.take_released()))
            if self._waiting is None and self._catch_up.is_over():
                self._catch_up = None

    def _accept(self, events: Iterable[ChannelEvent]) -> list[Effect]:
        catch_up = self._catch_up
        return self._hand_over([(event, None) for event in events if catch_up is None or not catch_up.hold(event)])

    def _hand_over(self, events: Sequence[tuple[ChannelEvent, int | None]]) -> list[Effect]:
        """Hand events to storage, in order, after what it could not commit before.

        A missed message is given with the number of messages that its author wrote after it and that were missed too.
        """
        batch = [
            (current, newer)
            for event, newer in events
            if not self._is_refused(event)
            for current in self._changes.current(event, missed=newer is not None, now_s=self._now_s)
        ]
        if self._unstored.retry_at_s is not None:
            batch[:0] = [(change, None) for change in self._unstored.take()]
        self._handed_over = [event for event, _ in batch]
        verbs = tuple(_verb(event, newer, self._time_s) for event, newer in batch)
        if verbs:
            self._waiting = Execute(verbs)
            return [self._waiting]
        self._missed_accepted()
        return []

    def _is_refused(self, event: ChannelEvent) -> bool:
        return isinstance(event, MessagePosted) and event.message_id in self._unstored.refused

    def _answered(self, answers: Sequence[Any]) -> list[Effect]:
        """Storage has answered; say who is to be told of what."""
        if self._waiting is None:
            raise ValueError("nothing was handed to storage")
        self._waiting = None
        effects: list[Effect] = []
        if self._handed_over is not None:
            pairs = zip(self._handed_over, answers, strict=True)
            effects = [effect for event, answer in pairs for effect in self._tell(event, answer)]
            self._missed_accepted()
        elif self._catch_up is not None:
            self._catch_up.answered(answers)
        self._release()
        return effects

    def _missed_accepted(self) -> None:
        """If these events were the last that a channel had missed, it needs no reading again up to there."""
        closed = None if self._catch_up is None else self._catch_up.missed_accepted()
        if closed is not None:
            self._watermarks.see(*closed)

    def _tell(self, event: ChannelEvent, answer: Any) -> list[Effect]:
        """Say who is to be told of storage's answer to an event. One event's failure is not the others'."""
        if isinstance(answer, Exception):
            effects = self._unstored.not_accepted(event, answer, self._now_s)
            if self._is_refused(event):
                self._watermarks.see(event.channel_id, event.message_id)
            return effects
        self._unstored.committed.append(event.message_id)
        match answer:
            case Accepted(session=session):
                return [TellSupervisor(SessionHasWork(session=session))]
            case Refused(outcome=outcome):
                return [TellCourier(outcome)]
            case OutcomePending():
                if answer.session is None or answer.ending != "cancelled":
                    return [TellCourier(answer)]
                return [TellCourier(answer), TellSupervisor(QueueMoved(session=answer.session))]
            case StopTurn():
                return [TellSupervisor(answer)]
            case NotOurs():
                self._watermarks.see(event.channel_id, event.message_id)
        return []

    def _gaps(self) -> Collection[ChannelId]:
        return () if self._catch_up is None else self._catch_up.gaps


def _oldest_first(messages: Sequence[IntakeMessage]) -> Iterable[IntakeMessage]:
    """Put events that came together into the order of their messages, for Discord promises no order."""
    for are_events, some in groupby(messages, lambda message: isinstance(message, ChannelEvent)):
        run = list(some)
        yield from sorted(run, key=attrgetter("message_id")) if are_events else run


def _leading_events(messages: Iterable[IntakeMessage]) -> list[ChannelEvent]:
    """Return the events of channels that come before any other message."""
    events: list[ChannelEvent] = []
    for message in messages:
        if not isinstance(message, ChannelEvent):
            break
        events.append(message)
    return events


def _verb(event: ChannelEvent, newer_missed: int | None, time_s: float) -> EventVerb:
    match event:
        case MessagePosted():
            missed = newer_missed is not None
            return AcceptMessage(posted=event, now_s=time_s, missed=missed, newer_missed=newer_missed or 0)
        case MessageEdited():
            return EditQuestion(message_id=event.message_id, text=event.text, enclosures=event.enclosures)
        case MessageDeleted():
            return WithdrawQuestion(message_id=event.message_id)
