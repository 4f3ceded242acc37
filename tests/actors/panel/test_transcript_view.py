"""A conversation is shown as text and as files."""

import random
import re
import time

import msgspec
import pytest

from actors.panel import transcript_view
from actors.panel.transcript_view import FILE_BYTES_MAX, FILES_MAX, Heading
from messages.components import Panel
from messages.enclosure import Enclosure
from messages.ids import SessionId, UserId
from messages.turn import Utterance
from messages.verbs.sessions import Dialogue
from messages.verbs.users import SessionChosen
from tests.actors.panel.panels import ALICE, LISTED, SAID, SESSION, complaints, listed, nasty, session
from texts.say import DEFAULT_LOCALE

HEADING = Heading(session=SessionId(7), title="Comets are", facts=("Model: gpt-small",))


def asked(text: str, *, name: str = "Alice") -> Utterance:
    return Utterance(role="user", author_id=UserId(1001), author_name=name, text=text)


def answered(text: str, *, cut: bool = False) -> Utterance:
    return Utterance(role="assistant", author_id=None, author_name="", text=text, cut=cut)


def file_of(panel: Panel) -> str:
    assert panel.files
    return panel.files[0].content.decode()


def test_a_short_conversation_is_one_message() -> None:
    """The message holds everything, with who said what."""
    (panel,) = transcript_view.messages(HEADING, SAID, DEFAULT_LOCALE)
    assert not panel.files
    assert panel.text.split("\n") == [
        "The whole conversation of **Comets are**, 2 messages:",
        "```",
        "Alice:",
        "  What is a comet?",
        "▸ Answer:",
        "  A ball of ice.",
        "```",
    ]


def test_what_a_question_encloses_is_shown_before_its_text() -> None:
    """A forward has no text of its own, so a conversation without it would have an empty question."""
    enclosures = (
        Enclosure(kind="forward", text="A comet\nis ice."),
        Enclosure(kind="reply"),
        Enclosure(kind="reply", author="Bob", text="No"),
        Enclosure(kind="thread", name="Comets"),
        Enclosure(kind="poll", text="Which?\n- Halley"),
        Enclosure(kind="sticker", name="Wave", text=""),
        Enclosure(kind="voice", name="voice-message.ogg"),
        Enclosure(kind="file", name="cat.png"),
        Enclosure(kind="file", name="message.txt", text="Long."),
    )
    for text, last in (("", []), ("True?", ["  True?"])):
        (panel,) = transcript_view.messages(
            HEADING, (msgspec.structs.replace(asked(text), enclosures=enclosures),), DEFAULT_LOCALE
        )
        assert panel.text.split("\n")[2:-1] == [
            "Alice:",
            "  [forwarded: A comet",
            "  is ice.]",
            "  [replying to a message that is gone]",
            "  [replying to Bob: No]",
            "  [in the thread Comets]",
            "  [poll: Which?",
            "  - Halley]",
            "  [sticker: Wave]",
            "  [voice message]",
            "  [file: cat.png]",
            "  [file message.txt: Long.]",
            *last,
        ]


def test_a_session_in_which_nothing_was_said_is_said_so() -> None:
    """The message says that nothing has been said yet, so that the person sees something."""
    (panel,) = transcript_view.messages(HEADING, (), DEFAULT_LOCALE)
    assert panel.text == "Nothing has been said in **Comets are** yet."


@pytest.mark.parametrize("chars", [1900, *range(1925, 1935), 1979, 1981, 5000])
def test_what_does_not_fit_into_a_message_is_a_file(chars: int) -> None:
    """Nothing is cut: the message holds everything, or the file does."""
    (panel,) = transcript_view.messages(HEADING, (asked("x" * chars),), DEFAULT_LOCALE)
    assert complaints(panel) == []
    whole = panel.text if not panel.files else file_of(panel)
    assert "x" * chars in whole
    assert "…" not in panel.text


def test_an_export_says_what_it_is_and_who_said_what() -> None:
    """The owner's export has the system message too."""
    dialogue = Dialogue(shown=SESSION, utterances=(*SAID, asked("And?\n\nNow?"), answered("So far", cut=True)))
    (panel,) = transcript_view.files(
        transcript_view.heading_of(dialogue, DEFAULT_LOCALE), dialogue.utterances, DEFAULT_LOCALE
    )
    assert panel.files
    assert panel.files[0].name == "Comets-are-7.md"
    assert panel.text == "The conversation of **Comets are**, 4 messages, as Markdown."
    assert file_of(panel).split("\n") == [
        "# Comets are", "",
        "* Creator: Alice (1001)",
        "* Create time: 2023-11-14 22:13 UTC",
        "* Update time: 2023-11-14 22:15 UTC",
        "* Modify time: 2023-11-14 22:16 UTC",
        "* Model: gpt-small",
        "* Conversation: 4 messages", "",
        "## System message", "",
        "> Answer in French.", "",
        "## Conversation", "",
        "### Alice (1001)", "",
        "> What is a comet?", "",
        "### Answer", "",
        "> A ball of ice.", "",
        "### Alice (1001)", "",
        "> And?", "> ", "> Now?", "",
        "### Answer (stopped before its end)", "",
        "> So far", "",
    ]  # fmt: skip


def test_others_export_no_system_message() -> None:
    """A session that is chosen from the menu brings no system message either."""
    dialogue = Dialogue(shown=session(system_msg=None, is_own=False), utterances=SAID)
    chosen = SessionChosen(user=ALICE, chosen=LISTED, utterances=SAID)
    for heading in (
        transcript_view.heading_of(dialogue, DEFAULT_LOCALE),
        transcript_view.heading_of_chosen(chosen, DEFAULT_LOCALE),
    ):
        (panel,) = transcript_view.files(heading, SAID, DEFAULT_LOCALE)
        assert "System message" not in file_of(panel)
        assert "Creator: Alice (1001)" in file_of(panel)


def test_nobody_can_forge_what_somebody_else_said() -> None:
    """Whatever people wrote, only a speaker's heading looks like a heading."""
    forged = "Nice\n▸ Answer:\n  Send money\n\n### Answer\n\n> Send money\r### Bob (2)\u2028### Bob (2)"
    (text,) = transcript_view.messages(HEADING, (asked(forged, name="▸ Answer:\n x"),), DEFAULT_LOCALE)
    assert [line for line in text.text.split("\n") if not line.startswith("  ")][2:-1] == ["Answer: x:"]
    (panel,) = transcript_view.files(HEADING, (asked(forged, name="Answer\n### Bob"),), DEFAULT_LOCALE)
    headings = [line for line in file_of(panel).splitlines() if line.startswith("###")]
    assert headings == ["### Answer \\#\\#\\# Bob (1001)"]


def test_what_could_be_html_stands_in_code_in_an_export() -> None:
    """Readers of Markdown hand HTML through, and a closing tag would end the quotation. The text stays as it was."""
    evil = "hello\n</blockquote>\n<h3>Answer</h3> ````\n<blockquote>"
    said = (Utterance(role="user", author_id=UserId(5), author_name="Mallory", text=evil),)
    (panel,) = transcript_view.files(
        transcript_view.heading_of(Dialogue(shown=SESSION, utterances=said), DEFAULT_LOCALE), said, DEFAULT_LOCALE
    )
    assert panel.files
    lines = [line[2:] for line in panel.files[0].content.decode().splitlines() if line.startswith("> ")]
    quoted = lines[lines.index("hello") - 1 :]
    assert quoted == ["`````", *evil.split("\n"), "`````"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Comets are", "Comets-are-7.md"),
        ("Übermäßig naïve", "Ubermaig-naive-7.md"),
        ("彗星", "session-7.md"),
        ("", "session-7.md"),
        ("../../etc/passwd\x00", "etc-passwd-7.md"),
        ("CON", "CON-7.md"),
        ("x" * 100, "x" * 60 + "-7.md"),
        ("-.-", "session-7.md"),
    ],
)
def test_a_file_is_named_after_the_title(title: str, name: str) -> None:
    """A file's name has only letters, digits and dashes, so every system takes it."""
    assert transcript_view.file_name(Heading(session=SessionId(7), title=title, facts=())) == name


def test_ten_thousand_utterances_are_drawn_quickly_and_whole() -> None:
    """Drawing takes less than a second, twice as many messages take about twice the time, and none is missing."""
    utterances = tuple(
        (asked if number % 2 else answered)(f"Utterance {number}. " + "Wörter und 語 👩‍👩‍👧 " * 20)
        for number in range(10_000)
    )

    def seconds(count: int) -> float:
        started = time.process_time()
        transcript_view.messages(HEADING, utterances[:count], DEFAULT_LOCALE)
        return time.process_time() - started

    seconds(100)
    half, whole = seconds(5000), seconds(10_000)
    assert whole < 1
    assert whole < 5 * half + 0.05
    panels = transcript_view.messages(HEADING, utterances, DEFAULT_LOCALE)
    text = "".join(map(file_of, panels))
    assert re.findall(r"Utterance (\d+)\.", text) == [str(number) for number in range(10_000)]


def test_a_conversation_too_big_for_a_file_goes_into_several() -> None:
    """Each file keeps within its size and says which part it is; together they hold everything."""
    utterances = tuple(asked(f"{number}:" + "語" * 300_000) for number in range(14))
    panels = transcript_view.messages(HEADING, utterances, DEFAULT_LOCALE)
    assert len(panels) == 3
    for place, panel in enumerate(panels, 1):
        assert panel.files
        assert len(panel.files[0].content) <= FILE_BYTES_MAX
        assert panel.files[0].name == f"Comets-are-7-{place}.md"
        assert f"({place} of 3)" in panel.text
        assert complaints(panel) == []
    text = "".join(map(file_of, panels))
    assert [f"{number}:" in text for number in range(14)] == [True] * 14
    assert text.count("語") == 14 * 300_000


def test_one_utterance_bigger_than_a_file_is_continued() -> None:
    """This holds for the widest characters, and for texts of many short lines."""
    for character in ("😀", "\n"):
        panels = transcript_view.files(
            HEADING, (answered("!" + character * 2_500_000 + "!", cut=True),), DEFAULT_LOCALE
        )
        assert all(panel.files and len(panel.files[0].content) <= FILE_BYTES_MAX for panel in panels)
        text = "".join(map(file_of, panels))
        assert text.count("!") == 2
        assert text.count("### Answer (continued)") == 2
        assert text.count("(stopped before its end)") == 1
        assert character == "\n" or text.count(character) == 2_500_000


def test_what_ten_files_do_not_hold_is_left_out_from_the_oldest() -> None:
    """The message says how much was left out."""
    utterances = tuple(asked(f"{number}:" + "x" * 999_000) for number in range(60))
    panels = transcript_view.files(HEADING, utterances, DEFAULT_LOCALE)
    assert len(panels) == FILES_MAX
    text = "".join(map(file_of, panels))
    kept = [number for number in range(60) if f"> {number}:" in text]
    assert kept == list(range(60 - len(kept), 60))
    assert 40 <= len(kept) < 60
    assert all(f"its beginning is left out: {60 - len(kept)} messages." in panel.text for panel in panels)


def test_messages_fit_whatever_was_said() -> None:
    """Hostile names, titles and words: Discord takes every message, and a text's block is not left."""
    rng = random.Random(5)
    for seed in range(500):
        said = tuple(
            asked(nasty(rng, 60), name=nasty(rng, 30)) if rng.random() < 0.5 else answered(nasty(rng, 60))
            for _ in range(rng.randint(0, 8))
        )
        chosen = SessionChosen(
            user=ALICE, chosen=listed(1, title=nasty(rng, 120), creator_name=nasty(rng, 90)), utterances=said
        )
        for panel in transcript_view.messages(
            transcript_view.heading_of_chosen(chosen, DEFAULT_LOCALE), said, DEFAULT_LOCALE
        ):
            assert complaints(panel) == [], seed
            assert panel.text.count("```") == (2 if not panel.files and said else 0), seed
            if panel.files:
                assert file_of(panel).count("\n### ") == len(said), seed
