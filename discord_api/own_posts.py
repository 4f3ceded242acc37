"""Notices when another process writes as this bot, as when somebody starts it elsewhere with the same token and a copy of the data.

Discord sends a bot its own messages, too. An answer to a question that this process has seen come, under a nonce that this process
has not used, was posted by another one: an earlier process on this data was over before this one listened. Where both answer a
question, Discord itself keeps the second answer from appearing, because the nonce depends on the question alone.
"""

from typing import Any, Final

REMEMBERED: Final = 10_000
"""How many nonces and how many questions are remembered, the latest: an answer begins within minutes of its question."""


class OwnPosts:
    """The nonces that this process has used, and the messages of others that it has seen come."""

    def __init__(self) -> None:
        self._nonces: dict[str, None] = {}
        self._seen: dict[str, None] = {}

    def posting(self, nonce: str) -> None:
        """Remember a nonce, before the request begins: the event may overtake its answer."""
        _remember(self._nonces, nonce)

    def heard(self, payload: Any) -> None:
        """Remember a message of somebody else's, as Discord sent it."""
        _remember(self._seen, str(payload.get("id")))

    def is_anothers(self, payload: Any) -> bool:
        """Return whether another process has posted this message of the bot's, as far as anybody can tell."""
        nonce = payload.get("nonce")
        replied = (payload.get("message_reference") or {}).get("message_id")
        return nonce is not None and str(replied) in self._seen and str(nonce) not in self._nonces


def _remember(known: dict[str, None], one: str) -> None:
    known[one] = None
    if len(known) > REMEMBERED:
        del known[next(iter(known))]
