"""What people and the test did, and when; the bot's outcomes are compared with it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from sandbox.discord import Interaction, Message, Person
from sandbox.discord.things import Channel
from tests.soak.life import Life
from tests.soak.words import BLUNTLY, SLAYS, Wish

Kind = Literal["chat", "code", "embedding", "image"]
Gate = Literal["off", "warn", "block"]
Gates = Literal["mixed", "block"]
"""Whether servers differ in their gates, or all block, with a moderation that often fails."""
Wrong = Literal["lost", "duplicated", "misplaced", "other"]


@dataclass(slots=True, eq=False)
class Neighbour:
    """A person with a session."""

    person: Person
    home: Channel
    session: int
    private: bool
    """Whether the session is nobody else's."""
    kind: Kind = "chat"
    """The kind of the session's model."""
    listens: bool = False
    """Whether answers are read aloud to them."""


@dataclass(slots=True, eq=False)
class Asked:
    """A question, and everything that happened to it from outside."""

    wishes: list[Wish]
    """What it asks for, and what it was changed to, the newest last."""
    by: Neighbour
    of: Neighbour
    """Whose session it belongs to."""
    message: Message
    said_s: float
    kills_before: int
    gate: Gate
    """The moderation's gate where it was asked."""
    is_spoken: bool = False
    """Whether it is a voice message."""
    enclosed: tuple[str, ...] = ()
    """The files that are attached to it, by what they are: the keys of `enclosures.FILES`."""
    embedded: list[str] = field(default_factory=list)
    """The texts that were turned into a vector for it."""
    deleted: bool = False
    pressed: Counter[str] = field(default_factory=Counter)
    """Buttons that were pressed on its answers: *Stop*, *Retry*, *Continue*."""
    troubles: Counter[str] = field(default_factory=Counter)
    """What the model was told to do wrong with it."""
    accepted: bool = False
    """Whether its row was seen."""
    is_unjudged: bool = False
    """Whether the moderation failed when it was to judge something of it."""

    @property
    def word(self) -> str:
        """The word that stands in the question, its answer, and nowhere else."""
        return self.wishes[0].word

    @property
    def editions(self) -> int:
        """How many texts it has had."""
        return len(self.wishes)

    @property
    def slays(self) -> bool:
        """Whether the moderation flags what it asks, or asked once."""
        return "photo" in self.enclosed or any(wish.manner == SLAYS for wish in self.wishes)

    @property
    def is_blunt(self) -> bool:
        """Whether the moderation flags its answer, or that of an earlier edition."""
        return any(wish.manner == BLUNTLY for wish in self.wishes)


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
    attempts that died before. `extra_most` is the most requests that one turn took beyond its first for being killed.
    """

    kills: int = 0
    stops: int = 0
    questions: int = 0
    answered: int = 0
    cut_off: int = 0
    spoken: int = 0
    enclosed: int = 0
    drawn: int = 0
    coded: int = 0
    embedded: int = 0
    read_aloud: int = 0
    blocked: int = 0
    warned: int = 0
    judgements: int = 0
    judgements_failed: int = 0
    judgements_booked: int = 0
    tokens_told: int = 0
    tokens_booked: int = 0
    tokens_unheard: int = 0
    estimated: int = 0
    rows: int = 0
    unsent: int = 0
    orphans: int = 0
    overspent: int = 0
    turns: int = 0
    requests: int = 0
    extra_by_faults: int = 0
    extra_by_kills: int = 0
    extra_most: int = 0
    interactions: int = 0
    too_many: int = 0
    too_many_commands: int = 0
    days: int = 0
    backups: int = 0
    restored: int = 0
    reloads: int = 0
    forgotten: int = 0
    forgotten_amid_kills: int = 0
    unused_removed: int = 0
    lives: list[Life] = field(default_factory=list)
    """What processes took that lived long."""
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
        self.visiting: set[str] = set()
        """The words of visitors whose sessions are still there; these are public, so everybody may see them in menus."""
        self.by_message: dict[int, Asked] = {}
        self.open: dict[str, Asked] = {}
        """What has not been judged since something happened to it."""
        self.deeds: list[Deed] = []
        self.killed_s: list[float] = []
        """When it was killed, at the latest."""
        self.stopped_s: list[float] = []
        """When it was stopped, at the latest."""
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

    def ended_between(self, from_s: float, to_s: float) -> bool:
        """Whether the bot was killed or stopped between these moments."""
        return any(from_s <= at_s <= to_s for at_s in (*self.killed_s, *self.stopped_s))

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
