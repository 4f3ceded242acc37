"""One message of a dialogue as a model is told it: who said it, what it encloses, and where in it pictures stand. Pure."""

import unicodedata
from collections.abc import Collection, Iterable, Iterator
from typing import Final, Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from messages.enclosure import Enclosure, heard_in
from messages.rates import picture_tokens
from messages.turn import Utterance
from models.enclosures import enclosed_line
from models.tokens import tokens
from texts.characters import is_blank

NAME_CHARS_MAX: Final = 32
"""Discord: display names have at most 32 characters."""


class Picture(Struct, frozen=True, kw_only=True):
    """A picture that stands in a message behind the first `at` characters of its text.

    `stored` is its name in the folder of kept files, `name` what people call it, `size` how many bytes it has.
    """

    name: str
    stored: str
    media_type: str
    size: int
    tokens: int
    at: int


class DataUrl(Struct, frozen=True):
    """Stands in the fields of a body for the data URL of a picture."""

    picture: Picture


class Entry(Struct, frozen=True):
    """One message of the dialogue, with the pictures in it.

    `made` is what is told of the files of an answer. No API takes pictures in a message of the assistant, so the next message of a person
    begins with it.
    """

    role: Literal["user", "assistant"]
    text: str
    pictures: tuple[Picture, ...] = ()
    made: "Entry | None" = None

    @property
    def tokens(self) -> int:
        """Roughly how many tokens it costs, with what it made."""
        made = self.made.tokens if self.made else 0
        return tokens(self.text) + sum(picture.tokens for picture in self.pictures) + made

    @property
    def all_pictures(self) -> tuple[Picture, ...]:
        """Its pictures, and those that it made."""
        return (*self.pictures, *(self.made.pictures if self.made else ()))

    def behind(self, text: str, pictures: tuple[Picture, ...] = ()) -> "Entry":
        """Return the entry with a text before it, in which there may be pictures."""
        moved = (replace(picture, at=picture.at + len(text)) for picture in self.pictures)
        return Entry(self.role, text + self.text, (*pictures, *moved), self.made)

    def contents(self) -> Iterator[str | Picture]:
        """Yield its text and its pictures as they follow each other."""
        done = 0
        for picture in self.pictures:
            if self.text[done : picture.at]:
                yield self.text[done : picture.at]
            yield picture
            done = picture.at
        if self.text[done:]:
            yield self.text[done:]


def messages_of(dialogue: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the messages as they are sent: what an answer made stands at the beginning of the next message of a person."""
    made: Entry | None = None
    for entry in dialogue:
        if entry.role == "assistant":
            made = entry.made
        yield entry if entry.role == "assistant" or made is None else entry.behind(made.text, made.pictures)
        if entry.role == "user":
            made = None


ONLY_FILES: Final = "(This answer has no text, but a file.)"
"""What a model reads as the text of such an answer. Some servers refuse an empty message, and others one role twice in a row."""


FORGOTTEN: Final = "(This message is gone: whoever wrote it wanted to be forgotten.)"
"""What a model reads in the place of such a message; its answer stays where it was."""


class Head(NamedTuple):
    """What stands before and behind the speaker's name at the beginning of each message."""

    before: str
    behind: str


def entry_of(said: Utterance, head: Head, shown: Collection[Enclosure] = ()) -> Entry:
    """Return what a model is told of an utterance. The pictures in `shown` stand behind the lines that name them."""
    # No text can imitate an enclosure: whatever people write stands behind their name, and what is quoted has no line break.
    is_answer = said.role == "assistant"
    text = ""
    pictures = []
    for enclosed in said.enclosures:
        if enclosed.is_heard and said.text == heard_in(said.enclosures):
            continue  # what is said in the recordings is the question itself
        text += sendable(f"{enclosed_line(enclosed, is_shown=enclosed in shown, is_made=is_answer)}\n")
        if enclosed in shown:
            pictures.append(_picture(enclosed, len(text)))
    if is_answer:
        made = Entry("user", text, tuple(pictures)) if text else None
        return Entry("assistant", ONLY_FILES if is_blank(said.text) else sendable(said.text), made=made)
    text += sendable(
        f"{head.before}{speaker(said.author_name)}{head.behind}{FORGOTTEN if said.is_forgotten else said.text}"
    )
    return Entry("user", text, tuple(pictures))


def _picture(enclosed: Enclosure, at: int) -> Picture:
    return Picture(
        name=enclosed.name,
        stored=enclosed.stored,
        media_type=enclosed.media_type,
        size=enclosed.size,
        tokens=picture_tokens(enclosed.width, enclosed.height),
        at=at,
    )


def sendable(text: str) -> str:
    """Return text that UTF-8 can carry: half of a surrogate pair, which JSON can contain, becomes `?`."""
    return text.encode("utf-8", "replace").decode()


def speaker(name: str) -> str:
    """Return a person's name without what could end the brackets around it, or reverse the direction of the line."""
    kept = "".join(
        " " if character.isspace() else character
        for character in name
        if character.isspace() or (character not in "[]" and not unicodedata.category(character).startswith("C"))
    )
    return " ".join(kept.split())[:NAME_CHARS_MAX].strip() or "Somebody"
