"""The settings are read again while the bot runs: all of them count at once, or none, and nobody's answer suffers."""

import json
import os
import re
import signal
import socket
import time
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.conversation.started import StartedBot, answers
from tests.conversation.test_unix_service import writing_end
from tests.conversation.test_watchdog import systemd, told_until
from tests.rig.town import CONFIG, Town
from texts.english import ANSWERS

__all__ = ["systemd"]

PUT = "PUT /applications/{application}/commands"
BUDGET = '[[budgets]]\nscope = "user"\nperiod = "day"\ntokens = 100_000\n'
MODEL = '[[models]]\nname = "gpt-4.1"\napi = "chat_completions"\ncontext_tokens = 8000\n'


def log_of(town: Town, event: str) -> list[str]:
    """Return the log's lines with this event."""
    return [line for line in town.log.read_text().splitlines() if event in line]


async def service(town: Town, **variables: str) -> Any:
    """Start the bot as systemd does, and return its process."""
    town.variables = {"INVOCATION_ID": "0" * 32, **variables}
    return await town.start()


async def reload(town: Town, event: str = "settings.reloaded") -> str:
    """Send the signal and return what the log says of the reload."""
    before = len(log_of(town, event))
    assert town.bot is not None
    town.bot.send_signal(signal.SIGHUP)
    await town.until(lambda: len(log_of(town, event)) > before)
    return log_of(town, event)[-1]


def write(town: Town, old: str, new: str) -> None:
    """Change the TOML file."""
    text = town.config.read_text()
    assert old in text
    town.config.write_text(text.replace(old, new))


async def test_limits_people_and_models_change_without_a_restart(town: Town) -> None:
    """A limit counts for the next question, a blocked person is not answered any more, and a new model stands in the menu."""
    bot = await service(town)
    await answers(town)
    await town.set_status(town.bob, "new")
    write(town, "questions_per_minute = 1000", "questions_per_minute = 1")
    said = await reload(town)
    assert "limits.questions_per_minute" in said
    refused = await town.alice.say(town.general, "One too many")
    await town.until(lambda: town.shown(refused))
    assert "minute" in town.shown(refused)[0]

    town.config.write_text(
        town.config.read_text().replace("questions_per_minute = 1", "questions_per_minute = 1000")
        + MODEL
        + f"[permissions.block]\nusers = [{town.bob.id}]\n"
    )
    said = await reload(town)
    assert "permissions.block" in said
    assert "models" in said
    unheard = await town.bob.say(town.general, "Does anybody hear me?")
    question = await town.alice.say(town.general, "And me?")
    assert await town.answered(question) == ["You said: [Alice]: And me?"]
    assert not town.shown(unheard)
    panel = await town.seen(await town.alice.command(town.general, "user"))
    assert "gpt-4.1" in json.dumps(panel.components)
    assert bot.returncode is None


async def test_a_mistake_changes_nothing_and_is_said_as_a_start_says_it(town: Town) -> None:
    """Neither what is wrong nor what is right in the same file counts; the next reload of a mended file does."""
    await service(town)
    await answers(town)
    good = town.config.read_text()
    town.config.write_text(good.replace("queue_cap = 1000", "queue_cap = 0") + MODEL)
    said = await reload(town, "settings.not_reloaded")
    assert "limits.queue_cap" in said
    panel = await town.seen(await town.alice.command(town.general, "user"))
    assert "gpt-4.1" not in json.dumps(panel.components)
    town.config.write_text(good + "no TOML at all")
    assert "which is not TOML" in await reload(town, "settings.not_reloaded")
    town.config.unlink()
    assert "CAUSERIE_CONFIG" in await reload(town, "settings.not_reloaded")
    await answers(town, "Still there?")
    town.config.write_text(good + MODEL)
    assert "models" in await reload(town)


async def test_what_takes_a_restart_is_named_and_the_rest_counts(town: Town) -> None:
    """The old address is asked, and its key is used; no secret stands in the log, which each test looks for."""
    await service(town)
    await answers(town)
    town.config.write_text(
        town.config.read_text().replace("queue_cap = 1000", "queue_cap = 999")
        + "[discord]\nmessage_content = false\nrequests_per_s = 40\n"
    )
    said = await reload(town)
    assert re.search(r"needs_restart=.*discord\.message_content", said)
    assert "limits.queue_cap" in said
    assert "discord.requests_per_s" in said
    await answers(town, "Without a mention")


async def test_systemd_is_told_of_a_reload_and_of_its_end(town: Town, systemd: socket.socket) -> None:
    """As `Type=notify-reload` wants it: RELOADING with the time, then READY; the status says why nothing was reloaded."""
    town.variables = {"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "6000000"}
    bot = await town.start()
    await told_until(systemd, "READY=1")
    sent_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    bot.send_signal(signal.SIGHUP)
    reloading = (await told_until(systemd, "RELOADING=1"))[-1]
    found = re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=([0-9]+)", reloading)
    assert found is not None
    assert int(found[1]) >= sent_us
    assert (await told_until(systemd, "READY=1"))[-1] == "READY=1\nSTATUS=Connected to Discord."
    town.config.write_text("wrong")
    bot.send_signal(signal.SIGHUP)
    await told_until(systemd, "RELOADING=1")
    ready = (await told_until(systemd, "READY=1"))[-1]
    assert "The settings were not reloaded: CAUSERIE_CONFIG" in ready
    assert ready.count("\n") == 1
    assert await town.stop() == 0
    assert "RELOADING=1" not in "".join(await told_until(systemd, "STOPPING=1"))


async def test_an_answer_that_streams_keeps_its_model_and_the_next_question_has_what_is_in_force(town: Town) -> None:
    """The model leaves the list in the middle of its answer, which ends well, at its old price; who asks then is told so."""
    gpt_4o = '[[models]]\nname = "gpt-4o"\napi = "chat_completions"\ncontext_tokens = 8000\n'
    priced = "default = true\nprice_in = 1.0\nprice_out = 2.0\n"
    town.config.write_text(CONFIG.replace("default = true\n", priced))
    await service(town)
    await town.set_status(town.alice, "activate")
    gate = town.model.gate("comet")
    question = await town.alice.say(town.general, "What is a comet?")
    waiting = await town.alice.say(town.general, "And a planet?")
    await gate.reached()
    gate.release(2)
    await town.until(lambda: town.shown(question))
    town.config.write_text(CONFIG[CONFIG.index("[limits]") :] + gpt_4o)
    said = await reload(town)
    assert "models" in said
    gate.finish()
    await town.until(lambda: town.shown(question) == ["You said: [Alice]: What is a comet?"])
    await town.until(lambda: town.shown(waiting))
    assert town.shown(waiting) == [ANSWERS["model_unknown"]]
    ((read, written, cost),) = town.rows("SELECT input_tokens, output_tokens, micro_dollars FROM ledger")
    assert cost == read + 2 * written


async def test_reloads_that_come_together_leave_the_last_file_in_force(town: Town) -> None:
    """Each reads whole files, one after the other; a file that is wrong in between changes nothing for ever."""
    bot = await service(town)
    await answers(town)
    for number in range(20):
        town.config.write_text(CONFIG + MODEL if number % 2 else "[limits")
        bot.send_signal(signal.SIGHUP)
    write(town, "queue_cap = 1000", "queue_cap = 77")
    bot.send_signal(signal.SIGHUP)
    await town.until(lambda: any("limits.queue_cap" in line for line in log_of(town, "settings.reloaded")))
    panel = await town.seen(await town.alice.command(town.general, "user"))
    assert "gpt-4.1" in json.dumps(panel.components)
    await answers(town, "Still there?")


async def test_a_reload_while_the_bot_stops_neither_ends_it_at_once_nor_changes_anything(town: Town) -> None:
    """SIGHUP is no second SIGTERM: the answer that streams ends well."""
    write(town, "stream_grace_s = 2.0", "stream_grace_s = 1000")
    bot = await service(town)
    await town.set_status(town.alice, "new")
    gate = town.model.gate("comet")
    question = await town.alice.say(town.general, "What is a comet?")
    await gate.reached()
    gate.release(2)
    await town.until(lambda: town.shown(question))
    bot.send_signal(signal.SIGTERM)
    await town.until(lambda: log_of(town, "bot.stopping"))
    write(town, "stream_grace_s = 1000", "stream_grace_s = 0")
    assert "The bot is stopping" in await reload(town, "settings.not_reloaded")
    assert bot.returncode is None
    gate.finish()
    assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]
    with anyio.fail_after(30):
        assert await bot.wait() == 0


@pytest.mark.parametrize(("before", "after"), [("", BUDGET), (BUDGET, "")])
async def test_the_command_of_budgets_comes_and_goes_with_them(town: Town, before: str, after: str) -> None:
    """Discord is told when the settings want other commands, and not at other reloads."""
    town.config.write_text(CONFIG + before)
    await service(town)

    def has_it() -> bool:
        return "budget" in [command["name"] for command in town.discord.commands]

    assert has_it() is bool(before)
    write(town, "queue_cap = 1000", "queue_cap = 999")
    await reload(town)
    town.config.write_text(CONFIG + after)
    assert "budgets" in await reload(town)
    await town.until(lambda: has_it() is bool(after))
    assert [request.status for request in town.discord.requests if request.route == PUT] == [200, 200]


def _put(path: Path, text: str) -> None:
    """Have a file with this text in the place of what stands there, while others may still read that."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.rename(path)


async def test_a_reload_that_is_wanted_during_the_start_is_not_forgotten(town: Town, bot: StartedBot) -> None:
    """The settings may have been read already; and nobody who reloads a service wants it to end."""
    town.config.unlink()
    os.mkfifo(town.config)
    process = await bot.start(ready=False, variables={"INVOCATION_ID": "0" * 32}, start_new_session=True)
    while (writing := writing_end(town.config)) is None:  # noqa: ASYNC110 nothing tells that somebody has opened a pipe
        await anyio.sleep(0.01)
    process.send_signal(signal.SIGHUP)
    _put(town.config, CONFIG.replace("queue_cap = 1000", "queue_cap = 77"))
    os.write(writing, CONFIG.encode())
    os.close(writing)
    await town.until(lambda: log_of(town, "settings.reloaded"), 60)
    assert "limits.queue_cap" in log_of(town, "settings.reloaded")[0]
    process.terminate()
    assert await bot.ended() == 0


async def test_more_answers_may_stream_at_once_as_soon_as_the_settings_say_so(town: Town) -> None:
    """Somebody who waits for a place does not wait for the end of another's answer."""
    write(town, "[limits]", "[limits]\nconcurrent_streams = 1")
    await service(town)
    for person in (town.alice, town.bob):
        await town.set_status(person, "new")
    gate = town.model.gate("comet")
    held = await town.alice.say(town.general, "What is a comet?")
    await gate.reached()
    gate.release(2)
    await town.until(lambda: town.shown(held))
    waits = await town.bob.say(town.general, "And a planet?")
    await town.until(lambda: town.rows("SELECT 1 FROM turn WHERE state = 'streaming' AND attempt = 1 LIMIT 1 OFFSET 1"))
    assert len(town.model.requests) == 1
    write(town, "concurrent_streams = 1", "concurrent_streams = 2")
    await reload(town)
    assert await town.answered(waits) == ["You said: [Bob]: And a planet?"]
    gate.finish()
    assert await town.answered(held) == ["You said: [Alice]: What is a comet?"]
