"""Chooses how much of a message's files fits into a request: which pictures are shown, and how much of each document is told. Pure."""

from collections.abc import Collection, Sequence
from typing import Final

from msgspec.structs import replace

from files.shares import fitted
from messages.enclosure import Enclosure, LeftOut, Problem
from messages.rates import BYTES_A_TOKEN, picture_tokens
from messages.turn import Utterance
from models.entries import Entry, Head, entry_of
from models.model import Model
from models.reading import problem_of

PICTURES_MAX: Final = 20
PICTURES_BYTES_MAX: Final = 30_000_000
PICTURE_BYTES_MAX: Final = 15_000_000
"""What the pictures of one request may have. OpenAI takes 50 MB, and for one picture 20,971,520 characters, which are four for three bytes
(API reference, Responses, `image_url`; Images and vision, Image input requirements). Others take less."""

DOCUMENTS_SHARE: Final = 0.7
"""The share of the room behind a question's own words that its documents may take: the next question needs some, too."""

PART_TOKENS_MIN: Final = 300
"""Less of an earlier turn's documents is not worth telling: then the history ends after it."""


class Room:
    """How much room a request has left: tokens, and pictures with their bytes."""

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens
        self._pictures = PICTURES_MAX
        self._bytes = PICTURES_BYTES_MAX

    def choose(self, pictures: Sequence[Enclosure], tokens: int) -> list[Problem]:
        """Return for each picture why it is not shown; empty where it is. All that are shown take at most `tokens`."""
        problems: list[Problem] = []
        number, size = self._pictures, self._bytes
        for picture in pictures:
            takes = picture_tokens(picture.width, picture.height)
            problem: Problem = ""
            if picture.size > PICTURE_BYTES_MAX:
                problem = "picture_too_heavy"
            elif number < 1 or picture.size > size:
                problem = "too_many_pictures"
            elif takes > tokens:
                problem = "no_room"
            else:
                number, size, tokens = number - 1, size - picture.size, tokens - takes
            problems.append(problem)
        return problems

    def take(self, entry: Entry) -> None:
        """Take the room that an entry needs."""
        self.tokens -= entry.tokens
        self._pictures -= len(entry.all_pictures)
        self._bytes -= sum(picture.size for picture in entry.all_pictures)

    def give_back(self, entry: Entry) -> None:
        """Have the tokens of an entry again, which is not sent after all."""
        self.tokens += entry.tokens


def fit(said: Utterance, head: Head, room: Room, model: Model) -> tuple[Entry, tuple[LeftOut, ...]] | None:
    """Return a question as it fits into the room, and what of its files is left out; None where not even its words fit."""
    bare = entry_of(_without_documents(said), head).tokens
    if bare > room.tokens:
        return None
    problems = {id(file): problem_of(file, model) for file in said.enclosures if file.is_file}
    pictures = [file for file in said.enclosures if _is_picture(file) and not problems[id(file)]]
    chosen = room.choose(pictures, room.tokens - bare)
    problems |= {id(picture): problem for picture, problem in zip(pictures, chosen, strict=True)}
    shown = [picture for picture in pictures if not problems[id(picture)]]
    behind = room.tokens - entry_of(_without_documents(said), head, shown).tokens
    told, entry = _cut(said, head, shown, room.tokens - round(behind * (1 - DOCUMENTS_SHARE)))
    left_out = (
        LeftOut(name=file.name, problem=problem, pages=as_told.pages, pages_read=as_told.pages_read)
        for file, as_told in zip(said.enclosures, told.enclosures, strict=True)
        if file.is_file and (problem := problems[id(file)] or ("cut" if as_told.is_cut else ""))
    )
    return entry, tuple(left_out)


def fit_earlier(said: Utterance, head: Head, room: Room, model: Model) -> Entry | None:
    """Return an earlier message as it fits into the room; None where it does not fit, or not enough of it."""
    bare = entry_of(_without_documents(said), head).tokens
    pictures = [file for file in said.enclosures if _is_picture(file) and not problem_of(file, model)]
    chosen = room.choose(pictures, room.tokens - bare)
    shown = [picture for picture, problem in zip(pictures, chosen, strict=True) if not problem]
    whole = entry_of(said, head, shown)
    if whole.tokens <= room.tokens:
        return whole
    if bare + PART_TOKENS_MIN > room.tokens:
        return None
    told, entry = _cut(said, head, (), room.tokens)
    return None if told == said else entry


def _cut(said: Utterance, head: Head, shown: Collection[Enclosure], tokens: int) -> tuple[Utterance, Entry]:
    """Return a message with its documents so short that it takes at most `tokens`, or without them."""
    bytes_max = tokens * BYTES_A_TOKEN
    while True:
        told = replace(said, enclosures=fitted(said.enclosures, bytes_max))
        entry = entry_of(told, head, shown)
        over = entry.tokens - tokens
        if over <= 0 or not bytes_max:
            return told, entry
        # What is quoted takes at least as many bytes as it has; how much is cut is told, too.
        bytes_max = max(0, bytes_max - (over + 1) * BYTES_A_TOKEN)


def _without_documents(said: Utterance) -> Utterance:
    return replace(said, enclosures=fitted(said.enclosures, 0))


def _is_picture(file: Enclosure) -> bool:
    return file.is_file and bool(file.stored) and file.text is None and file.media_type.startswith("image/")
