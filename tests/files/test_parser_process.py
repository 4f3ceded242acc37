"""The process that parses ends in time, whatever happens to it or to the bot."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

import files.documents
from files.documents import PARSER, Document, DocumentReader

CHECKOUT = Path(__file__).parents[2]
LETTER = CHECKOUT / "tests" / "fixtures" / "documents" / "letter.pdf"
PDF = "application/pdf"


Script = Callable[[str], None]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Script:
    """Have this Python run in place of the parser."""
    path = tmp_path / "scripted.py"
    monkeypatch.setattr(files.documents, "PARSER", path)

    def write(code: str) -> None:
        path.write_text(code)

    return write


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.abort()",
        "raise SystemExit(1)",
        "print('{\"text\": ')",
        "print('[]')",
        "while True: print('x' * 100000)",
        "import resource as r; r.setrlimit(r.RLIMIT_AS, (10**8, 10**8)); bytes(10**9)",
    ],
    ids=["abort", "exit", "half", "other", "endless", "memory"],
)
async def test_a_parser_that_crashes_or_writes_nonsense_is_a_problem_of_the_document(script: Script, code: str) -> None:
    """The bot goes on."""
    script(code)
    assert await DocumentReader().read(LETTER, PDF) == Document(problem="document_failed")


async def test_a_parser_gets_none_of_the_bots_variables(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """Token and key may stand in the bot's environment, and a parser is what a stranger's file may take over."""
    monkeypatch.setenv("DISCORD_TOKEN", "secret")
    script(
        "import json, os; names = ' '.join(sorted(os.environ))\n"
        "print(json.dumps({'text': names, 'pages': 0, 'read': 0, 'is_cut': False, 'problem': ''}))"
    )
    assert await DocumentReader().read(LETTER, PDF) == Document(text="LC_ALL")


async def test_a_parser_that_hangs_is_ended(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its time is over some time."""
    script("import time; time.sleep(600)")
    monkeypatch.setattr(files.documents, "PARSER_S", 0.05)
    assert await DocumentReader().read(LETTER, PDF) == Document(problem="document_too_slow")


async def test_a_machine_that_starts_no_process_can_be_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says nothing of the document."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert await DocumentReader().read(LETTER, PDF) is None


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


HANGING = """
import os, sys
sys.path.insert(0, {checkout!r})
from files import parser
parser._end_with_starter()
os.mkfifo({fifo!r} + ".never")
with open({fifo!r}, "w") as file:
    file.write(str(os.getpid()))
open({fifo!r} + ".never").read()  # for ever, and not in Python
"""

STARTER = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {checkout!r})
import files.documents
files.documents.PARSER = Path({script!r})
async def main():
    await files.documents.DocumentReader().read(Path("x"), "application/pdf")
{run}
"""


@pytest.mark.parametrize(
    "loop", ["asyncio.run(main())", "import uvloop; uvloop.run(main())"], ids=["asyncio", "uvloop"]
)
async def test_a_parser_ends_when_the_bot_is_killed(tmp_path: Path, loop: str) -> None:
    """Also where it hangs in a library that is not Python."""
    checkout, script, fifo = str(CHECKOUT), tmp_path / "hanging.py", tmp_path / "fifo"
    script.write_text(HANGING.format(checkout=checkout, fifo=str(fifo)))
    os.mkfifo(fifo)
    code = STARTER.format(checkout=checkout, script=str(script), run=loop)
    with subprocess.Popen([sys.executable, "-c", code]) as bot:  # noqa: ASYNC220 it starts at once
        pid = int(await anyio.Path(fifo).read_text())
        assert is_alive(pid)
        bot.send_signal(signal.SIGKILL)
    with anyio.fail_after(20):
        while is_alive(pid):  # noqa: ASYNC110 nobody tells when another's child has ended
            await anyio.sleep(0.01)


async def test_a_parser_ends_when_nobody_wants_its_text_any_more(script: Script, tmp_path: Path) -> None:
    """A turn that is stopped leaves no process behind."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    script(HANGING.format(checkout=str(CHECKOUT), fifo=str(fifo)))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(DocumentReader().read, LETTER, PDF)
        pid = int(await anyio.Path(fifo).read_text())
        tasks.cancel_scope.cancel()
    assert not is_alive(pid)


def test_the_bots_process_has_none_of_the_libraries_that_parse() -> None:
    """They cost memory, and their crashes would be its own."""
    code = "import sys, bot; print([name for name in ('pypdf', 'charset_normalizer') if name in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


CLOSED = """
import ctypes, os, runpy, sys
libc = ctypes.CDLL(None)
libc.prctl(65, 1, 0, 0, 0)  # PR_SET_MDWE, as systemd's MemoryDenyWriteExecute; a kernel older than 6.3 knows it not
sys.argv = ["parser.py", *sys.argv[1:]]
runpy.run_path({parser!r}, run_name="__main__")
print(os.getpriority(os.PRIO_PROCESS, 0), open("/proc/self/oom_score_adj").read(), file=sys.stderr)
"""


@pytest.mark.parametrize(("kind", "name"), [("pdf", "letter.pdf"), ("docx", "letter.docx"), ("docx", "box.docx")])
def test_a_parser_needs_no_memory_that_is_written_and_run_and_lets_others_go_first(kind: str, name: str) -> None:
    """As the unit for systemd starts it; where the machine's memory runs out, it is ended before everything else."""
    command = [sys.executable, "-I", "-c", CLOSED.format(parser=str(PARSER)), kind, str(LETTER.with_name(name)), "1000"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as parser:
        assert parser.stdout is not None
        assert parser.stderr is not None
        said, (priority, ended_first) = parser.stdout.read(), parser.stderr.read().split()
    assert b'"problem": ""' in said
    assert int(priority) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    assert ended_first == b"1000"
