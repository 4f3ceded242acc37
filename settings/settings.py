"""The settings: read from the environment, `.env`, systemd's credentials and a TOML file, checked, and turned into `Settings`.

Nothing else is read. A wrong setting raises `ConfigurationError`, whose text is one line for the operator.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from models.catalogue import Catalogue
from settings.errors import ConfigurationError
from settings.toml_file import permissions_of, read_config
from storage.limits import Limits
from storage.permissions import Permissions

DISCORD_REST_URL: Final = "https://discord.com/api/v10"
OPENAI_BASE_URL: Final = "https://api.openai.com/v1"


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


def read(env: Mapping[str, str]) -> Settings:
    """Check the variables and the TOML file that `CAUSERIE_CONFIG` names, and return the settings.

    :raises ConfigurationError: a setting is wrong; the text names the first one
    """
    config = read_config(env.get("CAUSERIE_CONFIG", ""))
    try:
        catalogue = Catalogue(config.models)
    except ValueError as error:
        raise ConfigurationError(f"CAUSERIE_CONFIG: {error}") from error
    limits = config.limits
    permissions = permissions_of(config.permissions)
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
