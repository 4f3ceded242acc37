"""Where settings and data stand when nothing names a place: in the current folder, or where the platform keeps them.

They stand in the current folder for a bot that runs from a checkout or under systemd, and wherever the current folder has a `.env` or a
`data/causerie.db`. Everybody else has installed Causerie as a program (`pipx`, `uv tool`, `pip`), which is started from any folder: it finds
its settings and its data where the platform keeps those of one user (XDG Base Directory Specification on Linux).
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import platformdirs

_CODE: Final = Path(__file__).parents[1]


class Places(NamedTuple):
    """`env_file` is the file in the format of `.env`; `config` is a TOML file that is there, or ""; `data` is the data's folder, or "" for `data`."""

    env_file: Path
    config: str = ""
    data: str = ""


def places(folder: Path, variables: Mapping[str, str], code: Path = _CODE) -> Places:
    """Return the places for a process that was started in this folder; files are looked at, and nothing is made.

    :param code: the folder that holds the code
    """
    own = folder / ".env"
    if variables.get("CONFIGURATION_DIRECTORY"):  # systemd: ConfigurationDirectory= in systemd.exec(5)
        return Places(own, _file(Path(variables["CONFIGURATION_DIRECTORY"].partition(":")[0])))
    is_here = any(_is_there(path) for path in (code / "pyproject.toml", own, folder / "data" / "causerie.db"))
    if is_here or variables.get("STATE_DIRECTORY"):
        return Places(own)
    config = platformdirs.user_config_path("causerie", appauthor=False)
    return Places(config / ".env", _file(config), str(platformdirs.user_data_path("causerie", appauthor=False)))


def _file(folder: Path) -> str:
    found = folder / "causerie.toml"
    return str(found) if _is_there(found) else ""


def _is_there(path: Path) -> bool:
    """Whether something is at a path; not where a folder above it may not be entered: what uses that folder says so."""
    return os.path.exists(path)  # noqa: PTH110 Path.exists raises there, before Python 3.14
