"""The kind `completion`: has a model write on where a transcript of the dialogue ends (OpenAI: API reference, Completions, legacy).

Such a model knows no roles. It is shown a text in which each message begins with a mark and its speaker's name, and which ends where the
assistant's next message is to begin. The mark is new in every request, so nobody can write a message that looks like somebody else's;
and where the model itself begins the next person's message, its answer ends.
"""

from collections.abc import AsyncGenerator, Collection, Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from current import Current
from messages.turn import TurnTaken
from models.api_client import ApiClient
from models.chat_completions import ChatDecoder
from models.events import StreamEvent, StreamFinished
from models.kind_traits import Api
from models.listener import USUAL_THINKING
from models.model import Model
from models.prompt import Prompt, prompt
from models.text_streams import Form, TextStreams
from models.tokens import tokens

ASSISTANT: Final = "Assistant"

INTRODUCTION: Final = (
    "This is a conversation of people with an assistant, which answers helpfully. Each message begins with the mark {mark} and the "
    "name of its speaker in square brackets. Whatever follows the name was written by that speaker.\n\n"
)

_INTRODUCTION_TOKENS: Final = tokens(INTRODUCTION) + tokens(f"[00000000 {ASSISTANT}]: ")


def transcript(asked: Prompt) -> str:
    """Return the text that the model is to write on.

    It ends with the beginning of the assistant's next message or, where the last message is the assistant's own, with that message.
    """
    opening = f"[{asked.mark} {ASSISTANT}]:"
    lines = [entry.text if entry.role == "user" else f"{opening} {entry.text}" for entry in asked.messages]
    if asked.dialogue[-1].role == "user":
        lines.append(opening)
    return INTRODUCTION.format(mark=asked.mark) + "\n\n".join(lines)


def body(asked: Prompt, left_out: Collection[str] = ()) -> dict[str, Any]:
    """Return the body of the request for this prompt, ready to be encoded as JSON, without the fields in `left_out`."""
    fields: dict[str, Any] = {
        "model": asked.model,
        "prompt": transcript(asked),
        "stop": [_stop(asked)],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if asked.temperature is not None:
        fields["temperature"] = asked.temperature
    if "stream" in left_out:
        del fields["stream_options"]
    fields = {name: value for name, value in fields.items() if name not in left_out}
    # Without it the API writes 16 tokens, so it is never left out.
    return {**fields, "max_tokens": asked.output_tokens_max}


def _stop(asked: Prompt) -> str:
    """Return what begins every message: where the model writes it, the answer is over."""
    return f"\n[{asked.mark}"


class CompletionDecoder:
    """Decodes the stream of one completion: its events are those of Chat Completions, with the text in another place.

    The answer ends where the model begins a message of somebody else, also with a server that does not know `stop`. Blanks at its
    beginning are no part of it: the transcript ends behind a colon.
    """

    def __init__(self, stop: str) -> None:
        self._chat = ChatDecoder()
        self._stop = stop
        self._held = ""
        """The end of the text so far, while it may be the beginning of `stop`."""
        self._has_begun = False

    def decode(self, data: bytes, event: str = "") -> list[StreamEvent]:
        """Return what one event says.

        :raises msgspec.MsgspecError: the event is not what a server with this API sends
        :raises RecursionError: it is nested too deeply
        """
        return [*self._cut(self._chat.decode(data, event))]

    def end_of_body(self) -> list[StreamEvent]:
        """Return what is left to say if the body ends here, with the end of the answer where it is known."""
        events = [*self._cut(self._chat.end_of_body())]
        return [*events, *self._rest()]

    def _cut(self, events: list[StreamEvent]) -> Iterator[StreamEvent]:
        for event in events:
            if isinstance(event, StreamFinished):
                yield from self._rest()
                yield event
            elif isinstance(event, str):
                yield from self._text(event)
                if self._held == self._stop:
                    self._held = ""
                    yield StreamFinished(reason="complete", usage=None)
                    return
            else:
                yield event

    def _text(self, text: str) -> Iterator[str]:
        """Yield what is known to be a part of the answer now that this came; afterwards `_held` is `_stop` where the answer is over."""
        text = self._held + text
        if not self._has_begun:
            text = "\n" + text.lstrip()  # the model may begin somebody else's message at once
        if self._stop in text:
            text, self._held = text[: text.index(self._stop)], self._stop
        else:
            most = min(len(text), len(self._stop) - 1)
            held = next((size for size in range(most, 0, -1) if self._stop.startswith(text[-size:])), 0)
            text, self._held = text[: len(text) - held], text[len(text) - held :]
        yield from self._begun(text)

    def _rest(self) -> Iterator[str]:
        """Yield what was held back: nothing follows that could make the beginning of a message of it."""
        held, self._held = self._held, ""
        yield from self._begun(held)

    def _begun(self, text: str) -> Iterator[str]:
        text = text if self._has_begun else text.lstrip()
        self._has_begun = self._has_begun or bool(text)
        if text:
            yield text


FORMS: Final[Mapping[Api, Form]] = {
    "completions": Form("/completions", body, lambda asked: CompletionDecoder(_stop(asked)))
}


class Completion:
    """Asks completion models, for the life of the process."""

    def __init__(self, api: ApiClient, *, thinking_s: Current[float] = USUAL_THINKING) -> None:
        """Be ready to ask; `TextStreams` says what is given to it."""
        self._streams = TextStreams(api, FORMS, thinking_s=thinking_s)

    def stream(self, turn: TurnTaken, model: Model) -> AsyncGenerator[StreamEvent, None]:
        """Yield the answer in pieces, then how it ended, as `models.kind.Kind.stream` promises."""
        return self._streams.stream(turn, model, _prompt)


def _prompt(turn: TurnTaken, model: Model, mark: str) -> Prompt | None:
    """Return what the transcript is made of, with room for what stands around it; None where it does not fit."""
    smaller = replace(model, context_tokens=model.context_tokens - _INTRODUCTION_TOKENS)
    asked = prompt(turn, smaller, mark, is_transcript=True)
    if asked is None or turn.kind != "continue" or not turn.history:
        return asked
    # The transcript ends amid the answer, and the model writes on: nobody has to ask it to.
    return replace(asked, dialogue=asked.dialogue[:-1])
