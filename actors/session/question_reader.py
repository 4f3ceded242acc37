"""Reads what a question encloses, before its model is asked: files are fetched and read, and what it replies to is looked up.

First everything is fetched, and committed; then what has to become text is read, and committed. Whoever answers the turn after a
kill goes on from there. A file on disk that no commit names is removed at once, or by the next start.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import anyio
import structlog
from msgspec import Struct
from msgspec.structs import replace

from actors.recorder import RETRY_S, Recorder
from current import Current
from files.folder import Folder
from messages.enclosure import MAY_PASS, Enclosure, Problem, Within
from messages.ids import ChannelId, MessageId
from messages.turn import Place, Reason, TurnTaken, Utterance
from messages.verbs.kept_files import ReadRoom
from messages.verbs.turns import RecordEnclosures
from storage.store import StorageError

log = structlog.get_logger()

ROUNDS_MAX: Final = 8
"""How often a question is completed: twice, and anew when it is edited meanwhile; but not without end."""


_NEAREST: Final[tuple[Within, ...]] = ("", "forward", "reply", "thread")
"""Whose files are fetched first, where not all may be."""


class NotRead(Struct, frozen=True):
    """Why a question cannot be asked: something that it encloses was not read. `retry_after_s` is when that may be over, where it is known."""

    reason: Reason = "file_unreadable"
    retry_after_s: float | None = None


class NotReadError(Exception):
    """Something cannot be read now."""

    def __init__(self, not_read: NotRead) -> None:
        super().__init__(not_read.reason)
        self.not_read = not_read


class EnclosureReader(Protocol):
    """What reads from Discord."""

    async def read(self, enclosed: Enclosure, channel: ChannelId, origin: MessageId) -> tuple[Enclosure, ...]:
        """Return the message that is replied to, or that a thread began with, and the files that it has."""
        ...

    async def fetch(self, file: Enclosure, place: Place) -> Enclosure | None:
        """Return a file with where it is stored and what it is, or with its problem; None where it cannot be fetched now."""
        ...


class FileReader(Protocol):
    """Makes text of one sort of files, for instance of documents or of audio."""

    def refuses(self, file: Enclosure) -> Problem:
        """Return why a file is not even fetched, as far as Discord's word for it tells; empty where it may be."""
        ...

    def reads(self, file: Enclosure, turn: TurnTaken) -> bool:
        """Return whether it makes text of a file for this turn's model. What it reads has to get a text or a problem."""
        ...

    async def read(self, file: Enclosure, path: Path, turn: TurnTaken) -> Enclosure | None:
        """Return the file with its text or its problem; None where it cannot be read now. It is stored at `path`.

        :raises FileNotFoundError: it is gone from the disk
        :raises NotReadError: it cannot be read now, for a reason that its asker should hear
        """
        ...


class QuestionReader:
    """Has questions read, and completes them in the rows."""

    def __init__(
        self,
        discord: EnclosureReader,
        recorder: Recorder,
        files: Folder,
        *,
        readers: Sequence[FileReader] = (),
        files_max: Current[int],
    ) -> None:
        """Of one question, at most `files_max` files are fetched."""
        self._discord = discord
        self._recorder = recorder
        self._files = files
        self._readers = readers
        self._files_max = files_max

    async def read(self, turn: TurnTaken) -> NotRead | None:
        """Complete the question in the rows, from which it is asked; return why not all was read that must be; None where it was."""
        question: Utterance | None = turn.question
        for number in range(ROUNDS_MAX):
            if question is None:
                return None
            before = question.enclosures
            new: list[str] = []
            committed: set[str] = set()
            try:
                is_retried = number == 0 and turn.kind == "retry"
                after = await self._fetched(_retried(before) if is_retried else before, turn, new)
                tried, not_read = after, None
                if after == before:
                    tried = ()
                    after, not_read = await self._read(before, turn)
                if after == before:
                    is_unread = any(self._is_unread(enclosed, turn) for enclosed in before)
                    return not_read or (NotRead() if is_unread else None)
                question = await self._recorded(
                    RecordEnclosures(turn=turn.turn, attempt=turn.attempt, before=before, after=after)
                )
                committed = set() if question is None else {enclosed.stored for enclosed in question.enclosures}
            finally:
                self._files.remove(name for name in new if name not in committed)
            if not_read is not None:
                return not_read
            if _is_missing(question, tried):
                return NotRead()
        log.warning("question.not_read", turn=turn.turn)
        return NotRead()

    def _is_unread(self, enclosed: Enclosure, turn: TurnTaken) -> bool:
        return enclosed.is_unread or self._reader_of(enclosed, turn) is not None

    def _reader_of(self, file: Enclosure, turn: TurnTaken) -> FileReader | None:
        """Return what makes text of a file; None where it has one, or where it is shown to models as it is."""
        if not file.stored or file.text is not None or file.problem:
            return None
        return next((reader for reader in self._readers if reader.reads(file, turn)), None)

    async def _recorded(self, verb: RecordEnclosures) -> Utterance | None:
        """Commit what was read, however long storage is down. Nobody is cancelled while it is not known what was committed."""
        while True:
            try:
                with anyio.CancelScope(shield=True):
                    return await self._recorder.execute(verb)
            except StorageError:
                await anyio.sleep(RETRY_S)

    async def _fetched(self, before: Sequence[Enclosure], turn: TurnTaken, new: list[str]) -> tuple[Enclosure, ...]:
        """Return what a question encloses with its files fetched, as far as they may be and can be now; `new` gets their names."""
        known = [found for enclosed in before for found in await self._known(enclosed)]
        if not any(enclosed.is_file and enclosed.is_unread for enclosed in known):
            return tuple(known)
        room = await self._recorder.execute_retrying(ReadRoom(person=turn.asker))
        files = 0
        async with anyio.create_task_group() as tasks:
            # What somebody attached goes before what others had attached to other messages.
            for at in sorted(range(len(known)), key=lambda at: _NEAREST.index(known[at].within)):
                file = known[at]
                if not file.is_file or file.problem:
                    continue
                files += 1
                if not file.is_unread:
                    continue
                refused = next((problem for reader in self._readers if (problem := reader.refuses(file))), None)
                if refused is not None:
                    known[at] = replace(file, url="", problem=refused)
                elif files > self._files_max.value:
                    known[at] = replace(file, url="", problem="too_many")
                elif file.size > room:
                    known[at] = replace(file, url="", problem="over_quota")
                else:
                    room -= file.size
                    tasks.start_soon(self._fetch, known, at, turn.place, new)
        return tuple(known)

    async def _known(self, enclosed: Enclosure) -> Sequence[Enclosure]:
        """Return a message that is replied to as it reads; a file that is gone from the disk as one that is to be fetched again."""
        if enclosed.origin is not None and not enclosed.is_file:
            return await self._discord.read(enclosed, *enclosed.origin)
        if enclosed.stored and enclosed.text is None and self._files.size(enclosed.stored) != enclosed.size:
            log.warning("file.vanished")
            return (replace(enclosed, stored=""),)
        return (enclosed,)

    async def _fetch(self, known: list[Enclosure], at: int, place: Place, new: list[str]) -> None:
        """Put a file as it was fetched into its place; where it cannot be fetched now, it stays unread."""
        found = await self._discord.fetch(known[at], place)
        if found is not None:
            known[at] = found
            new += [found.stored] if found.stored else []

    async def _read(self, before: Sequence[Enclosure], turn: TurnTaken) -> tuple[tuple[Enclosure, ...], NotRead | None]:
        """Return what a question encloses with the texts of its files, as far as they can be read now, and why one cannot."""
        read: list[Enclosure] = []
        for file in before:
            reader, found = self._reader_of(file, turn), None
            if reader is not None:
                try:
                    found = await reader.read(file, self._files.path(file.stored), turn)
                except FileNotFoundError:
                    found = replace(file, stored="")
                except NotReadError as error:
                    return (*read, *before[len(read) :]), error.not_read
            read.append(found or file)
        return tuple(read), None


def _is_missing(question: Utterance | None, tried: Sequence[Enclosure]) -> bool:
    """Return whether the only files that a question still lacks were tried just now, and cannot be fetched."""
    lacks = [] if question is None else [one for one in question.enclosures if one.is_file and one.is_unread]
    return bool(lacks) and all(file in tried for file in lacks)


def _retried(enclosures: Sequence[Enclosure]) -> tuple[Enclosure, ...]:
    """Return what a question encloses with those files unread that may be there, or have room, when it is asked again."""
    return tuple(replace(file, problem="") if file.problem in MAY_PASS else file for file in enclosures)
