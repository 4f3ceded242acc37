"""Documents share their room fairly."""

from hypothesis import given
from hypothesis import strategies as st

from files.shares import fitted, shares
from messages.enclosure import Enclosure

SIZES = st.lists(st.integers(0, 1000), max_size=10)


@given(SIZES, st.integers(-10, 5000))
def test_no_more_than_there_is_is_given_and_none_is_wasted(sizes: list[int], room: int) -> None:
    """Everything has what it needs where there is room for all."""
    given_now = shares(sizes, room)
    assert sum(given_now) == min(sum(sizes), max(room, 0))
    assert all(0 <= share <= size for share, size in zip(given_now, sizes, strict=True))


@given(SIZES, st.integers(0, 5000))
def test_nothing_is_cut_while_something_gets_more(sizes: list[int], room: int) -> None:
    """What is cut has at least as much as whatever is not cut, up to what a division leaves."""
    given_now = shares(sizes, room)
    most = max(given_now, default=0)
    cut = [share for share, size in zip(given_now, sizes, strict=True) if share < size]
    assert all(share >= most - 1 for share in cut)


def document(text: str, pages: int = 0) -> Enclosure:
    return Enclosure(kind="file", name="a", text=text, pages=pages, pages_read=pages)


@given(st.lists(st.text(max_size=50), max_size=6), st.integers(0, 400))
def test_texts_together_are_as_short_as_they_must_be_and_whole_characters(texts: list[str], room: int) -> None:
    """What was cut says so."""
    before = [document(text) for text in texts]
    after = fitted(before, room)
    assert sum(len((one.text or "").encode()) for one in after) <= room
    for old, new in zip(before, after, strict=True):
        assert (old.text or "").startswith(new.text or "")
        assert new.is_cut == (new.text != old.text)


def test_a_document_that_is_cut_says_how_many_of_its_pages_are_left() -> None:
    """The last of them may be a part of a page."""
    cut, whole = fitted([document("one\ftwo\fthree", pages=3), document("x")], 9)
    assert (cut.text, cut.pages, cut.pages_read, cut.is_cut) == ("one\ftwo\f"[:8], 3, 3, True)
    assert whole == document("x")


def test_only_the_texts_of_files_are_cut() -> None:
    """What is quoted of others is short anyway."""
    reply = Enclosure(kind="reply", author="Ann", text="a" * 100)
    picture = Enclosure(kind="file", name="a.png", media_type="image/png")
    assert fitted([reply, picture], 10) == (reply, picture)
