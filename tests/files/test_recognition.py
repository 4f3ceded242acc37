"""What a file is, is said by its content, whatever it is called; nothing of it is decoded."""

import random
import time
import tracemalloc
from pathlib import Path

import pytest

from files.recognition import DOCX, PDF, PIXELS_MAX, TEXT, Recognised, recognise
from messages.enclosure import Problem

FIXTURES = Path(__file__).parents[1] / "fixtures"


def written(folder: Path, content: bytes, declared: str = "") -> Recognised:
    """Return what a file with this content is."""
    path = folder / "file"
    path.write_bytes(content)
    return recognise(path, declared)


@pytest.mark.parametrize(
    ("name", "media_type", "width", "height", "problem"),
    [
        ("photo.jpg", "image/jpeg", 640, 480, ""),
        ("photo.png", "image/png", 64, 48, ""),
        ("photo.webp", "image/webp", 64, 48, ""),
        ("still.gif", "image/gif", 32, 32, ""),
        ("comment.jpg", "image/jpeg", 64, 48, ""),
        ("photo.heic", "image/heic", 0, 0, "heic"),
        ("animated.gif", "image/gif", 32, 32, "animated"),
        ("animated.webp", "image/webp", 32, 32, "animated"),
        ("vast.png", "image/png", 50_000, 50_000, "picture_too_large"),
    ],
)
def test_a_picture_has_the_size_that_its_header_says(
    name: str, media_type: str, width: int, height: int, problem: Problem
) -> None:
    """What no model takes has its problem."""
    known = recognise(FIXTURES / "pictures" / name)
    assert known == Recognised(media_type=media_type, width=width, height=height, problem=problem)


@pytest.mark.parametrize(
    ("name", "media_type", "seconds"),
    [
        ("voice.ogg", "audio/ogg", 1.2),
        ("voice.mp3", "audio/mpeg", 1.2),
        ("voice.m4a", "audio/mp4", 1.2),
        ("voice.flac", "audio/flac", 1.2),
        ("long.flac", "audio/flac", 4000.0),
    ],
)
def test_a_recording_has_the_length_that_its_header_says(name: str, media_type: str, seconds: float) -> None:
    """To a tenth of it."""
    known = recognise(FIXTURES / "audio" / name)
    assert (known.media_type, known.problem) == (media_type, "")
    assert known.seconds == pytest.approx(seconds, rel=0.25)


def test_a_container_is_audio_where_discord_says_so() -> None:
    """Its content does not tell; a film is nothing that a model takes."""
    webm = FIXTURES / "audio" / "voice.webm"
    assert recognise(webm, "audio/webm").media_type == "audio/webm"
    assert recognise(webm, "video/webm") == Recognised(media_type="video/webm", problem="unknown_type")


@pytest.mark.parametrize("name", sorted(path.name for path in (FIXTURES / "documents").iterdir()))
def test_documents_are_what_they_are(name: str) -> None:
    """PDFs, also damaged ones, DOCX, and texts in every charset."""
    types = {".pdf": PDF, ".docx": DOCX, ".txt": TEXT}
    assert recognise(FIXTURES / "documents" / name) == Recognised(media_type=types[Path(name).suffix])


@pytest.mark.parametrize(
    "content",
    [
        b"What is a comet?",
        b'{"a": [1, 2]}',
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"BM is the abbreviation of benchmark",
        b"MZ is a chemical symbol of nothing",
        b"GIF89a is a format",
        b"\x1b[31mred\x1b[0m\r\n",
        "Grüße".encode("latin-1"),
        "Комета".encode("koi8-r"),
        "彗星".encode("utf-16"),
        "\N{COMET}".encode("utf-16"),
        ("x" * 32767 + "\U0001f680").encode("utf-16"),
    ],
)
def test_a_text_is_a_text_however_it_begins(tmp_path: Path, content: bytes) -> None:
    """Some begin as a picture or a program does."""
    assert written(tmp_path, content) == Recognised(media_type=TEXT)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"MZ\x90\0\x03\0\0\0" + bytes(100), "application/x-msdownload"),
        (b"PK\x03\x04" + bytes(100), "application/zip"),
        (b"{\\rtf1\\ansi Hello}", "application/rtf"),
        (b"\x7fELF\x02\x01\x01" + bytes(100), "application/x-executable"),
        (b"BM" + bytes(100), "image/bmp"),
        (b"#!AMR\n" + bytes(50), "audio/amr"),
        (b"no type\0 that anybody knows", "application/octet-stream"),
    ],
)
def test_what_no_model_takes_is_told_so(tmp_path: Path, content: bytes, media_type: str) -> None:
    """Also pictures and recordings of other types."""
    assert written(tmp_path, content) == Recognised(media_type=media_type, problem="unknown_type")


def test_a_file_whose_name_lies_is_what_its_content_says(tmp_path: Path) -> None:
    """A picture called a text, and declared as one."""
    lying = tmp_path / "notes.txt"
    lying.write_bytes((FIXTURES / "pictures" / "photo.png").read_bytes())
    assert recognise(lying, "text/plain").media_type == "image/png"


def test_an_empty_file_is_empty(tmp_path: Path) -> None:
    """Whatever it is called."""
    assert written(tmp_path, b"").problem == "empty"


@pytest.mark.parametrize(("name", "size"), [("photo.jpg", 100), ("photo.png", 12), ("photo.webp", 20)])
def test_half_a_header_is_damaged(tmp_path: Path, name: str, size: int) -> None:
    """A picture of which even its size is missing."""
    assert written(tmp_path, (FIXTURES / "pictures" / name).read_bytes()[:size]).problem == "damaged"


def test_a_picture_of_so_many_pixels_is_the_largest(tmp_path: Path) -> None:
    """One more row is too many."""
    header = (FIXTURES / "pictures" / "photo.png").read_bytes()
    for height, problem in ((8000, ""), (8001, "picture_too_large")):
        sized = header[:16] + (8000).to_bytes(4) + height.to_bytes(4) + header[24:]
        assert written(tmp_path, sized).problem == problem
    assert PIXELS_MAX == 8000 * 8000


def gif(*blocks: bytes, flags: int = 0) -> bytes:
    """Return a GIF with these blocks."""
    return b"GIF89a" + b"\x20\0\x20\0" + bytes([flags]) + b"\0\0" + b"".join(blocks)


FRAME = b",\0\0\0\0\x20\0\x20\0\0" + b"\x02" + b"\x03abc\0"


def test_a_gif_is_animated_when_it_has_two_frames(tmp_path: Path) -> None:
    """Comments and pauses do not count, and neither does what follows its end."""
    pause = b"!\xf9\x04\0\x0a\0\0\0"
    comment = b"!\xfe\x05hello\0"
    for content, problem in (
        (gif(comment, pause, FRAME, comment, b";", FRAME), ""),
        (gif(pause, FRAME, pause, FRAME, b";"), "animated"),
        (gif(FRAME), ""),
        (gif(FRAME + b",\0"), "animated"),
    ):
        assert written(tmp_path, content).problem == problem
    colours = bytes(3 * 4)
    assert written(tmp_path, gif(colours, FRAME, b";", flags=0b10000001)).problem == ""


def test_a_gif_without_end_is_not_read_without_end(tmp_path: Path) -> None:
    """Blocks of one byte are read for a moment only."""
    begun = time.perf_counter()
    assert written(tmp_path, gif(FRAME[:-1] + b"\x01a" * 5_000_000)).problem == "animated"
    assert time.perf_counter() - begun < 5


def test_the_largest_bomb_costs_no_memory(tmp_path: Path) -> None:
    """A picture that would have ten gigabytes of pixels, and a file of twenty megabytes."""
    large = tmp_path / "large"
    large.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20_000_000))
    recognise(large)
    tracemalloc.start()
    try:
        recognise(FIXTURES / "pictures" / "vast.png")
        recognise(large)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000


@pytest.mark.parametrize("seed", range(20))
def test_nothing_that_is_cut_or_broken_raises_anything(tmp_path: Path, seed: int) -> None:
    """Whatever the libraries make of a header that somebody wrote by hand."""
    chosen = random.Random(seed)
    paths = [
        path
        for folder in ("pictures", "audio")
        for path in (FIXTURES / folder).iterdir()
        if path.stat().st_size < 100_000
    ]
    for path in sorted(paths):
        content = bytearray(path.read_bytes())
        for _ in range(chosen.randrange(1, 40)):
            content[chosen.randrange(min(len(content), 300))] = chosen.randrange(256)
        written(tmp_path, bytes(content[: chosen.randrange(1, len(content))]), chosen.choice(["", "audio/x"]))
