"""The versions of the program that the service can run: `/usr/local/lib/causerie`, with `current`, and `before-VERSION` for one step back from it.

Each version is a folder of its own with everything but Python itself: `bin/causerie`, `bin/python`, a link to the Python
that made it, and the packages. A folder stands there whole or not at all, and is never changed.
"""

import compileall
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from commands.program_files import CODE, bytecode_of, fingerprint, program_files, version
from files.copies import sync_folder
from settings.errors import ConfigurationError, quoted

FOLDER: Final = Path("/usr/local/lib/causerie")

HOMES: Final = ("/home", "/root", "/run/user")
"""What `ProtectHome=yes` hides from the service (systemd.exec(5))."""

_BEFORE: Final = "before-"
"""How the link begins that names, after this, a version, and leads to the one before it. So one renaming, that of `current`, changes both."""

_BACK_FROM: Final = "back-from"

_SCRIPT: Final = """\
#!{python} -I
import sys

from cli import main

sys.exit(main())
"""


def python() -> Path:
    """Return the Python that runs this, outside of any virtual environment.

    :raises ConfigurationError: the service would not see it
    """
    found = Path(str(getattr(sys, "_base_executable", sys.executable))).resolve()
    places = (found, Path(sys.base_prefix).resolve())
    if any(place.is_relative_to(home) for place in places for home in HOMES):
        raise ConfigurationError(
            f"This program runs on {quoted(str(found))}, which a service cannot reach: nothing below /home or /root is open to it."
            " Install Causerie with the system's Python, such as /usr/bin/python3, and start again from there."
        )
    return found


class Program(NamedTuple):
    """A version of the program. `name` has its number and a fingerprint of its files; `files` are those to copy, none where it is a copy itself."""

    name: str
    files: Mapping[str, Path]


def this_program() -> Program:
    """Return the program that runs.

    :raises ConfigurationError: a service could not run it
    """
    if CODE.resolve().is_relative_to(FOLDER):
        return Program(CODE.resolve().relative_to(FOLDER).parts[0], {})
    python()
    files = program_files()
    return Program(f"{version()}-{fingerprint(files)}", files)


class Versions:
    """The versions below a folder, which need not be there yet."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder

    @property
    def current(self) -> str:
        """The name of the version that the service runs; "" without one."""
        return self._linked("current")

    @property
    def previous(self) -> str:
        """The name of the version that it ran before the current one; "" without one."""
        found = self._linked(f"{_BEFORE}{self.current}")
        return found if self.has(found) else ""

    @property
    def back_from(self) -> str:
        """The name of the version from which the way back to the current one has not ended yet; "" where none is under way."""
        found = self._linked(_BACK_FROM)
        return "" if found == self.current else found

    def has(self, name: str) -> bool:
        """Whether this version stands there."""
        return (self.folder / name / "bin" / "causerie").exists()

    def add(self, program: Program) -> None:
        """Copy a program, with bytecode for all of it: nobody but root can write there later.

        :raises OSError: the disk is full, for instance; then nothing new stands there
        """
        name, files = program
        new = self.folder / ".new"
        shutil.rmtree(new, ignore_errors=True)
        base = python()
        packages = new / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
        for below, source in files.items():
            target = packages / below
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
            if bytecode := bytecode_of(source):
                (target.parent / "__pycache__").mkdir(exist_ok=True)
                shutil.copy2(bytecode, target.parent / "__pycache__")
        about = packages / f"causerie-{name.rpartition('-')[0]}.dist-info" / "METADATA"  # for `causerie --version`
        about.parent.mkdir(exist_ok=True)
        about.write_text(f"Metadata-Version: 2.1\nName: causerie\nVersion: {name.rpartition('-')[0]}\n")
        # What makes a folder a virtual environment (PEP 405).
        (new / "bin").mkdir()
        (new / "bin" / "python").symlink_to(base)
        (new / "pyvenv.cfg").write_text(f"home = {base.parent}\ninclude-system-site-packages = false\n")
        script = new / "bin" / "causerie"
        script.write_text(_SCRIPT.format(python=self.folder / name / "bin" / "python"))
        compileall.compile_dir(packages, quiet=2, stripdir=str(new), prependdir=str(self.folder / name))
        # The service's user reads it and root changes it, whatever the umask is.
        for path in (self.folder, new, *new.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path == script else 0o644)
        os.sync()  # a folder that has its name is whole also after a power cut
        new.replace(self.folder / name)

    def switch(self, name: str, *, previous: str) -> None:
        """Have the service run this version from its next start on, and remember another one as one step back.

        One renaming decides, so that a start finds a version at any moment, and what is one step back fits that version.
        """
        if previous:
            self._link(f"{_BEFORE}{name}", previous)
        self._link("current", name)
        self.end_back()

    def step_back(self, name: str) -> None:
        """Have the service run this version, from which the current one is the later one, until `end_back` known as `back_from`."""
        self._link(_BACK_FROM, self.current)
        self._link("current", name)

    def end_back(self) -> None:
        """Remember no more from which version services have gone back."""
        (self.folder / _BACK_FROM).unlink(missing_ok=True)

    def remove_others(self) -> None:
        """Remove what is neither the current nor the previous version."""
        kept = ("current", f"{_BEFORE}{self.current}", self.current, self.previous)
        for path in self.folder.iterdir():
            if path.name in kept:
                continue
            if path.is_symlink():
                path.unlink()
                continue
            old = self.folder / ".old"  # a kill must not leave a part of a version under its name
            shutil.rmtree(old, ignore_errors=True)
            if path != old:
                path.replace(old)
                shutil.rmtree(old)

    def _linked(self, name: str) -> str:
        try:
            return (self.folder / name).readlink().name
        except OSError:
            return ""

    def _link(self, name: str, target: str) -> None:
        new = self.folder / f".{name}"
        new.unlink(missing_ok=True)
        new.symlink_to(target)
        new.replace(self.folder / name)
        sync_folder(self.folder)
