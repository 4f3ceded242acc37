"""What `/privacy` shows: what is stored about whoever looks, and what *Forget me* erases. Pure."""

from typing import Final

from messages.components import Button, Panel, Text, simple_panel
from messages.custom_id import encode
from messages.files import File
from messages.presses import ConfirmForget, ExportData, Forget, OpenPrivacy
from messages.verbs.forgetting import Belongings
from texts.say import Locale, number, say, say_count

EXPORT_NAME: Final = "causerie-export.zip"

_MEGABYTE: Final = 1_000_000


def privacy_panel(belongings: Belongings, retention_days: int, locale: Locale) -> Panel:
    """Return the panel; `retention_days` is after how many days unused sessions are removed, 0 for never."""
    lines = [
        say("privacy.stored", locale),
        *_listed(
            say("privacy.stored_person", locale),
            say("privacy.stored_sessions", locale),
            say("privacy.stored_files", locale),
            say("privacy.stored_used", locale),
        ),
        say("privacy.passed_on", locale),
        say(
            "privacy.now",
            locale,
            sessions=say_count("sessions", belongings.sessions, locale),
            questions=say_count("questions", belongings.questions, locale),
            megabytes=number(-(-belongings.file_bytes // _MEGABYTE), locale),
        ),
        *([say("privacy.retention", locale, days=number(retention_days, locale))] if retention_days else []),
        say("privacy.choices", locale),
    ]
    buttons = (
        Button(label=say("button.export", locale), custom_id=encode(ExportData()), emoji="📤"),
        Button(label=say("button.forget", locale), custom_id=encode(ConfirmForget()), style="danger", emoji="🗑️"),
    )
    return Panel(parts=(Text("\n".join(lines)), buttons))


def forget_panel(belongings: Belongings, locale: Locale, *, has_changed: bool = False) -> Panel:
    """Return what is to be confirmed; `has_changed`: sessions were begun since it was shown before."""
    lines = [
        *([say("privacy.changed", locale)] if has_changed else []),
        say("privacy.question", locale),
        *_listed(
            say("privacy.goes_sessions", locale, sessions=say_count("sessions", belongings.sessions, locale)),
            say("privacy.goes_elsewhere", locale, questions=say_count("questions", belongings.questions, locale)),
            say("privacy.goes_person", locale),
        ),
        say("privacy.stops", locale),
        say("privacy.not_reached", locale),
    ]
    buttons = (
        Button(
            label=say("button.forget", locale),
            custom_id=encode(Forget(newest=belongings.newest_session)),
            style="danger",
            emoji="🗑️",
        ),
        Button(label=say("button.keep_everything", locale), custom_id=encode(OpenPrivacy())),
    )
    return Panel(parts=(Text("\n".join(lines)), buttons))


def export_panel(content: bytes, left_out: int, locale: Locale) -> Panel:
    """Return the message with the export; `left_out` of its files found no room."""
    lines = [say("privacy.export", locale)]
    if left_out:
        lines.append(say("privacy.export_cut", locale, files=say_count("files", left_out, locale)))
    return simple_panel(" ".join(lines), files=(File(name=EXPORT_NAME, content=content),))


def _listed(*entries: str) -> list[str]:
    return [f"* {entry}" for entry in entries]
