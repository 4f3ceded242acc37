"""Settings: where they come from, what their defaults are, and how wrong ones are refused."""

import base64
import json
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from messages.ids import ChannelId, GuildId, RoleId, UserId
from models.catalogue import SERVERS_FIRST, Catalogue
from models.openai_models import OPENAI_MODELS
from settings.environment import environment
from settings.errors import ConfigurationError
from settings.settings import Settings, read
from storage.permissions import Lists, Permissions
from texts.say import ENGLISH

CHECKOUT = Path(__file__).parents[2]
TOKEN = f"{base64.b64encode(b'1234567890').decode()}.abcdef.ghijklmnop"


def test_the_process_environment_wins_over_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env` counts only for names that the environment does not have."""
    (tmp_path / ".env").write_text("DISCORD_TOKEN=from-file\nOPENAI_API_KEY=sk-from-file\n")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-environment")
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)
    env = environment(tmp_path).values
    assert (env["DISCORD_TOKEN"], env["OPENAI_API_KEY"]) == ("from-file", "sk-from-environment")


def test_secrets_come_from_systemds_credentials_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under systemd, secrets are files, and nobody needs to put one into the environment."""
    (tmp_path / "DISCORD_TOKEN").write_text(f"{TOKEN}\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/causerie")
    monkeypatch.setenv("DISCORD_TOKEN", "not this one")
    for name in ("CAUSERIE_DATA", "CAUSERIE_CONFIG", "DISCORD_REST_URL", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    settings = read(environment(tmp_path).values)
    assert settings.discord_token == TOKEN
    assert settings.data == Path("/var/lib/causerie")


def test_a_token_alone_is_enough() -> None:
    """Everything else has a default."""
    settings = read({"DISCORD_TOKEN": TOKEN})
    assert settings.discord_rest_url == "https://discord.com/api/v10"
    assert settings.openai_base_url == "https://api.openai.com/v1"
    assert settings.limits.default_model == settings.catalogue.default.name
    assert settings.message_content


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENAI_BASE_URL", "localhost:1234"),
        ("OPENAI_BASE_URL", "ftp://host"),
        ("DISCORD_REST_URL", "http://"),
        ("OPENAI_API_KEY", "two words"),
        ("OPENAI_API_KEY", "line\nbreak"),
        ("OPENAI_API_KEY", "sk-abcdef…uvwxyz"),  # as a browser shortens it (lanqian528/chat2api#16)
        ("CAUSERIE_CONFIG", "/nonexistent.toml"),
        ("DISCORD_TOKEN", "three.parts.only"),
    ],
)
def test_a_wrong_value_is_refused_by_name_in_one_line(name: str, value: str) -> None:
    """The error names the setting, and does not repeat a secret."""
    with pytest.raises(ConfigurationError) as refused:
        read({"DISCORD_TOKEN": TOKEN, name: value})
    said = str(refused.value)
    assert name in said
    assert "\n" not in said
    assert name not in ("OPENAI_API_KEY", "DISCORD_TOKEN") or value not in said


def reading(tmp_path: Path, toml: str) -> Settings:
    """Return the settings of a bot whose TOML file has this text."""
    file = tmp_path / "causerie.toml"
    file.write_text(toml, encoding="utf-8")
    return read({"DISCORD_TOKEN": TOKEN, "CAUSERIE_CONFIG": str(file)})


@pytest.mark.parametrize("seconds", ["nan", "inf", "-inf", "-1"])
def test_a_grace_that_is_no_time_is_refused(tmp_path: Path, seconds: str) -> None:
    """With such a value the process would never end, or would end at once and lose what streams."""
    with pytest.raises(ConfigurationError, match=r"limits\.stream_grace_s is .*from 0 to 3,600"):
        reading(tmp_path, f"[limits]\nstream_grace_s = {seconds}")
    assert reading(tmp_path, "[limits]\nstream_grace_s = 0").stream_grace_s == 0


def test_without_permissions_everybody_is_admitted() -> None:
    """Without a file there are no lists, and storage gets the same permissions as the gateway."""
    settings = read({"DISCORD_TOKEN": TOKEN})
    assert settings.permissions == settings.limits.permissions == Permissions()


def test_ids_may_be_numbers_or_texts(tmp_path: Path) -> None:
    """People paste ids with and without quotes, and sometimes twice."""
    settings = reading(
        tmp_path,
        """
        [permissions]
        admins = [18446744073709551615, " 80351110224678912 ", 80351110224678912]
        direct_messages = false
        [permissions.allow]
        servers = ["1"]
        channels = [2]
        roles = ["3", 4]
        users = [5]
        [permissions.block]
        servers = [11]
        channels = ["12"]
        roles = ["13"]
        users = ["14"]
        """,
    )
    assert settings.permissions == Permissions(
        admins=frozenset({UserId(2**64 - 1), UserId(80351110224678912)}),
        direct_messages=False,
        allow=Lists(
            servers=frozenset({GuildId(1)}),
            channels=frozenset({ChannelId(2)}),
            roles=frozenset({RoleId(3), RoleId(4)}),
            users=frozenset({UserId(5)}),
        ),
        block=Lists(
            servers=frozenset({GuildId(11)}),
            channels=frozenset({ChannelId(12)}),
            roles=frozenset({RoleId(13)}),
            users=frozenset({UserId(14)}),
        ),
    )
    assert settings.limits.permissions == settings.permissions


@pytest.mark.parametrize(
    "wrong",
    [
        "0",
        "-1",
        "18446744073709551616",
        '"18446744073709551616"',
        '"moderators"',
        '""',
        '"1e5"',
        '"１２３"',
        '"<@80351110224678912>"',
        '"""two\nlines"""',
        f'"{"9" * 5000}"',
        "1.5",
        "true",
        "[1]",
    ],
)
@pytest.mark.parametrize("key", ["admins", "allow.servers", "allow.channels", "block.roles", "block.users"])
def test_what_is_no_id_is_refused_by_its_key(tmp_path: Path, key: str, wrong: str) -> None:
    """The error is one short line that says what to do, whatever the value is."""
    with pytest.raises(ConfigurationError) as refused:
        reading(tmp_path, f"[permissions]\n{key} = [1, {wrong}]\n")
    said = str(refused.value)
    assert f"permissions.{key}" in said
    assert "Copy ID" in said or "causerie.example.toml" in said
    assert "\n" not in said
    assert len(said) < 400


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("[permissions]\nadmin = [1]", "admin"),
        ("[permissions]\nadmins = 1", "permissions.admins"),
        ("[permissions]\ndirect_messages = 1", "direct_messages"),
        ("[permissions.deny]\nusers = [1]", "deny"),
        ("[permissions.allow]\nuser = [1]", "user"),
        ('[[models]]\nname = "m"\nmenu = false', "menu"),
        ('[[models]]\nname = "m"\nkind = "painting"', "kind"),
    ],
)
def test_a_key_that_is_misspelt_is_not_passed_over(tmp_path: Path, toml: str, named: str) -> None:
    """If a misspelt list were ignored, the people whom it should keep out would get in."""
    with pytest.raises(ConfigurationError, match=named):
        reading(tmp_path, toml)


@pytest.mark.parametrize(
    "url",
    [
        "example.org/guide",
        "javascript:alert(1)",
        "https://",
        "https://me:secret@example.org",
        "https://example.org/a page",
        "https://example.org/说明",
        "https://[::1",
        "https://example.org/" + "u" * 500,
    ],
)
def test_a_page_for_people_that_no_button_can_open_is_refused(tmp_path: Path, url: str) -> None:
    """Discord would refuse every hint that has such a button. A password is not repeated."""
    with pytest.raises(ConfigurationError, match=r"help\.url") as refused:
        reading(tmp_path, f"[help]\nurl = {json.dumps(url)}")
    assert "secret" not in str(refused.value)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("url", ["", "https://example.org/guide#start", "http://intranet:8080/bot?lang=en"])
def test_a_page_for_people_is_taken_as_it_is_written(tmp_path: Path, url: str) -> None:
    """With its fragment, and with the slash at its end."""
    assert reading(tmp_path, f"[help]\nurl = {json.dumps(url)}").guide_url == url
    assert reading(tmp_path, "").guide_url == ""


def test_the_example_shows_the_defaults_of_permissions_and_models(tmp_path: Path) -> None:
    """A bot with the example file, as it is copied, has the same permissions and default model, and models of one server only."""
    settings = reading(tmp_path, (CHECKOUT / "causerie.example.toml").read_text(encoding="utf-8"))
    assert settings.permissions == Permissions()
    built_in = Catalogue(OPENAI_MODELS).default
    assert settings.catalogue.default == replace(built_in, description=ENGLISH["about.gpt-6-luna"])
    assert list(settings.catalogue) == [settings.catalogue.default]
    assert built_in in OPENAI_MODELS


def test_the_models_that_the_example_has_as_comments_can_be_used(tmp_path: Path) -> None:
    """An operator takes the signs of comment away, and nothing else."""
    lines = (CHECKOUT / "causerie.example.toml").read_text(encoding="utf-8").splitlines()
    keys = r"# (\[\[\w+\]\]|\w+ = .*)"
    settings = reading(tmp_path, "\n".join(re.sub(rf"^{keys}", r"\1", line) for line in lines))
    assert {model.kind for model in settings.catalogue} == {"chat", "transcription", "speech", "image"}
    assert settings.limits.budgets


def test_a_server_of_ones_own_needs_no_list_of_models(tmp_path: Path) -> None:
    """Its address is completed, and its models are asked for; a list in the TOML file counts everywhere."""
    own = {"DISCORD_TOKEN": TOKEN, "OPENAI_BASE_URL": "http://127.0.0.1:8080"}
    settings = read(own)
    assert settings.openai_base_url == "http://127.0.0.1:8080/v1"
    assert settings.catalogue.is_waiting
    assert settings.limits.default_model == SERVERS_FIRST
    config = tmp_path / "causerie.toml"
    config.write_text('[[models]]\nname = "mine"\nleft_out = ["store"]\n[limits]\nthinking_s = 60\n')
    settings = read({**own, "CAUSERIE_CONFIG": str(config)})
    assert [model.name for model in settings.catalogue] == ["mine"]
    assert settings.thinking_s == 60
    assert settings.voice.hears is None
    theirs = read({"DISCORD_TOKEN": TOKEN, "OPENAI_BASE_URL": "https://eu.api.openai.com/v1/responses"})
    assert theirs.openai_base_url == "https://eu.api.openai.com/v1"
    assert tuple(theirs.catalogue) == OPENAI_MODELS


def test_the_bounds_of_files_are_settings_in_megabytes(tmp_path: Path) -> None:
    """Of one file, of one question, and of one person."""
    config = tmp_path / "causerie.toml"
    config.write_text("[limits]\nfile_mb = 3\nfiles_per_question = 4\nfiles_mb_per_person = 5\n")
    settings = read({"DISCORD_TOKEN": TOKEN, "CAUSERIE_CONFIG": str(config)})
    assert (settings.file_bytes_max, settings.files_per_question) == (3_000_000, 4)
    assert settings.limits.files_bytes_per_person == 5_000_000
    settings = read({"DISCORD_TOKEN": TOKEN})
    assert (settings.file_bytes_max, settings.files_per_question) == (20_000_000, 10)
    assert settings.limits.files_bytes_per_person == 500_000_000


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("~/bot", "/home/me/bot"),
        ("$HOME/bot", "/home/me/bot"),
        ("${HOME}/bot", "/home/me/bot"),
        ('"$HOME/bot"', "/home/me/bot"),
        ("bot", "bot"),
        ("/srv/a folder", "/srv/a folder"),
    ],
)
def test_a_path_is_read_as_a_shell_would_have(monkeypatch: pytest.MonkeyPatch, written: str, expected: str) -> None:
    """`.env` and systemd hand over `~` and variables as they were typed."""
    monkeypatch.setenv("HOME", "/home/me")
    assert read({"DISCORD_TOKEN": TOKEN, "CAUSERIE_DATA": written, "HOME": "/home/me"}).data == Path(expected)


def test_a_folder_with_an_odd_name_that_exists_is_taken_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dollar sign in a name is not always a variable."""
    monkeypatch.chdir(tmp_path)
    for name in ("$HOME", "~", "'quoted'", " "):
        Path(name).mkdir()
        assert read({"DISCORD_TOKEN": TOKEN, "CAUSERIE_DATA": f"{name}"}).data == Path("data" if name == " " else name)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("~nobody-has-this-name/bot", "nobody knows the home that ~ stands for"),
        ("$NOT_SET_AT_ALL/bot", "but the variable NOT_SET_AT_ALL is not set"),
        ("${NOT_SET_AT_ALL}/bot", "but the variable NOT_SET_AT_ALL is not set"),
        ("a\0b", "which is not a path"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(written: str, said: str) -> None:
    """Instead of a folder called `~nobody` in the folder of the checkout."""
    for name in ("CAUSERIE_DATA", "CAUSERIE_CONFIG"):
        with pytest.raises(ConfigurationError, match=re.escape(said)) as refused:
            read({"DISCORD_TOKEN": TOKEN, name: written})
        assert name in str(refused.value)


def test_of_systemds_state_folders_the_first_is_taken() -> None:
    """Systemd separates them by colons (systemd.exec(5), STATE_DIRECTORY)."""
    assert read({"DISCORD_TOKEN": TOKEN, "STATE_DIRECTORY": "/var/lib/a:/var/lib/b"}).data == Path("/var/lib/a")


def test_a_token_is_read_as_it_stands_in_a_header() -> None:
    """People copy it with `Bot` before it."""
    assert read({"DISCORD_TOKEN": f"Bot {TOKEN}"}).discord_token == TOKEN


def test_a_default_model_that_has_ended_is_said_and_another_takes_its_place(tmp_path: Path) -> None:
    """Nothing keeps the bot from starting; the date is one of TOML's."""
    toml = '[[models]]\nname = "old"\ndefault = true\nshutdown_date = 2026-01-31\n[[models]]\nname = "new"\n'
    settings = reading(tmp_path, toml)
    assert (settings.limits.default_model, settings.catalogue.default.name) == ("new", "new")
    assert "'old', the default, has ended on 2026-01-31. New sessions start with 'new'." in settings.warnings[-1]


def test_what_is_probably_not_meant_is_a_warning(tmp_path: Path) -> None:
    """A missing key for OpenAI's server, and more requests than Discord allows; what `.env` was warned of comes first."""
    assert read({"DISCORD_TOKEN": TOKEN, "OPENAI_API_KEY": "sk"}).warnings == ()
    assert read({"DISCORD_TOKEN": TOKEN, "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}).warnings == ()
    first, missing = read({"DISCORD_TOKEN": TOKEN}, ["A name."]).warnings
    assert first == "A name."
    assert missing.startswith("OPENAI_API_KEY is missing, and https://api.openai.com/v1 answers nobody without a key.")
    assert reading(tmp_path, "[discord]\nrequests_per_s = 50").warnings == (missing,)
    assert "requests_per_s is 500" in reading(tmp_path, "[discord]\nrequests_per_s = 500").warnings[-1]
