"""The real small language model answers, comes back when it dies, and leaves nothing behind."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest

from models.api_client import ApiClient
from models.completion import Completion
from models.events import StreamFinished
from models.model import Model
from sandbox.local_model import MODEL, LocalModel
from tests.models.test_prompt import answered, said, turn

QUESTION: Any = [{"role": "user", "content": "What is the capital of France?"}]
STARTER = """
import asyncio
from sandbox.local_model import LocalModel
async def main():
    async with LocalModel() as local:
        print(local.pid, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


@pytest.fixture
async def local() -> AsyncIterator[LocalModel]:
    async with LocalModel() as local:
        yield local


async def test_the_local_model_answers_over_both_apis_and_comes_back(local: LocalModel) -> None:
    """Text streams over Responses and Chat Completions; killed, the model serves again at the same address."""
    async with openai.AsyncOpenAI(api_key=local.key, base_url=local.base_url, max_retries=0) as client:
        responses: Any = await client.responses.create(
            model=MODEL, input=QUESTION, stream=True, max_output_tokens=8, temperature=0
        )
        events = [event async for event in responses]
        assert "".join(event.delta for event in events if event.type == "response.output_text.delta").strip()
        assert events[-1].response.usage.output_tokens > 0
        chat: Any = await client.chat.completions.create(
            model=MODEL, messages=QUESTION, stream=True, max_completion_tokens=8, temperature=0
        )
        assert "".join([c.choices[0].delta.content or "" async for c in chat if c.choices]).strip()

        dead = local.pid
        os.kill(dead, signal.SIGKILL)
        assert await local.stands_again(dead) != dead
        again = await client.responses.create(model=MODEL, input=QUESTION, max_output_tokens=4)
        assert again.output_text.strip()


async def test_the_local_model_writes_a_transcript_on(local: LocalModel) -> None:
    """As the kind `completion` asks for it, by whatever name: the answer ends before anybody else speaks, and its tokens are counted."""
    client = ApiClient(base_url=local.base_url, key=local.key)
    kind = Completion(client)
    asked = turn("What is the capital of France?", said("Hello!"), answered("Hello, Alice!"), max_token=24)
    events = [
        event
        async for event in kind.stream(asked, Model(name=f"{MODEL}-transcript", kind="completion", context_tokens=2048))
    ]
    await client.close()
    *pieces, end = events
    text = "".join(piece for piece in pieces if isinstance(piece, str))
    assert text.strip()
    assert "Alice]" not in text
    assert isinstance(end, StreamFinished)
    assert end.reason in ("complete", "token_limit")
    assert end.usage is not None
    assert end.usage.output_tokens <= 24


async def test_the_local_model_takes_only_its_key(local: LocalModel) -> None:
    """Whoever else is on this machine cannot use it."""
    async with openai.AsyncOpenAI(api_key="sk-other", base_url=local.base_url, max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError):
            await client.responses.create(model=MODEL, input=QUESTION)


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux tells when a stranger's process ends")
async def test_the_local_model_goes_with_its_starter() -> None:
    """A starter that is killed could tell nobody; its model ends all the same."""
    starter = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STARTER, cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.PIPE
    )
    assert starter.stdout is not None
    pid = int(await starter.stdout.readline())
    watched = os.pidfd_open(pid)
    try:
        gone = asyncio.Event()
        asyncio.get_running_loop().add_reader(watched, gone.set)
        starter.kill()
        await starter.wait()
        async with asyncio.timeout(30):
            await gone.wait()
    finally:
        asyncio.get_running_loop().remove_reader(watched)
        os.close(watched)
