"""The life of somebody who does everything that anybody can do with the bot, and of an admin who looks after it: every verb of storage."""

from collections.abc import Callable
from typing import Any, Final, get_args

from msgspec.structs import replace

from messages.admin_presses import AdminTab
from messages.answer import Answer
from messages.budget import Budget, BudgetScope
from messages.enclosure import Enclosure
from messages.files import File
from messages.ids import ChannelId, GuildId, MessageId, RoleId, SessionId, TurnId, UserId
from messages.rates import Most
from messages.turn import Part, Reason, TurnTaken, Utterance
from messages.usage import Usage
from messages.verbs.acceptance import Accepted, AcceptMessage
from messages.verbs.admin import ReadAdmin, ResumeSession
from messages.verbs.budgets import RaiseBudget
from messages.verbs.cancellations import CancelTurn, EditQuestion, WithdrawQuestion
from messages.verbs.channels import (
    ForgetChannel,
    ForgetServer,
    KnownChannels,
    RecordLack,
    RememberServerLocale,
    SaveWatermarks,
    SeeChannel,
    SeeChannels,
)
from messages.verbs.forgetting import (
    AwaitErasure,
    CorrectForgotten,
    ForgetMe,
    ForgetNext,
    ForgetPerson,
    NobodyToForget,
    NotListed,
    ReadBelongings,
    RecordListed,
    RemoveUnused,
)
from messages.verbs.identifies import IdentifiesSince, RecordIdentify
from messages.verbs.kept_files import (
    DropFiles,
    FindFilesToRemove,
    FindUnknownFiles,
    ForgetFiles,
    ReadRoom,
    RecordFilesRemain,
    TryFilesAgain,
)
from messages.verbs.model_usage import ReadUsage
from messages.verbs.notes import (
    DismissNote,
    KeepNote,
    KeepUndelivered,
    PendingNotes,
    ReadUndelivered,
    RecordNoteTold,
    TellAdmins,
)
from messages.verbs.person_data import CollectPersonData, Cursor
from messages.verbs.recovery import (
    HasWork,
    NewestTurn,
    ParkSession,
    Recover,
    RestartTurns,
    WaitingQuestions,
    WaitingSessions,
)
from messages.verbs.replies import ForgetPart, KnownParts, PendingOutcomes, RecordDelivered, RecordPart, UnclaimedOf
from messages.verbs.retries import AskAgain, RetryTurn
from messages.verbs.sessions import EraseRemoved, ReadDialogue, RemoveSession, SetSession
from messages.verbs.speech import (
    ForgetSpeech,
    MadeSpeech,
    RecordSpeech,
    RecordSpeechSent,
    RestoreSpeech,
    TakeSpeech,
    UnclaimedSpeech,
)
from messages.verbs.turns import (
    BeginAsking,
    BeginHelping,
    EndHelping,
    FinishTurn,
    PauseTurn,
    ReadQuestion,
    ReadQueue,
    ReadReasoning,
    RecordEnclosures,
    RecordJudgement,
    SaveDraft,
    TakeNextTurn,
    TryAgain,
)
from messages.verbs.users import (
    ClearSessions,
    FindMembers,
    FindSessions,
    GoOnWith,
    RememberRoles,
    SetUser,
)
from messages.verbs.verb import Verb
from storage.limits import Limits
from storage.permissions import Lists, Permissions
from tests.storage.people import NOW_S, by, message_id, posted, press_id

NEWCOMER, ADMIN, SERVER = UserId(987_654_321), UserId(987_654_322), GuildId(7_777)
LIMITS: Final = Limits(
    default_model="test-model",
    budgets=(
        *(Budget(scope=scope, period="month", tokens=10**12, micro_dollars=10**12) for scope in get_args(BudgetScope)),
        Budget(scope="role", period="day", id=1, tokens=10**12),
    ),
    permissions=Permissions(
        admins=frozenset({ADMIN}), allow=Lists(roles=frozenset({RoleId(1), RoleId(2)}), users=frozenset({NEWCOMER}))
    ),
)
USAGE: Final = Usage(input_tokens=3, output_tokens=5, cost=1_000)

FILE: Final = Enclosure(kind="file", name="a.png", media_type="image/png", size=5, stored="0" * 32)

Perform = Callable[[Verb[Any]], Any]


class Life:
    """A newcomer does everything that anybody can do; each verb is executed in each way that reads other rows."""

    def __init__(self, perform: Perform) -> None:
        self._perform = perform
        self._number = 0

    def live(self) -> None:
        """Begin, ask, be answered, change everything, remove everything."""
        self._start()
        for user in (NEWCOMER, ADMIN):
            self._perform(
                SetUser(by=self._by(user), now_s=NOW_S, status="new", system_msg="Hi", show_public=True, speaks=True)
            )
        session = self._accept(public=True).session
        self._perform(AcceptMessage(posted=replace(self._posted(), guild_id=None), now_s=NOW_S * 2, missed=True))
        turn = self._answered(session)
        self._panels(session, turn)
        self._perform(SetUser(by=self._by(), now_s=NOW_S, status="activate"))
        for reason in ("token_limit", "stopped", "quota_exhausted", "server_error"):
            self._again(self._fails(session, reason))
        self._channels()
        self._perform(ClearSessions(by=self._by(), newest=session, now_s=NOW_S))
        self._perform(RemoveSession(by=self._by(), session=self._accept().session, now_s=NOW_S))
        self._erase()
        self._accept()
        self._perform(RemoveUnused(before_s=NOW_S + 10**6, now_s=NOW_S))
        self._accept()
        self._forgotten()

    def _by(self, user: UserId = NEWCOMER) -> Any:
        self._number += 30
        return by(user, self._number, guild=SERVER)

    def _posted(self, text: str = "How do comets get their tails?") -> Any:
        self._number += 30
        return replace(
            posted(self._number, text, author=NEWCOMER, guild=SERVER),
            roles=(RoleId(1),),
            reply_to=MessageId(12),
            parents=(3,),
        )

    def _accept(self, *, public: bool = False) -> Accepted:
        self._number += 3000  # nobody asks too much in a minute
        accepted = self._perform(AcceptMessage(posted=replace(self._posted(), channel_is_public=public), now_s=NOW_S))
        assert isinstance(accepted, Accepted), accepted
        return accepted

    def _start(self) -> None:
        self._perform(Recover(now_s=NOW_S))
        for verb in (NewestTurn(), WaitingSessions(), PendingOutcomes(), PendingNotes(), EraseRemoved()):
            self._perform(verb)
        self._perform(TellAdmins(trouble="wrong_key", now_s=NOW_S))
        self._perform(DropFiles(names=("a.png",)))
        self._perform(RecordIdentify(at_s=NOW_S, forget_before_s=NOW_S - 5))
        self._perform(IdentifiesSince(since_s=NOW_S - 1))

    def _take(self, session: SessionId) -> TurnTaken:
        taken = self._perform(TakeNextTurn(session=session))
        assert isinstance(taken, TurnTaken), taken
        self._perform(BeginAsking(turn=taken.turn, attempt=taken.attempt, chars=1000, now_s=NOW_S))
        return taken

    def _finish(self, taken: TurnTaken, reason: Reason, text: str) -> None:
        self._perform(
            FinishTurn(
                turn=taken.turn,
                attempt=taken.attempt,
                ending="answered" if reason == "complete" else "interrupted",
                reason=reason,
                answer=Answer(text=text, files=(File(name="a", content=b"a"),), reasoning="Let me see."),
                usage=USAGE,
                now_s=NOW_S,
            )
        )

    def _part(self, turn: TurnId) -> MessageId:
        self._number += 30
        self._perform(RecordPart(turn=turn, part=Part(part=0, message_id=message_id(self._number))))
        return message_id(self._number)

    def _answered(self, session: SessionId) -> TurnId:
        self._perform(HasWork(session=session))
        self._perform(WaitingQuestions(sessions=(session,), up_to=TurnId(2**62)))
        assert self._perform(ReadQueue(session=session, waited_s=5.0, now_s=NOW_S + 10)).waits
        taken = self._perform(TakeNextTurn(session=session))
        question = taken.place.question_id
        self._perform(EditQuestion(message_id=question, text="How do planets get their rings?"))
        for before, after in (((), (FILE,)), ((FILE,), ())):
            self._perform(RecordEnclosures(turn=taken.turn, attempt=1, before=before, after=after))
        self._perform(ReadRoom(person=NEWCOMER))
        self._perform(ForgetFiles(names=self._perform(FindFilesToRemove(limit=5))))
        self._perform(RecordFilesRemain(problems=((FILE.stored, "Is a directory"),)))
        self._perform(TryFilesAgain())
        self._perform(FindUnknownFiles(names=(FILE.stored,)))
        self._perform(ReadQuestion(turn=taken.turn, attempt=1))
        self._perform(PauseTurn(turn=taken.turn, attempt=1, draft=""))
        taken = self._take(session)
        taken = self._perform(TryAgain(turn=taken.turn, attempt=taken.attempt, draft="", usage=USAGE))
        self._perform(SaveDraft(turn=taken.turn, attempt=taken.attempt, text="Ice"))
        self._perform(RestartTurns(session=session))
        taken = self._take(session)
        message = self._part(taken.turn)
        self._finish(taken, "complete", "Ice, dust and rock.")
        self._perform(ReadReasoning(by=self._by(), turn=taken.turn, message_id=message))
        self._perform(KnownParts(turn=taken.turn))
        self._perform(PendingOutcomes(session=session, limit=5))
        self._perform(RecordDelivered(turn=taken.turn))
        self._spoken(taken.turn)
        self._perform(UnclaimedOf(turn=taken.turn, message_ids=(message, MessageId(message + 1))))
        self._perform(AcceptMessage(posted=replace(self._posted(), reply_to=message), now_s=NOW_S))
        self._take_and_stop(session)
        return taken.turn

    def _spoken(self, turn: TurnId) -> None:
        self._perform(RestoreSpeech())
        assert self._perform(TakeSpeech()) is not None
        question = Utterance(role="user", author_id=None, author_name="", text="Ice")
        for purpose in ("speech", "transcription"):
            self._perform(
                BeginHelping(turn=turn, attempt=1, purpose=purpose, question=question, most=Most(), now_s=NOW_S)
            )
            self._perform(EndHelping(turn=turn, purpose=purpose, usage=USAGE))
        self._perform(RecordJudgement(turn=turn, attempt=1, model="judge", requests=1, cost=0, now_s=NOW_S))
        file = File(name="voice-message.ogg", content=b"OggS")
        self._perform(RecordSpeech(turn=turn, file=file, seconds=1.0, waveform="AAAA"))
        assert self._perform(MadeSpeech(turn=turn)) == self._perform(MadeSpeech())
        self._number += 30
        message = message_id(self._number)
        self._perform(UnclaimedSpeech(turn=turn, message_ids=(message,)))
        self._perform(RecordSpeechSent(turn=turn, message_id=message))
        self._perform(ForgetSpeech(turn=turn))

    def _take_and_stop(self, session: SessionId) -> None:
        taken = self._take(session)
        message = self._part(taken.turn)
        self._perform(CancelTurn(actor=NEWCOMER, turn=taken.turn, message_id=message))
        self._perform(Recover(now_s=NOW_S))
        self._perform(ForgetPart(turn=taken.turn, message_id=message))

    def _fails(self, session: SessionId, reason: Reason) -> tuple[TurnTaken, MessageId]:
        self._perform(GoOnWith(by=self._by(), session=session, now_s=NOW_S))
        self._accept()
        taken = self._take(session)
        message = self._part(taken.turn)
        self._finish(taken, reason, "Ice" if reason in ("token_limit", "stopped") else "")
        self._perform(KeepUndelivered(turn=taken.turn, code=10003, now_s=NOW_S))
        return taken, message

    def _again(self, failed: tuple[TurnTaken, MessageId]) -> None:
        taken, message = failed
        for note in self._perform(ReadUndelivered(by=self._by())):
            self._perform(DismissNote(by=self._by(), note=note.note, now_s=NOW_S))
        self._number += 3000
        for kind in ("continue", "retry"):
            self._number += 30
            self._perform(
                RetryTurn(
                    interaction_id=press_id(self._number),
                    actor=NEWCOMER,
                    turn=taken.turn,
                    kind=kind,
                    channel_id=ChannelId(2001),
                    guild_id=SERVER,
                    message_id=message,
                    now_s=NOW_S,
                )
            )
            if self._perform(HasWork(session=taken.session)):
                self._finish(self._take(taken.session), "complete", "More.")
        question = taken.place.question_id or MessageId(0)
        self._perform(EditQuestion(message_id=question, text="How do moons get their craters?"))
        self._perform(AskAgain(by=self._by(), message_id=question, now_s=NOW_S))
        if self._perform(HasWork(session=taken.session)):
            self._finish(self._take(taken.session), "complete", "By stones.")
        self._perform(WithdrawQuestion(message_id=question))
        for note in self._perform(PendingNotes()):
            self._perform(KeepNote(note=note.note))
            self._perform(RecordNoteTold(note=note.note, now_s=NOW_S))

    def _panels(self, session: SessionId, turn: TurnId) -> None:
        for page in (0, 5):
            self._perform(SetUser(by=self._by(), now_s=NOW_S, page=page, model="another", temperature=0.5))
        for typed in ("rings", str(session), "nothing like it"):
            self._perform(FindSessions(by=self._by(), typed=typed))
            self._perform(SetSession(by=self._by(), now_s=NOW_S, typed=typed))
        self._perform(RaiseBudget(by=self._by(ADMIN), person=NEWCOMER, tokens=1, micro_dollars=1, now_s=NOW_S))
        answer = self._part(turn)
        self._perform(SetSession(by=self._by(), now_s=NOW_S, answer=answer, title="Rings", system_msg="Hi", model="m"))
        self._perform(SetSession(by=self._by(), now_s=NOW_S, session=session, is_public=False))
        self._perform(SetSession(by=self._by(), now_s=NOW_S, session=session, is_public=True, confirmed=99))
        self._perform(SetSession(by=self._by(), now_s=NOW_S))
        self._perform(GoOnWith(by=self._by(), session=session, now_s=NOW_S))
        self._perform(ReadDialogue(by=self._by(), session=session))
        self._perform(ParkSession(session=session, until_s=NOW_S + 60, now_s=NOW_S))
        self._looked_after()

    def _looked_after(self) -> None:
        """Admins look at everything, and resume what is parked; metrics ask."""
        for tab in get_args(AdminTab):
            shown = self._perform(ReadAdmin(by=self._by(ADMIN), tab=tab, page=0, now_s=NOW_S))
            for paused in shown.listed:
                resumed = self._perform(ResumeSession(by=self._by(ADMIN), parking=paused.parking, now_s=NOW_S))
                assert resumed.sessions
        last = self._perform(ReadUsage(after=None)).last
        assert self._perform(ReadUsage(after=last - 1)).used

    def _forgotten(self) -> None:
        """One reads everything that is stored of them and wants to be forgotten, the other is forgotten for the operator."""
        belongings = self._perform(ReadBelongings(by=self._by()))
        assert belongings.questions
        at: Cursor | None = Cursor()
        while at is not None:
            at = self._perform(CollectPersonData(person=NEWCOMER, at=at)).next
        self._perform(ForgetMe(by=self._by(), newest=belongings.newest_session, now_s=NOW_S))
        self._perform(ForgetPerson(person=ADMIN, now_s=NOW_S))
        self._perform(CorrectForgotten(now_s=NOW_S))
        while not isinstance(answer := self._perform(ForgetNext(now_s=NOW_S)), NobodyToForget):
            if isinstance(answer, NotListed):
                self._perform(RecordListed(person=answer.person))
            if isinstance(answer, AwaitErasure):
                self._erase()

    def _erase(self) -> None:
        while self._perform(EraseRemoved()):
            pass
        while names := self._perform(FindFilesToRemove(limit=5)):
            self._perform(ForgetFiles(names=names))

    def _channels(self) -> None:
        self._perform(RememberRoles(guild_id=SERVER, user_id=NEWCOMER, roles=(RoleId(1),)))
        self._perform(
            FindMembers(
                channel_id=ChannelId(2001), guild_id=None, newest=((NEWCOMER, MessageId(1)), (ADMIN, MessageId(2)))
            )
        )
        room = ChannelId(2**50)
        self._perform(SeeChannels(guild_id=SERVER, last_messages=((room, MessageId(2**51)), (room, MessageId(2**52)))))
        self._perform(SaveWatermarks(seen=((room, MessageId(2**52)),)))
        self._perform(SeeChannel(channel_id=room))
        self._perform(RecordLack(channel_id=room, lacks=1, now_s=NOW_S))
        self._perform(KnownChannels(except_for=(), guilds=(SERVER,)))
        self._perform(ForgetChannel(channel_id=room))
        for locale in ("zh-CN", ""):
            self._perform(RememberServerLocale(guild_id=SERVER, locale=locale))
        self._perform(ForgetServer(guild_id=SERVER))
