"""The TOML file that `CAUSERIE_CONFIG` names: its tables with the range of each key, and how it is read."""

import json
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta, Struct

from messages.budget import BudgetPeriod, BudgetScope
from messages.ids import ChannelId, GuildId, RoleId, UserId
from models.gate_rules import GateMode, GateRules
from models.listener import THINKING_S
from models.model import Model
from models.voice import RECORDING_S_MAX
from settings.errors import ConfigurationError, quoted
from settings.text_file import UnreadableError, is_undecodable, read_text, undecodable_line
from settings.toml_errors import sentence_of, short
from storage.limits import MAX_TOKEN
from storage.permissions import Lists, Permissions

ID_MAX: Final = 2**64 - 1
"""The largest id: Discord's ids are unsigned numbers of 64 bits (Discord: Reference, Snowflakes)."""

_SAID_OTHERWISE: Final[dict[type[Exception], str]] = {
    ValueError: "a number in it has thousands of digits",
    RecursionError: "its brackets are nested too deeply",
}
"""Where Python's own words say how Python could be changed, and not what is wrong with the file."""

Id = TypeVar("Id", bound=int)

# The ranges of the TOML file's numbers. The upper ones keep a slip of the finger from becoming a setting: no bot needs more.
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
CountOrNone = Annotated[int, Meta(ge=0, le=1_000_000)]
Age = Annotated[int, Meta(ge=0, le=30 * 86_400)]
Tokens = Annotated[int, Meta(ge=MAX_TOKEN[0], le=MAX_TOKEN[-1])]
Grace = Annotated[float, Meta(ge=0, le=3_600)]
Thinking = Annotated[float, Meta(ge=1, le=86_400)]
RecordingLength = Annotated[float, Meta(ge=1, le=86_400)]
Dollars = Annotated[float, Meta(ge=0.0001, le=1_000_000)]
BudgetTokens = Annotated[int, Meta(ge=1, le=1_000_000_000_000)]
Megabytes = Annotated[int, Meta(ge=0, le=500)]
FileCount = Annotated[int, Meta(ge=0, le=40)]
BackupCount = Annotated[int, Meta(ge=1, le=10_000)]
RetentionDays = Annotated[int, Meta(ge=0, le=36_500)]
Port = Annotated[int, Meta(ge=0, le=65_535)]
RequestsPerSecond = Annotated[int, Meta(ge=1, le=10_000)]


class LimitsTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[limits]` of the TOML file."""

    queue_cap: Count = 20
    questions_per_minute: Count = 20
    missed_age_s: Age = 900
    missed_per_person: CountOrNone = 5
    file_mb: Megabytes = 20
    files_per_question: FileCount = 10
    files_mb_per_person: CountOrNone = 500
    max_token: Tokens = 500
    concurrent_streams: Count = 256
    stream_grace_s: Grace = 10.0
    thinking_s: Thinking = THINKING_S


class DiscordTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[discord]` of the TOML file."""

    message_content: bool = True
    requests_per_s: RequestsPerSecond = 48


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


class ModerationTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[moderation]` of the TOML file. `gate` is for the servers that no list names."""

    model: str = GateRules().model
    gate: GateMode = "off"
    direct_messages: GateMode = "off"
    off: tuple[int | str, ...] = ()
    warn: tuple[int | str, ...] = ()
    block: tuple[int | str, ...] = ()


class VoiceTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[voice]` of the TOML file."""

    transcription: str = ""
    speech: str = ""
    recording_s_max: RecordingLength = RECORDING_S_MAX


class RetentionTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[retention]` of the TOML file."""

    days: RetentionDays = 0


class HelpTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[help]` of the TOML file."""

    url: str = ""


class BackupsTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[backups]` of the TOML file."""

    folder: str = ""
    keep: BackupCount = 7


class TelemetryTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[telemetry]` of the TOML file. Without a port there is no endpoint; with 0 the system chooses one."""

    metrics_port: Port | None = None
    traces_url: str = ""


class BudgetTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table `[[budgets]]` of the TOML file; `settings/budgets.py` checks what its keys mean together."""

    scope: BudgetScope
    period: BudgetPeriod
    id: int | str | None = None
    dollars: Dollars | None = None
    tokens: BudgetTokens | None = None


class SharedChannelTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table `[[shared_channels]]` of the TOML file; `settings/shared_channels.py` checks it against the models."""

    id: int | str
    model: str = ""
    system_message: str = ""


class ConfigFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The TOML file that `CAUSERIE_CONFIG` names."""

    models: tuple[Model, ...] = ()
    budgets: tuple[BudgetTable, ...] = ()
    shared_channels: tuple[SharedChannelTable, ...] = ()
    limits: LimitsTable = LimitsTable()
    permissions: PermissionsTable = PermissionsTable()
    discord: DiscordTable = DiscordTable()
    moderation: ModerationTable = ModerationTable()
    voice: VoiceTable = VoiceTable()
    help: HelpTable = HelpTable()
    retention: RetentionTable = RetentionTable()
    backups: BackupsTable = BackupsTable()
    telemetry: TelemetryTable = TelemetryTable()


def read_config(path: str, shown: str) -> ConfigFile:
    """Return the file's tables.

    :param shown: the path as the operator wrote it, in quotes
    :raises ConfigurationError: the file cannot be read, or a key is wrong
    """
    try:
        text = read_text(path, only_utf8=True)
    except UnreadableError as error:
        where = "" if Path(path).is_absolute() else f" in the folder {quoted(str(Path.cwd()))}"
        raise ConfigurationError(f"CAUSERIE_CONFIG is {shown}, which {error}{where}. Name a TOML file.") from error
    try:
        written = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a ValueError is tomllib's own, or that of a number of 5,000 digits
        cause = _SAID_OTHERWISE.get(type(error), str(error))
        if f"at line {undecodable_line(text)}," in cause:
            raise _not_utf8(shown, text) from error
        raise ConfigurationError(
            f"CAUSERIE_CONFIG is {shown}, which is not TOML: {cause}. Compare it with causerie.example.toml."
        ) from error
    # A comment may hold what it likes.
    if is_undecodable(json.dumps(written, ensure_ascii=False, default=str)):
        raise _not_utf8(shown, text)
    try:
        return msgspec.convert(written, ConfigFile)
    except msgspec.ValidationError as error:
        said = sentence_of(error, ConfigFile, written)
        raise ConfigurationError(f"CAUSERIE_CONFIG: {said} Change it in {shown} and start again.") from error


def _not_utf8(shown: str, text: str) -> ConfigurationError:
    return ConfigurationError(
        f"CAUSERIE_CONFIG is {shown}, whose line {undecodable_line(text)} is not UTF-8. Save it as UTF-8 and start again."
    )


def permissions_of(table: PermissionsTable) -> Permissions:
    """Return a table's lists with Discord's ids as numbers.

    :raises ConfigurationError: something in a list is no id
    """
    return Permissions(
        admins=ids_of("permissions.admins", table.admins, UserId),
        direct_messages=table.direct_messages,
        allow=_lists("permissions.allow", table.allow),
        block=_lists("permissions.block", table.block),
    )


def gate_rules_of(table: ModerationTable) -> GateRules:
    """Return the mode of each server's gate by the server's id as a number.

    :raises ConfigurationError: something in a list is no id, a server is in two lists, or the model has no name
    """
    if not table.model.strip():
        raise ConfigurationError("CAUSERIE_CONFIG: moderation.model is empty. Write the name of a moderation model.")
    servers: dict[GuildId, GateMode] = {}
    listed: tuple[tuple[GateMode, tuple[int | str, ...]], ...] = (
        ("off", table.off),
        ("warn", table.warn),
        ("block", table.block),
    )
    for mode, written in listed:
        for server in ids_of(f"moderation.{mode}", written, GuildId):
            if server in servers:
                raise ConfigurationError(
                    f"CAUSERIE_CONFIG: the server {server} stands in moderation.{servers[server]} and in moderation.{mode}."
                    " Remove one."
                )
            servers[server] = mode
    return GateRules(model=table.model, mode=table.gate, direct_messages=table.direct_messages, servers=servers)


def _lists(name: str, table: ListsTable) -> Lists:
    return Lists(
        servers=ids_of(f"{name}.servers", table.servers, GuildId),
        channels=ids_of(f"{name}.channels", table.channels, ChannelId),
        roles=ids_of(f"{name}.roles", table.roles, RoleId),
        users=ids_of(f"{name}.users", table.users, UserId),
    )


def ids_of(name: str, written: Iterable[int | str], kind: Callable[[int], Id]) -> frozenset[Id]:
    """Return Discord's ids. People paste them with and without quotes; both are right.

    :param name: the key in the TOML file, for the error
    """
    found = set()
    for one in written:
        text = str(one).strip()
        # Digits are counted before they are read: Python refuses to read thousands of them, with an error of its own.
        if not re.fullmatch(r"[0-9]{1,20}", text) or not 0 < int(text) <= ID_MAX:
            raise ConfigurationError(
                f"CAUSERIE_CONFIG: {name} has {short(one)}, which is no Discord id."
                " Switch on Developer Mode in Discord (Settings, Advanced), then choose Copy ID in the menu of the"
                " server, channel, role or person."
            )
        found.add(kind(int(text)))
    return frozenset(found)
