"""A session with an image model: pictures that are drawn and changed. What goes wrong with them: `test_drawing_faults.py`."""

import signal
from functools import partial
from typing import Any, Final

import pytest

from models.entries import ONLY_FILES
from tests.conversation.panels import menus, open_session
from tests.conversation.test_kinds import choose
from tests.conversation.test_pictures import contents, png
from tests.conversation.test_survival import WHENS
from tests.rig.kill import When
from tests.rig.model.images import picture, sketch
from tests.rig.model.moderations import MODERATIONS
from tests.rig.town import Town
from texts.english import ANSWERS

PAINTER = """
[[models]]
name = "gpt-image-2"
kind = "image"
label = "Painter"
sizes = ["auto", "1536x1024"]
qualities = ["default", "low"]
price_in = 5.0
price_out = 30.0
default = true
"""

GENERATIONS, EDITS = "/v1/images/generations", "/v1/images/edits"


async def ready(town: Town, status: str = "activate", module: str = "cli") -> None:
    """A bot whose default model draws; Alice goes on in one session."""
    town.config.write_text(
        town.config.read_text().replace("default = true", "").replace("[limits]", f"{PAINTER}\n[limits]")
    )
    await town.start(module=module)
    await town.set_status(town.alice, status)


def pictures(town: Town, question: Any) -> list[bytes]:
    """The files of a question's replies, in their order."""
    return [
        town.discord.file(reply, attachment["filename"])
        for reply in town.replies(question)
        for attachment in reply.attachments
    ]


def kept(town: Town) -> list[bytes]:
    """What lies in the bot's folder of files."""
    return sorted(path.read_bytes() for path in (town.data / "files").iterdir())


def holds(town: Town, files: list[bytes]) -> bool:
    """Whether exactly these files lie in the bot's folder."""
    return kept(town) == files


def attached(town: Town, name: str, content: bytes, **more: Any) -> dict[str, Any]:
    return town.discord.attachment(name, content, "image/png", **more)


async def test_what_is_asked_is_drawn_and_then_changed(town: Town) -> None:
    """The picture is attached to the reply, described by what was asked; the next question changes it. Its cost counts."""
    await ready(town)
    first = await town.alice.say(town.general, "A comet")
    assert await town.answered(first) == [""]
    (reply,) = town.replies(first)
    (attachment,) = reply.attachments
    assert (attachment["filename"], attachment["description"]) == ("picture-1024x1024-high.jpeg", "A comet")
    assert pictures(town, first) == [picture("A comet")]
    second = await town.alice.say(town.general, "Brighter")
    assert await town.answered(second) == [""]
    assert pictures(town, second) == [picture("Brighter")]
    drawn, changed = town.model.requests
    assert (drawn.path, changed.path) == (GENERATIONS, EDITS)
    assert [file.content for file in changed.files] == [picture("A comet")]
    assert kept(town) == sorted([picture("A comet"), picture("Brighter")])
    transcript = await open_session(town, town.alice)
    assert "file: picture-1024x1024-high.jpeg" in transcript.content


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
async def test_a_model_that_sees_is_shown_what_was_drawn_before(town: Town, api: str) -> None:
    """When the session goes on with it; a model that is blind, or writes on in a transcript, is told of the picture in words."""
    chat = f'[[models]]\nname = "gpt-4o"\nlabel = "Seer"\napi = "{api}"\n'
    blind = '[[models]]\nname = "blind"\nlabel = "Blind"\nvision = false\n'
    writer = '[[models]]\nname = "davinci"\nkind = "completion"\nlabel = "Davinci"\n'
    town.config.write_text(f"{PAINTER}{chat}{blind}{writer}")
    await town.start()
    await town.set_status(town.alice, "activate")
    await town.answered(await town.alice.say(town.general, "A comet"))
    line = "[file of your answer: picture-1024x1024-high.jpeg, image/jpeg"
    await choose(town, town.alice, "Seer")
    await town.answered(await town.alice.say(town.general, "What colour is it?"))
    assert contents(town.model.requests[-1]) == [
        ["[Alice]: A comet"],
        [f"{line}]\n", picture("A comet"), "[Alice]: What colour is it?"],
    ]
    await choose(town, town.alice, "Blind")
    await town.answered(await town.alice.say(town.general, "And now?"))
    assert contents(town.model.requests[-1])[1] == [f"{line}, which you are not shown]\n[Alice]: What colour is it?"]
    await choose(town, town.alice, "Davinci")
    town.model.script(answer=" Ice.")
    await town.answered(await town.alice.say(town.general, "And then?"))
    told = town.model.requests[-1].body["prompt"]
    assert f"{ONLY_FILES}\n\n{line}, which you are not shown]\n[" in told
    await choose(town, town.alice, "Painter")
    await town.answered(await town.alice.say(town.general, "Brighter"))
    assert [file.content for file in town.model.requests[-1].files] == [picture("A comet")]


async def test_each_message_of_somebody_in_status_new_is_a_new_picture(town: Town) -> None:
    """That is how a person asks for another picture in place of a change."""
    await ready(town, "new")
    for text in ("A comet", "A cat"):
        await town.answered(await town.alice.say(town.general, text))
    assert [request.path for request in town.model.requests] == [GENERATIONS, GENERATIONS]


async def test_a_reply_to_an_older_picture_changes_that_one(town: Town) -> None:
    """Whichever it is; the words of the message are all that the model is told beside it."""
    await ready(town)
    first = await town.alice.say(town.general, "A comet")
    await town.answered(first)
    second = await town.alice.say(town.general, "Brighter")
    await town.answered(second)
    for replied, text in ((first, "Darker"), (second, "Larger")):
        await town.answered(await town.alice.say(town.general, text, reply_to=town.replies(replied)[0]))
    changed = [[file.content for file in request.files] for request in town.model.requests]
    assert changed == [[], [picture("A comet")], [picture("A comet")], [picture("Brighter")]]
    assert [request.body["prompt"] for request in town.model.requests] == ["A comet", "Brighter", "Darker", "Larger"]


async def test_a_reply_to_a_picture_may_have_a_file_of_its_own(town: Town) -> None:
    """The picture stays with the question for which it was drawn, the file with the reply; the text is part of what is asked."""
    await ready(town)
    first = await town.alice.say(town.general, "A comet")
    await town.answered(first)
    await town.answered(await town.alice.say(town.general, "Another"))
    note = town.discord.attachment("notes.txt", b"With two tails.")
    changed = await town.alice.say(town.general, "Larger", reply_to=town.replies(first)[0], attachments=[note])
    assert await town.answered(changed) == [""]
    request = town.model.requests[-1]
    assert request.body["prompt"] == "Larger\n\nWith two tails."
    assert [file.content for file in request.files] == [picture("A comet")]
    kept = {name for (name,) in town.rows("SELECT name FROM kept_file WHERE is_removed = 0")}
    assert len(kept) == 4
    assert kept == {path.name for path in (town.data / "files").iterdir()}


async def test_unfinished_pictures_are_shown_and_the_last_takes_their_place(town: Town) -> None:
    """One message: it says that the model draws, shows each sketch in the place of the one before, then the picture alone."""
    await ready(town)
    gate = town.model.gate()
    question = await town.alice.say(town.general, "A comet")
    await gate.reached()
    await town.until(lambda: town.shown(question) == [f"-# {ANSWERS['drawing']} ▌"])
    (reply,) = town.replies(question)
    gate.release()
    await town.until(lambda: pictures(town, question) == [sketch(0, "A comet")])
    gate.release()
    await town.until(lambda: pictures(town, question) == [sketch(1, "A comet")])
    gate.finish()
    assert await town.answered(question) == [""]
    assert [one.id for one in town.replies(question)] == [reply.id]
    assert pictures(town, question) == [picture("A comet")]


async def test_a_drawing_that_is_stopped_leaves_no_sketch(town: Town) -> None:
    """What it was so far is not presented as the answer; *Retry* draws it anew."""
    await ready(town)
    gate = town.model.gate()
    question = await town.alice.say(town.general, "A comet")
    await gate.reached()
    gate.release()
    await town.until(lambda: pictures(town, question) == [sketch(0, "A comet")])
    (reply,) = town.replies(question)
    await town.alice.press(reply, "Stop")
    await town.until(lambda: town.shown(question) == [ANSWERS["stopped_empty"]])
    assert pictures(town, question) == []
    await town.until(lambda: town.rows("SELECT owed FROM turn") == [(0,)])
    assert kept(town) == []
    await town.alice.press(town.replies(question)[0], "Retry")
    await town.until(lambda: pictures(town, question) == [picture("A comet")])


async def stop_a_drawing(town: Town, *, is_begun: bool) -> None:
    """Ask for a picture, and stop it before or after the first unfinished one."""
    gate = town.model.gate()
    question = await town.alice.say(town.general, "Brighter")
    await gate.reached()
    if is_begun:
        gate.release()
    await town.until(
        lambda: pictures(town, question) == [sketch(0, "Brighter")] if is_begun else town.replies(question)
    )
    await town.alice.press(town.replies(question)[0], "Stop")
    await town.until(lambda: town.shown(question) == [ANSWERS["stopped_empty"]])


async def test_pictures_that_are_stopped_use_up_no_budget(town: Town) -> None:
    """Stopped before an unfinished one came, a picture counts as what it was asked with; afterwards, as about one picture."""
    await ready(town)
    await town.answered(await town.alice.say(town.general, "A comet"))
    for is_begun in (False, True):
        await stop_a_drawing(town, is_begun=is_begun)
    rows = town.rows("SELECT input_tokens, output_tokens, pictures, is_estimated FROM ledger ORDER BY id")
    (read, written), real = town.model.requests[0].usage or (0, 0), rows[0]
    assert real == (read, written, 1, 0)
    (source,) = town.rows("SELECT DISTINCT image_input_tokens FROM ledger WHERE is_estimated")[0]
    assert 0 < source < 2_500
    assert rows[1:] == [(3 + source, 0, 0, 1), (3 + source, 1_588, 1, 1)]


async def test_a_stream_that_breaks_is_drawn_once_more(town: Town) -> None:
    """Into the same message; the sketch of the broken attempt goes with it."""
    await ready(town)
    town.model.script(cut_after=4, times=1)
    question = await town.alice.say(town.general, "A comet")
    assert await town.answered(question) == [""]
    assert (pictures(town, question), len(town.replies(question))) == ([picture("A comet")], 1)
    town.model.script(cut_after=4, times=2)
    broken = await town.alice.say(town.general, "A cat")
    await town.until(lambda: town.shown(broken) == [ANSWERS["stream_broke"]])
    assert pictures(town, broken) == []
    assert len(town.model.requests) == 4


async def test_the_owner_chooses_size_and_quality(town: Town) -> None:
    """The menus of `/session` have what the model offers; what is chosen is asked for from then on."""
    await ready(town)
    await town.answered(await town.alice.say(town.general, "A comet"))
    panel = await open_session(town, town.alice)
    size, quality = menus(panel)[1:]
    assert [option["label"] for option in size["options"]] == ["Size: auto", "Size: 1536x1024"]
    await town.seen(await town.alice.choose(panel, size["custom_id"], "1536x1024"))
    await town.seen(await town.alice.choose(panel, quality["custom_id"], "low"))
    await town.answered(await town.alice.say(town.general, "Brighter"))
    asked = [(request.body.get("size"), request.body.get("quality")) for request in town.model.requests]
    assert asked == [("auto", None), ("1536x1024", "low")]


OTHER: Final = """
[[models]]
name = "gpt-image-2.6-flare"
kind = "image"
label = "Other painter"
sizes = ["1024x1024", "2048x2048"]
"""


async def test_what_another_model_does_not_offer_is_neither_asked_of_it_nor_shown(town: Town) -> None:
    """What was chosen stays with the session: it counts again with a model that offers it."""
    town.config.write_text(town.config.read_text().replace("[limits]", f"{OTHER}\n[limits]"))
    await ready(town)
    await town.answered(await town.alice.say(town.general, "A comet"))
    panel = await open_session(town, town.alice)
    size, quality = menus(panel)[1:]
    await town.seen(await town.alice.choose(panel, size["custom_id"], "1536x1024"))
    await town.seen(await town.alice.choose(panel, quality["custom_id"], "low"))
    panel = await choose(town, town.alice, "Other painter")
    (size,) = menus(panel)[1:]
    assert [(one["label"], one.get("default", False)) for one in size["options"]] == [
        ("Size: 1024x1024", True),
        ("Size: 2048x2048", False),
    ]
    await town.answered(await town.alice.say(town.general, "Brighter"))
    panel = await choose(town, town.alice, "Painter")
    shown = [one["label"] for menu in menus(panel)[1:] for one in menu["options"] if one.get("default")]
    assert shown == ["Size: 1536x1024", "Quality: low"]
    await town.answered(await town.alice.say(town.general, "Darker"))
    asked = [(request.body.get("size"), request.body.get("quality")) for request in town.model.requests]
    assert asked == [("auto", None), ("1024x1024", None), ("1536x1024", "low")]


async def test_a_removed_session_takes_its_pictures_along(town: Town) -> None:
    """From the rows and from the disk."""
    await ready(town)
    await town.answered(await town.alice.say(town.general, "A comet"))
    panel = await open_session(town, town.alice)
    confirmation = await town.seen(await town.alice.press(panel, "Remove"))
    await town.seen(await town.alice.press(confirmation, "Remove it"))
    await town.until(lambda: kept(town) == [])
    assert town.rows("SELECT count(*) FROM answer_file") == [(0,)]


async def test_an_attached_picture_is_changed(town: Town) -> None:
    """Whatever was drawn before; what comes of it is what the next question changes."""
    await ready(town)
    await town.answered(await town.alice.say(town.general, "A comet"))
    photo = png(7)
    question = await town.alice.say(town.general, "Make it blue", attachments=[attached(town, "photo.png", photo)])
    assert await town.answered(question) == [""]
    assert await town.answered(await town.alice.say(town.general, "Darker")) == [""]
    assert [[file.content for file in request.files] for request in town.model.requests] == [
        [],
        [photo],
        [picture("Make it blue")],
    ]
    assert [request.path for request in town.model.requests] == [GENERATIONS, EDITS, EDITS]


REQUESTS: Final = ("POST /v1/images", "POST /channels", "PATCH", "PUT")


@pytest.mark.parametrize("when", WHENS)
@pytest.mark.parametrize("drawn", ["anew", "changed"])
async def test_a_kill_at_each_request_of_a_drawing_leaves_one_picture(town: Town, when: When, drawn: str) -> None:
    """In the same message, after at most one extra request; on disk are the session's pictures and nothing else."""
    await ready(town, "new" if drawn == "anew" else "activate")
    town.model.script("Number", answer="one two thre", chunk=4, tokens_per_s=8)
    expected: list[bytes] = []
    for number, request in enumerate(REQUESTS):
        asked = len(town.model.requests)
        assert town.bot is not None
        town.counter.arm(town.bot.pid, 1, when, request)
        text = f"Number {number}"
        question = await town.alice.say(town.general, text)
        assert await town.died() == -signal.SIGKILL
        await town.start()
        assert await town.answered(question, timeout_s=60) == [""], (request, when)
        assert pictures(town, question) == [picture(text)], (request, when)
        requests = town.model.requests[asked:]
        assert len(requests) <= 2, (request, when)
        before = [expected[-1]] if expected and drawn == "changed" else []
        assert [[file.content for file in one.files] for one in requests] == [before] * len(requests)
        expected.append(picture(text))
        await town.until(partial(holds, town, sorted(expected)))


async def test_a_gate_judges_what_is_drawn_before_it_is_shown(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `block` no sketch is shown, a picture that is allowed is, and nothing of one that is blocked reaches Discord or stays."""
    town.config.write_text(f"{town.config.read_text()}\n[moderation]\nblock = [{town.discord.world.guild.id}]\n")
    await ready(town)
    allowed = await town.alice.say(town.general, "A comet")
    assert await town.answered(allowed) == [""]
    assert pictures(town, allowed) == [picture("A comet")]
    uploads = town.discord.world.attachments.files
    assert list(uploads.values()).count(picture("A comet")) == len(uploads) == 1
    monkeypatch.setattr("tests.rig.model.images.picture", lambda _: png(7))  # the scripted moderation flags every PNG
    blocked = await town.alice.say(town.general, "A dragon")
    await town.until(lambda: town.shown(blocked) == [ANSWERS["answer_blocked"]])
    assert len(uploads) == 1
    await town.until(partial(holds, town, [picture("A comet")]))


async def test_a_drawing_that_outlasts_the_process_is_drawn_after_the_next_start(town: Town) -> None:
    """The process stops well, with the sketch in Discord; the next one puts the picture into the same message."""
    await ready(town)
    gate = town.model.gate()
    question = await town.alice.say(town.general, "A comet")
    await gate.reached()
    gate.release()
    await town.until(lambda: pictures(town, question) == [sketch(0, "A comet")])
    (reply,) = town.replies(question)
    assert await town.stop() == 0
    assert kept(town) == []
    await town.start()
    assert await town.answered(question) == [""]
    assert [one.id for one in town.replies(question)] == [reply.id]
    assert pictures(town, question) == [picture("A comet")]
    assert len(town.model.requests) == 2


async def test_a_picture_for_which_no_budget_is_left_is_not_drawn(town: Town) -> None:
    """What the first one cost is more than the budget, so the second is refused before any request."""
    budget = '[[budgets]]\nscope = "user"\nperiod = "day"\ndollars = 0.03\n'
    town.config.write_text(f"{town.config.read_text()}\n{budget}")
    await ready(town, "new")
    await town.answered(await town.alice.say(town.general, "A comet"))
    question = await town.alice.say(town.general, "A cat")
    await town.until(lambda: bool(town.shown(question)))
    assert town.shown(question)[0].startswith("Your budget is used up.")
    assert len(town.model.requests) == 1


async def test_a_picture_that_waits_for_its_judgement_is_stopped_without_a_trace(town: Town) -> None:
    """Nobody judged it, so nobody sees it, and it is gone from the disk."""
    town.config.write_text(f"{town.config.read_text()}\n[moderation]\nblock = [{town.discord.world.guild.id}]\n")
    await ready(town)
    town.model.script(lambda request: request.path == MODERATIONS and "image_url" in str(request.body), status=503)
    question = await town.alice.say(town.general, "A comet")
    await town.until(lambda: town.shown(question) == [f"-# {ANSWERS['awaits_judgement']} ▌"])
    assert len(kept(town)) == 1
    await town.alice.press(town.replies(question)[0], "Stop")
    await town.until(lambda: town.shown(question) == [ANSWERS["stopped_empty"]])
    assert not town.discord.world.attachments.files
    await town.until(partial(holds, town, []))


async def test_with_warn_a_picture_that_is_flagged_is_shown_and_said_to_be(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a text would be."""
    town.config.write_text(f"{town.config.read_text()}\n[moderation]\nwarn = [{town.discord.world.guild.id}]\n")
    await ready(town)
    monkeypatch.setattr("tests.rig.model.images.picture", lambda _: png(7))  # the scripted moderation flags every PNG
    question = await town.alice.say(town.general, "A dragon")
    assert await town.answered(question) == [ANSWERS["answer_flagged"].format(categories="sexual")]
    assert pictures(town, question) == [png(7)]
