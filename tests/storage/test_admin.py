"""What `/causerie` reads, what it tells of sessions to whom, and how a parked session is resumed."""

import pytest
from msgspec.structs import replace

from messages.admin_presses import AdminTab
from messages.budget import Budget
from messages.ids import SessionId, UserId
from messages.interaction import Interaction
from messages.turn import TurnTaken
from messages.verbs.acceptance import Accepted, AcceptMessage
from messages.verbs.admin import PAUSED_A_PAGE, AdminShown, Paused, ReadAdmin, Resumed, ResumeSession
from messages.verbs.budgets import NotAdmin, RaiseBudget
from messages.verbs.recovery import ParkSession, Recover
from messages.verbs.turns import TakeNextTurn
from storage.limits import Limits
from storage.permissions import Lists, Permissions
from storage.sqlite import SqliteStore
from tests.storage.people import ALICE, BOB, GUILD, NOW_S, accept, by, finish, posted, set_status, store, take, value
from tests.storage.test_budgets import ADMIN, DAY_S, Asking, rows_with

PERMISSIONS = Permissions(admins=frozenset({ADMIN}))
LIMITS = Limits(default_model="test-model", questions_per_minute=1000, permissions=PERMISSIONS)
PARKED_S = 600.0


def admin(number: int = 9000, *, person: UserId = ADMIN, guild: bool = False) -> Interaction:
    """What an admin does, by default in direct messages."""
    return replace(by(person, number), guild_id=GUILD if guild else None)


def look(
    rows: SqliteStore, tab: AdminTab = "now", page: int = 0, *, guild: bool = False, now_s: float = NOW_S
) -> AdminShown:
    shown = rows.perform(ReadAdmin(by=admin(guild=guild), tab=tab, page=page, now_s=now_s))
    assert isinstance(shown, AdminShown)
    return shown


def people() -> SqliteStore:
    rows = store(LIMITS)
    for person in (ALICE, BOB):
        set_status(rows, "new", user=person)
    return rows


def park(rows: SqliteStore, session: SessionId, at_s: float = NOW_S) -> None:
    rows.perform(ParkSession(session=session, until_s=at_s + PARKED_S, now_s=at_s))


def resume(rows: SqliteStore, parking: int, *, now_s: float = NOW_S) -> tuple[SessionId, ...]:
    answer = rows.perform(ResumeSession(by=admin(), parking=parking, now_s=now_s))
    assert isinstance(answer, Resumed)
    return answer.sessions


@pytest.mark.parametrize("tab", ["now", "paused", "models", "budgets", "access"])
def test_only_who_runs_the_bot_reads_or_resumes(tab: AdminTab) -> None:
    """Whoever else asks, by whatever forged press, is told nothing and changes nothing."""
    rows = people()
    session = accept(rows, 1).session
    park(rows, session)
    (paused,) = look(rows, "paused").listed
    for person in (ALICE, BOB):
        stranger = admin(person=person, guild=True)
        assert rows.perform(ReadAdmin(by=stranger, tab=tab, page=0, now_s=NOW_S)) == NotAdmin()
        assert rows.perform(ResumeSession(by=stranger, parking=paused.parking, now_s=NOW_S)) == NotAdmin()
    assert look(rows).paused == 1


def test_a_resumed_session_takes_questions_at_once_and_a_press_acts_once() -> None:
    """A press of an earlier parking does nothing to a later one."""
    rows = people()
    session = accept(rows, 1).session
    park(rows, session)
    (paused,) = look(rows, "paused").listed
    assert resume(rows, paused.parking) == (session,)
    assert look(rows, "paused").listed == ()
    assert resume(rows, paused.parking) == ()
    set_status(rows, "activate", user=ALICE, number=2)
    assert isinstance(rows.perform(AcceptMessage(posted=posted(3), now_s=NOW_S)), Accepted)
    park(rows, session, NOW_S + 1)
    assert resume(rows, paused.parking) == ()
    (later,) = look(rows, "paused").listed
    assert later.parking != paused.parking
    assert resume(rows, later.parking) == (session,)


def test_what_an_admin_may_not_see_has_neither_id_nor_owner() -> None:
    """By the one rule of rights: an own session, or a public one in its server; an admin has no more rights than others."""
    rows = people()
    private = accept(rows, 1).session
    accepted = rows.perform(AcceptMessage(posted=posted(2, author=BOB, public=True), now_s=NOW_S))
    assert isinstance(accepted, Accepted)
    public = accepted.session
    set_status(rows, "new", user=ADMIN)
    own = accept(rows, 3, author=ADMIN).session
    for number, session in enumerate((private, public, own)):
        park(rows, session, NOW_S + number)

    def told(*, guild: bool) -> list[tuple[SessionId | None, UserId | None]]:
        return [(one.session, one.creator) for one in look(rows, "paused", guild=guild).listed]

    hidden = (None, None)
    assert told(guild=False) == [hidden, hidden, (own, ADMIN)]
    assert told(guild=True) == [hidden, (public, BOB), (own, ADMIN)]


def test_thirty_parked_sessions_have_pages_and_a_page_that_is_gone_is_the_last_one() -> None:
    """Each is on one page; the one whose pause ends first comes first. Those whose pause is over are on none."""
    rows = people()
    for number in range(30):
        park(rows, accept(rows, number).session, NOW_S + number)
    seen: list[Paused] = []
    for page in range(6):
        shown = look(rows, "paused", page)
        assert (shown.page, shown.pages, len(shown.listed)) == (page, 6, PAUSED_A_PAGE)
        seen += shown.listed
    assert [one.until_s for one in seen] == [NOW_S + number + PARKED_S for number in range(30)]
    assert len({one.parking for one in seen}) == 30
    assert look(rows, "paused", 10_000).page == 5
    later = look(rows, "paused", now_s=NOW_S + PARKED_S + 10)
    assert later.paused == 19
    rows.perform(Recover(now_s=NOW_S))
    assert look(rows, "paused", 3) == replace(look(rows, "paused"), page=0, pages=1)


def test_questions_are_counted_as_waiting_and_as_answered_today() -> None:
    """Days are those of UTC; what was answered yesterday is not counted, nor what was used then."""
    rows = people()
    session = accept(rows, 1).session
    accept(rows, 2)
    assert look(rows).waiting == 2
    finish(rows, take(rows, session))
    assert (look(rows).waiting, look(rows).answered) == (1, 1)
    assert look(rows, now_s=NOW_S + DAY_S).answered == 0


def test_what_was_used_today_is_that_of_everybody() -> None:
    """In tokens and money, and whether a part has no known price."""
    rows = rows_with()
    asking = Asking(rows)
    for person in (ALICE, BOB):
        asking.spend(100, person)
    shown = look(rows)
    assert shown.tokens == value(rows, "SELECT sum(input_tokens + output_tokens) FROM ledger") > 0
    assert shown.micro_dollars == value(rows, "SELECT coalesce(sum(micro_dollars), 0) FROM ledger")
    assert look(rows, now_s=NOW_S + DAY_S).tokens == 0


def test_a_budget_of_each_person_is_told_by_whoever_used_most_of_it() -> None:
    """But for those who have a budget of their own in its place; with those for whom it is raised."""
    each = Budget(scope="user", period="day", tokens=1_000_000)
    own = Budget(scope="user", period="day", id=BOB, tokens=1_000_000)
    rows = rows_with(
        each, own, Budget(scope="all", period="month", tokens=650), Budget(scope="server", period="day", tokens=10_000)
    )
    asking = Asking(rows)
    unused = look(rows, "budgets").budgets
    assert [(use.spent is None, use.whose) for use in unused] == [(True, 0), (False, BOB), (False, 0), (True, 0)]
    for person, tokens in ((ALICE, 100), (BOB, 500), (UserId(1003), 50)):
        if person not in (ALICE, BOB):
            set_status(rows, "new", user=person)
        asking.spend(tokens, person)
    for number, person in enumerate((ALICE, BOB)):
        rows.perform(RaiseBudget(by=admin(9100 + number), person=person, tokens=7, now_s=NOW_S))
    of_each, of_bob, of_all, of_servers = look(rows, "budgets").budgets
    assert (of_each.whose, of_each.raised, of_each.raised_more) == (ALICE, (ALICE,), 0)
    assert of_each.spent is not None
    assert of_each.spent.budget.tokens == 1_000_007
    assert (of_bob.whose, of_bob.raised) == (BOB, (BOB,))
    assert of_all.spent is not None
    assert of_all.spent.is_used_up
    assert of_servers.whose == GUILD


def test_forty_budgets_have_pages() -> None:
    """Every budget stands on one of them, in the operator's order."""
    budgets = tuple(Budget(scope="user", period="day", id=UserId(number), tokens=number) for number in range(1, 41))
    rows = rows_with(*budgets)
    pages = look(rows, "budgets").pages
    assert pages == 8
    seen = [use.budget for page in range(pages) for use in look(rows, "budgets", page).budgets]
    assert seen == list(budgets)


def test_people_on_the_lists_have_their_names_where_they_are_known() -> None:
    """Who never spoke with the bot is left without."""
    permissions = Permissions(
        admins=frozenset({ADMIN}),
        block=Lists(users=frozenset({ALICE, UserId(55)})),
        allow=Lists(users=frozenset({BOB})),
    )
    rows = store(replace(LIMITS, permissions=permissions))
    for person in (ALICE, BOB):
        set_status(rows, "new", user=person)
    assert look(rows, "access").names == {ALICE: "Alice", BOB: "Bob"}
    assert look(rows).names == {}


def test_a_question_in_a_resumed_session_is_taken() -> None:
    """The session's actor finds it in the rows."""
    rows = people()
    session = accept(rows, 1).session
    park(rows, session)
    (paused,) = look(rows, "paused").listed
    resume(rows, paused.parking)
    set_status(rows, "activate", user=ALICE, number=2)
    rows.perform(AcceptMessage(posted=posted(3), now_s=NOW_S))
    assert isinstance(rows.perform(TakeNextTurn(session=session)), TurnTaken)
