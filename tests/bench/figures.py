"""A figure beside its goal, and how it is printed."""

import platform
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured. `bound` says what physics allows, where it sets a limit."""

    name: str
    value: float
    unit: str
    goal: float
    at: Literal["most", "least"] = "most"
    bound: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached; what was not measured has missed it."""
        return self.value <= self.goal if self.at == "most" else self.value >= self.goal

    @property
    def row(self) -> str:
        """Return a line of the table."""
        sign = "≤" if self.at == "most" else "≥"
        met = "yes" if self.is_met else "**no**"
        return f"| {self.name} | {_number(self.value)} {self.unit} | {sign} {_number(self.goal)} {self.unit} | {met} | {self.bound} |"


def _number(value: float) -> str:
    if value != value:  # noqa: PLR0124 nan is no number
        return "nothing"
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value):,}"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def table(figures: Iterable[Figure]) -> str:
    """All of them, as Markdown."""
    return "\n".join(
        [
            "| figure | measured | goal | met | bound |",
            "|---|---|---|---|---|",
            *(figure.row for figure in figures),
        ]
    )


def machine() -> str:
    """Describe the machine."""
    return f"Python {platform.python_version()}, {platform.machine()}, two shared cores"
