"""A systemd of its own, as PID 1, for tests: over this machine's files by an overlay, of which it changes none."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).parents[2]
BOOT: Final = Path(__file__).parent / "boot.sh"
SYSTEMD: Final = Path("/lib/systemd/systemd")
NEEDED: Final = ("unshare", "nsenter", "pivot_root", "systemctl")

BOOT_S: Final = 30.0
LOOK_AGAIN_S: Final = 0.05

PREFIX: Final = Path(sys.base_prefix)
PYTHON: Final = (
    Path(sys.base_prefix if sys.base_prefix == "/usr" else "/opt/python")
    / "bin"
    / f"python{sys.version_info.major}.{sys.version_info.minor}"
)
"""The Python of these tests, where the machine sees it."""


def why_not() -> str:
    """Return why this machine cannot boot a systemd of its own, and what to do; "" where it can."""
    if sys.platform != "linux" or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "systemd is booted by root alone, on Linux: run the tests as root, for instance by sudo"
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing or not SYSTEMD.exists():
        return f"{', '.join(missing) or SYSTEMD} is missing: install Debian's packages systemd and util-linux"
    return _refusal()


def _refusal() -> str:
    """Return what the kernel says to the mounts that are needed; a container's rights are often too few."""
    tried = "mount --make-rprivate / && mount -t tmpfs tmpfs /mnt && mkdir /mnt/a /mnt/b /mnt/c /mnt/d"
    tried += " && mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/a,workdir=/mnt/b /mnt/c && mount -t cgroup2 cgroup2 /mnt/d"
    command = ["unshare", "--mount", "--pid", "--fork", "--cgroup", "--uts", "--ipc", "sh", "-c", tried]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return (
        f"the kernel lets nobody here mount an overlay or a cgroup2: {ended.stderr.strip()}" if ended.returncode else ""
    )


class Machine:
    """A booted systemd. `shared` is the one folder that it and the tests see, there as `/shared`."""

    def __init__(self, pid: int, shared: Path) -> None:
        self.pid = pid
        self.shared = shared
        self._enter = ["nsenter", "--target", str(pid), "--mount", "--pid", "--uts", "--ipc", "--cgroup"]

    def run(
        self, *command: str, check: bool = True, stdin: str = "", folder: str = "/", timeout_s: float = 60
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command in it as root, and wait for its end.

        :raises AssertionError: it fails, unless `check` is False
        """
        env = {"PATH": os.environ.get("PATH", ""), "HOME": "/root", "LANG": "C.UTF-8", "SYSTEMD_PAGER": ""}
        ended = subprocess.run(
            [*self._enter, "sh", "-c", 'cd "$0" && exec "$@"', folder, *command],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
            env=env,
        )
        assert not check or ended.returncode == 0, f"{command}: {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
        return ended

    def write(self, path: str, text: str, mode: str = "0644") -> None:
        """Write a file in it, with the folders above."""
        self.run("install", "-D", "-m", mode, "/dev/stdin", path, stdin=text)

    def systemctl(self, *arguments: str, check: bool = True) -> str:
        """Run `systemctl`, and return what it prints."""
        return self.run("systemctl", *arguments, check=check).stdout

    def property(self, unit: str, name: str) -> str:
        """Return what systemd says of a unit, such as its `ActiveState` or `NRestarts`."""
        return self.systemctl("show", "--value", f"--property={name}", unit).strip()

    def until(self, unit: str, name: str, value: str, within_s: float = 30) -> None:
        """Wait until a property of a unit has a value; systemd is asked again and again.

        :raises TimeoutError: it has another one for so long
        """
        ends_at_s = time.monotonic() + within_s
        while (found := self.property(unit, name)) != value:
            if time.monotonic() > ends_at_s:
                raise TimeoutError(f"{name} of {unit} is {found} and not {value}:\n{self.log(unit)}")
            time.sleep(LOOK_AGAIN_S)

    def log(self, unit: str) -> str:
        """Return what the unit has logged, by systemd's own journal."""
        return self.run("journalctl", "--unit", unit, "--output=cat", "--no-pager", check=False).stdout

    def priorities(self, unit: str) -> dict[str, int]:
        """Return the journal's priority of each line that the unit has logged."""
        said = self.run("journalctl", "--unit", unit, "--output=json", "--no-pager").stdout
        return {str(line["MESSAGE"]): int(line["PRIORITY"]) for line in map(json.loads, said.splitlines())}


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """Boot a systemd whose files are in the memory, and end it with all its processes.

    :param folder: an empty folder
    """
    root, shared, group = folder / "machine", folder / "shared", f"causerie-tests-{secrets.token_hex(4)}"
    root.mkdir()
    shared.mkdir(mode=0o755)
    env = {
        "PATH": os.environ.get("PATH", ""),
        "CGROUP": group,
        "SHARED": str(shared),
        "SOURCE": str(CHECKOUT),
        "LIBRARIES": sysconfig.get_path("purelib"),
        "PYTHON": str(PREFIX),
    }
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc", str(BOOT), str(root)]
    said = folder / "boot.log"
    with said.open("w") as log:
        outside = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield _booted(outside, shared, said)
    finally:
        outside.kill()  # and with it, PID 1 of the machine, and with that, everything in it
        outside.wait()
        _remove(group)


def _booted(outside: "subprocess.Popen[bytes]", shared: Path, said: Path) -> Machine:
    children = Path(f"/proc/{outside.pid}/task/{outside.pid}/children")
    ends_at_s = time.monotonic() + BOOT_S
    while time.monotonic() < ends_at_s and outside.poll() is None:
        for pid in children.read_text().split():
            booted = Machine(int(pid), shared)
            if Path(f"/proc/{pid}/comm").read_text().strip() == "systemd":
                state = booted.run("systemctl", "is-system-running", check=False).stdout.strip()
                if state in ("running", "degraded"):
                    return booted
        time.sleep(LOOK_AGAIN_S)
    raise TimeoutError(f"systemd did not boot:\n{said.read_text()}")


def _remove(group: str) -> None:
    """Remove the machine's control groups, which are empty now; the kernel takes a moment to see that."""
    tree = "mount -t cgroup2 cgroup2 /mnt && for n in $(seq 50); do find /mnt/$0 -depth -type d -exec rmdir {} + 2>/dev/null;"
    tree += " [ -e /mnt/$0 ] || exit 0; sleep 0.1; done; exit 1"
    command = ["unshare", "--mount", "--propagation=private", "sh", "-c", tree, group]
    subprocess.run(command, check=False, timeout=30)
