"""What stands behind a picture in its file is found, whatever it is, and nothing of the picture is taken away."""

import random
import time
from pathlib import Path

import pytest

from files.picture_end import end_of
from files.recognition import recognise

PICTURES = Path(__file__).parents[1] / "fixtures" / "pictures"
TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif"}
STILL = ["photo.png", "photo.jpg", "comment.jpg", "drawn.jpeg", "sketch.jpeg", "photo.webp", "still.gif"]


@pytest.mark.parametrize("name", STILL)
@pytest.mark.parametrize(
    "behind", [b"PK\x03\x04an archive", b"\xff\xd8\xff\xe0another", b"GIF89a;\xff\xd9", bytes(100)]
)
def test_a_picture_ends_where_it_ends(tmp_path: Path, name: str, behind: bytes) -> None:
    """As it was made, nothing stands behind it; an archive, another picture or a film that somebody appends does."""
    picture = (PICTURES / name).read_bytes()
    assert recognise(PICTURES / name).end is None
    path = tmp_path / "both"
    path.write_bytes(picture + behind)
    found = recognise(path)
    assert (found.media_type, found.end, found.problem) == (TYPES[Path(name).suffix], len(picture), "")


@pytest.mark.parametrize("name", STILL)
def test_a_picture_that_breaks_off_has_no_end(tmp_path: Path, name: str) -> None:
    """Or one that lies beyond what there is; nothing is raised."""
    picture = (PICTURES / name).read_bytes()
    for size in range(1, len(picture), 1 + len(picture) // 50):
        path = tmp_path / "half"
        path.write_bytes(picture[:size])
        assert recognise(path).end is None


@pytest.mark.parametrize("name", STILL)
def test_a_picture_that_is_broken_raises_nothing(tmp_path: Path, name: str) -> None:
    """Twenty of each, with bytes changed at random."""
    for seed in range(20):
        chosen = random.Random(seed)
        picture = bytearray((PICTURES / name).read_bytes())
        for _ in range(10):
            picture[chosen.randrange(len(picture))] = chosen.randrange(256)
        path = tmp_path / "broken"
        path.write_bytes(picture)
        found = recognise(path).end
        assert found is None or 0 < found < len(picture)


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\n" + bytes(12) * 1_600_000),
        ("image/jpeg", b"\xff\xd8" + b"\xff\x01" * 10_000_000),
        ("image/jpeg", b"\xff\xd8" + b"\xff" * 20_000_000),
        ("image/jpeg", b"\xff\xd8" + b"\xff\x00" * 10_000_000),
        ("image/gif", b"GIF89a" + bytes(7) + b"!\xff\x01a" * 5_000_000),
    ],
)
def test_twenty_megabytes_of_parts_are_not_read_without_end(tmp_path: Path, media_type: str, content: bytes) -> None:
    """A part of one byte is still a part."""
    path = tmp_path / "endless"
    path.write_bytes(content)
    begun = time.perf_counter()
    assert end_of(path, media_type) is None
    assert time.perf_counter() - begun < 5.0
