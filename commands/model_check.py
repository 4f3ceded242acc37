"""Asks the models' server for its list, for `causerie check`: whether it takes the key, has the models, and ends some of them soon."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

import anyio
import msgspec

from commands.finding import Finding, listed
from messages.turn import Reason
from models.address import is_openai
from models.api_client import REQUEST_ERRORS, ApiClient, cause_of, end_of
from models.listing import ENDS_SOON, models_in, names_in, shutdowns_in
from settings.settings import Settings

ANSWER_S: Final = 20.0
"""The list is there within a second; a server that is asleep may take longer."""

_KEY: Final = "Copy OPENAI_API_KEY again into .env, from the pages of whoever runs this server."

_REMEDIES: Final[dict[Reason, str]] = {
    "wrong_key": f"it refuses the key. {_KEY}",
    "not_verified": f"it refuses this key's organisation. {_KEY}",
    "quota_exhausted": "the account behind the key has nothing left. Look at its billing.",
    "rate_limited": "it allows no more requests now. Try again in a minute.",
    "wrong_address": "it has no list of models there. Is OPENAI_BASE_URL right? It mostly ends with /v1.",
    "server_error": "it has an error of its own. Try again later.",
    "first_text_late": f"it does not answer within {ANSWER_S:g} seconds. Is OPENAI_BASE_URL right, and the server awake?",
}


async def check_models(settings: Settings, today: dt.date, found: list[Finding]) -> None:
    """Add what there is to say of the server that `OPENAI_BASE_URL` names, and of the models, to `found`."""
    found.extend(await _asked(settings, today))


async def _asked(settings: Settings, today: dt.date) -> list[Finding]:
    address = settings.openai_base_url
    api = ApiClient(base_url=address, key=settings.openai_api_key, proxy=settings.proxies.for_url(address))
    try:
        with anyio.fail_after(ANSWER_S):
            body = await api.get("/models")
        answer = msgspec.json.decode(body)
        names, shutdowns = names_in(answer), shutdowns_in(answer)
    except REQUEST_ERRORS as error:
        return [_refusal(settings, api.address, error)]
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return [Finding("wrong", "models", f"{api.address} answers with no list of models. Is OPENAI_BASE_URL right?")]
    finally:
        with anyio.CancelScope(shield=True):
            await api.close()
    key = "takes the key" if settings.openai_api_key else "asks for no key"
    server = Finding("ok", "server", f"{api.address} answers, and {key}.")
    if settings.catalogue.is_waiting:
        return [server, _of_servers(answer)]
    settings.catalogue.learn_shutdowns(shutdowns, today)
    return [server, *_of_catalogue(settings, names, today)]


def _refusal(settings: Settings, address: str, error: Exception) -> Finding:
    reason = end_of(error).reason
    if reason == "wrong_key" and not settings.openai_api_key:
        return Finding("wrong", "server", f"{address} wants a key. Put OPENAI_API_KEY into .env.")
    if reason == "wrong_address" and not settings.catalogue.is_waiting:
        return Finding("look", "server", f"{address} answers, but {_REMEDIES[reason]}")
    said = _REMEDIES.get(reason)
    if reason == "unreachable":
        said = f"it does not answer ({cause_of(error)}). Is OPENAI_BASE_URL right, and the server running?"
    elif said is None:
        said = f"it answers with an error ({reason}). Is OPENAI_BASE_URL right?"
    return Finding("wrong", "server", f"{address}: {said}")


def _of_servers(answer: Any) -> Finding:
    """Return the line about a server whose own models are offered, because the operator named none."""
    chatting = [model.name for model in models_in(answer) if model.kind == "chat"]
    if not chatting:
        said = "none of the server's models chats. Load one, or name one under [[models]] in CAUSERIE_CONFIG."
        return Finding("wrong", "models", said)
    return Finding("ok", "models", f"the server's are offered, {chatting[0]} first: {listed(chatting)}.")


def _of_catalogue(settings: Settings, names: list[str], today: dt.date) -> Iterator[Finding]:
    address, catalogue = settings.openai_base_url, settings.catalogue
    # llama.cpp has one model and takes every name for it; who has several has to be told which one.
    is_strict = is_openai(address) or len(names) > 1
    fine = []
    wanted = [model.name for model in catalogue]
    judge = settings.gate_rules.model
    if settings.gate_rules.is_on and judge not in wanted:
        wanted.append(judge)
    for name in wanted:
        model = catalogue.get(name)
        ends = None if model is None else model.shutdown_date
        if not _is_listed(name, names):
            remedy = f"It has: {listed(names)}." if names else "Its list is empty."
            said = f"'{name}' is not in the server's list. Change or remove it under [[models]] in CAUSERIE_CONFIG. {remedy}"
            yield Finding("wrong" if is_strict else "look", "models", said)
        elif ends is not None and ends <= today:
            yield Finding("look", "models", f"'{name}' has ended on {ends}, and is no longer offered. Remove it.")
        elif ends is not None and ends - today <= ENDS_SOON:
            yield Finding("look", "models", f"'{name}' ends on {ends}. Choose another one before.")
        else:
            fine.append(name)
    if fine:
        default = catalogue.default.name
        of = "" if len(fine) == len(wanted) else f" of {len(wanted)}"
        yield Finding("ok", "models", f"{len(fine)}{of} are there; new sessions start with {default}: {listed(fine)}.")


def _is_listed(name: str, names: list[str]) -> bool:
    """Return whether a server has a model: Ollama lists the tag that may be left away, and Gemini a word before the name."""
    return bool({name, f"{name}:latest", f"models/{name}"} & set(names))
