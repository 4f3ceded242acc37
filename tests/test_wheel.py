"""What `make wheel` builds: an installed bot runs, and brings no test with it."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from commands.program_files import program_files

CHECKOUT = Path(__file__).parents[1]
NOT_PACKED = ("tests", "build", "dist", "requirements")
UNITS = (".service", ".timer", ".toml")


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
    """Every module outside the tests, the languages, the files of the sandbox's page, the units, and the example of settings."""
    modules = {path.relative_to(CHECKOUT) for path in CHECKOUT.rglob("*.py")}
    page = {path.relative_to(CHECKOUT) for path in (CHECKOUT / "sandbox" / "page").rglob("*") if path.is_file()}
    page |= {path.relative_to(CHECKOUT) for path in (CHECKOUT / "sandbox" / "models").glob("*.ogg")}
    languages = {path.relative_to(CHECKOUT) for path in (CHECKOUT / "texts" / "languages").iterdir()}
    units = {path.relative_to(CHECKOUT) for path in (CHECKOUT / "deploy").iterdir() if path.suffix in UNITS}
    packed = {
        path
        for path in modules | page | languages | units
        if path.parts[0] not in NOT_PACKED and path.parts[0][0] != "."
    }
    assert len(page) > 0
    assert len(languages) > 0
    expected = {path.as_posix() for path in packed}
    missing, surplus = sorted(expected - _names(wheel)), sorted(_names(wheel) - expected)
    assert not missing, (
        f"{missing}: list a file at the root in pyproject.toml (py-modules), and give a folder an __init__.py"
    )
    assert not surplus, f"{surplus}: see tool.setuptools in pyproject.toml"


def test_what_install_service_copies_from_a_checkout_is_what_the_wheel_holds(wheel: Path) -> None:
    """And every library that the lock names for this machine, with its files; nothing that only tests need."""
    files = program_files(CHECKOUT)
    own = {name for name, path in files.items() if path.is_relative_to(CHECKOUT) and ".venv" not in path.parts}
    assert own == _names(wheel)
    assert {"hikari/__init__.py", "aiohttp/__init__.py"} <= files.keys()
    assert any(name.startswith("ciso8601.") for name in files), "hikari[speedups] has it"
    assert not [name for name in files if name.startswith(("pytest/", "xllamacpp/", "../")) or name.endswith(".pyc")]


def _run(
    installed: Path, folder: Path, *arguments: str, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `causerie` as somebody would who has nothing but the wheel."""
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "CAUSERIE_DATA": str(folder / "data")}
    environment |= variables or {}
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


def test_an_installed_bot_keeps_its_things_where_the_platform_has_them(installed: Path, tmp_path: Path) -> None:
    """From any folder; a folder with a `.env`, or with data of its own, is a place of its own as it always was."""
    config = tmp_path / ".config" / "causerie"
    config.mkdir(parents=True)
    (config / ".env").write_text("OPENAI_BASE_URL=http://127.0.0.1:1/v1\n")
    (config / "causerie.toml").write_text("[limits]\nmax_token = 987\n")
    elsewhere, own = tmp_path / "elsewhere", tmp_path / "own"
    elsewhere.mkdir()
    own.mkdir()
    (own / ".env").write_text("OPENAI_BASE_URL=http://127.0.0.1:2/v1\n")
    said = {folder: _settings(installed, folder, home=tmp_path) for folder in (elsewhere, own)}
    assert said[elsewhere]["OPENAI_BASE_URL"] == "http://127.0.0.1:1/v1"
    assert said[elsewhere]["CAUSERIE_DATA"] == str(tmp_path / ".local" / "share" / "causerie")
    assert "987" in said[elsewhere].values()
    assert said[own]["OPENAI_BASE_URL"] == "http://127.0.0.1:2/v1"
    assert said[own]["CAUSERIE_DATA"] == str(own / "data")
    assert "987" not in said[own].values()


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("setpriv"),
    reason="only root can be put into a folder that it may not enter, by setpriv of the package util-linux",
)
def test_a_folder_that_may_not_be_entered_ends_the_start_with_a_sentence(installed: Path, tmp_path: Path) -> None:
    """As a container's volume of another user: it is the current folder, the home and the folder of the data."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    os.chown(closed, 54321, 54321)
    closed_folders = {"HOME": str(closed), "CAUSERIE_DATA": str(closed), "RUNTIME_DIRECTORY": str(closed)}
    token = {"DISCORD_TOKEN": "MTIzNDU2Nzg5MDEyMzQ1Njc4.x.y"}
    for arguments, status, said in (
        ("run", os.EX_CONFIG, "may not be entered by the user 'root'; give it to that user"),
        ("health", 1, f"{closed} may not be read by the user with the number 0"),
    ):
        home = closed_folders if arguments == "run" else {**closed_folders, "HOME": str(tmp_path)}
        ended = subprocess.run(
            [
                str(shutil.which("setpriv")),
                "--bounding-set=-dac_override,-dac_read_search",
                installed / "causerie",
                arguments,
            ],
            cwd=closed,
            env={"PATH": os.environ.get("PATH", ""), **home, **token},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (ended.returncode, "Traceback" in ended.stderr) == (status, False), ended.stderr
        assert said in ended.stderr + ended.stdout


def _settings(installed: Path, folder: Path, home: Path) -> dict[str, str]:
    """Return what `causerie settings` says in a folder, by name."""
    ended = subprocess.run(
        [installed / "causerie", "settings"],
        cwd=folder,
        env={"PATH": os.environ.get("PATH", ""), "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = (line.split(" = ", 1) for line in ended.stdout.splitlines() if " = " in line)
    return {name: value.split("  ")[0] for name, value in lines}


def test_an_installed_bot_has_the_units_and_the_example(installed: Path) -> None:
    """As the checkout has them."""
    code = "from commands.services import example_settings, unit_files; print(*dict(unit_files())); print(example_settings())"
    ended = subprocess.run(
        [installed / "python", "-I", "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    units, _, example = ended.stdout.partition("\n")
    assert set(units.split()) == {path.name for path in (CHECKOUT / "deploy").iterdir() if path.suffix in UNITS[:2]}
    assert example.strip() == (CHECKOUT / "causerie.example.toml").read_text().strip()


def test_an_installed_bot_says_its_version(installed: Path, tmp_path: Path) -> None:
    """The wheel's, with the Python and the machine, as a report of a problem needs them."""
    with (CHECKOUT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    assert _run(installed, tmp_path, "--version").stdout.startswith(f"causerie {version} (Python 3.")


def test_a_wheel_without_the_small_model_says_how_to_add_it(installed: Path, tmp_path: Path) -> None:
    """It has no place among the bot's libraries: 135 MB. Nothing is opened before that is said, and no traceback is shown."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules.update(xllamacpp=None, PIL=None)\n")
    ended = _run(installed, tmp_path, "sandbox", variables={"PYTHONPATH": str(tmp_path)})
    assert (ended.returncode, ended.stdout) == (1, "")
    (said,) = ended.stderr.splitlines()
    assert "not installed: xllamacpp Pillow." in said
    assert "pipx runpip causerie install --no-deps xllamacpp Pillow" in said


def test_an_installed_sandbox_lets_people_ask(installed: Path, tmp_path: Path) -> None:
    """From an empty home, with every file that its page, its model and its bot need."""
    with subprocess.Popen(
        [installed / "causerie", "sandbox"],
        cwd=tmp_path,
        env={"PATH": os.environ.get("PATH", ""), "HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        assert running.stdout is not None
        lines: list[str] = []
        for line in running.stdout:  # which ends when the sandbox does
            lines.append(line)
            if "event='bot.ready'" in line:
                break
        running.send_signal(signal.SIGINT)
        rest = running.stdout.read()
        assert running.wait(timeout=60) == 0
    assert "event='bot.ready'" in lines[-1], "".join(lines) + rest
    assert (tmp_path / ".local" / "share" / "causerie").is_dir()
