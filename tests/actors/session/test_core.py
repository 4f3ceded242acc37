"""The table of a session's states, and what the core makes of it."""

from typing import get_args

import pytest

from actors.session.core import SessionCore
from actors.session.effects import End, Execute, Tell
from actors.session.machine import MACHINE, InvalidTransitionError
from actors.session.turn import CHECKPOINT_CHARS, CHECKPOINT_S, Draft, ending_of
from messages.answer import Answer
from messages.courier import DraftShown
from messages.figures import SessionState
from messages.files import File
from messages.ids import ChannelId, MessageId, SessionId, TurnId, UserId
from messages.session import (
    CoreMessage,
    DraftGrew,
    Drain,
    NothingWaits,
    Retire,
    SessionMessage,
    TextArrived,
    Tick,
    Woken,
)
from messages.turn import Ending, Place, Reason, TurnTaken, Utterance
from messages.verbs.turns import TakeNextTurn


def core() -> SessionCore:
    return SessionCore(SessionId(1))


def taken(*, draft: str, crash_count: int) -> TurnTaken:
    """Return a turn in its second attempt."""
    return TurnTaken(
        turn=TurnId(1),
        session=SessionId(1),
        attempt=2,
        crash_count=crash_count,
        asker=UserId(1),
        kind="question",
        place=Place(channel_id=ChannelId(1), reply_to=MessageId(1), question_id=MessageId(1)),
        model="small",
        system_msg="",
        max_token=500,
        temperature=None,
        question=Utterance(role="user", author_id=UserId(1), author_name="Alice", text="What is a comet?"),
        draft=draft,
    )


def test_the_table_has_every_state_and_leads_to_no_other() -> None:
    """Each state but the first is reached, and each but the last is left."""
    reached = {state for row in MACHINE.values() for states in row.values() for state in states}
    assert set(MACHINE) == set(get_args(SessionState))
    assert reached == set(MACHINE)
    assert [state for state, row in MACHINE.items() if not any(row.values())] == ["over"]


@pytest.mark.parametrize("state", ["idle", "streaming", "over"])
def test_whatever_reaches_the_mailbox_has_its_place_in_the_table(state: SessionState) -> None:
    """Wherever the actor looks into its mailbox, anything may lie there."""
    mailbox = {*get_args(SessionMessage), DraftGrew, Tick} - {TextArrived}
    assert mailbox <= set(MACHINE[state])
    assert set(MACHINE[state]) <= set(get_args(CoreMessage))


def test_what_the_table_does_not_have_is_a_fault() -> None:
    """It is raised: the supervisor starts the session again from its rows."""
    with pytest.raises(InvalidTransitionError, match="NothingWaits received while idle"):
        core().receive(NothingWaits(), 0.0, 0.0)
    taking = core()
    taking.receive(Woken(), 0.0, 0.0)
    with pytest.raises(InvalidTransitionError, match="Retire received while taking"):
        taking.receive(Retire(), 0.0, 0.0)


def test_what_leads_to_a_state_that_the_table_does_not_have_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table says no more and no less than what the core does."""
    monkeypatch.setitem(MACHINE["idle"], Woken, ("over",))
    with pytest.raises(InvalidTransitionError, match="Woken led from idle to taking"):
        core().receive(Woken(), 0.0, 0.0)


def test_what_comes_too_late_is_ignored() -> None:
    """A draft of a turn that has ended, and anything once the actor is over."""
    idle = core()
    assert idle.receive(DraftGrew(turn=TurnId(1), attempt=1, text="late"), 0.0, 0.0) == []
    assert idle.receive(Tick(), 0.0, 0.0) == []
    assert idle.receive(Drain(deadline_s=5.0), 0.0, 0.0) == [End()]
    assert idle.receive(Woken(), 0.0, 0.0) == []
    assert idle.state == "over"


def test_a_session_looks_for_a_turn_when_it_is_woken() -> None:
    """And asks nothing else."""
    session = core()
    assert session.receive(Woken(), 0.0, 0.0) == [Execute(TakeNextTurn(session=SessionId(1)))]
    assert session.state == "taking"


def test_a_draft_is_due_by_its_length_or_by_its_age() -> None:
    """And not at all while everything is saved."""
    draft = Draft(10.0)
    assert draft.checkpoint_due_s(50.0) is None
    draft.grow("x" * (CHECKPOINT_CHARS - 1))
    assert draft.checkpoint_due_s(10.5) == 10.0 + CHECKPOINT_S
    assert draft.checkpoint_due_s(10.0 + CHECKPOINT_S) == 10.0 + CHECKPOINT_S
    draft.grow("x")
    assert draft.checkpoint_due_s(10.5) == 10.5
    draft.saved(10.5)
    assert draft.checkpoint_due_s(99.0) is None
    draft.grow("x")
    assert draft.checkpoint_due_s(10.6) == 10.5 + CHECKPOINT_S


@pytest.mark.parametrize(
    ("reason", "text", "ending"),
    [
        ("complete", "Ice.", ("answered", "complete")),
        ("token_limit", "Ice", ("answered", "token_limit")),
        ("too_long", "Ice", ("answered", "too_long")),
        ("complete", " \n", ("failed", "no_text")),
        ("content_filter", "", ("failed", "content_filter")),
        ("content_filter", "Ice", ("answered", "content_filter")),
        ("stopped", "", ("interrupted", "stopped")),
        ("question_deleted", "Ice", ("cancelled", "question_deleted")),
        ("session_ended", "Ice", ("cancelled", "session_ended")),
        ("stalled", "Ice", ("interrupted", "stalled")),
        ("unreachable", "", ("failed", "unreachable")),
    ],
)
def test_each_reason_has_its_ending(reason: Reason, text: str, ending: tuple[Ending, Reason]) -> None:
    """Whether there is text decides for those that are nobody's wish."""
    assert ending_of(reason, Answer(text=text)) == ending


def test_an_answer_may_be_files_alone() -> None:
    """Then no text is missing."""
    drawn = Answer(files=(File(name="comet.png", content=b"png"),))
    assert ending_of("complete", drawn) == ("answered", "complete")
    assert ending_of("stalled", drawn) == ("interrupted", "stalled")


@pytest.mark.parametrize(
    ("draft", "crash_count", "text", "starts_again"),
    [
        ("", 0, "I", False),
        ("It is ice", 0, "I", True),
        ("It is ice", 0, "It is ice", False),
        ("It is ice", 1, "It is ice", True),
        ("", 1, "I", True),
        ("", 1, "x" * CHECKPOINT_CHARS, False),
    ],
)
def test_a_draft_says_that_it_starts_again_while_an_earlier_attempt_may_have_shown_more(
    draft: str, crash_count: int, text: str, starts_again: bool
) -> None:
    """After a crash that may be more than what was saved."""
    session = core()
    session.receive(Woken(), 0.0, 0.0)
    session.receive(taken(draft=draft, crash_count=crash_count), 0.0, 0.0)
    (tell, *_) = session.receive(DraftGrew(turn=TurnId(1), attempt=2, text=text), 0.0, 0.0)
    assert isinstance(tell, Tell)
    assert isinstance(tell.message, DraftShown)
    assert tell.message.starts_again is starts_again
