"""The kind `chat`: has a model answer a dialogue, by the Responses API or by Chat Completions."""

from collections.abc import AsyncGenerator, Mapping
from typing import Final

from current import Current
from files.folder import Folder
from messages.turn import TurnTaken
from models import chat_completions, responses_api
from models.api_client import ApiClient
from models.chat_completions import ChatDecoder
from models.events import StreamEvent
from models.kind_traits import Api
from models.listener import USUAL_THINKING
from models.model import Model
from models.prompt import prompt
from models.responses_api import ResponsesDecoder
from models.text_streams import Form, TextStreams

FORMS: Final[Mapping[Api, Form]] = {
    "responses": Form("/responses", responses_api.body, lambda _: ResponsesDecoder()),
    "chat_completions": Form("/chat/completions", chat_completions.body, lambda _: ChatDecoder()),
}
"""The two APIs for dialogues. A server that does not have the one has the other."""


class Chat:
    """Asks chat models, for the life of the process."""

    def __init__(
        self, api: ApiClient, *, files: Folder | None = None, thinking_s: Current[float] = USUAL_THINKING
    ) -> None:
        """Be ready to ask; `TextStreams` says what is given to it."""
        self._streams = TextStreams(api, FORMS, files=files, thinking_s=thinking_s)

    def stream(self, turn: TurnTaken, model: Model) -> AsyncGenerator[StreamEvent, None]:
        """Yield the answer in pieces, then how it ended, as `models.kind.Kind.stream` promises."""
        return self._streams.stream(turn, model, prompt)
