"""The files of the program that runs: its own code, and the libraries that it needs, wherever they were installed.

A checkout, `pipx`, `uv tool` and `pip` each put them elsewhere. `install-service` copies them, so that the service runs what its operator has
tried, and nothing of it comes from a network.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from importlib import metadata
from importlib.util import cache_from_source
from pathlib import Path
from typing import Final

from settings.errors import ConfigurationError

CODE: Final = Path(__file__).parents[1]
"""The folder that holds this code: a checkout, or the packages of an environment."""

NAME: Final = "causerie"

_REQUIREMENT: Final = re.compile(r"\s*(?P<name>[\w.-]+)\s*(?:\[(?P<extras>[^\]]*)\])?[^;]*(?:;(?P<marker>.*))?")
"""A line of a distribution's requirements, without what it says of versions (Python Packaging: Dependency specifiers)."""


def program_files(code: Path = CODE) -> dict[str, Path]:
    """Return each file by its path below the folder in which Python looks for packages.

    :param code: the folder of the code
    :raises ConfigurationError: a library is missing in this environment
    """
    if (code / "pyproject.toml").exists():
        own = _of_checkout(code)
        needed = (code / "requirements" / "run.in").read_text(encoding="utf-8").splitlines()
    else:
        own = dict(_of_distribution(_distribution(NAME)))
        needed = _distribution(NAME).requires or []
    libraries = {name: path for one in _closure(needed) for name, path in _of_distribution(one)}
    return {**libraries, **own}


def bytecode_of(source: Path) -> Path | None:
    """Return the bytecode that Python has made of a file, where it has: it counts for a copy with the same time of change (PEP 3147)."""
    made = Path(cache_from_source(source))
    return made if source.suffix == ".py" and made.exists() else None


def fingerprint(files: Mapping[str, Path]) -> str:
    """Return a short text that differs wherever a path or a file's content does."""
    sums = (f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n" for name, path in sorted(files.items()))
    return hashlib.sha256("".join(sums).encode()).hexdigest()[:8]


def version() -> str:
    """Return the program's version, such as 0.1.0.

    :raises ConfigurationError: nobody has installed it
    """
    if (CODE / "pyproject.toml").exists():
        return str(tomllib.loads((CODE / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
    return _distribution(NAME).version


def _distribution(name: str) -> metadata.Distribution:
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError as error:
        raise ConfigurationError(
            f"Nobody has installed {name} here, so its files are not known. Install it by pip or pipx."
        ) from error


def _of_checkout(code: Path) -> dict[str, Path]:
    """Return what the wheel of a checkout has: the modules, packages and data that `pyproject.toml` names."""
    tool = tomllib.loads((code / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    paths = [code / f"{module}.py" for module in tool["py-modules"]]
    for package in sorted(code.glob("*/**/__init__.py")):
        name = ".".join(package.parent.relative_to(code).parts)
        if any(fnmatch(name, pattern) for pattern in tool["packages"]["find"]["include"]):
            paths += package.parent.glob("*.py")
    for package, patterns in tool["package-data"].items():
        paths += (path for pattern in patterns for path in (code / package).glob(pattern) if path.is_file())
    return {path.relative_to(code).as_posix(): path for path in paths}


def _of_distribution(found: metadata.Distribution) -> Iterator[tuple[str, Path]]:
    """Yield an installed distribution's files; scripts, which stand elsewhere, and bytecode, which Python makes again, are left out."""
    for file in found.files or ():
        path = Path(str(found.locate_file(file)))
        if ".." not in file.parts and file.suffix != ".pyc" and path.is_file():
            yield file.as_posix(), path


def _closure(requirements: list[str]) -> list[metadata.Distribution]:
    """Return what these requirements need, and what that needs in turn, as it is installed here."""
    found: dict[str, metadata.Distribution] = {}
    seen: set[tuple[str, str]] = set()
    left = [(line, "") for line in requirements]
    while left:
        line, extra = left.pop()
        read = _REQUIREMENT.match(line.partition("#")[0])
        if read is None or not _applies(read["marker"] or "", extra):
            continue
        name = re.sub(r"[-_.]+", "-", read["name"]).lower()
        try:
            found[name] = found.get(name) or metadata.distribution(name)
        except metadata.PackageNotFoundError as error:
            if read["marker"]:  # for another system or another Python
                continue
            raise ConfigurationError(
                f"The library {name} is missing where this program was installed. Install it again, then try once more."
            ) from error
        for wanted in ("", *(one.strip() for one in (read["extras"] or "").split(",") if one.strip())):
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                left += [(one, wanted) for one in found[name].requires or ()]
    return list(found.values())


def _applies(marker: str, extra: str) -> bool:
    """Whether a requirement counts where this extra was asked for; other conditions are met where the library is installed."""
    named = re.search(r"extra\s*==\s*['\"]([\w.-]+)['\"]", marker)
    return (named[1] if named else "") == extra
