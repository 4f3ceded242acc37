"""What another reading of the settings changes while the bot runs, what of it takes a restart, and what is in force then."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from settings.environment import Environment
from settings.settings import Settings, read

_Value = Callable[[Settings], object]

AT_ONCE: Final[Mapping[str, _Value]] = {
    "models": lambda one: one.catalogue.listed,
    "limits.queue_cap": lambda one: one.limits.queue_cap,
    "limits.questions_per_minute": lambda one: one.limits.questions_per_minute,
    "limits.missed_age_s": lambda one: one.limits.missed_age_s,
    "limits.missed_per_person": lambda one: one.limits.missed_per_person,
    "limits.file_mb": lambda one: one.file_bytes_max,
    "limits.files_per_question": lambda one: one.files_per_question,
    "limits.files_mb_per_person": lambda one: one.limits.files_bytes_per_person,
    "limits.max_token": lambda one: one.limits.default_max_token,
    "limits.concurrent_streams": lambda one: one.concurrent_streams,
    "limits.stream_grace_s": lambda one: one.stream_grace_s,
    "limits.thinking_s": lambda one: one.thinking_s,
    "permissions.admins": lambda one: one.permissions.admins,
    "permissions.direct_messages": lambda one: one.permissions.direct_messages,
    "permissions.allow": lambda one: one.permissions.allow,
    "permissions.block": lambda one: one.permissions.block,
    "budgets": lambda one: one.limits.budgets,
    "shared_channels": lambda one: one.limits.shared_channels,
    "discord.requests_per_s": lambda one: one.requests_per_s,
    "moderation": lambda one: replace(one.gate_rules, cost=None),
    "voice": lambda one: (one.voice.transcription, one.voice.speech, one.voice.recording_s_max),
    "help.url": lambda one: one.guide_url,
    "retention.days": lambda one: one.retention_days,
}
"""What counts as soon as it was read, by the names that operators know."""

BY_RESTART: Final[Mapping[str, _Value]] = {
    "DISCORD_TOKEN": lambda one: one.discord_token,
    "OPENAI_API_KEY": lambda one: one.openai_api_key,
    "DISCORD_REST_URL": lambda one: one.discord_rest_url,
    "OPENAI_BASE_URL": lambda one: one.openai_base_url,
    "CAUSERIE_DATA": lambda one: one.data.absolute(),
    "discord.message_content": lambda one: one.message_content,
    "HTTP_PROXY": lambda one: one.proxies.by_name.get("HTTP_PROXY"),
    "HTTPS_PROXY": lambda one: one.proxies.by_name.get("HTTPS_PROXY"),
    "ALL_PROXY": lambda one: one.proxies.by_name.get("ALL_PROXY"),
    "NO_PROXY": lambda one: one.proxies.exceptions,
    "telemetry.metrics_port": lambda one: one.metrics_port,
    "telemetry.traces_url": lambda one: one.traces_url,
    "SSL_CERT_FILE": lambda one: one.certificates.get("SSL_CERT_FILE"),
    "SSL_CERT_DIR": lambda one: one.certificates.get("SSL_CERT_DIR"),
}
"""What connections and open files were made with, so that it counts after the next start."""


class Reread(NamedTuple):
    """What a reading found. `settings` is what may be put in force: what takes a restart is in it as it was."""

    settings: Settings
    changed: tuple[str, ...]
    needs_restart: tuple[str, ...]


def reread(before: Settings, env: Environment) -> Reread:
    """Check the settings as a start does, and compare them with those that are in force.

    :raises ConfigurationError: a setting is wrong; the text is the sentence with which a start would end
    """
    after = read(env.values, env.warnings)
    needs_restart = _different(BY_RESTART, before, after)
    if "OPENAI_BASE_URL" in needs_restart:
        # Which models are built in, and what a judgement costs, follows from the address that is still asked.
        after = read({**env.values, "OPENAI_BASE_URL": before.openai_base_url}, env.warnings)
    settings = _with_fixed(before, after)
    settings.catalogue.inherit(before.catalogue.learnt, dt.datetime.now(dt.UTC).date())
    return Reread(settings, _different(AT_ONCE, before, settings), needs_restart)


def _different(names: Mapping[str, _Value], before: Settings, after: Settings) -> tuple[str, ...]:
    return tuple(name for name, value in names.items() if value(before) != value(after))


def _with_fixed(before: Settings, after: Settings) -> Settings:
    """Return the settings with everything of `before` that counts until the next start."""
    return replace(
        after,
        discord_token=before.discord_token,
        discord_rest_url=before.discord_rest_url,
        openai_api_key=before.openai_api_key,
        openai_base_url=before.openai_base_url,
        data=before.data,
        message_content=before.message_content,
        metrics_port=before.metrics_port,
        traces_url=before.traces_url,
        limits=replace(after.limits, reads_content=before.limits.reads_content),
        proxies=before.proxies,
        certificates=before.certificates,
    )
