"""A conversation is read in parts, as far as its files may hold it."""

from typing import Any, cast

import pytest
from msgspec.structs import replace

from actors.mailbox import Mailbox
from actors.panel import conversations
from actors.panel.conversations import PERSON_CHARS_MAX, UPLOAD_S, Conversations
from actors.panel.dependencies import Dependencies
from actors.panel.response import Response
from actors.panel.transcript_view import files, heading_of
from messages.components import Panel
from messages.ids import UserId
from messages.turn import Utterance
from messages.verbs.sessions import Dialogue, ReadDialogue
from messages.verbs.verb import Deny
from tests.actors.panel.panels import SESSION
from tests.storage.people import ALICE, BOB, NOW_S, by
from texts.english import PANELS
from texts.say import DEFAULT_LOCALE

PART = 10


class Rows:
    """A session of so many utterances, which is closed to everybody after some parts were read."""

    def __init__(self, utterances: int, *, parts: int = 1_000) -> None:
        self.utterances = utterances
        self.parts = parts

    async def execute(self, verb: ReadDialogue) -> Dialogue | Deny:
        self.parts -= 1
        return Deny() if self.parts < 0 else self.part(self.utterances if verb.before is None else verb.before)

    def part(self, before: int) -> Dialogue:
        first = max(0, before - PART)
        said = tuple(
            Utterance(role="user", author_id=ALICE, author_name="Alice", text=f"Utterance {position}.")
            for position in range(first, before)
        )
        return Dialogue(shown=SESSION, utterances=said, left_out=first)


class Clock:
    now_s = NOW_S

    def __call__(self) -> float:
        return self.now_s


def sender(rows: Rows, clock: Clock | None = None) -> Conversations:
    unheard: Any = Mailbox()
    return Conversations(
        Dependencies(
            recorder=cast("Any", rows),
            courier=unheard,
            supervisor=unheard,
            models=cast("Any", None),
            clock=clock or Clock(),
        )
    )


async def whole(rows: Rows) -> Dialogue:
    return await sender(rows).read(rows.part(rows.utterances), by(ALICE, 1), SESSION.session)


@pytest.mark.parametrize("utterances", [0, 1, PART, PART + 1, 7 * PART + 3])
async def test_the_parts_of_a_conversation_are_put_together_in_their_order(utterances: int) -> None:
    """Nothing is left out, and nothing comes twice."""
    conversation = await whole(Rows(utterances))
    assert [said.text for said in conversation.utterances] == [f"Utterance {number}." for number in range(utterances)]
    assert conversation.left_out == 0


async def test_no_more_is_read_than_the_files_may_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest parts are read, and the file says how many messages are left out."""
    monkeypatch.setattr(conversations, "FILES_MAX", 1)
    monkeypatch.setattr(conversations, "FILE_BYTES_MAX", 1_000)
    conversation = await whole(Rows(100 * PART))
    assert (
        1_000 <= len("".join(said.text for said in conversation.utterances)) + 20 * len(conversation.utterances) < 2_000
    )
    assert conversation.left_out == 100 * PART - len(conversation.utterances)
    (panel,) = files(heading_of(conversation, DEFAULT_LOCALE), conversation.utterances, DEFAULT_LOCALE)
    assert f"its beginning is left out: {conversation.left_out} messages." in panel.text
    assert "1,000 messages" in panel.text


async def test_a_session_that_is_closed_while_it_is_read_gives_no_more() -> None:
    """What was read before is what the person could see then."""
    conversation = await whole(Rows(5 * PART, parts=2))
    assert len(conversation.utterances) == 3 * PART
    assert conversation.left_out == 2 * PART


class Shown(Response):
    """Keeps what a person is shown."""

    def __init__(self, person: UserId) -> None:
        super().__init__(by(person, 1), cast("Any", None), defers=True, redraws=False)
        self.panels: list[Panel] = []

    def send(self, panel: Panel) -> None:
        self.panels.append(panel)


async def test_long_conversations_of_one_person_are_bounded_and_those_of_others_go_on() -> None:
    """Their files stay in memory while they are uploaded; after that the person can export again. Short ones always come."""
    clock, rows = Clock(), Rows(0)
    sending = sender(rows, clock)
    said = Utterance(role="user", author_id=ALICE, author_name="Alice", text="x" * 1_000_000)
    long = Dialogue(shown=SESSION, utterances=(said,) * 5)
    short = Dialogue(shown=SESSION, utterances=(replace(said, text="Hi"),))

    async def export(person: UserId, conversation: Dialogue) -> Panel:
        shown = Shown(person)
        await sending.send(shown, SESSION.session, conversation, files, heading_of)
        return shown.panels[-1]

    for _ in range(PERSON_CHARS_MAX // 5_000_000):
        assert (await export(ALICE, long)).files
    refused = await export(ALICE, long)
    assert (refused.text, refused.files) == (PANELS["conversations_busy"], ())
    assert (await export(ALICE, short)).files
    assert (await export(BOB, long)).files
    clock.now_s += UPLOAD_S + 1
    assert (await export(ALICE, long)).files


async def test_no_more_is_uploaded_than_fits_into_memory_whoever_exports() -> None:
    """Many people together are bounded too."""
    rows = Rows(0)
    sending = sender(rows)
    said = Utterance(role="user", author_id=ALICE, author_name="Alice", text="x" * 1_000_000)
    long = Dialogue(shown=SESSION, utterances=(said,) * 10)
    shown = [Shown(UserId(number)) for number in range(10)]
    for one in shown:
        await sending.send(one, SESSION.session, long, files, heading_of)
    assert [bool(one.panels[0].files) for one in shown] == [True] * 6 + [False] * 4
