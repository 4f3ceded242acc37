"""A backup that was made while the bot ran is put in the place of its data: nothing is answered twice, and what nobody answered is."""

import shutil
from typing import Any

import anyio
import anyio.to_thread

from tests.commands.process import causerie
from tests.conversation.panels import begin
from tests.conversation.test_absence import rests
from tests.rig.town import Town


async def done(town: Town, *arguments: str) -> str:
    """Run a command of the terminal as the town's operator would, and return what it says."""
    ended = await anyio.to_thread.run_sync(
        lambda: causerie(town.data.parent, *arguments, variables=town.environment), abandon_on_cancel=True
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


async def backed_up(town: Town) -> str:
    """Make a backup, and return its name."""
    await done(town, "backup")
    (made,) = [path.name for path in (town.data / "backups").glob("backup-*")]
    return made


async def under_way(town: Town, text: str) -> Any:
    """Ask a question whose answer streams now, and for some seconds."""
    town.model.script(answer="word " * 40, tokens_per_s=20)
    question = await town.alice.say(town.general, text)
    await town.until(lambda: town.replies(question))
    return question


def asked(town: Town) -> list[str]:
    """Return the last lines of what the model was asked, in the order of the requests."""
    return [str(request.body)[-200:] for request in town.model.requests]


async def test_what_came_after_the_backup_is_not_answered_again_and_what_came_after_the_stop_is(town: Town) -> None:
    """A question was under way while the backup was made, two came after it, one while the bot was stopped.

    A moderator has deleted one answer since, so that Discord does not say any more that there was one.
    """
    await town.start()
    first = await begin(town, town.alice, town.general)
    streaming = await under_way(town, "Under way in the backup")
    waiting = await town.alice.say(town.general, "Waits in the backup")
    name = await backed_up(town)
    after = await town.alice.say(town.general, "After the backup")
    moderated = await town.alice.say(town.general, "After the backup, and its answer is deleted")
    for question in (streaming, waiting, after, moderated):
        await town.answered(question)
    town.discord.delete_messages(town.replies(moderated))
    old = (first, streaming, waiting, after, moderated)
    before = {question.id: town.shown(question) for question in old}
    assert await town.stop() == 0
    missed = await town.alice.say(town.general, "While the bot was stopped")
    said = await done(town, "restore", name)
    assert "Questions that were unfinished in the backup and are not asked again: 2." in said
    await town.start()
    await town.answered(missed)
    new = await town.alice.say(town.general, "After the restore")
    await town.answered(new)
    await rests(town)
    assert {question.id: town.shown(question) for question in old} == before
    assert [len(town.replies(question)) for question in (missed, new)] == [1, 1]
    assert len(town.model.requests) == 7, asked(town)


async def test_without_the_replaced_data_nothing_from_before_the_restore_is_answered(town: Town) -> None:
    """Another machine has nothing but the backup: it answers what is written from then on."""
    await town.start()
    await begin(town, town.alice, town.general)
    room = town.bob.direct_messages
    direct = await begin(town, town.bob, room)
    streaming = await under_way(town, "Under way in the backup")
    name = await backed_up(town)
    after = [await town.alice.say(town.general, "After the backup"), await town.bob.say(room, "And here")]
    for question in (streaming, *after):
        await town.answered(question)
    before = {question.id: town.shown(question) for question in (direct, streaming, *after)}
    assert await town.stop() == 0
    missed = await town.alice.say(town.general, "While the bot was stopped")
    shutil.copytree(town.data / "backups" / name, town.data.parent / "carried")
    shutil.rmtree(town.data)
    said = await done(town, "restore", str(town.data.parent / "carried"))
    assert "nothing that was written before this moment is answered" in said
    await town.start()
    new = [await town.alice.say(town.general, "After the restore"), await town.bob.say(room, "Here too")]
    for question in new:
        await town.answered(question)
    await rests(town)
    assert {question.id: town.shown(question) for question in (direct, streaming, *after)} == before
    assert town.replies(missed) == []
    assert [len(town.replies(question)) for question in new] == [1, 1]
    assert len(town.model.requests) == 7, asked(town)


async def test_what_nobody_has_touched_since_the_backup_goes_on_where_it_was(town: Town) -> None:
    """An upgrade that is taken back: the bot was killed, a backup made, and nothing ran since. Nothing accepted is lost."""
    await town.start()
    await begin(town, town.alice, town.general)
    streaming = await under_way(town, "Under way when the bot was killed")
    waiting = await town.alice.say(town.general, "Waits when the bot was killed")
    await town.until(lambda: town.rows("SELECT 1 FROM turn WHERE state = 'queued'"))
    await town.kill()
    name = await backed_up(town)
    said = await done(town, "restore", name)
    assert "that the next start answers: 2." in said
    town.model.script()
    await town.start()
    for question in (streaming, waiting):
        await town.answered(question)
        assert len(town.replies(question)) == 1
    await rests(town)


async def test_a_running_bot_is_not_restored(town: Town) -> None:
    """One line says so, nothing changes, and the conversation goes on."""
    await town.start()
    await begin(town, town.alice, town.general)
    name = await backed_up(town)
    ended = await anyio.to_thread.run_sync(
        lambda: causerie(town.data.parent, "restore", name, variables=town.environment)
    )
    assert ended.returncode == 78
    assert "which another running Causerie uses. Stop that one" in ended.stderr
    await town.answered(await town.alice.say(town.general, "Still there?"))
