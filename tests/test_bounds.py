"""Whatever lives as long as the process has a bound: no cache, dictionary, set or list only grows.

The product's code is read: a container that something is put into must also be something that is taken out of, in the same file. What is
not is explained below.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
APART: Final = {"tests", "sandbox", "commands", "deploy", "docs", ".venv"}
"""No part of the bot's process."""

EXPLAINED: Final[dict[str, str]] = {
    "actors/connection/actor.py: shards": "one a shard, whose number Discord says",
    "actors/courier/border.py: _ends": "lives while one text is cut",
    "actors/courier/border.py: _opened": "lives while one text is cut",
    "actors/courier/border.py: _positions": "lives while one text is cut",
    "actors/courier/border.py: _starts": "lives while one text is cut",
    "actors/courier/border.py: lines": "lives while one text is cut",
    "actors/intake/backlog.py: pages": "at most PAGES_MAX, and gone with the channel's reading",
    "actors/figures.py: _mailboxes": "one a kind of figures",
    "actors/figures.py: _newest": "one a kind of figures",
    "files/parser.py: parts": "lives while one document is read, and takes no more than its room",
    "models/access/admission.py: _breakers": "one a model that the catalogue has, or had before its file was changed",
    "models/access/admission.py: _limits": "one a model that the catalogue has, or had before its file was changed",
    "models/access/found_contexts.py: _found": "one a model that the catalogue has, or had before its file was changed",
    "models/answer_reader.py: _spans": "lives while one answer is read: one a part of it",
    "models/answer_reader.py: _told": "two: text and thought",
    "models/embedding.py: _takes_no_base64": "one a model that the catalogue has, or had before its file was changed",
    "models/dialect.py: _learnt": "one a model that the catalogue has, or had before its file was changed",
    "models/growing_text.py: _utf8": "lives while one answer is read, whose length has a bound",
    "models/image.py: _linking": "one a model that the catalogue has, or had before its file was changed",
    "models/picture_sieve.py: _names": "lives while one answer is read, and has at most PICTURES_MAX",
    "models/transcription.py: _whole": "one a model that the catalogue has, or had before its file was changed",
    "network/tls.py: tls_context": "takes no argument: one context",
    "service/log_flood.py: _paid_until_s": "one an event of the log, which the code names",
    "service/signals.py: _is_service": "takes no argument: one answer",
    "storage/unit_of_work.py: _select": "one a statement of the code",
    "supervisor_recovery.py: rereading": "supervisor_core.py takes out what has been read again; one page at a time is put in",
    "texts/titles.py: _stop_words": "takes no argument: one table",
    "texts/titles.py: _chinese": "takes no argument: one pattern",
    "texts/titles.py: _pattern": "one a pattern of the file",
}
"""What is never taken out of, and why it does not grow for ever."""

MAKERS: Final = {"dict", "set", "list", "deque", "defaultdict", "Counter", "OrderedDict", "bytearray"}
PUTS: Final = {"append", "appendleft", "add", "setdefault", "update", "extend", "insert"}
TAKES: Final = {"pop", "popleft", "popitem", "remove", "discard", "clear", "difference_update", "intersection_update"}


def product_files() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*.py") if not APART & set(path.relative_to(ROOT).parts))


def _is_container(value: ast.expr | None) -> bool:
    """Whether an expression makes a container that can grow."""
    match value:
        case ast.Dict() | ast.Set() | ast.List() | ast.ListComp() | ast.DictComp() | ast.SetComp():
            return True
        case (
            ast.Call(func=ast.Name(id=name), keywords=keywords)
            | ast.Call(func=ast.Subscript(value=ast.Name(id=name)), keywords=keywords)
        ):
            return name in MAKERS and not any(keyword.arg == "maxlen" for keyword in keywords)
        case ast.Call(func=ast.Name(id="field") | ast.Attribute(attr="field"), keywords=keywords):
            made = (keyword.value for keyword in keywords if keyword.arg == "default_factory")
            return any(isinstance(value, ast.Name) and value.id in MAKERS for value in made)
    return False


def _name(target: ast.expr) -> str | None:
    """The name of a variable or attribute: `_x` for `_x`, `self._x` and `other._x`."""
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return _name(value)
    return None


def containers(tree: ast.Module) -> Iterator[str]:
    """The names of containers that live in a module, in a class, or in an object."""
    scopes: list[ast.Module | ast.ClassDef] = [tree, *(one for one in ast.walk(tree) if isinstance(one, ast.ClassDef))]
    for scope in scopes:
        for node in scope.body:
            match node:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=name), value=value)
                ) if _is_container(value):
                    yield name
    for part in ast.walk(tree):
        match part:
            case (
                ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=value)
                | ast.AnnAssign(target=ast.Attribute(value=ast.Name(id="self"), attr=name), value=value)
            ) if _is_container(value):
                yield name


def changes(tree: ast.Module) -> tuple[set[str], set[str]]:
    """The names of what is put into, and of what is taken out of or replaced."""
    put: set[str | None] = set()
    taken: set[str | None] = set()
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
        for node in ast.walk(function):
            match node:
                case ast.Call(func=ast.Attribute(value=value, attr=method)) if method in PUTS:
                    put.add(_name(value))
                case ast.Call(func=ast.Attribute(value=value, attr=method)) if method in TAKES:
                    taken.add(_name(value))
                case ast.AugAssign(target=target, op=ast.Sub() | ast.BitAnd()):
                    taken.add(_name(target))
                case ast.AugAssign(target=target):
                    put.add(_name(target))
                case ast.Delete(targets=targets):
                    taken |= {_name(target) for target in targets if isinstance(target, ast.Subscript)}
                case ast.Assign(targets=targets):
                    put |= {_name(target) for target in targets if isinstance(target, ast.Subscript)}
                    if function.name != "__init__":
                        plain = [one for target in targets for one in getattr(target, "elts", [target])]
                        taken |= {_name(target) for target in plain if isinstance(target, ast.Attribute)}
    return {name for name in put if name}, {name for name in taken if name}


def unbounded(tree: ast.Module) -> Iterator[str]:
    """What only grows: containers, functions whose answers are all remembered, and dictionaries that fill themselves."""
    put, taken = changes(tree)
    yield from sorted(set(containers(tree)) & put - taken)
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(decorator_list=decorators) | ast.AsyncFunctionDef(decorator_list=decorators):
                if any(_remembers_all(decorator) for decorator in decorators):
                    yield node.name
            case ast.ClassDef(bases=bases) if any("dict" in ast.unparse(base) for base in bases):
                if "self.clear()" not in ast.unparse(node):
                    yield node.name


def _remembers_all(decorator: ast.expr) -> bool:
    written = ast.unparse(decorator).removeprefix("functools.")
    return written == "cache" or written.startswith("lru_cache(None") or "maxsize=None" in written


def found() -> dict[str, Path]:
    return {
        f"{path.relative_to(ROOT)}: {name}": path
        for path in product_files()
        for name in unbounded(ast.parse(path.read_text()))
    }


def test_nothing_that_lives_long_only_grows() -> None:
    """Give a new container a bound; when it cannot grow for ever, say why in `EXPLAINED`."""
    assert sorted(set(found()) - set(EXPLAINED)) == []


def test_every_explanation_is_needed() -> None:
    """What is bounded or gone needs no explanation."""
    assert sorted(set(EXPLAINED) - set(found())) == []


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("class A:\n    def __init__(self):\n        self.x = {}\n    def f(self, k):\n        self.x[k] = 1", ["x"]),
        (
            "class A:\n    def __init__(self):\n        self.x = set()\n    def f(self, k):\n        self.x.add(k)",
            ["x"],
        ),
        ("X = {}\ndef f(k):\n    X[k] = 1", ["X"]),
        (
            "class A:\n    def __init__(self):\n        self.x = {}\n    def f(self, k):\n        self.x[k] = 1; self.x.pop(k)",
            [],
        ),
        (
            "class A:\n    def __init__(self):\n        self.x = deque(maxlen=3)\n    def f(self):\n        self.x.append(1)",
            [],
        ),
        ("@functools.cache\ndef f(k): return k", ["f"]),
        ("@lru_cache(maxsize=9)\ndef f(k): return k", []),
        ("class A(dict[str, int]):\n    def __missing__(self, k): self[k] = 1", ["A"]),
    ],
)
def test_what_only_grows_is_found(code: str, names: list[str]) -> None:
    """Each kind of container, with and without a bound."""
    assert list(unbounded(ast.parse(code))) == names
