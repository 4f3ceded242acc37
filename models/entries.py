"""One message of a dialogue as a model is told it: who said it, what it encloses, and where in it pictures stand. Pure."""

import unicodedata
from collections.abc import Collection, Iterator
from typing import Final, Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from messages.enclosure import Enclosure, heard_in
from messages.turn import Utterance
from models.enclosures import enclosed_line
from models.tokens import picture_tokens, tokens

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
    """One message of the dialogue, with the pictures in it."""

    role: Literal["user", "assistant"]
    text: str
    pictures: tuple[Picture, ...] = ()

    @property
    def tokens(self) -> int:
        """Roughly how many tokens it costs."""
        return tokens(self.text) + sum(picture.tokens for picture in self.pictures)

    def behind(self, text: str) -> "Entry":
        """Return the entry with a text before it."""
        pictures = tuple(replace(picture, at=picture.at + len(text)) for picture in self.pictures)
        return Entry(self.role, text + self.text, pictures)

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


class Head(NamedTuple):
    """What stands before and behind the speaker's name at the beginning of each message."""

    before: str
    behind: str


def entry_of(said: Utterance, head: Head, shown: Collection[Enclosure] = ()) -> Entry:
    """Return what a model is told of an utterance. The pictures in `shown` stand behind the lines that name them."""
    if said.role == "assistant":
        return Entry("assistant", sendable(said.text))
    # No text can imitate an enclosure: whatever people write stands behind their name, and what is quoted has no line break.
    text = ""
    pictures = []
    for enclosed in said.enclosures:
        if enclosed.is_recording and enclosed.text and said.text == heard_in(said.enclosures):
            continue  # what is said in the recordings is the question itself
        text += sendable(f"{enclosed_line(enclosed, is_shown=enclosed in shown)}\n")
        if enclosed in shown:
            pictures.append(_picture(enclosed, len(text)))
    text += sendable(f"{head.before}{speaker(said.author_name)}{head.behind}{said.text}")
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
