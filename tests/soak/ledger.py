"""What people and the test did, and when; the bot's outcomes are compared with it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from sandbox.discord import Interaction, Message, Person
from sandbox.discord.things import Channel

Wrong = Literal["lost", "duplicated", "misplaced", "other"]


@dataclass(slots=True, eq=False)
class Neighbour:
    """A person with a session."""

    person: Person
    home: Channel
    session: int
    private: bool
    """Whether the session is nobody else's."""
    draws: bool = False
    """Whether the session's model draws pictures."""


@dataclass(slots=True, eq=False)
class Asked:
    """A question, and everything that happened to it from outside."""

    word: str
    parts: int
    by: Neighbour
    of: Neighbour
    """Whose session it belongs to."""
    message: Message
    said_s: float
    kills_before: int
    is_spoken: bool = False
    """Whether it is a voice message."""
    enclosed: tuple[str, ...] = ()
    """The files that are attached to it, by what they are: `note`, `letter`, `photo`."""
    editions: int = 1
    deleted: bool = False
    pressed: Counter[str] = field(default_factory=Counter)
    """Buttons that were pressed on its answers: *Stop*, *Retry*, *Continue*."""
    troubles: Counter[str] = field(default_factory=Counter)
    """What the model was told to do wrong with it."""
    accepted: bool = False
    """Whether its row was seen."""


@dataclass(slots=True)
class Deed:
    """An interaction with the bot."""

    interaction: Interaction
    at_s: float
    what: str


@dataclass(slots=True, frozen=True)
class Violation:
    """A promise that was broken."""

    kind: Wrong
    kill: int
    text: str


@dataclass(slots=True)
class Figures:
    """The counts of a run. `cut_off` is how many of the model's answers a kill ended.

    `tokens_told` are all that the model told; of those `tokens_booked` stand in the ledger as they were told, and `tokens_unheard` are of
    attempts that died before.
    """

    kills: int = 0
    stops: int = 0
    questions: int = 0
    answered: int = 0
    cut_off: int = 0
    spoken: int = 0
    enclosed: int = 0
    drawn: int = 0
    tokens_told: int = 0
    tokens_booked: int = 0
    tokens_unheard: int = 0
    estimated: int = 0
    overspent: int = 0
    turns: int = 0
    requests: int = 0
    extra_by_faults: int = 0
    extra_by_kills: int = 0
    interactions: int = 0
    too_many: int = 0
    too_many_commands: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    boundaries: Counter[str] = field(default_factory=Counter)
    lasted_s: float = 0.0


class Ledger:
    """Everything that was done in one run."""

    def __init__(self) -> None:
        self.figures = Figures()
        self.violations: list[Violation] = []
        self.neighbours: list[Neighbour] = []
        self.asked: dict[str, Asked] = {}
        """By word."""
        self.by_message: dict[int, Asked] = {}
        self.open: dict[str, Asked] = {}
        """What has not been judged since something happened to it."""
        self.deeds: list[Deed] = []
        self.killed_s: list[float] = []
        """When it was killed, at the latest."""
        self.disturbed: list[tuple[float, float]] = []
        """Times, from and to, in which the bot was gone or cut off."""

    def ask(self, asked: Asked) -> None:
        """Somebody asked something."""
        self.asked[asked.word] = self.by_message[asked.message.id] = self.open[asked.word] = asked
        self.figures.questions += 1
        self.figures.spoken += asked.is_spoken
        self.figures.enclosed += len(asked.enclosed)

    def break_(self, kind: Wrong, text: str) -> None:
        """Note a broken promise."""
        self.violations.append(Violation(kind, self.figures.kills, text))

    def was_disturbed(self, from_s: float, to_s: float) -> bool:
        """Whether the bot was gone or cut off at any moment between these."""
        return any(start <= to_s and end >= from_s for start, end in self.disturbed)

    def root_of(self, message: Message) -> Asked | None:
        """The question that a message of the bot answers; a continuation replies to the answer before it."""
        seen: Message | None = message
        for _ in range(50):
            if seen is None or seen.reference_id is None:
                return None
            found = self.by_message.get(seen.reference_id)
            if found is not None:
                return found
            seen = seen.channel.messages.get(seen.reference_id)
        return None
