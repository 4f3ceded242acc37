"""The table of the kinds of models: the catalogue's `kind` says which of them asks a model."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, Protocol

import anyio

from files.folder import Folder
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


class OpenKind(Kind, Protocol):
    """A kind with connections of its own."""

    async def close(self) -> None:
        """Close every connection."""
        ...


class OpensKind(Protocol):
    """Makes a kind ready to ask; nothing is sent yet."""

    def __call__(self, *, base_url: str, key: str, proxy: Proxy | None, thinking_s: float, files: Folder) -> OpenKind:
        """Return the kind; `open_kinds` says what is given to it.

        :raises ValueError: no HTTP header can carry the key; the message does not contain it
        """
        ...


KINDS: Final[Mapping[str, OpensKind]] = {
    "chat": Chat,
    "code": Code,
    "completion": Completion,
    "image": Image,
    "transcription": Transcription,
    "speech": Speech,
    "embedding": Embedding,
    "moderation": Moderation,
}
"""The class of each kind, by its name in the catalogue; `models.kind_traits.KIND_TRAITS` has the same names."""


@asynccontextmanager
async def open_kinds(
    *, base_url: str, key: str, thinking_s: float, files: Folder, proxy: Proxy | None = None
) -> AsyncIterator[Mapping[str, Kind]]:
    """Have every kind ready to ask at this address with this key, by this proxy or directly.

    `files` is where the files of questions lie that are named by `Enclosure.stored`. All connections are closed at the end of
    the block.

    :raises ValueError: no HTTP header can carry the key; the message does not contain it
    """
    kinds = {
        name: kind(base_url=base_url, key=key, proxy=proxy, thinking_s=thinking_s, files=files)
        for name, kind in KINDS.items()
    }
    try:
        yield kinds
    finally:
        with anyio.CancelScope(shield=True):
            for kind in kinds.values():
                await kind.close()


def judge_of(kinds: Mapping[str, Kind]) -> Moderation:
    """Return what the gates of servers ask.

    :raises TypeError: `kinds` is not what `open_kinds` returned
    """
    judge = kinds["moderation"]
    if not isinstance(judge, Moderation):
        raise TypeError(type(judge).__name__)
    return judge
