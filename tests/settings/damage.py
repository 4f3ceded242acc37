"""What can be wrong with a file: each damage makes one, out of the content that it should have."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

NOBODY: Final = 65534
"""The user that has no rights."""

DAMAGES: Final[dict[str, Callable[[Path, str], None]]] = {}
"""By name; the functions get the path and the content."""


def _damage(make: Callable[[Path, str], None]) -> Callable[[Path, str], None]:
    DAMAGES[make.__name__] = make
    return make


@_damage
def crlf(path: Path, content: str) -> None:
    path.write_bytes(content.replace("\n", "\r\n").encode())


@_damage
def utf8_bom(path: Path, content: str) -> None:
    path.write_bytes(content.encode("utf-8-sig"))


@_damage
def utf16_little(path: Path, content: str) -> None:
    path.write_bytes(b"\xff\xfe" + content.encode("utf-16-le"))


@_damage
def utf16_big(path: Path, content: str) -> None:
    path.write_bytes(b"\xfe\xff" + content.encode("utf-16-be"))


@_damage
def utf32(path: Path, content: str) -> None:
    path.write_bytes(content.encode("utf-32"))


@_damage
def utf16_without_mark(path: Path, content: str) -> None:
    path.write_bytes(content.encode("utf-16-le"))


@_damage
def utf16_cut(path: Path, content: str) -> None:
    path.write_bytes(b"\xff\xfe" + content.encode("utf-16-le")[:-1])


@_damage
def latin1_comment(path: Path, content: str) -> None:
    path.write_bytes("# Schlüssel für den Bot\n".encode("latin-1") + content.encode())


@_damage
def latin1_value(path: Path, content: str) -> None:
    path.write_bytes(content.encode() + b"NAME = '\xfc'\n")


@_damage
def nul_bytes(path: Path, content: str) -> None:
    path.write_bytes(content.encode() + b"\0" * 20)


@_damage
def folder(path: Path, content: str) -> None:  # noqa: ARG001
    path.mkdir()


@_damage
def pipe_without_writer(path: Path, content: str) -> None:  # noqa: ARG001
    os.mkfifo(path)


@_damage
def unix_socket(path: Path, content: str) -> None:  # noqa: ARG001
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.close()


@_damage
def broken_link(path: Path, content: str) -> None:  # noqa: ARG001
    path.symlink_to("not-there")


@_damage
def links_in_a_circle(path: Path, content: str) -> None:  # noqa: ARG001
    path.symlink_to(path.name)


@_damage
def link(path: Path, content: str) -> None:
    target = path.with_name(f"{path.name}.target")
    target.write_text(content)
    path.symlink_to(target)


@_damage
def unreadable(path: Path, content: str) -> None:
    path.write_text(content)
    path.chmod(0)


@_damage
def endless(path: Path, content: str) -> None:  # noqa: ARG001
    path.symlink_to("/dev/zero")


@_damage
def too_large(path: Path, content: str) -> None:
    path.write_text(content + "# comment\n" * 200_000)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Act as a user without rights: permissions do not hold for root, as whom the tests may run."""
    if os.geteuid() != 0:
        yield
        return
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
