"""What an admin reads after *Reload*: what is in force now, what takes a restart, or what is wrong with the settings. Pure."""

from typing import Final, assert_never

from messages.reload import ReloadAnswer, SettingsNotReloaded, SettingsReloaded
from texts.escaping import escape_markdown
from texts.say import Locale, number, say, say_list

NAMES_SHOWN: Final = 8
WARNINGS_SHOWN: Final = 2
"""So many settings and warnings are said; the log has all."""

WHY_CHARS: Final = 500
WARNING_CHARS: Final = 150
"""What an operator wrote may be long, and the sentence about it quotes it. It is English, as in the log and at a start."""


def reload_lines(answer: ReloadAnswer, locale: Locale) -> str:
    """Return the lines above the panel."""
    match answer:
        case SettingsNotReloaded(why=why):
            return say("causerie.not_reloaded", locale, why=escape_markdown(why, WHY_CHARS))
        case SettingsReloaded(changed=changed, needs_restart=needs_restart, warnings=warnings):
            lines = [say("causerie.reloaded", locale, settings=_names(changed, locale))] if changed else []
            if needs_restart:
                lines.append(say("causerie.needs_restart", locale, settings=_names(needs_restart, locale)))
            if not lines:
                lines.append(say("causerie.reloaded_nothing", locale))
            shown = [escape_markdown(warning, WARNING_CHARS) for warning in warnings[:WARNINGS_SHOWN]]
            return "\n".join([*lines, *(f"⚠️ {warning}" for warning in shown)])
        case _:
            assert_never(answer)


def _names(names: tuple[str, ...], locale: Locale) -> str:
    listed = say_list((f"`{name}`" for name in names[:NAMES_SHOWN]), locale)
    more = len(names) - NAMES_SHOWN
    return listed if more <= 0 else say("causerie.and_more", locale, listed=listed, more=number(more, locale))
