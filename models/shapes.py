"""Where servers put the text, the reasoning, the usage and the end of an answer: tables of what may stand where. Pure.

OpenAI documents one place for each. Servers with the same API use others as well; the source of each entry stands beside it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

import msgspec

from messages.turn import Reason
from messages.usage import Usage

Role = Literal["text", "thought", "refusal"]


class Said(NamedTuple):
    """A piece of an answer, with what it is."""

    role: Role
    text: str


# --- Text and reasoning ---

ROLES: Final[Mapping[str, Role]] = {
    "text": "text",  # OpenAI: Chat, content parts; Mistral, in deltas too
    "output_text": "text",  # OpenAI: Responses, content parts
    "input_text": "text",  # LM Studio repeats it for an assistant's own text
    "refusal": "refusal",  # OpenAI: both APIs
    "thinking": "thought",  # Mistral (Magistral), Anthropic
    "reasoning": "thought",  # OpenAI: Responses, output items
    "reasoning_text": "thought",  # OpenAI: Responses, open models; vLLM, LM Studio
    "summary_text": "thought",  # OpenAI: Responses, summaries
    "reasoning.text": "thought",  # OpenRouter: reasoning_details
    "reasoning.summary": "thought",  # OpenRouter: reasoning_details
}
"""What a part of a content is, by its `type`. Parts of other types, such as pictures and references, say nothing."""

TEXT_IN_PART: Final = ("text", "thinking", "reasoning", "refusal", "summary", "content", "value")
"""The fields in which a part has its text, or further parts; the first that has something counts."""

TEXT_IN_MESSAGE: Final[tuple[tuple[str, Role], ...]] = (
    ("content", "text"),  # OpenAI; Mistral and some gateways have a list of parts here
    ("refusal", "refusal"),  # OpenAI
    ("text", "text"),  # gateways for models of legacy completions
)
REASONING_IN_MESSAGE: Final = (
    "reasoning_content",  # DeepSeek, xAI, Qwen, Moonshot, llama.cpp, SGLang, LM Studio, vLLM before 0.11
    "reasoning",  # OpenRouter, Groq, Ollama, vLLM since 0.11
    "reasoning_text",  # GitHub Copilot
    "thinking",  # Ollama
    "reasoning_details",  # OpenRouter, MiniMax
    "thinking_blocks",  # LiteLLM
)
"""The fields of a delta or message; of the reasoning the first that has something counts, for some servers send it twice."""


def said(content: object, role: Role = "text") -> Iterator[Said]:
    """Yield what a content says: a text, a part, or a list of either, however deep.

    `role` is what a text without a type is.

    :raises msgspec.ValidationError: it is none of these, for instance a number
    """
    match content:
        case None:
            return
        case str():
            if content:
                yield Said(role, content)
        case list():
            for part in content:
                yield from said(part, role)
        case dict():
            yield from _part_said(content, role)
        case _:
            raise msgspec.ValidationError(f"a content is a {type(content).__name__}")


def _part_said(part: Mapping[str, Any], role: Role) -> Iterator[Said]:
    kind = part.get("type")
    if isinstance(kind, str):
        if kind not in ROLES:
            return
        role = role if role == "thought" else ROLES[kind]  # whatever stands in a thought is a part of it
    elif kind is not None:
        raise msgspec.ValidationError("a part's type is no text")
    for name in TEXT_IN_PART:
        if part.get(name):
            yield from said(part[name], role)
            return
    if not part.keys() & set(TEXT_IN_PART):
        raise msgspec.ValidationError("a part has no text")


def message_said(message: Mapping[str, Any]) -> Iterator[Said]:
    """Yield what a delta or a message of Chat Completions says: first its reasoning, then its text.

    :raises msgspec.ValidationError: a field has no text that we know how to read
    """
    for name in REASONING_IN_MESSAGE:
        found = list(said(message.get(name), "thought"))
        if found:
            yield from found
            break
    for name, role in TEXT_IN_MESSAGE:
        found = list(said(message.get(name), role))
        if found:
            yield from found
            return


# --- Usage ---

_INPUT: Final = (("prompt_tokens",), ("input_tokens",))
_OUTPUT: Final = (("completion_tokens",), ("output_tokens",))
_CACHED: Final = (
    ("prompt_tokens_details", "cached_tokens"),  # OpenAI: Chat
    ("input_tokens_details", "cached_tokens"),  # OpenAI: Responses
    ("prompt_cache_hit_tokens",),  # DeepSeek
    ("cached_tokens",),  # Moonshot
    ("cache_read_input_tokens",),  # Anthropic
)
_CACHE_WRITES: Final = (
    ("prompt_tokens_details", "cache_write_tokens"),  # OpenAI: Chat; OpenRouter
    ("input_tokens_details", "cache_write_tokens"),  # OpenAI: Responses
)
_USAGE: Final = (
    ("usage",),  # OpenAI; many send it with every chunk, so the last one counts
    ("x_groq", "usage"),  # Groq
    ("choices", "usage"),  # Moonshot: in the choice
    ("response", "usage"),  # OpenAI: Responses
)


def usage_in(chunk: Mapping[str, Any]) -> Usage | None:
    """Return what a chunk, event or body says was used; None where it does not say, or says something that is no count."""
    for way in _USAGE:
        found = _at(chunk, way)
        if isinstance(found, dict):
            usage = _usage(found)
            if usage is not None:
                return usage
    return None


def _usage(counts: Mapping[str, Any]) -> Usage | None:
    taken, given = _count(counts, _INPUT), _count(counts, _OUTPUT)
    cached = _count(counts, _CACHED) or 0
    # A gateway that did not count sends zeros; no prompt has no tokens. Anthropic counts apart what it had cached.
    if taken is None or given is None or taken + cached <= 0:
        return None
    stored = _count(counts, _CACHE_WRITES) or 0
    return Usage(input_tokens=taken, output_tokens=given, cached_tokens=cached, cache_write_tokens=stored)


def count_in(said: Mapping[str, Any], way: tuple[str, ...]) -> int | None:
    """Return the whole number in this place of a body; None where there is none."""
    return _count(said, (way,))


def _count(counts: Mapping[str, Any], ways: tuple[tuple[str, ...], ...]) -> int | None:
    """The first whole number in one of these places; some servers write it as a float or as a text."""
    for way in ways:
        found = _at(counts, way)
        if isinstance(found, str) and found.isdecimal() and len(found) < 20:  # noqa: PLR2004 more digits are no count
            return int(found)
        if isinstance(found, int | float) and not isinstance(found, bool) and found == found // 1:
            return int(found)
    return None


def _at(value: object, way: tuple[str, ...]) -> object:
    for name in way:
        if isinstance(value, list):
            value = value[0] if value else None
        value = value.get(name) if isinstance(value, dict) else None
    return value


# --- Ends ---

_COMPLETE: Final = (
    "stop",
    "eos",
    "eos_token",
    "end_turn",
    "stop_sequence",
    "stop_sequences",
    "complete",
    "completed",
    "end",
)
_TOOLS: Final = ("tool_calls", "function_call", "tool_call", "tool_use")
_LIMIT: Final = ("length", "max_tokens", "max_output_tokens", "max_completion_tokens", "model_length", "error_limit")
_CONTEXT: Final = ("model_context_window_exceeded", "context_length", "token_limit", "max_length")
_FILTER: Final = (
    "content_filter",
    "content_filtered",
    "safety",
    "recitation",
    "blocklist",
    "prohibited_content",
    "spii",
)
_FILTER_OTHERS: Final = ("sensitive", "error_toxic", "guardrail_intervened", "image_safety", "language", "moderation")

ENDS: Final[Mapping[str, Reason]] = {
    # OpenAI, vLLM, SGLang: stop · TGI: eos_token, stop_sequence · Anthropic: end_turn · Cohere: COMPLETE · Together: eos
    **dict.fromkeys(_COMPLETE, "complete"),
    # Nobody offers tools here: a model that calls one all the same has ended its text.
    **dict.fromkeys(_TOOLS, "complete"),
    # OpenAI: length · Anthropic: max_tokens, model_context_window_exceeded · Mistral: model_length · Cohere: ERROR_LIMIT
    **dict.fromkeys((*_LIMIT, *_CONTEXT), "token_limit"),
    # OpenAI, Azure: content_filter · Gemini: SAFETY, RECITATION, BLOCKLIST, … · Zhipu: sensitive · Bedrock: guardrail_intervened
    **dict.fromkeys((*_FILTER, *_FILTER_OTHERS), "content_filter"),
    "refusal": "refused_by_model",  # Anthropic
}
"""What a finish reason means, in lower case. Whatever is not listed did not end the answer as a whole: *error* (OpenRouter), *abort*
(vLLM, SGLang), *insufficient_system_resource* (DeepSeek), *network_error* (Zhipu), *MALFORMED_FUNCTION_CALL* (Gemini), or one that nobody knows."""


def end_named(name: object) -> Reason | None:
    """Return what a finish reason says; None where there is none yet. A reason that is not known is a server's error."""
    if name in (None, "", "null"):
        return None
    return ENDS.get(str(name).lower(), "error_event")
