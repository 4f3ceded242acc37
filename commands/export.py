"""`causerie export USER`: everything that is stored of a person, in a folder: rows as JSON, conversations as Markdown, files as they are.

It reads one moment of the data, also while the bot runs, and writes nothing but the folder. What `/privacy` sends is the same without the
Markdown; here there is no bound.
"""

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from msgspec.structs import replace

from actors.panel.transcript_view import files as transcript_files
from actors.panel.transcript_view import heading_of
from commands.backups import DATABASE, FILES, have_database, megabytes
from files.folder import Folder
from messages.ids import ChannelId, InteractionId, SessionId, UserId
from messages.interaction import Interaction
from messages.verbs.person_data import CollectPersonData, Cursor, DataEntry
from messages.verbs.sessions import Dialogue, ReadDialogue
from settings.errors import ConfigurationError, UnreachableError, quoted
from settings.text_file import current_user
from settings.upkeep import Upkeep
from storage.reading import Ask, people_called, reading
from storage.store import StorageError
from texts.say import locale_for

_SESSIONS: Final = "sessions"


def export(upkeep: Upkeep, person: str, to: str) -> str:
    """Write everything that is stored of a person into a new folder, and return what to say of it.

    :param person: Discord's id, or the name that only one person has
    :param to: the folder in which the new one is made
    :raises ConfigurationError: there are no data, nobody is called that, or the folder cannot be made
    :raises UnreachableError: the disk is full or broken
    """
    have_database(upkeep.data)
    try:
        found = _chosen(upkeep, person)
        path = Path(to or ".") / f"export-{found}-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}"
        growing = path.with_name(f".{path.name}")
        growing.mkdir(mode=0o700)
        try:
            growing.chmod(0o700)  # whatever the umask is
            files, size = _write(upkeep, found, growing)
            growing.rename(path)
        except BaseException:
            shutil.rmtree(growing, ignore_errors=True)
            raise
    except StorageError as error:
        raise UnreachableError(f"{quoted(str(upkeep.data / DATABASE))} cannot be read ({error}).") from error
    except PermissionError as error:
        raise ConfigurationError(
            f"{quoted(str(error.filename))} cannot be used by {current_user()} ({error.strerror}). Name another folder: --to FOLDER."
        ) from error
    except OSError as error:
        raise UnreachableError(f"Nothing was exported ({error.strerror}).") from error
    return (
        f"Wrote {files:,} files, {megabytes(size)}, into {quoted(str(path.absolute()))}.\n"
        "What this person said stands in them as it is, and in their sessions what others said there. Give it to nobody else."
    )


def _chosen(upkeep: Upkeep, written: str) -> UserId:
    """Return whom the operator means."""
    people = people_called(upkeep.data / DATABASE, written)
    if not people:
        raise ConfigurationError(
            f"Nothing is stored of anybody with the id or the name {quoted(written)}. In Discord, switch on Developer Mode"
            " (Settings, Advanced), and choose Copy User ID in the person's menu."
        )
    if len(people) > 1:
        ids = ", ".join(str(one) for one in people[:5])
        raise ConfigurationError(f"Several people are called {quoted(written)}. Name one by the id: {ids}.")
    return UserId(people[0])


def _write(upkeep: Upkeep, person: UserId, folder: Path) -> tuple[int, int]:
    """Write all files, and return how many these are and how many bytes they have."""
    kept = Folder(upkeep.data / FILES)
    with reading(upkeep.data / DATABASE) as ask:
        at: Cursor | None = Cursor()
        while at is not None:
            page = ask(CollectPersonData(person=person, at=at))
            for entry in page.entries:
                _add(folder, entry, kept)
            at = page.next
        for rows in sorted((folder / _SESSIONS).glob("*.jsonl")):
            _write_transcript(ask, person, SessionId(int(rows.stem)), folder / _SESSIONS)
    written = [path for path in folder.rglob("*") if path.is_file()]
    return len(written), sum(path.stat().st_size for path in written)


def _add(folder: Path, entry: DataEntry, kept: Folder) -> None:
    path = folder / entry.path
    if not path.parent.is_dir():
        path.parent.mkdir(mode=0o700)
        path.parent.chmod(0o700)
    if entry.stored:
        # One that is gone was removed meanwhile.
        with suppress(FileNotFoundError), kept.path(entry.stored).open("rb") as original, _opened(path) as copy:
            shutil.copyfileobj(original, copy)
    else:
        with _opened(path) as file:
            file.write(entry.text.encode("utf-8", "replace"))


def _opened(path: Path) -> BinaryIO:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    os.fchmod(number, 0o600)
    return os.fdopen(number, "ab")


def _write_transcript(ask: Ask, person: UserId, session: SessionId, folder: Path) -> None:
    """Write a conversation as its owner can export it in Discord, but for the bound."""
    by = Interaction(
        interaction_id=InteractionId(0),
        token="",
        user_id=person,
        user_name="",
        channel_id=ChannelId(0),
        guild_id=None,
    )
    end = part = ask(ReadDialogue(by=by, session=session))
    if not isinstance(end, Dialogue):
        return
    said = end.utterances
    while isinstance(part, Dialogue) and part.left_out:
        part = ask(ReadDialogue(by=by, session=session, before=part.left_out))
        said = (*part.utterances, *said) if isinstance(part, Dialogue) else said
    locale = locale_for("")
    heading = heading_of(end, locale)
    for panel in transcript_files(replace(heading, left_out=0), said, locale):
        for file in panel.files:
            with _opened(folder / file.name) as markdown:
                markdown.write(file.content)
