"""Says in an operator's words what is wrong with the TOML file, where msgspec says it in a programmer's.

The types of the tables say what a key takes, so nothing stands here twice. A message of msgspec's that no pattern fits is shown as
it is; `tests/settings/test_toml_file.py` holds each kind of message against its sentence.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec import inspect

_AT: Final = r"(?: - at `\$\.?(?P<at>.*)`)?"
_UNKNOWN: Final = re.compile(rf"Object contains unknown field `(?P<key>.*?)`{_AT}", re.DOTALL)
_MISSING: Final = re.compile(rf"Object missing required field `(?P<key>\w+)`{_AT}")
_NOT_ALLOWED: Final = re.compile(rf"Invalid enum value .*?{_AT}", re.DOTALL)
_OUT_OF_RANGE: Final = re.compile(rf"Expected `\w+` [<>]=? [-\w.]+{_AT}")
_OTHER_TYPE: Final = re.compile(rf"Expected `(?P<wanted>[\w| ]+)`, got `(?P<got>\w+)`{_AT}")
_EMPTY: Final = re.compile(rf"Expected `array` of length >= 1{_AT}")
_NO_DATE: Final = re.compile(rf"Invalid RFC3339 encoded date{_AT}")
"""What msgspec says, and at which path, such as `models[0].api`."""

_WORDS: Final[Mapping[str, str]] = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text in quotes",
    "bool": "true or false",
    "array": "a list in [brackets]",
    "object": "a table",
    "int | str": "an id (switch on Developer Mode in Discord, then choose Copy ID)",
    "float | null": "a number",
    "bool | null": "true or false",
    "date": "a day such as 2027-01-14",
    "date | null": "a day such as 2027-01-14",
    "int | null": "a whole number",
    "int | str | null": "an id (switch on Developer Mode in Discord, then choose Copy ID)",
}
"""What a type is called in a sentence."""

_UNQUOTED: Final = frozenset({"int", "float", "float | null", "int | null", "bool", "bool | null"})
"""Types whose values have no quotes in the file."""


def sentence_of(error: msgspec.ValidationError, tables: type[msgspec.Struct], written: Mapping[str, Any]) -> str:
    """Return what is wrong, as one sentence without the file's name.

    :param tables: the type that the file was converted to
    :param written: the file's content
    """
    said = str(error)
    if found := _UNKNOWN.fullmatch(said):
        return _unknown_key(found["key"], found["at"] or "", tables, written)
    if found := _MISSING.fullmatch(said):
        return f"{_place(found['at'], written)} has no key '{found['key']}'."
    if found := _NOT_ALLOWED.fullmatch(said):
        kind = _type_at(tables, found["at"])
        allowed = [str(value) for value in kind.values] if isinstance(kind, inspect.LiteralType) else []
        value = _value_at(written, found["at"])
        return f"{_place(found['at'], written)} is {short(value)}; it must be one of: {', '.join(allowed)}.{_hint(value, allowed)}"
    if found := _OUT_OF_RANGE.fullmatch(said):
        value = _value_at(written, found["at"])
        return f"{_place(found['at'], written)} is {short(value)}; it must be {_range(_type_at(tables, found['at']))}."
    if found := _EMPTY.fullmatch(said):
        return f"{_place(found['at'], written)} is empty. Write what can be chosen, or remove the key."
    if found := _NO_DATE.fullmatch(said):
        return (
            f"{_place(found['at'], written)} is {short(_value_at(written, found['at']))}; it must be {_WORDS['date']}."
        )
    if found := _OTHER_TYPE.fullmatch(said):
        return _other_type(found["wanted"], found["got"], found["at"], written)
    return said


def _unknown_key(key: str, at: str, tables: type[msgspec.Struct], written: Mapping[str, Any]) -> str:
    kind = _type_at(tables, at)
    known = [field.encode_name for field in kind.fields] if isinstance(kind, inspect.StructType) else []
    owner = next((name for name, keys in _tables(tables) if key in keys), None)
    if owner is not None:
        remedy = f" It belongs under {owner}."
    else:
        remedy = _hint(key, known) or f" The keys there are: {', '.join(known)}."
    return f"{_place(at, written)} has an unknown key {short(key)}.{remedy}"


def _other_type(wanted: str, got: str, at: str, written: Mapping[str, Any]) -> str:
    place, value = _place(at, written), _value_at(written, at)
    if at in ("models", "budgets") and wanted == "array":
        return f"{at} must be written with two brackets: [[{at}]]."
    if wanted == "object" and got == "array":
        return f"{place} must be written with one bracket: [{at}]."
    if wanted == "object":
        return f"{place} is {short(value)}; it must be a table that begins with a line [{at}]."
    without_quotes = " without quotes" if got == "str" and wanted in _UNQUOTED else ""
    return f"{place} is {short(value)}; it must be {_WORDS.get(wanted, wanted)}{without_quotes}."


def _hint(written: object, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(str(written)[:100], list(known), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


def short(value: object) -> str:
    """Return a value as the file may have it, in one line, cut where it is long."""
    shown = str(value).lower() if isinstance(value, bool) else ascii(value)
    return shown if len(shown) <= 40 else f"{shown[:40]}…"  # noqa: PLR2004 enough to find it in the file


def _range(kind: inspect.Type) -> str:
    if isinstance(kind, inspect.UnionType):  # a number, or nothing
        kind = next((one for one in kind.types if isinstance(one, inspect.IntType | inspect.FloatType)), kind)
    if not isinstance(kind, inspect.IntType | inspect.FloatType):
        return "another number"
    if kind.le is None:
        return f"{kind.ge:g} or more"
    return f"from {kind.ge:,g} to {kind.le:,.15g}"


def _steps(at: str) -> Iterator[str | int]:
    """Yield the keys and indexes of a path such as `models[0].api`."""
    for key, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", at):
        yield key or int(index)


def _type_at(tables: type[msgspec.Struct], at: str | None) -> inspect.Type:
    kind: inspect.Type = inspect.type_info(tables)
    for step in _steps(at or ""):
        if isinstance(kind, inspect.StructType) and isinstance(step, str):
            kind = next(field.type for field in kind.fields if field.encode_name == step)
        elif isinstance(kind, inspect.VarTupleType):
            kind = kind.item_type
        if isinstance(kind, inspect.Metadata):
            kind = kind.type
    return kind


def _value_at(written: Any, at: str | None) -> object:
    for step in _steps(at or ""):
        written = written[step]
    return written


def _place(at: str | None, written: Mapping[str, Any]) -> str:
    """Return where something stands, for the beginning of a sentence: `limits.queue_cap`, or `api of the model 'm'`."""
    found = re.fullmatch(r"models\[(\d+)\](?:\.(\w+)(?:\[(\d+)\])?)?", at or "")
    if found is not None:
        name = _value_at(written, f"models[{found[1]}]")
        name = name.get("name") if isinstance(name, dict) else None
        model = f"the model {short(name)}" if isinstance(name, str) else f"[[models]] number {int(found[1]) + 1}"
        entry = f", entry {int(found[3]) + 1}," if found[3] else ""
        return f"{found[2]} of {model}{entry}" if found[2] else model
    found = re.fullmatch(r"budgets\[(\d+)\](?:\.(\w+))?", at or "")
    if found is not None:
        budget = f"[[budgets]] number {int(found[1]) + 1}"
        return f"{found[2]} of {budget}" if found[2] else budget
    return re.sub(r"\[(\d+)\]", lambda index: f", entry {int(index[1]) + 1},", at or "") or "the file"


def _tables(tables: type[msgspec.Struct]) -> Iterator[tuple[str, list[str]]]:
    """Yield each table as the file writes it, with its keys."""
    for field in msgspec.structs.fields(tables):
        kind = _type_at(tables, field.encode_name)
        if isinstance(kind, inspect.StructType):
            yield f"[{field.encode_name}]", [one.encode_name for one in kind.fields]
        elif isinstance(kind, inspect.VarTupleType) and isinstance(kind.item_type, inspect.StructType):
            yield f"[[{field.encode_name}]]", [one.encode_name for one in kind.item_type.fields]
