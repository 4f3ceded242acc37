"""The sandbox's own web server: the page on which people talk with the bot, and the JSON that the page uses.

It listens on 127.0.0.1 and answers only this machine's programs and its own page; see `own_page.py`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec
from aiohttp import WSMsgType, web

from sandbox.behind import Behind
from sandbox.deeds import AnyDeed
from sandbox.discord import DiscordSandbox, NeverHappenedError, NoSuchCommandError, NotPossibleError
from sandbox.discord.interactions import InteractionFailedError
from sandbox.own_page import complaint_about_sender
from sandbox.said import Said, catalogues
from sandbox.web_deeds import Deeds, NotThereError
from sandbox.web_message import shown_type
from sandbox.web_view import file_of, people, view

PAGE: Final = Path(__file__).parent / "page"
FILES: Final = {"/": "index.html"} | {
    f"/{path.relative_to(PAGE).as_posix()}": path.relative_to(PAGE).as_posix()
    for path in sorted(PAGE.rglob("*"))
    if path.suffix in {".js", ".css"}
}
"""What the page is made of, by address."""

# Everything comes from this server and no script stands in the page, so that text which passed as markup could do nothing.
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

# How long a WebSocket waits for a change before it looks again by itself.
LOOK_AGAIN_S: Final = 3600.0

BEHIND_EVERY_S: Final = 0.4
"""How often the page is told what happens behind it."""

NAME_CHARS: Final = 32
"""Of a person's name (Discord: User, Usernames and Nicknames)."""

DEED_BYTES_MAX: Final = 160 * 1024 * 1024
"""Ten files of 10 MiB in base64, and the rest."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Web:
    """`async with Web(discord) as web`: the page at `web.url`."""

    def __init__(self, discord: DiscordSandbox, port: int = 0) -> None:
        """Be ready to serve a page on which people use this small Discord, on this port or, with 0, on one that the system chooses."""
        self.url = ""
        self._port = port
        self.notices: list[Said] = []
        self.behind: Behind | None = None
        """What the page tells of the bot behind it; None until there is a bot."""
        self._discord = discord
        self._deeds = Deeds(discord)

    async def __aenter__(self) -> Self:
        """Listen on a port of 127.0.0.1.

        :raises OSError: the port is taken, or only root may have it
        """
        app = web.Application(middlewares=[_guard], client_max_size=DEED_BYTES_MAX)
        for path in FILES:
            app.router.add_get(path, self._file)
        app.router.add_get("/languages.json", self._languages)
        app.router.add_get("/live", self._live)
        app.router.add_get("/live/behind", self._live_behind)
        app.router.add_post("/api/trouble", self._trouble)
        app.router.add_get("/attachments/{tail:.*}", self._attachment)
        app.router.add_get("/api/people", self._people)
        app.router.add_post("/api/people", self._add_person)
        app.router.add_get("/api/view", self._view)
        app.router.add_post("/api/deeds", self._deed)
        # A page that is open holds a WebSocket; it shall not hold the server.
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening."""
        await self._runner.cleanup()

    def notice(self, key: str, *, for_s: float | None = None, **values: Any) -> None:
        """Show a notice above everybody's messages until the next one, or for so many seconds; an empty key shows none."""
        self.notices = [Said(f"notice.{key}", values)] if key else []
        self._discord.world.changes.happened()
        if for_s is not None:
            asyncio.get_running_loop().call_later(for_s, self._withdraw, self.notices)

    def _withdraw(self, notices: list[Said]) -> None:
        if self.notices is notices:
            self.notice("")

    def _seen(self, http: web.Request) -> dict[str, Any]:
        person = self._deeds.person(http.query.get("person", "Alice"))
        channel = self._deeds.channel(person, http.query.get("channel") or "general")
        typing = self._deeds.typing(channel, person)
        seen = view(self._discord, person, channel, self._deeds.interactions.values(), typing)
        behind = self.behind
        return {
            **seen,
            "me": {**seen["me"], "status": None if behind is None else behind.status(person.id)},
            "admin": "" if behind is None else behind.admin,
            "has_small_model": behind is not None and behind.has_small_model,
            "notices": self.notices,
        }

    async def _live(self, http: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(http)
        telling = asyncio.create_task(self._tell(http, socket))
        try:
            async for message in socket:
                if message.type == WSMsgType.ERROR:
                    break
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
        return socket

    async def _tell(self, http: web.Request, socket: web.WebSocketResponse) -> None:
        """Send the view each time it has changed. Only the newest is sent, so a slow page gets fewer of them."""
        last: dict[str, Any] | None = None
        with suppress(ConnectionError):
            while True:
                try:
                    await self._discord.until(lambda: self._seen(http) != last, timeout_s=LOOK_AGAIN_S)  # noqa: B023  # asked before `last` changes
                    last = self._seen(http)
                except NeverHappenedError:
                    continue
                except NotThereError:
                    # The channel was deleted while somebody looked at it, or the address is of an older sandbox.
                    await socket.close(code=4000, message=b"gone")
                    return
                await socket.send_str(msgspec.json.encode(last).decode())

    async def _live_behind(self, http: web.Request) -> web.StreamResponse:
        """Tell what happens behind the page, a few times a second while it changes."""
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(http)
        last: dict[str, Any] | None = None
        with suppress(ConnectionError):
            while not socket.closed:
                seen = {} if self.behind is None else await self.behind.seen()
                if seen != last:
                    await socket.send_str(msgspec.json.encode(seen).decode())
                    last = seen
                with suppress(TimeoutError):
                    await socket.receive(timeout=BEHIND_EVERY_S)
        return socket

    async def _trouble(self, http: web.Request) -> web.StreamResponse:
        body = await _body(http, dict[str, str])
        if self.behind is None:
            raise NotPossibleError("there is no bot yet", "no_bot")
        self.behind.trouble.make(body["kind"])
        return _json({})

    async def _file(self, http: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / FILES[http.path])

    async def _languages(self, http: web.Request) -> web.StreamResponse:  # noqa: ARG002
        return _json(catalogues())

    async def _attachment(self, http: web.Request) -> web.StreamResponse:
        data = file_of(self._discord, self._deeds.person(http.query.get("person", "")), http.path)
        if data is None:
            raise NotThereError("that file is gone, or was never yours to see")
        shown = shown_type(data)
        if shown is not None:
            return web.Response(body=data, content_type=shown)
        # To be stored, never to be shown: what a bot attaches is not this page's own.
        headers = {"Content-Type": "application/octet-stream", "Content-Disposition": "attachment"}
        return web.Response(body=data, headers=headers)

    async def _people(self, http: web.Request) -> web.StreamResponse:  # noqa: ARG002
        return _json({"people": people(self._discord)})

    async def _add_person(self, http: web.Request) -> web.StreamResponse:
        body = await _body(http, dict[str, str])
        name = body["name"].strip()
        if not 0 < len(name) <= NAME_CHARS:
            raise NotPossibleError("a name has 1 to 32 characters", "name_wrong")
        if name in self._discord.people:
            raise NotPossibleError(f"somebody is called {name!r} already", "name_taken", name=name)
        self._discord.add_person(name)
        return _json({"people": people(self._discord)})

    async def _view(self, http: web.Request) -> web.StreamResponse:
        return _json(self._seen(http))

    async def _deed(self, http: web.Request) -> web.StreamResponse:
        done = await self._deeds.do(await _body(http, AnyDeed))
        self._discord.world.changes.happened()
        return _json(done)


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests of other sites' pages, and answer errors with a sentence."""
    complaint = complaint_about_sender(request)
    if complaint is not None:
        return _json({"error": complaint}, status=403)
    if request.method == "POST" and request.content_type != "application/json":
        # A form of another site can send anything but this without a preflight request.
        return _json({"error": "send application/json"}, status=415)
    try:
        response = await handler(request)
    except NotThereError as error:
        return _refusal(str(error), 404)
    except NotPossibleError as error:
        said = Said(f"error.{error.key}", error.values) if error.key else None
        return _refusal(str(error), 409, said)
    except NoSuchCommandError as error:
        return _refusal(str(error), 409, Said("error.option", {"reason": str(error)}))
    except InteractionFailedError as error:
        return _refusal(str(error), 409)
    except (msgspec.DecodeError, TypeError, ValueError, KeyError) as error:
        return _refusal(f"that was not understood: {error}", 400)
    if not response.prepared:
        response.headers.update(HEADERS)
    return response


def _refusal(text: str, status: int, said: Said | None = None) -> web.Response:
    """Return why something was not done, in English, and as the sentence by which the page says it, if there is one."""
    return _json({"error": text, "said": said}, status=status)


async def _body(http: web.Request, kind: Any) -> Any:
    return msgspec.json.decode(await http.read(), type=kind)


def _json(body: Any, *, status: int = 200) -> web.Response:
    return web.Response(
        status=status, body=msgspec.json.encode(body, enc_hook=str), content_type="application/json", headers=HEADERS
    )
