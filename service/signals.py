r"""What signals do to the process. `docs/operators.md` has the table for operators.

SIGTERM, SIGINT (Ctrl-C) and SIGHUP (the terminal is gone) stop it well, a second one of them at once, and SIGQUIT (Ctrl-\) at once.
Under systemd, where no terminal can go, SIGHUP has the settings read again, as it does with most daemons.
SIGUSR1 and SIGUSR2 would end a Python process; here nothing uses them, so they are ignored. SIGTSTP, SIGCONT and SIGPIPE
keep the meaning that Python gives them.
"""

import os
import signal
import sys
from collections.abc import Mapping
from functools import cache
from types import FrameType
from typing import Final

STOPPING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
AT_ONCE: Final = signal.SIGQUIT
IGNORED: Final = (signal.SIGUSR1, signal.SIGUSR2)

SERVICE: Final = ("NOTIFY_SOCKET", "INVOCATION_ID")
"""What systemd sets for a service (systemd.exec(5)). A terminal that a user's systemd has started hands the second one on to what is started in it."""


def heard() -> tuple[signal.Signals, ...]:
    """Return the signals that are heeded: not those that whoever started the process had it ignore, as `nohup` does with SIGHUP."""
    return tuple(
        one for one in STOPPING if one == signal.SIGTERM or signal.getsignal(one) not in (signal.SIG_IGN, None)
    )


def is_reload(number: int) -> bool:
    """Return whether a signal has the settings read again; every other one that is heard stops the process."""
    return number == signal.SIGHUP and _is_service()


def was_reload_wanted() -> bool:
    """Return whether a signal asked for a reload before the running bot took over."""
    return _early.is_wanted


def end_on_signals() -> None:
    """Have each of them end the process with exit status 0, without a traceback, until the running bot takes over.

    One that wants a reload is remembered: the settings may have been read already.
    """
    for one in heard():
        signal.signal(one, _early.remember if is_reload(one) else _end)
    for one in IGNORED:
        if signal.getsignal(one) is signal.SIG_DFL:  # whoever embeds the bot may have a use for it
            signal.signal(one, signal.SIG_IGN)


def ignore_signals() -> None:
    """Ignore them from now on: the process has stopped and only closes its files. A further signal must not change its status."""
    for one in STOPPING:
        signal.signal(one, signal.SIG_IGN)


def reloads_on_hangup(environment: Mapping[str, str], *, has_terminal: bool) -> bool:
    """Return whether SIGHUP means a reload: nobody but an operator or systemd sends it to a service without a terminal."""
    return not has_terminal and any(environment.get(name) for name in SERVICE)


@cache
def _is_service() -> bool:
    """Look once, at the start: a terminal that is gone cannot be seen any more when its signal comes."""
    return reloads_on_hangup(os.environ, has_terminal=_has_terminal())


def _has_terminal() -> bool:
    """Return whether the process has a controlling terminal, whose end would send SIGHUP (tty(4))."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


class _Early:
    """What came before the running bot took over."""

    is_wanted = False

    def remember(self, _number: int, _frame: FrameType | None) -> None:
        self.is_wanted = True


_early: Final = _Early()


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
