"""Where servers put an error, and what can be read in it: codes, words, a status, when to ask again, how much to ask for. Pure.

`models/errors.py` says what it means.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from msgspec import Struct

from models.retry_after import RETRY_AFTER_S_MAX

WORDS_MAX: Final = 4_000
"""So many characters of an error are read. Some gateways repeat the whole prompt in it, behind what they have to say."""

_QUOTED: Final = re.compile(r"\A(['\"]).*\1(?= is too long - ')", re.DOTALL)
"""A person's words in front of what is wrong with them (Azure, of the prompt for a picture). They must not be read as an error."""


class Fault(Struct, frozen=True, kw_only=True):
    """What a server said went wrong.

    `codes` are its codes and types, in lower case, in the order in which they stand. `words` is everything else that it wrote. `status` is a
    HTTP status: the response's or, within a stream, one that stands in place of a code.
    """

    codes: tuple[str, ...] = ()
    words: str = ""
    status: int | None = None


_CODE_KEYS: Final = frozenset({"code", "type", "status", "error_type", "error_code", "err_code", "status_code"})
_ECHO_KEYS: Final = frozenset({"input", "ctx", "body", "request", "messages", "prompt", "flagged_input", "url"})
"""What a server repeats of the request. A person's own words must not be read as an error."""
_ANSWER_KEYS: Final = frozenset({"choices", "output", "delta", "response", "item", "part", "sequence_number"})
_ERROR_KEYS: Final = frozenset({"message", "detail", "error_msg", "err_msg", "msg", "errors", "error_message", "title"})


def fault_in(said: Mapping[str, Any], event: str = "") -> Fault | None:
    """Return the error that a body, a chunk or an event says; None where it says none. `event` is the event's name, if it has one.

    | place | server |
    |---|---|
    | `error`, as an object | OpenAI; nearly everybody |
    | `error`, as a text | Ollama, LM Studio, Text Generation Inference |
    | the choice's `error` | OpenRouter |
    | the object itself, `object` or `type` is *error* | vLLM before 0.10; OpenAI: Responses |
    | the object itself, in an event *error* | LM Studio, Text Generation Inference |
    | `detail`, as a text or a list | FastAPI: vLLM, SGLang, TabbyAPI, Mistral |
    | `message` alone | Mistral, Groq's gateway, AWS |
    | `base_resp.status_code` other than 0 | MiniMax |
    """
    error = said.get("error")
    if error is None and isinstance(choices := said.get("choices"), list):
        error = next((choice["error"] for choice in choices if isinstance(choice, dict) and choice.get("error")), None)
    keys = {key for key, value in said.items() if value is not None}
    if error not in (None, False, ""):
        fault = fault_of(error)
        if fault != Fault() or not keys & _ANSWER_KEYS:
            return fault
    outcome = said.get("base_resp")
    if isinstance(outcome, dict) and outcome.get("status_code"):
        return fault_of(outcome)
    is_error = event == "error" or "error" in (said.get("object"), said.get("type"))
    if is_error or (not keys & _ANSWER_KEYS and keys & _ERROR_KEYS):
        return fault_of({**said, "type": None} if said.get("type") == "error" else said)
    return None


def fault_of(error: object, status: int | None = None) -> Fault:
    """Return what an error says, however it is nested. `status` is the response's HTTP status where that is an error too."""
    codes: list[str] = []
    words: list[str] = []
    for key, said in _texts(error, "", 0):
        text = _QUOTED.sub("", said)[:WORDS_MAX]
        if key in _CODE_KEYS and " " not in text.strip():
            codes.append(text.lower())
        else:
            words.append(text)
    numbers = (int(code) for code in codes if re.fullmatch(r"[45]\d\d", code))
    return Fault(codes=tuple(codes), words="\n".join(words)[:WORDS_MAX], status=status or next(numbers, None))


def _texts(value: object, key: str, depth: int) -> Iterator[tuple[str, str]]:
    """Yield every text and number, with the key under which it stands."""
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        yield key, str(value)
    elif depth < 6:  # noqa: PLR2004 no server nests its errors deeper
        if isinstance(value, dict):
            for name, inner in value.items():
                if name not in _ECHO_KEYS:
                    yield from _texts(inner, name, depth + 1)
        elif isinstance(value, list):
            for inner in value[:20]:
                yield from _texts(inner, key, depth + 1)


_WAIT: Final = re.compile(
    r"(?:retry|try again|retrydelay\W*|\breset) (?:in|after) "
    r"(?:(?P<hours>\d{1,4})h)?(?:(?P<minutes>\d{1,4})m(?!s))?(?P<number>\d{1,6}(?:\.\d{1,6})?)? ?(?P<unit>ms|s|second)",
    re.IGNORECASE,
)


def wait_s_in(fault: Fault) -> float | None:
    """Return in how many seconds to ask again, at most 3,600, where the words say it (Groq, OpenAI, Gemini); None where they do not."""
    found = _WAIT.search(fault.words)
    if found is None:
        return None
    seconds = float(found["number"] or 0) / (1000 if found["unit"].lower() == "ms" else 1)
    return min(seconds + 60 * int(found["minutes"] or 0) + 3600 * int(found["hours"] or 0), RETRY_AFTER_S_MAX)


TOKENS_WORTH_ASKING: Final = 16
"""An answer of fewer tokens is none (OpenAI takes no smaller bound: API reference, Create a response)."""


class Bound(NamedTuple):
    """How many tokens an answer may have. `is_lasting` is false where the next request may have more: it depends on a budget or a prompt."""

    tokens: int
    is_lasting: bool


_BOUNDS: Final = tuple(
    (is_lasting, re.compile(pattern, re.IGNORECASE | re.DOTALL))
    for is_lasting, pattern in (
        (False, r"can only afford (?P<most>\d+)"),  # OpenRouter
        (True, r"max_tokens.{0,80}at most (?P<most>\d+) (?:completion |output )?tokens"),  # OpenAI
        (
            True,
            r"max_(?:completion_|output_|new_)?tokens.{0,120}(?:<=|less than or equal to|maximum value of) [`'\"]?(?P<most>\d+)",
        ),  # OpenAI, Groq
        (True, r"range of max_tokens (?:is|should be) \[1, ?(?P<most>\d+)\]"),  # DeepSeek, DashScope
        (True, r"max_tokens: \d+ > (?P<most>\d+)"),  # Anthropic
        (False, r"\(\d+ > (?P<whole>\d+) - (?P<prompt>\d+)\)"),  # vLLM
        (
            False,
            r"context length is (?P<whole>\d+) tokens.{0,60}requested \d+ tokens \((?P<prompt>\d+) in",
        ),  # OpenAI, vLLM
    )
)


def bound_in(fault: Fault) -> Bound | None:
    """Return how much an answer may have, where the error is that the request asked for more; None for other errors."""
    for is_lasting, pattern in _BOUNDS:
        if found := pattern.search(fault.words):
            numbers = {name: int(number[:12]) for name, number in found.groupdict().items()}
            return Bound(numbers["most"] if "most" in numbers else numbers["whole"] - numbers["prompt"], is_lasting)
    return None
