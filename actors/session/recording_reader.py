"""Has recordings of a question written down, before its model is asked: most models read, and do not hear."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from actors.session.question_reader import NotRead, NotReadError
from current import Current
from messages.enclosure import Enclosure, Problem
from messages.session import ModelAsked
from messages.turn import TurnTaken, Utterance
from models.events import JudgementWaits, StreamEvent, StreamFinished, TextDropped
from models.recordings import problem_of_recording
from models.voice import Voice


class Answers(Protocol):
    """What has a model asked."""

    def stream(
        self, turn: TurnTaken, *, question: Utterance | None = None
    ) -> AsyncGenerator[StreamEvent | JudgementWaits | ModelAsked, None]:
        """Yield when the model is asked, the answer in pieces, then how it ended. Closing it closes the connection."""
        ...


class RecordingReader:
    """Makes text of recordings, for `QuestionReader`."""

    def __init__(self, answers: Answers, voice: Current[Voice]) -> None:
        self._answers = answers
        self._voice = voice

    def refuses(self, file: Enclosure) -> Problem:
        """Return why a recording is not even fetched: Discord says how long and how large it is, and draws whether anybody speaks."""
        return problem_of_recording(file, self._voice.value.recording_s_max) if file.is_recording else ""

    def reads(self, file: Enclosure, turn: TurnTaken) -> bool:
        """Return whether a file is a recording that this turn's model does not hear itself, or that nobody will hear."""
        if not file.is_recording:
            return False
        model = self._voice.value.catalogue.get(turn.model)
        is_heard_itself = model is not None and model.traits.hears
        return bool(self.refuses(file)) or (not is_heard_itself and self._voice.value.hears is not None)

    async def read(self, file: Enclosure, _path: Path, turn: TurnTaken) -> Enclosure:
        """Have a recording written down, and return it with what is said in it, or with its problem.

        :raises NotReadError: the model cannot be asked now
        """
        problem, model = self.refuses(file), self._voice.value.hears
        if problem or model is None:
            return replace(file, problem=problem or "no_hearing")
        question = replace(turn.question, text="", enclosures=(file,))
        text, end = "", StreamFinished(reason="stream_broke", usage=None)
        async with aclosing(self._answers.stream(replace(turn, model=model.name), question=question)) as events:
            async for event in events:
                if isinstance(event, str):
                    text += event
                elif isinstance(event, TextDropped):
                    text = ""
                elif isinstance(event, StreamFinished):
                    end = event
        return _heard(file, text, end)


def _heard(file: Enclosure, text: str, end: StreamFinished) -> Enclosure:
    match end.reason:
        case "complete":
            return replace(file, text=text.strip())
        case "whole_in_file":
            return replace(file, text=end.files[0].content.decode().strip())
        case "only_files":
            return replace(file, problem=end.left_out[0].problem)
        case "model_unknown" | "wrong_address" | "bad_request" | "refused_by_model":
            # The sentences of these speak of the session's model, or of the whole server.
            raise NotReadError(NotRead("not_heard"))
        case reason:
            raise NotReadError(NotRead(reason, end.retry_after_s))
