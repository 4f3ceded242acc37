"""A text's ids become the names that people read in Discord."""

import time

import pytest

from discord_api.message_text import REPLACED_MAX, Names, readable, without_mention

NAMES = Names({1: "Alice", 2: "B<@1>b"}, {5: "Friends"}.get, {7: "general"}.get)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<@1> and <@!1>", "@Alice and @Alice"),
        ("<@9>", "@unknown-user"),
        ("<@2>", "@B<@1>b"),
        ("<@&5> <@&6>", "@Friends @unknown-role"),
        ("<#7> <#8>", "#general #unknown"),
        ("<:blob_cat:12><a:party:13>", ":blob_cat::party:"),
        ("</ask:3> </ask the bot:3>", "/ask /ask the bot"),
        ("<id:customize> <id:browse> <id:guide>", "Channels & Roles Browse Channels Server Guide"),
        ("<id:linked-roles> <id:linked-roles:4>", "Linked Roles Linked Roles"),
        ("<t:0>", "1 January 1970 00:00 UTC"),
        ("<t:1700000000:t> <t:1700000000:T>", "22:13 UTC 22:13:20 UTC"),
        ("<t:1700000000:d>, <t:1700000000:D>", "14 November 2023, 14 November 2023"),
        ("<t:1700000000:F>", "Tuesday, 14 November 2023 22:13 UTC"),
        ("<t:1700000000:R>", "14 November 2023 22:13 UTC"),
        ("<t:-1:f>", "31 December 1969 23:59 UTC"),
    ],
)
def test_markup_is_read_as_discord_shows_it(written: str, read: str) -> None:
    """Names stand for ids; an unknown id is called unknown; what a name looks like is not replaced again."""
    assert readable(written, NAMES) == read


@pytest.mark.parametrize(
    "text",
    [
        "`<@1>`",
        "``a ` <@1>``",
        "```py\n<@1>\n```",
        r"\<@1>",
        "<t:99999999999999:R>",
        "<t:253402300800>",
        "< @1> <@> <@x> <#> <:x> <x:1> <t:> <id:home> </:1>",
        "1 < 2 > 0",
        "<@" + "1" * 30 + ">",
    ],
)
def test_what_discord_shows_as_it_is_written_stays(text: str) -> None:
    """Code, escaped markup, moments that no calendar has, and what is no markup."""
    assert readable(text, NAMES) == text


def test_markup_behind_code_that_does_not_end_is_read() -> None:
    """An open backtick begins no code."""
    assert readable("` <@1>", NAMES) == "` @Alice"


def test_a_text_of_ids_does_not_grow_without_end() -> None:
    """After 200 names the rest stays as it is written."""
    long = Names({1: "x" * 100}, lambda _: None, lambda _: None)
    read = readable("<@1>" * 1000, long)
    assert read.count("@" + "x" * 100) == REPLACED_MAX
    assert read.endswith("<@1>" * (1000 - REPLACED_MAX))


@pytest.mark.parametrize("piece", ["`", "``", "```", "<", "<@", "<:", "</", "<t:1", "\\", "`<@1>", "<@1> `"])
def test_reading_takes_a_time_that_grows_with_the_text(piece: str) -> None:
    """Nested and unfinished markup costs no more than other text: 100,000 characters take well below a second."""
    text = piece * (100_000 // len(piece)) + "x"
    began_s = time.process_time()
    readable(text, NAMES)
    assert time.process_time() - began_s < 1.0


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("<@3> hello", "hello"),
        ("<@!3>, hello", "hello"),
        (" <@3> <@3>: hello", "hello"),
        ("hello <@3>", "hello <@3>"),
        ("<@4> hello", "<@4> hello"),
        ("<@3>", "<@3>"),
        ("<@3> ", "<@3> "),
    ],
)
def test_the_bots_own_mention_at_the_beginning_is_left_out(written: str, left: str) -> None:
    """It only says whom the message is for; where nothing else is written, it stays."""
    assert without_mention(written, 3) == left
