"""What the pages say is true: every file, test, command, setting and column that they name exists."""

import os
import re
import sqlite3
import tomllib
from pathlib import Path

import msgspec
import pytest

import bot
import cli
from models.openai_models import OPENAI_MODELS
from service.signals import IGNORED, STOPPING
from settings.environment import CERTIFICATES, NAMES, PROXIES
from settings.toml_file import ConfigFile, LimitsTable
from storage.limits import Limits
from storage.sqlite import open_store
from tests.texts.test_languages import CATALOGUES
from texts.english import ANSWERS, PANELS

CHECKOUT = Path(__file__).parents[1]
PAGES = sorted(
    path.relative_to(CHECKOUT).as_posix() for path in (*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md"))
)


def _text(page: str) -> str:
    return (CHECKOUT / page).read_text(encoding="utf-8")


def test_there_are_pages_for_everybody() -> None:
    """For who tries, runs, changes or attacks the bot."""
    assert {"README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"} <= set(PAGES)
    assert {"glossary", "operators", "people", "performance", "reliability"} <= {Path(page).stem for page in PAGES}


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_names_exist(page: str) -> None:
    """Names in backquotes that look like a path of ours, and links. `*` stands for any name."""
    text = _text(page)
    named = set(re.findall(r"`((?:[\w.*-]+/)*[\w.*-]+(?:\.py|\.md|\.toml|\.yml|\.yaml|\.service|\.in|\.txt|/))`", text))
    links = set(re.findall(r"\]\(([^)#:]+)\)", text))
    missing = {name for name in named if not list(CHECKOUT.glob(name.rstrip("/")))}
    missing |= {link for link in links if not ((CHECKOUT / page).parent / link).exists()}
    assert not missing


def _anchors(page: Path) -> set[str]:
    """Return what GitHub makes of a page's headings: small letters, digits and hyphens."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_headings_that_a_page_links_to_exist(page: str) -> None:
    """In the page itself, or in another one of ours."""
    for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", _text(page)):
        linked = (CHECKOUT / page).parent / target if target else CHECKOUT / page
        assert linked.suffix != ".md" or anchor in _anchors(linked), f"{target}#{anchor}"


def test_the_example_of_costs_uses_the_price_of_the_default_model() -> None:
    """In the FAQ: a thousand questions of 1,000 tokens, with answers of 300."""
    model = next(model for model in OPENAI_MODELS if model.default)
    assert model.price_in is not None
    assert model.price_out is not None
    page = _text("docs/faq.md")
    assert f"{model.price_in:.2f} dollars for a million tokens read and {model.price_out:.2f}" in page
    questions, answers = model.price_in, model.price_out * 0.3
    assert f"{questions:.2f} + {answers:.2f} = {questions + answers:.2f} dollars" in page


def test_each_picture_is_shown_small_and_made_by_the_command() -> None:
    """No page shows one that is missing, none lies about unused, and `make pictures` knows its name."""
    shown = set()
    for page in PAGES:
        for about, address in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", _text(page)):
            assert about, f"{page}: {address} says nothing to those who do not see it"
            shown.add(((CHECKOUT / page).parent / address).resolve())
    made = set(CHECKOUT.glob("docs/pictures/*"))
    assert made <= shown
    makers = "".join(path.read_text() for path in (CHECKOUT / "tests/pictures").glob("*.py"))
    for picture in made:
        assert f'"{picture.stem}"' in makers or f'"{picture.name}"' in makers, picture.name
        assert picture.stat().st_size <= (1_500_000 if picture.suffix == ".webp" else 150_000), picture.name


def test_tests_that_a_page_names_exist() -> None:
    """Each in the file before it: `tests/test_docs.py`: `test_tests_that_a_page_names_exist`."""
    text = _text("docs/reliability.md")
    named = 0
    for file, tests in re.findall(r"`(tests/[\w/]+\.py)`: ((?:`test_\w+`(?:, )?)+)", text):
        source = (CHECKOUT / file).read_text()
        for name in re.findall(r"test_\w+", tests):
            assert f"def {name}(" in source, f"{name} is not in {file}"
            named += 1
    assert named == len(re.findall(r"`test_\w+`", text)) > 100


def test_paths_in_the_commands_of_pages_exist() -> None:
    """The paths after `.venv/bin/python -m pytest` are those of our tests."""
    commands = [
        command for page in PAGES for command in re.findall(r"`\.venv/bin/python -m pytest ([^`]+)`", _text(page))
    ]
    assert len(commands) > 4
    paths = {path for command in commands for path in re.findall(r"tests[\w/.]*", command)}
    assert not {path for path in paths if not (CHECKOUT / path).exists()}


@pytest.mark.parametrize("page", PAGES)
def test_make_targets_that_a_page_names_exist(page: str) -> None:
    """`make run` and the others, in a sentence or alone in a line of a block."""
    makefile = (CHECKOUT / "Makefile").read_text()
    targets = set(re.findall(r"^([\w./-]+):", makefile, flags=re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([\w./-]+)", _text(page), flags=re.MULTILINE))
    assert named <= targets
    assert page != "README.md" or "run" in named


def test_each_python_that_the_package_names_is_checked_before_a_change_lands() -> None:
    """The workflow runs the tests on each, and with the oldest and the newest it runs the wheel."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    named = [name.rpartition(" :: ")[2] for name in project["classifiers"] if "Python :: 3" in name]
    workflow = (CHECKOUT / ".github/workflows/check.yml").read_text()
    checked, wheel = (
        re.findall(r'"([\d.]+)"', pythons) for pythons in re.findall(r"^ +python: \[(.+)\]$", workflow, re.MULTILINE)
    )
    assert checked == named
    assert wheel == [named[0], named[-1]]
    assert project["requires-python"] == f">={named[0]}"


def test_each_word_of_the_glossary_has_one_meaning() -> None:
    """No word stands there twice, each has its file, and the tables hold all words."""
    rows = re.findall(r"^\| ([^|`]+) \| ([^|]+) \| `([^`|]+)` \|$", _text("docs/glossary.md"), flags=re.MULTILINE)
    words = [word.strip().casefold() for row in rows for word in row[0].split(",")]
    assert len(rows) > 60
    assert len(words) == len(set(words))
    lines = _text("docs/glossary.md").partition("## Columns")[0].splitlines()
    assert len(rows) == len([line for line in lines if line.startswith("| ") and not line.startswith("| word |")])


def test_columns_that_the_glossary_names_exist(tmp_path: Path) -> None:
    """As `table.column`, in the database that a new installation has."""
    open_store(tmp_path / "causerie.db", Limits(default_model="any")).close()
    named = re.findall(r"^\| `(\w+)\.(\w+)` \|", _text("docs/glossary.md"), flags=re.MULTILINE)
    with sqlite3.connect(tmp_path / "causerie.db") as rows:
        columns = {
            (table, column[1])
            for (table,) in rows.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for column in rows.execute(f"PRAGMA table_info({table})")
        }
    rows.close()
    assert len(named) > 10
    assert set(named) <= columns


def test_sentences_that_the_pages_quote_are_those_of_the_bot() -> None:
    """In quotes, and whole: they end like a sentence."""
    quoted = set(re.findall(r'"([A-Z][^"\n]{15,}\.)"', _text("docs/people.md")))
    assert quoted
    assert quoted <= {*ANSWERS.values(), *PANELS.values()}


@pytest.mark.parametrize("page", sorted(path.parent.name for path in CHECKOUT.glob("docs/*/people.md")))
def test_the_guide_in_another_language_calls_everything_as_the_bot_does(page: str) -> None:
    """Each word in **bold** is a button or an entry of the Apps menu, as people read it, and each quoted sentence is the bot's."""
    text = _text(f"docs/{page}/people.md")
    said = {key: entry.forms[0] for key, entry in CATALOGUES[f"{page}.po"].entries.items() if entry.forms}
    labels = {sentence for key, sentence in said.items() if key.startswith(("button.", "command."))}
    bold = set(re.findall(r"\*\*(.+?)\*\*", text))
    assert len(bold) > 10
    assert bold <= labels
    sentences = [re.sub(r"\\\{\w+\\\}", ".+", re.escape(sentence)) for sentence in said.values()]
    quoted = set(re.findall(r"[“\"]([^“”\"\n]{5,}[。.])[”\"]", text))
    assert quoted
    assert [quote for quote in quoted if not any(re.fullmatch(one, quote) for one in sentences)] == []


def test_the_page_for_operators_has_every_variable_signal_status_and_no_event_that_is_not_logged() -> None:
    """What it says can be relied on."""
    page = _text("docs/operators.md")
    for name in (*NAMES, *PROXIES, *CERTIFICATES, *(one.name for one in (*STOPPING, *IGNORED))):
        assert name in page, name
    statuses = {int(status) for status in re.findall(r"^\| (\d+) \|", page, flags=re.MULTILINE)}
    assert statuses == {0, bot.CRASHED, cli.WRONG_ARGUMENTS, os.EX_UNAVAILABLE, os.EX_CONFIG}
    events = set(re.findall(r"`([a-z]+\.[a-z_]+)`", page)) - {"causerie.db", "causerie.service"}
    files = [file for file in CHECKOUT.rglob("*.py") if file.relative_to(CHECKOUT).parts[0] not in ("tests", ".venv")]
    code = "".join(file.read_text() for file in files)
    logged = set(re.findall(r"\"([a-z]+\.[a-z_]+)\"", code))
    logged |= {f"gateway.{what}" for what in re.findall(r"f\"\{what\}\.([a-z_]+)\"", code)}
    logged |= set(re.findall(r"event='([a-z.]+)'", code))
    assert len(events) > 10
    assert events <= logged, events - logged


def test_the_page_for_operators_has_a_place_for_each_of_their_tasks() -> None:
    """In the order in which they come, and linked from its beginning."""
    page = _text("docs/operators.md")
    headings = re.findall(r"^## (.+)$", page, flags=re.MULTILINE)
    assert headings == ["Install", "Configure", "Keep it running", "Upgrade", "Back up", "Costs", "Privacy", "FAQ"]
    assert headings == re.findall(r"\[([^\]]+)\]\(#[\w-]+\)", page.partition("## ")[0])


def test_the_way_through_the_tree_is_short() -> None:
    """ARCHITECTURE.md says in at most 25 rows which file to open; the README is one screen."""
    table = _text("ARCHITECTURE.md").partition("| to change | open |\n|---|---|\n")[2]
    rows = table.partition("\n\n")[0].splitlines()
    assert 15 < len(rows) <= 25
    assert len(_text("README.md").splitlines()) <= 70


def test_the_newest_version_of_the_changelog_is_the_packages() -> None:
    """Whoever reads about a release can install it."""
    newest = re.search(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$", _text("CHANGELOG.md"), flags=re.MULTILINE)
    assert newest is not None
    assert newest[1] == tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"]


def test_the_example_configuration_is_valid() -> None:
    """Every key of it is known, and its numbers are the defaults where it says so."""
    config = msgspec.convert(tomllib.loads(_text("causerie.example.toml")), ConfigFile)
    assert config.limits == LimitsTable()


def test_the_example_environment_names_what_is_read() -> None:
    """No setting of `.env.example` is unknown."""
    named = set(re.findall(r"^#?([A-Z_]+)=", _text(".env.example"), flags=re.MULTILINE))
    source = "".join(file.read_text() for file in (CHECKOUT / "settings").glob("*.py"))
    assert {name for name in named if f'"{name}"' not in source} == set()
    assert len(named) == 6
