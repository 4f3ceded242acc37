"""Records of the requests to the model, and of how each answer ended."""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Literal

from msgspec import Struct

Ending = Literal["completed", "refused", "client closed", "cut", "ended early", "server closed", "script failed"]
"""*refused*: with an HTTP error. *cut*, *ended early*: by a script. The others explain themselves."""


def without_mark(text: str) -> str:
    """Return a text without the mark of its request, which stands beside each name where several people have spoken."""
    return re.sub(r"\[([^\[\]]+) [0-9a-f]{8}\]: ", r"[\1]: ", text)


class SentFile(Struct, frozen=True, kw_only=True):
    """A file that came in a form: the part's name, the file's, its media type, its bytes."""

    part: str
    name: str
    media_type: str
    content: bytes


class ModelRequest(Struct, kw_only=True, eq=False):
    """One request that came in. `at_s`, `spoke_at_s` and `ended_at_s` are on the event loop's clock."""

    number: int
    method: str
    path: str
    key: str
    body: dict[str, Any]
    """What was sent as JSON, or the fields of a form, whose files have their names here."""
    files: list[SentFile] = []
    query: dict[str, str] = {}
    headers: Mapping[str, str] = {}
    at_s: float
    status: int | None = None
    sent: str = ""
    """The text that was sent so far."""
    spoke_at_s: float | None = None
    """When its first text was sent."""
    ended: Ending | None = None
    ended_at_s: float | None = None
    opened_tick: int = 0
    closed_tick: int | None = None
    usage: tuple[int, int] | None = None
    """Tokens in and out, when they were told to the client."""

    @property
    def open_now(self) -> bool:
        """Whether its answer has not ended."""
        return self.ended is None

    @property
    def dialogue(self) -> list[tuple[str, str]]:
        """Everything that was said, as (role, text), whichever API carried it; instructions come first, as `system`."""
        said = self.body.get("messages", self.body.get("input", []))
        texts = [said] if isinstance(said, str) else said
        items = [{"role": "user", "content": one} if isinstance(one, str) else one for one in texts]
        instructions = self.body.get("instructions")
        first = [("system", instructions)] if isinstance(instructions, str) else []
        return first + [(item.get("role", ""), _plain(item.get("content"))) for item in items if isinstance(item, dict)]

    @property
    def text(self) -> str:
        """The last thing a user said, or the whole prompt of a completion or a picture; empty when nobody said anything."""
        prompt = self.body.get("prompt")
        if isinstance(prompt, str) and self.path.endswith(("/completions", "/generations", "/edits")):
            return prompt
        return next((text for role, text in reversed(self.dialogue) if role == "user"), "")

    @property
    def model(self) -> str:
        """The model that was asked for."""
        return str(self.body.get("model", ""))

    @property
    def streams(self) -> bool:
        """Whether the answer is asked for as a stream."""
        return self.body.get("stream") is True


def _plain(content: object) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return ""


def most_open_at_once(requests: Iterable[ModelRequest], key: Callable[[ModelRequest], Hashable]) -> dict[Hashable, int]:
    """Return, for each value of `key`, how many of its requests were open at the same moment, at most."""
    ticks: list[tuple[int, int, Hashable]] = []
    for request in requests:
        ticks.append((request.opened_tick, 1, key(request)))
        if request.closed_tick is not None:
            ticks.append((request.closed_tick, -1, key(request)))
    now: dict[Hashable, int] = {}
    most: dict[Hashable, int] = {}
    for _, change, of in sorted(ticks, key=lambda tick: tick[0]):
        now[of] = now.get(of, 0) + change
        most[of] = max(most.get(of, 0), now[of])
    return most
