"""Every setting, command and file that the docs name exists."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

import settings

CHECKOUT = Path(__file__).parents[1]
PAGES = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "docs/people.md", "docs/reliability.md")


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_names_exist(page: str) -> None:
    """Names in backquotes that look like a path of ours, and links."""
    text = (CHECKOUT / page).read_text()
    named = set(re.findall(r"`([\w./-]+(?:\.py|\.md|\.toml|\.service|/))`", text)) | set(
        re.findall(r"\]\(([^)#:]+)\)", text)
    )
    missing = sorted(name for name in named if not (CHECKOUT / name).exists())
    assert not missing


def test_tests_that_a_page_names_exist() -> None:
    """Each in the file before it: `tests/test_docs.py`: `test_tests_that_a_page_names_exist`."""
    named = 0
    for cell in re.findall(
        r"`(tests/[\w/]+\.py)`: ((?:`test_\w+`(?:, )?)+)", (CHECKOUT / "docs/reliability.md").read_text()
    ):
        source = (CHECKOUT / cell[0]).read_text()
        for name in re.findall(r"test_\w+", cell[1]):
            assert f"def {name}(" in source, f"{name} is not in {cell[0]}"
            named += 1
    text = (CHECKOUT / "docs/reliability.md").read_text()
    assert named == len(re.findall(r"`test_\w+`", text)) > 100


def test_make_targets_that_the_readme_names_exist() -> None:
    """`make run` and the others."""
    targets = set(re.findall(r"^([\w./-]+):", (CHECKOUT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z]+)(?:`|$)", (CHECKOUT / "README.md").read_text(), flags=re.MULTILINE))
    assert named <= targets


def test_the_example_configuration_is_valid() -> None:
    """Every key of it is known, and its numbers are the defaults where it says so."""
    text = (CHECKOUT / "causerie.example.toml").read_text()
    config = msgspec.convert(tomllib.loads(text), settings.ConfigFile)
    assert config.limits == settings.LimitsTable()


def test_the_example_environment_names_what_is_read() -> None:
    """No setting of `.env.example` is unknown."""
    named = set(re.findall(r"^#?([A-Z_]+)=", (CHECKOUT / ".env.example").read_text(), flags=re.MULTILINE))
    source = (CHECKOUT / "settings.py").read_text()
    assert {name for name in named if f'"{name}"' not in source} == set()
    assert len(named) == 6
