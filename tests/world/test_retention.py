"""Sessions that nobody has used for long are removed while the bot runs, if the operator wants that, by Discord's time alone."""

from typing import Any

from messages.presses import ChooseStatus
from tests.world.world import COMMONS, PEOPLE, World, world

ALICE, BOB = PEOPLE[:2]
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
YEARS_S = 73 * 365 * DAY_S
CANARY = "Canary"


def ask(here: World, text: str) -> None:
    """Alice begins a session with this question, and it is answered."""
    here.press_panel(ALICE, COMMONS, ChooseStatus(status="new", page=0))
    here.advance(1.0)
    here.write(ALICE, COMMONS, text)
    here.advance(30.0)


def retain(here: World, days: int) -> None:
    assert here.process is not None
    here.process.retain(days)


def kept(here: World) -> list[Any]:
    """The titles of the sessions that are there."""
    return [row["title"] for row in here.all("SELECT title FROM session WHERE is_removed = 0 ORDER BY id")]


def test_what_became_old_is_removed_within_the_hour_while_the_bot_runs() -> None:
    """Days pass: by default everything stays; then the texts go, and what was counted stays."""
    with world() as here:
        ask(here, f"{CANARY} one")
        here.advance(30 * HOUR_S)
        assert len(kept(here)) == 1
        ledger = here.one("SELECT count(*), sum(input_tokens) FROM ledger")
        totals = here.one("SELECT questions, input_tokens, output_tokens FROM user WHERE discord_user_id = ?", ALICE)
        retain(here, 2)
        here.advance(12 * HOUR_S)
        ask(here, f"{CANARY} two")
        assert len(kept(here)) == 2
        here.advance(7 * HOUR_S)
        assert len(kept(here)) == 1
        assert here.one("SELECT count(*) FROM turn WHERE question != '' OR draft != ''")[0] == 1
        assert here.one("SELECT count(*) FROM utterance WHERE text LIKE '%one%'")[0] == 0
        here.advance(42 * HOUR_S)
        assert kept(here) == []
        assert CANARY not in "\n".join(here.rows._connection.iterdump())
        after = here.one("SELECT count(*), sum(input_tokens) FROM ledger")
        assert ledger[0] == 1
        assert tuple(after) == (2, 2 * ledger[1])
        now = here.one("SELECT questions, input_tokens, output_tokens FROM user WHERE discord_user_id = ?", ALICE)
        assert tuple(now) == tuple(2 * total for total in totals)
        assert here.broken == []


def test_a_clock_that_jumps_into_the_far_future_removes_nothing() -> None:
    """Before Discord has said the time nothing is removed, and then Discord's counts; the log says that the clock is wrong."""
    with world() as here:
        ask(here, f"{CANARY} one")
        here.kill()
        here.clock.skew_s = YEARS_S
        here.discord.tells_time = False
        here.start()
        retain(here, 2)
        here.advance(3 * HOUR_S)
        assert len(kept(here)) == 1
        here.discord.tells_time = True
        here.advance(3 * HOUR_S)
        assert len(kept(here)) == 1
        wrong = [line for line in here.logs if line["event"] == "clock.wrong"]
        assert wrong[0]["ahead_h"] == YEARS_S / HOUR_S
        ask(here, f"{CANARY} two")
        here.advance(2 * DAY_S - 4 * HOUR_S)
        assert len(kept(here)) == 1  # the first is old by now, and not the one that the wrong clock saw
        here.clock.skew_s = 0.0
        here.advance(6 * HOUR_S)
        assert kept(here) == []
        assert here.broken == []
