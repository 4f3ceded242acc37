"""`causerie init`: asks for the token and the key, and writes them into `.env`, which then only its owner may read.

What `.env` has is kept: other lines stay as they are, and a secret that stands there is replaced only with `--overwrite`.
"""

import contextlib
import getpass
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from settings.env_file import values_in, with_values
from settings.environment import SECRETS
from settings.errors import ConfigurationError, quoted
from settings.places import places
from settings.text_file import UnreadableError, current_user, is_undecodable, read_text
from settings.values import checked_key, checked_token, without_quotes

TRIES: Final = 3
"""How often a token is asked for that has not the shape of one: people paste the application's id, or its public key."""

OWNERS_ALONE: Final = 0o600

_PORTAL: Final = "https://discord.com/developers/applications"
_KEYS: Final = "https://platform.openai.com/api-keys"

_PROMPTS: Final[Mapping[str, str]] = {
    "DISCORD_TOKEN": f"Open {_PORTAL}, choose your application (or New Application), then Bot.\n"
    "Switch on Message Content Intent, press Save Changes, then Reset Token.\n"
    "Paste the token here; it is not shown: ",
    "OPENAI_API_KEY": f"OpenAI's keys are made at {_KEYS}.\n"
    "Paste the key for the models; it is not shown. Only press Enter where a server of your own needs none: ",
}

_CHECKS: Final[Mapping[str, Callable[[str], str]]] = {
    "DISCORD_TOKEN": checked_token,
    "OPENAI_API_KEY": lambda written: checked_key("OPENAI_API_KEY", written),
}


def init(folder: Path, environment: Mapping[str, str], *, overwrite: bool, program: str) -> str:
    """Ask, write `.env` in this folder, or where an installed program has it, and return what to do next.

    :param environment: the process's own variables, which count more than `.env`
    :param overwrite: whether secrets that stand in `.env` are asked for, too, and replaced
    :param program: how this command was called, for the commands that the text names
    :raises ConfigurationError: nobody can be asked, there is nothing to ask for, or `.env` cannot be written
    """
    path = Path(os.path.realpath(places(folder, environment).env_file))
    before = _read(path)
    kept = {} if overwrite else {name: value for name, value in values_in(before).items() if name in SECRETS and value}
    wanted = [name for name in SECRETS if name not in kept]
    if not wanted:
        raise ConfigurationError(
            f"{quoted(str(path))} has {' and '.join(SECRETS)} already, and was left as it is. To replace them, run: {program} init --overwrite"
        )
    _refuse_without_terminal(path)
    answers = {name: _asked(name) for name in wanted}
    text = with_values(before, answers)
    found = values_in(text)
    if any(found.get(name, "") != answers[name] for name in answers):
        raise ConfigurationError(
            "OPENAI_API_KEY has characters that .env cannot hold. Copy it again. Nothing was written."
        )
    _write(path, text)
    return "\n".join(_said(path, kept, answers, environment, program))


def _said(
    path: Path, kept: Mapping[str, str], answers: Mapping[str, str], environment: Mapping[str, str], program: str
) -> list[str]:
    lines = [f"Wrote {quoted(str(path))}, which only {current_user()} may read."]
    lines += [f"{name} stood in it already, and was kept." for name in kept]
    lines += [
        f"{name} is set in the environment, too, and that one counts. Unset it to have the one in .env count."
        for name in answers
        if environment.get(name)
    ]
    if answers.get("OPENAI_API_KEY") == "":
        lines.append("There is no key in it: write the address of your own server into it as OPENAI_BASE_URL=http://….")
    return [
        *lines,
        "",
        "Next:",
        f"  {program} invite   prints the link that adds the bot to a server",
        f"  {program} check    says whether everything is well, and what to do where it is not",
        f"  {program} run      starts the bot; then write /user in Discord",
    ]


def _read(path: Path) -> str:
    if path.exists() and not path.is_file():
        raise ConfigurationError(
            f"{quoted(str(path))} is no file that could be written, but perhaps a pipe of a password manager's. Write the secrets where it gets them."
        )
    try:
        text = read_text(str(path))
    except UnreadableError as error:
        if error.is_missing:
            return ""
        raise ConfigurationError(f"{quoted(str(path))} {error}. Mend it or remove it, and start again.") from error
    if is_undecodable(text):
        raise ConfigurationError(f"{quoted(str(path))} is not UTF-8. Save it as UTF-8 and start again.")
    return text


def _refuse_without_terminal(path: Path) -> None:
    if not (os.isatty(0) and os.isatty(2)):
        raise ConfigurationError(
            f"init asks for secrets in a terminal, and there is none. Write DISCORD_TOKEN=… and OPENAI_API_KEY=… into {quoted(str(path))},"
            " run chmod 600 on it, and start again; or set them as variables."
        )


def _asked(name: str) -> str:
    """Return what somebody types, without showing it.

    :raises ConfigurationError: nobody answers, or not with what it should be
    """
    for left in reversed(range(TRIES)):
        try:
            typed = without_quotes(getpass.getpass(_PROMPTS[name], stream=sys.stderr))
        except EOFError as error:
            raise ConfigurationError(f"{name} was not given. Nothing was written.") from error
        try:
            return _CHECKS[name](typed)
        except ConfigurationError as wrong:
            fault = str(wrong).partition(". ")[0]  # the rest is for somebody who edits .env
            if not left:
                raise ConfigurationError(f"{fault}. Nothing was written. Copy it again, and run init again.") from wrong
            print(f"\n{fault}. Copy it again.\n", file=sys.stderr)  # noqa: T201 this command speaks with somebody
    raise AssertionError


def _write(path: Path, text: str) -> None:
    """Put a new file in the place of the old one, whole, and readable by its owner alone from its first byte on."""
    with contextlib.suppress(OSError):  # what is wrong is said of the file
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        opened = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNERS_ALONE)
        try:
            with os.fdopen(opened, "w", encoding="utf-8", newline="") as file:
                os.fchmod(opened, OWNERS_ALONE)  # whatever the umask is
                if path.exists() and os.geteuid() == 0:  # root may write what the bot's user must be able to read
                    before = path.stat()
                    os.fchown(opened, before.st_uid, before.st_gid)
                file.write(text)
                file.flush()
                os.fsync(opened)
            new.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                new.unlink()
            raise
    except OSError as error:
        raise ConfigurationError(
            f"{quoted(str(path))} cannot be written by {current_user()} ({error.strerror}). Nothing was changed."
        ) from error
