"""What every store promises, whatever keeps its rows: the contract of `storage.store.Store`.

A new store is one more entry of `STORES`: how to open it in a folder, whether it keeps anything after it was closed, and how
to make its commits fail and succeed again.
"""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from messages.ids import SessionId
from messages.turn import TurnTaken
from messages.verbs.acceptance import Accepted, AcceptMessage, AlreadyKnown, Refused
from messages.verbs.recovery import HasWork, WaitingSessions
from messages.verbs.turns import SaveDraft, TakeNextTurn, TryAgain
from messages.verbs.users import SetUser
from storage.sqlite import SqliteStore, open_store
from storage.store import AlreadyRunningError, StorageError, Store
from tests.storage.people import ALICE, BOB, LIMITS, NOW_S, by, posted


class Kind(Struct, frozen=True, kw_only=True):
    """One way to keep rows."""

    open: Callable[[Path], Store]
    is_durable: bool
    fail: Callable[[Any, bool], None]
    """Have every commit of an open store fail from here on (True), or succeed again (False)."""


def _full(rows: SqliteStore, is_full: bool) -> None:
    """A disk without room: SQLite may make no page more than it has, and has none that is free."""
    if is_full:
        rows._connection.execute("VACUUM")
    (pages,) = rows._connection.execute("PRAGMA page_count").fetchone()
    rows._connection.execute(f"PRAGMA max_page_count = {pages if is_full else 1_000_000}")


STORES = {
    "sqlite": Kind(open=lambda folder: open_store(folder / "causerie.db", LIMITS), is_durable=True, fail=_full),
    "sqlite in memory": Kind(open=lambda _: open_store(":memory:", LIMITS), is_durable=False, fail=_full),
}
LONG = "comet " * 50_000


@pytest.fixture(params=STORES)
def kind(request: pytest.FixtureRequest) -> Kind:
    return STORES[request.param]


@pytest.fixture
def store(kind: Kind, tmp_path: Path) -> Iterator[Store]:
    """An open store that knows Alice and Bob; each message of theirs begins a session."""
    opened = kind.open(tmp_path)
    opened.commit([SetUser(by=by(user, -1), now_s=NOW_S, status="new") for user in (ALICE, BOB)])
    yield opened
    opened.close()


def _accept(number: int, text: str = "What is a comet?") -> AcceptMessage:
    return AcceptMessage(posted=posted(number, text), now_s=NOW_S)


def _waiting(store: Store) -> tuple[SessionId, ...]:
    (sessions,) = store.commit([WaitingSessions()])
    return tuple(sessions)


def test_nothing_to_commit_has_no_answers(store: Store) -> None:
    """Committing no verbs gives no answers and no error."""
    assert store.commit([]) == []


def test_verbs_run_in_their_order_and_each_sees_what_those_before_it_wrote(store: Store) -> None:
    """Verbs run in their order, and their answers come in the same order."""
    first, again, second, waiting = store.commit([_accept(0), _accept(0), _accept(1), WaitingSessions()])
    assert isinstance(first, Accepted)
    assert again == AlreadyKnown()
    assert isinstance(second, Accepted)
    assert waiting == (first.session, second.session)


def test_ids_are_greater_than_every_earlier_one(store: Store) -> None:
    """Ids grow, because sessions and turns are ordered by them."""
    accepted = [answer for number in range(20) for answer in store.commit([_accept(number)])]
    for ids in ([one.session for one in accepted], [one.turn for one in accepted]):
        assert ids == sorted(set(ids))
        assert min(ids) > 0


def test_a_verb_that_raises_stands_for_itself_alone(store: Store) -> None:
    """A verb that raises is answered with its exception; the verbs before and after it are committed."""
    nobody = SetUser(by=by(ALICE, 1), now_s=NOW_S, status="neither")  # type: ignore[arg-type]
    before, failed, after = store.commit([_accept(0), nobody, _accept(2)])
    assert isinstance(failed, Exception)
    assert not isinstance(failed, StorageError)
    assert _waiting(store) == (before.session, after.session)


def test_a_verb_that_raises_leaves_nothing_of_what_it_wrote(store: Store) -> None:
    """What a failed verb wrote is rolled back: the interaction may still act."""
    press = by(ALICE, 1)
    failed, shown = store.commit(
        [
            SetUser(by=press, now_s=NOW_S, status="neither"),  # type: ignore[arg-type]
            SetUser(by=press, now_s=NOW_S, status="disable"),
        ]
    )
    assert isinstance(failed, Exception)
    assert shown.status == "disable"


def test_a_commit_that_fails_commits_none_of_its_verbs(store: Store, kind: Kind) -> None:
    """Whoever asked hears of it by a `StorageError`, and once there is room the same store goes on."""
    (kept,) = store.commit([_accept(0)])
    kind.fail(store, True)
    with pytest.raises(StorageError):
        store.commit([_accept(1), _accept(2, LONG), _accept(3)])
    assert _waiting(store) == (kept.session,)
    kind.fail(store, False)
    answers = store.commit([_accept(1), _accept(2, LONG), _accept(3)])
    assert _waiting(store) == (kept.session, *(answer.session for answer in answers))


def test_what_was_committed_is_there_after_it_was_closed_and_opened_again(kind: Kind, tmp_path: Path) -> None:
    """A store that is opened again has everything that was committed, down to the draft of a turn."""
    if not kind.is_durable:
        pytest.skip("keeps nothing")
    store = kind.open(tmp_path)
    store.commit([SetUser(by=by(ALICE, -1), now_s=NOW_S, status="new")])
    ((accepted,), (waiting,)) = store.commit([_accept(0)]), store.commit([_accept(1)])
    (taken,) = store.commit([TakeNextTurn(session=accepted.session)])
    assert isinstance(taken, TurnTaken)
    store.commit([SaveDraft(turn=taken.turn, attempt=taken.attempt, text="A ball")])
    store.close()
    store = kind.open(tmp_path)
    has_work, known, again = store.commit(
        [HasWork(session=waiting.session), _accept(0), TryAgain(turn=taken.turn, attempt=1, draft="A ball")]
    )
    assert has_work is True
    assert known == AlreadyKnown()
    assert (again.turn, again.attempt, again.question.text) == (taken.turn, 2, "What is a comet?")
    store.close()


def test_data_has_one_owner(kind: Kind, tmp_path: Path) -> None:
    """A second process is refused until the first has closed the data."""
    if not kind.is_durable:
        pytest.skip("each has data of its own")
    first = kind.open(tmp_path)
    with pytest.raises(AlreadyRunningError):
        kind.open(tmp_path)
    first.close()
    kind.open(tmp_path).close()


def test_storage_says_sqlites_errors_in_its_own_words(store: Store, kind: Kind) -> None:
    """No other room imports a database library."""
    kind.fail(store, True)
    with pytest.raises(StorageError) as caught:
        store.commit([_accept(1, LONG)])
    assert not isinstance(caught.value, sqlite3.Error)


def test_other_limits_count_from_the_next_commit_on(store: Store) -> None:
    """For all verbs of a commit, and not for some: what is refused and what is taken follows from one set of limits."""
    store.limits = replace(LIMITS, questions_per_minute=1)
    first, second = store.commit([AcceptMessage(posted=posted(number), now_s=NOW_S) for number in (1, 2)])
    assert isinstance(first, Accepted)
    assert isinstance(second, Refused)
    store.limits = LIMITS
    (third,) = store.commit([AcceptMessage(posted=posted(3), now_s=NOW_S)])
    assert isinstance(third, Accepted)
