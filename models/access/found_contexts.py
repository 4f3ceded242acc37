"""How much models' servers were found to take where the catalogue promises more. Pure."""

from typing import Final

KNOWN_S: Final = 3600.0
"""For so long a server's smaller context counts: what one odd refusal taught must not make all conversations short for ever."""


class FoundContexts:
    """The contexts that were found, by the model's name. Times are monotonic, in seconds."""

    def __init__(self) -> None:
        """Begin without any."""
        self._found: dict[str, tuple[int, float]] = {}

    def of(self, model: str, now_s: float) -> int | None:
        """Return how many tokens a model's server was found to take; None where that is not known."""
        tokens, until_s = self._found.get(model, (None, 0.0))
        return tokens if now_s < until_s else None

    def remember(self, model: str, tokens: int, now_s: float) -> None:
        """A model's server took a prompt of this context, and none of a larger one."""
        self._found[model] = (tokens, now_s + KNOWN_S)
