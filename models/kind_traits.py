"""What the models of one kind have in common: the table that says which kinds there are. Pure.

`models/kinds.py` has the class that asks the models of each kind; it loads the network's libraries, which whoever only reads the
catalogue does not need.
"""

from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct

from texts.keys import PanelKey

Api = Literal["responses", "chat_completions", "completions"]
"""The APIs by which models are asked that answer with text. The first two are for dialogues; some servers have only one of them."""


class KindTraits(Struct, frozen=True, kw_only=True):
    """What holds for every model of a kind.

    `label` is what people read for the kind. `context_tokens` is how much a model reads, where the catalogue does not say.
    """

    label: PanelKey
    context_tokens: int
    system_message: bool = False
    """Whether its models can have a system message."""
    starts: bool = False
    """Whether new sessions may start with one of its models: it answers what people write, with a text or a picture."""
    dialogue: bool = False
    """Whether a question is asked with what was said before it; else each question stands alone."""
    changes: bool = False
    """Whether a question is asked with the session's last picture, which it is to change."""
    compares: bool = False
    """Whether a question is compared with the session's other ones, whose vectors are kept."""
    apis: tuple[Api, ...] = ()
    """The APIs of its models, of which the catalogue may choose; the first is asked where it does not."""
    sees: bool = False
    """Whether its models take pictures, so far as anybody knows before one is asked."""
    hears: bool = False
    """Whether its models take audio; for others, what is said in it becomes text first."""
    keys: frozenset[str] = frozenset()
    """Which of `KEYS_OF_KINDS` its models may have in the catalogue."""


_WRITING: Final = frozenset({"output_tokens"})
_SEEING: Final = frozenset({"vision"})
_REASONING: Final = frozenset({"reasoning_tokens", "reasoning_summary", "efforts"})
_SPEAKING: Final = frozenset({"voice"})

_DRAWING: Final = frozenset({"sizes", "qualities"})

KIND_TRAITS: Final[Mapping[str, KindTraits]] = {
    "chat": KindTraits(
        label="kind.chat",
        context_tokens=128_000,
        system_message=True,
        starts=True,
        dialogue=True,
        apis=("responses", "chat_completions"),
        keys=_WRITING | _SEEING | _REASONING,
    ),
    "code": KindTraits(
        label="kind.code",
        context_tokens=128_000,
        system_message=True,
        starts=True,
        dialogue=True,
        apis=("responses",),
        keys=_WRITING | _SEEING | _REASONING,
    ),
    "completion": KindTraits(
        label="kind.completion", context_tokens=4_096, starts=True, dialogue=True, apis=("completions",), keys=_WRITING
    ),
    "image": KindTraits(
        label="kind.image", context_tokens=32_000, starts=True, changes=True, sees=True, keys=_DRAWING | _WRITING
    ),
    "transcription": KindTraits(label="kind.transcription", context_tokens=16_000, hears=True),
    "speech": KindTraits(label="kind.speech", context_tokens=4_096, keys=_SPEAKING),
    "embedding": KindTraits(label="kind.embedding", context_tokens=8_192, compares=True),
    "moderation": KindTraits(label="kind.moderation", context_tokens=128_000, sees=True),
}
"""The kinds by their names in the catalogue, in the order in which menus group them."""

KEYS_OF_KINDS: Final = _WRITING | _SEEING | _REASONING | _DRAWING | _SPEAKING
"""The keys of a model's table that only some kinds have. With a model of another kind they would do nothing."""
