"""The settings: read from the environment, `.env`, systemd's credentials and a TOML file, checked, and turned into `Settings`.

Nothing else is read. A wrong setting raises `ConfigurationError`, whose text is one line for the operator.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from models.address import base_address, is_openai
from models.catalogue import Catalogue
from models.gate_rules import GateRules
from models.listener import THINKING_S
from models.model import Model
from models.openai_models import OPENAI_MODELS
from models.prices import cost_of_judging
from models.voice import Voice
from network.proxies import Proxies
from settings.budgets import budgets_of, doubts
from settings.environment import CERTIFICATES, NAMES
from settings.errors import ConfigurationError, quoted
from settings.shared_channels import shared_channels_of
from settings.toml_file import ConfigFile, gate_rules_of, permissions_of, read_config
from settings.values import (
    certificates_of,
    checked_key,
    checked_link,
    checked_token,
    checked_traces_url,
    checked_url,
    data_folder,
    path_of,
    proxies_of,
    without_quotes,
)
from storage.limits import Limits
from storage.permissions import Permissions

DISCORD_REST_URL: Final = "https://discord.com/api/v10"
OPENAI_BASE_URL: Final = "https://api.openai.com/v1"

DISCORD_REQUESTS_PER_S: Final = 50
"""What Discord allows every bot, in all (Discord: Rate Limits, Global Rate Limit)."""

MEGABYTE: Final = 1_000_000


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
    retention_days: int = 0
    """Sessions that nobody has used for so many days are removed; 0: none are."""
    guide_url: str = ""
    """The page that the hint and `/help` link to; "" where the operator names none."""
    metrics_port: int | None = None
    """The port on this machine that shows metrics and health; 0: the system chooses one; None: there is none."""
    traces_url: str = ""
    """Where traces are sent; "" for nowhere."""
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
    env = {**env, **certificates_of(env)}
    written = {name: without_quotes(env.get(name, "")) for name in NAMES}
    config = ConfigFile()
    if written["CAUSERIE_CONFIG"]:
        file = path_of("CAUSERIE_CONFIG", env["CAUSERIE_CONFIG"], env)
        config = read_config(file, quoted(written["CAUSERIE_CONFIG"]))
    base_url = base_address(checked_url("OPENAI_BASE_URL", written["OPENAI_BASE_URL"] or OPENAI_BASE_URL))
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
    discord_token = checked_token(written["DISCORD_TOKEN"])
    discord_rest_url = checked_url("DISCORD_REST_URL", written["DISCORD_REST_URL"] or DISCORD_REST_URL)
    return Settings(
        discord_token=discord_token,
        discord_rest_url=discord_rest_url,
        openai_api_key=checked_key("OPENAI_API_KEY", written["OPENAI_API_KEY"]),
        openai_base_url=base_url,
        proxies=proxies_of(env, discord_rest_url, base_url),
        certificates={name: env[name] for name in CERTIFICATES if name in env},
        data=data_folder(env),
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
            shared_channels=shared_channels_of(config.shared_channels, catalogue, permissions),
        ),
        permissions=permissions,
        gate_rules=_priced(gate_rules_of(config.moderation), catalogue, base_url),
        voice=voice,
        concurrent_streams=limits.concurrent_streams,
        files_per_question=limits.files_per_question,
        file_bytes_max=limits.file_mb * MEGABYTE,
        stream_grace_s=limits.stream_grace_s,
        thinking_s=limits.thinking_s,
        message_content=config.discord.message_content,
        requests_per_s=config.discord.requests_per_s,
        retention_days=config.retention.days,
        guide_url=checked_link("help.url", config.help.url),
        metrics_port=config.telemetry.metrics_port,
        traces_url=checked_traces_url("telemetry.traces_url", config.telemetry.traces_url),
        warnings=(
            *warnings,
            *_doubts(written, env, config),
            *_of_ended(ended, catalogue),
            *doubts(budgets, catalogue),
        ),
    )


def _priced(rules: GateRules, catalogue: Catalogue, base_url: str) -> GateRules:
    """Return the rules of gates with what a judgement costs. What OpenAI's own model costs is known, also where no list names it."""
    built_in = (model for model in OPENAI_MODELS if is_openai(base_url) and model.name == rules.model)
    return replace(rules, cost=cost_of_judging(catalogue.get(rules.model) or next(built_in, None)))


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
