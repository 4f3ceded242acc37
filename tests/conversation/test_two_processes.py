"""The same token and a copy of the data elsewhere: one reply is seen, and both the log and the admins hear of it."""

import shutil
from pathlib import Path

from tests.conversation.started import StartedBot
from tests.rig.town import Town


async def test_a_second_process_elsewhere_is_noticed_and_a_question_gets_one_reply(town: Town, tmp_path: Path) -> None:
    """Discord refuses the second post by its nonce; who sees an answer that it did not post says so, to the admins too."""
    town.config.write_text(town.config.read_text() + f"\n[permissions]\nadmins = [{town.bob.id}]\n")
    await town.start()
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "Before"))
    await town.stop()
    shutil.copytree(town.data, tmp_path / "copy")
    await town.start()
    other = StartedBot(town)
    identifies = len(town.discord.gateway.identifies)
    await other.start(ready=False, variables={"CAUSERIE_DATA": str(tmp_path / "copy")})
    try:
        await town.until(lambda: len(town.discord.gateway.identifies) > identifies, 60)
        await town.until(lambda: town.log.read_text().count("event='bot.ready'") == 3)
        town.model.script(match="Twice", times=1)
        town.model.script(match="Twice", first_token_after_s=1.0, times=1)
        question = await town.alice.say(town.general, "Twice")
        await town.until(lambda: len(town.model.requests) == 3)
        await town.until(lambda: "event='bot.runs_twice'" in town.log.read_text())
        await town.until(lambda: town.reactions(question) == {"👌"})
        assert town.shown(question) == ["You said: [Alice]: Twice"]
        await town.until(lambda: "runs me twice" in str(town.discord.messages(town.bob.direct_messages, seen_by=None)))
    finally:
        assert other.process is not None
        other.process.kill()
        other.process.wait()
