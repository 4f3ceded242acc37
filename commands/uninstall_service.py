"""`causerie uninstall-service`: takes the service of a bot away. Data, secrets and settings are kept, and it says where they are."""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from commands.program_versions import Versions
from commands.services import UNITS, Bot, bot_named, installed_bots, refuse_unable, state, systemctl, unit_files
from commands.steps import Step, take


def uninstall_service(name: str, show: Callable[[str], None], *, dry_run: bool) -> None:
    """Stop the bot with this name and remove what `install-service` has made, but what belongs to people: that stays.

    The program and the units stay as long as another bot of this machine needs them.

    :param name: "" for the machine's one bot
    :param dry_run: whether the steps are only shown
    :raises ConfigurationError: it cannot be done here
    :raises UnreachableError: a step could not be taken; run it again when that is mended
    """
    bot = bot_named(name)
    refuse_unable(f"uninstall-service {name}".strip(), for_all=dry_run)
    if not take(_steps(bot), show, dry_run=dry_run):
        show(f"Nothing is to be done: there is no {bot.unit}.")
    kept = " and ".join(str(folder) for folder in (bot.data, bot.settings))
    show(f"\nKept, as far as they are there: {kept}, which are the data, and the secrets and settings.")


def _steps(bot: Bot) -> Iterator[Step]:
    for unit in (bot.timer, bot.unit):
        is_on = state(unit, "UnitFileState") == "enabled" or state(unit) in ("active", "activating", "reloading")
        if is_on:
            yield Step(f"stop {unit}, and start it at no boot", partial(systemctl, "disable", "--now", unit))
    if [other for other in installed_bots() if other != bot]:
        return
    removed = False
    for name, _ in unit_files():
        if (UNITS / name).exists():
            removed = True
            yield Step(f"remove {UNITS / name}", (UNITS / name).unlink)
    if removed:
        yield Step("have systemd read its units again", partial(systemctl, "daemon-reload"))
    folder = Versions().folder
    if folder.is_dir():
        yield Step(f"remove {folder}", partial(_remove, folder))


def _remove(folder: Path) -> None:
    shutil.rmtree(folder)
