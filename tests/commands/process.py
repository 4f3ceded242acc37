"""`causerie` with a terminal command, as a process of its own in a folder of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[2]


def causerie(
    folder: Path,
    *arguments: str,
    variables: Mapping[str, str] | None = None,
    output: Path | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Run a command in this folder, with these variables and no others that are a setting, and wait for its end.

    :param output: the file that its standard output goes to; without one it is returned
    """
    env = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "PYTHONPATH": str(CHECKOUT),
        "PYTHONUTF8": "1",
        **(variables or {}),
        **{name: value for name, value in os.environ.items() if name == "COVERAGE_PROCESS_CONFIG"},
    }
    how: Any = {"cwd": folder, "env": env, "stdin": subprocess.DEVNULL, "text": True, "timeout": 120}
    command = [sys.executable, "-m", "cli", *arguments]
    if output is None:
        return subprocess.run(command, capture_output=True, check=False, **how)
    with output.open("w") as written:
        return subprocess.run(command, stdout=written, stderr=subprocess.PIPE, check=False, **how)
