"""The real bot process between the small Discord and the scripted model, over real sockets, with a real database."""

import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.abc

from sandbox.discord import Interaction, Message, NeverHappenedError, Request
from tests.rig.api_documents import complaint_of_discord, complaint_of_openai
from tests.rig.discord import DiscordRig
from tests.rig.kill import RequestCounter
from tests.rig.model import ModelSandbox
from tests.rig.starter import FORKS, ForkedBot, shared_starter

CHECKOUT: Final = Path(__file__).parents[2]

UNFIT: Final = (50006, 50035)
"""Discord's codes for an empty message, and for texts, menus or buttons that are too long or too many."""

SHOWN: Final = frozenset({"content", "components", "embeds", "attachments"})
"""What a message may have that people see."""

_NO_MESSAGES: Final = (8, 9)
"""The choices of an autocomplete, and a form (Discord: Receiving and Responding, Interaction Callback Type)."""

LOOK_AGAIN_S: Final = 0.25

START_S: Final = 180.0
"""Loading the bot takes seconds of a processor's time, which a busy machine may not give it for long. A bot that ends is
noticed at once, so this is only for one that hangs."""

CONFIG: Final = """
[[models]]
name = "gpt-4o-mini"
api = "responses"
context_tokens = 8000
default = true

[[models]]
name = "gpt-4o"
api = "chat_completions"
context_tokens = 8000

[limits]
questions_per_minute = 1000
queue_cap = 1000
stream_grace_s = 2.0
"""


def _as_documented(body: Any) -> Any:
    """Return a body as Discord's document wants it: hikari numbers attachments with integers, and Discord takes both."""
    if isinstance(body, dict) and "attachments" in body:
        return {**body, "attachments": [{**one, "id": str(one["id"])} for one in body["attachments"]]}
    return body


def _pings_nobody(body: dict[str, Any]) -> bool:
    """Whether a request forbids all mentions where it has something to show, also the text in a panel's components; an edit must say so again."""
    shown = body.get("data", body)
    if not isinstance(shown, dict) or body.get("type") in _NO_MESSAGES or not SHOWN & shown.keys():
        return True
    allowed = shown.get("allowed_mentions") or {}
    return allowed.get("parse") == [] and not {"users", "roles"} & allowed.keys() and not allowed.get("replied_user")


def wrong_with(request: Request) -> str:
    """What is wrong with a request to Discord; empty where nothing is."""
    about = f"{request.method} {request.path}: {str(request.body)[:300]}"
    if found := complaint_of_discord(request.method, request.path, _as_documented(request.body)):
        return f"{found}: {about}"
    if isinstance(request.body, dict) and not _pings_nobody(request.body):
        return f"mentions are on: {about}"
    return f"refused with {request.refused}: {about}" if request.refused in UNFIT else ""


class Town:
    """A Discord, a model, and the bot between them."""

    def __init__(self, discord: DiscordRig, model: ModelSandbox, counter: RequestCounter, folder: Path) -> None:
        self.discord = discord
        self.model = model
        self.counter = counter
        self.data = folder / "data"
        self.variables: dict[str, str] = {}
        """What a test adds to the bot's environment, as systemd or an operator's shell would."""
        self.config = folder / "causerie.toml"
        self.config.write_text(CONFIG)
        self.log = folder / "bot.log"
        self.bot: anyio.abc.Process | ForkedBot | None = None
        self.alice = discord.person("Alice")
        self.bob = discord.person("Bob")
        self.general = discord.channel("general")

    @property
    def environment(self) -> dict[str, str]:
        """The bot's environment: the documented variables, what the test adds, and nothing else."""
        return {
            "PATH": os.environ.get("PATH", ""),
            "HOME": os.environ.get("HOME", "/"),
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_REST_URL": self.discord.rest_url,
            "OPENAI_API_KEY": self.model.key,
            "OPENAI_BASE_URL": self.model.base_url,
            "CAUSERIE_DATA": str(self.data),
            "CAUSERIE_CONFIG": str(self.config),
            **self.variables,
            **{name: value for name, value in os.environ.items() if name == "COVERAGE_PROCESS_CONFIG"},
        }

    async def start(
        self, command: str = "run", *, ready: bool = True, module: str = "cli", forked: bool = FORKS
    ) -> anyio.abc.Process | ForkedBot:
        """Start the bot and wait until it is connected.

        The bot is forked from a process that has its code, in a tenth of the time, unless the start itself is what is tried:
        another command, or variables of the test's.

        :param module: what runs, and words before the command
        :param forked: False where the module has to change the bot's code before that is loaded
        """
        # A killed process's connection is seen to be gone a moment after its end, so what counts is a session that is new.
        before = set(self.discord.gateway.sessions)
        name, *words = module.split()
        if forked and command == "run" and not self.variables:
            self.bot = shared_starter().start(self.environment, self.log, *words, command, module=name)
        else:
            self.bot = await self._new_process([name, *words], command)
        if ready:
            bot = self.bot
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._fail_if_it_ends, bot)
                await self.until(lambda: self._has_session(before) and self.discord.commands, START_S)
                tasks.cancel_scope.cancel()
        return self.bot

    def _has_session(self, before: set[str]) -> bool:
        return any(one.connected for key, one in self.discord.gateway.sessions.items() if key not in before)

    async def _new_process(self, module: list[str], command: str) -> anyio.abc.Process:
        with self.log.open("ab") as log:
            return await anyio.open_process(
                [sys.executable, "-m", *module, command],
                cwd=CHECKOUT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    async def _fail_if_it_ends(self, bot: anyio.abc.Process | ForkedBot) -> None:
        status = await bot.wait()
        raise RuntimeError(f"the bot ended with {status}:\n{self.log.read_text()[-4000:]}")

    async def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        return await self._end(signal.SIGTERM)

    async def kill(self) -> int:
        """SIGKILL; returns the exit status."""
        return await self._end(signal.SIGKILL)

    async def _end(self, number: signal.Signals) -> int:
        bot, self.bot = self.bot, None
        if bot is None:
            return 0
        if bot.returncode is None:
            bot.send_signal(number)
        with anyio.fail_after(30):
            return await bot.wait()

    async def died(self) -> int:
        """Wait for a bot that was killed by a kill point."""
        if self.bot is None:
            return 0
        with anyio.fail_after(60):
            status = await self.bot.wait()
        self.bot = None
        return status

    async def set_status(self, person: Any, status: str, *, channel: Any = None) -> None:
        """Have a person choose a status: `/user`, then the button."""
        panel = await self.seen(await person.command(channel or self.general, "user"))
        await self.seen(await person.press(panel, status))

    async def seen(self, interaction: Interaction) -> Message:
        """Wait for the response to an interaction, and return the message that the person sees."""
        message = await interaction.answered()
        assert message is not None
        return message

    def replies(self, question: Any) -> list[Any]:
        """The bot's messages that answer a message, oldest first."""
        channel = question.channel
        return [
            message
            for message in self.discord.messages(channel, seen_by=None)
            if message.author_id == self.discord.world.bot.id and message.reference_id == question.id
        ]

    def shown(self, question: Any) -> list[str]:
        """The texts of the replies."""
        return [reply.content for reply in self.replies(question)]

    def reactions(self, question: Any) -> set[str]:
        """The bot's reactions on a message."""
        me = self.discord.world.bot.id
        return {emoji for emoji, people in question.reactions.items() if me in people}

    async def until(self, predicate: Callable[[], Any], timeout_s: float = 30) -> Any:
        """Wait until a predicate is true of Discord or of the rows; rows announce no change, so they are looked at regularly."""
        last: Exception | None = None
        for _ in range(int(timeout_s / LOOK_AGAIN_S)):
            try:
                return await self.discord.until(predicate, timeout_s=LOOK_AGAIN_S)
            except NeverHappenedError as error:
                last = error
        raise TimeoutError(f"{last}\n--- bot's log\n{self.log.read_text()[-4000:]}")

    async def answered(self, question: Any, timeout_s: float = 30) -> list[str]:
        """Wait until a question carries 👌; returns the texts of its replies."""
        await self.until(lambda: self.reactions(question) == {"👌"}, timeout_s)
        return self.shown(question)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Read the database beside the running bot."""
        connection = sqlite3.connect(f"file:{self.data / 'causerie.db'}?mode=ro", uri=True)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def change(self, sql: str) -> None:
        """Change the database beside the bot, as a broken disk or a hand in it does."""
        connection = sqlite3.connect(self.data / "causerie.db", isolation_level=None, timeout=5)
        try:
            connection.execute(sql)
        finally:
            connection.close()

    def check(self) -> None:
        """Assert what must be true of every conversation."""
        assert not self.discord.unknown_routes, self.discord.unknown_routes
        assert not self.model.unknown_routes, self.model.unknown_routes
        assert not self.model.complaints, self.model.complaints
        assert not self.discord.pings, "somebody was pinged"
        wrong = {found for request in self.discord.requests if (found := wrong_with(request))}
        assert not wrong, wrong
        secrets = (self.discord.token, self.model.key)
        log = self.log.read_text() if self.log.exists() else ""
        assert not any(secret in log for secret in secrets), "a secret stands in the log"


@asynccontextmanager
async def town(folder: Path, **discord: Any) -> AsyncIterator[Town]:
    """Make a town of its own; at the end its bot is killed, and what it did is checked."""
    counter = RequestCounter()

    def against_openai(path: str, body: dict[str, Any]) -> str | None:
        return complaint_of_openai("POST", path.removeprefix("/v1"), body)

    async with (
        DiscordRig(counter=counter, **discord) as small_discord,
        ModelSandbox(counter, check=against_openai) as model,
    ):
        made = Town(small_discord, model, counter, folder)
        try:
            yield made
        finally:
            with anyio.CancelScope(shield=True):
                await made.kill()
        made.check()
