"""In which lines of a TOML file the keys stand, for what `causerie settings` says. Pure.

Nothing but this needs the lines, and tomllib does not tell them, so only the usual ways of writing are known: a table's header in a line,
and below it one key in a line. What stands in an inline table or below a dotted key has no line here, and a key that seems to stand in two
lines, because a text of several lines looks like one, has none either.
"""

import re
from collections import defaultdict
from typing import Final

_HEADER: Final = re.compile(r"\s*(?P<list>\[)?\[\s*(?P<name>[\w.-]+)\s*\]\]?\s*(?:#.*)?")
_KEY: Final = re.compile(r"\s*(?P<name>[\w-]+)\s*=")

_UNKNOWN: Final = "?"
"""In place of a table whose header is written in another way, such as with quotes."""


def key_lines(text: str) -> dict[str, int]:
    """Return the line of each key by its path: `limits.queue_cap`, or `models[0].name` in the first of several tables."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    tables: defaultdict[str, int] = defaultdict(int)
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.fullmatch(line):
            name = header["name"]
            table = f"{name}[{tables[name]}]" if header["list"] else name
            tables[name] += 1
            found[table].append(number)
        elif line.lstrip().startswith("["):
            table = _UNKNOWN
        elif key := _KEY.match(line):
            found[f"{table}.{key['name']}" if table else key["name"]].append(number)
    return {path: lines[0] for path, lines in found.items() if len(lines) == 1}
