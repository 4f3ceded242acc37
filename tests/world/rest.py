"""What a process uses of hikari's REST client, over the small Discord: its errors are hikari's and aiohttp's own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final, Protocol

import aiohttp
import anyio
import hikari
from hikari.internal.routes import GET_GATEWAY_BOT

from actors.courier.channel_reader import PAGE
from discord_api.rest import PageOverError
from messages.ids import ChannelId
from tests.world.discord import CLIENT_TIMEOUT_S, ONE_WAY_S, Channel, Discord, Kind, Message, RefusedError, Sent

_JSON: Final[Any] = {"Content-Type": "application/json"}
_URL: Final = "https://discord.invalid/"


class Life(Protocol):
    """The process that a client belongs to."""

    number: int
    is_alive: bool

    def boundary(self, name: str) -> None:
        """Mark a point after an effect that cannot be undone, at which a process may be killed."""
        ...


class Rest:
    """What one process sends to Discord."""

    def __init__(self, discord: Discord, life: Life, broken: Callable[[str], None]) -> None:
        self._discord = discord
        self._life = life
        self._broken = broken

    async def _request(self, kind: Kind, channel: int, do: Callable[[], Any]) -> Any:
        place = ChannelId(channel)
        self._still_alive()
        self._check_limits(kind, place)
        self._discord.sent.append(Sent(self._discord.clock.now_s, self._life.number, kind, place))
        trouble = self._discord.fate(kind, place)
        if trouble.fate == "crash":
            raise ZeroDivisionError("a bug")
        answer: list[Any] = []
        if trouble.fate in ("well", "lost", "hung"):
            answer = self._discord.land(do, ONE_WAY_S)
        elif trouble.fate == "refused":
            answer = [RefusedError(50013)]
        elif trouble.fate == "late" and kind in ("post", "react"):
            # A post that is repeated has the same nonce; nothing could tell a late edit from a newer one.
            self._discord.land(do, CLIENT_TIMEOUT_S + 2.0)
        slow = trouble.fate in ("hung", "hung_unsent", "late")
        await anyio.sleep(CLIENT_TIMEOUT_S if slow else ONE_WAY_S)
        self._life.boundary("landed")
        self._still_alive()
        await anyio.sleep(ONE_WAY_S)
        self._still_alive()
        match trouble.fate:
            case "limited" | "limited_everywhere":
                self._limited(kind, place, trouble.retry_after_s, everywhere=trouble.fate == "limited_everywhere")
            case "error":
                raise hikari.InternalServerError(_URL, 503, _JSON, b"", "", 0)
            case "unsent" | "lost":
                raise aiohttp.ServerDisconnectedError
            case "hung" | "hung_unsent" | "late":
                raise TimeoutError
            case _:
                pass
        (came,) = answer
        if isinstance(came, RefusedError):
            raise _refusal(came.code)
        return came

    def _still_alive(self) -> None:
        if not self._life.is_alive:
            raise asyncio.CancelledError

    def _check_limits(self, kind: Kind, channel: ChannelId) -> None:
        """Note a request that was made before the time that Discord said to wait for."""
        told = self._discord.limited_until_s
        for key in ((self._life.number, None, None), (self._life.number, channel, kind)):
            if self._discord.clock.now_s < told.get(key, 0.0):
                self._broken(f"{kind} in {channel} although Discord wants a pause")

    def _limited(self, kind: Kind, channel: ChannelId, retry_after_s: float, *, everywhere: bool) -> None:
        key = (self._life.number, None, None) if everywhere else (self._life.number, channel, kind)
        self._discord.limited_until_s[key] = self._discord.clock.now_s + retry_after_s
        raise hikari.RateLimitTooLongError(
            route=GET_GATEWAY_BOT.compile(),
            is_global=everywhere,
            retry_after=retry_after_s,
            max_retry_after=0.0,
            reset_at=0.0,
            limit=None,
            period=None,
        )

    def _check_pings(self, options: dict[str, Any]) -> None:
        named = ("mentions_everyone", "user_mentions", "role_mentions")
        if any(options.get(name) is not False for name in named) or options.get("mentions_reply") not in (False, None):
            self._broken("a message that pings")

    async def create_message(self, channel: int, text: str, **options: Any) -> Message:
        self._check_pings(options)
        reply_to = options.get("reply")
        ids = _custom_ids(options.get("components", ()))
        posted: Message = await self._request(
            "post",
            channel,
            lambda: self._discord.post(
                ChannelId(channel), text, None if reply_to is None else int(reply_to), options.get("nonce", ""), ids
            ),
        )
        return posted

    async def edit_message(self, channel: int, message: int, text: str, **options: Any) -> None:
        self._check_pings(options)
        ids = _custom_ids(options.get("components", ()))

        def edit() -> None:
            found = self._discord.find(ChannelId(channel), message)
            found.content, found.custom_ids = text, ids
            self._discord.saw_edit(found)

        await self._request("edit", channel, edit)

    async def delete_message(self, channel: int, message: int) -> None:
        def delete() -> None:
            self._discord.find(ChannelId(channel), message).gone = True

        await self._request("delete", channel, delete)

    async def add_reaction(self, channel: int, message: int, emoji: str) -> None:
        await self._request(
            "react", channel, lambda: self._discord.find(ChannelId(channel), message).reactions.add(emoji)
        )

    async def delete_my_reaction(self, channel: int, message: int, emoji: str) -> None:
        await self._request(
            "unreact", channel, lambda: self._discord.find(ChannelId(channel), message).reactions.discard(emoji)
        )

    async def fetch_message(self, channel: int, message: int) -> Message:
        found: Message = await self._request(
            "read_one", channel, lambda: self._discord.find(ChannelId(channel), message)
        )
        return found

    async def fetch_messages(self, channel: int, *, after: int) -> AsyncIterator[Message]:
        page: list[Message] = await self._request(
            "read", channel, lambda: self._discord.page(ChannelId(channel), after)
        )
        for message in page:
            yield message
        if len(page) == PAGE:
            raise PageOverError

    async def create_dm_channel(self, person: int) -> Channel:
        def find() -> Channel:
            return next(one for one in self._discord.channels.values() if one.person == person)

        opened: Channel = await self._request("open_dm", person, find)
        return opened


def _custom_ids(rows: Sequence[Any]) -> tuple[str, ...]:
    return tuple(button.custom_id for row in rows for button in row.components)


def _refusal(code: int) -> hikari.ClientHTTPResponseError:
    if code in (10003, 10008):
        return hikari.NotFoundError(_URL, _JSON, b"", "", code)
    return hikari.ForbiddenError(_URL, _JSON, b"", "", code)
