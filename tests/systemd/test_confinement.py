"""What the service may not do, tried from inside of its unit, and who else may see its secrets and its data."""

import json

import anyio

from tests.systemd.conftest import Service
from tests.systemd.machine import PYTHON

PROBE = f"""#!{PYTHON} -I
import ctypes, json, mmap, os, socket, subprocess

def tried(what):
    try:
        what()
    except BaseException as error:
        return type(error).__name__
    return "done"

def written(path):
    return lambda: open(path, "w").close()

def read(path):
    return lambda: os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1)

def namespace():
    if ctypes.CDLL(None, use_errno=True).unshare(0x10000000):
        raise OSError("unshare")

print(json.dumps({{
    "its own data": tried(written("/var/lib/causerie/probe")),
    "its own token": tried(read(os.environ["CREDENTIALS_DIRECTORY"] + "/DISCORD_TOKEN")),
    "the settings": tried(read("/etc/causerie/causerie.toml")),
    "the network": tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)),
    "a lower priority": tried(lambda: os.nice(5)),
    "write /etc": tried(written("/etc/probe")),
    "write /usr": tried(written("/usr/local/lib/causerie/probe")),
    "write another's data": tried(written("/var/lib/probe")),
    "read the home of root": tried(read(os.path.expanduser("~root/.profile"))),
    "read the token's file": tried(read("/etc/causerie/DISCORD_TOKEN")),
    "see PID 1": tried(read("/proc/1/cmdline")),
    "a raw socket": tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)),
    "a packet socket": tried(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)),
    "memory to write and execute": tried(lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)),
    "a namespace": tried(namespace),
    "another user": tried(lambda: os.setuid(0)),
    "a device": tried(read("/dev/mem")),
}}))
"""
MAY = ("its own data", "its own token", "the settings", "the network", "a lower priority")


async def test_the_unit_leaves_it_its_data_the_network_and_nothing_else(service: Service) -> None:
    """A program that tries runs in the place of the bot, under every line of the unit."""
    service.systemd.write("/opt/probe", PROBE, "0755")
    service.configure("Type=oneshot\nRestart=no\nWatchdogSec=0\nExecStart=\nExecStart=/opt/probe")
    await service.systemctl("start", service.unit)
    (line,) = [one for one in service.systemd.log(service.unit).splitlines() if one.startswith('{"its own data')]
    tried = json.loads(line)
    assert {what: outcome for what, outcome in tried.items() if (outcome == "done") != (what in MAY)} == {}


async def test_secrets_and_data_are_open_to_the_service_alone(service: Service) -> None:
    """Not to another service's user, and not in the environment, which others may see."""
    service.configure()
    await service.start()
    look = "id -u; cat /run/credentials/causerie.service/DISCORD_TOKEN || ls /var/lib/private/causerie || cat /etc/causerie/DISCORD_TOKEN"
    other = ("setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", "sh", "-c", look)
    ended = await anyio.to_thread.run_sync(lambda: service.systemd.run(*other, check=False))
    assert (ended.returncode != 0, ended.stdout) == (True, "54321\n")
    assert service.town.discord.token not in ended.stdout
    environment = service.systemd.run("cat", f"/proc/{service.state('MainPID')}/environ").stdout
    assert "CREDENTIALS_DIRECTORY" in environment
    assert service.town.discord.token not in environment
    assert service.town.model.key not in environment
    modes = service.systemd.run("find", "/var/lib/private/causerie", "-perm", "/077").stdout
    assert modes == ""


async def test_a_reload_reads_the_settings_and_a_backup_is_made_beside_the_running_bot(service: Service) -> None:
    """`systemctl reload` ends nothing; the unit of the timer copies the data as the bot's own user."""
    service.configure()
    await service.start()
    pid = service.state("MainPID")
    service.systemd.write("/etc/causerie/causerie.toml", service.town.config.read_text().replace("= 1000", "= 999"))
    await service.systemctl("reload", service.unit)
    await service.town.until(lambda: "settings.reloaded" in service.systemd.log(service.unit))
    await service.systemctl("start", "causerie-backup.service")
    found = service.systemd.run("find", "/var/lib/private/causerie/backups", "-name", "*.db").stdout.splitlines()
    assert len(found) == 1
    assert (service.state("MainPID"), service.state()) == (pid, "active")
