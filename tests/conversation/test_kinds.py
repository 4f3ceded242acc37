"""Models of other kinds than chat, as people in Discord meet them."""

import datetime as dt
import signal
from typing import Any

import msgspec
import pytest

from tests.conversation.panels import menus, open_session, open_user, option, press
from tests.conversation.test_survival import WHENS
from tests.models.corpus import shapes
from tests.rig.kill import When
from tests.rig.model.embeddings import vector
from tests.rig.town import Town
from texts.english import ANSWERS, PANELS

COMPLETION = """
[[models]]
name = "davinci"
kind = "completion"
label = "Davinci"
"""


CODE = """
[[models]]
name = "codex"
kind = "code"
label = "Codex"
"""


EMBEDDING = """
[[models]]
name = "embedder"
kind = "embedding"
label = "Embedder"
"""


async def start_with(town: Town, models: str) -> None:
    """A bot that has these models beside those for chat, and Alice, who goes on in one session with the first of them."""
    town.config.write_text(town.config.read_text().replace("[limits]", f"{models}\n[limits]"))
    await town.start()
    await town.set_status(town.alice, "activate")
    town.model.script(answer="Hello!")
    await town.answered(await town.alice.say(town.general, "Hello?"))
    panel = await choose(town, town.alice, models.partition('label = "')[2].partition('"')[0])
    assert panel.content.startswith("This session goes on with")


async def choose(town: Town, person: Any, label: str) -> Any:
    """Choose a model for the current session; returns the redrawn panel."""
    panel = await open_session(town, person)
    menu = menus(panel)[0]
    return await town.seen(await person.choose(panel, menu["custom_id"], option(menu, label)))


async def test_more_models_than_a_menu_holds_stand_on_pages(town: Town) -> None:
    """One leads to the next; a panel that is older than a restart leads there too, and what it offered can be chosen."""
    many = "\n".join(f'[[models]]\nname = "m{number}"' for number in range(60))
    town.config.write_text(town.config.read_text().replace("[limits]", f"{many}\n[limits]"))
    await town.start()
    await town.set_status(town.alice, "activate")
    await town.answered(await town.alice.say(town.general, "Hello?"))
    panel = await open_session(town, town.alice)
    first = menus(panel)[0]
    assert len(first["options"]) == 25
    await town.stop()
    await town.start()
    turned = await town.seen(await town.alice.choose(panel, first["custom_id"], option(first, PANELS["models.next"])))
    second = menus(turned)[0]
    assert [one["label"] for one in second["options"]][:2] == [PANELS["models.previous"], "m22"]
    chosen = await town.seen(await town.alice.choose(turned, second["custom_id"], "m30"))
    assert "**Model**: m30" in chosen.content
    assert [one["value"] for one in menus(chosen)[0]["options"] if one.get("default")] == ["m30"]
    user = await open_user(town, town.alice)
    menu = menus(user)[0]
    turned = await town.seen(await town.alice.choose(user, menu["custom_id"], option(menu, PANELS["models.next"])))
    assert option(menus(turned)[0], "m30") == "m30"


async def test_when_a_model_ends_is_said_where_people_and_operators_look(town: Town) -> None:
    """As its server says it: in the menu, in the panel, and once in the log. What has ended is not offered any more."""
    date = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=9)
    soon, noon = date.isoformat(), int(dt.datetime.combine(date, dt.time(12), dt.UTC).timestamp())
    town.model.shutdowns = {"gpt-4o-mini": soon, "gpt-4o": "2026-01-31"}
    await town.start()
    await town.until(lambda: town.log.read_text().count("model.ends") == 2)
    panel = await open_user(town, town.alice)
    assert f"gpt-4o-mini (until <t:{noon}:D>; then choose another below)" in panel.content
    (offered,) = menus(panel)[0]["options"]
    assert (offered["value"], offered["description"]) == ("gpt-4o-mini", f"until {soon}")


REASONING = """
[[models]]
name = "gpt-6"
label = "GPT-6"
reasoning_tokens = 1000
reasoning_summary = true
efforts = ["default", "high"]
"""


async def test_what_a_model_reasons_is_asked_for_and_shown_to_whoever_presses(town: Town) -> None:
    """An account that does not get it is answered all the same, by a second request, and from then on by the first."""
    town.config.write_text(town.config.read_text().replace("[limits]", f"{REASONING}\n[limits]"))
    await town.start()
    await town.set_status(town.alice, "activate")
    await town.answered(await town.alice.say(town.general, "Hello?"))
    await choose(town, town.alice, "GPT-6")
    shape = next(shape for shape in shapes() if shape.name == "openai-responses-summary")
    town.model.script(body=shape.body, content_type=shape.type)
    question = await town.alice.say(town.general, "Why?")
    assert await town.answered(question) == [shape.text]
    assert town.model.requests[-1].body["reasoning"] == {"summary": "auto"}
    seen = await press(town, town.alice, town.replies(question)[0], "Reasoning")
    assert seen.ephemeral
    assert shape.thought in seen.content
    words = "Your organization must be verified to generate reasoning summaries."
    error = {
        "message": words,
        "type": "invalid_request_error",
        "param": "reasoning.summary",
        "code": "unsupported_value",
    }
    town.model.script(
        lambda request: "reasoning" in request.body,
        body=msgspec.json.encode({"error": error}),
        status=400,
        content_type="application/json",
        times=1,
    )
    asked = len(town.model.requests)
    for text in ("And now?", "And then?"):
        assert await town.answered(await town.alice.say(town.general, text)) == [shape.text]
    assert ["reasoning" in request.body for request in town.model.requests[asked:]] == [True, False, False]


async def test_a_completion_model_goes_on_where_a_chat_ended(town: Town) -> None:
    """The conversation so far becomes a transcript; the panel says that the system message is not told."""
    await start_with(town, COMPLETION)
    panel = await open_session(town, town.alice)
    assert "Davinci (davinci) · Completion" in panel.content
    assert "**System message** (this model is not told it): " in panel.content
    town.model.script(answer=" It is ice.", chunk=3)
    question = await town.alice.say(town.general, "What is a comet?")
    assert await town.answered(question) == ["It is ice."]
    request = town.model.requests[-1]
    assert (request.path, request.model) == ("/v1/completions", "davinci")
    (stop,) = request.body["stop"]
    mark = stop.removeprefix("\n[")
    assert request.text.endswith(
        f"[{mark} Alice]: Hello?\n\n[{mark} Assistant]: Hello!\n\n"
        f"[{mark} Alice]: What is a comet?\n\n[{mark} Assistant]:"
    )
    assert town.rows("SELECT input_tokens > 0, tokens_are_estimated FROM turn ORDER BY id DESC LIMIT 1") == [(1, 0)]


async def test_a_completion_that_is_cut_is_continued_stopped_and_asked_again(town: Town) -> None:
    """*Continue* writes on, *Stop* keeps what is there, *Retry* asks anew."""
    await start_with(town, COMPLETION)
    town.model.script("comet", answer=" It is", incomplete="max_output_tokens")
    question = await town.alice.say(town.general, "What is a comet?")
    await town.answered(question)
    (reply,) = town.replies(question)
    town.model.script(answer=" ice.")
    await town.alice.press(reply, "Continue")
    await town.until(lambda: "ice." in [shown.content for shown in town.discord.messages(town.general, seen_by=None)])
    assert town.model.requests[-1].text.endswith("Assistant]: It is")
    gate = town.model.gate("dust")
    second = await town.alice.say(town.general, "And dust?")
    await gate.reached()
    gate.release(1)
    await town.until(lambda: town.replies(second))
    (draft,) = town.replies(second)
    await town.alice.press(draft, "Stop")
    await town.until(lambda: "Stopped." in town.shown(second)[0])
    town.model.script("dust", answer=" Dust is dust.")
    await town.alice.press(town.replies(second)[0], "Retry")
    await town.until(lambda: "Dust is dust." in town.shown(second))


async def test_the_errors_of_a_completion_have_their_sentences(town: Town) -> None:
    """Those of chat."""
    await start_with(town, COMPLETION)
    town.model.script("One", error="model_not_found")
    question = await town.alice.say(town.general, "One?")
    await town.until(lambda: town.replies(question))
    assert town.shown(question)[0].startswith("This session's model is no longer available.")


async def test_long_code_is_in_the_answer_and_attached_as_a_file(town: Town) -> None:
    """It is named by its language; what is short is not attached."""
    await start_with(town, CODE)
    code = "print('comet')\n" * 200
    town.model.script(answer=f"Here:\n```python\n{code}```\nand\n```sh\npython code.py\n```")
    question = await town.alice.say(town.general, "Print comets.")
    parts = await town.answered(question)
    assert len(parts) > 1
    assert town.model.requests[-1].path == "/v1/responses"
    *before, last = town.replies(question)
    assert [reply.attachments for reply in before] == [[]] * len(before)
    (file,) = last.attachments
    world = town.discord.world
    assert (file["filename"], world.files[file["url"].removeprefix(world.base_url)]) == ("code.py", code.encode())


async def test_a_text_becomes_a_vector_that_is_compared_with_earlier_ones(town: Town) -> None:
    """What a chat said before is not among them; the earlier vectors are not asked for again, also after a restart."""
    await start_with(town, EMBEDDING)
    texts = ("A comet is a ball of ice", "The stock market fell", "A comet is ice and dust")
    answers = []
    for text in texts:
        question = await town.alice.say(town.general, text)
        answers.append((await town.answered(question))[0])
        (reply,) = town.replies(question)
        (file,) = reply.attachments
        world = town.discord.world
        numbers = msgspec.json.decode(world.files[file["url"].removeprefix(world.base_url)])["embedding"]
        assert numbers == pytest.approx(vector(text))
        await town.stop()
        await town.start()
    assert answers[0].startswith("A vector of 64 numbers with norm 1.0000. It begins `")
    assert answers[0].endswith("This session has no other text to compare it with.")
    *_, near, far = answers[2].split("\n")
    assert (near.split(" ", 2)[2], far.split(" ", 2)[2]) == texts[:2]
    asked = [request for request in town.model.requests if request.path == "/v1/embeddings"]
    assert [request.body["input"] for request in asked] == list(texts)
    newest = "(SELECT input_tokens, tokens_are_estimated FROM turn ORDER BY id DESC LIMIT 3)"
    assert town.rows(f"SELECT sum(input_tokens), sum(tokens_are_estimated) FROM {newest}") == [(18, 0)]


async def test_a_text_that_is_too_long_to_embed_has_its_sentence(town: Town) -> None:
    """One request; the session goes on."""
    await start_with(town, EMBEDDING)
    words = b'{"error": {"message": "This model\'s maximum context length is 8192 tokens.", "code": null}}'
    town.model.script("long", body=words, status=400, content_type="application/json")
    question = await town.alice.say(town.general, "A long story")
    await town.until(lambda: town.shown(question) == [ANSWERS["text_too_long"]])
    assert len([request for request in town.model.requests if request.path == "/v1/embeddings"]) == 1
    assert len(await town.answered(await town.alice.say(town.general, "A tale"))) == 1


async def test_a_server_without_such_models_is_not_taken_for_a_wrong_address(town: Town) -> None:
    """The sentence speaks of the model, and offers the default one; no admin hears that nobody can be answered."""
    town.config.write_text(f"{town.config.read_text()}\n[permissions]\nadmins = [{town.alice.id}]\n")
    await start_with(town, EMBEDDING)
    missing = {"body": b'{"detail": "Not Found"}', "status": 404, "content_type": "application/json"}
    town.model.script(lambda request: request.path == "/v1/embeddings", **missing)
    question = await town.alice.say(town.general, "A comet")
    await town.until(lambda: town.shown(question) == [ANSWERS["model_unknown"]])
    (reply,) = town.replies(question)
    await town.alice.press(reply, "Ask gpt-4o-mini from now on")
    await town.until(lambda: "Hello!" in town.shown(question))
    assert town.rows("SELECT count(*) FROM note") == [(0,)]


async def test_a_vector_is_asked_for_again(town: Town) -> None:
    """*Retry* after a failure."""
    await start_with(town, EMBEDDING)
    town.model.script("ice", error="invalid_request", times=1)
    question = await town.alice.say(town.general, "A ball of ice")
    await town.until(lambda: town.shown(question) == [ANSWERS["bad_request"]])
    await town.alice.press(town.replies(question)[0], "Retry")
    await town.until(lambda: any(text.startswith("A vector") for text in town.shown(question)))


@pytest.mark.parametrize("when", WHENS)
async def test_a_kill_at_each_request_of_an_answer_with_code_leaves_one_file(town: Town, when: When) -> None:
    """At most one extra request to the model; the same messages, and no file too few or too many."""
    await start_with(town, CODE)
    code = "print('comet')\n" * 200
    answer = f"Here:\n```python\n{code}```"
    town.model.script("Number", answer=answer, chunk=400, tokens_per_s=30)
    for number, request in enumerate(("POST /v1/responses", "POST /channels", "PATCH", "PUT")):
        asked = len(town.model.requests)
        assert town.bot is not None
        town.counter.arm(town.bot.pid, 1, when, request)
        question = await town.alice.say(town.general, f"Number {number}")
        assert await town.died() == -signal.SIGKILL
        await town.start()
        parts = await town.answered(question)
        assert "".join("".join(parts).replace("```python", "").split()).count("print('comet')") == 200, (request, when)
        files = [file["filename"] for reply in town.replies(question) for file in reply.attachments]
        assert files == ["code.py"], (request, when)
        assert len(town.model.requests) - asked <= 2


@pytest.mark.parametrize("when", WHENS)
async def test_a_kill_at_each_request_of_an_embedding_leaves_one_answer_and_one_vector(town: Town, when: When) -> None:
    """At most one extra request to the model."""
    await start_with(town, EMBEDDING)
    for number, request in enumerate(("POST /v1/embeddings", "POST /channels", "PUT"), start=1):
        asked = len(town.model.requests)
        assert town.bot is not None
        town.counter.arm(town.bot.pid, 1, when, request)
        question = await town.alice.say(town.general, f"Number {number}")
        assert await town.died() == -signal.SIGKILL
        await town.start()
        (answer,) = await town.answered(question)
        assert answer.startswith("A vector of 64 numbers"), (request, when)
        (reply,) = town.replies(question)
        assert [file["filename"] for file in reply.attachments] == ["embedding.json"]
        assert reply.attachments[0]["description"].startswith("The whole vector as JSON: ")
        assert len(town.model.requests) - asked <= 2
        assert town.rows("SELECT count(*) FROM vector") == [(number,)]


@pytest.mark.parametrize("when", WHENS)
async def test_a_kill_at_each_request_of_a_completion_leaves_one_exact_answer(town: Town, when: When) -> None:
    """At most one extra request to the model."""
    await start_with(town, COMPLETION)
    for number, request in enumerate(("POST /v1/completions", "POST /channels", "PATCH", "PUT")):
        town.model.script(f"Number {number}", answer=" It is a ball of ice and dust.", chunk=2, tokens_per_s=30)
        asked = len(town.model.requests)
        assert town.bot is not None
        town.counter.arm(town.bot.pid, 1, when, request)
        question = await town.alice.say(town.general, f"Number {number}?")
        assert await town.died() == -signal.SIGKILL
        await town.start()
        assert await town.answered(question) == ["It is a ball of ice and dust."], (request, when)
        assert len(town.model.requests) - asked <= 2
