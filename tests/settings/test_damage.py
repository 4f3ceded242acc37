"""Every file and variable of the contract with every kind of damage: it is read as it was meant, or refused in one line."""

import os
import re
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from threading import Thread
from typing import Final

import pytest

from open_data import open_data
from settings import text_file
from settings.environment import environment
from settings.errors import ConfigurationError
from settings.settings import DISCORD_REST_URL, OPENAI_BASE_URL, Settings, read
from tests.settings.damage import DAMAGES, NOBODY, as_nobody
from tests.settings.test_settings import TOKEN

KEY: Final = "sk-a-SECRET-that-is-never-said"
READ: Final = None
NO_UTF8: Final = r"UTF-8"

OUTCOMES: Final[dict[str, tuple[str | None, str | None, str | None]]] = {
    # damage: what is said when it befalls .env, the TOML file, a credential; None: it is read as it was meant
    "crlf": (READ, READ, READ),
    "utf8_bom": (READ, READ, READ),
    "utf16_little": (READ, r"is in UTF-16; save it as UTF-8", READ),
    "utf16_big": (READ, r"is in UTF-16; save it as UTF-8", READ),
    "utf32": (READ, r"is in UTF-32; save it as UTF-8", READ),
    "utf16_without_mark": (r"contains a NUL byte in line 1; save it as UTF-8",) * 3,
    "utf16_cut": (r"begins like UTF-16 and is not", r"is in UTF-16", r"begins like UTF-16 and is not"),
    "latin1_comment": (READ, READ, r"is not UTF-8 text"),
    "latin1_value": (r", line 3, is not UTF-8", r"whose line 3 is not UTF-8", r"is not UTF-8 text"),
    "nul_bytes": (r"contains a NUL byte in line",) * 3,
    "folder": (r"is a folder, not a file",) * 3,
    "pipe_without_writer": (r"is a pipe or a device into which nobody wrote within",) * 3,
    "unix_socket": (r"cannot be read \(No such device or address\)",) * 3,
    "broken_link": (r"is a symbolic link to 'not-there', which does not exist",) * 3,
    "links_in_a_circle": (r"cannot be read \(Too many levels of symbolic links\)",) * 3,
    "link": (READ, READ, READ),
    "unreadable": (r"may not be read by the user ",) * 3,
    "endless": (r"is larger than 1,000,000 bytes",) * 3,
    "too_large": (r"is larger than 1,000,000 bytes",) * 3,
}
CONTENTS: Final = {
    ".env": f"DISCORD_TOKEN={TOKEN}\nOPENAI_API_KEY={KEY}\n",
    "causerie.toml": "[limits]\nqueue_cap = 7\n",
    "OPENAI_API_KEY": f"{KEY}\n",
}


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for all files, in a process without any variable of ours that does not wait long for pipes."""
    for name in list(os.environ):
        if name not in ("PATH", "HOME"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(text_file, "PIPE_S", 0.02)
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


def data_of_nobody(folder: Path) -> None:
    """Make the folder of the data, for the user as whom the tests act."""
    (folder / "data").mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(folder / "data", NOBODY, NOBODY)


def started(folder: Path) -> Settings:
    """Return the settings of a bot whose files stand in a folder, after its data has been opened once."""
    found = environment(folder)
    settings = read({"CAUSERIE_DATA": str(folder / "data"), **found.values}, found.warnings)
    open_data(settings).close()
    return settings


def refusal(folder: Path) -> str:
    """Return the one line with which such a bot ends."""
    with pytest.raises(ConfigurationError) as refused:
        started(folder)
    said = str(refused.value)
    assert said.isprintable()
    assert len(said) < 500
    assert KEY not in said
    assert TOKEN not in said
    return said


@pytest.mark.parametrize(("file", "damage"), list(product(CONTENTS, OUTCOMES)))
def test_a_damaged_file_is_read_as_it_was_meant_or_refused_with_path_and_cause(
    folder: Path, monkeypatch: pytest.MonkeyPatch, file: str, damage: str
) -> None:
    """In one line that holds no secret, whatever is wrong with the file (motdotla/dotenv#445: UTF-16 of PowerShell's `>`)."""
    monkeypatch.setenv("CAUSERIE_CONFIG", str(folder / "causerie.toml"))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    for name, content in CONTENTS.items():
        if name != file:
            (folder / name).write_text(content)
    DAMAGES[damage](folder / file, CONTENTS[file])
    data_of_nobody(folder)
    expected = OUTCOMES[damage][list(CONTENTS).index(file)]
    with as_nobody():
        if expected is READ:
            settings = started(folder)
            assert (settings.discord_token, settings.openai_api_key, settings.limits.queue_cap) == (TOKEN, KEY, 7)
            return
        said = refusal(folder)
    assert file in said
    assert re.search(expected, said), said


@pytest.mark.parametrize("file", CONTENTS)
def test_a_file_below_a_file_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    """A path that leads through a file is said to do so."""
    (folder / "file").write_text("")
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    if file == "causerie.toml":
        monkeypatch.setenv("CAUSERIE_CONFIG", str(folder / "file" / file))
    if file == "OPENAI_API_KEY":
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder / "file"))
    said = refusal(folder / "file" if file == ".env" else folder)
    assert "Not a directory" in said
    assert str(folder / "file") in said


def test_a_pipe_that_somebody_writes_into_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some password managers mount `.env` as a pipe."""
    os.mkfifo(folder / ".env")
    monkeypatch.setattr(text_file, "PIPE_S", 10.0)
    writer = Thread(target=(folder / ".env").write_text, args=(CONTENTS[".env"],))
    writer.start()
    assert started(folder).openai_api_key == KEY
    writer.join()


def _odd(good: str) -> dict[str, str]:
    return {
        "empty": "",
        "spaces": "  \t",
        "spaces_around": f"  {good} \t",
        "quotes": f'"{good}"',
        "single_quotes": f"'{good}'",
        "typographic_quotes": f"“{good}”",
        "one_quote": f'"{good}',
        "two_lines": f"{good}\n{good}",
        "escape_character": f"\x1b[31m{good}",
        "byte_that_is_not_utf8": f"\udcff{good}",
        "emoji": f"{good}😀",
        "zero_width_space": f"{good}\u200b",
        "no_break_space_after": f"{good}\xa0",
        "far_too_long": good * 10_000,
        "home": "~",
        "home_of_nobody": "~nobody-has-this-name/x",
        "variable_that_is_not_set": "$NOT_SET_AT_ALL/x",
        "only_slashes": "///",
        "a_device": "/dev/null",
        "password_in_url": "https://me:hunter2@example.org",
        "port": "https://example.org:99999",
        "brackets": "http://[::1",
        "option": "--help",
        "null": "None",
    }


GOOD: Final = {
    "DISCORD_TOKEN": TOKEN,
    "OPENAI_API_KEY": KEY,
    "DISCORD_REST_URL": DISCORD_REST_URL,
    "OPENAI_BASE_URL": OPENAI_BASE_URL,
    "CAUSERIE_DATA": "data",
    "CAUSERIE_CONFIG": "causerie.toml",
}


@pytest.mark.parametrize(("name", "damage"), list(product(GOOD, _odd(""))))
def test_a_damaged_variable_is_read_as_it_was_meant_or_refused_by_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, damage: str
) -> None:
    """In one line that holds no secret, whatever is wrong with the value."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder / "home"))
    (folder / "causerie.toml").write_text(CONTENTS["causerie.toml"])
    for other, value in {**GOOD, name: _odd(GOOD[name])[damage]}.items():
        monkeypatch.setenv(other, value)
    try:
        settings = started(folder)
    except ConfigurationError:
        said = refusal(folder)
        assert name in said
        assert "hunter2" not in said or name == "CAUSERIE_CONFIG"
        return
    if damage in ("spaces_around", "quotes", "single_quotes", "typographic_quotes", "no_break_space_after"):
        assert settings.discord_token == TOKEN
        assert settings.openai_api_key == KEY
        assert (settings.discord_rest_url, settings.openai_base_url) == (DISCORD_REST_URL, OPENAI_BASE_URL)
        assert settings.data == Path("data")
        assert settings.limits.queue_cap == 7
    else:
        assert damage in ("empty", "spaces") or name not in ("DISCORD_TOKEN", "DISCORD_REST_URL", "OPENAI_BASE_URL")


@pytest.mark.parametrize(
    ("name", "damage"),
    list(
        product(
            ["HTTP_PROXY", "https_proxy", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "STATE_DIRECTORY"],
            _odd(""),
        )
    ),
)
def test_a_damaged_variable_of_the_system_is_used_or_refused_by_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, damage: str
) -> None:
    """Proxies, authorities and systemd's folder are named in one line without a password, and never with a traceback."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv(name, _odd("http://proxy.example.org:3128")[damage])
    try:
        started(folder)
    except ConfigurationError:
        said = refusal(folder)
        assert name.upper() in said or (name == "STATE_DIRECTORY" and "CAUSERIE_DATA" in said)
        assert "hunter2" not in said or name in ("SSL_CERT_FILE", "SSL_CERT_DIR")


DATA_DAMAGES: Final = {
    # what stands in the place of the data: what is said of it
    "file": (".", r"which cannot be used \(.* is a file, not a folder\)"),
    "broken_link": (".", r"a symbolic link that leads nowhere"),
    "links_in_a_circle": (".", r"a symbolic link that leads nowhere|Too many levels of symbolic links"),
    "unreadable_folder": (".", r"may not be used by the user|cannot be used"),
    "folder": ("causerie.db", r"is not a file"),
    "pipe_without_writer": ("causerie.db", r"is not a file"),
    "unix_socket": ("causerie.lock", r"is not a file"),
    "broken_link_below": ("causerie.db", r"a symbolic link that leads nowhere"),
    "unreadable": ("causerie.db", r"may not be read and written by the user"),
    "unreadable_log": ("causerie.db-wal", r"may not be read and written by the user"),
    "unreadable_lock": ("causerie.lock", r"may not be read and written by the user"),
    "file_below": ("files", r"cannot be used as a folder by the user .*File exists"),
    "broken_link_files": ("files", r"cannot be used as a folder"),
    "utf16_little": ("causerie.db", r"is not a SQLite database"),
    "nul_bytes": ("causerie.db", r"is not a SQLite database"),
}


@pytest.mark.parametrize("damage", DATA_DAMAGES)
def test_damaged_data_is_refused_with_path_and_cause_and_left_as_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    """The folder and each file in it, as the bot's user finds them."""
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    data = folder / "data"
    where, expected = DATA_DAMAGES[damage]
    if where != ".":
        data_of_nobody(folder)
    path = data / where
    if damage == "file":
        data.write_text("")
    elif damage == "file_below":
        path.write_text("")
    elif damage == "unreadable_folder":
        data.mkdir(mode=0o700)
    else:
        DAMAGES[damage.removesuffix("_below").removesuffix("_log").removesuffix("_lock").removesuffix("_files")](
            path, "text"
        )
    if not damage.startswith("unreadable") and path.exists():
        path.chmod(0o777)
    before = path.lstat()
    with as_nobody():
        said = refusal(folder)
    assert re.search(expected, said), said
    assert "CAUSERIE_DATA" in said
    assert str(data) in said
    after = path.lstat()
    assert (after.st_ino, after.st_mode, after.st_size) == (before.st_ino, before.st_mode, before.st_size)
