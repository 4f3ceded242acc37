"""Trouble that somebody at the page can make, to see what the bot does about it."""

import asyncio
import os
import signal
import time
from typing import Final

from sandbox.bot_process import BotProcess
from sandbox.discord import Cut, DiscordSandbox, Interceptor, Passage, Request
from sandbox.discord.buckets import too_many
from sandbox.discord.requests import Answer
from sandbox.models.server import ModelServer

LIMITED_S: Final = 10.0
"""How long Discord answers 429 after that was asked for."""

RETRY_AFTER_S: Final = 2.0

SLOW_S: Final = 5.0
"""How much longer a slow model is silent before it answers."""

KINDS: Final = ("kill_bot", "drop_gateway", "limit_requests", "slow_model")
"""What can be asked for: the bot is killed, its gateway connection is cut, Discord answers 429, the model is slow or fast again."""


class Limiter(Interceptor):
    """Answers every request with 429 for a while."""

    def __init__(self) -> None:
        """Let everything pass at first."""
        self.until_s = 0.0

    def begin(self, request: Request, connected: object) -> Passage:  # noqa: ARG002
        """Return a passage that is stopped while the trouble lasts."""
        return _Limited() if time.monotonic() < self.until_s else Passage()


class _Limited(Passage):
    async def arrived(self) -> Answer | Cut | None:
        return too_many(RETRY_AFTER_S, "shared", {})


class Trouble:
    """Makes trouble in a sandbox that runs; `model` is None where the model is somebody else's server."""

    def __init__(self, discord: DiscordSandbox, limiter: Limiter, bot: BotProcess, model: ModelServer | None) -> None:
        """Be ready; nothing is wrong yet."""
        self._discord, self._limiter, self._bot, self._model = discord, limiter, bot, model

    def make(self, kind: str) -> None:
        """Make one kind of trouble.

        :raises ValueError: there is no such kind, or this sandbox cannot make it
        """
        match kind:
            case "kill_bot" if self._bot.pid:
                os.kill(self._bot.pid, signal.SIGKILL)
            case "drop_gateway":
                self._discord.gateway.drop_socket()
            case "limit_requests":
                self._limiter.until_s = time.monotonic() + LIMITED_S
                asyncio.get_running_loop().call_later(LIMITED_S, self._discord.world.changes.happened)
            case "slow_model" if self._model is not None:
                self._model.delay_s = 0.0 if self._model.delay_s else SLOW_S
            case _:
                raise ValueError(f"there is no trouble of the kind {kind!r} here")

    @property
    def present(self) -> dict[str, bool]:
        """Which trouble lasts now; a kind that cannot be made here is left out."""
        lasting = {"kill_bot": False, "drop_gateway": False, "limit_requests": time.monotonic() < self._limiter.until_s}
        return lasting if self._model is None else {**lasting, "slow_model": self._model.delay_s > 0}
