"""What could not be delivered, as its asker sees it in private."""

import pytest
from msgspec.structs import replace

from actors.panel.undelivered_view import FILES_MAX, note_panels
from messages import channel_permissions as permissions
from messages.answer import Answer
from messages.files import File
from messages.ids import ChannelId
from messages.verbs.notes import UndeliveredAnswer
from texts.escaping import CONTENT_CHARS_MAX
from texts.say import DEFAULT_LOCALE


def note(answer: Answer) -> UndeliveredAnswer:
    return UndeliveredAnswer(note=7, channel_id=ChannelId(2001), question="Draw a comet.", answer=answer, is_cut=False)


def files(number: int) -> tuple[File, ...]:
    return tuple(File(name=f"{place}.png", content=bytes([place])) for place in range(number))


def test_answer_of_files_alone_has_its_question_and_its_files() -> None:
    """The question says what the files are, and no empty line follows it."""
    (panel,) = note_panels(note(Answer(files=files(2))), DEFAULT_LOCALE)
    assert "Draw a comet." in panel.text
    assert panel.text == panel.text.strip()
    assert panel.files == files(2)
    assert panel.rows


@pytest.mark.parametrize(
    ("lacks", "names"),
    [
        (permissions.SEND_MESSAGES, "Send Messages"),
        (permissions.VIEW_CHANNEL | permissions.ADD_REACTIONS, "View Channel"),
        (permissions.ATTACH_FILES, "Attach Files"),
    ],
)
def test_what_the_bot_was_not_allowed_is_named(lacks: int, names: str) -> None:
    """Reactions keep no answer from being shown, so they are not asked for."""
    (panel,) = note_panels(replace(note(Answer(text="A ball of ice.")), lacks=lacks), DEFAULT_LOCALE)
    assert panel.text.split("\n")[1].endswith(f"permissions there: {names}.")


def test_nothing_is_asked_for_where_no_permission_is_missing() -> None:
    """The channel may have been deleted, which nobody can mend."""
    for lacks in (0, permissions.ADD_REACTIONS):
        (panel,) = note_panels(replace(note(Answer(text="A ball of ice.")), lacks=lacks), DEFAULT_LOCALE)
        assert "permissions" not in panel.text


@pytest.mark.parametrize("text", ["A ball of ice.", "A ball of ice. " * 200])
def test_no_message_has_more_files_than_discord_takes(text: str) -> None:
    """A long answer is the first file; nothing is left out, and one message has the button *Dismiss*."""
    panels = note_panels(note(Answer(text=text, files=files(2 * FILES_MAX))), DEFAULT_LOCALE)
    assert all(len(panel.files) <= FILES_MAX and len(panel.text) <= CONTENT_CHARS_MAX for panel in panels)
    shown = [file for panel in panels for file in panel.files]
    assert tuple(file for file in shown if file.name.endswith(".png")) == files(2 * FILES_MAX)
    assert text in panels[0].text or [file.content.decode() for file in shown[:1]] == [text]
    assert [bool(panel.rows) for panel in panels] == [True, *[False] * (len(panels) - 1)]
