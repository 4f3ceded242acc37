"""Random trouble: kills at any request or moment, and faults of Discord, its gateway and the model."""

import random
import time
from typing import Final

from tests.rig.kill import When
from tests.rig.model import Script
from tests.rig.model.moderations import MODERATIONS
from tests.soak import words
from tests.soak.town import Town

WHENS: Final[tuple[When, ...]] = ("before", "stored", "answered")
ROUTES: Final = (
    r"POST /channels/\d+/messages$",
    r"PATCH /channels/\d+/messages/\d+$",
    r"PUT /channels/\d+/messages/\d+/reactions",
    r"DELETE /channels/\d+/messages/\d+/reactions",
    r"GET /channels/\d+/messages",
)
KINDS: Final = (
    "POST /v1/responses",
    "POST /v1/images",
    "POST /v1/audio/transcriptions",
    "POST /v1/audio/speech",
    "POST /v1/embeddings",
    "POST /v1/moderations",
    "POST /channels/{channel}/messages",
    "PATCH /channels/{channel}/messages",
    "DELETE /channels/{channel}/messages/{message}",
    "PUT /channels",
    "/callback",
    "GET /channels/{channel}/messages",
)
"""Requests at which a kill hurts; each kind is met for certain."""

FAULTS_OF_DISCORD: Final[tuple[dict[str, object], ...]] = (
    {"status": 503},
    {"status": 502},
    {"status": 500},
    {"dropped": True},
    {"stored_then_dropped": True},
    {"truncated": True},
    {"retry_after_s": 0.7},
    {"retry_after_s": 1.2, "scope": "shared"},
    {"retry_after_s": 0.5, "scope": "global"},
    {"delay_s": 1.5},
    {"never": True},
    {"stored_then_never": True},
)

GATEWAY_S: Final = 10.0
"""A bot that was cut off is back by then: it waits up to a few seconds before it connects anew."""

MODERATIONS_FAIL: Final = 8
"""How much oftener the moderation fails where all servers block."""

DYING_S: Final = (0.2, 3.0)
"""A kill point that is not reached by then becomes a kill at that moment."""


class Trouble:
    """Causes the trouble of one town."""

    def __init__(self, town: Town, rng: random.Random) -> None:
        self._town = town
        self._rng = rng
        self._scripts: list[Script] = []

    async def kill(self) -> None:
        """Kill the bot at a request, at an event, or at a moment; return when it is dead."""
        town, pid = self._town, self._town.bot.pid
        if pid is None:
            raise RuntimeError("no bot was started")
        how = self._rng.random()
        if how < 0.6:
            town.counter.arm(pid, *self._rng.choice((self._any, self._of_a_kind))())
        elif how < 0.75:
            town.discord.kill_on_event(pid, "MESSAGE_CREATE", self._rng.randint(1, 4))
        await town.bot.ended(self._rng.uniform(*DYING_S))
        if town.bot.runs:
            await town.bot.kill()
            town.discord.forget_event_kills()  # what was armed for this one must not meet another
            self.note("at a moment")
        else:
            self.note(town.counter.fired[-1].partition(" ")[2] if town.counter.fired else "MESSAGE_CREATE")
        town.counter.fired.clear()

    def _any(self) -> tuple[int, When, str]:
        return self._rng.randint(1, 30), self._rng.choice(WHENS), ""

    def _of_a_kind(self) -> tuple[int, When, str]:
        return self._rng.randint(1, 3), self._rng.choice(WHENS), self._rng.choice(KINDS)

    async def start(self) -> None:
        """Start the bot again; one start in ten is killed before it is ready."""
        town = self._town
        gone_s = time.time()
        while True:
            # A request of the process before may be counted only now, and would count as this one's death.
            town.counter.restart()
            town.counter.fired.clear()
            pid = town.bot.fork()
            if self._rng.random() < 0.1:
                town.counter.arm(pid, self._rng.randint(1, 3), self._rng.choice(WHENS))
            ready = await town.bot.ready()
            town.counter.restart()
            if ready and not town.counter.fired:
                break
            await town.bot.ended()  # it may have been killed in the moment in which it became ready
            town.counter.fired.clear()
            self.note("while it started")
        town.ledger.disturbed.append((gone_s - 1, time.time() + 1))

    def note(self, where: str) -> None:
        """Note that the bot was killed there."""
        figures = self._town.ledger.figures
        figures.kills += 1
        figures.boundaries[where] += 1
        self._town.ledger.killed_s.append(time.time())
        self._town.ledger.disturbed.append((time.time() - 1, time.time() + 1))

    async def stop(self) -> None:
        """SIGTERM: it must end well."""
        from_s = time.time()
        status = await self._town.bot.stop()
        self._town.ledger.figures.stops += 1
        self._town.ledger.stopped_s.append(time.time())
        self._town.ledger.disturbed.append((from_s - 1, time.time() + 1))
        if status != 0:
            await self._town.bot.kill()
            self._town.ledger.break_("other", f"after SIGTERM the exit status was {status}")

    def some(self) -> None:
        """One fault, at random."""
        discord, model, moderation = self._of_discord, self._of_model, self._of_moderation
        moderations = (moderation,) * (MODERATIONS_FAIL if self._town.gates == "block" else 1)
        self._rng.choice((discord, discord, self._of_gateway, model, model, *moderations))()

    def _of_discord(self) -> None:
        what = self._rng.choice(FAULTS_OF_DISCORD)
        times = 1 if "never" in next(iter(what)) else self._rng.randint(1, 3)
        self._town.discord.fault(self._rng.choice(ROUTES), times=times, **what)
        self._town.ledger.figures.faults["Discord: " + " ".join(f"{key} {value}" for key, value in what.items())] += 1

    def _of_gateway(self) -> None:
        gateway = self._town.discord.gateway
        name, fault = self._rng.choice(
            (
                ("connection cut", gateway.drop_socket),
                ("op 7", gateway.reconnect),
                ("op 9, resumable", lambda: gateway.invalidate(resumable=True)),
                ("op 9", lambda: gateway.invalidate(resumable=False)),
                ("close 4000", lambda: gateway.close(4000)),
                ("session forgotten", gateway.forget_sessions),
                ("events twice", lambda: gateway.repeat("MESSAGE_CREATE", 2)),
            )
        )
        fault()
        now_s = time.time()
        self._town.ledger.disturbed.append((now_s - 1, now_s + GATEWAY_S))
        self._town.ledger.figures.faults[f"gateway: {name}"] += 1

    def _of_model(self) -> None:
        """The next request about some question is answered badly, or slowly."""
        waiting = [asked for asked in self._town.ledger.open.values() if not asked.deleted]
        if not waiting:
            return
        asked = self._rng.choice(waiting)
        name, how = self._rng.choice(
            (
                ("cut", {"cut_after": self._rng.randint(0, 2000)}),
                ("cut", {"clean_end_after": self._rng.randint(0, 2000)}),
                ("failed", {"error_event": True}),
                ("refused", {"status": 500}),
                ("refused", {"status": 503, "retry_after_s": 1.0}),
                ("refused", {"status": 429, "retry_after_s": 1.0}),
                ("slow", {"tokens_per_s": 25.0}),
                ("slow", {"first_token_after_s": 2.0}),
            )
        )
        word = asked.word
        pace: dict[str, object] = {"chunk": self._town.script.chunk, "tokens_per_s": self._town.script.tokens_per_s}
        script = self._town.model.script(
            lambda request: request.path != MODERATIONS and words.word_of(request) == word,
            answer=self._town.script.answer,
            times=1,
            **{**pace, **how},
        )
        self._scripts.append(script)
        asked.troubles[name] += 1
        self._town.ledger.figures.faults[f"model: {name} {next(iter(how))}"] += 1

    def _of_moderation(self) -> None:
        """The next judgements do not come, or come slowly."""
        name, how = self._rng.choice(
            (
                ("refused", {"status": 500}),
                ("refused", {"status": 503, "retry_after_s": 1.0}),
                ("refused", {"status": 429}),
                ("cut", {"cut_after": 0}),
                ("slow", {"first_token_after_s": 2.0}),
            )
        )
        times = self._rng.randint(1, 3)
        script = self._town.model.script(lambda request: request.path == MODERATIONS, answer="", times=times, **how)
        self._scripts.append(script)
        self._town.ledger.figures.faults[f"moderation: {name} {next(iter(how))}"] += 1

    def end(self) -> None:
        """Stop all faults."""
        self._town.discord.clear_faults()
        self._town.discord.gateway.repeat("MESSAGE_CREATE", 1)
        self._town.counter.restart()
        for script in self._scripts:
            script.times = script.used
        self._scripts.clear()
