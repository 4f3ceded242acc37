"""What the courier decides. Pure: it is handed the time and sends nothing.

`receive` hears a message, or what came of something that was done, and returns what is to be done about it; `next` returns
the request that goes to Discord next.
"""

from collections.abc import Callable, Iterator
from typing import Final, assert_never

from msgspec.structs import replace

from actors.courier.effects import (
    CoreMessage,
    Effect,
    Enqueue,
    Heard,
    LoadNotes,
    LoadParts,
    LoadSpeech,
    NotesLoaded,
    NoteTold,
    OutcomesLoaded,
    Overflowed,
    PartsLoaded,
    PostToIntake,
    PublishFigures,
    RequestEnded,
    SpeechLoaded,
    Started,
    Tick,
)
from actors.courier.global_limit import GlobalLimit
from actors.courier.lacks import lack_of
from actors.courier.late_outcomes import LateOutcomes
from actors.courier.note_queue import NoteQueue
from actors.courier.outbox import Outbox
from actors.courier.read_queue import ReadQueue
from actors.courier.requests import (
    DECORATION,
    Candidate,
    DeleteSpeech,
    EditPart,
    PostSpeech,
    Priority,
    ReadQuestion,
    SearchSpeech,
    Sendable,
    SpeechRequest,
    TellPrivately,
    partition_of,
)
from actors.courier.route_limits import RouteLimits
from actors.courier.scheduler import Scheduler
from actors.courier.speech_queue import SpeechQueue
from current import Current, Fixed
from discord_api.results import Done, Impossible, Result
from messages.courier import (
    DraftShown,
    NotesKept,
    ReadChannel,
    ReadQuestions,
    SpeechReady,
    SpeechWithdrawn,
    TurnBegan,
    TurnPausedShown,
    TurnWaits,
)
from messages.figures import CourierFigures, ReportFigures
from messages.intake import ChannelGone, ChannelRead, QuestionsRead
from messages.turn import OutcomePending
from messages.verbs.notes import KeepNote
from texts.answers import FOR_ADMINS

NO_GUIDE: Final = Fixed("")
"""The operator names no page that tells more."""


class CourierCore:
    """What Discord should show, what is to be read there, and what may be sent when."""

    def __init__(
        self,
        *,
        global_limit: GlobalLimit | None = None,
        route_limits: RouteLimits | None = None,
        carries_on: Callable[[str], bool] | None = None,
        guide_url: Current[str] = NO_GUIDE,
    ) -> None:
        """`global_limit` and `route_limits` hold what an earlier core of the same process learned about Discord's limits.

        `carries_on` says whether the model of a name can go on with an answer that stopped; without it, every one can.
        `guide_url` is the page that the hint links to, if any.
        """
        self._carries_on = carries_on
        self._guide_url = guide_url
        self._late = LateOutcomes()
        self._outbox = Outbox(self._late)
        self._reads = ReadQueue()
        self._notes = NoteQueue()
        self._speeches = SpeechQueue()
        global_limit = GlobalLimit() if global_limit is None else global_limit
        global_limit.forget_under_way()
        self._global_limit = global_limit
        self._scheduler = Scheduler(global_limit, RouteLimits() if route_limits is None else route_limits)

    @property
    def is_pending(self) -> bool:
        """Whether there is an outcome that Discord does not show yet."""
        return self._outbox.pending > 0

    # What is heard

    def receive(self, message: CoreMessage, now_s: float) -> list[Effect]:
        """Hear a message; returns what is to be done, in order.

        What is over is told at a `Tick` alone, which the shell sends before each `next`: not once for every message.
        """
        if isinstance(message, ReportFigures):
            return [PublishFigures(self._figures(now_s))]
        if not isinstance(message, Tick):
            return self._hear(message, now_s)
        over = self._outbox.work_out(now_s)
        for one in over:
            self._late.over(one.turn)
        reread = self._reads.take_reread(now_s) if self._reads.is_rereading else []
        return [
            *over,
            *self._late.next_page(self._outbox.late),
            *(PostToIntake(QuestionsRead(session=session)) for session in reread),
        ]

    def _end(self, outcome: OutcomePending, now_s: float, *, is_late: bool = False) -> None:
        if self._carries_on is not None and not self._carries_on(outcome.model):
            outcome = replace(outcome, can_continue=False)
        if outcome.reason == "hint":
            outcome = replace(outcome, guide_url=self._guide_url.value)
        self._outbox.end(outcome, now_s, is_late=is_late)

    def _hear(self, message: Heard, now_s: float) -> list[Effect]:
        match message:
            case DraftShown():
                self._outbox.grow(message, now_s)
            case RequestEnded():
                return self._ended(message, now_s)
            case TurnWaits() | TurnBegan():
                return self._expect(message, now_s)
            case OutcomePending():
                self._end(message, now_s)
                notes = [LoadNotes()] if message.reason in FOR_ADMINS else []
                return [*notes, *self._late.of_session(message.session)]
            case TurnPausedShown():
                self._outbox.forget(message.turn)
            case ReadChannel():
                self._reads.read(message)
            case ReadQuestions():
                self._reads.reread(message, now_s)
            case PartsLoaded():
                self._outbox.adopt(message.turn, message.parts, message.below)
            case OutcomesLoaded():
                for outcome in self._late.loaded(message):
                    self._end(outcome, now_s, is_late=True)
                if message.request.session is not None:
                    self._outbox.release(message.request.session)
            case NotesKept():
                return [LoadNotes()]
            case NotesLoaded():
                for note in message.notes:
                    self._notes.add(note)
            case SpeechReady() | SpeechLoaded() | SpeechWithdrawn():
                return self._hear_of_speech(message)
            case Started():
                return [*self._late.begin(), LoadNotes(), LoadSpeech()]
            case Overflowed():
                return [*self._late.begin(), LoadSpeech()]
            case _:
                assert_never(message)
        return []

    def _hear_of_speech(self, message: SpeechReady | SpeechLoaded | SpeechWithdrawn) -> list[Effect]:
        match message:
            case SpeechReady(turn=turn):
                return [LoadSpeech(turn)]
            case SpeechLoaded(request=request, speeches=speeches):
                for speech in speeches:
                    self._speeches.add(speech, search=request.turn is None)
            case SpeechWithdrawn(speech=speech):
                self._speeches.withdraw(speech)
            case _:
                assert_never(message)
        return []

    def _figures(self, now_s: float) -> CourierFigures:
        used, budget = self._global_limit.used(now_s)
        waiting = sum(1 for _ in self._candidates())
        return CourierFigures(used=used, budget=budget, waiting=waiting, pending=self._outbox.pending)

    def _expect(self, message: TurnWaits | TurnBegan, now_s: float) -> list[Effect]:
        """A turn waits or has begun: its reply will be shown."""
        parts = [LoadParts(message.turn)] if message.resumed else []
        if isinstance(message, TurnWaits):
            self._outbox.wait(message, now_s)
            return [*parts]
        self._outbox.begin(message)
        return [*parts, *self._late.of_session(message.session)]

    def _ended(self, ended: RequestEnded, now_s: float) -> list[Effect]:
        request, result = ended.request, ended.result
        self._scheduler.ended(request, result, ended.headers, now_s)
        lack = lack_of(request, result)
        return ([] if lack is None else [lack]) + self._follow(request, result, now_s)

    def _follow(self, request: Sendable, result: Result, now_s: float) -> list[Effect]:
        match request:
            case ReadChannel():
                self._reads.ended(request, result, now_s)
                return _channel_read(request, result)
            case ReadQuestion():
                self._reads.ended(request, result, now_s)
                return []
            case TellPrivately():
                self._notes.ended(request, result, now_s)
                return _note_ended(request, result)
            case SearchSpeech() | PostSpeech() | DeleteSpeech():
                return [Enqueue(verb) for verb in self._speeches.ended(request, result, now_s)]
            case _:
                return [Enqueue(verb) for verb in self._outbox.learn(request, result, now_s)]

    # What is sent

    def next(self, now_s: float) -> Sendable | float | None:
        """Return the request to send now, or the moment to call this again, or None when there is nothing to send.

        A returned request counts as under way until `receive` hears its `RequestEnded`.
        """
        while True:
            chosen = self._scheduler.choose(self._candidates(), now_s)
            if not isinstance(chosen, Candidate):
                moments = [moment for moment in (chosen, self._reads.next_deadline_s()) if moment is not None]
                return min(moments, default=None)
            request = chosen.request or self._outbox.draw(chosen)
            if request is not None:
                self._start(request, chosen, now_s)
                return request

    def _candidates(self) -> Iterator[Candidate]:
        yield from self._outbox.candidates()
        for not_before_s, reading in self._reads.waiting():
            yield _notice(reading, not_before_s)
        for not_before_s, note in self._notes.waiting():
            yield _notice(note, not_before_s)
        for not_before_s, speech in self._speeches.waiting():
            yield _notice(speech, not_before_s)

    def _start(self, request: Sendable, candidate: Candidate, now_s: float) -> None:
        growing = 1
        if candidate.priority in DECORATION and isinstance(request, EditPart):
            growing = self._outbox.growing_in(request.channel_id)
        self._scheduler.start(request, candidate, now_s, growing=growing)
        match request:
            case ReadChannel() | ReadQuestion():
                self._reads.began(request)
            case TellPrivately():
                self._notes.began(request)
            case SearchSpeech() | PostSpeech() | DeleteSpeech():
                self._speeches.began(request)
            case _:
                self._outbox.started(candidate, now_s)


def _notice(request: ReadChannel | ReadQuestion | TellPrivately | SpeechRequest, not_before_s: float) -> Candidate:
    priority = Priority.LATE if isinstance(request, ReadQuestion) else Priority.NOTICE
    return Candidate(priority, 0.0, partition_of(request), type(request), not_before_s, request=request)


def _channel_read(request: ReadChannel, result: Result) -> list[Effect]:
    """A channel that can never be read is gone, and nobody waits for it any longer."""
    if not isinstance(result, Impossible):
        return []
    nothing = ChannelRead(
        channel_id=request.channel_id, after=request.after, messages=(), last=request.after, complete=True
    )
    return [PostToIntake(ChannelGone(channel_id=request.channel_id)), PostToIntake(nothing)]


def _note_ended(request: TellPrivately, result: Result) -> list[Effect]:
    """A note that no direct message can bring is kept for the person's next panel."""
    match result:
        case Done():
            return [NoteTold(request.note)]
        case Impossible():
            return [Enqueue(KeepNote(note=request.note))]
        case _:
            return []
