"""The panel of `/help`: three lines, two buttons that switch the bot on, and a link where the operator names a page."""

import pytest

from actors.panel.help_view import help_panel, switched_on_panel
from messages import custom_id
from messages.channel_permissions import SEND_MESSAGES
from messages.components import Button, Link
from messages.presses import Status, SwitchOn
from tests.actors.panel.panels import complaints, labels, user
from texts.english import ANSWERS
from texts.say import DEFAULT_LOCALE, LOCALES, Locale, say

GUIDE = "https://example.org/guide"


@pytest.mark.parametrize("locale", LOCALES)
def test_help_says_in_three_lines_what_the_hint_says(locale: Locale) -> None:
    """In each language, with the page for more behind a button that the bot does not hear of."""
    panel = help_panel(user(status="disable"), GUIDE, locale)
    assert panel.text.splitlines() == [say(key, locale) for key in ("hint", "hint.session", "hint.commands")]
    assert labels(panel) == [[say(key, locale) for key in ("button.new", "button.activate", "button.more")]]
    assert complaints(panel) == []
    assert complaints(help_panel(user(status="new", lacks=SEND_MESSAGES), GUIDE, locale, was_pressed=True)) == []
    (row,) = panel.rows
    assert isinstance(row, tuple)
    new, activate, more = row
    assert isinstance(more, Link)
    assert more.url == GUIDE
    assert [custom_id.decode(one.custom_id) for one in (new, activate) if isinstance(one, Button)] == [
        SwitchOn("new"),
        SwitchOn("activate"),
    ]


def test_without_a_page_there_is_no_button_for_it() -> None:
    """A button that leads nowhere helps nobody."""
    assert labels(help_panel(user(), "", DEFAULT_LOCALE)) == [["new", "activate"]]


@pytest.mark.parametrize(("status", "stands_out"), [("disable", []), ("new", ["new"]), ("activate", ["activate"])])
def test_the_present_status_stands_out(status: Status, stands_out: list[str]) -> None:
    """One look tells whether the bot answers."""
    (row,) = help_panel(user(status=status), GUIDE, DEFAULT_LOCALE).rows
    assert isinstance(row, tuple)
    assert [one.label for one in row if isinstance(one, Button) and one.style == "primary"] == stands_out


def test_what_the_bot_may_not_do_here_is_said_below_the_lines() -> None:
    """Whoever looks for help because no answer comes reads why."""
    text = help_panel(user(lacks=SEND_MESSAGES), "", DEFAULT_LOCALE).text
    assert text.startswith(ANSWERS["hint"])
    assert "Send Messages" in text.splitlines()[-1]


def test_a_press_says_what_it_did_and_only_below_the_hint_that_the_question_is_to_be_written_again() -> None:
    """Who uses `/help` has not asked anything yet; the hint's reader has."""
    helped = help_panel(user(status="activate"), "", DEFAULT_LOCALE, was_pressed=True).text.splitlines()[0]
    hinted = switched_on_panel("activate", DEFAULT_LOCALE).text
    for said in (helped, hinted):
        assert said.startswith("Your status is **activate** now: each message goes to your current session.")
    assert ("again" in helped, "again" in hinted) == (False, True)
