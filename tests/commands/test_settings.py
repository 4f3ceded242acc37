"""`causerie settings`: every setting is there, with its value and where that stands; nothing secret is."""

import os
import re
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import fields

from commands.settings import listing
from settings.environment import CERTIFICATES, NAMES, PROXIES, environment
from settings.toml_file import ConfigFile
from settings.toml_lines import key_lines
from tests.commands.process import causerie
from tests.commands.test_invite import TOKEN

CONFIG = """\
# models
[[models]]
name = "small"
context_tokens = 8_000

[[models]]
name = "large"
api = "chat_completions" # for now
description = "你好"

[limits]
queue_cap = 20
max_token = 900

[permissions]
admins = [
  1,
  "2",
]
"""


def _listed(text: str) -> dict[str, tuple[str, str]]:
    """Return value and origin by name."""
    rows = [re.fullmatch(r"(\S+) = (.*?)  +(\S.*)", line) for line in text.splitlines()]
    return {row[1]: (row[2], row[3]) for row in rows if row}


def _keys(table: type[Struct], path: str = "") -> set[str]:
    found: set[str] = set()
    for field in fields(table):
        if isinstance(field.type, type) and issubclass(field.type, Struct):
            found |= _keys(field.type, f"{path}{field.name}.")
        else:
            found.add(path + field.name)
    return found


def test_every_setting_is_listed_with_its_default_before_anything_was_set(tmp_path: Path) -> None:
    """And what is wrong, that there is no token, is said at the end, with the status of a wrong setting."""
    ended = causerie(tmp_path, "settings")
    listed = _listed(ended.stdout)
    assert listed.keys() == {*NAMES, *PROXIES, *CERTIFICATES, *_keys(ConfigFile)}
    assert {origin for _, origin in listed.values()} == {"default"}
    assert listed["CAUSERIE_DATA"][0] == str(tmp_path / "data")
    assert listed["limits.queue_cap"][0] == "20"
    assert ended.returncode == os.EX_CONFIG
    assert ended.stderr.startswith("causerie: DISCORD_TOKEN is missing. ")
    assert list(tmp_path.iterdir()) == []


def test_where_a_value_stands_is_said_with_the_line(tmp_path: Path) -> None:
    """Of the environment, of `.env` and of the TOML file; the default beside it, where it is another one."""
    (tmp_path / "causerie.toml").write_text(CONFIG)
    (tmp_path / ".env").write_text(
        f"# mine\nDISCORD_TOKEN={TOKEN}\n\nCAUSERIE_CONFIG=causerie.toml\nHTTPS_PROXY=http://me:SECRET@proxy.test:3128\n"
    )
    variables = {
        "OPENAI_API_KEY": "sk-SECRET",
        "OPENAI_BASE_URL": "http://127.0.0.1:8080/v1?api-key=SECRET",
        "no_proxy": "*",
    }
    ended = causerie(tmp_path, "settings", variables=variables)
    assert (ended.returncode, ended.stderr) == (0, "")
    listed = _listed(ended.stdout)
    assert listed["DISCORD_TOKEN"] == ("set", ".env, line 2; default: not set")
    assert listed["OPENAI_API_KEY"] == ("set", "environment; default: not set")
    assert listed["OPENAI_BASE_URL"] == (
        "http://127.0.0.1:8080/v1?…",
        "environment; default: https://api.openai.com/v1",
    )
    assert listed["CAUSERIE_CONFIG"] == ("causerie.toml", ".env, line 4; default: none")
    assert listed["HTTPS_PROXY"] == ("http://proxy.test:3128", ".env, line 5; default: none")
    assert listed["NO_PROXY"] == ("*", "environment; default: none")
    assert listed["models[0].name"] == ('"small"', "causerie.toml, line 3")
    assert listed["models[0].context_tokens"] == ("8000", "causerie.toml, line 4; default: 0")
    assert listed["models[1].api"] == ('"chat_completions"', 'causerie.toml, line 8; default: "responses"')
    assert listed["models[1].description"] == ('"你好"', 'causerie.toml, line 9; default: ""')
    assert listed["limits.queue_cap"] == ("20", "causerie.toml, line 12; default: 20")
    assert listed["limits.max_token"] == ("900", "causerie.toml, line 13; default: 500")
    assert listed["limits.thinking_s"] == ("600.0", "default")
    assert listed["permissions.admins"] == ('[1, "2"]', "causerie.toml, line 16; default: []")
    assert "SECRET" not in ended.stdout


def test_what_is_wrong_in_the_file_is_the_line_that_run_has_for_it(tmp_path: Path) -> None:
    """The variables are listed all the same."""
    (tmp_path / "causerie.toml").write_text("[limits]\nqueue_capp = 5\n")
    variables = {"DISCORD_TOKEN": TOKEN, "CAUSERIE_CONFIG": "causerie.toml", "OPENAI_API_KEY": "sk-SECRET"}
    ended = causerie(tmp_path, "settings", variables=variables)
    assert ended.returncode == os.EX_CONFIG
    (line,) = ended.stderr.splitlines()
    assert "queue_capp" in line
    assert "Did you mean" in line
    assert _listed(ended.stdout).keys() == {*NAMES, *PROXIES, *CERTIFICATES}
    assert "SECRET" not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    "variables",
    [
        {"OPENAI_BASE_URL": "http://me:SECRET@host/v1", "DISCORD_REST_URL": "https://SECRET@host"},
        {"OPENAI_BASE_URL": "http://[::1", "HTTP_PROXY": "http://me:SECRET@"},
        {"ALL_PROXY": "nonsense://SECRET", "CAUSERIE_CONFIG": "missing.toml"},
        {"CAUSERIE_DATA": "~nobody-at-all/x", "CAUSERIE_CONFIG": "$UNSET/x"},
        {"CAUSERIE_DATA": "a\nb\x1b[2J", "SSL_CERT_FILE": "missing"},
    ],
)
def test_damaged_values_are_listed_without_what_may_be_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    """Whatever is wrong with them is for `settings.read` to say; the list stays one line for each setting."""
    for name in (*NAMES, *PROXIES, *CERTIFICATES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    text = listing(environment(tmp_path))
    assert "SECRET" not in text
    assert all(line.isprintable() for line in text.splitlines())
    assert _listed(text).keys() >= {*NAMES, *PROXIES, *CERTIFICATES}


def test_a_line_is_said_only_where_it_is_certain() -> None:
    """Not below a header that is written in another way, in an inline table, or where a text has the look of a key."""
    assert key_lines(
        'a = 1\n[ "limits" ]\nb = 2\n[x.y] # z\nc = { d = 3 }\ne = """\nc = 4\n"""\n[[m]]\nn = 1\n[[m]]\nn = 2\n'
    ) == {
        "a": 1,
        "?.b": 3,
        "x.y": 4,
        "x.y.e": 6,
        "m[0]": 9,
        "m[0].n": 10,
        "m[1]": 11,
        "m[1].n": 12,
    }
