"""Has recordings of a question written down, before its model is asked: most models read, and do not hear."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from messages.enclosure import Enclosure
from messages.session import ModelAsked
from messages.turn import Reason, TurnTaken, Utterance
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


class Heard(Struct, frozen=True, kw_only=True):
    """A recording as it is now: with what is said in it, or with what speaks against hearing it.

    `reason` is why the turn ends here: something that may be over in a while. None where the question can be asked.
    """

    enclosed: Enclosure
    reason: Reason | None = None
    retry_after_s: float | None = None


class RecordingReader:
    """Knows which recordings are to be written down, and has a model do it."""

    def __init__(self, answers: Answers, voice: Voice) -> None:
        self._answers = answers
        self._voice = voice

    def checked(self, enclosed: Enclosure) -> Enclosure:
        """Return something that a question encloses; with its problem, where it is a recording that nobody will hear."""
        if enclosed.problem or enclosed.text is not None or not enclosed.is_recording:
            return enclosed
        return replace(enclosed, problem=problem_of_recording(enclosed, self._voice.recording_s_max))

    def is_to_be_heard(self, enclosed: Enclosure, turn: TurnTaken) -> bool:
        """Return whether a model has to write down what is said in this: the session's own model does not hear it."""
        if not enclosed.is_recording or enclosed.text is not None or enclosed.problem or not enclosed.stored:
            return False
        model = self._voice.catalogue.get(turn.model)
        return self._voice.hears is not None and model is not None and not model.traits.hears

    async def hear(self, enclosed: Enclosure, turn: TurnTaken) -> Heard:
        """Have a recording written down."""
        model = self._voice.hears
        if model is None:
            return Heard(enclosed=enclosed)
        question = replace(turn.question, text="", enclosures=(enclosed,))
        text, end = "", StreamFinished(reason="stream_broke", usage=None)
        async with aclosing(self._answers.stream(replace(turn, model=model.name), question=question)) as events:
            async for event in events:
                if isinstance(event, str):
                    text += event
                elif isinstance(event, TextDropped):
                    text = ""
                elif isinstance(event, StreamFinished):
                    end = event
        return _heard(enclosed, text, end)


def _heard(enclosed: Enclosure, text: str, end: StreamFinished) -> Heard:
    match end.reason:
        case "complete":
            return Heard(enclosed=replace(enclosed, text=text.strip()))
        case "whole_in_file":
            (whole,) = end.files
            return Heard(enclosed=replace(enclosed, text=whole.content.decode().strip()))
        case "only_files":
            return Heard(enclosed=replace(enclosed, problem=end.left_out[0].problem))
        case "model_unknown" | "wrong_address" | "bad_request" | "refused_by_model" as reason:
            # The sentences of these speak of the session's model, or of the whole server.
            reason = "not_heard"
        case reason:
            pass
    return Heard(enclosed=enclosed, reason=reason, retry_after_s=end.retry_after_s)
