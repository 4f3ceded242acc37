"""Whatever people attach: a sentence about it, one request to the session's model, and a session that goes on."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from files.parser import ARCHIVE_BYTES_MAX
from sandbox.discord.things import VOICE_MESSAGE
from tests.conversation.test_kept_files import a_picture, a_text
from tests.conversation.test_pictures import png
from tests.conversation.test_voice_messages import HEARING, LOUD, SILENT
from tests.rig.model.audio import RECORDINGS
from tests.rig.model.record import without_mark
from tests.rig.town import CONFIG, Town
from texts.english import ANSWERS
from texts.keys import AnswerKey

DOCUMENTS: Final = Path(__file__).parents[1] / "fixtures" / "documents"

Attached = Callable[[Town], list[dict[str, Any]]]


def _document(name: str) -> Attached:
    return lambda town: [town.discord.attachment(name, (DOCUMENTS / name).read_bytes())]


def _recording(name: str, called: str, media_type: str) -> Attached:
    return lambda town: [town.discord.attachment(called, (RECORDINGS / name).read_bytes(), media_type)]


def _zipped(name: str) -> Attached:
    """A file that becomes far larger when it is unpacked; a DOCX has what makes it one, too."""

    def attach(town: Town) -> list[dict[str, Any]]:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            unpacked = "zeros"
            if name.endswith(".docx"):
                unpacked = "word/media/image1.png"
                with zipfile.ZipFile(DOCUMENTS / "letter.docx") as letter:
                    for part in letter.namelist():
                        archive.writestr(part, letter.read(part))
            archive.writestr(unpacked, bytes(ARCHIVE_BYTES_MAX))
        return [town.discord.attachment(name, packed.getvalue())]

    return attach


def _gone(town: Town) -> list[dict[str, Any]]:
    file = a_text(town)
    town.discord.world.attachments.lose(file)
    return [file]


CASES: Final[dict[str, tuple[Attached, str, AnswerKey]]] = {
    "a text of 25 MB": (lambda town: [a_text(town, "a.txt", b"x" * 25_000_000)], "a.txt", "problem.too_large"),
    "a corrupt PDF": (_document("cut.pdf"), "cut.pdf", "problem.document_damaged"),
    "an encrypted PDF": (_document("password.pdf"), "password.pdf", "problem.document_protected"),
    "a zip bomb": (_zipped("bomb.zip"), "bomb.zip", "problem.unknown_type"),
    "a zip bomb in a DOCX": (_zipped("bomb.docx"), "bomb.docx", "problem.document_too_large_inside"),
    "50,000 by 50,000": (lambda town: [a_picture(town, "vast.png")], "vast.png", "problem.picture_too_large"),
    "an animated GIF": (lambda town: [a_picture(town, "animated.gif")], "animated.gif", "problem.animated"),
    "HEIC": (lambda town: [a_picture(town, "photo.heic")], "photo.heic", "problem.heic"),
    "a silent file": (_recording("silence.ogg", "s.ogg", "audio/ogg"), "s.ogg", "problem.silent"),
    "an hour of audio": (_recording("long.flac", "l.flac", "audio/flac"), "l.flac", "problem.recording_too_long"),
    "an unknown type": (lambda town: [a_text(town, "a.xyz", bytes(range(256)) * 9)], "a.xyz", "problem.unknown_type"),
    "a lying name": (lambda town: [a_picture(town, "photo.heic", "a.txt")], "a.txt", "problem.heic"),
    "gone": (_gone, "notes.txt", "problem.gone"),
    "a picture for a blind model": (lambda town: [town.discord.attachment("a.png", png(1))], "a.png", "problem.no_vision"),
    "eleven": (
        lambda town: [a_text(town, f"{number}.txt", b"Comet %d" % number) for number in range(11)],
        "10.txt",
        "problem.too_many",
    ),
}  # fmt: skip


async def ready(town: Town) -> None:
    """A bot that hears and whose model sees no pictures; Alice goes on in one session."""
    town.config.write_text(CONFIG.replace("default = true\n", "default = true\nvision = false\n") + HEARING)
    # Where nothing can be heard, the model for that says nothing.
    town.model.script(lambda request: request.path.endswith("/transcriptions"), answer="")
    await town.start()
    await town.set_status(town.alice, "activate")


async def goes_on(town: Town, requests: int) -> None:
    """Check that the next question is answered in the same session, by the one request that follows these."""
    assert len(asked(town)) == requests
    assert (await town.answered(await town.alice.say(town.general, "And dust?")))[0].startswith("You said")
    assert len(asked(town)) == requests + 1
    assert town.rows("SELECT count(*) FROM session") == [(1,)]
    assert town.rows("SELECT count(*) FROM reservation") == [(0,)]


def asked(town: Town) -> list[str]:
    """What the session's model was asked, the newest question of each request."""
    return [without_mark(request.text) for request in town.model.requests if request.path == "/v1/responses"]


@pytest.mark.parametrize(("attached", "name", "problem"), CASES.values(), ids=CASES.keys())
async def test_what_cannot_be_read_is_left_out_of_a_question_that_is_answered(
    town: Town, attached: Attached, name: str, problem: AnswerKey
) -> None:
    """It is named with what is wrong with it, the model is asked once, and the session goes on."""
    await ready(town)
    question = await town.alice.say(town.general, "What is a comet?", attachments=attached(town))
    (shown,) = await town.answered(question)
    assert shown.endswith(f"\n-# I left out {name}: {ANSWERS[problem]}.")
    (told,) = asked(town)
    assert told.endswith("[Alice]: What is a comet?")
    await goes_on(town, 1)


async def test_of_a_pdf_of_5000_pages_the_beginning_is_read(town: Town) -> None:
    """One request, and the session goes on."""
    await ready(town)
    question = await town.alice.say(town.general, "What is it?", attachments=_document("leaves.pdf")(town))
    *_, shown = await town.answered(question)
    assert shown.endswith(" of 5000 pages.")
    await goes_on(town, 1)


@pytest.mark.parametrize(
    ("name", "about", "problem"),
    [
        ("silence.ogg", {"waveform": SILENT}, "problem.silent"),
        ("silence.ogg", {}, "problem.silent"),
        ("voice.ogg", {"duration_secs": 4_000.0}, "problem.recording_too_long"),
        ("long.flac", {}, "problem.recording_too_long"),
    ],
    ids=["silent by its waveform", "silent for the model", "an hour as Discord says it", "an hour as it is"],
)
async def test_a_voice_message_that_is_not_heard_has_its_sentence_and_the_session_goes_on(
    town: Town, name: str, about: dict[str, Any], problem: AnswerKey
) -> None:
    """The session's model is not asked about it, and nobody is asked twice to listen."""
    await ready(town)
    file = town.discord.attachment("voice-message.ogg", (RECORDINGS / name).read_bytes(), "audio/ogg")
    file |= {"waveform": LOUD, "duration_secs": 1.3} | about
    question = await town.alice.say(town.general, attachments=[file], flags=VOICE_MESSAGE)
    await town.until(lambda: town.replies(question) and not town.reactions(question))
    (shown,) = town.shown(question)
    assert shown == f"I left out voice-message.ogg: {ANSWERS[problem]}.\n{ANSWERS['only_files']}"
    assert len(town.model.requests) == (name == "silence.ogg" and not about)
    await goes_on(town, 0)
