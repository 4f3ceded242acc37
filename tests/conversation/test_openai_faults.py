"""What goes wrong at the model's server, and what a person then reads: each its own sentence, whatever text there was kept."""

from typing import Any

import pytest

from messages.turn import Reason
from tests.conversation.panels import open_session, press
from tests.rig.model.wire import CHARS_A_TOKEN, tokens_in
from tests.rig.town import Town
from texts.english import ANSWERS

ANSWER = "A comet is a ball of ice, dust and rock. " * 6


async def ended(town: Town, question: Any) -> str:
    """Wait until a question has its outcome; the text of its one reply."""
    await town.until(
        lambda: (
            town.replies(question)
            and not town.reactions(question) - {"👌"}
            and "Stop" not in str(town.replies(question)[-1].components)
        ),
        timeout_s=60,
    )
    (reply,) = town.replies(question)
    return str(reply.content)


async def still_answers(town: Town) -> None:
    """With the server well again, the next question is answered."""
    town.model.script()
    question = await town.alice.say(town.general, "And now?")
    assert await town.answered(question) == ["You said: [Alice]: And now?"]


@pytest.mark.parametrize(
    ("fault", "reason", "requests"),
    [
        ({"error_event": True}, "error_event", 1),
        ({"failed": True}, "response_failed", 1),
        ({"incomplete": "max_output_tokens"}, "token_limit", 1),
        ({"incomplete": "content_filter"}, "content_filter", 1),
        ({"cut_after": 100}, "stream_broke", 2),
        ({"clean_end_after": 100}, "ended_early", 2),
        ({"garbage": "malformed"}, "malformed", 2),
    ],
)
async def test_what_ends_an_answer_is_said_and_its_text_is_kept(
    town: Town, fault: dict[str, Any], reason: Reason, requests: int
) -> None:
    """What broke without a word from the server is tried once more by itself, into the same message."""
    await town.start()
    await town.set_status(town.alice, "new")
    town.model.script(answer=ANSWER, **fault)
    text = await ended(town, await town.alice.say(town.general, "What is a comet?"))
    assert ANSWERS[reason] in text
    said = text.split("\n-# ")[0]
    assert said
    assert ANSWER.startswith(said.strip()[:40])
    assert len(town.model.requests) == requests
    await still_answers(town)


@pytest.mark.parametrize("garbage", ["split_utf8", "one_byte", "unknown_events"])
async def test_frames_that_break_a_careless_reader_are_read(town: Town, garbage: str) -> None:
    """The text is exact."""
    await town.start()
    await town.set_status(town.alice, "new")
    town.model.script(answer="Ein Komet — 彗星 ☄️ — ist Eis.", garbage=garbage)
    question = await town.alice.say(town.general, "What is a comet?")
    assert await town.answered(question) == ["Ein Komet — 彗星 ☄️ — ist Eis."]


async def test_a_refusal_of_the_model_is_said(town: Town) -> None:
    """In our words."""
    await town.start()
    await town.set_status(town.alice, "new")
    town.model.script(answer="I cannot help with that.", refusal=True)
    text = await ended(town, await town.alice.say(town.general, "What is a comet?"))
    assert ANSWERS["refused_by_model"] in text
    await still_answers(town)


async def test_a_used_up_budget_is_told_once_to_each_and_once_to_admins(town: Town) -> None:
    """One request; a person's next question carries a mark; after that the breaker keeps the server alone."""
    town.config.write_text(town.config.read_text() + f"\n[permissions]\nadmins = [{town.bob.id}]\n")
    await town.start()
    await town.set_status(town.alice, "new")
    town.model.script(error="insufficient_quota")
    first = await town.alice.say(town.general, "What is a comet?")
    assert await ended(town, first) == ANSWERS["quota_exhausted"]
    second = await town.alice.say(town.general, "And a moon?")
    await town.until(lambda: town.reactions(second) == {"🚫"})
    assert not town.replies(second)
    assert len(town.model.requests) == 1
    direct = town.bob.direct_messages
    await town.until(lambda: len(town.discord.messages(direct, seen_by=None)) == 1)
    (told,) = town.discord.messages(direct, seen_by=None)
    assert "OPENAI_API_KEY" in told.content
    await town.stop()
    await town.start()
    third = await town.alice.say(town.general, "And a sun?")
    await town.until(lambda: town.reactions(third) == {"🚫"})
    assert len(town.discord.messages(direct, seen_by=None)) == 1


async def test_a_short_limit_is_waited_for_and_a_long_one_is_told(town: Town) -> None:
    """Retry-After 1: asked again by itself. 3600: not asked, the person reads when."""
    await town.start()
    await town.set_status(town.alice, "new")
    town.model.script(error="rate_limit_exceeded", retry_after_s=1.0, times=1)
    await town.answered(await town.alice.say(town.general, "What is a comet?"))
    assert len(town.model.requests) == 2
    assert town.model.requests[1].at_s - town.model.requests[0].at_s >= 1.0
    town.model.script(error="rate_limit_exceeded", retry_after_s=3600.0)
    text = await ended(town, await town.alice.say(town.general, "And a moon?"))
    assert "Press **Retry** <t:" in text
    assert len(town.model.requests) == 3


async def test_an_error_of_the_server_is_asked_again_by_itself(town: Town) -> None:
    """Nobody notices a single one."""
    await town.start()
    await town.set_status(town.alice, "new")
    town.model.script(status=503, times=1)
    await town.answered(await town.alice.say(town.general, "What is a comet?"))
    assert len(town.model.requests) == 2


async def test_a_model_that_is_gone_is_replaced_when_the_owner_says_so(town: Town) -> None:
    """The default model is offered; the session keeps its own until the button is pressed, which only its owner may."""
    await town.start()
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "Hello"))
    await town.set_status(town.alice, "activate")
    panel = await open_session(town, town.alice)
    (menu,) = [control for control in panel.controls() if control["type"] == 3]
    await town.seen(await town.alice.choose(panel, menu["custom_id"], "gpt-4o"))
    town.model.script(lambda request: request.model == "gpt-4o", error="model_not_found")
    question = await town.alice.say(town.general, "What is a comet?")
    assert await ended(town, question) == ANSWERS["model_unknown"]
    (reply,) = town.replies(question)
    assert town.rows("SELECT model FROM session") == [("gpt-4o",)]
    denied = await press(town, town.bob, reply, "Ask gpt-4o-mini from now on")
    assert "Only the person who asked, or the owner" in denied.content
    assert town.rows("SELECT model FROM session") == [("gpt-4o",)]
    await town.alice.press(reply, "Ask gpt-4o-mini from now on")
    await town.until(lambda: len(town.replies(question)) == 2)
    await town.until(lambda: "You said: [Alice]: What is a comet?" in town.shown(question))
    assert town.rows("SELECT model FROM session") == [("gpt-4o-mini",)]


async def test_a_prompt_that_is_too_long_is_sent_once_more_without_its_oldest(town: Town) -> None:
    """The catalogue may be wrong about a model's context: the server's word counts."""
    await town.start()
    await town.set_status(town.alice, "new")
    town.model.script(answer="A word and another word. " * 60)
    await town.answered(await town.alice.say(town.general, "One"))
    await town.set_status(town.alice, "activate")
    for text in ("Two", "Three", "Four"):
        await town.answered(await town.alice.say(town.general, text))
    town.model.script(lambda request: len(request.dialogue) > 7, error="context_length_exceeded")
    town.model.script(lambda request: len(request.dialogue) <= 7, answer="Short enough.")
    question = await town.alice.say(town.general, "Five")
    assert await town.answered(question) == ["Short enough."]
    assert len(town.model.requests) == 6


async def test_an_answer_without_end_is_ended(town: Town) -> None:
    """After 200,000 characters the connection is closed; there are at most ten messages, and *Continue* is offered."""
    await town.start()
    await town.set_status(town.alice, "new")
    town.model.script(answer="A word and another word. " * 8000, chunk=2000, tokens_per_s=50)
    question = await town.alice.say(town.general, "Tell me everything.")
    await town.until(lambda: ANSWERS["too_long"] in "".join(town.shown(question)), timeout_s=90)
    assert len(town.replies(question)) <= 10
    assert "Continue" in str(town.replies(question)[-1].components)
    assert town.model.requests[0].ended == "client closed"


async def test_a_delta_of_a_megabyte_ends_an_answer_and_nothing_else(town: Town) -> None:
    """As much of it as an answer may have, or a sentence."""
    await town.start()
    await town.set_status(town.alice, "new")
    town.model.script(answer="A word and another word. " * 40_000, chunk=1_000_000)
    question = await town.alice.say(town.general, "Tell me everything at once.")
    sentences = (ANSWERS["too_long"], ANSWERS["malformed"])
    await town.until(lambda: any(sentence in "".join(town.shown(question)) for sentence in sentences), timeout_s=90)
    await still_answers(town)
    assert town.bot is not None
    assert town.bot.returncode is None


async def test_what_was_used_is_kept_as_the_model_counted_it_or_estimated(town: Town) -> None:
    """Counted: the ledger's sums are the model's own. Not counted: never less than it was, nor more than half more.

    An estimate within a tenth would take the model's own table of tokens, which is 65 MB of memory for each process; three
    bytes a token err on the side of who pays.
    """
    await town.start()
    await town.set_status(town.alice, "new")
    town.model.script(answer=ANSWER)
    sums = "SELECT sum(input_tokens), sum(output_tokens), max(tokens_are_estimated) FROM turn"
    for number in range(3):
        await town.answered(await town.alice.say(town.general, f"What is a comet? {number}"))
    assert town.rows(sums) == [(*town.model.tokens_told(), 0)]
    town.model.script("uncounted", answer=ANSWER, clean_end_after=len(ANSWER) - 1)
    await ended(
        town, await town.alice.say(town.general, "What is a comet, uncounted? Tell me of its ice and of its dust.")
    )
    ((read, said, estimated),) = town.rows(sums.replace(" FROM turn", " FROM turn WHERE question LIKE '%uncounted%'"))
    requests = [request for request in town.model.requests if "uncounted" in request.text]
    truth_read = sum(tokens_in(request.dialogue) for request in requests)
    truth_said = sum(-(-len(request.sent) // CHARS_A_TOKEN) for request in requests)
    assert estimated == 1
    assert truth_read <= read <= 1.5 * truth_read
    assert truth_said <= said <= 1.5 * truth_said
