"""What is installed is what the locks say, to the byte: each library has a version and hashes, and nothing is installed without them."""

import json
import re
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
LOCKS = sorted((CHECKOUT / "requirements").glob("*.txt"))
INSTALLERS = ("Makefile", "deploy/Containerfile", ".github/workflows/check.yml", "requirements/install.py")
SBOM = CHECKOUT / ".venv" / "audit" / "bin" / "cyclonedx-py"


def locked(lock: Path) -> dict[str, str]:
    """Return each library of a lock with all that is said of it."""
    entries = re.split(r"\n(?=\S)", lock.read_text().replace("\\\n", "").strip())
    return {entry.partition("==")[0].partition("[")[0]: entry for entry in entries}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_each_library_has_one_version_and_its_hashes(lock: Path) -> None:
    """No range, no address, no option that has pip look elsewhere."""
    entry = r"[a-z0-9._-]+(\[[a-z0-9,_-]+\])?==[a-z0-9.+!]+( ; [^#@]+?)?(\s+--hash=sha256:[0-9a-f]{64})+"
    assert [name for name, said in locked(lock).items() if not re.fullmatch(entry, said)] == []


@pytest.mark.parametrize("name", INSTALLERS)
def test_nothing_is_installed_without_hashes(name: str) -> None:
    """Each command of pip's that installs takes a lock and its hashes, or what was built here."""
    text = (CHECKOUT / name).read_text().replace("\\\n", "")
    commands = [line for line in text.splitlines() if re.search(r"pip\b.* install |\"install\"", line)]
    assert commands
    ours = ("--no-index /dist/", "--editable .", '"$GITHUB_WORKSPACE"/dist/')
    for command in commands:
        for one in re.split(r"&&", command):
            if "install" in one:
                assert "--no-deps" in one, one
                assert "--require-hashes" in one or any(mine in one for mine in ours), one


def test_the_bill_of_materials_names_each_library_of_the_lock(tmp_path: Path) -> None:
    """The command of `make sbom`, with the lock from which operators install."""
    (command,) = re.findall(
        r"^sbom:.*\n(?:\t.*\n)*?\t@(.*cyclonedx-py .*\\\n.*)$", (CHECKOUT / "Makefile").read_text(), re.MULTILINE
    )
    assert command.endswith("requirements/run.txt")
    if not SBOM.exists():
        pytest.skip("cyclonedx-py is missing: `make sbom` installs it")
    written = tmp_path / "sbom.json"
    arguments = [str(written) if word.startswith("dist/") else word for word in command.replace("\\\n", "").split()]
    subprocess.run(arguments, cwd=CHECKOUT, check=True, timeout=60)
    found = {one["name"] for one in json.loads(written.read_text())["components"]}
    assert found == set(locked(CHECKOUT / "requirements" / "run.txt"))
