"""What an operator can get wrong: exit 78, one line with setting and remedy, no traceback, nothing touched."""

import hashlib
import resource
import sqlite3
import sys

import anyio
import pytest

from storage.limits import Limits
from storage.sqlite import open_store
from tests.rig.town import CHECKOUT, Town


async def _refused(town: Town, **environment: str) -> str:
    """Run the bot with other settings; returns its one line."""
    env = {**town.environment, **environment}
    with anyio.fail_after(30):
        ended = await anyio.run_process([sys.executable, "-m", "cli", "run"], cwd=CHECKOUT, env=env, check=False)
    said = ended.stderr.decode()
    assert ended.returncode == 78, said
    lines = said.strip().splitlines()
    assert len(lines) == 1, said
    assert town.model.key not in said
    assert ended.stdout == b""
    return lines[0]


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "bm90IGEgbnVtYmVy.x.y", "MTIz.x.y\nz"])
async def test_a_missing_or_malformed_token(town: Town, token: str) -> None:
    """The setting is named, the remedy too, the token is not."""
    line = await _refused(town, DISCORD_TOKEN=token)
    assert "DISCORD_TOKEN" in line
    assert "developer portal" in line
    assert not token or token not in line


async def test_a_base_url_without_a_scheme(town: Town) -> None:
    """The value is said, and what it must begin with."""
    line = await _refused(town, OPENAI_BASE_URL="localhost:1234")
    assert "OPENAI_BASE_URL is 'localhost:1234'" in line
    assert "http://" in line


@pytest.mark.parametrize("content", [b"not a database, but somebody's notes" * 40, None, "damaged"])
async def test_a_database_that_is_not_ours_is_left_alone(town: Town, content: bytes | str | None) -> None:
    """Neither somebody's notes nor another program's database, nor our own with its first bytes lost; nothing appears beside it."""
    town.data.mkdir()
    file = town.data / "causerie.db"
    if isinstance(content, str):
        open_store(file, Limits(default_model="m")).close()
        file.write_bytes(bytes(100) + file.read_bytes()[100:])
    elif content is None:
        connection = sqlite3.connect(file)
        connection.execute("CREATE TABLE recipes (name TEXT)")
        connection.commit()
        connection.close()
    else:
        file.write_bytes(content)
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    line = await _refused(town)
    assert "CAUSERIE_DATA" in line
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before
    assert {path.name for path in town.data.iterdir()} <= {"causerie.db", "causerie.lock"}


async def test_a_second_process_on_the_same_data(town: Town) -> None:
    """It ends before it says anything to Discord, after two seconds of work at most; the first one goes on.

    Its work is counted, not the time that the machine takes for it beside other work.
    """
    await town.start()
    identifies, requests = len(town.discord.gateway.identifies), len(town.discord.requests)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    line = await _refused(town)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime <= 2.0
    assert len(town.discord.requests) == requests
    assert "CAUSERIE_DATA" in line
    assert len(town.discord.gateway.identifies) == identifies
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "Still there?"))


async def test_a_token_that_discord_refuses(town: Town) -> None:
    """One attempt."""
    number, _, rest = town.discord.token.partition(".")
    line = await _refused(town, DISCORD_TOKEN=f"{number}.{rest[:-4]}AAAA")
    assert "DISCORD_TOKEN was refused" in line


async def test_the_message_content_intent_refused(town: Town) -> None:
    """The remedy names the portal and the setting."""
    town.discord.message_content_enabled = False
    line = await _refused(town)
    assert "message content intent" in line
    assert "message_content = false" in line


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("[limits]\nqueue_cap = 0", "queue_cap"),
        ("[limits]\nqueue_cup = 1", "queue_cup"),
        ("models = 3", "models"),
        ("[[models]]\napi = 'responses'", "name"),
        ("this is not TOML", "CAUSERIE_CONFIG"),
    ],
)
async def test_a_wrong_toml_file(town: Town, toml: str, named: str) -> None:
    """The key is named."""
    town.config.write_text(toml)
    assert named in await _refused(town)


async def test_an_unreachable_model_is_a_sentence_in_the_chat(town: Town) -> None:
    """It is asked for again first, for about 40 seconds; the session is intact: with the model back, *Retry* answers."""
    good = town.model.base_url
    town.model.base_url = "http://127.0.0.1:9/v1"
    await town.start()
    town.model.base_url = good
    await town.set_status(town.alice, "new")
    question = await town.alice.say(town.general, "What is a comet?")
    await town.until(lambda: town.replies(question) and not town.reactions(question), timeout_s=90)
    assert "Retry" in str(town.replies(question)[0].components)
    await town.stop()
    await town.start()
    await town.alice.press(town.replies(question)[0], "Retry")
    await town.until(lambda: "You said: [Alice]: What is a comet?" in town.shown(question))


async def test_a_wrong_key_is_a_sentence_in_the_chat(town: Town) -> None:
    """One request; the key appears nowhere, nor do the server's own words; with the right key *Retry* answers in the session."""
    key, town.model.key = town.model.key, "sk-another-SECRET-key-0123"
    await town.start()
    town.model.key, wrong = key, town.model.key
    await town.set_status(town.alice, "new")
    question = await town.alice.say(town.general, "What is a comet?")
    await town.until(lambda: town.replies(question) and not town.reactions(question))
    (text,) = town.shown(question)
    assert "key" in text
    assert "sk-" not in text
    assert len(town.model.requests) == 1
    await town.stop()
    places = [town.log, *town.data.iterdir()]
    assert not [place.name for place in places if b"SECRET" in place.read_bytes()]
    assert not [request.path for request in town.discord.requests if wrong[-8:] in request.text]
    await town.start()
    await town.alice.press(town.replies(question)[0], "Retry")
    await town.until(lambda: "You said: [Alice]: What is a comet?" in town.shown(question))
    assert town.rows("SELECT count(*) FROM session") == [(1,)]
