"""Files and messages are read from Discord alone, and only as much of them as a question may have."""

import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import hikari
import pytest
from aiohttp import web
from msgspec.structs import replace

import gateway
from discord_api import enclosure_reader
from discord_api.channel_tree import ChannelTree
from discord_api.enclosure_reader import TRIES, DiscordReader
from discord_api.enclosures import FILE_BYTES_MAX
from messages.enclosure import Enclosure
from messages.ids import ChannelId, MessageId
from messages.turn import Place
from tests.discord_api.test_enclosures import ALICE, BOB, attached, message

PLACE = Place(channel_id=ChannelId(1), reply_to=MessageId(2), question_id=MessageId(2))
FILE = Enclosure(kind="file", name="message.txt", media_type="text/plain")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class NoRest:
    """Discord, of whose messages nothing can be read."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    async def fetch_message(self, channel: int, message: int) -> hikari.Message:
        """Note what is asked for, and fail."""
        self.asked.append((channel, message))
        raise hikari.NotFoundError("https://discord.invalid/", {}, b"{}", "", 10008)


class Messages:
    """Discord, of which one message can be read."""

    def __init__(self) -> None:
        self._factory = gateway.listener("NA.x.y", "http://127.0.0.1", message_content=True).entity_factory

    def rest(self, **fields: Any) -> Any:
        """Return what reads Bob's message with these fields."""
        payload = message(author=BOB, **fields)

        class Rest:
            async def fetch_message(rest, _channel: int, _message: int) -> hikari.Message:  # noqa: N805 this is another one
                return self._factory.deserialize_message(payload)

        return Rest()


@pytest.fixture
def messages() -> Messages:
    """Discord's messages, as the gateway reads them."""
    return Messages()


@asynccontextmanager
async def host(handler: Handler) -> AsyncIterator[tuple[str, list[web.Request]]]:
    """Serve files on loopback, and note every request."""
    requests: list[web.Request] = []

    async def serve(request: web.Request) -> web.StreamResponse:
        requests.append(request)
        return await handler(request)

    app = web.Application()
    app.router.add_get("/{tail:.*}", serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", requests
    finally:
        await runner.cleanup()


def reader(*hosts: str, rest: Any = None) -> DiscordReader:
    """Return a reader that may read from these hosts."""
    fake = cast("hikari.api.RESTClient", rest or NoRest())
    return DiscordReader(fake, bot_id=3, channel_tree=ChannelTree(), hosts=hosts)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses are not what is tried here."""
    monkeypatch.setattr(enclosure_reader, "backoff_s", lambda *_, **__: 0.0)
    monkeypatch.setattr(enclosure_reader, "REST_PAUSE_S", 0.0)


def answer(body: bytes, content_type: str = "text/plain; charset=utf-8", status: int = 200, **headers: str) -> Handler:
    """Return a host that gives this answer to every request."""

    async def handle(_: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(body=body, status=status, headers={"Content-Type": content_type, **named})

    return handle


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("Grüße".encode(), "text/plain; charset=utf-8"),
        ("Grüße".encode(), "text/plain"),
        ("Grüße".encode(), "text/plain; charset=nonsense"),
        ("Grüße".encode("latin-1"), "text/plain; charset=latin-1"),
        ("Grüße".encode("utf-16"), "text/plain"),
        ("Grüße".encode("utf-8-sig"), "text/plain; charset=latin-1"),
    ],
)
async def test_a_text_is_read_in_the_charset_that_it_has(body: bytes, content_type: str) -> None:
    """By its byte order mark, by its type, or as UTF-8."""
    async with host(answer(body, content_type)) as (origin, _):
        read = await reader(origin).read(replace(FILE, url=f"{origin}/attachments/1/message.txt?ex=1&hm=2"), PLACE)
        assert read == replace(FILE, text="Grüße")


@pytest.mark.parametrize(
    "charset",
    [
        "undefined",
        "idna",
        "punycode",
        "utf-7",
        "unicode_escape",
        "raw_unicode_escape",
        "a\0b",
        "zip",
        "rot13",
        "\ud800",
    ],
)
def test_a_charset_that_no_text_has_is_not_looked_at(charset: str) -> None:
    """Python knows them all; they raise errors, take minutes, or make characters that no database stores."""
    text = enclosure_reader._decoded(b"+2AA- \\ud800 comet", f"text/plain; charset={charset}")
    assert text == "+2AA- \\ud800 comet"


@pytest.mark.parametrize(
    "charset", ["UTF-8", '"utf-16le"', "'big5'", "windows-1252", "Shift_JIS", "iso-8859-15", "koi8-r"]
)
def test_every_charset_of_texts_is_known(charset: str) -> None:
    """However its name is written."""
    name = charset.strip("\"'")
    assert enclosure_reader._decoded("comet".encode(name), f"text/plain; Charset={charset}") == "comet"


async def test_bytes_that_are_no_text_are_marked() -> None:
    """They are part of what the person sent; the rest can be read."""
    async with host(answer(b"A \xff comet")) as (origin, _):
        read = await reader(origin).read(replace(FILE, url=f"{origin}/x"), PLACE)
        assert read is not None
        assert read.text == "A \ufffd comet"


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x",
        "http://127.0.0.1/x",
        "http://localhost:{port}/x",
        "http://user@127.0.0.1:{port}/x",
        "http://127.0.0.1:{port}@evil.invalid/x",
        "http://127.0.0.1:{port}.evil.invalid/x",
        "http://evil.invalid#http://127.0.0.1:{port}/",
        "http://evil.invalid\\@127.0.0.1:{port}/x",
        "//127.0.0.1:{port}/x",
        "file:///etc/passwd",
        "http://[::1",
        "x",
    ],
)
async def test_nothing_is_read_from_elsewhere(url: str) -> None:
    """An address is read only when its scheme, host and port are those of Discord, whatever else it looks like."""
    async with host(answer(b"secret")) as (origin, requests):
        port = origin.rpartition(":")[2]
        assert await reader(origin).read(replace(FILE, url=url.replace("{port}", port)), PLACE) is None
        assert requests == []


async def test_discords_own_hosts_are_the_default() -> None:
    """The two that serve what people attach, over TLS."""
    assert enclosure_reader.ATTACHMENT_HOSTS == ("https://cdn.discordapp.com", "https://media.discordapp.net")
    async with host(answer(b"secret")) as (origin, requests):
        made = DiscordReader(cast("hikari.api.RESTClient", NoRest()), bot_id=3, channel_tree=ChannelTree())
        assert await made.read(replace(FILE, url=f"{origin}/x"), PLACE) is None
        assert requests == []


async def test_a_redirect_is_not_followed() -> None:
    """Not even to the same host: Discord's own hosts do not redirect."""
    async with host(answer(b"secret")) as (other, asked):
        for target in (f"{other}/x", "/elsewhere"):
            async with host(answer(b"", status=302, Location=target)) as (origin, requests):
                assert await reader(origin).read(replace(FILE, url=f"{origin}/x"), PLACE) is None
                assert [request.path for request in requests] == ["/x"]
        assert asked == []


async def test_what_is_too_large_is_not_read_to_its_end() -> None:
    """A host that promises little, or nothing, and sends without end is left."""
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        for _ in range(2000):
            await response.write(b"x" * 50_000)
            sent += 50_000
        return response

    async with host(endless) as (origin, _):
        assert await reader(origin).read(replace(FILE, url=f"{origin}/x"), PLACE) is None
        assert sent < 20 * FILE_BYTES_MAX


async def test_the_largest_file_that_is_read_is_read_whole() -> None:
    """To the last byte."""
    async with host(answer(b"x" * FILE_BYTES_MAX)) as (origin, _):
        read = await reader(origin).read(replace(FILE, url=f"{origin}/x"), PLACE)
        assert read is not None
        assert len(read.text or "") == FILE_BYTES_MAX


async def test_what_is_compressed_is_not_unpacked() -> None:
    """A few kilobytes can become gigabytes; Discord is asked not to compress."""
    bomb = gzip.compress(b"\0" * 20_000_000)
    async with host(answer(bomb, Content_Encoding="gzip")) as (origin, requests):
        assert await reader(origin).read(replace(FILE, url=f"{origin}/x"), PLACE) is None
        assert requests[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("status", [500, 502, 503, 429])
async def test_a_failure_is_tried_again_and_then_given_up(status: int) -> None:
    """Three times; one that ends before is not noticed."""
    async with host(answer(b"", status=status)) as (origin, requests):
        assert await reader(origin).read(replace(FILE, url=f"{origin}/x"), PLACE) is None
        assert len(requests) == TRIES
    tries = 0

    async def recovers(_: web.Request) -> web.StreamResponse:
        nonlocal tries
        tries += 1
        return web.Response(status=status) if tries < TRIES else web.Response(text="A comet?")

    async with host(recovers) as (origin, _):
        read = await reader(origin).read(replace(FILE, url=f"{origin}/x"), PLACE)
        assert read == replace(FILE, text="A comet?")


@pytest.mark.parametrize("status", [204, 206, 301, 400, 401, 451])
async def test_any_other_answer_is_no_text(status: int) -> None:
    """It is not tried again."""
    async with host(answer(b"", status=status)) as (origin, requests):
        assert await reader(origin).read(replace(FILE, url=f"{origin}/x"), PLACE) is None
        assert len(requests) == 1


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_an_address_that_expired_is_asked_for_anew(status: int) -> None:
    """The message knows the new one; where the message is gone, so is the file.

    Reported: discord/discord-api-docs#4651.
    """
    rest = NoRest()
    async with host(answer(b"", status=status)) as (origin, requests):
        assert await reader(origin, rest=rest).read(replace(FILE, url=f"{origin}/x"), PLACE) is None
        assert len(requests) == 1
    assert rest.asked == [(PLACE.channel_id, PLACE.question_id)]


async def test_a_file_of_spaces_is_no_question() -> None:
    """Nothing can be seen of it."""
    async with host(answer(b" \n\xe2\x80\x8b")) as (origin, _):
        assert await reader(origin).read(replace(FILE, url=f"{origin}/x"), PLACE) is None


async def test_a_thread_whose_beginning_is_gone_is_told_by_its_name() -> None:
    """Both places where it could be are looked at, and the question is asked all the same.

    Reported: CherryHQ/stella#1006.
    """
    rest = NoRest()
    thread = Enclosure(kind="thread", name="comets", origin=(ChannelId(10), MessageId(12)))
    assert await reader(rest=rest).read(thread, PLACE) == Enclosure(kind="thread", name="comets")
    assert rest.asked == [(10, 12), (12, 12)]


async def test_what_is_replied_to_is_read_where_discord_did_not_say_it(messages: Messages) -> None:
    """The author and the text, or that it is gone.

    Reported: NousResearch/hermes-agent#31440.
    """
    rest = messages.rest(content="Comets are <@4>.", mentions=[ALICE])
    unread = Enclosure(kind="reply", origin=(ChannelId(10), MessageId(90)))
    read = await reader(rest=rest).read(unread, PLACE)
    assert read == Enclosure(kind="reply", author="Bob", text="Comets are @Alice.")
    assert await reader().read(unread, PLACE) == Enclosure(kind="reply")


async def test_a_file_is_read_by_the_address_that_its_message_has_now(messages: Messages) -> None:
    """Addresses expire within a day.

    Reported: spacebarchat/server#1151.
    """
    paths: list[str] = []

    async def serve(request: web.Request) -> web.StreamResponse:
        paths.append(request.path)
        return web.Response(text="A comet?") if request.path == "/new" else web.Response(status=404)

    async with host(serve) as (origin, _):
        rest = messages.rest(attachments=[attached(url=f"{origin}/new")])
        read = await reader(origin, rest=rest).read(replace(FILE, url=f"{origin}/old"), PLACE)
        assert read == replace(FILE, text="A comet?")
        assert paths == ["/old", "/new"]


async def test_context_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch, messages: Messages) -> None:
    """Where many messages wait to be read, the question is asked without what it replies to."""
    monkeypatch.setattr(enclosure_reader, "CONTEXT_S", 0.01)
    rest = messages.rest(content="Ice")
    busy = reader(rest=rest)
    unread = Enclosure(kind="reply", origin=(ChannelId(10), MessageId(90)))
    async with busy._requests:
        assert await busy.read(unread, PLACE) == Enclosure(kind="reply")
    assert await busy.read(unread, PLACE) == Enclosure(kind="reply", author="Bob", text="Ice")
