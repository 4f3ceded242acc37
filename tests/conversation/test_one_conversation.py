"""One person, one session, end to end."""

import json
import time
from typing import Any

from tests.rig.town import CONFIG, Town
from texts.english import ANSWERS


async def test_a_question_is_answered_with_a_reply(town: Town) -> None:
    """In status `new` a message gets a reply, and 👌 in place of ✍🏻."""
    await town.start()
    await town.set_status(town.alice, "new")
    question = await town.alice.say(town.general, "What is a comet?")
    assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]


async def test_make_run_with_a_token_joins_discord(town: Town) -> None:
    """`causerie start`, which `make run` calls, runs the bot when there is a token."""
    await town.start("start")
    await town.set_status(town.alice, "new")
    assert await town.answered(await town.alice.say(town.general, "Hello")) == ["You said: [Alice]: Hello"]
    assert await town.stop() == 0


async def test_somebody_in_status_disable_is_not_answered(town: Town) -> None:
    """What is not ours costs no request: the next question is answered, this one never."""
    await town.start()
    ignored = await town.bob.say(town.general, "Not for the bot")
    await town.set_status(town.alice, "new")
    question = await town.alice.say(town.general, "For the bot")
    await town.answered(question)
    assert town.replies(ignored) == []
    assert [request.text for request in town.model.requests] == ["[Alice]: For the bot"]


async def test_somebody_new_who_mentions_the_bot_gets_one_hint(town: Town) -> None:
    """The hint says how to start, once."""
    await town.start()
    bot = f"<@{town.discord.world.bot.id}>"
    first = await town.bob.say(town.general, f"{bot} hello?")
    await town.until(lambda: town.replies(first))
    assert "/user" in town.shown(first)[0]
    second = await town.bob.say(town.general, f"{bot} hello again?")
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "Hello"))
    assert town.replies(second) == []


async def test_a_session_goes_on_in_another_channel_and_in_direct_messages(town: Town) -> None:
    """`activate` follows its owner, and the model is told what was said before, with names."""
    await town.start()
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "One"))
    await town.set_status(town.alice, "activate")
    await town.answered(await town.alice.say(town.discord.channel("random"), "Two"))
    await town.answered(await town.alice.say(town.alice.direct_messages, "Three"))
    said = [text for role, text in town.model.requests[-1].dialogue if role in ("user", "assistant")]
    assert said == [
        "[Alice]: One",
        "You said: [Alice]: One",
        "[Alice]: Two",
        "You said: [Alice]: Two",
        "[Alice]: Three",
    ]
    assert town.rows("SELECT count(*) FROM session") == [(1,)]


async def test_a_message_without_text_gets_a_sentence(town: Town) -> None:
    """An attachment alone is nothing that the model can take."""
    await town.start()
    await town.set_status(town.alice, "new")
    question = await town.alice.say(town.general, attachments=[town.discord.attachment("notes.txt", b"notes")])
    await town.until(lambda: town.replies(question))
    assert len(town.replies(question)) == 1


async def test_the_panel_shows_status_and_session(town: Town) -> None:
    """`/user` answers privately, and a press redraws it."""
    await town.start()
    panel = await town.seen(await town.alice.command(town.general, "user", max_token=700))
    assert "disable" in panel.content
    assert "700" in panel.content
    pressed = await town.seen(await town.alice.press(panel, "new"))
    assert pressed is panel
    assert "new" in panel.content
    question = await town.alice.say(town.general, "Comets are ice")
    await town.answered(question)
    again = await town.seen(await town.alice.command(town.general, "user"))
    assert "Comets ice" in again.content
    seen_by_bob = town.discord.messages(town.general, seen_by=town.bob)
    assert all("Status" not in message.content for message in seen_by_bob)


async def test_ten_questions_at_once_are_answered_one_by_one_in_order(town: Town) -> None:
    """A session's turns never overlap."""
    await town.start()
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "Begin"))
    await town.set_status(town.alice, "activate")
    questions = [await town.alice.say(town.general, f"Question {number}") for number in range(10)]
    for question in questions:
        await town.answered(question, timeout_s=60)
    asked = [request.text for request in town.model.requests[1:]]
    assert asked == [f"[Alice]: Question {number}" for number in range(10)]
    assert town.model.max_open_by(lambda _: "all") == {"all": 1}
    assert not town.discord.too_many


async def test_an_answer_streams_and_stop_ends_it(town: Town) -> None:
    """*Stop* closes the stream within a second, keeps what was said, and lets the next turn start."""
    await town.start()
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "Begin"))
    await town.set_status(town.alice, "activate")
    town.model.script("Tell me", answer="Once upon a time there was a bot.", chunk=5)
    gate = town.model.gate("Tell me")
    question = await town.alice.say(town.general, "Tell me a story")
    await gate.reached()
    await town.until(lambda: town.reactions(question) == {"✍🏻"})
    gate.release(3)
    await town.until(lambda: any("Once upon a ti" in text for text in town.shown(question)))
    (reply,) = town.replies(question)
    next_gate = town.model.gate("comet")  # an actor that has nothing more to do would close everything
    behind = await town.alice.say(town.general, "What is a comet?")
    await town.until(lambda: town.rows("SELECT 1 FROM turn WHERE state = 'queued'"))
    pressed_s = time.monotonic()
    await town.alice.press(reply, "Stop")
    await town.model.until(lambda: town.model.requests[1].ended == "client closed")
    assert town.model.requests[1].ended_at_s is not None
    assert town.model.requests[1].ended_at_s - pressed_s <= 1.0
    await next_gate.reached()
    await town.until(lambda: not town.reactions(question))
    (text,) = town.shown(question)
    assert text.startswith("Once upon a ti")
    assert "▌" not in text
    labels = _labels(town.replies(question)[0])
    assert labels == ["Retry", "Continue"]
    assert ANSWERS["stopped"] in text
    assert town.rows(f"SELECT state, reason FROM turn WHERE question_id = {question.id}") == [
        ("interrupted", "stopped")
    ]
    next_gate.finish()
    assert await town.answered(behind) == ["You said: [Alice]: What is a comet?"]


async def test_only_the_asker_or_the_owner_can_stop(town: Town) -> None:
    """Bob's press changes nothing and is answered privately."""
    await town.start()
    await town.set_status(town.alice, "new")
    gate = town.model.gate("Tell me")
    question = await town.alice.say(town.general, "Tell me a story")
    await gate.reached()
    gate.release(2)
    await town.until(lambda: town.replies(question))
    refused = await town.seen(await town.bob.press(town.replies(question)[0], "Stop"))
    assert refused.ephemeral
    assert "Only the person who asked" in refused.content
    gate.finish()
    assert await town.answered(question) == ["You said: [Alice]: Tell me a story"]


async def test_retry_asks_the_same_question_again(town: Town) -> None:
    """A failed turn offers *Retry*; its answer takes the failure's place in the history."""
    await town.start()
    await town.set_status(town.alice, "new")
    town.model.script("Weather", status=400, times=1)
    question = await town.alice.say(town.general, "Weather?")
    await town.until(lambda: town.replies(question) and "Retry" in _labels(town.replies(question)[0]))
    await town.alice.press(town.replies(question)[0], "Retry")
    await town.until(lambda: "You said: [Alice]: Weather?" in town.shown(question))
    await town.until(lambda: town.rows("SELECT state FROM turn ORDER BY id")[-1] == ("delivered",))
    assert town.rows("SELECT role, text FROM utterance ORDER BY position") == [
        ("user", "Weather?"),
        ("assistant", "You said: [Alice]: Weather?"),
    ]


async def test_continue_carries_an_answer_on(town: Town) -> None:
    """An answer that met its token limit says so; *Continue* appends to it in the history."""
    await town.start()
    await town.set_status(town.alice, "new")
    town.model.script("Count", answer="One two three", incomplete="max_output_tokens", times=1)
    town.model.script("Continue", answer=" four five")
    question = await town.alice.say(town.general, "Count!")
    await town.until(lambda: town.replies(question) and "Continue" in _labels(town.replies(question)[0]))
    reply = town.replies(question)[0]
    await town.alice.press(reply, "Continue")
    await town.until(lambda: town.rows("SELECT count(*) FROM turn WHERE state = 'delivered'") == [(2,)])
    assert town.shown(reply) == ["four five"]
    assert town.rows("SELECT text FROM utterance WHERE role = 'assistant'") == [("One two three four five",)]
    roles = [role for role, _ in town.model.requests[-1].dialogue if role in ("user", "assistant")]
    assert roles == ["user", "assistant", "user"]


async def test_a_long_answer_goes_on_in_further_messages_with_its_code_intact(town: Town) -> None:
    """Over 2,000 code points; fences are closed and opened again with their language."""
    await town.start()
    await town.set_status(town.alice, "new")
    code = "\n".join(f"print('line number {number:04}')" for number in range(170))
    town.model.script("Write", answer=f"Here it is:\n```python\n{code}\n```\nDone.", chunk=200)
    question = await town.alice.say(town.general, "Write a program")
    parts = await town.answered(question)
    assert len(parts) == 3
    assert all(len(part) <= 2000 for part in parts)
    assert [part.count("```") for part in parts] == [2, 2, 2]
    assert parts[1].startswith("```python\n")
    lines = [line for part in parts for line in part.splitlines() if line.startswith("print")]
    assert lines == code.splitlines()


async def test_chat_completions_is_the_models_choice_in_the_catalogue(town: Town) -> None:
    """The same conversation over the other API."""
    config = CONFIG.replace("default = true", "").replace(
        'api = "chat_completions"', 'api = "chat_completions"\ndefault = true'
    )
    town.config.write_text(config)
    await town.start()
    await town.set_status(town.alice, "new")
    question = await town.alice.say(town.general, "What is a comet?")
    assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]
    assert [request.path for request in town.model.requests] == ["/v1/chat/completions"]
    assert town.rows("SELECT model, input_tokens > 0 FROM turn") == [("gpt-4o", 1)]


async def test_requests_to_the_model_ask_for_nothing_to_be_stored(town: Town) -> None:
    """`store: false`, a bound on the answer, the system message."""
    await town.start()
    await (await town.alice.command(town.general, "user", system_msg="Answer in French.")).answered()
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "Hello"))
    body: dict[str, Any] = town.model.requests[0].body
    assert body["store"] is False
    assert body["max_output_tokens"] == 500
    assert "Answer in French." in json.dumps(body)


async def test_the_oldest_turns_are_left_out_when_the_context_is_full(town: Town) -> None:
    """The system message and the question stay."""
    town.config.write_text(CONFIG.replace("context_tokens = 8000", "context_tokens = 1600"))
    await town.start()
    await (await town.alice.command(town.general, "user", system_msg="Be brief.")).answered()
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "First " + "x" * 900))
    await town.set_status(town.alice, "activate")
    for number in range(3):
        await town.answered(await town.alice.say(town.general, f"Later {number} " + "y" * 500))
    dialogue = json.dumps(town.model.requests[-1].body)
    assert "First" not in dialogue
    assert "Later 2" in dialogue
    assert "Be brief." in dialogue


async def test_an_edited_question_that_waits_is_asked_as_edited_and_a_deleted_one_not_at_all(town: Town) -> None:
    """While another turn of the session is under way."""
    await town.start()
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "Begin"))
    await town.set_status(town.alice, "activate")
    gate = town.model.gate("Slow")
    slow = await town.alice.say(town.general, "Slow one")
    await gate.reached()
    edited = await town.alice.say(town.general, "Befroe")
    deleted = await town.alice.say(town.general, "Never mind")
    await town.until(lambda: town.rows("SELECT count(*) FROM turn WHERE state = 'queued'") == [(2,)])
    await town.alice.edit(edited, "After")
    await town.alice.delete(deleted)
    await town.until(lambda: town.rows("SELECT count(*) FROM turn WHERE state = 'cancelled'") == [(1,)])
    gate.finish()
    await town.answered(slow)
    assert await town.answered(edited) == ["You said: [Alice]: After"]
    assert [request.text for request in town.model.requests[1:]] == ["[Alice]: Slow one", "[Alice]: After"]


def _labels(message: Any) -> list[str]:
    return [button["label"] for row in message.components for button in row["components"]]
