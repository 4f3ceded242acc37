"""A bot as a new process, with streams, variables and an end that a test chooses."""

import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

import anyio

from tests.rig.town import CHECKOUT, START_S, Town

COMMAND: Final = (sys.executable, "-m", "cli", "run")


class StartedBot:
    """A bot that a test starts with parameters of its own."""

    def __init__(self, town: Town) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._town = town

    async def start(
        self,
        *,
        ready: bool = True,
        command: tuple[str, ...] = COMMAND,
        variables: Mapping[str, str] | None = None,
        **how: Any,
    ) -> subprocess.Popen[bytes]:
        """Start it and wait until it is connected.

        Its log is the town's. `variables` come on top of the town's; `how` are parameters of `Popen`. No signal is ignored in it
        that whoever started the tests ignores, as a shell does for `pytest &`.
        """
        with self._town.log.open("ab") as log:
            how = {"cwd": CHECKOUT, "stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, **how}
            how["preexec_fn"] = _hearing_signals(how.get("preexec_fn"))
            self.process = self._new(command, {**self._town.environment, **(variables or {})}, how)
        if ready:
            await self._town.discord.ready(START_S)
            await self._town.until(lambda: self._town.discord.commands, START_S)
        return self.process

    def _new(self, command: tuple[str, ...], env: dict[str, str], how: dict[str, Any]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, env=env, **how)

    async def ended(self) -> int:
        """Wait for its end; returns its exit status."""
        assert self.process is not None
        with anyio.fail_after(30):
            return await anyio.to_thread.run_sync(self.process.wait, abandon_on_cancel=True)


def _hearing_signals(then: Callable[[], None] | None) -> Callable[[], None]:
    """Return what a child does before it becomes another program: no signal is ignored any more."""

    def begin() -> None:
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        if then is not None:
            then()

    return begin


async def answers(town: Town, text: str = "Is anybody there?") -> None:
    """The bot answers a question."""
    await town.set_status(town.alice, "new")
    question = await town.alice.say(town.general, text)
    assert await town.answered(question) == [f"You said: [Alice]: {text}"]
