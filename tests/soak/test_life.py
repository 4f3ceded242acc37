"""What the report says of a process that lives long: how fast it grows, and what is left over."""

import math
import random
import sqlite3

import pytest

from messages.ids import snowflake_at
from tests.soak.leftovers import TEMPORARY, files_left, rows_left
from tests.soak.life import GROWTH_MB, Life, Sample
from tests.soak.slope import Slope, slope

NOW_S = 1_800_000_000.0


def life(grows_mb: float = 0.0, *, noise_mb: float = 0.5, samples: int = 30, **last: int) -> Life:
    """A life that grows so many megabytes for each 1,000 questions after its warm-up; `last` is what its last sample counts."""
    rng = random.Random(7)
    found = []
    for number in range(samples):
        grown = 20.0 * min(1.0, number / 5) + grows_mb * number / 10
        mb = 80.0 + grown + rng.uniform(-noise_mb, noise_mb)
        counts = {"descriptors": 21 - number % 2, "threads": 5, "tasks": 40}
        counts |= last if number == samples - 1 else {}
        found.append(Sample(questions=100 * number, hours=number / 60, resident_mb=mb, **counts))
    return Life(found)


def test_a_line_has_its_slope_and_no_error() -> None:
    """Points on a line."""
    found = slope([(float(x), 3.0 * x - 7.0) for x in range(10)])
    assert found.value == pytest.approx(3.0)
    assert found.error == pytest.approx(0.0, abs=1e-9)


def test_the_error_is_that_of_the_textbook() -> None:
    """Four points by hand: slope 0.6, residuals -0.1, 0.3, -0.3, 0.1."""
    found = slope([(1.0, 1.0), (2.0, 2.0), (3.0, 2.0), (4.0, 3.0)])
    assert found.value == pytest.approx(0.6)
    assert found.error == pytest.approx(math.sqrt(0.2 / 2 / 5))


@pytest.mark.parametrize("points", [[], [(1.0, 1.0)], [(1.0, 1.0), (2.0, 2.0)], [(1.0, 1.0)] * 5])
def test_too_few_points_have_no_slope(points: list[tuple[float, float]]) -> None:
    """Nor have those of one moment."""
    with pytest.raises(ValueError, match="points"):
        slope(points)


@pytest.mark.parametrize(
    ("found", "is_above"), [((1.5, 0.1), True), ((1.5, 0.3), False), ((0.9, 0.0), False), ((-5.0, 0.1), False)]
)
def test_only_what_chance_does_not_explain_is_above_a_bound(found: tuple[float, float], is_above: bool) -> None:
    """By two errors."""
    assert Slope(*found).is_above(GROWTH_MB) is is_above


@pytest.mark.parametrize("seed", range(50))
def test_noise_is_no_growth(seed: int) -> None:
    """Whatever it is: what stays within half a megabyte does not grow by one for each 1,000 questions."""
    rng = random.Random(seed)
    samples = [Sample(100 * n, n / 60, 90.0 + rng.uniform(-0.5, 0.5), 20, 5, 40) for n in range(20)]
    assert Life(samples).wrong() == []


def test_a_warm_up_is_no_growth() -> None:
    """Twenty megabytes of code and caches come at first, and count nothing."""
    assert life().wrong() == []
    assert life().growth_an_hour() is not None


def test_a_leak_is_said_with_its_error() -> None:
    """Two megabytes for each 1,000 questions."""
    (said,) = life(2.0).wrong()
    assert "memory grows by +" in said
    assert "± 0." in said


@pytest.mark.parametrize("what", ["descriptors", "threads", "tasks"])
def test_one_more_of_anything_at_the_end_is_said(what: str) -> None:
    """More than was ever counted in the warm-up."""
    most = life().most(what)
    assert life(**{what: most}).wrong() == []
    assert life(**{what: most}).is_settled()
    assert life(**{what: most + 1}).wrong() == [f"{most + 1} {what} at the end, at most {most} in the warm-up"]
    assert not life(**{what: most + 1}).is_settled()


def test_a_short_life_is_judged_by_what_it_leaves() -> None:
    """Two samples have no slope."""
    assert life(samples=2).growth() is None
    assert life(samples=2).wrong() == []


def rows(*statements: str) -> sqlite3.Connection:
    """Tables with the columns that are looked at, and these rows."""
    db = sqlite3.connect(":memory:")
    db.executescript(
        "CREATE TABLE reservation (turn); CREATE TABLE forgetting (person); CREATE TABLE untidy (since); CREATE TABLE kept_file (is_removed);"
        "CREATE TABLE session (erased_to); CREATE TABLE speech (state); CREATE TABLE turn (state, owed);"
        "CREATE TABLE spent_of_forgotten (until_day); CREATE TABLE interaction (id INTEGER);"
    )
    for statement in statements:
        db.execute(statement)
    return db


def left(db: sqlite3.Connection) -> dict[str, int]:
    return rows_left(lambda sql: db.execute(sql).fetchall(), now_s=NOW_S)


def test_each_kind_of_row_that_waits_is_left_over() -> None:
    """One of each, and beside it one that may stay."""
    today = int(NOW_S // 86_400)
    waiting = rows(
        "INSERT INTO reservation VALUES (1)",
        "INSERT INTO forgetting VALUES (1)",
        "INSERT INTO untidy VALUES (1)",
        "INSERT INTO kept_file VALUES (1), (0)",
        "INSERT INTO session VALUES (0), (NULL)",
        "INSERT INTO speech VALUES ('wanted'), ('sent')",
        "INSERT INTO turn VALUES ('queued', 0), ('delivered', 0)",
        f"INSERT INTO spent_of_forgotten VALUES ({today - 1}), ({today})",
        f"INSERT INTO interaction VALUES ({snowflake_at(NOW_S - 4_000)}), ({snowflake_at(NOW_S)})",
    )
    assert left(waiting) == dict.fromkeys(TEMPORARY, 1)


def test_what_may_stay_is_not_left_over() -> None:
    """Turns that are over, and interactions of the last hour."""
    over = rows(
        "INSERT INTO turn VALUES ('delivered', 0), ('cancelled', 0), ('refused', 0)",
        f"INSERT INTO interaction VALUES ({snowflake_at(NOW_S - 3_000)}), ({snowflake_at(NOW_S)})",
    )
    assert left(over) == {}


def test_requests_and_unfinished_files_are_left_over() -> None:
    """The database, its companions, its files and the list of the forgotten are not."""
    names = [
        "causerie.db",
        "causerie.db-wal",
        "causerie.db-shm",
        "files",
        "forgotten",
        "forget-12",
        "forgetting-7",
        ".backup-1",
    ]
    assert files_left(names) == [".backup-1", "forget-12", "forgetting-7"]
