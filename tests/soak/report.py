"""Writes the figures of a run as Markdown."""

import platform
from collections import Counter
from dataclasses import fields
from typing import Final

from tests.soak.ledger import Figures, Violation
from tests.soak.life import COUNTED, GROWTH_MB, Life

MOST: Final = frozenset({"lasted_s", "extra_most"})
"""Of these the largest counts."""


_ABOUT_LIVES: Final = f"""\
Processes that nobody killed, measured whenever nothing was to be done. Growth is the slope after the warm-up, by least squares, with its standard
error. A promise is broken by growth of more than {GROWTH_MB} MB for each 1,000 questions, surely (by two errors), or by more of anything at the end."""


def added(all_: list[Figures]) -> Figures:
    """The workers' figures together."""
    total = Figures()
    for one in all_:
        for field in fields(Figures):
            mine, other = getattr(total, field.name), getattr(one, field.name)
            if isinstance(mine, Counter):
                mine.update(other)
            else:
                setattr(total, field.name, max(mine, other) if field.name in MOST else mine + other)
    return total


def markdown(figures: Figures, violations: list[Violation], *, command: str) -> str:
    """The page: the command, the goals, and everything that was counted."""
    wrong = Counter(violation.kind for violation in violations)
    each_cut = figures.extra_by_kills / max(1, figures.cut_off)
    each_kill = figures.extra_by_kills / max(1, figures.kills)
    goals = [
        ("questions, retries and continuations lost", wrong["lost"], "0"),
        ("messages doubled", wrong["duplicated"], "0"),
        ("answers in a wrong place, or with another's text", wrong["misplaced"], "0"),
        ("other promises broken", wrong["other"], "0"),
        ("extra requests to the model, for each answer that a kill cut off", f"{each_cut:.2f}", "≤ 1"),
        ("the same for each kill, which cuts off several answers at once", f"{each_kill:.2f}", "≤ 1"),
    ]
    counted = [
        ("kills", figures.kills),
        ("stops by SIGTERM", figures.stops),
        ("questions asked", figures.questions),
        ("of those spoken", figures.spoken),
        ("files attached to them", figures.enclosed),
        ("answered whole", figures.answered),
        ("of those by a picture", figures.drawn),
        ("by a model for code", figures.coded),
        ("by a vector", figures.embedded),
        ("answers read aloud, too", figures.read_aloud),
        ("questions and answers that the moderation blocked", figures.blocked),
        ("answers that say what it flagged", figures.warned),
        ("judgements that it was asked for", figures.judgements),
        ("of those that failed or were cut off", figures.judgements_failed),
        ("rows of the ledger for them", figures.judgements_booked),
        ("tokens that the model told", figures.tokens_told),
        ("of those in the ledger as told", figures.tokens_booked),
        ("of those of attempts that died before they were booked, estimated in the ledger", figures.tokens_unheard),
        ("rows of the ledger", figures.rows),
        ("of those estimated", figures.estimated),
        ("of those of requests that were committed, and never sent because of a kill", figures.unsent),
        ("budgets that their last turn overspent", figures.overspent),
        ("messages on their way at a kill, to a question that was deleted", figures.orphans),
        ("presses, commands, panels", figures.interactions),
        ("answers of the model that a kill ended", figures.cut_off),
        ("turns that the model was asked", figures.turns),
        ("requests to the model", figures.requests),
        ("of those again after a kill", figures.extra_by_kills),
        ("the most of these for one turn", figures.extra_most),
        ("of those again after the model's own fault", figures.extra_by_faults),
        ("requests that Discord answered 429, as a fault that was asked for or for another reason", figures.too_many),
        (
            "registrations of commands that Discord answered 429: two starts in 10 s may register",
            figures.too_many_commands,
        ),
        ("days, between which the clock was set ahead and another build started", figures.days),
        ("backups beside the running bot", figures.backups),
        (
            "restored: the newest into a fresh folder, the oldest in the place of the data; nobody was answered again",
            figures.restored,
        ),
        ("reloads of the settings", figures.reloads),
        ("people who were forgotten", figures.forgotten),
        ("of those while the bot was killed", figures.forgotten_amid_kills),
        ("sessions that nobody used for two days, removed", figures.unused_removed),
        ("minutes", round(figures.lasted_s / 60, 1)),
    ]
    return "\n".join(
        [
            "## The last soak",
            "",
            f"`{command}` · Python {platform.python_version()}, {platform.machine()}",
            "",
            "| promise | seen | goal |",
            "|---|---|---|",
            *(f"| {name} | {value} | {goal} |" for name, value, goal in goals),
            "",
            "| counted | |",
            "|---|---|",
            *(f"| {name} | {value} |" for name, value in counted),
            "",
            *_lives(figures.lives),
            *_counts("how turns ended", figures.outcomes),
            *_counts("killed at", figures.boundaries),
            *_counts("fault", figures.faults),
        ]
    )


def _lives(lives: list[Life]) -> list[str]:
    """The table of the processes that nobody killed."""
    if not lives:
        return []
    lines = []
    for number, life in enumerate(lives, 1):
        first, last, warm = life.samples[0], life.samples[-1], life.warm_up[-1]
        counts = " | ".join(f"{life.most(what)}, {getattr(last, what)}" for what in COUNTED)
        memory = f"{first.resident_mb:.1f}, {warm.resident_mb:.1f}, {last.resident_mb:.1f}"
        growth = f"{life.growth() or 'too short'} | {life.growth_an_hour() or 'too short'}"
        lines.append(f"| {number} | {last.questions} | {last.hours * 60:.1f} | {memory} | {growth} | {counts} |")
    columns = (
        "process",
        "questions",
        "minutes",
        "MB at the start, after the warm-up, at the end",
        "MB for each 1,000 questions",
        "MB an hour",
        *(f"{what}: most in the warm-up, at the end" for what in COUNTED),
    )
    return [
        _ABOUT_LIVES,
        "",
        f"| {' | '.join(columns)} |",
        "|---" * len(columns) + "|",
        *lines,
        "",
    ]


def _counts(title: str, counter: Counter[str]) -> list[str]:
    lines = [f"| {name.replace('|', '/')} | {count} |" for name, count in counter.most_common()]
    return [f"| {title} | times |", "|---|---|", *lines, ""]
