"""How a crash is told to us: what and where, never what the error says, for that may quote what somebody wrote."""

import traceback


def told(error: BaseException) -> dict[str, str]:
    """The keys of a log event about an error; those inside an exception group are told too."""
    inside = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    where = "".join(traceback.format_tb(error.__traceback__))
    deeper = "".join(f"{told(one)['error']}\n{told(one)['traceback']}" for one in inside)
    return {"error": type(error).__name__, "traceback": where + deeper}
