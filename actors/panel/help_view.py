"""What `/help` shows, and what somebody reads who has switched the bot on. Pure."""

from typing import Final

from actors.panel.status_view import STATUS_EMOJIS, STATUS_MEANINGS, STATUS_NAMES
from messages.components import Button, Line, Link, Panel, Part, Text, simple_panel
from messages.custom_id import encode
from messages.presses import Status, SwitchOn
from messages.verbs.users import UserShown
from texts.answers import introduction
from texts.lacks import lacks_lines
from texts.say import Locale, say

_OFFERED: Final = ("new", "activate")
"""The buttons, as below the hint."""


def help_panel(user: UserShown, guide_url: str, locale: Locale, *, was_pressed: bool = False) -> Panel:
    """Return the three lines that explain the bot, with the buttons that switch it on; the present status stands out.

    `guide_url` is the page that tells more; without one there is no button for it. When a button was pressed, a sentence
    above says what it did.
    """
    name, meaning = say(STATUS_NAMES[user.status], locale), say(STATUS_MEANINGS[user.status], locale)
    said = say("switched_on_by_help", locale, status=name, meaning=meaning)
    above: tuple[Part, ...] = (Text(said), Line()) if was_pressed else ()
    buttons = (
        Button(
            label=say(STATUS_NAMES[status], locale),
            custom_id=encode(SwitchOn(to=status)),
            emoji=STATUS_EMOJIS[status],
            style="primary" if status == user.status else "secondary",
        )
        for status in _OFFERED
    )
    more = (Link(label=say("button.more", locale), url=guide_url, emoji="📖"),) if guide_url else ()
    lines = (*introduction(locale), *lacks_lines(user.lacks, locale))
    return Panel(parts=(*above, Text("\n".join(lines)), (*buttons, *more)))


def switched_on_panel(status: Status, locale: Locale) -> Panel:
    """Return what somebody reads who has pressed a button below the hint: what they wrote before is not answered."""
    name, meaning = say(STATUS_NAMES[status], locale), say(STATUS_MEANINGS[status], locale)
    return simple_panel(say("switched_on", locale, status=name, meaning=meaning))
