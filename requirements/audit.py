"""`make audit`: asks PyPI whether a library that is installed from the locks is known to be vulnerable, and says so in a sentence.

It runs in an environment of its own, `.venv/audit`, so that nothing of the tool becomes a part of the bot.
"""

# ruff: noqa: INP001, T201  # no package: it runs where nothing of the bot is, and speaks to whoever called `make`
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

LOCKS: Final = ("run", "build", "dev")
"""What operators install, what builds the wheel, and what tests it. The model of the sandbox is no code of a registry's advisories."""

VULNERABLE: Final = 1
"""pip-audit's exit status for a finding, and also for its own errors: its output tells them apart."""

SECONDS_MAX: Final = 300


def main() -> int:
    """Audit each lock; return 0 where nothing is known, 1 for a finding, 69 where the list of vulnerabilities cannot be had."""
    for name in LOCKS:
        lock = Path(__file__).with_name(f"{name}.txt")
        command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--progress-spinner", "off"]
        try:
            ended = subprocess.run(  # noqa: S603 our own arguments
                [*command, "--requirement", str(lock)], capture_output=True, text=True, timeout=SECONDS_MAX, check=False
            )
        except subprocess.TimeoutExpired:
            return _unreachable(f"no answer within {SECONDS_MAX} seconds")
        if ended.returncode == 0:
            print(f"requirements/{name}.txt: no vulnerability is known.")
        elif "Found " in ended.stderr and "vulnerabilit" in ended.stderr:
            print(ended.stdout)
            print(
                f"requirements/{name}.txt has libraries that are known to be vulnerable: take newer ones with `make lock`."
            )
            return VULNERABLE
        else:
            lines = ended.stderr.strip().splitlines()
            return _unreachable(lines[-1][:300] if lines else f"status {ended.returncode}")
    return 0


def _unreachable(why: str) -> int:
    print(f"The list of known vulnerabilities cannot be had from here, so nothing was checked ({why}).")
    return os.EX_UNAVAILABLE


if __name__ == "__main__":
    sys.exit(main())
