"""Rules of our own that a linter does not have: who sends to Discord, that nobody is pinged, and that no SQL is made of text."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).parents[1]
OUTSIDE: Final = ("tests", "sandbox", "build", "dist", ".venv", "requirements", "deploy")

SENDERS: Final = ("actors/courier/sender.py", "actors/responder/actor.py")
"""The courier sends answers, the responder answers interactions. Nothing else sends anything that people see."""

SENDS: Final = frozenset(
    {
        *("create_message", "edit_message", "delete_message", "delete_messages", "add_reaction", "delete_my_reaction"),
        *("create_interaction_response", "edit_interaction_response", "edit_initial_response", "execute_webhook"),
        *("edit_webhook_message", "create_dm_channel", "trigger_typing", "crosspost_message", "create_thread"),
        *("create_interaction_voice_message_response", "create_modal_response", "create_initial_response"),
        *("create_voice_message", "create_autocomplete_response", "delete_interaction_response"),
    }
)

WRITES_TEXT: Final = frozenset(
    {"create_message", "edit_message", "create_interaction_response", "edit_interaction_response", "execute_webhook"}
)
"""Whose requests have a text, and therefore `allowed_mentions`."""

QUIET: Final = ("NO_PINGS", "content", "_content")
"""What may be spread into such a request with `**`: `NO_PINGS`, or what the responder's `_content` returns, which has it."""

EXECUTES: Final = frozenset({"execute", "executemany", "executescript", "run", "one", "all", "first", "every"})

MADE_OF_TEXT: Final = {
    "storage/schema.py": "migrations: names of columns that stand in the code; SQLite takes no parameters for them",
    "storage/schema_money_files.py": "migrations: names of tables that stand in the code",
    "storage/schema_conversations.py": "migrations: names of tables that stand in the code",
    "storage/sqlite.py": "a PRAGMA takes no parameters; the number is a constant",
    "storage/tidying.py": "a PRAGMA takes no parameters; the number is a constant",
    "storage/examination.py": "a PRAGMA takes no parameters; the number is a constant",
    "storage/unit_of_work.py": "columns of a row's struct, which stand in the code",
    "storage/person_data.py": "a list of columns that stands in the file",
}
"""Where SQL is put together although a linter would rather not, and why that is safe."""


@cache
def trees() -> tuple[tuple[str, ast.Module], ...]:
    """Return every file of the bot with its syntax tree."""
    found = []
    for path in sorted(CHECKOUT.rglob("*.py")):
        name = path.relative_to(CHECKOUT).as_posix()
        if not name.startswith(tuple(f"{one}/" for one in OUTSIDE)):
            found.append((name, ast.parse(path.read_text())))
    return tuple(found)


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str, ast.expr]]:
    """Yield each call of a method, with the method's name and what it is called on."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, node.func.attr, node.func.value


def sends(name: str, tree: ast.AST) -> list[str]:
    """Return where a file sends to Discord that must not."""
    if name in SENDERS:
        return []
    return [
        f"{name}:{call.lineno} calls {method}; only {' and '.join(SENDERS)} send to Discord"
        for call, method, on in calls(tree)
        if method in SENDS and not (isinstance(on, ast.Call) and ast.unparse(on.func) == "super")
    ]


def pings(name: str, tree: ast.AST) -> list[str]:
    """Return where a text is sent without saying that nobody is to be pinged."""
    return [
        f"{name}:{call.lineno} calls {method} without **NO_PINGS"
        for call, method, on in calls(tree)
        if method in WRITES_TEXT
        and not (isinstance(on, ast.Call) and ast.unparse(on.func) == "super")
        and not any(keyword.arg is None and _name(keyword.value) in QUIET for keyword in call.keywords)
    ]


def _name(value: ast.expr) -> str:
    """Return the name of what is spread, or of the method that returns it."""
    called = value.func if isinstance(value, ast.Call) else value
    return called.attr if isinstance(called, ast.Attribute) else ast.unparse(called)


def is_made_of_text(sql: ast.expr) -> bool:
    """Return whether a statement is put together of something that is no constant of the file."""
    if isinstance(sql, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in sql.values)
    if isinstance(sql, ast.BinOp):
        sides = (sql.left, sql.right)
        return isinstance(sql.op, ast.Mod) or any(is_made_of_text(side) or not is_constant(side) for side in sides)
    if isinstance(sql, ast.Call):
        return isinstance(sql.func, ast.Attribute) and sql.func.attr in ("format", "join", "replace", "format_map")
    return False


def is_constant(part: ast.expr) -> bool:
    """Return whether a part of a statement is a text, or a name that the file sets once, in capitals."""
    if isinstance(part, ast.Constant | ast.BinOp):
        return True
    name = part.value if isinstance(part, ast.Subscript) else part
    if isinstance(name, ast.Name):
        return name.id.lstrip("_").isupper() or name.id in ("which", "where")
    return False


def sql_of_text(name: str, tree: ast.AST) -> list[str]:
    """Return where SQL is made of text."""
    if name in MADE_OF_TEXT:
        return []
    return [
        f"{name}:{call.lineno} makes SQL of text: {ast.unparse(sql)[:80]}. Use parameters, or give the file a reason in MADE_OF_TEXT"
        for call, method, _ in calls(tree)
        if method in EXECUTES and name.startswith("storage/")
        for sql in call.args[:2]
        if is_made_of_text(sql)
    ]


def test_only_the_courier_and_the_responder_send_to_discord() -> None:
    """So that there is one budget, one order, and one place where mentions are switched off."""
    wrong = [one for name, tree in trees() for one in sends(name, tree)]
    assert not wrong, "\n".join(wrong)


def test_every_text_that_is_sent_switches_mentions_off() -> None:
    """Each create, edit and follow-up: an edit must say so again."""
    wrong = [one for name, tree in trees() if name in SENDERS for one in pings(name, tree)]
    assert not wrong, "\n".join(wrong)
    (content,) = [
        node
        for name, tree in trees()
        if name == "actors/responder/actor.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == "_content"
    ]
    returned = [ast.unparse(node) for node in ast.walk(content) if isinstance(node, ast.Return)]
    assert returned
    assert [one for one in returned if "**NO_PINGS" not in one] == []


def test_no_sql_is_made_of_text() -> None:
    """Values are parameters; what cannot be one is named here with a reason."""
    wrong = [one for name, tree in trees() for one in sql_of_text(name, tree)]
    assert not wrong, "\n".join(wrong)


def test_each_reason_is_still_needed() -> None:
    """A file that makes no SQL of text any more needs no exception."""
    files = {name for name, _ in trees()}
    assert MADE_OF_TEXT.keys() <= files


def test_the_rules_find_what_they_are_about() -> None:
    """Else they could not fail."""
    bad = ast.parse(
        "async def f(rest, unit, name):\n"
        "    await rest.create_message(1, name)\n"
        "    unit.run(f'DELETE FROM turn WHERE id = {name}')\n"
        "    unit.run('DELETE FROM turn WHERE id = %s' % name)\n"
        "    unit.one('SELECT ' + name)\n"
        "    unit.all('SELECT {}'.format(name))\n"
    )
    assert len(sends("actors/panel/new.py", bad)) == 1
    assert len(pings("actors/courier/sender.py", bad)) == 1
    assert len(sql_of_text("storage/new.py", bad)) == 4
