"""What the commands need that look after the data, such as `causerie backup`: where the data and the backups are. No token, no model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from messages.budget import Budget
from settings.budgets import budgets_of
from settings.errors import ConfigurationError, quoted
from settings.toml_file import ConfigFile, read_config
from settings.values import application_id, data_folder, path_of, without_quotes

BACKUPS: Final = "backups"
"""What the folder of backups is called, in the folder of the data, where the operator names none."""


class Upkeep(Struct, frozen=True, kw_only=True):
    """Where things are. `bot` is Discord's id of the bot whose token is set; None without one."""

    data: Path
    backups: Path
    keep: int
    bot: int | None
    budgets: tuple[Budget, ...] = ()


def read_upkeep(env: Mapping[str, str], *, backups: str = "", keep: int = 0) -> Upkeep:
    """Return where the data and the backups are, as the bot's own settings say.

    :param backups: the folder of backups, in place of the settings'
    :param keep: how many backups are kept, in place of the settings'
    :raises ConfigurationError: a path is none, or the file that `CAUSERIE_CONFIG` names is wrong
    """
    written, config = without_quotes(env.get("CAUSERIE_CONFIG", "")), ConfigFile()
    if written:
        config = read_config(path_of("CAUSERIE_CONFIG", env["CAUSERIE_CONFIG"], env), quoted(written))
    data = data_folder(env)
    named = backups or config.backups.folder
    if keep < 0:
        raise ConfigurationError(f"--keep is {keep}; at least one backup is kept. Give a number from 1 on.")
    return Upkeep(
        data=data,
        backups=Path(path_of("backups.folder", named, env)) if without_quotes(named) else data / BACKUPS,
        keep=keep or config.backups.keep,
        budgets=budgets_of(config.budgets),
        bot=application_id(without_quotes(env.get("DISCORD_TOKEN", "")).removeprefix("Bot ")) or None,
    )
