"""What is asked and what the model answers: each question has a word of its own, so every text tells whose it is. Pure."""

import random
import re
from typing import Final, NamedTuple

from tests.rig.model import ModelRequest
from tests.rig.model.audio import SPEECH, TRANSCRIPTIONS
from tests.rig.model.embeddings import EMBEDDINGS
from tests.rig.model.moderations import MODERATIONS

ASKED: Final = re.compile(
    r"Tell me of (K\d+x\d{5}), edition (\d+), (?:in (\d) parts?|as a program)((?:, and slay it|, and bluntly)?)"
)
CANARY: Final = re.compile(r"K\d+x\d{5}", re.IGNORECASE)
CONTINUE: Final = "Continue exactly where your last answer stopped."

CHARS: Final = {1: (40, 1500), 2: (2400, 3300), 3: (4300, 5200), 4: (6200, 7000)}
"""How long an answer of so many Discord messages is."""

PROGRAM: Final = 0
"""The number of parts of an answer that is a program."""

SLAYS: Final = ", and slay it"
BLUNTLY: Final = ", and bluntly"
"""How questions end of which the moderation flags the question, or only the answer."""

FLAGGED: Final = re.compile("slay|loathe")
"""What the moderation flags."""

GOES_ON: Final = "Going on"

HEARD: Final = "> 🎙️ "
"""How the line begins that says what was heard in a recording."""


class Wish(NamedTuple):
    """What somebody asks for; another edition is what they change it to."""

    word: str
    edition: int
    parts: int
    manner: str = ""
    """`SLAYS`, `BLUNTLY`, or nothing."""


_WORDS: Final = [
    "comet",
    "ice",
    "dust",
    "tail",
    "orbit",
    "sun",
    "far",
    "cold",
    "slow",
    "bright",
    "night",
    "sky",
    "ring",
    "moon",
    "wind",
    "star",
    "light",
    "path",
    "old",
    "new",
]


def canary(worker: int, number: int) -> str:
    """A word that stands in one question, its answer, and nowhere else."""
    return f"K{worker}x{number:05}"


def question(wish: Wish) -> str:
    """What a person writes."""
    shape = "as a program" if wish.parts == PROGRAM else f"in {wish.parts} part{'s' if wish.parts > 1 else ''}"
    return f"Tell me of {wish.word}, edition {wish.edition}, {shape}{wish.manner}"


def asked_in(text: str) -> Wish | None:
    """The wish in a text, if it has one: the last, for what somebody replies to stands before it."""
    found = [*ASKED.finditer(text)][-1:]
    return Wish(found[0][1], int(found[0][2]), int(found[0][3] or PROGRAM), found[0][4]) if found else None


def answer(wish: Wish) -> str:
    """The model's whole answer: paragraphs, lists, code in fences; always the same for the same question."""
    word, edition = wish.word, wish.edition
    rng = random.Random(f"{word}/{edition}")
    blocks = [f"{word} in edition {edition}."]
    if wish.parts == PROGRAM:
        blocks.append(f"```python\n{program(wish)}```")
    wanted = rng.randint(*CHARS[max(1, wish.parts)])
    while sum(map(len, blocks)) < wanted:
        blocks.append(_block(rng, word, len(blocks)))
    if wish.manner == BLUNTLY:
        blocks.insert(rng.randrange(1, len(blocks) + 1), f"I loathe {word}.")
    return "\n\n".join(blocks)


def program(wish: Wish) -> str:
    """The program in an answer: longer than a message."""
    rng = random.Random(f"{wish.word}/{wish.edition}/program")
    return "".join(f"{rng.choice(_WORDS)}_{line} = {wish.word!r}\n" for line in range(rng.randint(120, 200)))


def _block(rng: random.Random, word: str, number: int) -> str:
    kind = rng.random()
    if kind < 0.2:
        lines = [f"{rng.choice(_WORDS)}_{line} = {word!r}  # {number}" for line in range(rng.randint(2, 12))]
        return "\n".join(["```python", *lines, "```"])
    if kind < 0.4:
        return "\n".join(f"- {_sentence(rng, 8)} {word} {number}.{line}" for line in range(rng.randint(2, 6)))
    return f"{word} {number}: " + " ".join(_sentence(rng, rng.randint(4, 14)) for _ in range(rng.randint(1, 6)))


def _sentence(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(_WORDS, k=words)).capitalize() + "."


def continuation(wish: Wish) -> str:
    """What the model says when it is asked to go on: nothing else has a G, so its beginning is always found."""
    rng = random.Random(f"{wish.word}/{wish.edition}/continued")
    return f"{GOES_ON} with {wish.word}. " + " ".join(_sentence(rng, 9) for _ in range(rng.randint(3, 30)))


def reply(request: ModelRequest) -> str:
    """What the model answers to a request: the same question, the same answer; of a recording, what is said in it."""
    if request.path == TRANSCRIPTIONS:
        return said_in(request)
    if request.path in {EMBEDDINGS, MODERATIONS}:
        return ""
    if request.text == CONTINUE:
        asked = [found for role, text in request.dialogue if role == "user" and (found := asked_in(said(text)))][-1:]
        return continuation(asked[0]) if asked else "There is nothing to continue."
    found = asked_in(request.text)
    return answer(found) if found else "I do not know that question."


def said(text: str) -> str:
    """Return what a person wrote themselves: what it replies to stands in lines of its own before it."""
    return text.rsplit("\n", 1)[-1]


def said_in(request: ModelRequest) -> str:
    """What is said in the recording of a request: it stands behind the recording's end, where nobody who plays it looks."""
    found = ASKED.search(request.files[0].content.decode("latin-1"))
    return "" if found is None else found[0]


def word_of(request: ModelRequest) -> str | None:
    """The word of the question that a request is about: the last that a user said; of what is read aloud, the word in it."""
    if request.path == SPEECH:
        found = CANARY.search(str(request.body.get("input")))
        return found[0] if found else None
    texts = [text for role, text in request.dialogue if role == "user"] or [request.text]
    if request.path == TRANSCRIPTIONS:
        texts = [said_in(request)]
    wishes = [wish for text in texts if (wish := asked_in(text))]
    return wishes[-1].word if wishes else None


def is_of(told: str, wish: Wish) -> bool:
    """Whether this is the beginning of a question's answer, then any number of continuations' beginnings."""
    first, *more = bare(told).split(bare(GOES_ON))
    goes_on = bare(continuation(wish)).removeprefix(bare(GOES_ON))
    return bare(answer(wish)).startswith(first) and all(goes_on.startswith(one) for one in more)


def bare(text: str) -> str:
    """A text without what its cutting into messages may change: white space, and the fences of code.

    A text that was stopped may end amid a fence.
    """
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("```")]
    return "".join("".join(lines).replace("`", "").split())


def without_sentences(text: str) -> str:
    """Return a message's text without the small lines below it, and without what was heard, above it."""
    return "\n".join(line for line in text.splitlines() if not line.startswith(("-# ", HEARD)))


def without_quote(text: str) -> str:
    """Return a message's text without what was heard."""
    return "\n".join(line for line in text.splitlines() if not line.startswith(HEARD)).lstrip()
