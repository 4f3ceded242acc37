"""Budgets: a request begins while something is left, whosever it is, and what is under way counts as much as it may use."""

import random
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from messages.answer import Answer
from messages.budget import Budget, NoRoom
from messages.ids import GuildId, RoleId, TurnId, UserId
from messages.rates import Most, Rates
from messages.turn import TurnTaken
from messages.usage import Usage
from messages.verbs.acceptance import Accepted, AcceptMessage
from messages.verbs.budgets import BudgetsShown, NotAdmin, RaiseBudget
from messages.verbs.recovery import Recover
from messages.verbs.turns import Asked, BeginAsking, FinishTurn, TakeNextTurn
from messages.verbs.users import SetUser
from storage.limits import Limits
from storage.permissions import Permissions
from storage.sqlite import SqliteStore
from tests.storage.people import ALICE, BOB, GUILD, LIMITS, NOW_S, by, posted, set_status, store, value

ADMIN = UserId(9001)
RATES = Rates(input=1_000_000, output=1_000_000)
MOST = Most(model="test-model", rates=RATES, usage=Usage(output_tokens=100))
DAY_S = 86_400


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def rows_with(*budgets: Budget) -> SqliteStore:
    limits = Limits(
        default_model=LIMITS.default_model,
        questions_per_minute=1_000_000,
        budgets=budgets,
        permissions=Permissions(admins=frozenset({ADMIN})),
    )
    rows = store(limits)
    for person in (ALICE, BOB):
        set_status(rows, "new", user=person)
    return rows


class Asking:
    """People ask, each time in a session of their own."""

    def __init__(self, rows: SqliteStore) -> None:
        self.rows = rows
        self.number = 0

    def begin(
        self,
        person: UserId = ALICE,
        *,
        now_s: float = NOW_S,
        guild: GuildId | None = GUILD,
        roles: tuple[int, ...] = (),
        most: Most = MOST,
    ) -> TurnTaken | NoRoom:
        """Have a question taken and its model asked; or return which budget has no room."""
        taken = self.take(person, guild=guild, roles=roles)
        answer = self.rows.perform(BeginAsking(turn=taken.turn, attempt=1, chars=1_000, now_s=now_s, most=most))
        assert answer is not None
        return answer if isinstance(answer, NoRoom) else taken

    def take(self, person: UserId, *, guild: GuildId | None = GUILD, roles: tuple[int, ...] = ()) -> TurnTaken:
        self.number += 1
        message = posted(self.number, author=person, guild=guild, dm=guild is None)
        known = None if guild is None else tuple(RoleId(role) for role in roles)
        accepted = self.rows.perform(AcceptMessage(posted=replace(message, roles=known), now_s=NOW_S))
        assert isinstance(accepted, Accepted), accepted
        taken = self.rows.perform(TakeNextTurn(session=accepted.session))
        assert isinstance(taken, TurnTaken)
        return taken

    def finish(self, taken: TurnTaken | NoRoom, usage: Usage | None) -> None:
        assert isinstance(taken, TurnTaken), taken
        self.rows.perform(
            FinishTurn(
                turn=taken.turn,
                attempt=taken.attempt,
                ending="answered",
                reason="complete",
                answer=Answer(text="Ice."),
                usage=usage,
                now_s=NOW_S,
            )
        )

    def spend(self, tokens: int, person: UserId = ALICE, **where: Any) -> None:
        """Have a question answered that costs a micro-dollar a token."""
        self.finish(self.begin(person, **where), Usage(input_tokens=tokens, cost=tokens))


def test_a_budget_that_is_used_up_says_when_it_is_renewed() -> None:
    """A day ends at midnight, and a month with its last day, in UTC."""
    noon_s = at("2026-12-31T12:00:00")
    for period, renewed in (("day", "2027-01-01T00:00:00"), ("month", "2027-01-01T00:00:00")):
        asking = Asking(rows_with(Budget(scope="user", period=period, tokens=1_000)))  # type: ignore[arg-type]
        asking.spend(1_000, now_s=noon_s)
        assert asking.begin(now_s=noon_s) == NoRoom(scope="user", again_at_s=at(renewed))
    early_s = at("2026-02-01T00:00:00")
    asking = Asking(rows_with(Budget(scope="user", period="month", tokens=1_000)))
    asking.spend(1_000, now_s=early_s)
    assert asking.begin(now_s=early_s) == NoRoom(scope="user", again_at_s=at("2026-03-01T00:00:00"))


def test_a_budget_is_whole_again_in_its_next_period() -> None:
    """What was asked before midnight counts for the day before, also when its answer came later."""
    asking = Asking(rows_with(Budget(scope="user", period="day", tokens=1_000)))
    late = asking.begin(now_s=at("2026-11-26T23:59:59"))
    assert isinstance(asking.begin(now_s=at("2026-11-27T00:00:00")), TurnTaken)
    asking.finish(late, Usage(input_tokens=5_000))
    assert isinstance(asking.begin(now_s=at("2026-11-27T00:00:01")), TurnTaken)
    assert isinstance(asking.begin(now_s=at("2026-11-26T23:59:59")), NoRoom)


def test_a_clock_that_was_in_the_future_for_a_while_takes_nothing_from_today() -> None:
    """What counts for another day does not count for this one."""
    asking = Asking(rows_with(Budget(scope="user", period="day", tokens=100)))
    asking.begin(now_s=NOW_S + 40 * DAY_S)
    asking.spend(500, BOB, now_s=NOW_S + 40 * DAY_S)
    assert isinstance(asking.begin(), TurnTaken)
    assert isinstance(asking.begin(BOB), TurnTaken)


def test_one_more_request_begins_while_something_is_left() -> None:
    """However much it may use: a budget is overspent by one turn at most, and is never out of reach for being small."""
    asking = Asking(rows_with(Budget(scope="user", period="day", tokens=10)))
    asking.spend(9)
    asking.spend(500)
    assert isinstance(asking.begin(), NoRoom)


def test_what_is_under_way_counts_as_much_as_it_may_use() -> None:
    """Then nobody knows yet when there is room again; when less was used, there is."""
    asking = Asking(rows_with(Budget(scope="user", period="day", tokens=300)))
    first, second = asking.begin(), asking.begin()
    assert isinstance(second, TurnTaken)
    assert asking.begin() == NoRoom(scope="user", again_at_s=None)
    asking.finish(first, Usage(input_tokens=20))
    assert isinstance(asking.begin(), TurnTaken)


def test_what_used_nothing_leaves_the_budget_as_it_was() -> None:
    """The server refused the request."""
    asking = Asking(rows_with(Budget(scope="user", period="day", tokens=100)))
    asking.finish(asking.begin(), None)
    assert isinstance(asking.begin(), TurnTaken)


@pytest.mark.parametrize("bound", [{"tokens": 1_000}, {"micro_dollars": 1_000}])
def test_a_budget_is_bounded_in_tokens_or_in_dollars(bound: dict[str, int]) -> None:
    """Either is enough to be used up."""
    asking = Asking(rows_with(Budget(scope="user", period="day", **bound)))
    asking.spend(1_000)
    assert isinstance(asking.begin(), NoRoom)


def test_a_model_without_a_price_counts_in_tokens_only() -> None:
    """Nobody knows what it costs; the person's panel says so."""
    asking = Asking(rows_with(Budget(scope="user", period="day", micro_dollars=1_000, tokens=10_000)))
    unpriced = Most(model="local", usage=Usage(output_tokens=100))
    asking.finish(asking.begin(most=unpriced), Usage(input_tokens=5_000, cost=None))
    assert isinstance(asking.begin(most=unpriced), TurnTaken)
    (spent,) = asking.rows.perform(SetUser(by=by(ALICE, 1), now_s=NOW_S)).budgets
    assert (spent.tokens, spent.micro_dollars, spent.is_partly_unpriced) == (5_000, 0, True)
    assert spent.reserved_tokens > 100


def test_each_person_has_a_budget_of_their_own() -> None:
    """Wherever they ask."""
    asking = Asking(rows_with(Budget(scope="user", period="day", tokens=1_000)))
    asking.spend(600, guild=None)
    asking.spend(600)
    assert asking.begin(guild=GuildId(5)) == NoRoom(scope="user", again_at_s=(NOW_S // DAY_S + 1) * DAY_S)
    assert isinstance(asking.begin(BOB), TurnTaken)


def test_a_budget_with_an_id_holds_in_place_of_everybodys() -> None:
    """More for one person, less for another; the periods are apart."""
    asking = Asking(
        rows_with(
            Budget(scope="user", period="day", tokens=100),
            Budget(scope="user", period="day", id=ALICE, tokens=1_000),
            Budget(scope="user", period="month", tokens=2_000),
        )
    )
    asking.spend(900)
    asking.spend(900, BOB)
    assert isinstance(asking.begin(BOB), NoRoom)
    asking.spend(1_100)
    assert isinstance(asking.begin(now_s=NOW_S + DAY_S), NoRoom), "the month is used up"
    assert isinstance(asking.begin(BOB, now_s=NOW_S + DAY_S), TurnTaken)


def test_a_servers_budget_is_shared_by_all_in_it_and_by_nobody_else() -> None:
    """Direct messages belong to no server."""
    asking = Asking(rows_with(Budget(scope="server", period="day", tokens=1_000)))
    asking.spend(600)
    asking.spend(600, BOB)
    no_room = asking.begin()
    assert isinstance(no_room, NoRoom)
    assert no_room.scope == "server"
    assert isinstance(asking.begin(guild=GuildId(5)), TurnTaken)
    assert isinstance(asking.begin(guild=None), TurnTaken)


def test_a_roles_budget_is_shared_by_all_who_have_it() -> None:
    """Also in direct messages, which do not say roles: the bot knows them from the server."""
    asking = Asking(rows_with(Budget(scope="role", period="day", id=77, tokens=1_000)))
    asking.spend(600, roles=(5, 77))
    asking.spend(600, BOB, roles=(77,))
    no_room = asking.begin(guild=None)
    assert isinstance(no_room, NoRoom)
    assert no_room.scope == "role"
    carol = UserId(1003)
    set_status(asking.rows, "new", user=carol)
    assert isinstance(asking.begin(carol, roles=(5,)), TurnTaken)


def test_what_is_under_way_counts_for_the_role_too() -> None:
    """As it does for everybody else."""
    asking = Asking(rows_with(Budget(scope="role", period="day", id=77, tokens=120)))
    assert isinstance(asking.begin(roles=(77,)), TurnTaken)
    assert asking.begin(BOB, roles=(77,)) == NoRoom(scope="role", again_at_s=None)


def test_a_role_that_is_taken_away_amid_an_answer_still_pays_for_it() -> None:
    """What was reserved of it is what is settled; the next question of that person does not count for it, and has no such bound."""
    asking = Asking(rows_with(Budget(scope="role", period="day", id=7, tokens=500)))
    under_way = asking.begin(ALICE, roles=(7,))
    assert isinstance(asking.begin(BOB, guild=None), TurnTaken)
    assert isinstance(asking.begin(ALICE, roles=()), TurnTaken)
    asking.finish(under_way, Usage(input_tokens=600, cost=600))
    assert isinstance(asking.begin(ALICE, roles=()), TurnTaken)
    assert asking.begin(BOB, roles=(7,)) == NoRoom(scope="role", again_at_s=(NOW_S // DAY_S + 1) * DAY_S)


def test_an_answer_that_midnight_comes_in_between_counts_for_the_day_on_which_it_was_asked() -> None:
    """Neither what is reserved nor what was used takes anything of the new day, and both are spent of the old one."""
    midnight_s = (NOW_S // DAY_S + 1) * DAY_S
    asking = Asking(rows_with(Budget(scope="user", period="day", tokens=100)))
    under_way = asking.begin(now_s=midnight_s - 1)
    assert asking.begin(now_s=midnight_s - 1) == NoRoom(scope="user", again_at_s=None)
    assert isinstance(asking.begin(now_s=midnight_s), TurnTaken)
    asking.finish(under_way, Usage(input_tokens=300, cost=300))
    assert asking.begin(now_s=midnight_s - 1) == NoRoom(scope="user", again_at_s=midnight_s)
    spent = asking.rows._connection.execute("SELECT day, tokens FROM spent WHERE scope = 'user'").fetchall()
    assert [tuple(row) for row in spent] == [(midnight_s // DAY_S - 1, 300)]


def test_everybody_shares_one_budget() -> None:
    """In servers and in direct messages."""
    asking = Asking(rows_with(Budget(scope="all", period="month", tokens=1_000)))
    asking.spend(600, guild=None)
    asking.spend(600, BOB)
    assert isinstance(asking.begin(UserId(ALICE), guild=GuildId(5)), NoRoom)


def test_of_several_budgets_the_one_is_said_that_lasts_longest() -> None:
    """Before it is renewed, asking again would not help."""
    asking = Asking(
        rows_with(Budget(scope="user", period="day", tokens=100), Budget(scope="all", period="month", tokens=200))
    )
    asking.spend(500)
    no_room = asking.begin()
    assert isinstance(no_room, NoRoom)
    assert no_room.scope == "all"


def test_a_request_that_is_sent_once_more_takes_the_place_of_the_first() -> None:
    """It is not refused for what it reserved itself."""
    asking = Asking(rows_with(Budget(scope="user", period="day", tokens=100)))
    taken = asking.begin()
    assert isinstance(taken, TurnTaken)
    again = BeginAsking(turn=taken.turn, attempt=1, chars=1_000, now_s=NOW_S, most=MOST, used=Usage(input_tokens=5))
    assert isinstance(asking.rows.perform(again), Asked)
    assert isinstance(asking.begin(), NoRoom)


def _raise(rows: SqliteStore, number: int, **fields: Any) -> BudgetsShown | NotAdmin:
    verb = RaiseBudget(**{"by": by(ADMIN, number), "person": ALICE, "now_s": NOW_S, **fields})
    return rows.perform(verb)


def test_an_admin_raises_one_persons_budgets_until_they_are_renewed() -> None:
    """The day's and the month's; nobody else's."""
    asking = Asking(
        rows_with(Budget(scope="user", period="day", tokens=100), Budget(scope="user", period="month", tokens=150))
    )
    asking.spend(160)
    asking.spend(160, BOB)
    assert isinstance(asking.begin(), NoRoom)
    shown = _raise(asking.rows, 900, tokens=1_000)
    assert isinstance(shown, BudgetsShown)
    assert shown.is_raised
    assert [spent.budget.tokens for spent in shown.budgets] == [1_100, 1_150]
    assert isinstance(asking.begin(), TurnTaken)
    assert isinstance(asking.begin(BOB), NoRoom)
    tomorrow = _raise(asking.rows, 901, now_s=NOW_S + DAY_S)
    assert isinstance(tomorrow, BudgetsShown)
    assert [spent.budget.tokens for spent in tomorrow.budgets] == [100, 1_150]


def test_a_raise_that_is_delivered_twice_acts_once() -> None:
    """Discord may tell of an interaction twice."""
    rows = rows_with(Budget(scope="user", period="day", micro_dollars=100))
    _raise(rows, 900, micro_dollars=5)
    shown = _raise(rows, 900, micro_dollars=5)
    assert isinstance(shown, BudgetsShown)
    assert shown.budgets[0].budget.micro_dollars == 105
    assert not shown.is_raised


def test_raises_add_up_and_are_kept() -> None:
    """Who raised whose by how much, and when."""
    rows = rows_with(Budget(scope="user", period="day", micro_dollars=100))
    _raise(rows, 900, micro_dollars=5)
    shown = _raise(rows, 901, micro_dollars=7)
    assert isinstance(shown, BudgetsShown)
    assert shown.budgets[0].budget.micro_dollars == 112
    kept = rows._connection.execute("SELECT admin, person, micro_dollars, tokens, time FROM budget_raise").fetchall()
    assert [tuple(row) for row in kept] == [(ADMIN, ALICE, 5, 0, NOW_S), (ADMIN, ALICE, 7, 0, NOW_S)]


def test_nobody_but_an_admin_raises_a_budget_or_sees_anothers() -> None:
    """Their own everybody may see."""
    rows = rows_with(Budget(scope="user", period="day", tokens=100))
    assert _raise(rows, 900, by=by(BOB, 900), person=BOB, tokens=5) == NotAdmin()
    assert _raise(rows, 900, by=by(BOB, 900), person=ALICE) == NotAdmin()
    own = _raise(rows, 900, by=by(BOB, 900), person=BOB)
    assert isinstance(own, BudgetsShown)
    assert not own.is_raised
    assert value(rows, "SELECT count(*) FROM budget_raise") == 0


def test_where_nothing_is_bounded_nothing_is_raised() -> None:
    """A budget in dollars has no bound in tokens that could be raised."""
    rows = rows_with(Budget(scope="user", period="day", micro_dollars=100))
    shown = _raise(rows, 900, tokens=5)
    assert isinstance(shown, BudgetsShown)
    assert not shown.is_raised
    assert value(rows, "SELECT count(*) FROM budget_raise") == 0


PEOPLE = tuple(UserId(5_000 + number) for number in range(8))
SERVERS = (GuildId(11), GuildId(12), None)
ROLE = 77
BOUNDS = {"user": 2_500, "server": 6_000, "role": 5_000, "all": 12_000}


class Crowd:
    """200 turns of different sessions begin, end and die in any order; the model counts what it was asked."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.asking = Asking(
            rows_with(
                Budget(scope="user", period="month", tokens=BOUNDS["user"]),
                Budget(scope="server", period="month", tokens=BOUNDS["server"]),
                Budget(scope="role", period="month", id=ROLE, tokens=BOUNDS["role"]),
                Budget(scope="all", period="month", tokens=BOUNDS["all"]),
            )
        )
        for person in PEOPLE:
            set_status(self.asking.rows, "new", user=person)
        self.waiting: list[tuple[TurnTaken, UserId, GuildId | None]] = []
        self.open: dict[TurnId, tuple[TurnTaken, UserId, GuildId | None, Most]] = {}
        self.used: dict[tuple[str, int], int] = defaultdict(int)
        self.largest: dict[tuple[str, int], int] = defaultdict(int)
        self.counted = 0

    def live(self) -> None:
        for number in range(200):
            person, guild = PEOPLE[number % len(PEOPLE)], self.chance.choice(SERVERS)
            roles = (ROLE,) if person % 2 else ()
            self.waiting.append((self.asking.take(person, guild=guild, roles=roles), person, guild))
        while self.waiting or self.open:
            deed = self.chance.random()
            if self.waiting and deed < 0.55:
                self._begin(*self.waiting.pop(self.chance.randrange(len(self.waiting))))
            elif self.open and deed < 0.97:
                self._end(self.chance.choice(list(self.open)))
            elif deed >= 0.97:
                self._kill()
            self._check()

    def _scopes(self, person: UserId, guild: GuildId | None) -> list[tuple[str, int]]:
        found = [("user", int(person)), ("all", 0)]
        if guild is not None:
            found.append(("server", int(guild)))
        if person % 2:
            found.append(("role", ROLE))
        return found

    def _begin(self, taken: TurnTaken, person: UserId, guild: GuildId | None) -> None:
        most = Most(model="test-model", rates=RATES, usage=Usage(output_tokens=self.chance.randrange(50, 900)))
        begin = BeginAsking(turn=taken.turn, attempt=taken.attempt, chars=100, now_s=NOW_S, most=most)
        answer = self.asking.rows.perform(begin)
        if isinstance(answer, Asked):
            self.open[taken.turn] = (taken, person, guild, most)
        else:
            assert isinstance(answer, NoRoom)
            self._finish(taken, None)

    def _end(self, turn: TurnId) -> None:
        taken, person, guild, most = self.open.pop(turn)
        written = self.chance.choice((0, self.chance.randrange(most.usage.output_tokens), most.usage.output_tokens))
        read = self.chance.randrange(20, 60)
        usage = self.chance.choice((None, Usage(input_tokens=read, output_tokens=written, cost=read + written)))
        self._count(person, guild, 0 if usage is None else read + written)
        self._finish(taken, usage)

    def _finish(self, taken: TurnTaken, usage: Usage | None) -> None:
        self.asking.finish(taken, usage)

    def _count(self, person: UserId, guild: GuildId | None, tokens: int) -> None:
        self.counted += tokens
        for scope in self._scopes(person, guild):
            self.used[scope] += tokens
            self.largest[scope] = max(self.largest[scope], tokens)

    def _kill(self) -> None:
        """The process dies; what it had asked is estimated, and its turns ask again."""
        before = value(self.asking.rows, "SELECT coalesce(max(id), 0) FROM ledger")
        dead, self.open = self.open, {}
        self.asking.rows.perform(Recover(now_s=NOW_S))
        booked = {
            row["turn"]: row["input_tokens"] + row["output_tokens"]
            for row in self.asking.rows._connection.execute("SELECT * FROM ledger WHERE id > ?", (before,))
        }
        assert booked.keys() == dead.keys()
        for turn, (_, person, guild, _) in dead.items():
            self._count(person, guild, booked[turn])
        interrupted = [*self.waiting, *((taken, person, guild) for taken, person, guild, _ in dead.values())]
        self.waiting = []
        for taken, person, guild in interrupted:
            again = self.asking.rows.perform(TakeNextTurn(session=taken.session))
            if isinstance(again, TurnTaken):  # else it was quarantined
                self.waiting.append((again, person, guild))

    def _check(self) -> None:
        for scope, used in self.used.items():
            assert used - self.largest[scope] < BOUNDS[scope[0]], scope


@pytest.mark.parametrize("seed", range(12))
def test_no_scope_is_overspent_by_more_than_one_turn_whatever_is_killed_when(seed: int) -> None:
    """200 turns of different sessions; in the end the ledger, the totals by day and the model's count are the same."""
    crowd = Crowd(seed)
    crowd.live()
    rows = crowd.asking.rows
    assert value(rows, "SELECT count(*) FROM reservation") == 0
    assert value(rows, "SELECT sum(input_tokens + output_tokens) FROM ledger") == crowd.counted
    spent = {
        (row["scope"], row["id"]): row["tokens"]
        for row in rows._connection.execute("SELECT scope, id, sum(tokens) AS tokens FROM spent GROUP BY 1, 2")
    }
    assert spent == {scope: used for scope, used in crowd.used.items() if used or scope in spent}
    assert value(rows, "SELECT sum(input_tokens + output_tokens) FROM user") == crowd.counted
    assert any(used >= BOUNDS[scope] for (scope, _), used in crowd.used.items()), "no budget was ever used up"
