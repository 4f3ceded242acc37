"""The table of the kinds of models: the catalogue's `kind` says which of them asks a model."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import anyio

from files.folder import Folder
from models.chat import Chat
from models.kind import Kind
from network.proxies import Proxy

KINDS: Final = {
    "chat": Chat,
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
