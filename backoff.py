"""How long to wait before trying again: the one formula for every actor and client. Pure."""


def backoff_s(failures: int, *, first_s: float, max_s: float) -> float:
    """Return the pause after so many failures in a row, in seconds: `first_s`, then twice as long each time, up to `max_s`.

    No failures (0 or less) need no pause.
    """
    if failures <= 0:
        return 0.0
    # 2.0 ** 1024 overflows; no pause needs more doublings than this.
    return min(max_s, first_s * 2.0 ** min(failures - 1, 64))
