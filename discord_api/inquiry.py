"""Asks Discord what it knows of the bot: reads only, a few requests at a time, each with a bound, for `causerie check`.

The running bot's client is another one: it shares its limits with answers, and wants no JSON that it does not need. These requests are few
and slow enough to stay out of the bot's way while it runs with the same token.
"""

import email.utils
import math
import time
from http import HTTPStatus
from types import TracebackType
from typing import Annotated, Final, Self, TypeVar

import aiohttp
import anyio
import msgspec
from msgspec import Meta, Struct

from discord_api.errors import cause_of
from network.proxies import Proxies
from network.tls import tls_context

AT_ONCE: Final = 4
INTERVAL_S: Final = 0.1
"""A fifth of what Discord allows a bot in a second, so that a running bot has the rest (Discord: Rate Limits)."""

ANSWER_S: Final = 10.0
WAIT_S_MAX: Final = 15.0
"""A longer limit than this is not waited for."""
TRIES: Final = 3
BYTES_MAX: Final = 16_000_000
"""The longest answer is a list of 500 channels with the overwrites of each."""

Snowflake = Annotated[str, Meta(pattern=r"^[0-9]{1,20}$")]
Bits = Annotated[str, Meta(pattern=r"^[0-9]{1,40}$")]
"""Permissions as Discord sends them: a number in a text."""

Body = TypeVar("Body")


class OwnUser(Struct, frozen=True, kw_only=True):
    """`GET /users/@me`."""

    id: Snowflake
    username: str


class Application(Struct, frozen=True, kw_only=True):
    """`GET /applications/@me` (Discord: Application, Application Object)."""

    id: Snowflake
    flags: int = 0
    bot_require_code_grant: bool = False
    interactions_endpoint_url: str | None = None
    approximate_guild_count: int = 0


class SessionStartLimit(Struct, frozen=True, kw_only=True):
    """How many IDENTIFYs are left; `reset_after` is in milliseconds (Discord: Gateway, Session Start Limit Object)."""

    total: int
    remaining: int
    reset_after: int


class GatewayAddress(Struct, frozen=True, kw_only=True):
    """`GET /gateway/bot`."""

    session_start_limit: SessionStartLimit


class Server(Struct, frozen=True, kw_only=True):
    """An entry of `GET /users/@me/guilds`; `permissions` are the bot's in the server, without overwrites."""

    id: Snowflake
    name: str
    permissions: Bits = "0"
    owner: bool = False


class Role(Struct, frozen=True, kw_only=True):
    """An entry of `GET /guilds/{guild}/roles`."""

    id: Snowflake
    permissions: Bits = "0"


class Overwrite(Struct, frozen=True, kw_only=True):
    """What a channel allows and denies a role (`type` 0) or a member (1), whatever the server says."""

    id: Snowflake
    type: int
    allow: Bits = "0"
    deny: Bits = "0"


class Channel(Struct, frozen=True, kw_only=True):
    """An entry of `GET /guilds/{guild}/channels`."""

    id: Snowflake
    type: int
    name: str = ""
    parent_id: Snowflake | None = None
    permission_overwrites: tuple[Overwrite, ...] = ()


class Member(Struct, frozen=True, kw_only=True):
    """`GET /guilds/{guild}/members/{user}`."""

    roles: tuple[Snowflake, ...] = ()
    communication_disabled_until: str | None = None


class InquiryError(Exception):
    """Discord gave no answer that can be used. The text says why, as the rest of a sentence; nothing that anybody wrote is in it."""

    def __init__(self, cause: str, *, status: int = 0) -> None:
        super().__init__(cause)
        self.status = status


class Inquiry:
    """A client that only reads, open within `async with`. `skew_s` is how far this machine's clock is ahead of Discord's."""

    def __init__(self, token: str, rest_url: str, proxies: Proxies) -> None:
        """Be ready to ask."""
        self._rest_url = rest_url
        self._headers = {"Authorization": f"Bot {token}", "User-Agent": "DiscordBot (causerie, check)"}
        proxy = proxies.for_url(rest_url)
        self._proxy = None if proxy is None else proxy.url
        self._room = anyio.CapacityLimiter(AT_ONCE)
        self._next_s = 0.0
        self.skew_s: float | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls_context()),
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=ANSWER_S),
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def get(self, path: str, kind: type[Body]) -> Body:
        """Return what Discord answers to a GET of this path; a rate limit is waited for, as far as it is short.

        :raises InquiryError: it answers nothing, an error, or something else
        """
        for _ in range(TRIES):
            async with self._room:
                await self._turn()
                wait_s = await self._once(path)
            if isinstance(wait_s, bytes):
                return _decoded(wait_s, kind)
            if wait_s > WAIT_S_MAX:
                raise InquiryError(f"allows the next request only in {wait_s:,.0f} seconds", status=429)
            self._next_s = max(self._next_s, anyio.current_time() + wait_s)
        raise InquiryError("allows no more requests now; try again in a minute", status=429)

    async def _turn(self) -> None:
        """Wait for the moment at which the next request may be sent."""
        at_s = max(self._next_s, anyio.current_time())
        self._next_s = at_s + INTERVAL_S
        await anyio.sleep_until(at_s)

    async def _once(self, path: str) -> bytes | float:
        """Return the body of the answer, or after how many seconds Discord wants to be asked again."""
        sent_s = time.time()
        try:
            async with self._session.get(self._rest_url + path, proxy=self._proxy, allow_redirects=False) as response:
                body = await _read(response)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise InquiryError(f"does not answer ({cause_of(error)})") from error
        self._learn_skew(response, sent_s)
        if response.status == HTTPStatus.OK:
            return body
        is_json = "json" in response.headers.get("Content-Type", "")
        if response.status == HTTPStatus.TOO_MANY_REQUESTS and is_json:
            return _wait_s(response)
        if response.status in (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS) and not is_json:
            raise InquiryError("has shut this machine's address out for a while", status=response.status)
        raise InquiryError(f"answers with status {response.status}", status=response.status)

    def _learn_skew(self, response: aiohttp.ClientResponse, sent_s: float) -> None:
        try:
            theirs = email.utils.parsedate_to_datetime(response.headers["Date"]).timestamp()
        except (KeyError, ValueError, TypeError, OverflowError):
            return
        # The header has whole seconds, and was written between the request and now.
        earliest_s, latest_s = sent_s - (theirs + 1), time.time() - theirs
        self.skew_s = 0.0 if earliest_s <= 0 <= latest_s else min(earliest_s, latest_s, key=abs)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = b""
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > BYTES_MAX:
            raise ValueError("too long")
    return body


def _wait_s(response: aiohttp.ClientResponse) -> float:
    try:
        wait_s = float(response.headers["Retry-After"])
    except (KeyError, ValueError):
        return 1.0
    return max(wait_s, INTERVAL_S) if math.isfinite(wait_s) else math.inf


def _decoded(body: bytes, kind: type[Body]) -> Body:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise InquiryError("answers something that is no answer to this") from error
