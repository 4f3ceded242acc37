"""The service under a real systemd: when it is ready, what ends it, and what starts it again."""

import os

import pytest

from tests.rig.town import START_S
from tests.systemd.conftest import Service


async def test_it_is_ready_when_it_answers_and_not_before(service: Service) -> None:
    """While Discord keeps it waiting it is starting; after that questions are answered."""
    town = service.town
    service.configure()
    refused = town.discord.fault("GET /gateway/bot", status=503, times=None)
    await service.systemctl("start", "--no-block", service.unit)
    await town.until(lambda: refused.hits >= 2, START_S)
    assert (service.state(), service.state("NRestarts")) == ("activating", "0")
    refused.cancel()
    await service.until("ActiveState", "active")
    await service.start()
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "hello"))


@pytest.mark.parametrize(("signal", "module"), [("STOP", "cli"), ("USR1", "tests.conversation.blocked")])
async def test_a_bot_that_hangs_is_killed_and_its_answer_goes_on(service: Service, signal: str, module: str) -> None:
    """The whole process stands still, or its event loop alone. The next process goes on in the same message."""
    town = service.town
    service.configure(f"WatchdogSec=2\nTimeoutAbortSec=1\nEnvironment=MODULE={module}")
    await service.start()
    await town.set_status(town.alice, "new")
    gate = town.model.gate("comet")
    question = await town.alice.say(town.general, "What is a comet?")
    await gate.reached()
    gate.release(3)
    (reply,) = await town.until(lambda: town.replies(question))
    before = service.state("MainPID")
    await service.systemctl("kill", "--kill-whom=main", f"--signal={signal}", service.unit)
    await service.until("NRestarts", "1")
    await service.until("ActiveState", "active")
    assert service.state("MainPID") != before
    assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]
    assert [message.id for message in town.replies(question)] == [reply.id]


async def test_a_killed_bot_is_started_again(service: Service) -> None:
    """Whatever killed it, and however often: systemd has no number after which it gives up."""
    service.configure()
    await service.start()
    for times in range(1, 8):
        await service.systemctl("kill", "--kill-whom=main", "--signal=KILL", service.unit)
        await service.until("NRestarts", str(times))
        await service.until("SubState", "start" if times < 7 else "running")
    assert service.state("NRestarts") == "7"


@pytest.mark.parametrize("wrong", ["no token", "refused token", "settings"])
async def test_wrong_settings_are_not_tried_again(service: Service, wrong: str) -> None:
    """Status 78 is the end; the log has one line that says what to do."""
    service.configure(token=wrong != "no token")
    if wrong == "settings":
        service.systemd.write("/etc/causerie/causerie.toml", "[limit]\n")
    if wrong == "refused token":
        service.systemd.write("/etc/causerie/DISCORD_TOKEN", "MTIzNDU2Nzg5MDEyMzQ1Njc4.abcdef.ghijkl\n", "0600")
    await service.systemctl("start", service.unit, check=False)
    await service.until("ActiveState", "failed")
    assert (service.state("ExecMainStatus"), service.state("NRestarts")) == (str(os.EX_CONFIG), "0")
    said = service.systemd.log(service.unit)
    assert {"no token": "DISCORD_TOKEN is missing", "refused token": "DISCORD_TOKEN", "settings": "limit"}[
        wrong
    ] in said


async def test_a_stop_lets_what_is_being_answered_end(service: Service) -> None:
    """SIGTERM: the answer that streams is finished, the service ends well, and the question that waits is answered after the next start."""
    town = service.town
    service.configure()
    await service.start()
    await town.set_status(town.alice, "activate")
    gate = town.model.gate("comet")
    question = await town.alice.say(town.general, "What is a comet?")
    await gate.reached()
    gate.release(2)
    await town.until(lambda: town.replies(question))
    waiting = await town.alice.say(town.general, "And a star?")
    await service.systemctl("stop", "--no-block", service.unit)
    await service.until("SubState", "stop-sigterm")
    gate.finish()
    await service.until("ActiveState", "inactive")
    assert (service.state("Result"), service.state("ExecMainStatus")) == ("success", "0")
    assert town.shown(question) == ["You said: [Alice]: What is a comet?"]
    await service.start()
    await town.answered(waiting)


async def test_a_server_of_ones_own_needs_no_key(service: Service) -> None:
    """The file with the key may be missing."""
    service.configure(key=False)
    await service.start()
    assert service.state() == "active"
