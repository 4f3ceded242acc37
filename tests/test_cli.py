"""The command line: what it prints without a command, its version, and its help."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import cli
from commands.dispatch import WRONG_ARGUMENTS

CHECKOUT = Path(__file__).parents[1]


def run(*arguments: str, cwd: Path = CHECKOUT) -> "subprocess.CompletedProcess[str]":
    """Run `causerie` with these arguments and no settings."""
    env = {"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", "/"), "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-m", "cli", *arguments]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=60)


def test_without_a_command_it_prints_its_help() -> None:
    """With the exit status of wrong arguments, so that a script that forgot the command notices."""
    ended = run()
    assert ended.returncode == 2
    assert "usage: causerie" in ended.stderr
    assert "join Discord" in ended.stderr


def test_the_version_says_what_a_report_of_a_problem_needs() -> None:
    """Causerie's, Python's, and the system."""
    ended = run("--version")
    assert ended.returncode == 0
    assert re.fullmatch(r"causerie \S.* \(Python 3\.\d+\.\d+\S*, \w+ \w+\)\n", ended.stdout)


@pytest.mark.parametrize("arguments", [["--help"], *([command, "--help"] for command in cli.COMMANDS)])
def test_every_help_says_what_is_read_and_what_the_exit_status_means(arguments: list[str]) -> None:
    """Each variable, `.env`, the TOML file, and each status that `cli.py` returns."""
    from settings.environment import CERTIFICATES, NAMES, PROXIES  # noqa: PLC0415

    said = run(*arguments).stdout
    for name in (*NAMES, *PROXIES, *CERTIFICATES, ".env", "causerie.example.toml", "docs/operators.md"):
        assert name in said, name
    for status in (0, 1, WRONG_ARGUMENTS, os.EX_UNAVAILABLE, os.EX_CONFIG):
        assert re.search(rf"^  {status} ", said, re.MULTILINE), status


def test_an_unknown_command_is_a_line_and_a_status() -> None:
    """As argparse has it."""
    ended = run("check-everything")
    assert ended.returncode == 2
    assert "check-everything" in ended.stderr


def test_a_current_folder_that_is_gone_is_refused_in_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """`.env` is looked for there, and a relative path begins there."""
    gone = tmp_path / "gone"
    gone.mkdir()
    code = "import os, sys, cli; os.rmdir(os.getcwd()); sys.exit(cli.main(['run']))"
    env = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(CHECKOUT)}
    ended = subprocess.run([sys.executable, "-c", code], cwd=gone, env=env, check=False, timeout=60)
    said = capfd.readouterr().err
    assert ended.returncode == os.EX_CONFIG
    assert said == (
        "causerie: The current folder, in which .env is looked for, cannot be used (No such file or directory)."
        " Start in another one.\n"
    )


def test_commands_in_what_it_says_can_be_copied(tmp_path: Path) -> None:
    """The program of a checkout is not on the PATH: what it says names it as it was called."""
    program = tmp_path / "bin" / "causerie"
    program.parent.mkdir()
    program.write_text("import sys, cli\nsys.exit(cli.main())\n")
    env = {"PATH": os.environ.get("PATH", ""), "HOME": str(tmp_path), "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "bin/causerie", "run"]
    ended = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == os.EX_CONFIG
    assert "Run `bin/causerie init`, which asks for it" in ended.stderr
