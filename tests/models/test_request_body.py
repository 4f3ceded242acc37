"""The body of a request with pictures is JSON, exactly as long as it says, as often as it is read."""

import base64
import json
import tracemalloc
from pathlib import Path

import pytest

from files.folder import Folder
from models.entries import DataUrl, Picture
from models.request_body import PIECE_BYTES, RequestBody


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "files")
    made.make()
    return made


def kept(folder: Folder, content: bytes) -> Picture:
    name, file = folder.new(".png")
    with file:
        file.write(content)
    return Picture(name="a.png", stored=name, media_type="image/png", size=len(content), tokens=1, at=0)


async def sent(body: RequestBody) -> bytes:
    return b"".join([piece async for piece in body.pieces()])


@pytest.mark.parametrize("size", [0, 1, 2, 3, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES + 2])
async def test_a_picture_is_a_data_url_of_all_its_bytes(folder: Folder, size: int) -> None:
    """However many pieces it has; and once more, when the request is sent again."""
    content = bytes(number * 7 % 256 for number in range(size))
    body = RequestBody({"a": "é🙂", "url": [DataUrl(kept(folder, content)), DataUrl(kept(folder, b"two"))]}, folder)
    for _ in range(2):
        whole = await sent(body)
        assert len(whole) == body.size
        decoded = json.loads(whole)
        first, second = (base64.b64decode(url.removeprefix("data:image/png;base64,")) for url in decoded["url"])
        assert (decoded["a"], first, second) == ("é🙂", content, b"two")
    assert not isinstance(body.content(), bytes)


async def test_a_body_without_pictures_is_whole() -> None:
    """As it always was."""
    body = RequestBody({"a": ["é"]}, None)
    assert body.content() == '{"a":["é"]}'.encode()
    assert await sent(body) == body.content()
    assert body.size == 12


def test_a_number_that_json_does_not_have_is_not_sent() -> None:
    """It is a fault of ours."""
    with pytest.raises(ValueError, match="JSON"):
        RequestBody({"a": float("nan")}, None)


async def test_a_file_that_became_shorter_ends_the_request(folder: Folder) -> None:
    """It is an error of the disk, and not a body of another length."""
    picture = kept(folder, bytes(1000))
    body = RequestBody({"url": DataUrl(picture)}, folder)
    folder.path(picture.stored).write_bytes(b"short")
    with pytest.raises(OSError, match="shorter"):
        await sent(body)


async def test_a_picture_is_never_whole_in_memory(folder: Folder) -> None:
    """Ten megabytes cost less than two."""
    body = RequestBody({"url": DataUrl(kept(folder, bytes(10_000_000)))}, folder)
    tracemalloc.start()
    async for _ in body.pieces():
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000
