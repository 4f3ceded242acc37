"""An upload that is let go of: hikari's real client, and a server on a real socket that reads slowly."""

import asyncio
from pathlib import Path

import hikari
import pytest

from discord_api.attached import attached
from discord_api.uploads import Upload
from files.folder import Folder
from messages.files import File
from messages.ids import TurnId

LARGE = b"\0" * 60_000_000
"""More than the sockets between a client and a server hold by themselves."""

PIECE = 65_536


class SlowServer:
    """Reads the beginning of a request, and the rest once it `may_go_on`."""

    def __init__(self) -> None:
        self.has_begun, self.may_go_on, self.is_over = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.read = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request."""
        self.read += len(await reader.read(PIECE))
        self.has_begun.set()
        await self.may_go_on.wait()
        while piece := await reader.read(PIECE):
            self.read += len(piece)
        writer.close()
        self.is_over.set()


@pytest.mark.parametrize("is_on_disk", [False, True])
async def test_the_rest_of_a_file_is_not_sent(tmp_path: Path, *, is_on_disk: bool) -> None:
    """Whoever wants to be forgotten meanwhile: Discord never has a whole request."""
    folder, stored = Folder(tmp_path), f"{0:032x}.bin"
    if is_on_disk:
        folder.path(stored).write_bytes(LARGE)
        file = File(name="comet.bin", stored=stored)
    else:
        file = File(name="comet.bin", content=LARGE)
    slow, upload = SlowServer(), Upload(TurnId(1))
    server = await asyncio.start_server(slow.serve, "127.0.0.1", 0, limit=PIECE)
    app = hikari.RESTApp(url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", max_retries=0)
    await app.start()
    async with app.acquire("token", "Bot") as rest, asyncio.timeout(30):
        sending = asyncio.create_task(rest.create_message(1, attachment=attached(file, folder, upload)))
        await slow.has_begun.wait()
        upload.is_given_up = True
        slow.may_go_on.set()
        with pytest.raises(hikari.HTTPError):
            await sending
        await slow.is_over.wait()
    assert slow.read < len(LARGE)
    await app.close()
    server.close()
