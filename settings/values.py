"""The values of single settings, checked: paths, addresses, the token, the key. A wrong one raises `ConfigurationError`."""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from network.proxies import Proxies, read_proxies, refuse_unusable
from network.tls import check_authorities
from settings.environment import CERTIFICATES
from settings.errors import ConfigurationError, one_line, quoted
from settings.toml_file import ID_MAX

URL_CHARS_MAX: Final = 2_000

TRACES_PACKAGE: Final = "opentelemetry-exporter-otlp-proto-http"
"""The package that sends traces; it brings the others."""

LINK_CHARS_MAX: Final = 512
"""The longest address that a button may open (Discord: Component Reference, Button)."""

QUOTES: Final = ("''", '""', "“”", "‘’", "``")
"""Pairs of quotes in which a value may stand."""


def without_quotes(value: str) -> str:
    """Return a value as it was meant: some programs hand over the quotes of a file, too, and people paste spaces."""
    value = value.strip()
    if len(value) > 1 and value[0] + value[-1] in QUOTES:
        return value[1:-1].strip()
    return value


def data_folder(env: Mapping[str, str]) -> Path:
    """Return the folder of the data: the operator's, else systemd's, else `data`."""
    if env.get("CAUSERIE_DATA", "").strip():
        return Path(path_of("CAUSERIE_DATA", env["CAUSERIE_DATA"], env))
    # systemd separates several folders by colons (systemd.exec(5)); the first one is ours.
    return Path(env.get("STATE_DIRECTORY", "").partition(":")[0] or "data")


def path_of(name: str, written: str, env: Mapping[str, str]) -> str:
    """Return a path with `~` and variables replaced, as a shell would have done it; `.env` and systemd do not.

    A path that exists as it was written is taken as it is.
    """
    if "\0" in written:
        raise ConfigurationError(f"{name} is {quoted(written)}, which is not a path. Change it and start again.")
    if os.path.lexists(written):
        return written

    def value_of(variable: re.Match[str]) -> str:
        found = env.get(variable[1] or variable[2])
        if not found:
            raise ConfigurationError(
                f"{name} is {quoted(written)}, but the variable {variable[1] or variable[2]} is not set."
                " Write the whole path and start again."
            )
        return found

    path = os.path.expanduser(re.sub(r"\$(?:(\w+)|\{(\w+)\})", value_of, without_quotes(written)))  # noqa: PTH111 `~user` may be unknown
    if path.startswith("~"):
        raise ConfigurationError(
            f"{name} is {quoted(written)}, and nobody knows the home that ~ stands for. Write the whole path and start again."
        )
    return path


def certificates_of(env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for OpenSSL, with their paths as OpenSSL can read them."""
    found = {}
    for name in CERTIFICATES:
        written = env.get(name, "").strip()
        if name in env:
            paths = written.split(":") if name == "SSL_CERT_DIR" else [written]
            found[name] = ":".join(path_of(name, path, env) for path in paths) if written else ""
    try:
        check_authorities(found)
    except ValueError as error:
        raise ConfigurationError(f"{one_line(str(error))}. Change it or remove it, and start again.") from error
    return found


def proxies_of(env: Mapping[str, str], *urls: str) -> Proxies:
    """Return the proxies that the variables name. Each of these addresses must be reachable through its proxy."""
    try:
        proxies = read_proxies(env)
        for url in urls:
            refuse_unusable(proxies, url)
    except ValueError as error:
        said = one_line(str(error))
        raise ConfigurationError(said[0].upper() + said[1:]) from error
    return proxies


def checked_token(token: str) -> str:
    """Return a bot's token, without the word that stands before it in a request's header."""
    remedy = "Copy it from the bot's page in Discord's developer portal into .env and start again."
    if not token:
        raise ConfigurationError(f"DISCORD_TOKEN is missing. Run `causerie init`, which asks for it, or c{remedy[1:]}")
    token = re.sub(r"\ABot\s+", "", token)  # as it stands in a request's header
    # Discord's tokens have three parts; the first is the bot's id in base64.
    is_whole = token.count(".") == 2 and re.fullmatch(r"[\w.=-]+", token, re.ASCII)  # noqa: PLR2004
    if not is_whole or not application_id(token):
        raise ConfigurationError(
            f"DISCORD_TOKEN is not a bot's token: it should have three parts with dots between. {remedy}"
        )
    return token


def application_id(token: str) -> int:
    """Return the id of the application, and of its bot, in whose name a token speaks; 0 where there is none in it."""
    part = token.partition(".")[0]
    try:
        number = base64.b64decode(part + "=" * (-len(part) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return 0
    return int(number) if re.fullmatch(r"[0-9]{1,20}", number) and int(number) <= ID_MAX else 0


def checked_url(name: str, url: str) -> str:
    """Return an address without a slash at its end."""
    shown = "a URL with a password" if "@" in url else quoted(url)
    remedy = "Change it in .env and start again."
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 it is read only now
    except ValueError as error:
        raise ConfigurationError(f"{name} is {shown}, which is not a URL ({error}). {remedy}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"{name} is {shown}; it must start with http:// or https://. {remedy}")
    hidden = any(one.isspace() or not one.isprintable() for one in url)
    if hidden or len(url) > URL_CHARS_MAX or not re.fullmatch(r"[!-~]*", parts.path + parts.query) or parts.fragment:
        raise ConfigurationError(f"{name} is {shown}, which has characters that no URL has, or too many. {remedy}")
    if "@" in parts.netloc:
        raise ConfigurationError(f"{name} has a user's name or a password in it, which cannot be sent. {remedy}")
    return url.rstrip("/")


def checked_link(name: str, written: str) -> str:
    """Return an address that a button may open, or an empty one; `name` is the key in the TOML file.

    :raises ConfigurationError: Discord would refuse the button (Component Reference, Button), or a browser could not open it
    """
    url = written.strip()
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 it is read only now
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        is_whole = False
    if url and not (is_whole and re.fullmatch(r"[!-~]+", url) and len(url) <= LINK_CHARS_MAX):
        shown = "a URL with a password" if "@" in url else quoted(url)
        raise ConfigurationError(
            f"CAUSERIE_CONFIG: {name} is {shown}; it must be the whole address of a page, which starts with https:// or http://"
            f" and has at most {LINK_CHARS_MAX} characters. Change it or remove it, and start again."
        )
    return url


def checked_traces_url(name: str, written: str) -> str:
    """Return the address of a collector of traces, or an empty one; `name` is the key in the TOML file.

    :raises ConfigurationError: it is no address, or the packages that send traces are not installed
    """
    url = checked_link(name, written)
    if url:
        try:
            metadata.version(TRACES_PACKAGE)
        except metadata.PackageNotFoundError as error:
            raise ConfigurationError(
                f"CAUSERIE_CONFIG: {name} needs packages that are not installed. Install those of requirements/traces.txt with pip,"
                " or remove the key, and start again."
            ) from error
    return url


def checked_key(name: str, secret: str) -> str:
    """Return a key that a header can carry, or an empty one."""
    if secret and not re.fullmatch(r"[!-~]+", secret):
        raise ConfigurationError(f"{name} has characters that no key has. Copy it again into .env and start again.")
    return secret
