"""`causerie settings`: every setting with its value, where that stands, and the default where it is another one. No secret is shown."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from network.proxies import read_proxies
from settings.environment import CERTIFICATES, FOUND, NAMES, PROXIES, SECRETS, Environment
from settings.errors import ConfigurationError, one_line, quoted
from settings.settings import DISCORD_REST_URL, OPENAI_BASE_URL
from settings.text_file import UnreadableError, read_text
from settings.toml_file import ConfigFile, read_config
from settings.toml_lines import key_lines
from settings.values import data_folder, path_of, without_quotes

WIDTH_MAX: Final = 64
"""The origins stand in one column as far as names and values are no longer than this."""

_DEFAULTS: Final[Mapping[str, str]] = {
    "DISCORD_REST_URL": DISCORD_REST_URL,
    "OPENAI_BASE_URL": OPENAI_BASE_URL,
    "CAUSERIE_DATA": "data",
}


_LISTS: Final[Mapping[str, str]] = {
    "models": "those of OpenAI that are known, or those that the server lists",
    "budgets": "none",
    "shared_channels": "none",
}
"""The keys of which the file may have several tables, and what holds without any."""


class Row(NamedTuple):
    """A setting: its name, its value, and where that stands. `default` is for where it is another one; None says that it is this one."""

    name: str
    value: str
    origin: str = "default"
    default: str | None = None


def listing(env: Environment) -> str:
    """Return the settings, one in a line, as far as they can be read; `settings.read` says what is wrong with them."""
    rows = list(_rows(env))
    wide = max((len(left) for left in map(_left, rows) if len(left) <= WIDTH_MAX), default=0)
    return "\n".join(f"{_left(row):{wide}}  {_right(row)}" for row in rows)


def _left(row: Row) -> str:
    return f"{row.name} = {one_line(row.value)}"


def _right(row: Row) -> str:
    return row.origin if row.default is None else f"{row.origin}; default: {row.default}"


def _rows(env: Environment) -> Iterator[Row]:
    for name in NAMES:
        yield _variable(env, name)
    for name in (*PROXIES, *CERTIFICATES):
        yield _of_the_network(env, name)
    written = env.values.get("CAUSERIE_CONFIG", "")
    config, lines, file = ConfigFile(), {}, ""
    if without_quotes(written):
        try:
            file = path_of("CAUSERIE_CONFIG", written, env.values)
            config, lines = read_config(file, quoted(written)), key_lines(read_text(file))
        except (ConfigurationError, UnreadableError):
            return  # `settings.read` has the sentence for it
    yield from _keys("", config, ConfigFile(), _Origins(one_line(file), lines))


def _variable(env: Environment, name: str) -> Row:
    written = without_quotes(env.values.get(name, ""))
    if name in SECRETS:
        return Row(name, "set", env.origins[name], "not set") if written else Row(name, "not set")
    if name == "CAUSERIE_DATA":
        return _data(env)
    default = _DEFAULTS.get(name, "none")
    if not written:
        return Row(name, default)
    return Row(name, _address(written) if name.endswith("_URL") else written, env.origins[name], default)


def _data(env: Environment) -> Row:
    name = "CAUSERIE_DATA"
    try:
        folder = str(data_folder(env.values).absolute())
    except ConfigurationError:  # which `settings.read` says
        folder = env.values.get(name, "")
    if env.origins.get(name) == FOUND:
        return Row(name, folder)
    if env.values.get(name, "").strip():
        return Row(name, folder, env.origins[name], _DEFAULTS[name])
    if env.values.get("STATE_DIRECTORY"):
        return Row(name, folder, "STATE_DIRECTORY of systemd", _DEFAULTS[name])
    return Row(name, folder)


def _of_the_network(env: Environment, name: str) -> Row:
    """Return the row of a variable that means the same everywhere; of a proxy, its name in small letters wins."""
    found = next((one for one in (name.lower(), name) if one in env.values and (name in PROXIES or one == name)), name)
    written = env.values.get(found, "").strip()
    if not written:
        return Row(name, "none")
    if name in PROXIES and name != "NO_PROXY":
        try:
            written = read_proxies({name: written}).by_name[name].shown
        except (ValueError, KeyError):
            written = "what is no proxy's address"  # it may contain a password
    return Row(name, written, env.origins.get(found, "environment"), "none")


def _address(written: str) -> str:
    """Return an address without what may be a secret in it: a password, and what stands behind a question mark."""
    if "@" in written:
        return "a URL with a password"
    try:
        parts = urlsplit(written)
    except ValueError:
        return "what is no URL"
    return f"{written.partition('?')[0]}?…" if parts.query else written


class _Origins(NamedTuple):
    """Where the keys of the TOML file stand: its path, and the lines by the keys' paths."""

    file: str
    lines: Mapping[str, int]

    def of(self, path: str) -> str:
        line = self.lines.get(path)
        return self.file if line is None else f"{self.file}, line {line}"


def _keys(path: str, table: Struct, default: Struct, origins: _Origins) -> Iterator[Row]:
    """Yield the keys of a table and of the tables in it."""
    for field in fields(table):
        name = f"{path}.{field.name}" if path else field.name
        value, usual = getattr(table, field.name), getattr(default, field.name)
        if isinstance(value, Struct):
            yield from _keys(name, value, usual, origins)
        elif field.name in _LISTS and not path:
            yield from _list(name, value, origins)
        elif value == usual and name not in origins.lines:
            yield Row(name, _shown(value))
        else:
            yield Row(name, _shown(value), origins.of(name), _shown(usual))


def _list(name: str, tables: tuple[Struct, ...], origins: _Origins) -> Iterator[Row]:
    """Yield what the file says in each of several tables; what it leaves to the defaults is not listed for each of them."""
    if not tables:
        yield Row(name, _LISTS[name])
    for number, table in enumerate(tables):
        for field in fields(table):
            value, place = getattr(table, field.name), f"{name}[{number}].{field.name}"
            if field.required:
                yield Row(place, _shown(value), origins.of(place))
            elif value != field.default or place in origins.lines:
                yield Row(place, _shown(value), origins.of(place), _shown(field.default))


def _shown(value: Any) -> str:
    """Return a value as TOML has it."""
    if value is None or value is msgspec.UNSET:
        return "none"
    return json.dumps(value, ensure_ascii=False, default=str)
