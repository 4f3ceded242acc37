"""The settings: read from the environment, `.env`, systemd's credentials and a TOML file, checked, and turned into `Settings`.

Nothing else is read. A wrong setting raises `ConfigurationError`, whose text is one line for the operator.
"""

import base64
import binascii
import math
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Final, TypeVar
from urllib.parse import urlsplit

import msgspec
from dotenv import dotenv_values
from msgspec import Meta, Struct

from messages.ids import ChannelId, GuildId, RoleId, UserId
from models.catalogue import Catalogue, Model
from storage.limits import Limits
from storage.permissions import Lists, Permissions

DISCORD_REST_URL: Final = "https://discord.com/api/v10"
OPENAI_BASE_URL: Final = "https://api.openai.com/v1"
_SECRETS: Final = ("DISCORD_TOKEN", "OPENAI_API_KEY")
_ID_MAX: Final = 2**64 - 1
"""The largest id: Discord's ids are unsigned numbers of 64 bits (Discord: Reference, Snowflakes)."""

Id = TypeVar("Id", bound=int)


class ConfigurationError(Exception):
    """A setting is wrong. The text is one line with the setting, what is wrong with it, and the remedy. It holds no secret."""


class UnreachableError(Exception):
    """Something outside the process does not work now; a later start may succeed. The text is one line for the operator."""


# The ranges of the TOML file's numbers.
Positive = Annotated[int, Meta(ge=1)]
NotNegative = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(ge=0)]


class LimitsTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[limits]` of the TOML file."""

    queue_cap: Positive = 20
    questions_per_minute: Positive = 20
    missed_age_s: NotNegative = 900
    missed_per_person: NotNegative = 5
    max_token: Positive = 500
    concurrent_streams: Positive = 256
    stream_grace_s: Seconds = 10.0


class DiscordTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[discord]` of the TOML file."""

    message_content: bool = True
    requests_per_s: Positive = 48


class ListsTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tables `[permissions.allow]` and `[permissions.block]` of the TOML file: Discord's ids, as numbers or texts."""

    servers: tuple[int | str, ...] = ()
    channels: tuple[int | str, ...] = ()
    roles: tuple[int | str, ...] = ()
    users: tuple[int | str, ...] = ()


class PermissionsTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[permissions]` of the TOML file."""

    admins: tuple[int | str, ...] = ()
    direct_messages: bool = True
    allow: ListsTable = ListsTable()
    block: ListsTable = ListsTable()


class ConfigFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The TOML file that `CAUSERIE_CONFIG` names."""

    models: tuple[Model, ...] = ()
    limits: LimitsTable = LimitsTable()
    permissions: PermissionsTable = PermissionsTable()
    discord: DiscordTable = DiscordTable()


class Settings(Struct, frozen=True, kw_only=True):
    """All settings of a bot, checked. `data` is the folder that holds `causerie.db`."""

    discord_token: str
    discord_rest_url: str
    openai_api_key: str
    openai_base_url: str
    data: Path
    catalogue: Catalogue
    limits: Limits
    permissions: Permissions
    concurrent_streams: int
    stream_grace_s: float
    message_content: bool
    requests_per_s: int


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


def read(env: Mapping[str, str]) -> Settings:
    """Check the variables and the TOML file that `CAUSERIE_CONFIG` names, and return the settings.

    :raises ConfigurationError: a setting is wrong; the text names the first one
    """
    config = _config(env.get("CAUSERIE_CONFIG", ""))
    try:
        catalogue = Catalogue(config.models)
    except ValueError as error:
        raise ConfigurationError(f"CAUSERIE_CONFIG: {error}") from error
    limits = config.limits
    permissions = _permissions(config.permissions)
    return Settings(
        discord_token=_token(env.get("DISCORD_TOKEN", "")),
        discord_rest_url=_url("DISCORD_REST_URL", env.get("DISCORD_REST_URL") or DISCORD_REST_URL),
        openai_api_key=_printable("OPENAI_API_KEY", env.get("OPENAI_API_KEY", "")),
        openai_base_url=_url("OPENAI_BASE_URL", env.get("OPENAI_BASE_URL") or OPENAI_BASE_URL),
        data=Path(env.get("CAUSERIE_DATA") or env.get("STATE_DIRECTORY") or "data"),
        catalogue=catalogue,
        limits=Limits(
            queue_cap=limits.queue_cap,
            questions_per_minute=limits.questions_per_minute,
            missed_age_s=limits.missed_age_s,
            missed_per_person=limits.missed_per_person,
            reads_content=config.discord.message_content,
            default_model=catalogue.default.name,
            default_max_token=limits.max_token,
            permissions=permissions,
        ),
        permissions=permissions,
        concurrent_streams=limits.concurrent_streams,
        stream_grace_s=limits.stream_grace_s,
        message_content=config.discord.message_content,
        requests_per_s=config.discord.requests_per_s,
    )


def _config(name: str) -> ConfigFile:
    if not name:
        return ConfigFile()
    try:
        config = msgspec.convert(tomllib.loads(Path(name).read_text(encoding="utf-8")), ConfigFile)
    except OSError as error:
        raise ConfigurationError(
            f"CAUSERIE_CONFIG is '{name}', which cannot be read ({error.strerror}). Name a TOML file."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ConfigurationError(_sentence_of(name, error)) from error
    if math.isinf(config.limits.stream_grace_s):
        raise ConfigurationError(
            "CAUSERIE_CONFIG: limits.stream_grace_s is inf; it must be a number of seconds, 0 or more."
        )
    return config


_TOO_SMALL: Final = re.compile(r"Expected `\w+` >= (?P<least>\d+)(?:\.0)? - at `\$\.(?P<key>[\w.]+)`")
"""How msgspec says that a number is below the least one that its key takes."""


def _sentence_of(name: str, error: Exception) -> str:
    """Return one line for the operator: what is wrong with the TOML file of that name, and what to do."""
    small = _TOO_SMALL.fullmatch(str(error))
    if small is not None:
        return (
            f"CAUSERIE_CONFIG: {small['key']} must be {small['least']} or more. Change it in '{name}' and start again."
        )
    return f"CAUSERIE_CONFIG is '{name}': {error}. Compare it with causerie.example.toml."


def _permissions(table: PermissionsTable) -> Permissions:
    return Permissions(
        admins=_ids("permissions.admins", table.admins, UserId),
        direct_messages=table.direct_messages,
        allow=_lists("permissions.allow", table.allow),
        block=_lists("permissions.block", table.block),
    )


def _lists(name: str, table: ListsTable) -> Lists:
    return Lists(
        servers=_ids(f"{name}.servers", table.servers, GuildId),
        channels=_ids(f"{name}.channels", table.channels, ChannelId),
        roles=_ids(f"{name}.roles", table.roles, RoleId),
        users=_ids(f"{name}.users", table.users, UserId),
    )


def _ids(name: str, written: Iterable[int | str], kind: Callable[[int], Id]) -> frozenset[Id]:
    """Return Discord's ids. People paste them with and without quotes; both are right.

    :param name: the key in the TOML file, for the error
    """
    found = set()
    for one in written:
        text = str(one).strip()
        # Digits are counted before they are read: Python refuses to read thousands of them, with an error of its own.
        if not re.fullmatch(r"[0-9]{1,20}", text) or not 0 < int(text) <= _ID_MAX:
            raise ConfigurationError(
                f"CAUSERIE_CONFIG: {name} has {_shown(one)}, which is no Discord id."
                " Switch on Developer Mode in Discord (Settings, Advanced), then choose Copy ID in the menu of the"
                " server, channel, role or person."
            )
        found.add(kind(int(text)))
    return frozenset(found)


def _shown(value: int | str) -> str:
    """Return a value as an error quotes it: in one line, and cut where it is long."""
    shown = ascii(value)
    return shown if len(shown) <= 40 else f"{shown[:40]}…"  # noqa: PLR2004 enough to find it in the file


def _token(token: str) -> str:
    remedy = "Copy it from the bot's page in Discord's developer portal into .env and start again."
    if not token:
        raise ConfigurationError(f"DISCORD_TOKEN is missing. {remedy}")
    # Discord's tokens have three parts; the first is the bot's id in base64.
    parts = token.split(".")
    try:
        number = base64.b64decode(parts[0] + "=" * (-len(parts[0]) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        number = ""
    if len(parts) != 3 or not number.isdigit() or not re.fullmatch(r"[\w.=-]+", token, re.ASCII):  # noqa: PLR2004
        raise ConfigurationError(
            f"DISCORD_TOKEN is not a bot's token: it should have three parts with dots between. {remedy}"
        )
    return token


def _url(name: str, url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        shown = url if "@" not in url else "a URL with a password"
        raise ConfigurationError(
            f"{name} is '{shown}'; it must start with http:// or https://. Change it in .env and start again."
        )
    return url.rstrip("/")


def _printable(name: str, secret: str) -> str:
    if secret and not re.fullmatch(r"[!-~]+", secret):
        raise ConfigurationError(f"{name} has characters that no key has. Copy it again into .env and start again.")
    return secret
