"""`causerie upgrade`: has the services of this machine run the version that is called, and `upgrade --back` the one before that.

Each bot is stopped, its data is copied where the new version will change its tables, and it is started again. Where one does not start with the
new version, all go back at once.

A kill at any moment leaves a version and data that fit it, or, on the way back, a version that leaves newer data alone; the same command, started
again, goes on from there. A signal, or a terminal that is gone, has the bots started first.
"""

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from commands.data_owner import done_by
from commands.install_service import READY_S, unit_steps
from commands.program_versions import Versions, this_program
from commands.services import Bot, installed_bots, refuse_unable, state, systemctl
from commands.steps import Step, take
from service.standard_streams import OutputError
from settings.errors import ConfigurationError, UnreachableError
from storage import before_upgrade
from storage.schema_names import MIGRATIONS

_HALF: Final = " Run `causerie upgrade --back` again: it goes on where it was."

_THEIR_MIGRATIONS: Final = "from storage.schema_names import MIGRATIONS; print(*MIGRATIONS)"


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
    show = partial(_shown, show)
    before = versions.current
    try:
        taken = take(_back_steps(versions) if back else _steps(versions), show, dry_run=dry_run)
        if not dry_run:
            taken += _start(show)
            versions.end_back()
    except (UnreachableError, ConfigurationError, SystemExit) as error:
        why = "A signal has ended this." if isinstance(error, SystemExit) else str(error)
        if not dry_run:
            why += _recovered(before, versions, show, back=back)
        raise UnreachableError(f"{why} Services run {versions.current}.") from error
    if not taken:
        show(f"Nothing is to be done: services run this version, {before}, already.")
    elif not dry_run:
        step = f" One step back, to {versions.previous}: upgrade --back" if versions.previous else ""
        show(f"\nServices run {versions.current}.{step}")


def _shown(show: Callable[[str], None], text: str) -> None:
    """Show a text, if somebody reads it: that a terminal is gone must not leave bots stopped."""
    with contextlib.suppress(OutputError):
        show(text)


def _recovered(before: str, versions: Versions, show: Callable[[str], None], *, back: bool) -> str:
    """Have the bots run again after a step that could not be taken: with the version before, where an upgrade did not succeed.

    Return what an operator has to do then, beside mending what went wrong, as sentences that go on after others.
    """
    show("That did not succeed.")
    try:
        is_switched = not back and versions.current != before
        if is_switched:
            take(_back_steps(versions), show, dry_run=False)
        _start(show)
        if is_switched:
            versions.end_back()
    except (UnreachableError, ConfigurationError) as error:
        return f" {error}{_HALF if versions.back_from else ''}"
    return _HALF if versions.back_from else ""


def _steps(versions: Versions) -> Iterator[Step]:
    this, old = this_program(), versions.current
    new = this.name
    if versions.back_from not in ("", new):
        raise ConfigurationError(f"The way back to {old} has not ended.{_HALF}")
    if new != old:
        if not versions.has(new):
            yield Step(f"copy this program to {versions.folder / new}", partial(versions.add, this))
        program = versions.folder / (new if versions.has(new) else old)  # --dry-run copies nothing
        for bot in installed_bots():
            yield Step(f"stop {bot.unit}", partial(systemctl, "stop", bot.unit))
            seen = _applied(program, bot)
            if seen and frozenset(MIGRATIONS) - seen:
                place = bot.data / before_upgrade.BEFORE / old
                yield Step(
                    f"copy the database to {place}, for the way back", partial(_of_data, program, bot, "keep", old)
                )
        yield Step(
            f"have services run {new} and no longer {old}",
            partial(versions.switch, new, previous=old),
        )
        yield Step("remove versions before these two", versions.remove_others)
        yield from _forget_copies(program, but=old)
    yield from unit_steps()


def _back_steps(versions: Versions) -> Iterator[Step]:
    """Yield the steps to the version before, or the rest of them, where a kill has left bots whose data are of the later version still.

    The copies learn what happened since while the later version is in force, and take their places when it is not any more: the earlier version leaves
    newer data alone, but the later one would go on with older data as if nothing had been since.

    :raises ConfigurationError: there is none, or data would be lost
    """
    is_half = bool(versions.back_from)
    later, old = (versions.back_from, versions.current) if is_half else (versions.current, versions.previous)
    if not old or not versions.has(later):
        raise ConfigurationError("There is no version to go back to: the services have run no other one before.")
    known, program = _migrations_of(versions, old), versions.folder / later
    changed = []
    for bot in installed_bots():
        yield Step(f"stop {bot.unit}", partial(systemctl, "stop", bot.unit))
        if _applied(program, bot) - known:
            _refuse_loss(program, bot, old)
            changed.append(bot)
            what = f"have the copy of the database of {bot.unit} know what happened since the upgrade"
            yield Step(what, partial(_of_data, program, bot, "learn", old))
    if not is_half:
        yield Step(f"have services run {old} and no longer {later}", partial(versions.step_back, old))
    for bot in changed:
        what = f"bring back the database of {bot.unit} as it was before the upgrade; the later one stays as {before_upgrade.LATER}"
        yield Step(what, partial(_of_data, program, bot, "put_back", old))
    yield from _forget_copies(program, but="")


def _forget_copies(program: Path, *, but: str) -> Iterator[Step]:
    """Yield the steps that remove copies of databases, or the rest of them, which nobody can go back to any more.

    :param but: the version whose copies stay
    """
    for bot in installed_bots():
        folder = bot.data / before_upgrade.BEFORE
        if folder.is_dir() and [copy for copy in folder.iterdir() if copy.name != but]:
            what = f"remove copies of the database of {bot.unit} to which there is no way back any more"
            yield Step(what, partial(_of_data, program, bot, "forget_others", but))


def _applied(program: Path, bot: Bot) -> frozenset[str]:
    """Return the migrations that a bot's database has seen, as a version of the program reads them."""
    return frozenset(_of_data(program, bot, "applied"))


def _of_data(program: Path, bot: Bot, function: str, *arguments: str) -> Any:
    """Have a version's `storage/before_upgrade.py` call a function as the user of a bot's data, and return its answer.

    :param program: the version's folder
    """
    return done_by(bot, program, before_upgrade.__name__, function, str(bot.data), *arguments)


def _refuse_loss(program: Path, bot: Bot, old: str) -> None:
    """Refuse to leave questions without an answer, and to go back to nothing.

    :raises ConfigurationError: there is no copy
    :raises UnreachableError: questions wait for their answer
    """
    if not (bot.data / before_upgrade.BEFORE / old / before_upgrade.DATABASE).exists():
        raise ConfigurationError(
            f"The version before cannot read what this one has written in {bot.data}, and there is no copy from before the upgrade."
        )
    waiting = _of_data(program, bot, "unfinished_since", old)
    if waiting:
        some = "a question" if waiting == 1 else f"{waiting} questions"
        raise UnreachableError(f"{bot.unit} still owes an answer to {some}. Try again when that is done.")


def _start(show: Callable[[str], None]) -> int:
    """Start every bot that does not run, also where another one does not start, and return how many these were.

    :raises UnreachableError: at least one did not start; the text is that of the first
    """
    failed: UnreachableError | None = None
    started = 0
    for bot in installed_bots():
        if state(bot.unit) == "active":
            continue
        started += 1
        step = Step(f"start {bot.unit}", partial(systemctl, "start", bot.unit, within_s=READY_S))
        try:
            take([step], show, dry_run=False)
        except UnreachableError as error:
            failed = failed or error
    if failed is not None:
        raise failed
    return started


def _migrations_of(versions: Versions, name: str) -> frozenset[str]:
    """Return the migrations that another version knows."""
    program = versions.folder / name / "bin" / "python"
    ended = subprocess.run(  # noqa: S603 a program that `install-service` has put there
        [program, "-I", "-c", _THEIR_MIGRATIONS], capture_output=True, text=True, check=False, timeout=60
    )
    if ended.returncode:
        raise UnreachableError(f"{program} does not run: {ended.stderr.strip().splitlines()[-1:]}")
    return frozenset(ended.stdout.split())
