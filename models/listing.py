"""Finds out whether the models' server is there, which models it has, and when they end (OpenAI: API reference, List models).

The models that it lists are offered where the operator named none and the server is not OpenAI's. Whatever goes wrong is one line in the
log, with the address and the cause; nobody waits for it.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

import anyio
import msgspec
import structlog

from backoff import backoff_s
from live import Followed
from models.api_client import REQUEST_ERRORS, ApiClient, cause_of, end_of
from models.catalogue import MODELS_MAX, SERVERS_FIRST, Catalogue
from models.model import KIND_NAMES, Model
from network.proxies import Proxy

log = structlog.get_logger()

ANSWER_S: Final = 20.0
"""The list is there within a second; a server that is asleep may take longer."""
PAUSE_S: Final = 1.0
PAUSE_S_MAX: Final = 60.0
"""The pause before the server is asked for its list again, while nobody can be answered without it."""

DAY_S: Final = 86_400.0

ENDS_SOON: Final = dt.timedelta(days=60)
"""The log names a model that ends within this time: long enough to choose another one."""

_KINDS: Final = (
    ("", re.compile(r"rerank", re.IGNORECASE)),
    ("embedding", re.compile(r"embed|bge-", re.IGNORECASE)),
    ("transcription", re.compile(r"whisper|transcri", re.IGNORECASE)),
    ("speech", re.compile(r"tts", re.IGNORECASE)),
    ("moderation", re.compile(r"moderation|guard", re.IGNORECASE)),
    ("image", re.compile(r"dall-e|image|stable-diffusion|flux", re.IGNORECASE)),
    ("completion", re.compile(r"gpt-3\.5-turbo-instruct|davinci-|babbage-", re.IGNORECASE)),
)
"""What the names of models have in common that do not chat, by their kind; servers list all of their models and say of none what it is
for. The first that fits counts."""

_CONTEXTS: Final = ("max_model_len", "context_length", "context_window", "max_context_length", "max_input_tokens")
"""Where vLLM and SGLang, OpenRouter and Together, Groq, Mistral and LM Studio, and LiteLLM say how much a model reads."""


async def follow_models(models: Followed[Catalogue], *, base_url: str, key: str, proxy: Proxy | None = None) -> None:
    """Have the catalogue know the server's models, and say in the log which of them end soon.

    That is looked at again every day, and for each catalogue that takes the place of the one before.
    """
    said: set[str] = set()
    while True:
        catalogue = models.value
        catalogue.learn_shutdowns({}, _today())  # also where the server does not answer
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_leave_when_changed, models, catalogue, tasks.cancel_scope)
            await find_models(catalogue, base_url=base_url, key=key, proxy=proxy)
            tasks.cancel_scope.cancel()
        for model in catalogue:
            date = model.shutdown_date
            if date is not None and model.name not in said and date - _today() <= ENDS_SOON:
                said.add(model.name)
                log.warning("model.ends", model=model.name, shutdown_date=date.isoformat())
        with anyio.move_on_after(DAY_S):
            await models.changed(catalogue)


async def _leave_when_changed(models: Followed[Catalogue], seen: Catalogue, asking: anyio.CancelScope) -> None:
    """Stop asking for the models of a catalogue in whose place there is another one."""
    await models.changed(seen)
    asking.cancel()


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


async def find_models(catalogue: Catalogue, *, base_url: str, key: str, proxy: Proxy | None = None) -> None:
    """Have the catalogue learn the server's models, where it waits for them: ask until they are known. Else ask once.

    Of models that the catalogue knows it learns when they end, where the server says so.
    """
    api = ApiClient(base_url=base_url, key=key, proxy=proxy)
    failures = 0
    try:
        while not await _found(api, catalogue) and catalogue.is_waiting:
            failures += 1
            await anyio.sleep(backoff_s(failures, first_s=PAUSE_S, max_s=PAUSE_S_MAX))
    finally:
        with anyio.CancelScope(shield=True):
            await api.close()


async def _found(api: ApiClient, catalogue: Catalogue) -> bool:
    """Ask for the list once, and return whether the server gave one."""
    try:
        with anyio.fail_after(ANSWER_S):
            body = await api.get("/models")
        listed = msgspec.json.decode(body)
        models, shutdowns = list(models_in(listed)), shutdowns_in(listed)
    except REQUEST_ERRORS as error:
        log.warning("models.not_listed", address=api.address, cause=end_of(error).reason, error=cause_of(error))
        return False
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        log.warning("models.not_listed", address=api.address, cause="malformed")
        return False
    if not catalogue.is_waiting:
        catalogue.learn_shutdowns(shutdowns, _today())
        return True
    if not any(model.kind == "chat" for model in models):
        log.warning("models.not_listed", address=api.address, cause="the list has no model that chats")
        return False
    catalogue.learn(models)
    log.info("models.listed", address=api.address, count=len(models), default=catalogue.default.shown)
    return True


def names_in(listed: Any) -> list[str]:
    """Return the names of all models of a list, whatever their kind.

    :raises msgspec.ValidationError: it is no list
    """
    return [name for entry in _entries(listed) if (name := _name(entry))]


def _name(entry: Any) -> str:
    details = entry if isinstance(entry, dict) else {"id": entry}
    return next((details[key] for key in ("id", "name", "model") if isinstance(details.get(key), str)), "")


def shutdowns_in(listed: Any) -> dict[str, dt.date]:
    """Return when models of a list end, by their names, of those for which it says that (OpenAI: The model object).

    :raises msgspec.ValidationError: it is no list
    """
    found = {}
    for entry in _entries(listed):
        if isinstance(entry, dict) and isinstance(entry.get("id"), str):
            # A date, or a moment, of which the date counts.
            date = re.match(r"\d{4}-\d\d-\d\d", str(entry.get("shutdown_date")))
            with suppress(ValueError):
                found.update({} if date is None else {entry["id"]: dt.date.fromisoformat(date[0])})
    return found


def _entries(listed: Any) -> list[Any]:
    entries = listed.get("data", listed.get("models")) if isinstance(listed, dict) else listed
    if not isinstance(entries, list):
        raise msgspec.ValidationError("it is no list")
    return entries


def _vision_of(details: Mapping[str, Any]) -> bool | None:
    """Return whether a model sees pictures, where OpenRouter, Mistral or Moonshot says it of theirs; else None."""
    match details:
        case {"architecture": {"input_modalities": [*modalities]}}:
            return "image" in modalities
        case {"capabilities": {"vision": bool(vision)}} | {"supports_image_in": bool(vision)}:
            return vision
    return None


def models_in(listed: Any) -> Iterator[Model]:
    """Yield the models of a list, at most `MODELS_MAX`, each once.

    What has no proper name is left out, and so are kinds of models that nothing here asks.

    :raises msgspec.ValidationError: it is no list
    """
    seen = {SERVERS_FIRST}  # the name of one that is no model of the server's
    for entry in _entries(listed):
        details = entry if isinstance(entry, dict) else {}
        name = _name(entry)
        kind = next((kind for kind, pattern in _KINDS if pattern.search(name)), "chat")
        if name in seen or kind not in KIND_NAMES or len(seen) > MODELS_MAX:
            continue
        seen.add(name)
        context = next((details[key] for key in _CONTEXTS if isinstance(details.get(key), int)), 0)
        try:
            yield Model.listed(name, context, kind, vision=_vision_of(details) if kind in ("chat", "code") else None)
        except ValueError:
            continue
