"""The kind `code`: has a model that writes code answer a dialogue. Such models have the Responses API only (OpenAI: Models, Codex).

The answer is that of a chat. What is longer than a Discord message comes as a file too, since code in several messages is hard to copy.
"""

import itertools
import re
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Final

from msgspec.structs import replace

from current import Current
from files.folder import Folder
from messages.files import File
from messages.turn import TurnTaken
from models.api_client import ApiClient
from models.chat import FORMS
from models.events import StreamEvent, StreamFinished, TextDropped
from models.listener import USUAL_THINKING
from models.model import Model
from models.prompt import prompt
from models.text_streams import TextStreams

MESSAGE_CHARS: Final = 2_000
"""A block of code that has more code points, with its fences, does not fit into one message (Discord: Create Message, content)."""

FILES_MAX: Final = 10
"""One message has at most so many files (Discord: Create Message, files)."""

_FENCE: Final = re.compile(r"(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<language>[^\s`]*)[^`]*")
"""The line that begins a block of code (CommonMark: Fenced code blocks). In a list it is indented, and so is the code."""

_ENDINGS: Final = {
    "bash": "sh",
    "c#": "cs",
    "c++": "cpp",
    "clojure": "clj",
    "csharp": "cs",
    "dockerfile": "dockerfile",
    "elixir": "ex",
    "erlang": "erl",
    "fsharp": "fs",
    "golang": "go",
    "haskell": "hs",
    "javascript": "js",
    "julia": "jl",
    "kotlin": "kt",
    "make": "mk",
    "makefile": "mk",
    "markdown": "md",
    "matlab": "m",
    "objective-c": "m",
    "ocaml": "ml",
    "perl": "pl",
    "powershell": "ps1",
    "python": "py",
    "python3": "py",
    "ruby": "rb",
    "rust": "rs",
    "shell": "sh",
    "terraform": "tf",
    "typescript": "ts",
    "visualbasic": "vb",
    "yaml": "yml",
    "zsh": "sh",
}
"""The endings of files in languages that are not called like their files."""

_SAME: Final = re.compile(
    r"asm|awk|bat|c|cc|clj|cpp|cs|css|csv|cxx|dart|diff|erl|ex|fs|go|gradle|graphql|groovy|h|hpp|hs|html|ini|java|jl|js|json|jsx|kt"
    r"|latex|less|lua|md|ml|nim|patch|php|pl|proto|ps1|py|r|rb|rs|sass|scala|scss|sh|sol|sql|svelte|svg|swift|tex|tf|toml|ts|tsx"
    r"|vb|vue|xml|yml|zig"
)
"""Languages that are called like the endings of their files."""


def code_files(text: str) -> tuple[File, ...]:
    """Return the blocks of code in a text that do not fit into a message as files, at most `FILES_MAX`, in their order.

    A block that the text breaks off in is none of them: half a program is no file.
    """
    found = list(itertools.islice(_blocks(text), FILES_MAX))
    several = Counter(ending for ending, _ in found)
    numbers: Counter[str] = Counter()
    files = []
    for ending, code in found:
        numbers[ending] += 1
        name = f"code-{numbers[ending]}.{ending}" if several[ending] > 1 else f"code.{ending}"
        files.append(File(name=name, content=code.encode("utf-8", "replace")))
    return tuple(files)


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yield each block that is long enough: the ending of its file, and the code."""
    lines = iter(text.split("\n"))
    for line in lines:
        begun = _FENCE.fullmatch(line)
        if begun is None:
            continue
        code: list[str] = []
        for inner in lines:
            if _ends(inner, begun["fence"], len(begun["indent"])):
                whole = "\n".join((line, *code, inner))
                if len(whole) > MESSAGE_CHARS:
                    yield _ending(begun["language"]), "".join(f"{one.removeprefix(begun['indent'])}\n" for one in code)
                break
            code.append(inner)


def _ends(line: str, fence: str, indent: int) -> bool:
    """Whether a line ends the block of code that began with this fence, which was indented by so many characters."""
    bare = line.strip()
    is_deeper = len(line) - len(line.lstrip()) > indent + 3
    return not is_deeper and len(bare) >= len(fence) and set(bare) == {fence[0]}


def _ending(language: str) -> str:
    language = language.lower()
    return language if _SAME.fullmatch(language) else _ENDINGS.get(language, "txt")


class Code:
    """Asks models for code, for the life of the process."""

    def __init__(
        self, api: ApiClient, *, files: Folder | None = None, thinking_s: Current[float] = USUAL_THINKING
    ) -> None:
        """Be ready to ask; `TextStreams` says what is given to it."""
        self._streams = TextStreams(api, {"responses": FORMS["responses"]}, files=files, thinking_s=thinking_s)

    async def stream(self, turn: TurnTaken, model: Model) -> AsyncGenerator[StreamEvent, None]:
        """Yield the answer in pieces, then how it ended with the files of it, as `models.kind.Kind.stream` promises."""
        stream = self._streams.stream(turn, model, prompt)
        del turn  # a thousand histories are not held while their answers stream
        said: list[str] = []
        async with aclosing(stream) as events:
            async for event in events:
                if isinstance(event, str):
                    said.append(event)
                elif isinstance(event, TextDropped):
                    said.clear()
                if isinstance(event, StreamFinished):
                    yield replace(event, files=(*event.files, *code_files("".join(said))))
                else:
                    yield event
