"""Files are fetched from Discord alone, to the disk, and only as much of them as is allowed; what they are is said by their content."""

import gzip
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from aiohttp import web
from msgspec.structs import replace

from current import Fixed
from discord_api import file_fetcher
from discord_api.file_fetcher import FETCHES_MAX, TRIES, FileFetcher, FileOverError, attachment_hosts
from files.folder import Folder
from messages.enclosure import Enclosure

FILE = Enclosure(kind="file", name="message.txt", media_type="text/plain", size=5)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


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


@pytest.fixture
def files(tmp_path: Path) -> Folder:
    """An empty folder of kept files."""
    folder = Folder(tmp_path / "files")
    folder.make()
    return folder


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses are not what is tried here."""
    monkeypatch.setattr(file_fetcher, "backoff_s", lambda *_, **__: 0.0)


def answer(body: bytes, content_type: str = "text/plain; charset=utf-8", status: int = 200, **headers: str) -> Handler:
    """Return a host that gives this answer to every request."""

    async def handle(_: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(body=body, status=status, headers={"Content-Type": content_type, **named})

    return handle


async def fetched(files: Folder, origin: str, file: Enclosure = FILE, bytes_max: int = 1_000_000) -> Enclosure | None:
    """Return what is fetched of a file from a host."""
    return await FileFetcher(files, hosts=[origin], bytes_max=Fixed(bytes_max)).fetch(
        replace(file, url=f"{origin}/x?ex=1&hm=2")
    )


async def test_a_file_is_stored_as_it_is(files: Folder) -> None:
    """With its size and its type, whatever its name and its host say; the address is not kept, and its signature was sent."""
    async with host(answer(b"%PDF-1.7 comet", "image/png")) as (origin, requests):
        found = await fetched(files, origin, replace(FILE, media_type="image/png"))
    assert found is not None
    assert (found.name, found.media_type, found.size, found.url, found.problem) == (
        "message.txt",
        "application/pdf",
        14,
        "",
        "",
    )
    assert [found.stored] == list(files.names())
    assert files.path(found.stored).read_bytes() == b"%PDF-1.7 comet"
    assert requests[0].query_string == "ex=1&hm=2"


async def test_what_nobody_can_read_is_not_kept(files: Folder) -> None:
    """Its problem is told, and its type."""
    for content, problem in ((b"", "empty"), (b"MZ\0\0" + bytes(100), "unknown_type"), (b"GIF89a\0", "damaged")):
        async with host(answer(content)) as (origin, _):
            found = await fetched(files, origin)
        assert found is not None
        assert (found.problem, found.stored) == (problem, "")
        assert list(files.names()) == []


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
async def test_nothing_is_fetched_from_elsewhere(files: Folder, url: str) -> None:
    """An address is asked only when its scheme, host and port are those of Discord, whatever else it looks like."""
    async with host(answer(b"secret")) as (origin, requests):
        port = origin.rpartition(":")[2]
        fetcher = FileFetcher(files, hosts=[origin])
        assert await fetcher.fetch(replace(FILE, url=url.replace("{port}", port))) is None
        assert requests == []


async def test_discords_own_hosts_are_the_default(files: Folder) -> None:
    """The two that serve what people attach, over TLS."""
    assert file_fetcher.ATTACHMENT_HOSTS == ("https://cdn.discordapp.com", "https://media.discordapp.net")
    async with host(answer(b"secret")) as (origin, requests):
        assert await FileFetcher(files).fetch(replace(FILE, url=f"{origin}/x")) is None
        assert requests == []


async def test_a_redirect_is_not_followed(files: Folder) -> None:
    """Not even to the same host: Discord's own hosts do not redirect."""
    async with host(answer(b"secret")) as (other, asked):
        for target in (f"{other}/x", "/elsewhere"):
            async with host(answer(b"", status=302, Location=target)) as (origin, requests):
                assert await fetched(files, origin) is None
                assert [request.path for request in requests] == ["/x"]
        assert asked == []


async def test_the_small_discord_of_tests_keeps_its_own_attachments() -> None:
    """Discord's REST does not."""
    assert attachment_hosts("https://discord.com/api/v10") == file_fetcher.ATTACHMENT_HOSTS
    assert attachment_hosts("http://127.0.0.1:80/api/v10") == (*file_fetcher.ATTACHMENT_HOSTS, "http://127.0.0.1:80")


def endless(sent: list[int], pieces: int = 2000) -> Handler:
    """Return a host that sends 50,000 bytes again and again."""

    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(pieces):
            await response.write(b"x" * 50_000)
            sent.append(50_000)
        return response

    return handle


async def test_what_is_too_large_by_discords_own_figures_is_not_asked_for(files: Folder) -> None:
    """Nothing is sent for it."""
    async with host(answer(b"x")) as (origin, requests):
        found = await fetched(files, origin, replace(FILE, size=1_000_001))
    assert found == replace(FILE, size=1_000_001, problem="too_large")
    assert requests == []


async def test_what_turns_out_to_be_too_large_is_not_read_to_its_end(files: Folder) -> None:
    """A host that promises little, and sends without end, is left."""
    sent: list[int] = []
    async with host(endless(sent)) as (origin, requests):
        found = await fetched(files, origin)
    assert found == replace(FILE, problem="too_large")
    assert sum(sent) < 20_000_000
    assert len(requests) == 1
    assert list(files.names()) == []


async def test_the_largest_file_is_stored_whole(files: Folder) -> None:
    """To the last byte."""
    async with host(answer(b"x" * 1_000_000)) as (origin, _):
        found = await fetched(files, origin)
    assert found is not None
    assert (found.size, found.problem) == (1_000_000, "")
    assert files.size(found.stored) == 1_000_000


async def test_a_large_file_is_never_in_memory(files: Folder) -> None:
    """Twenty megabytes go to the disk piece by piece."""
    sent: list[int] = []
    async with host(endless(sent, 400)) as (origin, _):
        fetcher = FileFetcher(files, hosts=[origin], bytes_max=Fixed(20_000_000))
        await fetcher.fetch(replace(FILE, url=f"{origin}/warm"))
        tracemalloc.start()
        try:
            found = await fetcher.fetch(replace(FILE, url=f"{origin}/x"))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert found is not None
    assert found.size == 20_000_000
    assert peak < 4_000_000


async def test_what_is_compressed_is_not_unpacked(files: Folder) -> None:
    """A few kilobytes can become gigabytes; Discord is asked not to compress."""
    bomb = gzip.compress(b"\0" * 20_000_000)
    async with host(answer(bomb, Content_Encoding="gzip")) as (origin, requests):
        assert await fetched(files, origin) is None
        assert requests[0].headers["Accept-Encoding"] == "identity"
    assert list(files.names()) == []


@pytest.mark.parametrize("status", [500, 502, 503, 429])
async def test_a_failure_is_tried_again_and_then_given_up(files: Folder, status: int) -> None:
    """Three times; one that ends before is not noticed."""
    async with host(answer(b"", status=status)) as (origin, requests):
        assert await fetched(files, origin) is None
        assert len(requests) == TRIES
    tries = 0

    async def recovers(_: web.Request) -> web.StreamResponse:
        nonlocal tries
        tries += 1
        return web.Response(status=status) if tries < TRIES else web.Response(text="A comet?")

    async with host(recovers) as (origin, _):
        found = await fetched(files, origin)
    assert found is not None
    assert [found.stored] == list(files.names())


async def test_a_file_that_is_cut_is_fetched_again(files: Folder) -> None:
    """Half a file is none."""
    tries = 0

    async def cuts(request: web.Request) -> web.StreamResponse:
        nonlocal tries
        tries += 1
        response = web.StreamResponse(headers={"Content-Length": "8"})
        await response.prepare(request)
        await response.write(b"A co")
        if tries < TRIES:
            assert request.transport is not None
            request.transport.close()
        else:
            await response.write(b"met?")
        return response

    async with host(cuts) as (origin, _):
        found = await fetched(files, origin)
    assert found is not None
    assert files.path(found.stored).read_bytes() == b"A comet?"
    assert len(list(files.names())) == 1


@pytest.mark.parametrize("status", [204, 206, 301, 400, 401, 451])
async def test_any_other_answer_is_no_file(files: Folder, status: int) -> None:
    """It is not tried again."""
    async with host(answer(b"", status=status)) as (origin, requests):
        assert await fetched(files, origin) is None
        assert len(requests) == 1
    assert list(files.names()) == []


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_an_address_that_is_over_is_told(files: Folder, status: int) -> None:
    """Whoever asked may know a newer one."""
    async with host(answer(b"", status=status)) as (origin, requests):
        with pytest.raises(FileOverError):
            await fetched(files, origin)
        assert len(requests) == 1
    assert list(files.names()) == []


async def test_a_host_that_falls_silent_is_left(files: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time after a while, and in all after a longer one."""
    monkeypatch.setattr(file_fetcher, "SILENCE_S", 0.05)

    async def silent(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"A co")
        await anyio.sleep_forever()
        return response

    async with host(silent) as (origin, requests):
        assert await fetched(files, origin) is None
        assert len(requests) == TRIES
        monkeypatch.setattr(file_fetcher, "SILENCE_S", 30.0)
        monkeypatch.setattr(file_fetcher, "FILE_S", 0.05)
        assert await fetched(files, origin) is None
    assert list(files.names()) == []


async def test_a_disk_that_is_full_leaves_nothing(files: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file cannot be fetched now."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(file_fetcher, "_finish", full)
    async with host(answer(b"A comet?")) as (origin, _):
        assert await fetched(files, origin) is None
    assert list(files.names()) == []


async def test_only_a_few_files_are_fetched_at_once(files: Folder) -> None:
    """Whoever waits comes next; cancelled, none leaves anything."""
    under_way = most = 0
    enough = FETCHES_MAX
    go_on, are_enough = anyio.Event(), anyio.Event()

    async def waits(_: web.Request) -> web.StreamResponse:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == enough:
            are_enough.set()
        await go_on.wait()
        under_way -= 1
        return web.Response(text="A comet?")

    async with host(waits) as (origin, _):
        fetcher = FileFetcher(files, hosts=[origin])
        async with anyio.create_task_group() as tasks:
            for number in range(2 * FETCHES_MAX):
                tasks.start_soon(fetcher.fetch, replace(FILE, url=f"{origin}/{number}"))
            await are_enough.wait()
            go_on.set()
        assert most == FETCHES_MAX
        assert len(list(files.names())) == 2 * FETCHES_MAX
        go_on, are_enough, enough = anyio.Event(), anyio.Event(), 1
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fetcher.fetch, replace(FILE, url=f"{origin}/last"))
            await are_enough.wait()
            tasks.cancel_scope.cancel()
        assert len(list(files.names())) == 2 * FETCHES_MAX
