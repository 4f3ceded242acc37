"""The settings: read from the environment, `.env`, systemd's credentials and a TOML file, checked, and turned into `Settings`.

Nothing else is read. A wrong setting raises `ConfigurationError`, whose text is one line for the operator.
"""

import base64
import binascii
import datetime as dt
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from models.address import base_address, is_openai
from models.catalogue import Catalogue
from models.gate_rules import GateRules
from models.listener import THINKING_S
from models.model import Model
from models.openai_models import OPENAI_MODELS
from models.voice import Voice
from network.proxies import Proxies, read_proxies, refuse_unusable
from network.tls import check_authorities
from settings.budgets import budgets_of, doubts
from settings.environment import CERTIFICATES, NAMES
from settings.errors import ConfigurationError, one_line, quoted
from settings.toml_file import ID_MAX, ConfigFile, gate_rules_of, permissions_of, read_config
from storage.limits import Limits
from storage.permissions import Permissions

DISCORD_REST_URL: Final = "https://discord.com/api/v10"
OPENAI_BASE_URL: Final = "https://api.openai.com/v1"

DISCORD_REQUESTS_PER_S: Final = 50
"""What Discord allows every bot, in all (Discord: Rate Limits, Global Rate Limit)."""

MEGABYTE: Final = 1_000_000
URL_CHARS_MAX: Final = 2_000

QUOTES: Final = ("''", '""', "“”", "‘’", "``")
"""Pairs of quotes in which a value may stand."""


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
    gate_rules: GateRules = GateRules()
    voice: Voice
    concurrent_streams: int
    files_per_question: int = 10
    file_bytes_max: int = 20_000_000
    stream_grace_s: float
    thinking_s: float = THINKING_S
    message_content: bool
    requests_per_s: int
    proxies: Proxies = Proxies()
    certificates: dict[str, str] = {}
    """The variables with which OpenSSL finds the authorities that are trusted, for `tls.use_authorities`."""
    warnings: tuple[str, ...] = ()
    """Sentences about what is not wrong, but probably not meant. The log says them at the start."""


def read(env: Mapping[str, str], warnings: Sequence[str] = ()) -> Settings:
    """Check the variables and the TOML file that `CAUSERIE_CONFIG` names, and return the settings.

    :param warnings: what else the log should say at the start; they come first in `Settings.warnings`
    :raises ConfigurationError: a setting is wrong; the text names the first one
    """
    env = {**env, **_certificates(env)}
    written = {name: _without_quotes(env.get(name, "")) for name in NAMES}
    config = ConfigFile()
    if written["CAUSERIE_CONFIG"]:
        file = _path("CAUSERIE_CONFIG", env["CAUSERIE_CONFIG"], env)
        config = read_config(file, quoted(written["CAUSERIE_CONFIG"]))
    base_url = base_address(_url("OPENAI_BASE_URL", written["OPENAI_BASE_URL"] or OPENAI_BASE_URL))
    try:
        # Without a list, a server that is not OpenAI's is asked for its models at the start.
        catalogue = Catalogue(config.models or (OPENAI_MODELS if is_openai(base_url) else ()))
        catalogue.learn_shutdowns({}, dt.datetime.now(dt.UTC).date())
        ended = catalogue.leave_ended_default()
    except ValueError as error:
        raise ConfigurationError(f"CAUSERIE_CONFIG: {error}") from error
    voice = Voice(
        catalogue=catalogue,
        transcription=config.voice.transcription,
        speech=config.voice.speech,
        recording_s_max=config.voice.recording_s_max,
    )
    try:
        voice.check()
    except ValueError as error:
        raise ConfigurationError(f"CAUSERIE_CONFIG: {error}") from error
    limits = config.limits
    permissions = permissions_of(config.permissions)
    budgets = budgets_of(config.budgets)
    discord_token = _token(written["DISCORD_TOKEN"])
    discord_rest_url = _url("DISCORD_REST_URL", written["DISCORD_REST_URL"] or DISCORD_REST_URL)
    return Settings(
        discord_token=discord_token,
        discord_rest_url=discord_rest_url,
        openai_api_key=_printable("OPENAI_API_KEY", written["OPENAI_API_KEY"]),
        openai_base_url=base_url,
        proxies=_proxies(env, discord_rest_url, base_url),
        certificates={name: env[name] for name in CERTIFICATES if name in env},
        data=_data(env),
        catalogue=catalogue,
        limits=Limits(
            queue_cap=limits.queue_cap,
            questions_per_minute=limits.questions_per_minute,
            missed_age_s=limits.missed_age_s,
            missed_per_person=limits.missed_per_person,
            files_bytes_per_person=limits.files_mb_per_person * MEGABYTE,
            reads_content=config.discord.message_content,
            default_model=catalogue.default.name,
            default_max_token=limits.max_token,
            permissions=permissions,
            budgets=budgets,
        ),
        permissions=permissions,
        gate_rules=gate_rules_of(config.moderation),
        voice=voice,
        concurrent_streams=limits.concurrent_streams,
        files_per_question=limits.files_per_question,
        file_bytes_max=limits.file_mb * MEGABYTE,
        stream_grace_s=limits.stream_grace_s,
        thinking_s=limits.thinking_s,
        message_content=config.discord.message_content,
        requests_per_s=config.discord.requests_per_s,
        warnings=(
            *warnings,
            *_doubts(written, env, config),
            *_of_ended(ended, catalogue),
            *doubts(budgets, catalogue),
        ),
    )


def _without_quotes(value: str) -> str:
    """Return a value as it was meant: some programs hand over the quotes of a file, too, and people paste spaces."""
    value = value.strip()
    if len(value) > 1 and value[0] + value[-1] in QUOTES:
        return value[1:-1].strip()
    return value


def _data(env: Mapping[str, str]) -> Path:
    if env.get("CAUSERIE_DATA", "").strip():
        return Path(_path("CAUSERIE_DATA", env["CAUSERIE_DATA"], env))
    # systemd separates several folders by colons (systemd.exec(5)); the first one is ours.
    return Path(env.get("STATE_DIRECTORY", "").partition(":")[0] or "data")


def _path(name: str, written: str, env: Mapping[str, str]) -> str:
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

    path = os.path.expanduser(re.sub(r"\$(?:(\w+)|\{(\w+)\})", value_of, _without_quotes(written)))  # noqa: PTH111 `~user` may be unknown
    if path.startswith("~"):
        raise ConfigurationError(
            f"{name} is {quoted(written)}, and nobody knows the home that ~ stands for. Write the whole path and start again."
        )
    return path


def _certificates(env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for OpenSSL, with their paths as OpenSSL can read them."""
    found = {}
    for name in CERTIFICATES:
        written = env.get(name, "").strip()
        if name in env:
            paths = written.split(":") if name == "SSL_CERT_DIR" else [written]
            found[name] = ":".join(_path(name, path, env) for path in paths) if written else ""
    try:
        check_authorities(found)
    except ValueError as error:
        raise ConfigurationError(f"{one_line(str(error))}. Change it or remove it, and start again.") from error
    return found


def _proxies(env: Mapping[str, str], *urls: str) -> Proxies:
    try:
        proxies = read_proxies(env)
        for url in urls:
            refuse_unusable(proxies, url)
    except ValueError as error:
        said = one_line(str(error))
        raise ConfigurationError(said[0].upper() + said[1:]) from error
    return proxies


def _token(token: str) -> str:
    remedy = "Copy it from the bot's page in Discord's developer portal into .env and start again."
    if not token:
        raise ConfigurationError(f"DISCORD_TOKEN is missing. {remedy}")
    token = re.sub(r"\ABot\s+", "", token)  # as it stands in a request's header
    # Discord's tokens have three parts; the first is the bot's id in base64.
    parts = token.split(".")
    try:
        number = base64.b64decode(parts[0] + "=" * (-len(parts[0]) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        number = ""
    is_id = re.fullmatch(r"[0-9]{1,20}", number) and 0 < int(number) <= ID_MAX
    if len(parts) != 3 or not is_id or not re.fullmatch(r"[\w.=-]+", token, re.ASCII):  # noqa: PLR2004
        raise ConfigurationError(
            f"DISCORD_TOKEN is not a bot's token: it should have three parts with dots between. {remedy}"
        )
    return token


def _url(name: str, url: str) -> str:
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


def _printable(name: str, secret: str) -> str:
    if secret and not re.fullmatch(r"[!-~]+", secret):
        raise ConfigurationError(f"{name} has characters that no key has. Copy it again into .env and start again.")
    return secret


def _of_ended(ended: Model | None, catalogue: Catalogue) -> Iterator[str]:
    if ended is not None:
        yield (
            f"models: '{ended.name}', the default, has ended on {ended.shutdown_date}. New sessions start with"
            f" '{catalogue.default.name}'. Write default = true at the model that you want, and start again."
        )


def _doubts(written: Mapping[str, str], env: Mapping[str, str], config: ConfigFile) -> Iterator[str]:
    if not written["OPENAI_API_KEY"] and is_openai(written["OPENAI_BASE_URL"] or OPENAI_BASE_URL):
        yield (
            f"OPENAI_API_KEY is missing, and {OPENAI_BASE_URL} answers nobody without a key."
            " Put one into .env, or name a server of your own in OPENAI_BASE_URL, and start again."
        )
    if env.get("SSLKEYLOGFILE"):
        yield "SSLKEYLOGFILE is set: whoever can read that file can read what goes to Discord and to the models, secrets included."
    if config.discord.requests_per_s > DISCORD_REQUESTS_PER_S:
        yield (
            f"discord.requests_per_s is {config.discord.requests_per_s}, and Discord allows {DISCORD_REQUESTS_PER_S} unless it has"
            " told you otherwise. A bot that asks more often is shut out."
        )
