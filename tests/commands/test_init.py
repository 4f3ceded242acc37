"""`causerie init` in a real terminal: what is typed is not shown, `.env` is private from its first byte on, and nothing is lost."""

import fcntl
import os
import pty
import re
import select
import stat
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from commands.init import init
from settings.env_file import values_in, with_values
from settings.environment import environment
from settings.errors import ConfigurationError
from tests.commands.process import CHECKOUT, causerie
from tests.commands.test_invite import TOKEN

KEY = "sk-proj-SECRET_key#1"
TERMINAL_S = 60.0


def typed(
    folder: Path,
    answers: Sequence[str],
    *arguments: str,
    variables: Mapping[str, str] | None = None,
    umask: int = 0o002,
) -> tuple[int, str]:
    """Run `causerie init` in a terminal, type an answer at each prompt, and return the exit status and what was shown."""
    terminal, end = pty.openpty()
    env = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "PYTHONPATH": str(CHECKOUT), **(variables or {})}
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "init", *arguments],
        cwd=folder,
        env=env,
        stdin=end,
        stdout=end,
        stderr=end,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(end, termios.TIOCSCTTY, 0),  # noqa: PLW1509 no thread runs here
        umask=umask,
    )
    os.close(end)
    left, shown, seen = list(answers), "", 0
    ends_at_s = time.monotonic() + TERMINAL_S
    while select.select([terminal], [], [], max(0.0, ends_at_s - time.monotonic()))[0]:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # Linux: nobody has the terminal's other end open any more
            break
        shown += piece.decode()
        if shown[seen:].rstrip(" ").endswith(":") and "not shown" in shown[seen:] and left:
            seen = len(shown)
            os.write(terminal, left.pop(0).encode())
    os.close(terminal)
    return process.wait(TERMINAL_S), shown


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_what_is_typed_is_written_and_not_shown(tmp_path: Path, umask: int) -> None:
    """Whatever the umask is, only the owner may read the file; the text names the next two commands."""
    status, shown = typed(tmp_path, [f"Bot {TOKEN}\n", f"'{KEY}'\n"], umask=umask)
    assert status == 0, shown
    file = tmp_path / ".env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [".env"]
    assert values_in(file.read_text()) == {"DISCORD_TOKEN": TOKEN, "OPENAI_API_KEY": KEY}
    assert re.findall(r"  causerie (\w+)", shown) == ["invite", "check", "run"]
    assert "SECRET" not in shown
    assert TOKEN not in shown


def test_a_token_of_the_wrong_shape_is_asked_for_again(tmp_path: Path) -> None:
    """People paste the application's id first. After three times nothing is written, and the status is that of a wrong setting."""
    status, shown = typed(tmp_path, ["123456789012345678\n", f"{TOKEN}\n", "\n"])
    assert status == 0, shown
    assert "is not a bot's token" in shown
    assert "OPENAI_BASE_URL" in shown
    assert values_in((tmp_path / ".env").read_text()) == {"DISCORD_TOKEN": TOKEN, "OPENAI_API_KEY": ""}
    (tmp_path / ".env").unlink()
    status, shown = typed(tmp_path, ["SECRET\n"] * 3)
    assert status == os.EX_CONFIG
    assert "SECRET" not in shown
    assert list(tmp_path.iterdir()) == []
    assert "between. Copy it again." in shown
    assert "Nothing was written. Copy it again, and run init again." in shown
    assert "into .env" not in shown


def test_secrets_that_stand_there_are_replaced_only_when_told(tmp_path: Path) -> None:
    """Every other line stays as it is, also comments and settings that the bot does not know."""
    file = tmp_path / ".env"
    text = f"# mine\nDISCORD_TOKEN={TOKEN}\n\nOPENAI_BASE_URL=http://127.0.0.1:1/v1 # home\nOPENAI_API_KEY=old\nOTHER='a b'"
    file.write_text(text)
    status, shown = typed(tmp_path, [])
    assert (status, file.read_text()) == (os.EX_CONFIG, text)
    assert "init --overwrite" in shown
    status, shown = typed(
        tmp_path, [f"{TOKEN}x\n", f"{KEY}\n"], "--overwrite", variables={"OPENAI_API_KEY": "sk-other"}
    )
    assert status == 0, shown
    assert file.read_text() == text.replace(TOKEN, f"{TOKEN}x").replace("=old", f"='{KEY}'") + "\n"
    assert "OPENAI_API_KEY is set in the environment, too" in shown


def test_a_copy_of_the_example_is_filled_in_where_it_is_empty(tmp_path: Path) -> None:
    """And a secret that stands there already is kept, and not asked for."""
    example = (CHECKOUT / ".env.example").read_text()
    home = tmp_path / "elsewhere"
    home.mkdir()
    (home / "env").write_text(example.replace("OPENAI_API_KEY=\n", "OPENAI_API_KEY=sk-kept\n"))
    (tmp_path / ".env").symlink_to(home / "env")
    status, shown = typed(tmp_path, [f"{TOKEN}\n"])
    assert status == 0, shown
    assert (tmp_path / ".env").is_symlink()
    assert stat.S_IMODE((home / "env").stat().st_mode) == 0o600
    wanted = example.replace("DISCORD_TOKEN=\n", f"DISCORD_TOKEN={TOKEN}\n").replace("API_KEY=\n", "API_KEY=sk-kept\n")
    assert (home / "env").read_text() == wanted
    assert "OPENAI_API_KEY stood in it already, and was kept." in shown


def test_somebody_who_leaves_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-D is no answer, and Ctrl-C ends the command as it ends every other."""
    assert typed(tmp_path, ["\x04"])[0] == os.EX_CONFIG
    assert typed(tmp_path, [f"{TOKEN}\n", "\x03"])[0] == 0
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    """A password manager's pipe, or a folder, must not be replaced by a file with secrets in it."""
    (tmp_path / ".env").mkdir()
    status, shown = typed(tmp_path, [])
    assert status == os.EX_CONFIG
    assert ".env" in shown
    (tmp_path / ".env").rmdir()
    os.mkfifo(tmp_path / ".env")
    with pytest.raises(ConfigurationError, match="pipe"):
        init(tmp_path, {}, overwrite=True, program="causerie")
    assert (tmp_path / ".env").is_fifo()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_root_leaves_the_file_to_its_owner(tmp_path: Path) -> None:
    """Otherwise the bot, which runs as that user, could not read it any more."""
    (tmp_path / ".env").write_text("A=1\n")
    os.chown(tmp_path / ".env", 12345, 23456)
    assert typed(tmp_path, [f"{TOKEN}\n", "\n"])[0] == 0
    found = (tmp_path / ".env").stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (12345, 23456, 0o600)


def test_without_a_terminal_it_says_what_to_do_instead(tmp_path: Path) -> None:
    """In one line; a script must not wait for an answer that never comes."""
    ended = causerie(tmp_path, "init")
    assert (ended.returncode, ended.stdout) == (os.EX_CONFIG, "")
    (line,) = ended.stderr.splitlines()
    assert "there is none" in line
    assert "DISCORD_TOKEN" in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    """After the answers, because only then something is to be written; nothing is left behind."""
    tmp_path.chmod(0o500)
    status, shown = typed(tmp_path, [f"{TOKEN}\n", "\n"])
    assert status == os.EX_CONFIG
    assert "Permission denied" in shown


@pytest.mark.parametrize(
    "key", ["sk-plain", "a#b", "it's", 'say"', "back\\slash", "dollar$HOME", "`tick`", "a=b==", "'"]
)
def test_what_is_written_is_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """Whatever characters a key has."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (tmp_path / ".env").write_text(with_values("A=1\n", {"OPENAI_API_KEY": key}))
    assert environment(tmp_path).values["OPENAI_API_KEY"] == key
