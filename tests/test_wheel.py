"""What `make wheel` builds: an installed bot runs, and brings no test with it."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
NOT_PACKED = ("tests", "build", "dist", "requirements")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, built without a network from a copy, so that no older build's files get into it."""
    copy = tmp_path_factory.mktemp("source") / "causerie"
    shutil.copytree(CHECKOUT, copy, ignore=shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__"))
    command = (sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-index")
    built = copy / "dist"
    subprocess.run(
        [*command, "--no-deps", "--no-build-isolation", "--wheel-dir", str(built), str(copy)], check=True, timeout=240
    )
    (found,) = built.glob("causerie-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an environment that has the wheel; its libraries are those of the present environment."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    command = (sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--quiet")
    subprocess.run(
        [*command, "--disable-pip-version-check", "--no-index", "--no-deps", str(wheel)], check=True, timeout=240
    )
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def _names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as packed:
        return {name for name in packed.namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_the_bot_and_the_sandbox_and_nothing_else(wheel: Path) -> None:
    """Every module outside the tests, the languages, and the files of the sandbox's page."""
    modules = {path.relative_to(CHECKOUT) for path in CHECKOUT.rglob("*.py")}
    page = {path.relative_to(CHECKOUT) for path in (CHECKOUT / "sandbox" / "page").rglob("*") if path.is_file()}
    page |= {path.relative_to(CHECKOUT) for path in (CHECKOUT / "sandbox" / "models").glob("*.ogg")}
    languages = {path.relative_to(CHECKOUT) for path in (CHECKOUT / "texts" / "languages").iterdir()}
    packed = {
        path for path in modules | page | languages if path.parts[0] not in NOT_PACKED and path.parts[0][0] != "."
    }
    assert len(page) > 0
    assert len(languages) > 0
    expected = {path.as_posix() for path in packed}
    missing, surplus = sorted(expected - _names(wheel)), sorted(_names(wheel) - expected)
    assert not missing, (
        f"{missing}: list a file at the root in pyproject.toml (py-modules), and give a folder an __init__.py"
    )
    assert not surplus, f"{surplus}: see tool.setuptools in pyproject.toml"


def _run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `causerie` as somebody would who has nothing but the wheel."""
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "CAUSERIE_DATA": str(folder / "data")}
    return subprocess.run(
        [installed / "causerie", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_an_installed_bot_says_what_it_can_do(installed: Path, tmp_path: Path) -> None:
    """Its code is the wheel's, and not that of the checkout."""
    ended = _run(installed, tmp_path, "--help")
    assert ended.returncode == 0, ended.stderr
    assert "sandbox" in ended.stdout
    where = subprocess.run(
        [installed / "python", "-c", "import bot, sandbox.web; print(bot.__file__, sandbox.web.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert where.returncode == 0, where.stderr
    assert all(part.startswith(str(installed.parent)) for part in where.stdout.split()), where.stdout


def test_an_installed_bot_without_a_token_ends_with_78(installed: Path, tmp_path: Path) -> None:
    """One line names the setting."""
    ended = _run(installed, tmp_path, "run")
    assert ended.returncode == os.EX_CONFIG, ended.stderr
    assert "DISCORD_TOKEN" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
