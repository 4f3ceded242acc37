"""The variables that a setting can stand in: the process's environment, `.env`, and systemd's credentials; and the places that are usual."""

import difflib
import io
import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

from settings.errors import ConfigurationError, quoted
from settings.places import Places, places
from settings.text_file import UnreadableError, is_undecodable, read_text

SECRETS: Final = ("DISCORD_TOKEN", "OPENAI_API_KEY")
"""What systemd may hand over as credentials, so that it need not stand in the environment."""

PROXIES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
NAMES: Final = (*SECRETS, "DISCORD_REST_URL", "OPENAI_BASE_URL", "CAUSERIE_DATA", "CAUSERIE_CONFIG")
"""The variables of Causerie's own. Proxies and certificates have the names that they have everywhere."""

FOUND: Final = "found there"
"""The origin of what nobody has named: the usual place."""

_OPENAIS_OWN: Final = ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID")
"""The openai package reads these itself, and sends them with each request."""

_PREFIXES: Final = ("CAUSERIE_", "DISCORD_", "OPENAI_")


class Environment(NamedTuple):
    """What was found.

    `warnings` are sentences about names in `.env` that look like settings and are not. `origins` says of each name where its value
    stands, in words: "environment", ".env, line 3", "credential", or "found there". `process` is what the process was started with, which
    `values` begins with: a later look takes the same, for the process has OpenSSL's variables set in its environment.
    """

    values: dict[str, str]
    warnings: tuple[str, ...]
    origins: dict[str, str]
    process: dict[str, str]


def environment(folder: Path, process: Mapping[str, str] = os.environ) -> Environment:
    """Return the variables by name. systemd's credentials win over the process's environment, and that wins over `.env`.

    :param folder: the current folder; `settings/places.py` says where `.env` is looked for
    :param process: the process's environment
    :raises ConfigurationError: `.env` or a credential cannot be read
    """
    usual = places(folder, process)
    in_file, lines = _env_file(usual.env_file)
    values = {**in_file, **process}
    origins = {
        **{name: f".env, line {line}" for name, line in lines.items()},
        **dict.fromkeys(process, "environment"),
    }
    credentials = values.get("CREDENTIALS_DIRECTORY")
    if credentials:
        for name in SECRETS:
            found = _credential(credentials, name)
            values.update(found)
            origins.update(dict.fromkeys(found, "credential"))
    for name, value in _usual(usual).items():
        if value and not values.get(name, "").strip():
            values[name] = value
            origins[name] = FOUND
    return Environment(values, tuple(_warnings(in_file)), origins, dict(process))


def _usual(usual: Places) -> dict[str, str]:
    return {"CAUSERIE_CONFIG": usual.config, "CAUSERIE_DATA": usual.data}


def _env_file(path: Path) -> tuple[dict[str, str], dict[str, int]]:
    """Return what a file in the format of `.env` sets, and in which lines; nothing when there is no file."""
    shown = quoted(str(path))
    try:
        text = read_text(str(path))
    except UnreadableError as error:
        if error.is_missing:
            return {}, {}
        raise ConfigurationError(f"{shown} {error}. Mend it or remove it, and start again.") from error
    lines: dict[str, dict[str, int]] = defaultdict(dict)
    for binding in parse_stream(io.StringIO(text)):
        line = _first_line(binding)
        if binding.error or (binding.key is not None and binding.value is None):
            raise ConfigurationError(f"{shown}, line {line}, is not NAME=value. Change it and start again.")
        if is_undecodable(f"{binding.key}{binding.value}"):
            raise ConfigurationError(f"{shown}, line {line}, is not UTF-8. Save the file as UTF-8 and start again.")
        if binding.key is not None and binding.value:
            lines[binding.key].setdefault(binding.value, line)
    for name in (*NAMES, *PROXIES, *CERTIFICATES):
        if len(lines[name]) > 1:
            first, second, *_ = lines[name].values()
            raise ConfigurationError(
                f"{shown} sets {name} in line {first} and otherwise in line {second}. Remove one of them and start again."
            )
    values = dotenv_values(stream=io.StringIO(text))
    # An empty value does not undo one that stands above it: .env.example has empty lines to fill in.
    found = {name: values[name] or next(iter(lines[name]), "") for name in values}
    return found, {name: next(iter(lines[name].values())) for name in found if lines[name]}


def _first_line(binding: Binding) -> int:
    """Return the number of the line in which a binding begins; empty lines before it belong to it."""
    original = binding.original.string
    return binding.original.line + original[: len(original) - len(original.lstrip())].count("\n")


def _credential(folder: str, name: str) -> dict[str, str]:
    path = os.path.join(folder, name)  # noqa: PTH118 the folder may hold anything
    try:
        text = read_text(path)
    except UnreadableError as error:
        if error.is_missing:
            return {}
        raise ConfigurationError(
            f"{name} is a credential, and its file {quoted(path)} {error}. Look at LoadCredential= in the unit;"
            " in a container, give the file to its user."
        ) from error
    if is_undecodable(text):
        raise ConfigurationError(f"{name} is a credential, and its file {quoted(path)} is not UTF-8 text.")
    return {name: text.strip()}


def _warnings(in_file: Mapping[str, str]) -> list[str]:
    known = (*NAMES, *PROXIES, *CERTIFICATES, *_OPENAIS_OWN)
    found = []
    for name in in_file:
        if name.upper().startswith(_PREFIXES) and name not in known:
            close = difflib.get_close_matches(name.upper(), NAMES, n=1, cutoff=0.75)
            hint = f" Did you mean {close[0]}?" if close else ""
            found.append(f".env sets {quoted(name)}, which Causerie does not know.{hint}")
    return found
