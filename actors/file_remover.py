"""Removes from the disk what no row needs any more, and what an earlier process left that no row knows.

The rows say first what is to be removed; then the disk follows, then the rows forget it. So a kill at any moment only means
that the next start removes the rest.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

import anyio
import anyio.to_thread
import structlog

from actors.recorder import Recorder
from files.folder import Folder
from messages.verbs.kept_files import FindFilesToRemove, FindUnknownFiles, ForgetFiles

log = structlog.get_logger()

PIECE_FILES: Final = 100
"""So many files are removed between two commits."""

PAUSE_S: Final = 1.0
"""What is removed within so much time is looked for once."""

FAILED_PAUSE_S: Final = 60.0
"""The pause after the disk did not let a file be removed."""


class FileRemover:
    """The one that deletes files which were once committed."""

    def __init__(self, recorder: Recorder, files: Folder) -> None:
        self._recorder = recorder
        self._files = files

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            await self._remove_unknown()
        except OSError as error:  # the next start tries again
            log.warning("files.unknown_not_removed", error=type(error).__name__, why=error.strerror)
        while True:
            try:
                await self._remove_released()
            except OSError as error:
                log.warning("files.not_removed", error=type(error).__name__, why=error.strerror)
                await anyio.sleep(FAILED_PAUSE_S)
                continue
            await anyio.sleep(PAUSE_S)
            await self._recorder.wait_for_releases()

    async def _remove_unknown(self) -> None:
        """Remove what a process left that died before its commit."""
        names = await anyio.to_thread.run_sync(self._files.left_behind)
        count = 0
        for piece in _pieces(names):
            unknown = await self._recorder.execute_retrying(FindUnknownFiles(names=piece))
            await anyio.to_thread.run_sync(self._files.remove, unknown)
            count += len(unknown)
        if count:
            log.info("files.unknown_removed", files=count)

    async def _remove_released(self) -> None:
        """Remove what no row needs, until there is no more of it."""
        while names := await self._recorder.execute_retrying(FindFilesToRemove(limit=PIECE_FILES)):
            await anyio.to_thread.run_sync(self._files.remove, names)
            await self._recorder.execute_retrying(ForgetFiles(names=names))


def _pieces(names: list[str]) -> Iterator[tuple[str, ...]]:
    rest = iter(names)
    while piece := tuple(islice(rest, PIECE_FILES)):
        yield piece
