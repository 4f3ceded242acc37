"""A trouble that lasts is logged at first, when it changes, and now and then."""

from actors.log_limit import AGAIN_S, LogLimit


def test_the_same_trouble_is_logged_once_in_ten_minutes() -> None:
    """With the number of those that were not logged since."""
    limit = LogLimit()
    assert [limit.passes(("refused",), float(now_s)) for now_s in range(5)] == [True, False, False, False, False]
    assert limit.passes(("refused",), AGAIN_S)
    assert limit.unlogged == 4


def test_another_trouble_is_logged_at_once_and_so_is_the_same_after_it_was_over() -> None:
    """Somebody who changed something sees what that did."""
    limit = LogLimit()
    assert limit.passes(("refused",), 0.0)
    assert limit.passes(("no answer in time",), 1.0)
    assert limit.unlogged == 0
    limit.over()
    assert limit.passes(("no answer in time",), 2.0)
