"""The TOML file that `CAUSERIE_CONFIG` names: its tables with the range of each key, and how it is read."""

import math
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta, Struct

from messages.ids import ChannelId, GuildId, RoleId, UserId
from models.catalogue import Model
from settings.errors import ConfigurationError
from storage.permissions import Lists, Permissions

_ID_MAX: Final = 2**64 - 1
"""The largest id: Discord's ids are unsigned numbers of 64 bits (Discord: Reference, Snowflakes)."""

Id = TypeVar("Id", bound=int)

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


def read_config(name: str) -> ConfigFile:
    """Return the file's tables; the defaults when `name` is empty.

    :raises ConfigurationError: the file cannot be read, or a key is wrong
    """
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


def permissions_of(table: PermissionsTable) -> Permissions:
    """Return a table's lists with Discord's ids as numbers.

    :raises ConfigurationError: something in a list is no id
    """
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
