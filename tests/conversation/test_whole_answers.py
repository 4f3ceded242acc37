"""An answer that comes in one piece is posted once: no draft stands there for a moment, to be edited at once."""

import json
from typing import Any, Final

import pytest

from tests.conversation.test_every_kind_again import CASES, MODELS, Play, choose
from tests.rig.town import Town

CHAT: Final = json.dumps(
    {"id": "c", "object": "chat.completion", "created": 1, "model": "gpt-4o", "usage": None,
     "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "It is ice."}}]}
).encode()  # fmt: skip
RESPONSE: Final = json.dumps(
    {"object": "response", "status": "completed", "output": [
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "It is ice."}]}]}
).encode()  # fmt: skip
COMPLETION: Final = json.dumps({"choices": [{"index": 0, "finish_reason": "stop", "text": " It is ice."}]}).encode()


def whole(body: bytes) -> dict[str, Any]:
    return {"body": body, "content_type": "application/json"}


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("embedding", None),
        ("moderation", None),
        ("speech", None),
        ("transcription", whole(b'{"text": "What is a comet?"}')),
        ("chat", whole(RESPONSE)),
        ("chat", whole(CHAT)),
        ("code", whole(RESPONSE)),
        ("completion", whole(COMPLETION)),
    ],
)
async def test_an_answer_that_comes_whole_is_posted_once(town: Town, name: str, script: dict[str, Any] | None) -> None:
    """By its kind, or by a server that does not stream, whether it was asked to or not."""
    case = CASES[name]
    api = 'api = "chat_completions"\n' if script and script["body"] is CHAT else ""
    town.config.write_text(MODELS.replace("default = true", f"{api}default = true"))
    await town.start()
    await town.set_status(town.alice, "activate")
    await town.answered(await town.alice.say(town.general, "Hello?"))
    if case.label != "Chat":
        await choose(town, case.label)
    play = Play(town, case)
    if script is not None:
        town.model.script(**script)
    question = await play.say()
    (text,) = await town.answered(question)
    (reply,) = town.replies(question)
    assert text or reply.attachments
    assert reply.edited_at is None


@pytest.mark.parametrize("mode", ["warn", "block"])
async def test_with_a_gate_too_and_with_warn_nobody_waits_for_it(town: Town, mode: str) -> None:
    """`block` has the answer judged before it is posted, once; `warn` shows it, and judges it then."""
    town.config.write_text(f"{MODELS}\n[moderation]\n{mode} = [{town.discord.world.guild.id}]\n")
    await town.start()
    await town.set_status(town.alice, "activate")
    await town.answered(await town.alice.say(town.general, "Hello?"))
    await choose(town, "Embedder")
    if mode == "block":
        question = await town.alice.say(town.general, "Ice")
        (text,) = await town.answered(question)
        assert text.startswith("A vector of")
        assert town.replies(question)[0].edited_at is None
        return
    gate = town.model.gate(lambda request: request.path == "/v1/moderations" and "vector" in str(request.body))
    question = await town.alice.say(town.general, "Ice")
    await gate.reached()
    await town.until(lambda: town.shown(question) and town.shown(question)[0].startswith("A vector of"))
    gate.finish()
    await town.answered(question)


async def test_the_whole_of_an_answer_is_not_lost_when_its_end_is_late(town: Town) -> None:
    """The body of a server that does not stream breaks off: nothing of it counts, and it is asked for once more."""
    town.config.write_text(MODELS)
    await town.start()
    await town.set_status(town.alice, "activate")
    town.model.script("Ice", body=RESPONSE[:-9], content_type="application/json", times=1)
    town.model.script("Ice", **whole(RESPONSE))
    question = await town.alice.say(town.general, "Ice?")
    assert await town.answered(question) == ["It is ice."]
