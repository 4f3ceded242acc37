"""The tree is a picture of rooms: which room may import which, where each library lives, and what is pure.

Everything is found by folder and by name. An import counts wherever it stands: at the top of a file, inside a function or
under `if TYPE_CHECKING`. Each failure says where the code belongs.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).parents[1]

# A room is a folder, a folder of folders ("actors/*": each actor) or a file at the root. `ARCHITECTURE.md` draws them.
# What stands below a room in this table may import it; nothing above it may.
_GROUND: Final = ("backoff", "network", "current", "live")
_WORDS: Final = ("messages", "texts")
_FLOOR: Final = (*_WORDS, *_GROUND, "files", "models", "models/access", "storage", "discord_api")
MAY_IMPORT: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(_GROUND, ()),
    "messages": (),
    "texts": ("messages",),
    "files": ("messages", "texts"),
    "models": (*_WORDS, *_GROUND, "files"),
    "models/access": (*_WORDS, *_GROUND, "files", "models"),
    "storage": ("messages", "texts", "backoff"),
    "discord_api": (*_WORDS, *_GROUND, "files"),
    "actors": ("messages", "texts", "backoff", "storage", "files"),
    "actors/*": (*_FLOOR, "actors"),
    "service": ("actors",),
    "settings": ("messages", "models", "storage", "network"),
    "telemetry": ("messages",),
    "open_data": ("settings", "storage", "files"),
    "supervisor_effects": ("messages", "actors"),
    "supervisor_recovery": ("messages",),
    "supervisor_core": ("messages", "current", "actors", "supervisor_effects", "supervisor_recovery"),
    "supervisor": (*_FLOOR, "actors", "actors/*", "supervisor_core", "supervisor_effects"),
    "gateway": (*_FLOOR, "actors", "actors/*", "settings"),
    "assembly": (*_FLOOR, "actors", "actors/*", "settings", "supervisor"),
    "reloader": ("messages", "live", "actors", "service", "settings", "storage"),
    "registrar": (*_FLOOR, "actors", "actors/*", "settings"),
    "bot": (
        *_FLOOR,
        "service",
        "telemetry",
        "actors",
        "actors/*",
        "settings",
        "open_data",
        "supervisor",
        "assembly",
        "gateway",
        "reloader",
        "registrar",
    ),
    "commands": (*_FLOOR, "actors/*", "service", "settings", "open_data"),
    "requirements": (),  # the first start's installer, which runs before anything is there
    "deploy": (),
    "sandbox": (),
    "command_line": (),
    "cli": ("command_line", "network", "service", "bot", "commands", "settings", "open_data", "sandbox"),
}

# Where a library may be imported: rooms, or names of files in them. "*" is everywhere.
HOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "anyio": ("*",),
    "msgspec": ("*",),
    "structlog": ("*",),
    "hikari": (
        "assembly.py",
        "gateway.py",
        "bot.py",
        "registrar.py",
        "discord_api/*",
        "actors/connection/*",
        "actors/courier/*",
        "actors/responder/*",
        "actors/panel/commands.py",
    ),
    "aiohttp": (
        "registrar.py",
        "discord_api/*",
        "actors/courier/*",
        "actors/responder/*",
        "models/*",
        "telemetry/endpoint.py",
        "sandbox/*",
    ),
    "openai": ("models/*",),
    "httpx2": ("models/*",),
    "sqlite3": ("storage/*", "sandbox/behind.py"),
    "sqlite_utils": ("storage/*",),
    "fcntl": ("storage/*", "files/parser.py"),
    "argparse": ("cli.py", "command_line.py", "commands/dispatch.py"),
    "getpass": ("commands/init.py",),
    "logging": ("service/logs.py", "files/parser.py", "commands/check.py"),
    "signal": ("service/signals.py", "files/parser.py", "sandbox/*"),
    "dotenv": ("settings/*",),
    "platformdirs": ("settings/places.py",),
    "tomllib": ("settings/*", "commands/program_files.py"),
    "ssl": ("network/tls.py",),
    "socket": ("service/systemd.py", "sandbox/*"),
    "random": ("assembly.py", "models/access/*", "actors/connection/*", "sandbox/*"),
    "regex": ("texts/*",),
    "stopwordsiso": ("texts/*",),
    "uvloop": ("bot.py",),
    "prometheus_client": ("telemetry/*", "sandbox/figures.py"),
    "opentelemetry": ("telemetry/traces.py",),
    "filetype": ("files/*",),
    "imagesize": ("files/*",),
    "tinytag": ("files/*",),
    "pypdf": ("files/parser.py",),
    "docx": ("files/parser.py",),
    "charset_normalizer": ("files/documents.py",),
    "xllamacpp": ("sandbox/*",),
    "PIL": ("sandbox/*",),
    "backports": ("sandbox/*",),
    "compression": ("sandbox/*",),
}

# Pure by name. Beyond these, each file of an actor or of the models is pure that waits for nothing: see `_is_pure`.
PURE: Final = ("messages/*", "texts/*", "*/core.py", "*_core.py", "*_view.py", "backoff.py")
CLOCKS_IO_AND_RANDOMNESS: Final = {
    *("time", "random", "secrets", "uuid"),
    *("anyio", "asyncio", "threading", "subprocess", "signal", "select", "selectors"),
    *("socket", "ssl", "http", "urllib", "aiohttp", "httpx2", "hikari", "openai"),
    *("os", "io", "pathlib", "shutil", "tempfile", "fcntl", "sqlite3", "sqlite_utils"),
    *("logging", "structlog", "sys"),
}
IMPURE_CALLS: Final = {"open", "print", "input", "now", "today", "utcnow"}


@cache
def _modules() -> Mapping[str, Path]:
    """Return every module of the tree, tests included, with its file."""
    found = {}
    for path in CHECKOUT.rglob("*.py"):
        parts = path.relative_to(CHECKOUT).with_suffix("").parts
        if not parts[0].startswith(".") and parts[0] != "build":
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(_modules()[module].read_text())


@cache
def _imports(module: str) -> frozenset[str]:
    """Return what a module imports, as modules of ours where they are, else as the library says it."""
    found = set()
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{_where(module)} imports relatively; write {module.partition('.')[0]}… in full"
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inside & _modules().keys()) or {str(node.module)}
            if not inside <= _modules().keys():
                found.add(str(node.module))
    return frozenset(found)


def _ours(module: str) -> Iterator[str]:
    yield from sorted(name for name in _imports(module) if name in _modules())


def _libraries(module: str) -> set[str]:
    return {name.partition(".")[0] for name in _imports(module) if name not in _modules()}


def _where(module: str) -> str:
    return _modules()[module].relative_to(CHECKOUT).as_posix()


def _room(module: str) -> str:
    """Return the room of a module; an actor's is its own folder, such as `actors/panel`."""
    first, *rest = _where(module).removesuffix(".py").split("/")
    depth = 2 if first == "actors" or f"{first}/{rest[0] if rest else ''}" in MAY_IMPORT else 1
    return "/".join([first, *rest[:-1]][:depth]) if rest else first


def _kind(room: str) -> str:
    """Return a room's row in the table: all actors have one row."""
    return "actors/*" if room.startswith("actors/") else room


def _bot_and_sandbox() -> Iterator[str]:
    yield from (module for module in sorted(_modules()) if _room(module) != "tests")


def test_each_room_imports_only_the_rooms_that_the_picture_allows() -> None:
    """A new file at the root or a new folder needs a row in the table first."""
    wrong = []
    for module in _bot_and_sandbox():
        room = _room(module)
        if _kind(room) not in MAY_IMPORT:
            wrong.append(
                f"{_where(module)} is in no room: move it into one of them, or give {room} a row in MAY_IMPORT"
            )
            continue
        allowed = {"tests", "sandbox", _kind(room), *MAY_IMPORT[_kind(room)]}  # these have tests of their own below
        for used in _ours(module):
            if _kind(other := _room(used)) not in allowed:
                rooms = ", ".join(MAY_IMPORT[_kind(room)]) or "no other room"
                above = (
                    ", ".join(name for name, below in MAY_IMPORT.items() if _kind(other) in below) or "no room at all"
                )
                wrong.append(
                    f"{_where(module)} imports {used}, but {room} may import {rooms}: what {room} needs of it belongs there. "
                    f"Code that needs {other} belongs in {above}"
                )
    assert not wrong, "\n".join(wrong)


def test_no_actor_imports_another_actors_folder() -> None:
    """Actors share messages, and the files that stand in `actors/` itself."""
    wrong = [
        f"{_where(module)} imports {used}: tell {_room(used)} by a message, or move what both need to messages/, "
        "discord_api/ or, when it concerns every actor, to actors/"
        for module in _bot_and_sandbox()
        for used in _ours(module)
        if _room(module).startswith("actors/") and _room(used).startswith("actors/") and _room(used) != _room(module)
    ]
    assert not wrong, "\n".join(wrong)


def test_only_tests_import_tests() -> None:
    """An installed bot has none."""
    wrong = [
        f"{_where(module)} imports {used}: what the bot or the sandbox needs belongs in their folders; tests import it there"
        for module in _bot_and_sandbox()
        for used in _ours(module)
        if _room(used) == "tests"
    ]
    assert not wrong, "\n".join(wrong)


def test_the_bot_does_not_know_the_sandbox() -> None:
    """The sandbox is a Discord like any other to it. Only the command line starts both."""
    wrong = [
        f"{_where(module)} imports {used}: only cli.py starts the sandbox; what both need is Discord's own protocol"
        for module in _bot_and_sandbox()
        for used in _ours(module)
        if _room(used) == "sandbox" and _room(module) not in ("sandbox", "cli")
    ]
    assert not wrong, "\n".join(wrong)


def test_no_modules_import_each_other_in_a_circle() -> None:
    """The failure names one way around."""
    done: set[str] = set()

    def circle_from(module: str, way: tuple[str, ...]) -> tuple[str, ...]:
        if module in way:
            return (*way[way.index(module) :], module)
        if module in done:
            return ()
        for used in _ours(module):
            if circle := circle_from(used, (*way, module)):
                return circle
        done.add(module)
        return ()

    for module in sorted(_modules()):
        circle = circle_from(module, ())
        assert not circle, f"{' → '.join(circle)}: what both ends need belongs in a module of its own below them"


def test_each_library_has_one_home() -> None:
    """A library of others that is new needs a row in the table first."""
    wrong = []
    for module in _bot_and_sandbox():
        for library in sorted(_libraries(module)):
            if library not in HOMES and library not in sys.stdlib_module_names:
                wrong.append(f"{_where(module)} imports {library}, which has no home: give it a row in HOMES")
            elif not any(fnmatch(_where(module), home) for home in HOMES.get(library, ("*",))):
                wrong.append(f"{_where(module)} imports {library}, whose home is {' or '.join(HOMES[library])}")
    assert not wrong, "\n".join(wrong)


def _is_pure(module: str) -> bool:
    """Return whether a module has to be pure.

    That is said by its name, or, for a file of an actor or of the models, by what it does: it defines nothing that waits,
    and speaks to no library of the world outside, and to no server of models.
    """
    where = _where(module)
    if any(fnmatch(where, pattern) for pattern in PURE):
        return True
    if not fnmatch(where, "actors/*/*.py") and not fnmatch(where, "models/*.py"):
        return False
    waits = any(isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor) for node in ast.walk(_tree(module)))
    return not waits and not _libraries(module) & {"hikari", "openai"} and "models.api_client" not in _ours(module)


def _impurities(module: str) -> Iterator[str]:
    imported = {name.partition(".")[0] for name in _imports(module) - {"urllib.parse"}}  # that one only splits texts
    yield from sorted(f"imports {library}" for library in imported & CLOCKS_IO_AND_RANDOMNESS)
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in IMPURE_CALLS:
                yield f"calls {name}() in line {node.lineno}"


def test_what_decides_and_what_draws_is_pure() -> None:
    """Cores, views, texts and messages know no clock, no I/O and no randomness, not even by what they import."""
    pure = [module for module in _bot_and_sandbox() if _room(module) != "sandbox" and _is_pure(module)]
    assert len(pure) > len(PURE)
    wrong = []
    for module in pure:
        way: dict[str, tuple[str, ...]] = {module: (module,)}
        for reached in (queue := [module]):
            wrong += [
                f"{' → '.join(map(_where, way[reached]))} {what}: hand it the time, the random number or the text; "
                "what waits, reads or writes belongs in the actor's shell (actor.py)"
                for what in _impurities(reached)
            ]
            for used in _ours(reached):
                if used not in way:
                    way[used] = (*way[reached], used)
                    queue.append(used)
    assert not wrong, "\n".join(wrong)
