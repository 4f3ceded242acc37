"""*Stop*, *Retry*, *Continue* and *Ask again* at every stage of a turn, for every kind of model: one outcome each, and no file left."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import pytest

from sandbox.discord import Message
from sandbox.discord.things import VOICE_MESSAGE
from tests.conversation.panels import menus, open_session, open_user, option, press
from tests.conversation.test_pictures import png
from tests.rig.model.audio import RECORDINGS
from tests.rig.model.gate import Gate
from tests.rig.model.record import ModelRequest
from tests.rig.town import Town
from texts.english import ANSWERS, PANELS

MODELS: Final = "".join(
    f'[[models]]\nname = "{name}"\nkind = "{kind}"\nlabel = "{label}"\n{more}\n'
    for name, kind, label, more in (
        ("gpt-4o", "chat", "Chat", "default = true"),
        ("codex", "code", "Codex", ""),
        ("davinci", "completion", "Davinci", ""),
        ("gpt-image-2", "image", "Painter", ""),
        ("gpt-transcribe", "transcription", "Ear", ""),
        ("tts", "speech", "Mouth", ""),
        ("embedder", "embedding", "Embedder", ""),
        ("omni-moderation-latest", "moderation", "Judge", ""),
    )
)


class Case(NamedTuple):
    """A kind: the label of its model, the paths of its requests, and how a question of it is asked."""

    label: str
    paths: tuple[str, ...]
    attached: tuple[str, str, Callable[[], bytes]] | None = None
    text: str = "Tell me of comets"
    shows: bool = True
    """Whether a reply stands there while the model is asked, with *Stop*."""
    goes_on: bool = False
    """Whether an answer that was stopped can be continued."""
    has_text: bool = True
    """Whether an answer that is under way has text."""
    is_read_aloud: bool = False


def _recording() -> bytes:
    return (RECORDINGS / "voice.ogg").read_bytes()


VOICE: Final = ("voice-message.ogg", "audio/ogg", _recording)
PHOTO: Final = ("photo.png", "image/png", lambda: png(7))

CHATS: Final = ("/v1/responses",)
DRAWS: Final = ("/v1/images/generations", "/v1/images/edits")
HEARS: Final = ("/v1/audio/transcriptions",)

CASES: Final = {
    "chat": Case("Chat", CHATS, goes_on=True),
    "chat, spoken to": Case("Chat", CHATS, VOICE, "", goes_on=True),
    "chat, with a picture": Case("Chat", CHATS, PHOTO, goes_on=True),
    "chat, read aloud": Case("Chat", CHATS, goes_on=True, is_read_aloud=True),
    "code": Case("Codex", CHATS, goes_on=True),
    "completion": Case("Davinci", ("/v1/completions",), goes_on=True),
    "pictures": Case("Painter", DRAWS, has_text=False),
    "a changed picture": Case("Painter", DRAWS, PHOTO, has_text=False),
    "transcription": Case("Ear", HEARS, VOICE, ""),
    "speech": Case("Mouth", ("/v1/audio/speech",), shows=False),
    "embedding": Case("Embedder", ("/v1/embeddings",), shows=False),
    "moderation": Case("Judge", ("/v1/moderations",), shows=False),
}

NEXT: Final = {"Chat": "Painter", "Codex": "Embedder", "Davinci": "Judge", "Painter": "Chat", "Ear": "Chat"}
"""The model that the session goes on with at the end."""


class Play:
    """One question of one kind, and what people press about it."""

    def __init__(self, town: Town, case: Case) -> None:
        self.town, self.case = town, case
        self.question: Any = None

    def is_asked(self, request: ModelRequest) -> bool:
        return request.path in self.case.paths

    @property
    def no_continuation(self) -> str:
        """What is read by whoever has an answer continued that is not over, or complete."""
        return PANELS["too_late" if self.case.goes_on else "no_continuation"]

    def is_answer(self, message: Message) -> None:
        """Check that a message is a whole answer, without a button."""
        assert message.content or message.attachments
        assert not message.controls()

    async def say(self) -> Any:
        case, files = self.case, []
        if case.attached is not None:
            name, kind, content = case.attached
            files = [self.town.discord.attachment(name, content(), kind)]
        if case.attached is VOICE:
            files[0] |= {"waveform": "WsgeHg==", "duration_secs": 1.3}
            return await self.town.alice.say(self.town.general, attachments=files, flags=VOICE_MESSAGE)
        return await self.town.alice.say(self.town.general, case.text, attachments=files)

    def turns(self) -> list[tuple[Any, ...]]:
        """The turns about the question, oldest first: id, state, reason."""
        return self.town.rows(
            "SELECT id, state, reason FROM turn WHERE root = (SELECT id FROM turn WHERE question_id ="
            f" {self.question.id}) ORDER BY cause"
        )

    async def over(self, number: int, *states: str) -> Message:
        """Wait until the n-th turn about the question ended in one of these states, and is shown; returns its last message."""
        await self.town.until(lambda: len(self.turns()) == number and self.turns()[-1][1] in states, 60)
        turn = self.turns()[-1][0]
        await self.town.until(lambda: self.town.rows(f"SELECT owed FROM turn WHERE id = {turn}") == [(0,)])
        messages = [one for (one,) in self.town.rows(f"SELECT message_id FROM reply WHERE turn = {turn}")]
        # A turn has one outcome: its messages are the only ones.
        found = [one for one in self.town.discord.messages(self.town.general, seen_by=None) if one.id in messages]
        assert len(found) == 1, [one.content for one in found]
        return found[0]

    async def again(self) -> str:
        """Use *Ask again* of the Apps menu on the question; returns what only Alice reads."""
        return str((await self.town.seen(await self.town.alice.message_command(self.question, "Ask again"))).content)

    async def forged(self, message: Message, press: str) -> str:
        """Press a button as an old message would; returns the private refusal."""
        return str(
            (await self.town.seen(await self.town.alice.forge(message, f'1["{press}",{self.turns()[-1][0]}]'))).content
        )


async def choose(town: Town, label: str) -> None:
    panel = await open_session(town, town.alice)
    menu = menus(panel)[0]
    await town.seen(await town.alice.choose(panel, menu["custom_id"], option(menu, label)))


def left_over(town: Town) -> set[str]:
    """The files on disk that no row names, and those that rows name and that are gone."""
    named = {name for (name,) in town.rows("SELECT name FROM kept_file WHERE is_removed = 0")}
    folder = town.data / "files"
    return named ^ ({path.name for path in folder.iterdir()} if folder.exists() else set())


async def waits(play: Play) -> Gate:
    """Ask the question behind another one, and have it wait; returns what holds its request afterwards."""
    first = play.town.model.gate(play.is_asked)
    before = await play.say()
    await first.reached()
    play.question = await play.say()
    await play.town.until(lambda: [state for _, state, _ in play.turns()] == ["queued"])
    assert await play.again() == PANELS["being_answered"]
    gate = play.town.model.gate(play.is_asked)
    first.finish()
    await play.town.answered(before)
    return gate


async def is_stopped(play: Play, gate: Gate) -> Message:
    """Try each press while the model is asked, then stop it; returns what stands there."""
    town, case = play.town, play.case
    if case.has_text:
        gate.release()
    await town.until(lambda: town.replies(play.question))
    reply = town.replies(play.question)[-1]
    assert await play.forged(reply, "retry") == PANELS["too_late"]
    assert await play.forged(reply, "continue") == play.no_continuation
    await town.alice.press(reply, "Stop")
    stopped = await play.over(1, "interrupted")
    assert [control["label"] for control in stopped.controls()] == ["Retry"] + ["Continue"] * case.goes_on
    if not case.goes_on:
        assert await play.forged(stopped, "continue") == PANELS["no_continuation"]
    assert await play.forged(stopped, "stop") == PANELS["too_late"]
    return stopped


async def fails_and_dies(play: Play, ended: Message) -> None:
    """Ask it again: the server refuses it, then the process is killed while it is asked once more, then there is an answer."""
    town = play.town
    town.model.script(play.is_asked, error="invalid_request", times=1)
    if play.case.shows:
        await town.alice.press(ended, "Retry")
    else:
        assert await play.again() == PANELS["asked_again"]
    failed = await play.over(2, "failed")
    assert failed.content == ANSWERS["bad_request"]
    if not play.case.goes_on:
        assert await play.forged(failed, "continue") == PANELS["no_continuation"]
    held = town.model.gate(play.is_asked)
    await town.alice.press(failed, "Retry")
    await held.reached()
    await town.kill()
    held.finish()
    await town.start()
    play.is_answer(await play.over(3, "delivered"))


@pytest.mark.parametrize("name", CASES)
async def test_each_press_at_each_stage_of_a_turn_has_one_outcome(town: Town, name: str) -> None:
    """Waiting, under way, stopped, failed, after a kill, complete, and with a model of another kind."""
    case = CASES[name]
    town.config.write_text(MODELS)
    await town.start()
    await town.set_status(town.alice, "activate")
    if case.is_read_aloud:
        await press(town, town.alice, await open_user(town, town.alice), "Voice")
    await town.answered(await town.alice.say(town.general, "Hello?"))
    if case.label != "Chat":
        await choose(town, case.label)
    play = Play(town, case)
    gate = await waits(play)
    await gate.reached()
    assert await play.again() == PANELS["being_answered"]
    if case.shows:
        ended = await is_stopped(play, gate)
    gate.finish()
    if not case.shows:
        ended = await play.over(1, "delivered")
    await fails_and_dies(play, ended)
    assert await play.again() == PANELS["asked_again"]
    complete = await play.over(4, "delivered")
    play.is_answer(complete)
    assert await play.forged(complete, "continue") == play.no_continuation

    await choose(town, NEXT.get(case.label, "Chat"))
    # What a model drew or read aloud is complete, whoever would go on with it.
    refusal = "no_continuation" if case.goes_on or complete.content else "too_late"
    assert await play.forged(complete, "continue") == PANELS[refusal]  # type: ignore[index]
    assert await play.again() == PANELS["asked_again"]
    other = await play.over(5, "delivered", "failed")
    assert other.content or other.attachments
    assert town.rows("SELECT count(*) FROM reservation WHERE purpose = 'answer'") == [(0,)]
    await town.until(lambda: town.rows("SELECT count(*) FROM speech WHERE state != 'sent'") == [(0,)])
    await town.until(lambda: not left_over(town))
