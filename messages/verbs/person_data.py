"""The verb that reads everything that is stored about one person, in pieces, for an export."""

from msgspec import Struct

from messages.ids import UserId
from messages.verbs.verb import Verb


class DataEntry(Struct, frozen=True, kw_only=True):
    """A part of an export: `text` is appended to the export's file `path`; a kept file is copied there whole, from `stored` in the folder of kept files."""

    path: str
    text: str = ""
    stored: str = ""


class Cursor(Struct, frozen=True, array_like=True):
    """How far an export has come: within `part`, what is greater than `after` is still to be read, within `inner` of it."""

    part: int = 0
    after: int = 0
    inner: int = 0


class DataPage(Struct, frozen=True, kw_only=True):
    """A page of an export, and where the next one begins; None after the last."""

    entries: tuple[DataEntry, ...]
    next: Cursor | None


class CollectPersonData(Verb[DataPage], frozen=True, kw_only=True):
    """Read the next page of what is stored about a person; of somebody who is not known, the first page is the last and empty.

    The entries of one file follow each other.
    """

    person: UserId
    at: Cursor = Cursor()
