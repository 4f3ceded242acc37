"""The sandbox's thinker: it reasons for as long as it is told to, aloud and about nothing, and says that no model thinks here."""

import asyncio
import secrets
import time
from typing import Final

import msgspec
from aiohttp import web

from sandbox.models.answers import BadRequestError, Json, begin_events, read_json

MODEL: Final = "sandbox-thinker"

STEPS: Final = {"low": 2, "medium": 4, "high": 8}
"""How many sentences it thinks, by the effort that it is told (OpenAI: API reference, Create chat completion, reasoning_effort)."""

EFFORT: Final = "medium"
"""How much it reasons where it is told nothing."""

PAUSE_S: Final = 0.5
"""Between two sentences, so that people see it think."""

THOUGHT: Final = "Step {number} of {steps}: nothing is thought here. "
ANSWER: Final = "The sandbox was told to reason with the effort “{effort}”, and wrote {steps} sentences for it. No model thought about this."


async def think(http: web.Request) -> web.StreamResponse:
    """Answer POST /v1/chat/completions, as a stream or whole."""
    body = await read_json(http, "messages", "model")
    effort = body.get("reasoning_effort") or EFFORT
    if effort not in STEPS:
        raise BadRequestError(
            f"Invalid value: '{effort}'. Supported values are: {', '.join(STEPS)} for 'reasoning_effort'."
        )
    steps = STEPS[effort]
    thoughts = [THOUGHT.format(number=number, steps=steps) for number in range(1, steps + 1)]
    answer = ANSWER.format(effort=effort, steps=steps)
    about = {"id": f"chatcmpl-{secrets.token_hex(8)}", "created": int(time.time()), "model": MODEL}
    usage = _usage(body, thoughts, answer)
    if not body.get("stream"):
        message = {"role": "assistant", "content": answer, "reasoning_content": "".join(thoughts)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return web.json_response({**about, "object": "chat.completion", "choices": [choice], "usage": usage})
    response = await begin_events(http)

    async def send(choices: list[Json], **more: object) -> None:
        chunk = {**about, "object": "chat.completion.chunk", "choices": choices, **more}
        await response.write(b"data: %s\n\n" % msgspec.json.encode(chunk))

    for thought in thoughts:
        await send([{"index": 0, "delta": {"role": "assistant", "reasoning_content": thought}, "finish_reason": None}])
        await asyncio.sleep(PAUSE_S)
    await send([{"index": 0, "delta": {"content": answer}, "finish_reason": None}])
    await send([{"index": 0, "delta": {}, "finish_reason": "stop"}])
    await send([], usage=usage)
    await response.write(b"data: [DONE]\n\n")
    await response.write_eof()
    return response


def _usage(body: Json, thoughts: list[str], answer: str) -> Json:
    asked = sum(len(str(message).split()) for message in body["messages"])
    thought = sum(len(one.split()) for one in thoughts)
    written = thought + len(answer.split())
    return {
        "prompt_tokens": asked,
        "completion_tokens": written,
        "total_tokens": asked + written,
        "completion_tokens_details": {"reasoning_tokens": thought},
    }
