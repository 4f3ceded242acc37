"""What a process that lives long takes, sample by sample, and what is wrong with it. Pure."""

from dataclasses import dataclass, field
from typing import Final

from tests.soak.slope import Slope, slope

WARM_SHARE: Final = 0.3
"""The share of a life's samples that are its warm-up: caches fill, code is loaded when it is first used."""

WARM_QUESTIONS: Final = 500
"""It lasts for so many questions at least: until then each kind of question, file and answer has come a few times."""

SAMPLES_MIN: Final = 5
"""Of fewer samples after the warm-up nothing is said of growth."""

GROWTH_MB: Final = 1.0
"""Memory may not grow by more than this for each 1,000 questions, in megabytes."""


@dataclass(slots=True, frozen=True)
class Sample:
    """What a process took at a moment at which nothing was to be done."""

    questions: int
    """How many had been asked in its life."""
    hours: float
    resident_mb: float
    descriptors: int
    threads: int
    tasks: int
    """Those of asyncio."""


COUNTED: Final = ("descriptors", "threads", "tasks")
"""What must not be more at the end than in the warm-up."""


@dataclass(slots=True)
class Life:
    """The samples of one process, the first after its start."""

    samples: list[Sample] = field(default_factory=list)

    @property
    def warm_up(self) -> list[Sample]:
        """The samples of the warm-up, at least one."""
        share = max(1, round(len(self.samples) * WARM_SHARE))
        return [one for number, one in enumerate(self.samples) if number < share or one.questions < WARM_QUESTIONS]

    @property
    def _warm(self) -> list[Sample]:
        return self.samples[len(self.warm_up) :]

    def most(self, what: str) -> int:
        """The most of something that was counted in the warm-up."""
        return max(int(getattr(one, what)) for one in self.warm_up)

    def growth(self) -> Slope | None:
        """How memory grew after the warm-up, in megabytes for each 1,000 questions; None when it lived too short."""
        return self._slope([(one.questions / 1_000, one.resident_mb) for one in self._warm])

    def growth_an_hour(self) -> Slope | None:
        """How memory grew after the warm-up, in megabytes an hour; None when it lived too short."""
        return self._slope([(one.hours, one.resident_mb) for one in self._warm])

    def _slope(self, points: list[tuple[float, float]]) -> Slope | None:
        return slope(points) if len(points) >= SAMPLES_MIN else None

    def is_settled(self) -> bool:
        """Whether the last sample has no more of anything than the warm-up had."""
        return all(getattr(self.samples[-1], what) <= self.most(what) for what in COUNTED)

    def wrong(self) -> list[str]:
        """Say what is wrong with it."""
        found = []
        growth = self.growth()
        if growth is not None and growth.is_above(GROWTH_MB):
            found.append(f"memory grows by {growth} MB for each 1,000 questions; {GROWTH_MB} MB are allowed")
        for what in COUNTED:
            last, most = getattr(self.samples[-1], what), self.most(what)
            if last > most:
                found.append(f"{last} {what} at the end, at most {most} in the warm-up")
        return found
