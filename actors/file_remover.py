"""Removes from the disk what no row needs any more, and what an earlier process left that no row knows.

The rows say first what is to be removed; then the disk follows, then the rows forget it. So a kill at any moment only means
that the next start removes the rest.
"""

import math
from collections.abc import Iterator
from itertools import islice
from typing import Final

import anyio
import anyio.to_thread
import structlog

from actors.recorder import Recorder
from files.folder import Folder
from messages.verbs.kept_files import FindFilesToRemove, FindUnknownFiles, ForgetFiles, RecordFilesRemain, TryFilesAgain

log = structlog.get_logger()

PIECE_FILES: Final = 100
"""So many files are removed between two commits."""

PAUSE_S: Final = 1.0
"""What is removed within so much time is looked for once."""

FAILED_PAUSE_S: Final = 60.0
"""The pause after the disk did not let a file be removed, until it is tried again."""

REMEDY: Final = "delete it by hand, or let the bot's user write into its folder; it is tried again every minute"


class FileRemover:
    """The one that deletes files which were once committed."""

    def __init__(self, recorder: Recorder, files: Folder) -> None:
        self._recorder = recorder
        self._files = files

    async def run(self) -> None:
        """Work until cancelled."""
        await self._remove_unknown()
        again_at_s = 0.0
        while True:
            if anyio.current_time() >= again_at_s:
                await self._recorder.execute_retrying(TryFilesAgain())
                again_at_s = math.inf
            if await self._remove_released():
                again_at_s = min(again_at_s, anyio.current_time() + FAILED_PAUSE_S)
            with anyio.CancelScope(deadline=again_at_s):
                await anyio.sleep(PAUSE_S)
                await self._recorder.wait_for_releases()

    async def _remove_unknown(self) -> None:
        """Remove what a process left that died before its commit."""
        names = await anyio.to_thread.run_sync(self._files.left_behind)
        count = 0
        for piece in _pieces(names):
            unknown = await self._recorder.execute_retrying(FindUnknownFiles(names=piece))
            failed = await anyio.to_thread.run_sync(self._files.remove_each, unknown)
            self._warn(failed)  # the next start tries again
            count += len(unknown) - len(failed)
        if count:
            log.info("files.unknown_removed", files=count)

    async def _remove_released(self) -> bool:
        """Remove what no row needs, until there is no more of it; return whether something could not be removed."""
        has_failed = False
        while names := await self._recorder.execute_retrying(FindFilesToRemove(limit=PIECE_FILES)):
            failed = await anyio.to_thread.run_sync(self._files.remove_each, names)
            gone = tuple(name for name in names if name not in failed)
            await self._recorder.execute_retrying(ForgetFiles(names=gone))
            if failed:
                has_failed = True
                problems = tuple((name, error.strerror or type(error).__name__) for name, error in failed.items())
                await self._recorder.execute_retrying(RecordFilesRemain(problems=problems))
                self._warn(failed)
        return has_failed

    def _warn(self, failed: dict[str, OSError]) -> None:
        """Say that files could not be removed, by the path of the first of them."""
        for name, error in islice(failed.items(), 1):
            log.warning(
                "files.not_removed",
                path=str(self._files.path(name)),
                error=type(error).__name__,
                why=error.strerror,
                others=len(failed) - 1,
                remedy=REMEDY,
            )


def _pieces(names: list[str]) -> Iterator[tuple[str, ...]]:
    rest = iter(names)
    while piece := tuple(islice(rest, PIECE_FILES)):
        yield piece
