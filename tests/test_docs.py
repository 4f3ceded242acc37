"""What the pages say is true: every file, test, command, setting and column that they name exists."""

import os
import re
import sqlite3
import tomllib
from pathlib import Path

import msgspec
import pytest

import bot
from commands.dispatch import WRONG_ARGUMENTS
from models.model import KIND_NAMES
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

TRANSLATIONS = {page: page.split("/")[1] for page in PAGES if page.count("/") == 2} | {
    page: page.split(".")[1] for page in PAGES if page.startswith("README.") and page != "README.md"
}
"""The language of each page that is not English."""
OWN = ("HTTPS_PROXY=http://127.0.0.1:7890", "/v1")
"""Examples that only pages in another language have."""

TRANSLATED = sorted(page for page in TRANSLATIONS if page.startswith("docs/") and not page.endswith("/README.md"))
"""Pages in docs/ that say in another language what the English page of the same name says."""


def _text(page: str) -> str:
    return (CHECKOUT / page).read_text(encoding="utf-8")


def test_there_are_pages_for_everybody() -> None:
    """For who tries, runs, changes or attacks the bot."""
    assert {"README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"} <= set(PAGES)
    assert {"glossary", "operators", "people", "performance", "reliability", "security"} <= {
        Path(page).stem for page in PAGES
    }


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


@pytest.mark.parametrize(
    ("page", "prices"),
    [
        ("docs/faq.md", "{:.2f} dollars for a million tokens read and {:.2f}"),
        ("docs/zh-CN/faq.md", "每百万 token 输入 {:.2f} 美元、输出 {:.2f} 美元"),
    ],
)
def test_the_example_of_costs_uses_the_price_of_the_default_model(page: str, prices: str) -> None:
    """In the FAQ: a thousand questions of 1,000 tokens, with answers of 300."""
    model = next(model for model in OPENAI_MODELS if model.default)
    assert model.price_in is not None
    assert model.price_out is not None
    text = _text(page)
    assert prices.format(model.price_in, model.price_out) in text
    questions, answers = model.price_in, model.price_out * 0.3
    assert f"{questions:.2f} + {answers:.2f} = {questions + answers:.2f} " in text


def test_each_picture_is_shown_small_and_made_by_the_command() -> None:
    """No page shows one that is missing, none lies about unused, and `make pictures` knows its name."""
    shown = set()
    for page in PAGES:
        for about, address in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", _text(page)):
            assert about, f"{page}: {address} says nothing to those who do not see it"
            picture = ((CHECKOUT / page).parent / address).resolve()
            language = picture.parent.name if picture.parent.parent == CHECKOUT / "docs/pictures" else None
            assert TRANSLATIONS.get(page) == language, f"{page}: {address} is in another language"
            shown.add(picture)
    made = {path for path in (CHECKOUT / "docs/pictures").rglob("*") if path.is_file()}
    assert made <= shown
    makers = "".join(path.read_text() for path in (CHECKOUT / "tests/pictures").glob("*.py"))
    for picture in made:
        assert f'"{picture.stem}"' in makers or f'"{picture.name}"' in makers, picture.name
        assert picture.stat().st_size <= (1_500_000 if picture.suffix == ".webp" else 150_000), picture.name


@pytest.mark.parametrize(("page", "least"), [("docs/reliability.md", 100), ("docs/security.md", 60)])
def test_tests_that_a_page_names_exist(page: str, least: int) -> None:
    """Each in the file before it: `tests/test_docs.py`: `test_tests_that_a_page_names_exist`."""
    text = _text(page)
    named = 0
    for file, tests in re.findall(r"`(tests/[\w/]+\.py)`: ((?:`test_\w+`(?:, )?)+)", text):
        source = (CHECKOUT / file).read_text()
        for name in re.findall(r"test_\w+", tests):
            assert f"def {name}(" in source, f"{name} is not in {file}"
            named += 1
    assert named == len(re.findall(r"`test_\w+`", text)) > least


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


@pytest.mark.parametrize("page", TRANSLATED)
def test_a_page_in_another_language_calls_everything_as_the_bot_does(page: str) -> None:
    """Each word in **bold** is a button or an entry of the Apps menu, as people read it, and each quoted sentence is the bot's."""
    text = _text(page)
    said = {key: entry.forms[0] for key, entry in CATALOGUES[f"{TRANSLATIONS[page]}.po"].entries.items() if entry.forms}
    labels = {sentence for key, sentence in said.items() if key.startswith(("button.", "command."))}
    bold = set(re.findall(r"\*\*(.+?)\*\*", text))
    assert bold
    assert bold <= labels
    sentences = [re.sub(r"\\\{\w+\\\}", ".+", re.escape(sentence)) for sentence in said.values()]
    quoted = set(re.findall(r"[“\"]([^“”\"\n]{5,}[。.])[”\"]", _blocks(text)[0]))
    assert quoted or not page.endswith("/people.md")
    assert [quote for quote in quoted if not any(re.fullmatch(one, quote) for one in sentences)] == []


@pytest.mark.parametrize("page", TRANSLATED)
def test_a_page_in_another_language_names_only_what_english_pages_name(page: str) -> None:
    """Commands, settings, files, events and outputs, word by word: what is renamed in the one is renamed in the other."""
    english = "\n".join(_text(path) for path in PAGES if path not in TRANSLATIONS)
    spans = set(re.findall(r"(?<!`)`([^`\n]+)`(?!`)", _blocks(_text(page))[0]))
    unknown = {span for span in spans - {*KIND_NAMES, *OWN} if f"`{span}`" not in english}
    assert not unknown, "no English page names it: change both"
    lines = {line for block in _blocks(_text(page))[1] for line in block.splitlines() if line.isascii()}
    assert lines <= set(english.splitlines())


def _blocks(text: str) -> tuple[str, list[str]]:
    """Return a page without its code blocks, and these."""
    blocks = re.findall(r"^```.*?^```", text, flags=re.MULTILINE | re.DOTALL)
    for block in blocks:
        text = text.replace(block, "")
    return text, blocks


@pytest.mark.parametrize("page", TRANSLATED)
def test_a_page_in_another_language_and_the_english_one_link_to_each_other(page: str) -> None:
    """And the index of each language links to all of its pages."""
    name, language = Path(page).name, TRANSLATIONS[page]
    assert f"]({language}/{name})" in _text(f"docs/{name}")
    assert f"](../{name})" in _text(page)
    assert re.search(rf"\]\({re.escape(name)}[#)]", _text(f"docs/{language}/README.md"))
    assert f"](docs/{language}/{name})" in _text(f"README.{language}.md")


@pytest.mark.parametrize("address", ["docs/operators.md", *(page for page in TRANSLATED if "operators" in page)])
def test_the_page_for_operators_has_every_variable_signal_status_and_no_event_that_is_not_logged(address: str) -> None:
    """What it says can be relied on."""
    page = _text(address)
    for name in (*NAMES, *PROXIES, *CERTIFICATES, *(one.name for one in (*STOPPING, *IGNORED))):
        assert name in page, name
    statuses = {int(status) for status in re.findall(r"^\| (\d+) \|", page, flags=re.MULTILINE)}
    assert statuses == {0, bot.CRASHED, WRONG_ARGUMENTS, os.EX_UNAVAILABLE, os.EX_CONFIG}
    events = set(re.findall(r"`([a-z]+\.[a-z_]+)`", page)) - {"causerie.db", "causerie.service"}
    files = [file for file in CHECKOUT.rglob("*.py") if file.relative_to(CHECKOUT).parts[0] not in ("tests", ".venv")]
    code = "".join(file.read_text() for file in files)
    logged = set(re.findall(r"\"([a-z]+\.[a-z_]+)\"", code))
    logged |= {f"gateway.{what}" for what in re.findall(r"f\"\{what\}\.([a-z_]+)\"", code)}
    logged |= set(re.findall(r"event='([a-z.]+)'", code))
    assert len(events) > 10
    assert events <= logged, events - logged


@pytest.mark.parametrize(
    ("address", "tasks"),
    [
        (
            "docs/operators.md",
            ["Install", "Configure", "Keep it running", "Upgrade", "Back up", "Costs", "Privacy", "FAQ"],
        ),
        ("docs/zh-CN/operators.md", ["安装", "配置", "日常运行", "升级", "备份", "费用", "隐私", "常见问题"]),
    ],
)
def test_the_page_for_operators_has_a_place_for_each_of_their_tasks(address: str, tasks: list[str]) -> None:
    """In the order in which they come, and linked from its beginning."""
    page = _text(address)
    headings = re.findall(r"^## (.+)$", page, flags=re.MULTILINE)
    assert headings == tasks
    assert headings == re.findall(r"\[([^\]]+)\]\(#[\w-]+\)", page.partition("## ")[0])


def test_the_way_through_the_tree_is_short() -> None:
    """ARCHITECTURE.md says in at most 25 rows which file to open; the README is one screen."""
    table = _text("ARCHITECTURE.md").partition("| to change | open |\n|---|---|\n")[2]
    rows = table.partition("\n\n")[0].splitlines()
    assert 15 < len(rows) <= 25
    assert max(len(_text(page).splitlines()) for page in PAGES if page.startswith("README")) <= 70


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
