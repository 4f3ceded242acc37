"""Virtual time for actors that are tested one by one: where everything waits, the clock jumps to the next moment."""

import asyncio
import selectors
from selectors import SelectorKey
from typing import Any


class _Jumping(selectors.DefaultSelector):
    """A selector that waits for sockets and threads only where no timer is set."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        ready = super().select(None if timeout is None else 0)
        if not ready and timeout is not None:
            self.now_s += timeout
        return ready


def _loop() -> asyncio.SelectorEventLoop:
    selector = _Jumping()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.now_s  # type: ignore[method-assign]
    return loop


def virtual_time() -> tuple[str, dict[str, Any]]:
    """Return what the fixture `anyio_backend` has to, where a file's tests run in virtual time."""
    return "asyncio", {"loop_factory": _loop}
