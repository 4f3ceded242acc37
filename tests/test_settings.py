"""Where settings come from, and what their defaults are."""

import base64
from pathlib import Path

import pytest

import settings

TOKEN = f"{base64.b64encode(b'1234567890').decode()}.abcdef.ghijklmnop"


def test_the_process_environment_wins_over_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env` is for what the environment does not say."""
    (tmp_path / ".env").write_text("DISCORD_TOKEN=from-file\nOPENAI_API_KEY=sk-from-file\n")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-environment")
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)
    env = settings.environment(tmp_path)
    assert (env["DISCORD_TOKEN"], env["OPENAI_API_KEY"]) == ("from-file", "sk-from-environment")


def test_secrets_come_from_systemds_credentials_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under systemd no secret stands in the environment."""
    (tmp_path / "DISCORD_TOKEN").write_text(f"{TOKEN}\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/causerie")
    monkeypatch.setenv("DISCORD_TOKEN", "not this one")
    for name in ("CAUSERIE_DATA", "CAUSERIE_CONFIG", "DISCORD_REST_URL", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    read = settings.read(settings.environment(tmp_path))
    assert read.discord_token == TOKEN
    assert read.data == Path("/var/lib/causerie")


def test_a_token_alone_is_enough() -> None:
    """Everything else has a default."""
    read = settings.read({"DISCORD_TOKEN": TOKEN})
    assert read.discord_rest_url == "https://discord.com/api/v10"
    assert read.openai_base_url == "https://api.openai.com/v1"
    assert read.limits.default_model == read.catalogue.default.name
    assert read.message_content


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENAI_BASE_URL", "localhost:1234"),
        ("OPENAI_BASE_URL", "ftp://host"),
        ("DISCORD_REST_URL", "http://"),
        ("OPENAI_API_KEY", "two words"),
        ("OPENAI_API_KEY", "line\nbreak"),
        ("CAUSERIE_CONFIG", "/nonexistent.toml"),
        ("DISCORD_TOKEN", "three.parts.only"),
    ],
)
def test_a_wrong_value_is_refused_by_name_in_one_line(name: str, value: str) -> None:
    """The secret ones are not repeated."""
    with pytest.raises(settings.Misconfigured) as refused:
        settings.read({"DISCORD_TOKEN": TOKEN, name: value})
    said = str(refused.value)
    assert name in said
    assert "\n" not in said
    assert name not in ("OPENAI_API_KEY", "DISCORD_TOKEN") or value not in said
