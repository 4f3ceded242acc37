"""A file that is being sent to Discord, and that may be let go of meanwhile: then the rest of it is not sent, and Discord has no whole request."""

from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Any, final

from hikari.files import AsyncReader, AsyncReaderContextManager

from messages.ids import TurnId


class GivenUpError(OSError):
    """Nobody wants the rest of a file to be sent."""


class Upload:
    """One request with files, about one turn."""

    def __init__(self, turn: TurnId) -> None:
        self.turn = turn
        self.is_given_up = False

    def read(self, opened: AsyncReaderContextManager[Any]) -> AsyncReaderContextManager[Any]:
        """Return a file that is read until the upload is given up; then `GivenUpError` is raised where it is read."""
        return _Opened(opened, self)


@final
class _Opened(AsyncReaderContextManager[Any]):
    def __init__(self, opened: AsyncReaderContextManager[Any], upload: Upload) -> None:
        self._opened, self._upload = opened, upload

    async def __aenter__(self) -> AsyncReader:
        return _Reader(await self._opened.__aenter__(), self._upload)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._opened.__aexit__(kind, error, trace)


@final
class _Reader(AsyncReader):
    def __init__(self, reader: AsyncReader, upload: Upload) -> None:
        self.filename, self.mimetype = reader.filename, reader.mimetype
        self._reader, self._upload = reader, upload

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        async for chunk in self._reader:
            if self._upload.is_given_up:
                raise GivenUpError("the upload is given up")
            yield chunk
