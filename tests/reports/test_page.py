"""docs/reports.md has every case, and nothing that no test shows."""

import re
from pathlib import Path

import pytest

from tests.reports.test_public_reports import CASES

CHECKOUT = Path(__file__).parents[2]
PAGE = (CHECKOUT / "docs" / "reports.md").read_text()
ROWS = re.findall(r"^\| \[(\S+#\d+)\]\(https://github.com/\S+\) \| (.+) \|$", PAGE, re.MULTILINE)
TESTED = [(source, test) for source, rest in ROWS for test in re.findall(r"`(tests/\S+)`$", rest)]


def test_every_case_of_a_server_stands_in_the_page_as_it_runs() -> None:
    """With its source, what was sent and what comes of it, once."""
    assert [row for row in ROWS if row[0] not in dict(TESTED)] == [
        (case.source, f"{case.told} | {case.outcome}") for case in CASES
    ]


@pytest.mark.parametrize(("source", "test"), TESTED)
def test_every_other_row_names_a_test_that_names_its_source(source: str, test: str) -> None:
    """The test exists, and somebody who reads it finds the report."""
    file, _, name = test.partition("::")
    code = (CHECKOUT / file).read_text()
    assert f"def {name}(" in code
    assert source in code


def test_no_report_stands_there_twice() -> None:
    """Fifty at least, each for a kind of its own."""
    sources = [source for source, _ in ROWS]
    assert len(sources) == len(set(sources)) >= 50
