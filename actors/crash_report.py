"""What the log says about a crash: its type and where it happened, never the error's text, which may quote what somebody wrote."""

import traceback


def described(error: BaseException) -> dict[str, str]:
    """Return the keys of a log event about an error; for an exception group, also about the errors in it."""
    inside = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    where = "".join(traceback.format_tb(error.__traceback__))
    deeper = "".join(f"{described(one)['error']}\n{described(one)['traceback']}" for one in inside)
    return {"error": type(error).__name__, "traceback": where + deeper}
