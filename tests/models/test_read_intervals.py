"""When answers are read that stream at the same time."""

import pytest

from models.listener import READ_INTERVAL_S_MAX, READ_INTERVALS_S, ReadIntervals, next_read_s


@pytest.mark.parametrize(
    ("answers", "interval_s"),
    [(1, 0.1), (100, 0.1), (101, 0.2), (200, 0.2), (201, 0.5), (400, 0.5), (401, 1.0), (1000, 1.0)],
)
def test_the_more_answers_stream_the_less_often_each_is_read(answers: int, interval_s: float) -> None:
    """Each read is one interval after the one before."""
    for number in (0, 7, 999):
        first_s = next_read_s(100.0, answers, number)
        assert 100.0 < first_s <= 100.0 + interval_s + 1e-9
        assert next_read_s(first_s + 1e-6, answers, number) == pytest.approx(first_s + interval_s)
    assert interval_s in (*(interval_s for _, interval_s in READ_INTERVALS_S), READ_INTERVAL_S_MAX)


def test_about_five_answers_are_read_in_the_same_moment() -> None:
    """The moments lie evenly within the interval."""
    moments = sorted(round(next_read_s(1000.0, 50, number), 6) for number in range(50))
    assert len(set(moments)) == 10
    assert [moments.count(moment) for moment in sorted(set(moments))] == [5] * 10
    gaps = [after - before for before, after in zip(moments[::5], moments[5::5], strict=False)]
    assert gaps == pytest.approx([0.01] * 9)


def test_answers_are_counted_while_they_stream() -> None:
    """Also where one ends by an error."""
    intervals = ReadIntervals()
    alone_s = intervals.next_read_s(1000.05, 0)

    def overload() -> None:
        with intervals.streaming():
            if intervals.next_read_s(1000.05, 0) == alone_s:
                overload()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        overload()
    assert intervals.next_read_s(1000.05, 0) == alone_s
