"""What the database says of turns, read beside the bot."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from tests.soak import words
from tests.soak.bot import Bot

OVER: Final = frozenset({"delivered", "interrupted", "failed", "cancelled", "refused"})


@dataclass(slots=True, frozen=True)
class Turn:
    """A row of `turn`."""

    id: int
    cause: int
    kind: str
    root: int | None
    session: int | None
    asker: int
    channel_id: int
    question_id: int | None
    state: str
    reason: str | None
    attempt: int
    deaths: int
    draft: str
    owed: int
    create_time: float
    end_time: float | None
    enclosed: str
    """What the question encloses, as JSON: what it replies to, recordings, documents."""

    @property
    def encloses_what_slays(self) -> bool:
        """Whether the moderation flags what the question quotes, which it judges with the question."""
        return words.FLAGGED.search(self.enclosed) is not None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in OVER and not self.owed


_COLUMNS: Final = ", ".join(Turn.__dataclass_fields__)


def turns(bot: Bot, roots: list[int]) -> dict[int, list[Turn]]:
    """The turns of these questions, by the question's turn, oldest first."""
    found: dict[int, list[Turn]] = defaultdict(list)
    for start in range(0, len(roots), 500):
        some = roots[start : start + 500]
        holes = ", ".join("?" * len(some))
        sql = f"SELECT {_COLUMNS} FROM turn WHERE coalesce(root, id) IN ({holes}) ORDER BY cause"
        for row in bot.rows(sql, *some):
            turn = Turn(*row)
            found[turn.root or turn.id].append(turn)
    return found


def accepted(bot: Bot, message_ids: list[int]) -> dict[int, int]:
    """The turns of these messages, by message."""
    found: dict[int, int] = {}
    for start in range(0, len(message_ids), 500):
        some = message_ids[start : start + 500]
        holes = ", ".join("?" * len(some))
        found.update(bot.rows(f"SELECT cause, id FROM turn WHERE cause IN ({holes})", *some))
    return found


def unfinished(bot: Bot) -> list[tuple[int, str]]:
    """The turns, by id and state, of which something more must come, and those whose answers are still to be read aloud."""
    return bot.rows(
        "SELECT id, state FROM turn WHERE state IN ('queued', 'streaming', 'answered') OR owed = 1"
        " UNION ALL SELECT turn, state FROM speech WHERE state != 'sent'"
    )


def kept_files(bot: Bot) -> set[str]:
    """The names of the files that are kept for sessions."""
    return {name for (name,) in bot.rows("SELECT name FROM kept_file WHERE is_removed = 0")}


def read_aloud(bot: Bot, turn_ids: list[int]) -> dict[int, int | None]:
    """The voice messages in which the answers of these turns are read aloud, by turn; None for those that are still to come."""
    found: dict[int, int | None] = {}
    for start in range(0, len(turn_ids), 500):
        some = turn_ids[start : start + 500]
        holes = ", ".join("?" * len(some))
        found.update(bot.rows(f"SELECT turn, message_id FROM speech WHERE turn IN ({holes})", *some))
    return found


def parts(bot: Bot, turn_ids: list[int]) -> dict[int, list[int]]:
    """The messages recorded for these turns, in order."""
    found: dict[int, list[int]] = defaultdict(list)
    for start in range(0, len(turn_ids), 500):
        some = turn_ids[start : start + 500]
        holes = ", ".join("?" * len(some))
        for turn, message in bot.rows(
            f"SELECT turn, message_id FROM reply WHERE turn IN ({holes}) ORDER BY message_id",
            *some,
        ):
            found[turn].append(message)
    return found
