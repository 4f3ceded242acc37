"""The built-in models, held against what the openai package knows: their names, and when OpenAI ends them."""

import datetime as dt
import inspect
import re
from types import ModuleType
from typing import Final, get_args

from openai.types import audio_model, embedding_model, image_model, moderation_model
from openai.types.audio import speech_model
from openai.types.shared import chat_model

from models.openai_models import OPENAI_MODELS

MODULES: Final[tuple[ModuleType, ...]] = (
    audio_model,
    chat_model,
    embedding_model,
    image_model,
    moderation_model,
    speech_model,
)

UNKNOWN: Final = {"gpt-5.3-codex": dt.date(2027, 4, 1)}
"""What OpenAI has and the package does not name, with its end."""

_NOTE: Final = re.compile(r'- ((?:"[^"]+",?\s+)*"[^"]+"):\s+Announced\s+shutdown\s+date:\s+(\d{4}-\d\d-\d\d)')


def names() -> set[str]:
    """Every name of a model that the package has."""
    return {name for module in MODULES for kind in module.__all__ for name in get_args(getattr(module, kind))}


def ends() -> dict[str, dt.date]:
    """When models end, as the notes below the package's types say it."""
    found = dict(UNKNOWN)
    for module in MODULES:
        for named, date in _NOTE.findall(inspect.getsource(module)):
            found |= dict.fromkeys(re.findall(r'"([^"]+)"', named), dt.date.fromisoformat(date))
    return found


def test_each_built_in_model_is_one_that_the_package_names() -> None:
    """A slip of the pen, or a model that is long gone, would be found here."""
    assert {model.name for model in OPENAI_MODELS} - names() == UNKNOWN.keys()


def test_what_is_written_into_the_cache_costs_a_quarter_more_from_gpt_5_6_on() -> None:
    """Models before that have one price for both (OpenAI: Prompt caching)."""
    dearer = {
        model.name: (model.price_in, model.price_cache_write) for model in OPENAI_MODELS if model.price_cache_write
    }
    assert dearer.keys() == {model.name for model in OPENAI_MODELS if model.name.startswith(("gpt-5.6", "gpt-6"))}
    assert all(read is not None and written == read * 1.25 for read, written in dearer.values())


def test_each_built_in_model_ends_when_the_package_says() -> None:
    """No sooner and no later; one without a note goes on."""
    assert {"gpt-4o", "tts-1", "whisper-1"} <= ends().keys()
    assert {model.name: model.shutdown_date for model in OPENAI_MODELS} == {
        model.name: ends().get(model.name) for model in OPENAI_MODELS
    }
