"""Killed at each request of turns that a moderation takes part in: sessions with such a model, and gates before pictures."""

from typing import Any

import pytest

from tests.conversation.test_drawing import kept
from tests.conversation.test_kills_of_presses import killed_at
from tests.conversation.test_moderation import BLOCKED_QUESTION, DOT, gated, judges
from tests.conversation.test_pictures import contents
from tests.conversation.test_survival import BOUNDARIES_MAX, WHENS
from tests.rig.kill import When
from tests.rig.model.images import PICTURES
from tests.rig.model.moderations import MODERATIONS
from tests.rig.town import Town
from texts.english import ANSWERS

PHOTO = (PICTURES / "photo.jpg").read_bytes()
FLAGGED = ANSWERS["question_flagged"].format(categories="sexual")


async def sweep(
    town: Town,
    when: When,
    expected: str,
    *,
    picture: bytes | None,
    kind: str = "image/png",
    text: str = "What is this?",
) -> None:
    """Ask until no request is left to be killed at: each question has this one reply, and nothing is reserved in the end."""
    swept = []
    for k in range(1, BOUNDARIES_MAX):
        asked: list[Any] = []

        async def ask(asked: list[Any] = asked, k: int = k) -> None:
            attached = [] if picture is None else [town.discord.attachment("dot.png", picture, kind)]
            asked.append(await town.alice.say(town.general, f"{text} {k}", attachments=attached))

        def is_over(asked: list[Any] = asked) -> bool:
            return bool(asked) and town.shown(asked[0]) == [expected] and town.reactions(asked[0]) <= {"👌"}

        where = await killed_at(town, k, when, ask, is_over)
        await town.until(is_over, timeout_s=60)
        assert len(town.replies(asked[0])) == 1, where
        if not where:
            break
        swept.append(where)
    assert len(swept) > 1, swept
    await town.until(lambda: town.rows("SELECT count(*) FROM turn WHERE owed = 1 OR state = 'streaming'") == [(0,)])
    assert town.rows("SELECT count(*) FROM reservation") == [(0,)]
    # A kill may come between a judgement, of a text and a picture, and its rows; no row comes without one.
    ((rows,),) = town.rows("SELECT count(*) FROM ledger WHERE purpose = 'moderation'")
    judged = sum(request.path == MODERATIONS for request in town.model.requests)
    is_gate = "[moderation]" in town.config.read_text()
    assert not is_gate or judged - 2 * len(swept) <= rows <= judged, (judged, rows, swept)


@pytest.mark.parametrize("when", WHENS)
@pytest.mark.parametrize("picture", [None, DOT], ids=["text", "picture"])
async def test_a_kill_at_any_request_leaves_one_judgement_of_a_moderation_model(
    town: Town, when: When, picture: bytes | None
) -> None:
    """The table of categories, once; what was killed is judged anew."""
    await judges(town)
    flagged = {"violence"} | ({"sexual"} if picture else set())
    question = await town.alice.say(
        town.general,
        "What was it made to slay?",
        attachments=[town.discord.attachment("dot.png", picture, "image/png")] if picture else [],
    )
    (expected,) = await town.answered(question)
    assert all(f"**{name}**" in expected for name in flagged)
    await sweep(town, when, expected, picture=picture, text="What was it made to slay?")
    exact = town.rows("SELECT count(*) FROM ledger WHERE purpose = 'answer' AND NOT is_estimated")
    assert exact == town.rows("SELECT count(*) FROM turn")


@pytest.mark.parametrize("when", WHENS)
async def test_a_kill_at_any_request_shows_no_model_a_picture_that_is_blocked(town: Town, when: When) -> None:
    """Nor keeps it on disk."""
    await sees(town, "block")
    await sweep(town, when, BLOCKED_QUESTION, picture=DOT)
    assert not any(request.path != MODERATIONS for request in town.model.requests)
    await town.until(lambda: not kept(town))


@pytest.mark.parametrize("when", WHENS)
async def test_a_kill_at_any_request_loses_no_picture_that_is_allowed(town: Town, when: When) -> None:
    """It is judged, shown to the model, and kept with its session."""
    await sees(town, "block")
    town.model.script(lambda request: request.path != MODERATIONS, answer="A photo.")
    await sweep(town, when, "A photo.", picture=PHOTO, kind="image/jpeg")
    shown = [request for request in town.model.requests if request.path != MODERATIONS]
    assert all(PHOTO in contents(request)[-1] for request in shown)
    assert set(kept(town)) == {PHOTO}


@pytest.mark.parametrize("when", WHENS)
async def test_a_kill_at_any_request_leaves_it_said_that_a_picture_was_flagged(town: Town, when: When) -> None:
    """With `warn` it is shown to the model all the same."""
    await sees(town, "warn")
    town.model.script(lambda request: request.path != MODERATIONS, answer="A dot.")
    await sweep(town, when, f"A dot.\n-# {FLAGGED}", picture=DOT)
    assert set(kept(town)) == {DOT}


async def sees(town: Town, mode: str) -> None:
    """A bot with this gate whose model sees pictures."""
    town.config.write_text(town.config.read_text().replace("[[models]]", "[[models]]\nvision = true", 1))
    await gated(town, mode)
