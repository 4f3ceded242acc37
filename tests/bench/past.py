"""Writes sessions with their utterances into the bot's database before it starts."""

import time
from typing import Final

from messages.ids import snowflake_at
from storage.limits import Limits
from storage.sqlite import open_store
from tests.bench.stage import MODEL, Stage

QUESTION: Final = "What is a comet made of, and where does it come from, and where does it go?"
ANSWER: Final = "Ice and dust, mostly; they come from beyond Neptune, and from much further away. " * 10
"""About 200 tokens, as the other answers have."""


def sessions(stage: Stage, count: int, *, utterances: int, current: bool) -> None:
    """Give the people on stage so many sessions, in turn, each with so many utterances; `current` has them go on in the last."""
    store = open_store(stage.data / "causerie.db", Limits(default_model=MODEL))
    rows = store._connection
    now_s = time.time()
    rows.execute("BEGIN IMMEDIATE")
    for number in range(1, count + 1):
        person = stage.people[number % len(stage.people)]
        rows.execute(
            "INSERT INTO session (id, creator, origin_guild, model, title, title_is_given, create_time, update_time,"
            " modify_time, is_public) VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, 1)",
            (number, person.id, stage.discord.world.guild.id, MODEL, f"Comets {number}", now_s, now_s, now_s),
        )
        rows.executemany(
            "INSERT INTO utterance (session, position, role, author_id, author_name, text, turn) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (number, place, "assistant", None, "", ANSWER, -(place // 2))
                if place % 2
                else (number, place, "user", person.id, person.name, QUESTION, -(place // 2))
                for place in range(utterances)
            ],
        )
        if current:
            rows.execute(
                "UPDATE user SET status = 'activate', current_session = ?, chosen_cause = ? WHERE discord_user_id = ?",
                (number, snowflake_at(now_s - 60), person.id),
            )
    rows.execute("COMMIT")
    store.close()
