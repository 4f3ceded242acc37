"""The speaker: it has answers read aloud whose askers want that, once Discord shows their text.

What is to be read, and what was made, is rows; so a crash or a kill repeats at most the request that was under way. Whatever goes
wrong here ends with the text alone, which stands in Discord already.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Final, Protocol

import anyio
import structlog

from actors.crash_report import described
from actors.mailbox import Mailbox
from actors.recorder import Recorder
from current import Current
from messages.courier import CourierMessage, SpeechReady
from messages.files import File
from messages.session import ModelAsked
from messages.speech import SpeakerMessage, SpeechTaken
from messages.turn import Place, TurnTaken, Utterance
from messages.verbs.speech import ForgetSpeech, RecordSpeech, RestoreSpeech, TakeSpeech
from models.events import JudgementWaits, StreamEvent, StreamFinished
from models.ogg import sound_of
from models.speech import INPUT_CHARS_MAX
from models.voice import Voice
from texts.say import Locale, locale_for, say
from texts.spoken import beginning, spoken

log = structlog.get_logger()

FILE_NAME: Final = "voice-message"
"""What Discord's own clients call a voice message, without its ending. The courier finds such messages by it."""

AT_ONCE_MAX: Final = 8
"""So many answers are read aloud at once."""


class Answers(Protocol):
    """What has a model asked."""

    def stream(
        self, turn: TurnTaken, *, question: Utterance | None = None
    ) -> AsyncGenerator[StreamEvent | JudgementWaits | ModelAsked, None]:
        """Yield when the model is asked, the answer in pieces, then how it ended. Closing it closes the connection."""
        ...


class Speaker:
    """One mailbox, one loop, and a few answers that are being read aloud."""

    def __init__(
        self,
        mailbox: Mailbox[SpeakerMessage],
        *,
        recorder: Recorder,
        courier: Mailbox[CourierMessage],
        answers: Answers,
        voice: Current[Voice],
    ) -> None:
        self.mailbox = mailbox
        self._recorder = recorder
        self._courier = courier
        self._answers = answers
        self._voice = voice

    async def run(self) -> None:
        """Work until cancelled.

        :raises Exception: whatever nobody expected; the supervisor starts the speaker again, from the rows
        """
        await self._recorder.execute_retrying(RestoreSpeech())
        slots = anyio.Semaphore(AT_ONCE_MAX)
        async with anyio.create_task_group() as tasks:
            while True:
                await slots.acquire()
                taken = await self._recorder.execute_retrying(TakeSpeech())
                if taken is not None:
                    tasks.start_soon(self._speak, taken, slots)
                    continue
                slots.release()
                await self.mailbox.wait()
                self.mailbox.take_all()
                self.mailbox.take_overflow()

    async def _speak(self, taken: SpeechTaken, slots: anyio.Semaphore) -> None:
        try:
            try:
                verb = await self._read_aloud(taken)
            except Exception as error:  # noqa: BLE001 one answer that cannot be read must not keep others from being read
                log.error("speech.crashed", turn=taken.turn, **described(error))
                verb = ForgetSpeech(turn=taken.turn)
            await self._recorder.execute_retrying(verb)
            if isinstance(verb, RecordSpeech):
                self._courier.post(SpeechReady(turn=taken.turn))
        finally:
            slots.release()

    async def _read_aloud(self, taken: SpeechTaken) -> RecordSpeech | ForgetSpeech:
        """Have an answer read aloud; returns what is to be kept of it."""
        voice = self._voice.value
        model = voice.speaks
        wrote = voice.catalogue.get(taken.model)
        text = _aloud(taken.text, locale_for(taken.locale))
        if model is None or wrote is None or not wrote.traits.dialogue or not text:
            return ForgetSpeech(turn=taken.turn)
        question = Utterance(role="user", author_id=None, author_name="", text=text)
        files: tuple[File, ...] = ()
        async with aclosing(self._answers.stream(_as_turn(taken, model.name), question=question)) as events:
            async for event in events:
                if isinstance(event, StreamFinished):
                    files = event.files
                    log.info("speech.ended", turn=taken.turn, reason=event.reason)
        if not files:
            return ForgetSpeech(turn=taken.turn)
        file = File(name=f"{FILE_NAME}{Path(files[0].name).suffix}", content=files[0].content)
        sound = await anyio.to_thread.run_sync(sound_of, file.content)
        seconds, waveform = (0.0, "") if sound is None else sound
        return RecordSpeech(turn=taken.turn, file=file, seconds=seconds, waveform=waveform)


def _aloud(answer: str, locale: Locale) -> str:
    """Return what is read aloud of an answer; of one that is too long the beginning, and that the rest can be read."""
    text = spoken(answer)
    if len(text) <= INPUT_CHARS_MAX:
        return text
    rest = say("speech.rest", locale)
    return f"{beginning(text, INPUT_CHARS_MAX - len(rest) - 1)}\n{rest}"


def _as_turn(taken: SpeechTaken, model: str) -> TurnTaken:
    """Return the turn that the model is asked in."""
    return TurnTaken(
        turn=taken.turn,
        session=taken.session,
        attempt=0,
        crash_count=0,
        asker=taken.asker,
        kind="question",
        place=Place(channel_id=taken.channel_id, reply_to=taken.reply_to, question_id=None),
        model=model,
        system_msg="",
        max_token=0,
        temperature=None,
        question=Utterance(role="user", author_id=None, author_name="", text=""),
        draft="",
    )
