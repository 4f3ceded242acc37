"""Each library has one home; code that strays is told where it belongs."""

import ast
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
HOMES = {
    "hikari": (
        "gateway.py",
        "bot.py",
        "discord_api/",
        "actors/connection/",
        "actors/courier/actor.py",
        "actors/courier/channel_reader.py",
        "actors/responder/",
        "actors/panel/commands.py",
    ),
    "openai": ("models/",),
    "sqlite3": ("storage/",),
    "sqlite_utils": ("storage/",),
    "argparse": ("cli.py",),
    "dotenv": ("settings.py",),
    "tomllib": ("settings.py",),
    "random": ("sandbox/", "models/access/client.py", "actors/connection/actor.py"),
    "xllamacpp": ("sandbox/",),
    "regex": ("texts/titles.py",),
    "stopwordsiso": ("texts/titles.py",),
}
PURE = (
    "*/core.py",
    "*/*_view.py",
    "*/answer_split.py",
    "*/code_fences.py",
    "*/reply.py",
    "*/gaps.py",
    "*/outbox.py",
    "*/identify_budget.py",
)
IMPURE = {"anyio", "asyncio", "time", "random", "socket", "hikari", "openai", "sqlite3", "os", "pathlib"}


def _sources() -> Iterator[Path]:
    for path in CHECKOUT.rglob("*.py"):
        parts = path.relative_to(CHECKOUT).parts
        if not parts[0].startswith(".") and parts[0] not in ("tests", "build"):
            yield path


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_each_library_has_one_home() -> None:
    """The failure says where the code belongs."""
    strays = [
        f"{path.relative_to(CHECKOUT)} imports {library}, whose home is {' or '.join(homes)}"
        for path in _sources()
        for library, homes in HOMES.items()
        if library in _imports(path) and not path.relative_to(CHECKOUT).as_posix().startswith(homes)
    ]
    assert not strays, "\n".join(strays)


def test_what_decides_and_what_draws_is_pure() -> None:
    """Cores and views know no clock, no I/O, no randomness."""
    checked = [path for pattern in PURE for path in (CHECKOUT / "actors").glob(pattern)]
    assert len(checked) >= len(PURE)
    impure = [f"{path.name} imports {sorted(found)}" for path in checked if (found := _imports(path) & IMPURE)]
    assert not impure, "\n".join(impure)


def test_the_bot_does_not_know_the_sandbox() -> None:
    """The sandbox is a Discord like any other to it."""
    knowing = [
        path.relative_to(CHECKOUT).as_posix()
        for path in _sources()
        if "sandbox" in _imports(path) and path.relative_to(CHECKOUT).parts[0] not in ("sandbox", "cli.py")
    ]
    assert not knowing
