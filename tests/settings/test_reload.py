"""What another reading of the settings changes: each setting by its name, and nothing that connections were made with."""

import datetime as dt
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import fields

from models.openai_models import OPENAI_MODELS
from settings.environment import CERTIFICATES, NAMES, PROXIES, Environment, environment
from settings.errors import ConfigurationError
from settings.reload import AT_ONCE, BY_RESTART, reread
from settings.settings import read
from settings.toml_file import ConfigFile

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.one"  # noqa: S105 nobody's
OTHER_TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.two"  # noqa: S105 nobody's

BY_COMMANDS = {"backups"}
"""What only commands read, each time anew."""

WHOLE = {"models", "budgets", "shared_channels", "moderation", "voice", "help"}
"""Tables that have one name, or one key."""

CHANGES = {
    "models": '[[models]]\nname = "mine"\n',
    "limits.queue_cap": "[limits]\nqueue_cap = 3\n",
    "limits.questions_per_minute": "[limits]\nquestions_per_minute = 3\n",
    "limits.missed_age_s": "[limits]\nmissed_age_s = 3\n",
    "limits.missed_per_person": "[limits]\nmissed_per_person = 3\n",
    "limits.file_mb": "[limits]\nfile_mb = 3\n",
    "limits.files_per_question": "[limits]\nfiles_per_question = 3\n",
    "limits.files_mb_per_person": "[limits]\nfiles_mb_per_person = 3\n",
    "limits.max_token": "[limits]\nmax_token = 3\n",
    "limits.concurrent_streams": "[limits]\nconcurrent_streams = 3\n",
    "limits.stream_grace_s": "[limits]\nstream_grace_s = 3\n",
    "limits.thinking_s": "[limits]\nthinking_s = 3\n",
    "permissions.admins": "[permissions]\nadmins = [3]\n",
    "permissions.direct_messages": "[permissions]\ndirect_messages = false\n",
    "permissions.allow": "[permissions.allow]\nusers = [3]\n",
    "permissions.block": "[permissions.block]\nusers = [3]\n",
    "budgets": '[[budgets]]\nscope = "all"\nperiod = "day"\ntokens = 3\n',
    "shared_channels": "[[shared_channels]]\nid = 3\n",
    "discord.requests_per_s": "[discord]\nrequests_per_s = 3\n",
    "moderation": "[moderation]\nblock = [3]\n",
    "voice": "[voice]\nrecording_s_max = 3\n",
    "retention.days": "[retention]\ndays = 3\n",
    "help.url": '[help]\nurl = "https://example.org"\n',
}

TELEMETRY = {
    "telemetry.metrics_port": "[telemetry]\nmetrics_port = 3\n",
    "telemetry.traces_url": '[telemetry]\ntraces_url = "http://127.0.0.1:7/v1/traces"\n',
}

RESTARTS = {
    "DISCORD_TOKEN": OTHER_TOKEN,
    "OPENAI_API_KEY": "sk-two",
    "DISCORD_REST_URL": "http://127.0.0.1:7/api",
    "OPENAI_BASE_URL": "http://127.0.0.1:7/v1",
    "CAUSERIE_DATA": "elsewhere",
    "HTTP_PROXY": "http://127.0.0.1:7",
    "HTTPS_PROXY": "http://127.0.0.1:7",
    "ALL_PROXY": "http://127.0.0.1:7",
    "NO_PROXY": "example.org",
}


class Setup:
    """The settings of a bot that runs, and their file."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "causerie.toml"
        self.file.write_text("")
        self.values = {"DISCORD_TOKEN": TOKEN, "OPENAI_API_KEY": "sk-one", "CAUSERIE_CONFIG": str(self.file)}
        self.before = read(self.values)

    def env(self, **changed: str) -> Environment:
        return Environment({**self.values, **changed}, (), {}, {})


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    """A bot without anything in its file."""
    return Setup(tmp_path)


def test_each_setting_has_its_place() -> None:
    """Whoever adds a key or a variable has to say whether a reload changes it."""
    named = {*AT_ONCE, *BY_RESTART}
    for table in fields(ConfigFile):
        if table.name in BY_COMMANDS:
            continue
        if table.name in WHOLE:
            assert any(name.partition(".")[0] == table.name for name in named), table.name
            continue
        assert isinstance(table.type, type)
        assert issubclass(table.type, Struct)
        assert {f"{table.name}.{key.name}" for key in fields(table.type)} <= named
    assert {*NAMES, *PROXIES, *CERTIFICATES} - {"CAUSERIE_CONFIG"} <= named
    assert set(CHANGES) == set(AT_ONCE)
    assert {*RESTARTS, *CERTIFICATES, "discord.message_content", *TELEMETRY} == set(BY_RESTART)


def test_what_was_not_changed_is_not_said_to_be(setup: Setup) -> None:
    """Another reading of the same file finds nothing."""
    found = reread(setup.before, setup.env())
    assert (found.changed, found.needs_restart) == ((), ())


@pytest.mark.parametrize(("name", "written"), CHANGES.items())
def test_a_change_is_found_by_its_name_and_the_way_back_too(setup: Setup, name: str, written: str) -> None:
    """One name, and the settings are what a start with this file would have."""
    setup.file.write_text(written)
    found = reread(setup.before, setup.env())
    assert (found.changed, found.needs_restart) == ((name,), ())
    started = read(setup.values)
    assert AT_ONCE[name](found.settings) == AT_ONCE[name](started)
    setup.file.write_text("")
    assert reread(found.settings, setup.env()).changed == (name,)


@pytest.mark.parametrize(("name", "value"), RESTARTS.items())
def test_what_takes_a_restart_stays_and_the_rest_counts(setup: Setup, name: str, value: str) -> None:
    """It is said again at each reload until the restart; what it was holds, also for the built-in models."""
    setup.file.write_text("[limits]\nqueue_cap = 3\n")
    found = reread(setup.before, setup.env(**{name: value}))
    assert (found.changed, found.needs_restart) == (("limits.queue_cap",), (name,))
    assert BY_RESTART[name](found.settings) == BY_RESTART[name](setup.before)
    assert found.settings.limits.queue_cap == 3
    assert [model.name for model in found.settings.catalogue] == [model.name for model in OPENAI_MODELS]
    assert reread(found.settings, setup.env(**{name: value})).needs_restart == (name,)


@pytest.mark.parametrize(("name", "written"), TELEMETRY.items())
def test_what_is_watched_by_changes_with_the_restart(setup: Setup, name: str, written: str) -> None:
    """A port that was never opened must not be said to be in force."""
    setup.file.write_text(written)
    found = reread(setup.before, setup.env())
    assert (found.changed, found.needs_restart) == ((), (name,))
    assert BY_RESTART[name](found.settings) == BY_RESTART[name](setup.before)


def test_messages_are_read_as_before_until_the_restart(setup: Setup) -> None:
    """Discord was told at the start what the bot wants to read; storage must not believe otherwise."""
    setup.file.write_text("[discord]\nmessage_content = false\n")
    found = reread(setup.before, setup.env())
    assert found.needs_restart == ("discord.message_content",)
    assert found.settings.message_content
    assert found.settings.limits.reads_content


def test_certificates_take_a_restart(setup: Setup, tmp_path: Path) -> None:
    """The contexts of the connections were made with others."""
    folder = tmp_path / "authorities"
    folder.mkdir()
    (folder / "01234567.0").write_text("")
    found = reread(setup.before, setup.env(SSL_CERT_DIR=str(folder)))
    assert found.needs_restart == ("SSL_CERT_DIR",)
    assert found.settings.certificates == {}


def test_a_mistake_is_the_sentence_of_a_start(setup: Setup) -> None:
    """Also a mistake in what would take a restart: nothing of the file counts."""
    setup.file.write_text("[limits]\nqueue_cap = 0\n")
    wrong: list[str] = []
    for find in (lambda: read(setup.values), lambda: reread(setup.before, setup.env())):
        with pytest.raises(ConfigurationError) as raised:
            find()
        wrong.append(str(raised.value))
    assert wrong[0] == wrong[1]
    setup.file.write_text("")
    with pytest.raises(ConfigurationError, match="DISCORD_TOKEN"):
        reread(setup.before, setup.env(DISCORD_TOKEN="none"))  # noqa: S106 nobody's


def test_env_is_read_again_and_the_process_keeps_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the process has set since it was started, for OpenSSL, is not taken for what it was started with."""
    dotenv = tmp_path / ".env"
    dotenv.write_text("OPENAI_API_KEY=one\n")
    started = environment(tmp_path, {"DISCORD_TOKEN": TOKEN})
    monkeypatch.setenv("SSL_CERT_FILE", "/set/by/the/process")
    dotenv.write_text("OPENAI_API_KEY=two\nSSL_CERT_FILE=/of/the/file\n")
    again = environment(tmp_path, started.process)
    assert again.values == {
        "DISCORD_TOKEN": TOKEN,
        "OPENAI_API_KEY": "two",
        "SSL_CERT_FILE": "/of/the/file",
    }


def test_what_the_models_server_has_taught_is_kept(setup: Setup) -> None:
    """Nobody waits again for a list that is known, and no model that has ended is offered again."""
    name = setup.before.catalogue.menu[-1].name
    setup.before.catalogue.learn_shutdowns({name: dt.date(2020, 1, 1)}, dt.date(2026, 11, 27))
    setup.file.write_text("[limits]\nqueue_cap = 3\n")
    found = reread(setup.before, setup.env())
    assert found.changed == ("limits.queue_cap",)
    assert found.settings.catalogue.has_ended(name)
    assert found.settings.voice.catalogue is found.settings.catalogue
