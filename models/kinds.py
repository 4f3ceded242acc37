"""The table of the kinds of models: the catalogue's `kind` says which of them asks a model."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import anyio

from current import Current
from files.folder import Folder
from models.api_client import ApiClient
from models.chat import Chat
from models.code import Code
from models.completion import Completion
from models.embedding import Embedding
from models.image import Image
from models.kind import Kind
from models.moderation import Moderation
from models.speech import Speech
from models.transcription import Transcription
from network.proxies import Proxy


def kinds_of(api: ApiClient, *, files: Folder, thinking_s: Current[float]) -> Mapping[str, Kind]:
    """Return what asks the models of each kind by this client, by its name in the catalogue.

    `models.kind_traits.KIND_TRAITS` has the same names. `files` is where the files of questions lie that are named by `Enclosure.stored`.
    """
    return {
        "chat": Chat(api, files=files, thinking_s=thinking_s),
        "code": Code(api, files=files, thinking_s=thinking_s),
        "completion": Completion(api, thinking_s=thinking_s),
        "image": Image(api, files=files),
        "transcription": Transcription(api, files=files, thinking_s=thinking_s),
        "speech": Speech(api),
        "embedding": Embedding(api),
        "moderation": Moderation(api, files=files),
    }


@asynccontextmanager
async def open_kinds(
    *, base_url: str, key: str, thinking_s: Current[float], files: Folder, proxy: Proxy | None = None
) -> AsyncIterator[Mapping[str, Kind]]:
    """Have every kind ready to ask at this address with this key, by this proxy or directly; `kinds_of` says the rest.

    All connections are closed at the end of the block.

    :raises ValueError: no HTTP header can carry the key; the message does not contain it
    """
    api = ApiClient(base_url=base_url, key=key, proxy=proxy)
    try:
        yield kinds_of(api, files=files, thinking_s=thinking_s)
    finally:
        with anyio.CancelScope(shield=True):
            await api.close()


def judge_of(kinds: Mapping[str, Kind]) -> Moderation:
    """Return what the gates of servers ask.

    :raises TypeError: `kinds` is not what `open_kinds` returned
    """
    judge = kinds["moderation"]
    if not isinstance(judge, Moderation):
        raise TypeError(type(judge).__name__)
    return judge
