"""The variables that a setting can stand in: the process's environment, `.env`, and systemd's credentials."""

import os
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

_SECRETS: Final = ("DISCORD_TOKEN", "OPENAI_API_KEY")


def environment(folder: Path) -> dict[str, str]:
    """Return the variables by name. systemd's credentials win over the process's environment, and that wins over `.env`.

    :param folder: the folder in which `.env` is looked for
    """
    found = {name: value for name, value in dotenv_values(folder / ".env").items() if value is not None}
    found.update(os.environ)
    credentials = found.get("CREDENTIALS_DIRECTORY")
    if credentials:
        for name in _SECRETS:
            file = Path(credentials, name)
            if file.is_file():
                found[name] = file.read_text().strip()
    return found
