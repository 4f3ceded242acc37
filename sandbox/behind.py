"""What happens behind the page: the bot's process and its live actors, its requests to Discord and to the model, its journal of turns."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sandbox.bot_process import BotProcess
from sandbox.discord import DiscordSandbox, Request
from sandbox.figures import Figures
from sandbox.models.server import ModelServer
from sandbox.trouble import Trouble

Json = dict[str, Any]

SHOWN: Final = 30
"""So many requests and turns are told, the newest."""

DATABASE: Final = "causerie.db"

TURNS: Final = """
    SELECT turn.id, turn.kind, turn.state, turn.reason, turn.attempt, turn.asker_name, turn.model, turn.session,
        turn.input_tokens, turn.output_tokens, session.title
    FROM turn LEFT JOIN session ON session.id = turn.session ORDER BY turn.id DESC LIMIT ?
"""


STATUS: Final = "SELECT status FROM user WHERE discord_user_id = ?"


class Behind:
    """Tells what happens behind the page, as plain data. It only reads."""

    def __init__(
        self,
        discord: DiscordSandbox,
        folder: Path,
        bot: BotProcess,
        model: ModelServer | None,
        trouble: Trouble,
        *,
        admin: str = "",
        has_small_model: bool = False,
    ) -> None:
        """Look at a sandbox whose bot keeps its data in `folder`.

        `model` is None where it is somebody else's server, and `admin` "" where somebody else's settings say who runs the bot.
        `has_small_model` says whether the bot asks the model whose answers are poor.
        """
        self.trouble = trouble
        self.admin = admin
        self.has_small_model = has_small_model
        self._discord, self._folder, self._bot, self._model = discord, folder, bot, model
        self._figures = Figures(lambda: bot.metrics_url)

    async def seen(self) -> Json:
        """Return the newest of everything."""
        await self._figures.look()
        turns = self._turns()
        requests = self._discord.requests
        return {
            "bot": {
                "pid": self._bot.pid,
                "starts": self._bot.starts,
                "connected": bool(self._discord.gateway.connected),
            },
            "admin": self.admin,
            "trouble": self.trouble.present,
            "budget": {"used": _in_last_second(requests), "most": self._discord.world.limits.global_per_s},
            "discord": [_told(request) for request in requests[: -SHOWN - 1 : -1]],
            "discord_total": len(requests),
            "model": None if self._model is None else self._model.told(SHOWN),
            "turns": turns,
            "actors": self._figures.newest,
            "sessions": _at_work(turns),
        }

    def status(self, person: int) -> str:
        """Return whether the bot answers somebody, as its rows have it: 'disable', also before it knows them, 'new' or 'activate'."""
        for row in self._rows(STATUS, person):
            return str(row["status"])
        return "disable"

    def _turns(self) -> list[Json]:
        return self._rows(TURNS, SHOWN)

    def _rows(self, query: str, value: int) -> list[Json]:
        path = self._folder / DATABASE
        if not path.exists():
            return []
        try:
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=0.2)) as db:
                db.row_factory = sqlite3.Row
                return [dict(row) for row in db.execute(query, (value,))]
        except sqlite3.OperationalError:
            # The bot is just making its tables, or the file is being replaced: there is nothing to tell yet.
            return []


def _in_last_second(requests: list[Request]) -> int:
    """Return how many requests of the last second count towards the global limit; those of interactions do not."""
    since_s = time.monotonic() - 1
    counted = 0
    for request in reversed(requests):
        if request.at_s < since_s:
            break
        counted += not request.path.startswith(("/interactions/", "/webhooks/"))
    return counted


def _told(request: Request) -> Json:
    took_ms = None if request.done_at_s is None else round((request.done_at_s - request.at_s) * 1000)
    return {
        "number": request.number,
        "what": request.route,
        "status": request.status,
        "ms": took_ms,
        "ended": request.ended,
    }


def _at_work(turns: list[Json]) -> list[Json]:
    """Return the sessions that have something to do: what their first turn is at, and how many wait behind it."""
    found: dict[int, Json] = {}
    for turn in reversed(turns):
        if turn["session"] is None or turn["state"] not in {"queued", "streaming", "answered"}:
            continue
        entry = found.setdefault(
            turn["session"],
            {"session": turn["session"], "title": turn["title"] or "", "state": turn["state"], "waiting": -1},
        )
        entry["waiting"] += 1
    return list(found.values())
