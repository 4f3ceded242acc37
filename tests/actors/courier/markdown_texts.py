"""Random Markdown, as models write it and worse, from a seed."""

import random
from collections.abc import Callable
from typing import Final

WORDS: Final = (
    "the", "answer", "**bold**", "`code`", "naïve", "e\u0301te\u0301", "Zürich", "日本語です。", "नमस्ते", "ไม่เป็นไร", "한국어",
    "שלום", "مرحبا\u200f", "👩‍👩‍👧‍👦", "🇩🇪🇫🇷", "👍🏽", "1️⃣", "❤️", "<@123456789012345678>", "<:party:123456789012345678>",
    "<t:1700000000:R>", "</user settings:123456789012345678>", "https://example.org/a_b?c=d&e=f", "x < y", "\\*", "~~gone~~",
    "end.", "Really?", "a```b", "#", "-", ">",
)  # fmt: skip
TOKENS: Final = tuple(word for word in WORDS if word.startswith("<"))
CLUSTERS: Final = ("👩‍👩‍👧‍👦", "🇩🇪", "🇫🇷", "👍🏽", "1️⃣", "❤️", "e\u0301", "नमस्ते"[3:], "म", "ไม่")
TAGS: Final = ("", "python", "c++", "js title=a.js", "x" * 45)


def sentence(rng: random.Random, words: int) -> str:
    return " ".join(rng.choice(WORDS[:-3]) for _ in range(rng.randint(1, words)))


def paragraph(rng: random.Random) -> str:
    return "\n".join(sentence(rng, 40) for _ in range(rng.randint(1, 4)))


def code(rng: random.Random) -> str:
    mark = rng.choice("`~") * rng.choice((3, 3, 3, 4, 6))
    indent = rng.choice(("", "", "  ", "    "))
    inner = rng.choice(("", "", mark[:-1], ("~" if mark[0] == "`" else "`") * 3 + "sh", mark + "x"))
    lines = [rng.choice(("    ", "\t", "")) + sentence(rng, 12) for _ in range(rng.randint(0, 60))]
    lines += [""] * rng.randint(0, 3) + ([inner] if inner else [])
    rng.shuffle(lines)
    closing = [mark + rng.choice(("", "", mark[0]))] if rng.random() < 0.9 else []
    return "\n".join(indent + line for line in [mark + rng.choice(TAGS), *lines, *closing])


def nested_list(rng: random.Random) -> str:
    return "\n".join(
        "  " * rng.randint(0, 4) + rng.choice(("- ", "1. ")) + sentence(rng, 12) for _ in range(rng.randint(1, 30))
    )


def table(rng: random.Random) -> str:
    row = "| " + " | ".join(sentence(rng, 3) for _ in range(4)) + " |"
    return "\n".join([row, "|---|---|---|---|"] + [row] * rng.randint(1, 20))


def unbroken(rng: random.Random) -> str:
    kind: tuple[str, ...] = rng.choice(
        (("x", "y"), CLUSTERS, ("日", "本", "。"), TOKENS, ("`", "```"), ("*", "\\", "~"))
    )
    return "".join(rng.choice(kind) for _ in range(rng.randint(1, 1500)))


def spaces(rng: random.Random) -> str:
    return "".join(rng.choice(" \n\t\u00a0\r") for _ in range(rng.randint(1, 200)))


def quote(rng: random.Random) -> str:
    return "\n".join("> " + sentence(rng, 20) for _ in range(rng.randint(1, 8)))


BLOCKS: Final[tuple[Callable[[random.Random], str], ...]] = (
    paragraph, paragraph, code, code, nested_list, table, unbroken, spaces, quote,
)  # fmt: skip


def random_markdown(seed: int) -> str:
    rng = random.Random(seed)
    text = ""
    for _ in range(rng.randint(1, 8)):
        text += rng.choice(BLOCKS)(rng) + rng.choice(("\n\n", "\n\n", "\n", " ", ""))
    return text
