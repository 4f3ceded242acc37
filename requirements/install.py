"""Installs a list of packages and says in one line how far it is: `python requirements/install.py "What the bot needs" requirements/run.txt …`.

It runs pip of the same Python, with the hashes of the lists and nothing beside them. It needs nothing but the standard library, because
nothing else is there yet when it runs. Where nobody watches (no terminal) it writes one line when it begins and one at the end.
"""

# ruff: noqa: INP001  # no package: it runs before there is any
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Final, TextIO

PIP: Final = ("-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--require-hashes", "--no-deps")

RAW_SINCE: Final = (24, 1)
"""The first pip that tells the bytes of a download as lines, `Progress 1 of 2` (pip: release notes, --progress-bar=raw)."""

MEGABYTE: Final = 1_000_000

BAR: Final = 24
"""How wide the bar is, in characters."""

DRAW_EVERY_S: Final = 0.1

_PACKAGE: Final = re.compile(r"^(?:Collecting|Requirement already satisfied:|Ignoring) ([\w.-]+)")
_BYTES: Final = re.compile(r"^Progress (\d+) of (\d+)")
_UNPACKING: Final = "Installing collected packages"


class Progress:
    """How far pip is, told by what it writes. Pure: it draws nothing."""

    def __init__(self, packages: int) -> None:
        """Begin; so many packages are in the lists."""
        self.packages = packages
        self.begun = 0
        self.name = ""
        self.megabytes = ""
        self.to_unpack = 0
        self.unpacked = 0
        self._part = 0.0

    def hear(self, line: str) -> None:
        """Learn from a line of pip's."""
        package = _PACKAGE.match(line)
        got = _BYTES.match(line)
        if package is not None:
            self.begun, self.name, self.megabytes, self._part = self.begun + 1, package[1], "", 0.0
        elif got is not None and int(got[2]):
            self._part = int(got[1]) / int(got[2])
            self.megabytes = _megabytes(int(got[1]), int(got[2]))
        elif line.startswith(_UNPACKING):
            self.to_unpack = line.count(",") + 1

    @property
    def part(self) -> float:
        """How much is done, from 0 to 1: first of the downloads, then of what is unpacked."""
        if self.to_unpack:
            return min(1.0, self.unpacked / self.to_unpack)
        return min(1.0, (max(0, self.begun - 1) + self._part) / max(1, self.packages))

    def line(self, title: str, columns: int) -> str:
        """Return one line of at most so many columns."""
        full = round(self.part * BAR)
        getting = f"getting {min(self.begun, self.packages)} of {self.packages} {self.name} {self.megabytes}"
        about = f"unpacking {self.unpacked} of {self.to_unpack}" if self.to_unpack else getting
        return f"{title} [{'#' * full}{'.' * (BAR - full)}] {about}".rstrip()[: columns - 1]


def _megabytes(got: int, whole: int) -> str:
    return f"{got / MEGABYTE:.0f} of {whole / MEGABYTE:.0f} MB" if whole >= MEGABYTE else ""


def packages_in(lists: Iterable[Path]) -> int:
    """Return how many packages the lists name."""
    return sum(len(re.findall(r"^[\w.-]+==", path.read_text("utf-8"), re.MULTILINE)) for path in lists)


def install(title: str, lists: list[Path], out: TextIO) -> int:
    """Install what the lists name, draw how far that is, and return pip's exit status; what pip wrote is shown when it failed."""
    named = [argument for path in lists for argument in ("-r", str(path))]
    version = tuple(int(part) for part in re.findall(r"\d+", metadata.version("pip"))[:2])
    bar = "raw" if version >= RAW_SINCE else "off"
    progress = Progress(packages_in(lists))
    command = [sys.executable, *PIP, "--progress-bar", bar, *named]
    begun_s = drawn_s = time.monotonic()
    said: list[str] = []
    here = _unpacked()
    if not out.isatty():
        print(f"{title}: {progress.packages} packages", file=out, flush=True)
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8", errors="replace") as pip:  # noqa: S603  # our own words
        for line in pip.stdout or ():
            progress.hear(line)
            if not _BYTES.match(line):
                said.append(line)
            if time.monotonic() - drawn_s >= DRAW_EVERY_S:
                drawn_s = time.monotonic()
                _draw(progress.line(title, _columns()), out)
            # While pip unpacks it says nothing more until it is done.
            while progress.to_unpack and pip.poll() is None:
                progress.unpacked = max(progress.unpacked, _unpacked() - here)  # one that is replaced goes first
                _draw(progress.line(title, _columns()), out)
                time.sleep(DRAW_EVERY_S)
    _draw("", out)
    if pip.returncode:
        print("".join(said[-20:]), file=out, flush=True)
        return pip.returncode
    print(f"{title}: done in {time.monotonic() - begun_s:.0f} s", file=out, flush=True)
    return 0


def _unpacked() -> int:
    return sum(1 for _ in Path(sysconfig.get_path("purelib")).glob("*.dist-info"))


def _columns() -> int:
    return shutil.get_terminal_size().columns


def _draw(line: str, out: TextIO) -> None:
    if out.isatty():
        print(f"\r\x1b[K{line}", end="", file=out, flush=True)


if __name__ == "__main__":
    sys.exit(install(sys.argv[1], [Path(name) for name in sys.argv[2:]], sys.stdout))
