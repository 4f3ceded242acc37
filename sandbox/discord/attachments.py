"""What people and the bot attach: where it is kept, under which addresses, and until when ("Reference", section "CDN Formatting").

An address is signed, and is over after a while: `Attachments.expire` ends all that were given so far. A message always tells
addresses that hold.
"""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.discord.clock import Snowflakes
from sandbox.discord.things import Json

LIFE_S = 24 * 3600
"""How long an address holds by its own figures; they are hexadecimal seconds since 1970."""


class Attachments:
    """The files, and what happens to those who fetch them."""

    def __init__(self, ids: Snowflakes) -> None:
        self.files: dict[str, bytes] = {}
        """By path."""
        self.base_url = ""
        self.downloads: list[str] = []
        """The paths that were asked for, in order."""
        self.asked_at_s: dict[str, float] = {}
        """When each path was asked for first, on the event loop's clock."""
        self._ids = ids
        self._signature = 1
        self._cut: dict[str, int] = {}
        self._held: dict[str, asyncio.Event] = {}
        self._statuses: dict[str, list[int]] = {}
        self._endless: set[str] = set()

    def keep(self, name: str, data: bytes, kind: str, **more: object) -> Json:
        """Store a file and return its attachment object, as the world keeps it. "Message", section "Attachment Object"."""
        number = str(self._ids.next())
        safe = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)
        path = f"/attachments/{number}/{safe}"
        self.files[path] = data
        url = f"{self.base_url}{path}"
        return {
            "id": number,
            "filename": safe,
            "size": len(data),
            "url": url,
            "proxy_url": url,
            "content_type": kind,
            **more,
        }

    def told(self, attachments: list[Json], now_s: float) -> list[Json]:
        """Return attachment objects as Discord tells them now: with addresses that hold. Those of other hosts stay."""
        return [
            entry | {key: self._signed(str(entry[key]), now_s) for key in ("url", "proxy_url") if key in entry}
            for entry in attachments
        ]

    def _signed(self, url: str, now_s: float) -> str:
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" != self.base_url:
            return url
        until, since = int(now_s) + LIFE_S, int(now_s)
        return f"{self.base_url}{parts.path}?ex={until:x}&is={since:x}&hm={self._signature:x}&"

    # What happens to them

    def expire(self) -> None:
        """Let every address be over that was told so far."""
        self._signature += 1

    def lose(self, attachment: Json) -> None:
        """Let a file be gone, though its message still names it."""
        del self.files[urlsplit(attachment["url"]).path]

    def cut(self, attachment: Json, times: int = 1) -> None:
        """Let the next downloads of a file break off in the middle."""
        self._cut[urlsplit(attachment["url"]).path] = times

    def hold(self, attachment: Json) -> asyncio.Event:
        """Let downloads of a file stop in the middle until the event is set."""
        return self._held.setdefault(urlsplit(attachment["url"]).path, asyncio.Event())

    def answer(self, attachment: Json, status: int, times: int = 1) -> None:
        """Let the next downloads of a file be answered with this status, and without the file."""
        self._statuses[urlsplit(attachment["url"]).path] = [status] * times

    def swell(self, attachment: Json) -> None:
        """Let downloads of a file never end."""
        self._endless.add(urlsplit(attachment["url"]).path)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Give a file to whoever has an address that holds."""
        self.downloads.append(request.path)
        self.asked_at_s.setdefault(request.path, asyncio.get_running_loop().time())
        data = self.files.get(request.path)
        if data is None or request.query.get("hm") != f"{self._signature:x}":
            return web.Response(status=404, text="This content is no longer available.")
        if statuses := self._statuses.get(request.path):
            return web.Response(status=statuses.pop(), text="Something else than a file.")
        is_endless = request.path in self._endless
        response = web.StreamResponse(headers={} if is_endless else {"Content-Length": str(len(data))})
        with suppress(ConnectionError):  # whoever asked has left
            await response.prepare(request)
            while is_endless:
                await response.write(data)
            await response.write(data[: len(data) // 2])
            if request.path in self._held:
                await self._held[request.path].wait()
            if self._cut.get(request.path, 0) > 0:
                self._cut[request.path] -= 1
                if request.transport is not None:
                    request.transport.close()
                return response
            await response.write(data[len(data) // 2 :])
        return response
