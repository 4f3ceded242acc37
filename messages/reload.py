"""What asks for the settings to be read again while the bot runs, and what comes of it.

A panel asks with `await reloader.reload(ReloadSettings(by=admin))` and shows the answer.
"""

from typing import Protocol

from msgspec import Struct

from messages.ids import UserId


class ReloadSettings(Struct, frozen=True, kw_only=True, tag="reload_settings"):
    """Read the settings again and put them in force. From an admin's panel, or from whatever handles the process's signals.

    Whether the person may ask for it has been decided already. `by` is None for a signal.
    """

    by: UserId | None = None


class SettingsReloaded(Struct, frozen=True, kw_only=True, tag="settings_reloaded"):
    """The settings were read and are in force, all of them at once, but for those that take a restart.

    `changed` has the names of what is otherwise now, and `needs_restart` the names of what was changed and counts only after the
    next start: `limits.queue_cap`, `permissions.block`, `DISCORD_TOKEN`. Both are empty where nothing was changed. `warnings` are sentences, in English, about what
    is not wrong, but probably not meant. Nothing here holds a secret.
    """

    changed: tuple[str, ...] = ()
    needs_restart: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class SettingsNotReloaded(Struct, frozen=True, kw_only=True, tag="settings_not_reloaded"):
    """Nothing was changed: the settings that were in force still are.

    `why` is the sentence that a start would end with, in English and in one line: the setting, what is wrong with it, and the remedy. It
    holds no secret, but it quotes what the operator wrote, so it must be escaped before Discord shows it.
    """

    why: str


ReloadAnswer = SettingsReloaded | SettingsNotReloaded


class Reloader(Protocol):
    """What reads the settings again. Of several who ask at once, each gets an answer of its own, one after the other."""

    async def reload(self, asked: ReloadSettings) -> ReloadAnswer:
        """Read the settings again and put all of them in force, or none. It takes a few milliseconds, and raises nothing."""
        ...
