"""What a model's server does not take of a request, as the catalogue names it or as a refusal taught it.

Servers with OpenAI's API know some of its fields and refuse others. What was refused once is left out from then on, for the life
of the process, so that a server is asked twice only once. Pure.
"""

import re
from collections.abc import Collection
from collections.abc import Set as AbstractSet
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from models.errors import reason_of
from models.faults import TOKENS_WORTH_ASKING, Fault, bound_in
from models.kind_traits import Api
from models.model import FIELDS, Model
from models.prompt import Prompt
from models.temperatures import ANY, NONE, Temperatures

_REFUSED: Final = re.compile(
    r"unsupported|unrecogni[sz]ed|unknown|unexpected|extra_forbidden|extra (?:inputs|fields)|cannot find field|deprecated|no longer"
    r"|(?:not|n't|never) (?:be |currently )?(?:supported?|permitted|allowed|recogni[sz]ed|accepted?|available|valid|a valid)|additional propert"
    r"|invalid (?:field|parameter|argument|request argument|keyword)|only the default",
    re.IGNORECASE,
)
"""How servers say that they do not take a field: OpenAI, Azure, Groq, Mistral (pydantic), Gemini, Anthropic, LiteLLM, Go's JSON."""

_NO_SYSTEM: Final = re.compile(
    r"system (?:role|message|prompt|instruction)s? .{0,30}(?:not|n't)|developer instruction is not|only user(?:,| and) assistant",
    re.IGNORECASE,
)
"""How servers say that a model has no system message: vLLM and llama.cpp by the chat template (Gemma), Gemini (Gemma)."""

_WRONG_TEMPERATURE: Final = re.compile(
    r"temperature\b.{0,80}(?:between|range|less than|greater than|at most|at least|maximum|minimum|<=|>=|\[0)",
    re.IGNORECASE,
)
"""How servers say that they do not take this temperature, and do take others (Anthropic, Mistral, Cohere, DashScope: 0 to 1 or 2)."""

_EFFORTS: Final = frozenset({"reasoning", "reasoning_effort"})
_EFFORT: Final = re.compile(r"(?<!\w)reasoning(?!\w)|reasoning[._]effort", re.IGNORECASE)
"""The fields that hold the effort, and how servers name them (OpenAI, Azure: `reasoning.effort`; Groq, vLLM: `reasoning_effort`)."""

_SUMMARY: Final = re.compile(r"reasoning[ ._]summar(?:y|ies)", re.IGNORECASE)
"""How OpenAI's server says that it gives this account no summary of what a model reasons (code `unsupported_value`)."""

REASONING_TOKENS: Final = 4_000
"""What a model that turned out to reason may spend on it, where the catalogue does not say that it does: with the tokens of a
person's answer alone it would often end before its first word."""


PICTURES: Final = "pictures"
"""Stands among the fields that are left out where the server, or its model, takes no pictures."""

_NO_PICTURES: Final = re.compile(
    r"image (?:input|url|content)?s?.{0,40}(?:not|n't) (?:supported|enabled|allowed|available|accepted)"
    r"|(?:not|n't) (?:have )?(?:support|process|accept|handle|a?ccess to)s?.{0,40}(?:image|vision|multi-?modal)"
    r"|image_url.{0,30}(?:only supported|not supported|expected `?text)|at most 0 image|not a multi-?modal|mmproj"
    r"|no endpoints found that support image|content must be a string|missing data required for image",
    re.IGNORECASE,
)
"""How servers say that a model sees no pictures: llama.cpp (with status 500), OpenAI, xAI, Ollama, LM Studio, vLLM, DeepSeek, OpenRouter (with
status 404), Groq, Mistral."""


class Dialect(Struct, frozen=True):
    """What was found out about one model and its server.

    The server does not take the fields `left_out`, nor a bound above `output_tokens_max`, nor other `temperatures`; it has this `api`, whatever the catalogue
    says; the model `reasons`.
    """

    left_out: frozenset[str] = frozenset()
    output_tokens_max: int | None = None
    api: Api | None = None
    reasons: bool = False
    temperatures: Temperatures = ANY


class Dialects:
    """The dialects of all models, as far as they are known."""

    def __init__(self) -> None:
        self._learnt: dict[str, Dialect] = {}

    def of(self, model: Model) -> Dialect:
        """Return what is known of a model's server."""
        learnt = self._learnt.get(model.name, Dialect())
        left_out = learnt.left_out | frozenset(model.left_out)
        taken = NONE if "temperature" in left_out or not model.temperature else learnt.temperatures
        return replace(learnt, left_out=left_out, temperatures=taken)

    def learn_reasoning(self, model: Model) -> None:
        """Remember that the model reasons before it answers."""
        known = self._learnt.get(model.name, Dialect())
        if not known.reasons:
            self._learnt[model.name] = replace(known, reasons=True)

    def learn_api(self, model: Model, api: Api) -> None:
        """Remember that the model's server has this API, and not the one that the catalogue names."""
        self._learnt[model.name] = replace(self._learnt.get(model.name, Dialect()), api=api)

    def asked(self, model: Model) -> Model:
        """Return the model as its server turned out to be: its API, room for its reasoning, whether it sees pictures."""
        known = self.of(model)
        room = REASONING_TOKENS if known.reasons and not model.reasoning_tokens else model.reasoning_tokens
        sees = False if PICTURES in known.left_out else model.vision
        return replace(model, api=known.api or model.api, reasoning_tokens=room, vision=sees)

    def remember(self, model: Model, found: Dialect) -> None:
        """Remember what the server does not take, and how much, now that it took a request without that."""
        known = self._learnt.get(model.name, Dialect())
        bounds = [most for most in (known.output_tokens_max, found.output_tokens_max) if most is not None]
        self._learnt[model.name] = replace(
            known,
            left_out=known.left_out | found.left_out,
            output_tokens_max=min(bounds, default=None),
            temperatures=known.temperatures.narrowed(found.temperatures),
        )


def learnt(known: Dialect, fault: Fault, asked: Prompt, sent: AbstractSet[str]) -> tuple[Prompt, Dialect] | None:
    """Return the prompt to ask once more after this refusal and the dialect to ask it in; None where that would be refused too.

    `sent` are the names of the request's fields. What holds for this request alone is in the prompt. The rest is in the dialect; it is
    remembered only when the server has taken it: one odd refusal says nothing about the next request.
    """
    if asked.pictures and PICTURES not in known.left_out and _takes_no_pictures(fault):
        return asked, replace(known, left_out=known.left_out | {PICTURES})
    bound = bound_in(fault)
    if bound is not None:
        tokens = min(bound.tokens, asked.output_tokens_max * 9 // 10) if not bound.is_lasting else bound.tokens
        if not TOKENS_WORTH_ASKING <= tokens < asked.output_tokens_max:
            return None
        found = replace(known, output_tokens_max=tokens) if bound.is_lasting else known
        return replace(asked, output_tokens_max=tokens), found
    if reason_of(fault) != "bad_request":
        return None
    if "temperature" in sent and asked.temperature is not None and _WRONG_TEMPERATURE.search(fault.words):
        return asked, replace(known, temperatures=known.temperatures.without(asked.temperature))
    if asked.summary and "summary" not in known.left_out and _SUMMARY.search(fault.words):
        return asked, replace(known, left_out=known.left_out | {"summary"})
    if (
        asked.tells_effort(known.left_out)
        and sent & _EFFORTS
        and _REFUSED.search(fault.words)
        and _EFFORT.search(fault.words)
    ):
        # The server may take another one, which another session has chosen.
        return asked, replace(known, left_out=known.left_out | {asked.effort_left_out})
    refused = _refused(fault, {*sent, *(("system",) if asked.instructions else ())}) - known.left_out
    return (asked, replace(known, left_out=known.left_out | refused)) if refused else None


def _takes_no_pictures(fault: Fault) -> bool:
    """Whether a server says that it, or its model, takes no pictures at all; what it says of one of them is something else."""
    return reason_of(fault) != "picture_refused" and bool(_NO_PICTURES.search(fault.words))


def _refused(fault: Fault, sent: Collection[str]) -> frozenset[str]:
    """The fields that a server names as such that it does not take."""
    if "system" in sent and _NO_SYSTEM.search(fault.words):
        return frozenset({"system"})
    words = "\n".join((fault.words, *fault.codes))
    if not _REFUSED.search(words):
        return frozenset()
    return _named(fault, FIELDS & set(sent))


def _named(fault: Fault, fields: AbstractSet[str]) -> frozenset[str]:
    named = {field for field in fields if re.search(rf"(?<!\w){field}(?!\w)", fault.words)}
    # Words about other fields often name the stream that they belong to.
    return frozenset(named - {"stream"} or named)


def refused_fields(fault: Fault, sent: AbstractSet[str]) -> frozenset[str]:
    """Return those of a request's fields that a server names as such that it does not take; none where it refused it for anything else."""
    is_about_fields = reason_of(fault) == "bad_request" and _REFUSED.search("\n".join((fault.words, *fault.codes)))
    return _named(fault, sent) if is_about_fields else frozenset()
