r"""What signals do to the process. `docs/operators.md` has the table for operators.

SIGTERM, SIGINT (Ctrl-C) and SIGHUP (the terminal is gone) stop it well, a second one of them at once, and SIGQUIT (Ctrl-\) at once.
SIGUSR1 and SIGUSR2 would end a Python process; here nothing uses them, so they are ignored. SIGTSTP, SIGCONT and SIGPIPE
keep the meaning that Python gives them.
"""

import signal
import sys
from types import FrameType
from typing import Final

STOPPING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
AT_ONCE: Final = signal.SIGQUIT
IGNORED: Final = (signal.SIGUSR1, signal.SIGUSR2)


def heeded() -> tuple[signal.Signals, ...]:
    """Return the signals that stop the process: not those that whoever started it had it ignore, as `nohup` does with SIGHUP."""
    return tuple(
        one for one in STOPPING if one == signal.SIGTERM or signal.getsignal(one) not in (signal.SIG_IGN, None)
    )


def end_on_signals() -> None:
    """Have each of them end the process with exit status 0, without a traceback, until the running bot takes over."""
    for one in heeded():
        signal.signal(one, _end)
    for one in IGNORED:
        if signal.getsignal(one) is signal.SIG_DFL:  # whoever embeds the bot may have a use for it
            signal.signal(one, signal.SIG_IGN)


def ignore_signals() -> None:
    """Ignore them from now on: the process has stopped and only closes its files. A further signal must not change its status."""
    for one in STOPPING:
        signal.signal(one, signal.SIG_IGN)


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
