"""*Forget me* by the real process: no byte of a person is left in any file, whatever kills it meanwhile, and nobody else loses anything."""

import io
import json
import zipfile
from typing import Any

import pytest

from tests.conversation.panels import begin, done, join, open_session, open_user, press, start_with
from tests.conversation.test_dialects import speak
from tests.conversation.test_kinds import EMBEDDING
from tests.conversation.test_restored import done as done_by_operator
from tests.conversation.test_shared_channels import share
from tests.conversation.test_voice_messages import HEARING
from tests.rig.kill import When
from tests.rig.model.audio import RECORDINGS, TRANSCRIPT
from tests.rig.town import CONFIG, Town
from texts.english import PANELS
from texts.say import DEFAULT_LOCALE, locale_for, say

CANARY, BOBS = "Canary", "Bobolink"
FILES = "tests.conversation.reading_files"
THOUGHT = "The user greets"
"""What the model thinks in the shape that the corpus has."""

TRACES = (CANARY, TRANSCRIPT, THOUGHT, "Alice")
"""Words of Alice's, what models made of hers, and her name."""


def traces(town: Town) -> dict[str, list[str]]:
    """Return which files below the data's folder, and whether the log, have something of Alice's."""
    files = [path for path in sorted(town.data.rglob("*")) if path.is_file()]
    found = {
        path.name: [trace for trace in TRACES if trace.encode() in path.read_bytes()] for path in (*files, town.log)
    }
    return {name: words for name, words in found.items() if words}


async def live(town: Town, *, module: str = FILES) -> Any:
    """Start a bot, and leave something of Alice's everywhere; returns the question that streams at the end, in a session of Bob's."""
    town.config.write_text((CONFIG + HEARING + EMBEDDING).replace('"responses"', '"chat_completions"'))
    await town.start(module=module)
    bobs = await begin(town, town.bob, town.general, f"{BOBS} asks", name=f"{BOBS} title")
    await open_user(town, town.alice, system_msg=f"{CANARY} default system")
    speak(town, "qwen3-tags-in-text")
    await begin(town, town.alice, town.general, f"{CANARY} question", name=f"{CANARY} title")
    town.model.script(answer=f"{CANARY} answer")
    await open_session(town, town.alice, town.general, system_msg=f"{CANARY} system")
    text = town.discord.attachment(f"{CANARY}.txt", f"{CANARY} in a file".encode())
    await town.answered(await town.alice.say(town.general, f"{CANARY} with a file", attachments=[text]))
    town.model.script()
    voice = (RECORDINGS / "voice.ogg").read_bytes()
    spoken = town.discord.attachment(f"{CANARY}.ogg", voice, "audio/ogg")
    await town.answered(await town.alice.say(town.general, attachments=[spoken]))
    await town.set_status(town.alice, "new")
    await start_with(town, town.alice, "embedder")
    await town.answered(await town.alice.say(town.general, f"{CANARY} as a vector"))
    await join(town, town.alice, f"{BOBS} title")
    town.model.script(answer=f"The model's word to {BOBS}")
    joined = town.discord.attachment(f"{CANARY}.md", f"{CANARY} in another file".encode())
    await town.answered(await town.alice.say(town.general, f"{CANARY} in Bob's", attachments=[joined]))
    await town.answered(await town.bob.say(town.general, f"{BOBS} goes on", reply_to=town.replies(bobs)[0]))
    town.model.script(answer=f"{CANARY} grows. " * 400, tokens_per_s=40)
    streams = await town.alice.say(town.general, f"{CANARY} streams")
    await town.until(lambda: any(CANARY in shown for shown in town.shown(streams)))
    return streams


async def is_forgotten(town: Town) -> None:
    """Wait until no row waits and nothing is left to be tidied up."""
    await town.until(lambda: not rows_left(town), timeout_s=60)


def rows_left(town: Town) -> list[tuple[Any, ...]]:
    return town.rows(
        "SELECT 'forgetting' FROM forgetting UNION ALL SELECT 'untidy' FROM untidy UNION ALL"
        " SELECT 'file' FROM kept_file WHERE is_removed = 1 UNION ALL SELECT 'session' FROM session WHERE erased_to IS NOT NULL"
    )


async def forget(town: Town, person: Any) -> Any:
    """Press *Forget me* twice; the panel after that."""
    panel = await town.seen(await person.command(town.general, "privacy"))
    panel = await press(town, person, panel, "Forget me")
    return await press(town, person, panel, "Forget me")


def bobs_are_whole(town: Town) -> None:
    """Assert that what Bob said, and what was answered in his session, is there and complete."""
    said = town.rows(
        "SELECT author_name, text FROM utterance JOIN session ON session.id = session"
        f" WHERE title = '{BOBS} title' ORDER BY position"
    )
    assert [who for who, _ in said] == ["Bob", "", "", "", "Bob", ""]
    assert said[0][1] == f"{BOBS} asks"
    assert said[2][1] == ""
    assert said[3][1] == said[5][1] == f"The model's word to {BOBS}"


async def test_no_byte_of_a_person_is_left_anywhere_within_a_minute(town: Town) -> None:
    """Question, answer, title, system message, file, vector, transcript, reasoning, draft, name: in the database, its log, the files, the bot's log."""
    streams = await live(town)
    everywhere = traces(town)
    assert set(TRACES) == {word for words in everywhere.values() for word in words}
    assert len(list((town.data / "files").iterdir())) >= 3
    assert town.rows("SELECT count(*) FROM vector") == town.rows("SELECT count(*) FROM reasoning") == [(1,)]
    done_panel = await forget(town, town.alice)
    assert done_panel.content == PANELS["privacy.forgetting"]
    await town.until(lambda: town.shown(streams) == [ANSWERS_FORGOTTEN])
    await is_forgotten(town)
    assert traces(town) == {}
    assert list((town.data / "files").iterdir()) == []
    bobs_are_whole(town)
    listed = (town.data / "forgotten").read_text().split()
    assert listed[0] == str(town.alice.id)
    await town.until(lambda: not town.reactions(streams))


ANSWERS_FORGOTTEN = say("forgotten", DEFAULT_LOCALE)


async def test_the_model_goes_on_with_what_is_left_and_people_read_what_is_gone(town: Town) -> None:
    """The history stays valid: the place of what was erased says so, to the model and in an export."""
    await live(town)
    await forget(town, town.alice)
    await is_forgotten(town)
    town.model.script(answer="On it goes.")
    await town.set_status(town.bob, "activate")
    await town.answered(await town.bob.say(town.general, f"{BOBS} last"))
    told = [text for _, text in town.model.requests[-1].dialogue]
    assert any("wanted to be forgotten" in text for text in told)
    assert CANARY not in str(town.model.requests[-1].body)
    panel = await open_session(town, town.bob)
    await press(town, town.bob, panel, "Export")
    (exported,) = [
        town.discord.file(message).decode()
        for message in town.bob.visible(town.general)
        if message.ephemeral and message.attachments
    ]
    assert PANELS["conversation.forgotten"].strip("[]") in exported
    assert CANARY not in exported


async def test_whoever_was_forgotten_is_switched_off_and_may_begin_anew(town: Town) -> None:
    """As somebody who was never there."""
    await live(town)
    await forget(town, town.alice)
    await is_forgotten(town)
    assert town.rows(f"SELECT 1 FROM user WHERE discord_user_id = {town.alice.id}") == []
    ignored = await town.alice.say(town.general, "Is anybody there?")
    panel = await open_user(town, town.alice)
    assert CANARY not in panel.content
    town.model.script(answer="Welcome.")
    await town.set_status(town.alice, "new")
    assert await town.answered(await town.alice.say(town.general, "Hello?")) == ["Welcome."]
    assert town.replies(ignored) == []


@pytest.mark.parametrize("when", ["before", "stored"])
async def test_a_kill_in_the_middle_only_means_that_the_next_process_goes_on(town: Town, when: When) -> None:
    """At each request to Discord that follows the press."""
    await live(town)
    panel = await town.seen(await town.alice.command(town.general, "privacy"))
    panel = await press(town, town.alice, panel, "Forget me")
    assert town.bot is not None
    town.counter.arm(town.bot.pid, 1, when)
    await town.alice.press(panel, "Forget me")
    await town.died()
    await town.start(module=FILES)
    await town.until(lambda: town.rows("SELECT 1 FROM turn WHERE reason = 'forgotten'"))
    await is_forgotten(town)
    assert traces(town) == {}
    bobs_are_whole(town)


async def test_kills_between_the_pieces_lose_nothing_of_it(town: Town) -> None:
    """Killed again and again, at moments that nobody chose, until it is done."""
    await live(town)
    await forget(town, town.alice)
    for _ in range(5):
        await town.kill()
        await town.start(module=FILES)
    await is_forgotten(town)
    assert traces(town) == {}
    bobs_are_whole(town)


async def test_forged_presses_forget_nobody_else(town: Town) -> None:
    """On another's panel, on an answer, with numbers that no confirmation had, by somebody who never pressed the first button."""
    await live(town)
    alices = await town.seen(await town.alice.command(town.general, "privacy"))
    bobs = await town.seen(await town.bob.command(town.general, "privacy"))
    answer = next(message for message in town.discord.messages(town.general, seen_by=None) if message.components)
    newest = town.rows("SELECT max(id) FROM session")[0][0]
    for message in (alices, answer):
        for custom_id in (f'1["forget",{newest}]', '1["forget?"]', '1["export_data"]', '1["privacy"]'):
            await done(town, await town.bob.forge(message, custom_id))
    for custom_id in (
        '1["forget",0]',
        '1["forget",-1]',
        '1["forget"]',
        f'1["forget",{newest},{town.alice.id}]',
        '1["forget","x"]',
    ):
        await done(town, await town.bob.forge(bobs, custom_id))
    assert town.rows("SELECT count(*) FROM forgetting") == [(0,)]
    assert town.rows("SELECT count(*) FROM turn WHERE reason = 'forgotten'") == [(0,)]
    assert town.rows(f"SELECT count(*) > 0 FROM utterance WHERE text LIKE '%{CANARY}%'") == [(1,)]
    assert not (town.data / "forgotten").exists()


async def test_an_export_has_all_of_ones_own_and_nothing_of_others(town: Town) -> None:
    """A private ZIP: settings, sessions, what was said elsewhere, files; of Bob only what he said in a session of Alice's."""
    await live(town)
    panel = await town.seen(await town.alice.command(town.general, "privacy"))
    assert "MB" in panel.content
    message = await press(town, town.alice, panel, "Export")
    assert message.ephemeral
    archive = zipfile.ZipFile(io.BytesIO(town.discord.file(message)))
    texts = {name: archive.read(name).decode(errors="replace") for name in archive.namelist()}
    whole = "".join(texts.values())
    for word in (
        "default system",
        "question",
        "title",
        "system",
        "in a file",
        "as a vector",
        "in Bob's",
        "in another file",
    ):
        assert f"{CANARY} {word}" in whole, word
    assert TRANSCRIPT in whole
    assert f"{BOBS} asks" not in whole
    assert f"{BOBS} title" not in whole
    assert all(
        json.loads(line) for name, text in texts.items() if name.endswith(".jsonl") for line in text.splitlines()
    )
    assert sum(name.startswith("files/") for name in texts) == len(list((town.data / "files").iterdir()))
    bobs = await press(town, town.bob, await town.seen(await town.bob.command(town.general, "privacy")), "Export")
    archive = zipfile.ZipFile(io.BytesIO(town.discord.file(bobs)))
    assert TRANSCRIPT not in "".join(archive.read(name).decode(errors="replace") for name in archive.namelist())


async def test_somebody_of_whom_nothing_is_stored_stores_nothing_by_looking(town: Town) -> None:
    """Nor by exporting, nor by being forgotten."""
    await town.start()
    panel = await town.seen(await town.bob.command(town.general, "privacy"))
    assert "0 sessions, 0 questions, 0 MB" in panel.content
    assert (await press(town, town.bob, panel, "Export")).content == PANELS["privacy.nothing"]
    assert town.rows("SELECT count(*) FROM user") == [(0,)]
    await forget(town, town.bob)
    await is_forgotten(town)
    assert town.rows("SELECT count(*) FROM user") == [(0,)]


async def test_what_was_written_before_a_forgetting_is_not_taken_up_after_an_absence(town: Town) -> None:
    """In a channel that everybody shares, with a mention, directly, and by who replies to it; what is written later begins anew."""
    share(town, "general")
    town.model.script(answer="Right.")  # else it would repeat what it was told
    await town.start()
    await town.answered(await town.alice.say(town.general, f"{CANARY} first"))
    await town.set_status(town.alice, "new")
    direct = town.alice.direct_messages
    await town.answered(await town.alice.say(direct, f"{CANARY} privately"))
    await town.kill()
    bot = town.discord.world.bot.mention
    before = [
        await town.alice.say(town.general, f"{CANARY} while it was away"),
        await town.alice.say(town.discord.channel("random"), f"{bot} {CANARY} with a mention"),
        await town.alice.say(direct, f"{CANARY} directly"),
    ]
    await done_by_operator(town, "forget", str(town.alice.id))
    about = await town.bob.say(town.general, f"{bot} Do you know?", reply_to=before[0])
    await town.start()
    await town.answered(about)
    assert CANARY not in str(town.model.requests[-1].body)
    assert [town.shown(message) for message in before] == [[], [], []]
    assert not any(town.reactions(message) for message in before)
    assert traces(town) == {}
    await town.answered(await town.alice.say(town.general, "A new life"))
    assert "A new life" in str(town.model.requests[-1].body)
    await town.alice.edit(before[0], f"{CANARY} edited")
    await town.answered(await town.bob.say(town.general, "Anything else?"))
    assert [word for words in traces(town).values() for word in words if word != "Alice"] == []


async def test_whoever_presses_export_forty_times_gets_one_and_holds_up_nobody(town: Town) -> None:
    """Thirty-nine are told that it is under way, each in their language; others get theirs meanwhile, and it is for everybody to have one again later."""
    await live(town)
    alices = await town.seen(await town.alice.command(town.general, "privacy"))
    bobs = await town.seen(await town.bob.command(town.general, "privacy"))
    town.alice.user.locale = "zh-CN"
    presses = [await town.alice.press(alices, "Export") for _ in range(40)]
    bobs_export = await press(town, town.bob, bobs, "Export")
    assert town.discord.file(bobs_export).startswith(b"PK")
    seen = [await town.seen(one) for one in presses]
    made = [message for message in seen if message.attachments]
    assert len(made) == 1
    said = [message.content for message in seen if not message.attachments]
    assert said == [say("privacy.export_under_way", locale_for("zh-CN"))] * 39
    assert said[0] != PANELS["privacy.export_under_way"]
