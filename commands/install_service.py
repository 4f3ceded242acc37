"""`causerie install-service`: has systemd run this program as a service, with the settings that it has found here.

It copies the program to `/usr/local/lib/causerie`, writes the units, puts secrets and settings into `/etc/causerie`, and starts the service. What
stands there already is kept, so it can be run again; a step that is done is not taken again.
"""

import contextlib
import os
import re
import secrets
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from commands.program_versions import Program, Versions, this_program
from commands.services import UNITS, Bot, bot_named, example_settings, refuse_unable, state, systemctl, unit_files
from commands.steps import Step, take
from settings.environment import CERTIFICATES, NAMES, PROXIES, SECRETS, Environment
from settings.errors import ConfigurationError, UnreachableError, quoted
from settings.text_file import UnreadableError, read_text
from settings.values import checked_token, data_folder, path_of, without_quotes

FOR_ROOT: Final = 0o600
FOR_ALL: Final = 0o644

READY_S: Final = 120.0
"""How long a start is waited for, in seconds. One that takes longer goes on: Discord may keep a bot waiting."""

_OWN_PLACES: Final = (*SECRETS, "CAUSERIE_DATA", "CAUSERIE_CONFIG")
"""What the service has in places of its own: credentials, its state folder, its folder of settings."""


def install_service(env: Environment, name: str, show: Callable[[str], None], *, dry_run: bool, program: str) -> None:
    """Install the service of the bot with this name, show each step, and say what comes next.

    :param env: the settings that were found; those of `.env` are taken over where the service has none yet
    :param name: "" for the machine's one bot
    :param dry_run: whether the steps are only shown
    :param program: how this command was called
    :raises ConfigurationError: it cannot be done here, or there is no token
    :raises UnreachableError: a step could not be taken; run it again when that is mended
    """
    bot = bot_named(name)
    refuse_unable(f"install-service {name}".strip(), for_all=dry_run)
    _refuse_without_token(env, bot)
    versions, this = Versions(), this_program()
    if not take(_steps(env, bot, versions, this, dry_run=dry_run), show, dry_run=dry_run):
        show(f"Nothing is to be done: {bot.unit} is installed and runs.")
    elif not dry_run:
        _show_what_is_next(bot, show, program)
    for hint in _hints(env, bot, versions.current not in ("", this.name), program):
        show(hint)


def unit_steps() -> Iterator[Step]:
    """Yield a step for each unit that is missing or differs, and one that tells systemd."""
    changed = False
    for name, text in unit_files():
        path = UNITS / name
        if _text_of(path) != text:
            changed = True
            yield Step(f"write {path}", partial(write, path, text, FOR_ALL))
    if changed:
        yield Step("have systemd read its units again", partial(systemctl, "daemon-reload"))


def switch_on(unit: str) -> None:
    """Start a unit now and at every boot, and wait until it is ready.

    :raises UnreachableError: it is not
    """
    try:
        systemctl("enable", "--now", unit, within_s=READY_S)
    except UnreachableError as error:
        raise UnreachableError(
            f"{unit} is installed, and is not ready. Its log says why: journalctl -u {unit} -n 20"
        ) from error


def write(path: Path, text: str, mode: int) -> None:
    """Put a file into its place, whole, with this mode from its first byte on; folders above it are made."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    opened = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FOR_ROOT)
    try:
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(opened, mode)
            os.fsync(opened)
        new.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink()
        raise


def _refuse_without_token(env: Environment, bot: Bot) -> None:
    if os.path.exists(bot.settings / "DISCORD_TOKEN"):  # noqa: PTH110 False also where it may not be looked at
        return
    token = without_quotes(env.values.get("DISCORD_TOKEN", ""))
    if not token:
        raise ConfigurationError(
            f"There is no DISCORD_TOKEN here, and none in {bot.settings}. Run `causerie init` first, and this in the folder with the .env that it"
            " has written; the service takes it over."
        )
    checked_token(token)


def _steps(env: Environment, bot: Bot, versions: Versions, this: Program, *, dry_run: bool) -> Iterator[Step]:
    if not versions.current:
        if not versions.has(this.name):
            yield Step(f"copy this program to {versions.folder / this.name}", partial(versions.add, this))
        yield Step(f"have services run {this.name}", partial(versions.switch, this.name, previous=""))
    yield from unit_steps()
    yield from _settings_steps(env, bot)
    for unit in (bot.unit, bot.timer):
        is_on = state(unit, "UnitFileState") == "enabled" and state(unit) == "active"
        if dry_run or not is_on:
            yield Step(f"switch {unit} on, at every boot too", partial(switch_on, unit))


def _settings_steps(env: Environment, bot: Bot) -> Iterator[Step]:
    for name in SECRETS:
        path, value = bot.settings / name, without_quotes(env.values.get(name, ""))
        if value and not path.exists():
            yield Step(f"write {path}, which root alone may read", partial(write, path, f"{value}\n", FOR_ROOT))
    config = bot.settings / "causerie.toml"
    if without_quotes(env.values.get("CAUSERIE_CONFIG", "")) and not config.exists():
        source = path_of("CAUSERIE_CONFIG", env.values["CAUSERIE_CONFIG"], env.values)
        try:
            text = read_text(source)
        except UnreadableError as error:
            raise ConfigurationError(f"CAUSERIE_CONFIG is {quoted(source)}, which {error}.") from error
        yield Step(f"copy {source} to {config}", partial(write, config, text, FOR_ALL))
    example = bot.settings / "causerie.example.toml"
    if _text_of(example) != example_settings():
        yield Step(f"write {example}, which has every setting", partial(write, example, example_settings(), FOR_ALL))
    variables = bot.settings / "environment"
    lines = list(_lines_for_systemd(env))
    if lines and not variables.exists():
        said = f"write {variables}, with what .env says beside secrets"
        yield Step(said, partial(write, variables, "".join(lines), FOR_ROOT))


def _lines_for_systemd(env: Environment) -> Iterator[str]:
    """Yield what `.env` sets, as systemd reads it (systemd.exec(5), EnvironmentFile=).

    :raises ConfigurationError: a value cannot be written so
    """
    for name, value in env.values.items():
        named = name.upper() if name.upper() in PROXIES else name
        if named not in (*NAMES, *PROXIES, *CERTIFICATES) or named in _OWN_PLACES or not value.strip():
            continue
        if not env.origins.get(name, "").startswith(".env"):
            continue
        if re.search(r"['\\\n\r]", value):
            raise ConfigurationError(
                f"{name} has a quote, a backslash or a line end in it, which systemd would read otherwise."
            )
        yield f"{name}='{value}'\n"


def _text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _show_what_is_next(bot: Bot, show: Callable[[str], None], program: str) -> None:
    where = f"CREDENTIALS_DIRECTORY={bot.settings} CONFIGURATION_DIRECTORY={bot.settings} STATE_DIRECTORY={bot.data}"
    show(f"\nIt runs, and answers.\n\nIts log:               journalctl -u {bot.unit} -f")
    show(f"Whether all is well:   sudo env {where} {program} check")


def _hints(env: Environment, bot: Bot, is_another: bool, program: str) -> Iterator[str]:
    """Yield what somebody may not expect."""
    if is_another:
        yield f"\nServices run another version than this one. To have them run this one: sudo {program} upgrade"
    data = data_folder(env.values).absolute()
    has_data = os.path.exists(bot.data / "causerie.db")  # noqa: PTH110 False also where it may not be looked at
    if (data / "causerie.db").exists() and not has_data and not env.values.get("STATE_DIRECTORY"):
        yield (
            f"\nThe data of a bot that was run by hand is in {data}. The service begins without it. To take it along, stop that bot and the"
            f" service, and copy causerie.db and the folder files to {bot.data}; the service gives them to its user when it starts."
        )
