"""The copies of the program that services run."""

import os
from pathlib import Path

import pytest

from commands.program_versions import Program, Versions
from tests.commands.process import CHECKOUT


def test_a_version_can_be_read_by_the_services_user_whatever_the_umask_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the folder above it and the bytecode. A hardened machine's root has 077, and the service would not start."""
    monkeypatch.setattr("commands.program_versions.HOMES", ())
    before = os.umask(0o077)
    try:
        Versions(tmp_path / "causerie").add(Program("1.0-abc", {"cli.py": CHECKOUT / "cli.py"}))
    finally:
        os.umask(before)
    paths = [tmp_path / "causerie", *(tmp_path / "causerie").rglob("*")]
    assert [path for path in paths if path.suffix == ".pyc"]
    assert [
        path for path in paths if not path.is_symlink() and path.stat().st_mode & 0o055 != 0o055 and path.is_dir()
    ] == []
    assert [path for path in paths if path.stat().st_mode & 0o044 != 0o044] == []
