"""Servers that speak OpenAI's language in their own way, as people in Discord meet them."""

import json
from typing import Any

from tests.conversation.panels import press
from tests.models.corpus import shapes
from tests.rig.model import ModelRequest
from tests.rig.town import Town
from texts.english import ANSWERS, PANELS

SHAPES = {shape.name: shape for shape in shapes()}


def speak(town: Town, name: str) -> None:
    """Have the model answer in a shape of the corpus."""
    town.model.script(body=SHAPES[name].body, content_type=SHAPES[name].type)


async def chats(town: Town) -> None:
    """A bot whose models are asked by Chat Completions, and Alice, who goes on in one session."""
    town.config.write_text(town.config.read_text().replace('"responses"', '"chat_completions"'))
    await town.start()
    await town.set_status(town.alice, "activate")


async def test_reasoning_is_shown_to_nobody_but_on_request_and_never_told_again(town: Town) -> None:
    """The answer is the answer; *Reasoning* shows the rest in private, to those who may see the session."""
    await chats(town)
    speak(town, "qwen3-tags-in-text")
    first = await town.alice.say(town.general, "Hello?")
    assert await town.answered(first) == ["Guten Tag! 👋"]
    (reply,) = town.replies(first)
    seen = await press(town, town.alice, reply, "Reasoning")
    assert seen.content == f"{PANELS['reasoning.head']}\nThe user greets…"
    assert seen.ephemeral
    town.model.script()
    second = await town.alice.say(town.general, "And now?")
    await town.answered(second)
    told = town.model.requests[-1].dialogue
    assert ("assistant", "Guten Tag! 👋") in told
    assert "greets" not in str(told)
    (without,) = town.replies(second)
    assert not without.components


async def test_a_model_that_thinks_is_said_to_think_until_it_answers(town: Town) -> None:
    """In the message that then becomes the answer."""
    await chats(town)
    shape = SHAPES["deepseek-v3.2"]
    thought, answer = shape.body.split(b"data: ", 2)[1:]
    gate = town.model.gate()
    town.model.script(body=shape.body, write_bytes=len(b": keep-alive\n\ndata: " + thought))
    question = await town.alice.say(town.general, "Hello?")
    gate.release()
    await town.until(lambda: town.shown(question) == [f"-# {ANSWERS['thinking']} ▌"])
    (thinking,) = town.replies(question)
    gate.finish()
    assert await town.answered(question) == ["Guten Tag! 👋"]
    assert [reply.id for reply in town.replies(question)] == [thinking.id]
    assert answer


async def test_answers_in_many_shapes_are_answers_in_discord(town: Town) -> None:
    """Also where the draft had shown what turned out to be reasoning."""
    await chats(town)
    for name in (
        "qwen3-2507-thinking",
        "magistral-2507-parts",
        "new-api-whole",
        "minimax-m2-whole-last",
        "gpt-oss-harmony",
    ):
        speak(town, name)
        question = await town.alice.say(town.general, f"Hello, {name}?")
        assert await town.answered(question) == [SHAPES[name].text]
    told = str(town.model.requests[-1].body)
    assert not [name for name, shape in SHAPES.items() if shape.thought.strip() and shape.thought.strip() in told]


async def test_an_end_that_is_none_is_said(town: Town) -> None:
    """The text so far, a sentence, and *Continue*."""
    await chats(town)
    speak(town, "deepseek-busy")
    question = await town.alice.say(town.general, "Hello?")
    await town.until(lambda: town.shown(question) == [f"Guten T\n-# {ANSWERS['error_event']}"])
    assert "Continue" in str(town.replies(question)[0].components)


async def test_one_persons_large_request_silences_nobody(town: Town) -> None:
    """Whoever asks for more than the budget pays for is answered with what it does pay for; others are answered as ever."""
    await chats(town)
    message = "This request requires more credits, or fewer max_tokens. You requested up to 16384 tokens, but can only afford 3919."
    refusal = json.dumps({"error": {"message": message, "code": 402}}).encode()

    def is_dear(request: ModelRequest) -> bool:
        return int(request.body["max_completion_tokens"]) > 3919

    town.model.script(is_dear, body=refusal, status=402, content_type="application/json")
    await town.seen(await town.alice.command(town.general, "user", max_token=16_384))
    await town.set_status(town.bob, "new")
    for person in (town.alice, town.bob):
        question: Any = await person.say(town.general, "Hello?")
        assert await town.answered(question) == [f"You said: [{person.name}]: Hello?"]
    first, *others = [request.body["max_completion_tokens"] for request in town.model.requests]
    assert first > 3919
    assert others == [3919, 500]


async def test_a_prompt_that_is_flagged_silences_nobody(town: Town) -> None:
    """Though its status is that of a wrong key."""
    await chats(town)
    flagged = json.dumps({"error": {"message": "Your input was flagged.", "code": 403}}).encode()
    town.model.script("weapon", body=flagged, status=403, content_type="application/json")
    question = await town.alice.say(town.general, "How do I build a weapon?")
    await town.until(lambda: town.shown(question) == [ANSWERS["content_filter"]])
    await town.set_status(town.bob, "new")
    assert await town.answered(await town.bob.say(town.general, "Hello?")) == ["You said: [Bob]: Hello?"]


async def test_reasoning_that_may_quote_a_system_message_is_for_the_owner_alone(town: Town) -> None:
    """Bob sees the public session, and asked in it, but its system message is Alice's."""
    await chats(town)
    speak(town, "qwen3-tags-in-text")
    await town.seen(await town.alice.command(town.general, "user", system_msg="Be a pirate."))
    first = await town.alice.say(town.general, "Hello?")
    await town.answered(first)
    await town.set_status(town.bob, "new")
    asked = await town.bob.say(town.general, "And I?", reply_to=town.replies(first)[0])
    await town.answered(asked)
    (reply,) = town.replies(asked)
    assert (await press(town, town.bob, reply, "Reasoning")).content == PANELS["reasoning.owners"]
    assert "greets" in (await press(town, town.alice, reply, "Reasoning")).content


async def test_a_server_that_says_200_to_a_path_that_it_lacks_is_asked_by_its_other_api(town: Town) -> None:
    """LM Studio; two requests for the first question, one for the next."""
    await town.start()
    await town.set_status(town.alice, "new")
    town.model.script(
        lambda request: request.path.endswith("/responses"),
        body=b'{"error":"Unexpected endpoint or method. (POST /v1/responses)"}',
        content_type="application/json",
    )
    for number in (2, 3):
        question = await town.alice.say(town.general, "Hello?")
        assert await town.answered(question) == ["You said: [Alice]: Hello?"]
        assert len(town.model.requests) == number


async def test_a_temperature_that_the_model_refuses_costs_one_request_and_is_said(town: Town) -> None:
    """The first question finds out; from then on the panel says that the model is asked without."""
    await chats(town)
    refusal = {"error": {"message": "Unsupported parameter: 'temperature' is not supported with this model."}}
    town.model.script(
        lambda request: "temperature" in request.body,
        body=json.dumps(refusal).encode(),
        status=400,
        content_type="application/json",
    )
    panel = await town.seen(await town.alice.command(town.general, "user", temperature=1.5))
    assert "**Temperature**: 1.5\n" in panel.content
    for requests in (2, 3):
        await town.answered(await town.alice.say(town.general, "Hello?"))
        assert len(town.model.requests) == requests
    panel = await town.seen(await town.alice.command(town.general, "user"))
    assert "**Temperature**: 1.5, but gpt-4o-mini takes none or not this one, so it is asked without" in panel.content
    panel = await town.seen(await town.alice.command(town.general, "session"))
    assert PANELS["session.temperature_unused"].format(temperature="1.5") in panel.content
