"""`causerie upgrade`: has the services of this machine run the version that is called, and `upgrade --back` the one before that.

Each bot is stopped, its data is copied where the new version will change its tables, and it is started again. Where one does not start with the
new version, all go back at once.
"""

import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from commands.data_owner import done_by
from commands.install_service import READY_S, unit_steps
from commands.program_versions import Versions, this_program
from commands.services import Bot, installed_bots, refuse_unable, systemctl
from commands.steps import Step, take
from settings.errors import ConfigurationError, UnreachableError
from storage import before_upgrade
from storage.schema_names import MIGRATIONS

_THEIR_MIGRATIONS = "from storage.schema_names import MIGRATIONS; print(*MIGRATIONS)"


def upgrade(show: Callable[[str], None], *, back: bool, dry_run: bool) -> None:
    """Replace the version that the services run, show each step, and say what comes next.

    :param back: whether the version before the current one is wanted
    :param dry_run: whether the steps are only shown
    :raises ConfigurationError: it cannot be done here
    :raises UnreachableError: a step could not be taken, there is nothing to go back to, or a bot did not start with the new version
    """
    refuse_unable("upgrade --back" if back else "upgrade")
    versions = Versions()
    if not versions.current:
        raise ConfigurationError("No service is installed here. Run: sudo `causerie install-service`")
    before = versions.current
    try:
        taken = take(_back_steps(versions) if back else _steps(versions), show, dry_run=dry_run)
        if taken and not dry_run:
            take(_start_steps(), show, dry_run=False)
    except (UnreachableError, ConfigurationError) as error:
        if not dry_run:
            _recover(before, versions, show, back=back)
        raise UnreachableError(f"{error} Services run {versions.current}.") from error
    if not taken:
        show(f"Nothing is to be done: services run this version, {before}, already.")
    elif not dry_run:
        show(f"\nServices run {versions.current}. One step back, to {versions.previous}: upgrade --back")


def _recover(before: str, versions: Versions, show: Callable[[str], None], *, back: bool) -> None:
    """Have the bots run again after a step that could not be taken: with the version before, where an upgrade did not succeed."""
    show("That did not succeed.")
    if not back and versions.current != before:
        take(_back_steps(versions), show, dry_run=False)
    take(_start_steps(), show, dry_run=False)


def _steps(versions: Versions) -> Iterator[Step]:
    this = this_program()
    new = this.name
    if new != versions.current:
        if not versions.has(new):
            yield Step(f"copy this program to {versions.folder / new}", partial(versions.add, this))
        program = versions.folder / (new if versions.has(new) else versions.current)  # --dry-run copies nothing
        for bot in installed_bots():
            yield Step(f"stop {bot.unit}", partial(systemctl, "stop", bot.unit))
            seen = frozenset(_of_data(program, bot, "applied"))
            if seen and frozenset(MIGRATIONS) - seen:
                place = bot.data / before_upgrade.BEFORE
                yield Step(f"copy the database to {place}, for the way back", partial(_of_data, program, bot, "keep"))
        yield Step(
            f"have services run {new} and no longer {versions.current}",
            partial(versions.switch, new, previous=versions.current),
        )
        yield Step("remove versions before these two", versions.remove_others)
    yield from unit_steps()


def _back_steps(versions: Versions) -> Iterator[Step]:
    """Yield the steps to the version before.

    :raises ConfigurationError: there is none, or data would be lost
    """
    old = versions.previous
    if not old or not versions.has(old) or old == versions.current:
        raise ConfigurationError("There is no version to go back to: the services have run no other one before.")
    known, program = _migrations_of(versions, old), versions.folder / versions.current
    for bot in installed_bots():
        yield Step(f"stop {bot.unit}", partial(systemctl, "stop", bot.unit))
        if frozenset(_of_data(program, bot, "applied")) - known:
            _refuse_loss(program, bot)
            what = f"bring back the database of {bot.unit} as it was before the upgrade; the later one stays as {before_upgrade.LATER}"
            yield Step(what, partial(_of_data, program, bot, "bring_back"))
    yield Step(
        f"have services run {old} and no longer {versions.current}",
        partial(versions.switch, old, previous=versions.current),
    )


def _of_data(program: Path, bot: Bot, function: str) -> Any:
    """Have a version's `storage/before_upgrade.py` call a function as the user of a bot's data, and return its answer.

    :param program: the version's folder
    """
    return done_by(bot, program, before_upgrade.__name__, function, str(bot.data))


def _refuse_loss(program: Path, bot: Bot) -> None:
    """Refuse to leave questions without an answer, and to go back to nothing.

    :raises ConfigurationError: there is no copy
    :raises UnreachableError: questions wait for their answer
    """
    if not (bot.data / before_upgrade.BEFORE / before_upgrade.DATABASE).exists():
        raise ConfigurationError(
            f"The version before cannot read what this one has written in {bot.data}, and there is no copy from before the upgrade."
        )
    waiting = _of_data(program, bot, "unfinished_since")
    if waiting:
        some = "a question" if waiting == 1 else f"{waiting} questions"
        raise UnreachableError(f"{bot.unit} still owes an answer to {some}. Try again when that is done.")


def _start_steps() -> Iterator[Step]:
    for bot in installed_bots():
        yield Step(f"start {bot.unit}", partial(systemctl, "start", bot.unit, within_s=READY_S))


def _migrations_of(versions: Versions, name: str) -> frozenset[str]:
    """Return the migrations that another version knows."""
    program = versions.folder / name / "bin" / "python"
    ended = subprocess.run(  # noqa: S603 a program that `install-service` has put there
        [program, "-I", "-c", _THEIR_MIGRATIONS], capture_output=True, text=True, check=False, timeout=60
    )
    if ended.returncode:
        raise UnreachableError(f"{program} does not run: {ended.stderr.strip().splitlines()[-1:]}")
    return frozenset(ended.stdout.split())
