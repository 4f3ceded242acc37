"""What an operator can get wrong: exit 78, one line with setting and remedy, no traceback, nothing touched."""

import hashlib
import os
import re
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

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


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ('kind = "image"\nsizes = ["big"]', "sizes of 'm' has 'big', which is no size. Write sizes that the API takes, such as 1024x1024"),
        ('kind = "image"\nsizes = []', "sizes of the model 'm' is empty. Write what can be chosen, or remove the key."),
        ('efforts = ["low", "a lot"]', "efforts of 'm' has 'a lot'; it may have: default, none, minimal, low, medium, high, xhigh, max."),
        ('kind = "embedding"\ndefault = true', "Write default = true at a model of one of these kinds: chat, code, completion, image."),
    ],
)  # fmt: skip
async def test_what_a_model_cannot_offer_or_be(town: Town, model: str, said: str) -> None:
    """The key, the model and what to write."""
    town.config.write_text(f'[[models]]\nname = "m"\n{model}\n\n[[models]]\nname = "chats"\n')
    assert said in await _refused(town)


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


def _as_nobody() -> tuple[str, ...]:
    """Return the command that runs the bot as a user without rights, once its code has been read."""
    become = "import os; os.getuid() or (os.setgid(65534), os.setuid(65534))"
    modules = "import sys, cli, bot, open_data, settings.environment, settings.settings, network.proxies, network.tls, service.logs"
    return (sys.executable, "-c", f"{modules}; {become}; sys.exit(cli.main(['run']))")


def _damaged(folder: Path, damage: str) -> dict[str, str]:
    """Do the damage in a folder; return the variables that lead to it."""
    match damage:
        case "env_folder":
            (folder / ".env").mkdir()
        case "env_latin1":
            (folder / ".env").write_bytes(b"CAUSERIE_DATA=d\xe9j\xe0\n")
        case "env_no_assignment":
            (folder / ".env").write_text("# a comment\nDISCORD_TOKEN nothing\n")
        case "env_unreadable":
            (folder / ".env").write_text("")
            (folder / ".env").chmod(0)
        case "config_folder":
            return {"CAUSERIE_CONFIG": str(folder)}
        case "config_utf16":
            (folder / "c").write_text("[limits]\n", encoding="utf-16")
            return {"CAUSERIE_CONFIG": "c"}
        case "config_unreadable":
            (folder / "c").touch(0)
            return {"CAUSERIE_CONFIG": str(folder / "c")}
        case "credential_pipe":
            os.mkfifo(folder / "DISCORD_TOKEN")
            return {"CREDENTIALS_DIRECTORY": str(folder)}
        case "data_broken_link":
            (folder / "data").symlink_to("not-there")
            return {"CAUSERIE_DATA": str(folder / "data")}
        case "data_below_a_file":
            (folder / "data").touch()
            return {"CAUSERIE_DATA": str(folder / "data" / "below")}
        case "data_unwritable":
            (folder / "data").mkdir(mode=0o555)
        case "home_of_nobody":
            return {"CAUSERIE_DATA": "~nobody-has-this-name/x"}
        case "proxy":
            return {"HTTPS_PROXY": "ftp://proxy"}
        case "authorities":
            return {"SSL_CERT_FILE": str(folder / "none.pem")}
        case "log_of_keys":
            return {"SSLKEYLOGFILE": str(folder / "none" / "keys")}
    return {}


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter; those that pytest makes are closed."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("env_folder", r"\.env' is a folder, not a file"),
        ("env_latin1", r"\.env', line 1, is not UTF-8"),
        ("env_no_assignment", r"\.env', line 2, is not NAME=value"),
        ("env_unreadable", r"\.env' may not be read by the user"),
        ("config_folder", r"CAUSERIE_CONFIG is '.*', which is a folder, not a file"),
        ("config_utf16", r"CAUSERIE_CONFIG is '.*', which is in UTF-16"),
        ("config_unreadable", r"CAUSERIE_CONFIG is '.*', which may not be read by the user"),
        ("credential_pipe", r"DISCORD_TOKEN is a credential, and its file '.*' is a pipe"),
        ("data_broken_link", r"CAUSERIE_DATA is '.*', a symbolic link that leads nowhere"),
        ("data_below_a_file", r"CAUSERIE_DATA is '.*', which cannot be used \('.*/data' is a file, not a folder\)"),
        ("data_unwritable", r"CAUSERIE_DATA is '.*', which cannot be used"),
        ("home_of_nobody", r"CAUSERIE_DATA is '~nobody-has-this-name/x', and nobody knows the home"),
        ("proxy", r"HTTPS_PROXY is 'ftp://proxy', which is no proxy's address"),
        ("authorities", r"SSL_CERT_FILE is '.*', which holds no certificates that can be read"),
        ("log_of_keys", r"SSLKEYLOGFILE is '.*', which cannot be written"),
    ],
)
async def test_a_sample_of_damages_on_the_real_process(town: Town, damage: str, said: str, open_folder: Path) -> None:
    """78, one line, no traceback; `tests/settings/test_damage.py` has every file and variable with every damage."""
    env = {**town.environment, "PYTHONPATH": str(CHECKOUT)}
    command: tuple[str, ...] = (sys.executable, "-m", "cli", "run")
    if damage.endswith(("_unreadable", "_unwritable")):
        command = _as_nobody()
        env |= {"CAUSERIE_CONFIG": "", "CAUSERIE_DATA": str(open_folder / "data")}
    env |= _damaged(open_folder, damage)
    with anyio.fail_after(30):
        ended = await anyio.run_process(command, cwd=open_folder, env=env, check=False, stdin=subprocess.DEVNULL)
    words = ended.stderr.decode()
    assert ended.returncode == os.EX_CONFIG, words
    assert re.search(said, words), words
    assert len(words.splitlines()) == 1, words
    assert ended.stdout == b""
    assert town.model.key not in words
    assert not town.discord.requests


async def test_what_is_doubtful_is_said_in_the_log_at_the_start(town: Town, tmp_path: Path) -> None:
    """A missing key for OpenAI, too many requests, a name in `.env` that is none; the bot starts all the same."""
    (tmp_path / ".env").write_text("DISCORD_TOKN=x\n", encoding="utf-16")
    town.config.write_text("[discord]\nrequests_per_s = 500\n")
    env = {**town.environment, "PYTHONPATH": str(CHECKOUT)}
    del env["OPENAI_API_KEY"], env["OPENAI_BASE_URL"]
    # Nothing is asked of OpenAI, whose address nobody reaches from here.
    env["ALL_PROXY"] = "http://127.0.0.1:9"
    with town.log.open("wb") as log:
        process = await anyio.open_process(
            [sys.executable, "-m", "cli", "run"], cwd=tmp_path, env=env, stdout=log, stderr=log
        )
    await town.discord.ready(60)
    process.terminate()
    assert await process.wait() == 0
    said = town.log.read_text()
    assert "Did you mean DISCORD_TOKEN?" in said
    assert "OPENAI_API_KEY is missing" in said
    assert "requests_per_s is 500" in said


async def test_an_unreachable_model_is_a_sentence_in_the_chat(town: Town) -> None:
    """It is asked for again first, for about 40 seconds; the session is intact: with the model back, *Retry* answers.

    The log says where nobody listens.
    """
    good = town.model.base_url
    town.model.base_url = "http://127.0.0.1:9/v1"
    await town.start()
    town.model.base_url = good
    await town.set_status(town.alice, "new")
    question = await town.alice.say(town.general, "What is a comet?")
    await town.until(lambda: town.replies(question) and not town.reactions(question), timeout_s=90)
    assert "Retry" in str(town.replies(question)[0].components)
    line = [line for line in town.log.read_text().splitlines() if "model.unreachable" in line][-1]
    assert "http://127.0.0.1:9/" in line
    assert "ConnectionRefusedError" in line
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
    places = [town.log, *(place for place in town.data.rglob("*") if place.is_file())]
    assert not [place.name for place in places if b"SECRET" in place.read_bytes()]
    assert not [request.path for request in town.discord.requests if wrong[-8:] in request.text]
    await town.start()
    await town.alice.press(town.replies(question)[0], "Retry")
    await town.until(lambda: "You said: [Alice]: What is a comet?" in town.shown(question))
    assert town.rows("SELECT count(*) FROM session") == [(1,)]
