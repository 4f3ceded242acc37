"""The address of the models' server as people write it, and the address that requests go to. Pure.

Every request adds a path such as `/chat/completions` to the base address. People copy the address of a server without its `/v1`, or
with the path of one endpoint, as it stands in the server's documentation.
"""

import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit, urlunsplit

_ENDPOINT: Final = re.compile(r"/(?:chat/completions|completions|responses|models|embeddings)\Z")
"""What requests add by themselves."""

_NATIVE: Final = re.compile(r"/api/(?:chat|generate|tags)\Z")
"""Ollama's own API, which is another one; OpenAI's stands beside it (Ollama: OpenAI compatibility)."""


def base_address(written: str) -> str:
    """Return the base address that was meant, with its query.

    An address without a path gets `/v1`, as nearly every server has it; on Azure `/openai/v1`. Where the path of an endpoint was
    written, what stands before it is the base, also without `/v1`. Every other path is taken as it is.
    """
    parts = urlsplit(written)
    path = parts.path.rstrip("/")
    if _ENDPOINT.search(path):
        path = _ENDPOINT.sub("", path)
    elif _NATIVE.search(path):
        path = _NATIVE.sub("", path) + "/v1"
    elif path in ("", "/openai") and (parts.hostname or "").endswith(".openai.azure.com"):
        path = "/openai/v1"
    elif not path:
        path = "/v1"
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def without_query(address: str) -> tuple[str, dict[str, str]]:
    """Return a base address without its query, and the query, which goes with every request."""
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")), query


def is_openai(address: str) -> bool:
    """Return whether this is a server of OpenAI's, whose models are known without asking."""
    host = urlsplit(address).hostname or ""
    return host == "api.openai.com" or host.endswith(".api.openai.com")
