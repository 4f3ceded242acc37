"""The gate of a server, and sessions whose model is a moderation model, by the real bot."""

import base64
from typing import Any, Final

import pytest

from tests.conversation.panels import open_session, press, start_with
from tests.conversation.test_kills_of_presses import killed_at
from tests.conversation.test_survival import BOUNDARIES_MAX, WHENS
from tests.rig.kill import When
from tests.rig.model import ModelRequest
from tests.rig.model.moderations import MODERATIONS
from tests.rig.town import Town
from texts.english import ANSWERS

BLOCKED_QUESTION: Final = ANSWERS["question_blocked"]
BLOCKED_ANSWER: Final = ANSWERS["answer_blocked"]


async def gated(town: Town, mode: str, *, direct: str = "off") -> None:
    """A bot with this gate in its server, and Alice, who goes on in one session."""
    server = town.discord.world.guild.id
    town.config.write_text(
        f'{town.config.read_text()}\n[moderation]\ndirect_messages = "{direct}"\n{mode} = [{server}]\n'
    )
    await town.start()
    await town.set_status(town.alice, "activate")


async def ends(town: Town, question: Any, sentence: str) -> None:
    """Wait until this is all that is shown of an answer."""
    await town.until(lambda: town.shown(question) == [sentence] and not town.reactions(question))


def judgements(town: Town) -> list[ModelRequest]:
    return [request for request in town.model.requests if request.path == MODERATIONS]


def has_picture(request: ModelRequest) -> bool:
    """Whether it has a picture judged."""
    return request.path == MODERATIONS and "image_url" in str(request.body)


def a_dot(town: Town) -> dict[str, Any]:
    """A picture, as somebody attaches it."""
    return town.discord.attachment("dot.png", DOT, "image/png")


def answer(town: Town, text: str, **how: Any) -> None:
    """Have the next question answered so."""
    town.model.script(lambda request: request.path != MODERATIONS, answer=text, times=1, **how)


def asked(town: Town) -> list[ModelRequest]:
    return [request for request in town.model.requests if request.path != MODERATIONS]


async def test_without_a_gate_nothing_is_judged(town: Town) -> None:
    """Off is the default."""
    await town.start()
    await town.set_status(town.alice, "activate")
    question = await town.alice.say(town.general, "How do I slay a dragon?")
    await town.answered(question)
    assert not judgements(town)


async def test_a_blocked_question_is_not_asked(town: Town) -> None:
    """Nor kept: it is in no title, in no later history, and cannot be asked again as it was."""
    await gated(town, "block")
    question = await town.alice.say(town.general, "How do I slay a dragon?")
    await ends(town, question, BLOCKED_QUESTION)
    assert not asked(town)
    assert "Untitled" in (await open_session(town, town.alice)).content
    (reply,) = town.replies(question)
    assert not reply.components
    again = await town.alice.say(town.general, "What is a comet?")
    await town.answered(again)
    assert "slay" not in str([request.body for request in asked(town)])
    assert b"slay" not in (town.data / "causerie.db").read_bytes()


async def test_a_blocked_answer_is_withdrawn(town: Town) -> None:
    """What was shown of it, too; the session goes on, and its history does not have it."""
    await gated(town, "block")
    answer(town, "A good beginning. " * 200 + "Now slay them all. " + "More. " * 300, tokens_per_s=2000)
    question = await town.alice.say(town.general, "Tell me a story!")
    await town.until(lambda: town.shown(question))
    await town.until(lambda: town.shown(question) == [BLOCKED_ANSWER])
    (reply,) = town.replies(question)
    assert "Retry" in str(reply.components)
    again = await town.alice.say(town.general, "Another one, please.")
    await town.answered(again)
    assert "beginning" not in str(asked(town)[-1].body)


async def test_nothing_is_shown_that_was_not_judged(town: Town) -> None:
    """At no moment does Discord hold more than what was judged before."""
    await gated(town, "block")
    answer(town, "Slowly, word by word, " * 20 + "slay.")
    question = await town.alice.say(town.general, "Tell me a story!")
    await ends(town, question, BLOCKED_ANSWER)
    assert not any("slay" in str(request.body) for request in town.discord.requests)


async def test_what_is_allowed_comes_whole(town: Town) -> None:
    """A long harmless answer, judged in pieces."""
    await gated(town, "block")
    whole = "".join(f"Sentence {number} of a story. " for number in range(200)).strip()
    answer(town, whole, tokens_per_s=3000)
    question = await town.alice.say(town.general, "Tell me a story!")
    shown = await town.answered(question)
    assert " ".join(shown).split() == whole.split()
    assert str(judgements(town)[0].body["input"]) == "['Tell me a story!']"


async def test_with_warn_the_answer_says_what_was_flagged(town: Town) -> None:
    """In the question and in the answer; both are shown."""
    await gated(town, "warn")
    answer(town, "I loathe dragons.")
    question = await town.alice.say(town.general, "How do I slay a dragon?")
    (shown,) = await town.answered(question)
    assert shown == (
        f"I loathe dragons.\n-# {ANSWERS['question_flagged'].format(categories='violence')}"
        f"\n-# {ANSWERS['answer_flagged'].format(categories='hate')}"
    )


@pytest.mark.parametrize(("mode", "is_answered"), [("warn", True), ("block", False)])
async def test_a_moderation_that_cannot_be_reached(town: Town, mode: str, is_answered: bool) -> None:
    """With warn, the answer comes all the same; with block it waits, says so, and comes when the moderation is there again."""
    await gated(town, mode)
    trouble = town.model.script(lambda request: request.path == MODERATIONS, status=503)
    question = await town.alice.say(town.general, "What is a comet?")
    if is_answered:
        assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]
        return
    await town.until(lambda: town.shown(question) == [f"-# {ANSWERS['awaits_judgement']} ▌"])
    assert not asked(town)
    trouble.status = None
    assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]


async def test_kills_while_a_question_awaits_its_judgement_cost_nothing(town: Town) -> None:
    """No model was asked, so nothing is booked or reserved, and none of them is a crash of the question."""
    await gated(town, "block")
    trouble = town.model.script(lambda request: request.path == MODERATIONS, status=503)
    question = await town.alice.say(town.general, "What is a comet?")
    for _ in range(3):
        await town.until(lambda: town.shown(question) == [f"-# {ANSWERS['awaits_judgement']} ▌"])
        assert town.rows("SELECT * FROM reservation") == []
        await town.kill()
        await town.start()
    trouble.status = None
    assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]
    assert town.rows("SELECT is_estimated FROM ledger WHERE purpose = 'answer'") == [(0,)]
    assert town.rows("SELECT count(*) FROM ledger WHERE purpose = 'moderation'") == [(2,)]
    assert town.rows("SELECT deaths FROM turn") == [(0,)]


@pytest.mark.parametrize("ending", ["stopped", "removed", "shut down"])
async def test_a_question_that_is_given_up_while_it_awaits_its_judgement_costs_nothing(town: Town, ending: str) -> None:
    """It was not asked, so nothing is booked or reserved; what was only interrupted is asked after the next start."""
    await gated(town, "block")
    trouble = town.model.script(lambda request: request.path == MODERATIONS, status=503)
    question = await town.alice.say(town.general, "What is a comet?")
    await town.until(lambda: town.shown(question) == [f"-# {ANSWERS['awaits_judgement']} ▌"])
    if ending == "stopped":
        await town.alice.press(town.replies(question)[0], "Stop")
        await ends(town, question, ANSWERS["stopped_empty"])
    elif ending == "removed":
        await town.alice.delete(question)
        await town.until(lambda: town.rows("SELECT state FROM turn") == [("cancelled",)])
    else:
        assert await town.stop() == 0
    assert town.rows("SELECT (SELECT count(*) FROM ledger), (SELECT count(*) FROM reservation)") == [(0, 0)]
    assert not asked(town)
    if ending == "shut down":
        trouble.status = None
        await town.start()
        assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]
        assert town.rows("SELECT deaths FROM turn") == [(0,)]


@pytest.mark.parametrize("mode", ["warn", "block"])
async def test_each_judgement_of_the_gate_is_a_row_of_the_ledger(town: Town, mode: str) -> None:
    """As many as were asked for, of questions, answers and pictures; what they cost is unknown at a server that names no price."""
    town.config.write_text(town.config.read_text().replace("[[models]]", "[[models]]\nvision = true", 1))
    await gated(town, mode)
    answer(town, "A story without end. " * 300, tokens_per_s=2000)
    await town.answered(await town.alice.say(town.general, "Tell me a story!"))
    flagged = await town.alice.say(town.general, "How do I slay a dragon?", attachments=[a_dot(town)])
    if mode == "block":
        await ends(town, flagged, BLOCKED_QUESTION)
    else:
        await town.answered(flagged)
    await town.until(
        lambda: town.rows("SELECT count(*) FROM ledger WHERE purpose = 'moderation'") == [(len(judgements(town)),)]
    )
    assert town.rows(
        "SELECT DISTINCT model, input_tokens, output_tokens, is_estimated, micro_dollars FROM ledger WHERE purpose = 'moderation'"
    ) == [("omni-moderation-latest", 0, 0, 0, None)]
    assert town.rows("SELECT count(*) FROM ledger WHERE purpose = 'answer'") == [(len(asked(town)),)]


@pytest.mark.parametrize(("price", "cost"), [("", None), ("price_in = 0", 0)])
async def test_what_a_moderation_model_answers_is_a_row_of_the_ledger(town: Town, price: str, cost: int | None) -> None:
    """Where it is free, it costs nothing; else nobody knows."""
    await judges(town, price)
    for number in range(2):
        await town.answered(await town.alice.say(town.general, f"What is comet {number}?"))
    assert len(judgements(town)) == 2
    assert town.rows("SELECT purpose, input_tokens, is_estimated, micro_dollars FROM ledger") == 2 * [
        ("answer", 0, 0, cost)
    ]


async def test_a_question_that_was_edited_since_it_was_judged_is_judged_again(town: Town) -> None:
    """What is asked is what was judged last, whenever the edit came."""
    await gated(town, "block")
    gate = town.model.gate(lambda request: request.path == MODERATIONS)
    question = await town.alice.say(town.general, "How do I feed a dragon?")
    await gate.reached()
    await town.alice.edit(question, "How do I slay a dragon?")
    await town.until(lambda: town.rows("SELECT question FROM turn") == [("How do I slay a dragon?",)])
    gate.finish()
    await ends(town, question, BLOCKED_QUESTION)
    assert not asked(town)


async def test_an_answer_that_nobody_can_judge_waits_and_is_not_lost(town: Town) -> None:
    """Its model is not asked again."""
    await gated(town, "block")

    def is_answer(request: ModelRequest) -> bool:
        return request.path == MODERATIONS and "You said" in request.text

    trouble = town.model.script(is_answer, status=500)
    question = await town.alice.say(town.general, "What is a comet?")
    await town.until(lambda: town.shown(question) == [f"-# {ANSWERS['awaits_judgement']} ▌"])
    trouble.status = None
    assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]
    assert len(asked(town)) == 1


async def test_while_an_answer_waits_for_its_judgement_it_can_be_stopped(town: Town) -> None:
    """What was not judged is not shown then either."""
    await gated(town, "block")
    town.model.script(lambda request: request.path == MODERATIONS and "You said" in request.text, status=500)
    question = await town.alice.say(town.general, "What is a comet?")
    await town.until(lambda: town.shown(question) == [f"-# {ANSWERS['awaits_judgement']} ▌"])
    (reply,) = town.replies(question)
    await town.alice.press(reply, "Stop")
    await ends(town, question, ANSWERS["stopped_empty"])


async def test_what_waits_for_its_judgement_is_counted_when_it_is_stopped(town: Town) -> None:
    """The model wrote it, though nobody has seen it."""
    await gated(town, "block")
    whole = "word " * 600
    answer(town, whole)
    town.model.script(lambda request: request.path == MODERATIONS and "word" in request.text, status=500)
    question = await town.alice.say(town.general, "Tell me a story!")
    await town.until(lambda: town.shown(question) == [f"-# {ANSWERS['awaits_judgement']} ▌"])
    (reply,) = town.replies(question)
    await town.alice.press(reply, "Stop")
    await ends(town, question, ANSWERS["stopped_empty"])
    ((written, estimated),) = town.rows("SELECT output_tokens, is_estimated FROM ledger WHERE purpose = 'answer'")
    # The first 2,000 characters are to be judged before more is read.
    assert (2_000 // 3 <= written <= len(whole) // 3, estimated) == (True, 1)


async def test_direct_messages_have_a_gate_of_their_own(town: Town) -> None:
    """The server's does not count there."""
    await gated(town, "off", direct="block")
    question = await town.alice.say(town.alice.direct_messages, "How do I slay a dragon?")
    await ends(town, question, BLOCKED_QUESTION)


async def test_a_blocked_question_is_asked_when_it_is_edited(town: Town) -> None:
    """Its message then offers to ask it again."""
    await gated(town, "block")
    question = await town.alice.say(town.general, "How do I slay a dragon?")
    await ends(town, question, BLOCKED_QUESTION)
    await town.alice.edit(question, "How do I feed a dragon?")
    await town.until(lambda: "Ask again" in str(town.replies(question)[0].components))
    await press(town, town.alice, town.replies(question)[0], "Ask again")
    await town.until(lambda: "You said: [Alice]: How do I feed a dragon?" in town.shown(question))


async def judges(town: Town, price: str = "") -> None:
    """A bot with a moderation model, which Alice's session has."""
    judge = f'[[models]]\nname = "omni-moderation-latest"\nkind = "moderation"\n{price}\n'
    town.config.write_text(town.config.read_text().replace("[limits]", f"{judge}\n[limits]"))
    await town.start()
    await start_with(town, town.alice, "omni-moderation-latest")
    await town.set_status(town.alice, "activate")


async def test_a_session_with_a_moderation_model_answers_with_categories_and_scores(town: Town) -> None:
    """What is flagged comes first and is bold."""
    await judges(town)
    question = await town.alice.say(town.general, "How do I slay a dragon?")
    (shown,) = await town.answered(question)
    first, flagged, *others = shown.splitlines()
    assert first == ANSWERS["moderation.flagged"]
    assert flagged == "- **violence**: 0.970"
    assert len(others) == 12
    picture = await town.alice.say(town.general, attachments=[a_dot(town)])
    (shown,) = await town.answered(picture)
    assert shown.splitlines()[:2] == [ANSWERS["moderation.flagged"], "- **sexual**: 0.970"]
    assert "I left out" not in shown


async def test_a_moderation_model_that_takes_no_pictures_does_not_call_them_harmless(town: Town) -> None:
    """A picture alone has its sentence; beside a text, the answer says that it was left out."""
    await judges(town)
    town.model.script(has_picture, status=400, error="invalid_request")
    left_out = f"I left out dot.png: {ANSWERS['problem.no_vision']}."
    alone = await town.alice.say(town.general, attachments=[a_dot(town)])
    await ends(town, alone, f"{left_out}\n{ANSWERS['only_files']}")
    beside = await town.alice.say(town.general, "What is a comet?", attachments=[a_dot(town)])
    (shown,) = await town.answered(beside)
    assert shown.splitlines()[0] == ANSWERS["moderation.not_flagged"]
    assert shown.endswith(f"\n-# {left_out}")


@pytest.mark.parametrize("when", WHENS)
@pytest.mark.parametrize("word", ["slay", "feed"])
async def test_a_kill_at_any_request_shows_nothing_that_is_blocked_and_loses_nothing_that_is_allowed(
    town: Town, word: str, when: When
) -> None:
    """SIGKILL at the k-th request of a turn, then at the k-th to the moderation, for every k until the turn has no more.

    What comes first may differ from turn to turn, so the first sweep alone may pass every judgement by.
    """
    await gated(town, "block")
    text = f"First you find a dragon. {'It is far away. ' * 20}Then you {word} it."
    town.model.script(lambda request: request.path != MODERATIONS, answer=text, tokens_per_s=400)
    expected = BLOCKED_ANSWER if word == "slay" else text
    # A judgement changes nothing at its server: `stored` is no other moment there than `before`.
    for name in ("",) if when == "stored" else ("", MODERATIONS):
        swept = []
        for k in range(1, BOUNDARIES_MAX):
            asked: list[Any] = []

            async def ask(asked: list[Any] = asked, k: int = k) -> None:
                asked.append(await town.alice.say(town.general, f"Tell me story {k}!"))

            def is_over(asked: list[Any] = asked) -> bool:
                return bool(asked) and town.shown(asked[0]) == [expected] and town.reactions(asked[0]) <= {"👌"}

            where = await killed_at(town, k, when, ask, is_over, name)
            await town.until(is_over, timeout_s=60)
            if not where:
                break
            swept.append(where)
        assert len(swept) > 1, swept
    assert not any("slay" in str(request.body) for request in town.discord.requests)
    assert word == "feed" or b"slay" not in (town.data / "causerie.db").read_bytes()


DOT: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A picture of one pixel, which the scripted moderation flags as it flags every PNG."""


async def test_a_kill_while_an_answer_is_withdrawn_leaves_no_row_of_a_message_that_is_gone(town: Town) -> None:
    """The next process finds that a part was deleted already, and forgets it as if it had deleted it."""
    await gated(town, "block")
    answer(town, "A good beginning. " * 300 + "Now slay them all.", tokens_per_s=2000)
    gate = town.model.gate(lambda request: request.path == MODERATIONS and "slay" in str(request.body))
    deletion = town.discord.fault(r"DELETE /channels/\d+/messages/\d+$", stored_then_never=True, times=1)
    question = await town.alice.say(town.general, "Tell me a story!")
    await town.until(lambda: len(town.replies(question)) > 1)
    gate.finish()
    await town.until(lambda: deletion.hits)
    await town.kill()
    await town.start()
    await ends(town, question, BLOCKED_ANSWER)
    await town.until(lambda: town.rows("SELECT owed FROM turn") == [(0,)])
    (reply,) = town.replies(question)
    assert town.rows("SELECT message_id FROM reply") == [(reply.id,)]


async def test_pictures_are_judged_too(town: Town) -> None:
    """A question with one that is flagged is not asked, and its file is gone."""
    town.config.write_text(town.config.read_text().replace("[[models]]", "[[models]]\nvision = true", 1))
    await gated(town, "block")
    question = await town.alice.say(town.general, "What is this?", attachments=[a_dot(town)])
    await ends(town, question, BLOCKED_QUESTION)
    assert not asked(town)
    await town.until(lambda: not list((town.data / "files").iterdir()))


async def test_a_picture_that_the_moderation_does_not_take_is_not_flagged(town: Town) -> None:
    """The question is asked: what cannot be judged is no reason to wait for ever."""
    town.config.write_text(town.config.read_text().replace("[[models]]", "[[models]]\nvision = true", 1))
    await gated(town, "block")
    town.model.script(has_picture, status=400, error="invalid_request")
    question = await town.alice.say(town.general, "What is this?", attachments=[a_dot(town)])
    assert "You said" in (await town.answered(question))[0]
    assert any(has_picture(request) for request in judgements(town))


async def test_a_blocked_answer_is_counted_too(town: Town) -> None:
    """It was closed before its server said what it used, so that is estimated: else blocked answers would use no budget."""
    await gated(town, "block")
    answer(town, "A good beginning. " * 200 + "Now slay them all. " + "More. " * 3000, tokens_per_s=2000)
    question = await town.alice.say(town.general, "Tell me a story!")
    await town.until(lambda: town.shown(question) == [BLOCKED_ANSWER])
    ((read, written, is_estimated),) = town.rows(
        "SELECT input_tokens, output_tokens, is_estimated FROM ledger WHERE purpose = 'answer'"
    )
    assert read > 0
    assert written > 1_000
    assert is_estimated


async def test_a_thread_has_the_gate_of_its_server(town: Town) -> None:
    """Whatever it is called, and whoever began it."""
    await gated(town, "block")
    thread = town.discord.add_thread(town.general, "talk")
    question = await town.alice.say(thread, "How do I slay a dragon?")
    await ends(town, question, BLOCKED_QUESTION)
    assert not asked(town)
