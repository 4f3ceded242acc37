"""Documents: what they say is told to the model, and what of them is left out is said to the person."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.conversation.test_kept_files import agrees
from tests.files.test_documents import bomb_pdf
from tests.rig.model.record import without_mark
from tests.rig.town import Town
from texts.english import ANSWERS
from texts.keys import AnswerKey

FIXTURES = Path(__file__).parents[1] / "fixtures" / "documents"


def fixture(town: Town, name: str) -> dict[str, Any]:
    # Discord tells a type by the name; nobody believes it.
    return town.discord.attachment(name, (FIXTURES / name).read_bytes(), "application/octet-stream")


def told(town: Town) -> str:
    """Return what the model was told of the newest question."""
    return without_mark(town.model.requests[-1].dialogue[-1][1])


@pytest.fixture
async def alice_asks(town: Town) -> Town:
    """A town with a bot that answers Alice in one session."""
    town.model.script(answer="It is a letter.")
    await town.start()
    await town.set_status(town.alice, "activate")
    return town


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("letter.pdf", "The last ferry leaves at 16:40 from the north quay."),
        ("owner.pdf", "One ticket costs 18 dollars"),
        ("letter.docx", r"# The ferry to Rottnest\nThe last ferry leaves at 16:40"),
        ("letter-soffice.docx", r"day | boats\nSunday | 3"),
        ("chinese-gb18030.txt", "最后一班渡轮下午四点四十分从北码头出发。"),
        ("french-utf-16.txt", "À bientôt, Zoë"),
    ],
)
async def test_a_document_is_read(alice_asks: Town, name: str, text: str) -> None:
    """What it says is quoted to the model; nothing is said to be left out."""
    town = alice_asks
    question = await town.alice.say(town.general, "When is the last ferry?", attachments=[fixture(town, name)])
    (shown,) = await town.answered(question)
    assert text in told(town)
    assert told(town).endswith("[Alice]: When is the last ferry?")
    assert "left out" not in shown
    assert "was told" not in shown


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("main.py", 'def ferry():\n    return "16:40"\n'),
        ("notes.md", "# Ferry\n\n* 16:40\n"),
        ("boats.csv", "day,boats\nSunday,3\n"),
        ("boats.json", '{"sunday": 3}'),
    ],
)
async def test_texts_of_every_sort_are_read_and_known_in_the_next_turn(alice_asks: Town, name: str, text: str) -> None:
    """Code, Markdown, CSV and JSON; alone, without a word beside them, too."""
    town = alice_asks
    file = town.discord.attachment(name, text.encode(), "application/octet-stream")
    await town.answered(await town.alice.say(town.general, attachments=[file]))
    await town.answered(await town.alice.say(town.general, "And on Sunday?"))
    line = without_mark(town.model.requests[-1].dialogue[1][1])
    quoted = re.escape(text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"))
    assert re.fullmatch(rf'\[attachment: {name}, text/plain: "{quoted}"\]\n\[Alice\]: ', line)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("password.pdf", "problem.document_protected"),
        ("owner-aes.pdf", "problem.document_protected"),
        ("cut.pdf", "problem.document_damaged"),
        ("scanned.pdf", "problem.document_no_text"),
    ],
)
async def test_a_document_that_nobody_can_read_has_its_sentence(
    alice_asks: Town, name: str, problem: AnswerKey
) -> None:
    """Alone it is not asked; beside a question it is left out. The session goes on, and the file takes nobody's room.

    Reported: danny-avila/rag_api#35.
    """
    town = alice_asks
    alone = await town.alice.say(town.general, attachments=[fixture(town, name)])
    (said,) = await town.until(lambda: town.shown(alone))
    assert said == f"I left out {name}: {ANSWERS[problem]}.\n{ANSWERS['only_files']}"
    assert town.model.requests == []
    question = await town.alice.say(town.general, "What is it?", attachments=[fixture(town, name)])
    (shown,) = await town.answered(question)
    assert shown.endswith(f"\n-# I left out {name}: {ANSWERS[problem]}.")
    assert len(town.model.requests) == 1
    await agrees(town, 0)
    assert town.rows("SELECT count(*) FROM user WHERE kept_bytes != 0") == [(0,)]


async def test_a_bomb_is_not_unpacked(alice_asks: Town) -> None:
    """The bot's process does not notice it.

    Reported: Unstructured-IO/unstructured#2129.
    """
    town = alice_asks
    bomb = town.discord.attachment("bomb.pdf", bomb_pdf(2), "application/pdf")
    question = await town.alice.say(town.general, "What is it?", attachments=[bomb])
    (shown,) = await town.answered(question)
    assert shown.endswith(f"\n-# I left out bomb.pdf: {ANSWERS['problem.document_too_large_inside']}.")


async def test_a_document_that_is_too_long_is_read_in_part_and_that_is_said(alice_asks: Town) -> None:
    """A PDF by its pages, to the model too."""
    town = alice_asks
    question = await town.alice.say(town.general, "What is it?", attachments=[fixture(town, "leaves.pdf")])
    (shown,) = await town.answered(question)
    found = re.search(r"\n-# Of leaves\.pdf, the model was told (\d+) of 5000 pages\.$", shown)
    assert found
    assert f"[attachment: leaves.pdf, application/pdf, {found[1]} of its 5000 pages: " in told(town)


async def test_documents_that_do_not_fit_together_are_cut_fairly(town: Town) -> None:
    """The model has a small context. The short one stays whole, and of the long ones as much is read of each.

    Reported: danny-avila/LibreChat#14959.
    """
    town.config.write_text('[[models]]\nname = "gpt-4o"\ncontext_tokens = 8000\n')
    town.model.script(answer="It is a letter.")
    await town.start()
    await town.set_status(town.alice, "activate")
    files = [
        town.discord.attachment(name, letter.encode() * size, "text/plain")
        for name, letter, size in (("a.txt", "a", 50), ("b.txt", "b", 90_000), ("c.txt", "c", 300_000))
    ]
    question = await town.alice.say(town.general, "Sum them up.", attachments=files)
    (shown,) = await town.answered(question)
    sentences = {f"-# Of {name}, the model was told only the beginning." for name in ("b.txt", "c.txt")}
    assert set(shown.splitlines()[1:]) == sentences
    a, b, c = (max(map(len, re.findall(f"{letter}+", told(town)))) for letter in "abc")
    assert a == 50
    assert b > 5_000
    assert abs(b - c) < 50
    assert town.model.requests[0].body["max_output_tokens"] > 0


async def test_a_text_of_25_megabytes_is_read_in_part(alice_asks: Town) -> None:
    """Its beginning is enough for a question about it, or the admin's limit forbids it: either is said."""
    town = alice_asks
    file = town.discord.attachment("log.txt", b"a line of a log\n" * 1_600_000, "text/plain")
    question = await town.alice.say(town.general, "What is it?", attachments=[file])
    (shown,) = await town.answered(question)
    assert shown.splitlines()[-1] in (
        f"-# I left out log.txt: {ANSWERS['problem.too_large']}.",
        "-# Of log.txt, the model was told only the beginning.",
    )


async def test_a_kill_while_a_document_is_parsed_leaves_one_answer(town: Town) -> None:
    """The next process reads it again, and no parser is left."""
    town.model.script(answer="It is a letter.")
    await town.start()
    await town.set_status(town.alice, "activate")
    question = await town.alice.say(town.general, "What is it?", attachments=[fixture(town, "leaves.pdf")])
    bot = town.bot
    assert bot is not None
    pid = await town.until(lambda: parsers(bot.pid))
    await town.kill()
    await town.until(lambda: not Path(f"/proc/{pid[0]}/cmdline").exists())
    await town.start()
    (shown,) = await town.answered(question)
    assert "of 5000 pages" in shown
    assert len(town.model.requests) == 1


def parsers(bot: int) -> list[int]:
    """Return the processes in which a bot has documents parsed."""
    children = [
        int(number)
        for task in Path(f"/proc/{bot}/task").iterdir()
        for number in (task / "children").read_text().split()
    ]
    return [child for child in children if b"parser.py" in Path(f"/proc/{child}/cmdline").read_bytes()]


async def test_an_answer_that_is_stopped_says_what_the_model_was_told(alice_asks: Town) -> None:
    """It is known before the first word."""
    town = alice_asks
    town.model.script(answer="A long answer. " * 200, tokens_per_s=20)
    question = await town.alice.say(town.general, "What is it?", attachments=[fixture(town, "leaves.pdf")])
    # On a busy machine the reply first says that the file is being read; Stop ends that, too.
    (reply,) = await town.until(lambda: [one for one in town.replies(question) if "A long answer" in one.content])
    await town.alice.press(reply, "Stop")
    await town.until(lambda: town.rows("SELECT reason FROM turn") == [("stopped",)])
    await town.until(lambda: "of 5000 pages." in town.shown(question)[-1])
