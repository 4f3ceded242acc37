"""What stands in a file in the format of `.env`, and the same file with other values, for `causerie init`. Pure."""

import io
import re
from collections.abc import Mapping

from dotenv import dotenv_values
from dotenv.parser import parse_stream


def values_in(text: str) -> dict[str, str]:
    """Return what the file sets, by name."""
    return {name: value or "" for name, value in dotenv_values(stream=io.StringIO(text)).items()}


def with_values(text: str, values: Mapping[str, str]) -> str:
    """Return the text with these names set: where they stood first, else at the end. Every other line stays as it is."""
    left = dict(values)
    pieces: list[str] = []
    for binding in parse_stream(io.StringIO(text)):
        written = binding.original.string
        if binding.key not in values:
            pieces.append(written)
            continue
        pieces.append(written[: len(written) - len(written.lstrip())])  # empty lines before a binding belong to it
        if binding.key in left:
            pieces.append(_line(binding.key, left.pop(binding.key)))
    before = "".join(pieces)
    if before and not before.endswith("\n"):
        before += "\n"
    return before + "".join(_line(name, value) for name, value in left.items())


def _line(name: str, value: str) -> str:
    if re.fullmatch(r"[\w.=-]*", value, re.ASCII):
        return f"{name}={value}\n"
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"{name}='{escaped}'\n"
