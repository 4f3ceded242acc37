"""Pictures in a response, however it is cut into reads."""

import base64
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from files.folder import Folder
from models import picture_sieve
from models.picture_sieve import PictureError, PictureSieve

ONE, TWO = random.Random(1).randbytes(3_001), random.Random(2).randbytes(70_000)


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


EVENTS = (
    'event: image_generation.partial_image\ndata: {"background":"b","b64_json" : "' + encoded(ONE) + '","size":"b"}\n\n'
    'data: {"b64_json":"' + encoded(TWO).replace("/", "\\/") + '","b":"b64_json"}\n\n'
    'data: {"b64_json":"data:image/png;base64,' + encoded(ONE) + '"}\n\n'
    'data: {"b64_json":null,"b64_json":"","usage":{"b":1}}\n\ndata: {"b'
).encode()
LEFT = (
    b'event: image_generation.partial_image\ndata: {"background":"b","b64_json" : "0","size":"b"}\n\n'
    b'data: {"b64_json":"1","b":"b64_json"}\n\ndata: {"b64_json":"2"}\n\n'
    b'data: {"b64_json":null,"b64_json":"3","usage":{"b":1}}\n\ndata: {"b'
)


async def cut(body: bytes, sizes: tuple[int, ...], rng: random.Random) -> AsyncIterator[bytes]:
    start = 0
    while start < len(body):
        end = start + rng.choice(sizes)
        yield body[start:end]
        start = end


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "files")
    made.make()
    return made


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("sizes", [(0, 1, 2, 3, 5, 7, 40), (64, 1_000, 65_536)])
async def test_any_cutting_gives_the_same_pictures(folder: Folder, seed: int, sizes: tuple[int, ...]) -> None:
    """In the middle of a key, of an escape, of a group of four characters: the JSON keeps numbers, the disk gets the bytes."""
    sieve = PictureSieve(folder)
    body = (
        EVENTS
        if seed < 2 or sizes[-1] > 40
        else EVENTS.replace(encoded(TWO).replace("/", "\\/").encode(), encoded(TWO[:99]).encode())
    )
    expected = (ONE, TWO if body is EVENTS else TWO[:99], ONE, b"")
    left = b"".join([read async for read in sieve.reads(cut(body, sizes, random.Random(seed)))])
    assert left == LEFT
    names = [sieve.name(str(number)) for number in range(4)]
    assert [folder.path(name or "").read_bytes() for name in names] == list(expected)
    assert sorted(folder.names()) == sorted(name or "" for name in names)


async def test_an_event_is_given_with_the_read_that_completes_it(folder: Folder) -> None:
    """Only what may be the beginning of a picture waits for the next read."""

    async def body() -> AsyncIterator[bytes]:
        for read in (b'data: {"background":"opaque"}\n\n', b'data: {"b64', b'"}', b'data: {"b64_json":', b'{"x":1}'):
            yield read

    reads = [read async for read in PictureSieve(folder).reads(body())]
    assert reads == [
        b'data: {"background":"opaque"}\n\n',
        b"data: {",
        b'"b64"}',
        b"data: {",
        b'"b64_json":{"x":1}',
        b"",
    ]


@pytest.mark.parametrize(
    "value", ["no base64!", "QUJD*", "QUJ", "data:image/png;base64", "data:" + "x" * 200 + ",", "Q=JD"]
)
async def test_what_is_no_base64_is_no_picture(folder: Folder, value: str) -> None:
    """It is refused, and nothing of it stays on disk once that is wanted."""
    sieve = PictureSieve(folder)
    body = f'{{"b64_json":"{value}"}}'.encode()
    with pytest.raises(PictureError):
        _ = [read async for read in sieve.reads(cut(body, (7,), random.Random(0)))]
    sieve.remove()
    assert list(folder.names()) == []


async def test_what_is_too_large_or_too_much_is_refused(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server gone wrong fills neither the memory nor the disk; what is just small enough is kept."""
    monkeypatch.setattr(picture_sieve, "PICTURE_BYTES_MAX", len(ONE))
    for content, fits in ((ONE, True), (ONE + b"x", False)):
        sieve = PictureSieve(folder)
        reads = sieve.reads(cut(json.dumps({"b64_json": encoded(content)}).encode(), (100,), random.Random(0)))
        if fits:
            _ = [read async for read in reads]
        else:
            with pytest.raises(PictureError, match="too large"):
                _ = [read async for read in reads]
        sieve.remove()
    many = json.dumps([{"b64_json": ""}] * (picture_sieve.PICTURES_MAX + 1)).encode()
    sieve = PictureSieve(folder)
    with pytest.raises(PictureError, match="too many"):
        _ = [read async for read in sieve.reads(cut(many, (100,), random.Random(0)))]
    sieve.remove()
    assert list(folder.names()) == []


async def test_a_picture_that_somebody_else_has_stays(folder: Folder) -> None:
    """An unfinished one goes, also where the response broke off in the middle of it."""
    sieve = PictureSieve(folder)
    body = EVENTS[: EVENTS.index(b'"b64_json":"') + 500]
    _ = [read async for read in sieve.reads(cut(body, (100,), random.Random(0)))]
    kept = sieve.name("0") or ""
    assert len(list(folder.names())) == 2
    sieve.remove(but=frozenset({kept}))
    assert list(folder.names()) == [kept]
    assert sieve.name("16") is sieve.name("²") is sieve.name(0) is None
