"""The kind `chat`: has a model answer a dialogue, by the Responses API or by Chat Completions."""

from collections.abc import AsyncGenerator, Mapping
from typing import Final

from files.folder import Folder
from messages.turn import TurnTaken
from models import chat_completions, responses_api
from models.chat_completions import ChatDecoder
from models.events import StreamEvent
from models.kind_traits import Api
from models.listener import THINKING_S
from models.model import Model
from models.prompt import prompt
from models.responses_api import ResponsesDecoder
from models.text_streams import Form, TextStreams
from network.proxies import Proxy

FORMS: Final[Mapping[Api, Form]] = {
    "responses": Form("/responses", responses_api.body, lambda _: ResponsesDecoder()),
    "chat_completions": Form("/chat/completions", chat_completions.body, lambda _: ChatDecoder()),
}
"""The two APIs for dialogues. A server that does not have the one has the other."""


class Chat:
    """Asks the chat models of one address, with one key, for the life of the process."""

    def __init__(
        self,
        *,
        base_url: str,
        key: str,
        proxy: Proxy | None = None,
        thinking_s: float = THINKING_S,
        files: Folder | None = None,
    ) -> None:
        """Be ready to ask; nothing is sent yet. A model may reason for `thinking_s` seconds before it says something.

        `files` is where the files of questions lie; without it, no model is shown any.

        :raises ValueError: no HTTP header can carry the key; the message does not contain it
        """
        self._streams = TextStreams(FORMS, base_url=base_url, key=key, proxy=proxy, thinking_s=thinking_s, files=files)

    async def close(self) -> None:
        """Close every connection."""
        await self._streams.close()

    def stream(self, turn: TurnTaken, model: Model) -> AsyncGenerator[StreamEvent, None]:
        """Yield the answer in pieces, then how it ended, as `models.kind.Kind.stream` promises."""
        return self._streams.stream(turn, model, prompt)
