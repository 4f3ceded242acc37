"""What the panels show, whatever people wrote."""

import random
import re

import msgspec
import pytest

from actors import panel_view, presses
from messages.ids import SessionId, UserId
from messages.panel import ChooseStatus
from messages.recorder import UserShown

ALICE = UserShown(
    user_id=UserId(123456789012345678),
    name="Alice",
    status="activate",
    current_session=SessionId(7),
    current_title="Comets are",
    sessions=3,
    system_msg="Answer in French.",
    max_token=700,
    temperature=0.5,
    create_time_s=1_700_000_000.9,
    update_time_s=1_700_000_100.0,
    modify_time_s=1_700_000_200.0,
)


def changed(**fields: object) -> UserShown:
    return msgspec.structs.replace(ALICE, **fields)


def test_the_panel_shows_everything_about_a_user() -> None:
    """Name, id, status, session, sessions, three times, limits, system message."""
    lines = panel_view.user_panel(ALICE).text.split("\n")
    assert lines == [
        "**Name**: Alice (123456789012345678)",
        "**Status**: activate — each message goes to your current session",
        "**Session**: **Comets are**",
        "**Sessions**: 3",
        "**Create time**: <t:1700000000:f>",
        "**Update time**: <t:1700000100:f>",
        "**Modify time**: <t:1700000200:f>",
        "**Max token**: 700",
        "**Temperature**: 0.5",
        "**System message**: ```",
        "Answer in French.",
        "```",
    ]


def test_what_is_not_set_is_said() -> None:
    """No session, no system message, the model's own temperature; 0 is a temperature."""
    text = panel_view.user_panel(
        changed(current_session=None, current_title=None, system_msg="", temperature=None)
    ).text
    assert "**Session**: none\n" in text
    assert text.endswith("**System message**: none")
    assert "**Temperature**: default\n" in text
    assert "**Temperature**: 0\n" in panel_view.user_panel(changed(temperature=0.0)).text


@pytest.mark.parametrize("status", ["disable", "new", "activate"])
def test_the_row_has_the_three_statuses_and_marks_the_present_one(status: str) -> None:
    """Each button says what it sets; all can be pressed."""
    (row,) = panel_view.user_panel(changed(status=status)).rows
    assert [button.label for button in row] == ["new", "activate", "disable"]
    for button in row:
        assert presses.decode(button.custom_id) == ChooseStatus(status=button.label)  # type: ignore[arg-type]
        assert (button.style == "success") == (button.label == status)
        assert not button.disabled


HOSTILE = (
    "`", "```", "````", "\n", "\r\n", "@everyone", "<@1>", "<#1>", "**", "||", "](https://x.y)", "\\", "\u202e", "\u2066",
    "\u200b", "\x00", "\x1b[31m", "\ud800", "\ufeff", "\u3164", "> ", "# ", "שלום", "👩‍👩‍👧", "e\u0301", "word ",
)  # fmt: skip


def test_a_panel_fits_and_stays_in_order_whatever_is_in_it() -> None:
    """At most 2,000 code points; one line a field; one code block; nothing that pings, links, turns or hides text."""
    rng = random.Random(3)
    for seed in range(2_000):
        name, title, system_msg = (
            "".join(rng.choice(HOSTILE) for _ in range(rng.randint(0, most))) for most in (300, 300, 3000)
        )
        user = changed(name=name, current_title=title, system_msg=system_msg, sessions=10**9, max_token=128_000)
        text = panel_view.user_panel(user).text
        assert len(text) <= 2000, f"seed {seed}"
        text.encode()
        head, *block = text.split("```\n", 1)
        assert head.count("\n") == 9, f"seed {seed}"
        written = re.sub(r"\\.", "", head)
        assert not set(written) & set("`@|[]#~"), f"seed {seed}"
        assert written.count("<") == 3, f"seed {seed}"
        assert not set(text) & set("\u202e\u2066\u200b\x00\x1b\ufeff"), f"seed {seed}"
        if block:
            assert block[0].endswith("\n```"), f"seed {seed}"
            assert "```" not in block[0][:-4], f"seed {seed}"


def test_a_long_system_message_is_cut_with_a_mark() -> None:
    """It gets the room that is left, all of it."""
    text = panel_view.user_panel(changed(system_msg="x" * 4000)).text
    assert len(text) == 2000
    assert text.endswith("x…\n```")
    whole = panel_view.user_panel(changed(system_msg="x" * 1500)).text
    assert "x" * 1500 + "\n```" in whole


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Alice", "Alice"),
        ("  two\n lines\t", "two lines"),
        ("*Bob*", "\\*Bob\\*"),
        ("<@1> @here", "\\<\\@1\\> \\@here"),
        ("abc\u202edef\u2069", "abcdef"),
        ("\u200b\u3164", "—"),
        ("", "—"),
        ("\U0001fae8", "\U0001fae8"),
        ("x" * 101, "x" * 100 + "…"),
        ("https://x.y", "https\\://x.y"),
    ],
)
def test_a_name_is_shown_as_it_was_written(written: str, shown: str) -> None:
    """On one line, and as nothing but a name."""
    assert panel_view.plain(written) == shown


def test_a_notice_is_its_sentence() -> None:
    """And has nothing to press."""
    panel = panel_view.notice(panel_view.DENIED)
    assert (panel.text, panel.rows) == (panel_view.DENIED, ())
