"""What servers write that is no JSON, and characters whose halves come apart."""

import msgspec
import pytest

from models.lenient_json import Halves, parsed, without_halves


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'{"a": -Infinity}', {"a": float("-inf")}),
        (b'{"a": "x\ny\tz"}', {"a": "x\ny\tz"}),
        (b'{"a": "\\ud83d"}', {"a": "\ud83d"}),
        (b'{"a": "\xed\xa0\xbd"}', {"a": "\ud83d"}),
    ],
)
def test_what_servers_write_is_read(data: bytes, said: object) -> None:
    """JSON, and what Python's and JavaScript's servers take for it."""
    assert parsed(data) == said


@pytest.mark.parametrize("data", [b"", b"{", b'{"a": "x', b"Hello", b'{"a": 1} {"b": 2}', b'{"a": \xff}', b"\xff"])
def test_what_is_cut_off_or_no_json_is_refused(data: bytes) -> None:
    """Half an object is never taken for a whole one."""
    with pytest.raises(msgspec.DecodeError):
        parsed(data)


@pytest.mark.parametrize("text", ["Hi 😀!", "😀😀", "👌", "ab", "", "é😀\ufffd"])
def test_a_text_that_is_cut_anywhere_by_utf_16_is_the_same_text(text: str) -> None:
    """However many pieces there are, and also one for each half of a character."""
    units = [text.encode("utf-16-le")[at : at + 2] for at in range(0, len(text.encode("utf-16-le")), 2)]
    halves = [unit.decode("utf-16-le", "surrogatepass") for unit in units]
    for size in (1, 2, 3):
        joined = Halves()
        pieces = ["".join(halves[at : at + size]) for at in range(0, len(halves), size)]
        assert "".join(joined.joined(piece) for piece in pieces) + joined.rest() == text


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (("a\ud83d", "b"), "a\ufffdb"),
        (("\ude00a",), "\ufffda"),
        (("\ud83d", "\ud83d", "\ude00"), "\ufffd😀"),
        (("a", "\ud83d"), "a\ufffd"),
    ],
)
def test_a_half_that_stays_alone_is_shown_as_one(pieces: tuple[str, ...], text: str) -> None:
    """No text with half a character reaches Discord or a file: neither takes it."""
    joined = Halves()
    assert "".join(joined.joined(piece) for piece in pieces) + joined.rest() == text
    assert without_halves("".join(pieces)) == text
