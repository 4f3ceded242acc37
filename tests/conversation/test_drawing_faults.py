"""What goes wrong with pictures: each thing has its sentence, costs no request more than it must, and the session goes on."""

import base64
import json
from functools import partial
from typing import Any, Final

import pytest

from messages.turn import Reason
from sandbox.discord import Limits
from tests.conversation.test_drawing import EDITS, GENERATIONS, attached, kept, pictures, ready
from tests.conversation.test_files_of_strangers import a_host
from tests.conversation.test_pictures import png
from tests.rig.model.images import PICTURES, picture, sketch
from tests.rig.model.record import ModelRequest
from tests.rig.town import Town
from texts.english import ANSWERS
from texts.keys import AnswerKey

JSON: Final = "application/json"


def says(town: Town, question: Any, sentence: str) -> bool:
    """Whether this is all that the reply to a question says."""
    return town.shown(question) == [sentence]


def refused(status: int, **error: Any) -> dict[str, Any]:
    return {"status": status, "body": json.dumps({"error": error}).encode(), "content_type": "application/json"}


@pytest.mark.parametrize(
    ("script", "key"),
    [
        (
            refused(400, code="moderation_blocked", type="image_generation_user_error", message="Rejected."),
            "drawing_refused",
        ),
        (
            refused(403, code=None, message="Your organization must be verified to use the model `gpt-image-2`."),
            "not_verified",
        ),
        ({"body": b'{"created": 1, "data": []}'}, "no_picture"),
    ],
)
async def test_what_the_server_does_not_draw_has_its_sentence(town: Town, script: dict[str, Any], key: str) -> None:
    """No second request, and the session goes on."""
    await ready(town)
    town.model.script("comet", **script)
    question = await town.alice.say(town.general, "A comet")
    await town.until(lambda: town.shown(question) == [ANSWERS[key]])  # type: ignore[index]
    assert len(town.model.requests) == 1
    after = await town.alice.say(town.general, "A cat")
    assert await town.answered(after) == [""]
    assert town.model.requests[-1].path == GENERATIONS
    assert kept(town) == [picture("A cat")]


async def test_a_picture_that_discord_does_not_take_is_said_to_be_too_large(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sketch that it took is gone, and the session has the picture."""
    await ready(town)
    monkeypatch.setattr(town.discord.world, "limits", Limits(file_bytes=600))
    question = await town.alice.say(town.general, "A comet, " + "very " * 30 + "bright")
    await town.until(lambda: town.shown(question) == [ANSWERS["picture_not_sent"]])
    assert pictures(town, question) == []


STILL: Final = (PICTURES / "still.gif").read_bytes()
BMP: Final = b"BM" + (70).to_bytes(4, "little") + bytes(4) + b"\x36\0\0\0\x28" + bytes(55)
BAD: Final[list[tuple[str, str, bytes, dict[str, Any], Reason, AnswerKey | None]]] = [
    ("a picture alone", "", png(7), {}, "no_prompt", None),
    ("a GIF", "Make it blue", STILL, {}, "picture_unusable", None),
    ("a BMP", "Make it blue", BMP, {}, "picture_unusable", "problem.unknown_type"),
    ("a HEIC", "Make it blue", (PICTURES / "photo.heic").read_bytes(), {}, "picture_unusable", "problem.heic"),
    ("a picture that moves", "Make it blue", (PICTURES / "animated.webp").read_bytes(), {}, "picture_unusable", "problem.animated"),
    ("a picture that is cut", "Make it blue", png(7)[:20], {}, "picture_unusable", "problem.damaged"),
    ("a file that is no picture, whatever its name says", "Make it blue", bytes(range(256)), {}, "picture_unusable", "problem.unknown_type"),
    ("a picture of 30 MB", "Make it blue", png(7), {"size": 30_000_000}, "picture_unusable", "problem.too_large"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "content", "more", "key", "why"), [case[1:] for case in BAD], ids=[case[0] for case in BAD]
)
async def test_what_cannot_be_changed_has_its_sentence(
    town: Town, text: str, content: bytes, more: dict[str, Any], key: Reason, why: AnswerKey | None
) -> None:
    """It says what is wrong with it. No request, no other picture in its place, and the session goes on with its last picture."""
    await ready(town)
    await town.answered(await town.alice.say(town.general, "A comet"))
    photo = attached(town, "photo.png", content, **more)
    question = await town.alice.say(town.general, text, attachments=[photo])
    said = [ANSWERS[key]]
    if why is not None:
        said.append(ANSWERS["left_out"].format(files="photo.png", why=ANSWERS[why]))
    await town.until(lambda: town.shown(question) == ["\n".join(said)])
    assert len(town.model.requests) == 1
    await town.answered(await town.alice.say(town.general, "Darker"))
    assert [file.content for file in town.model.requests[-1].files] == [picture("A comet")]


async def test_one_picture_that_cannot_be_changed_beside_one_that_can_is_said(town: Town) -> None:
    """Both were meant, so neither is changed alone."""
    await ready(town)
    photos = [attached(town, "photo.png", png(7)), attached(town, "old.bmp", BMP)]
    question = await town.alice.say(town.general, "Join them", attachments=photos)
    await town.until(
        lambda: bool(town.shown(question)) and town.shown(question)[0].startswith(ANSWERS["picture_unusable"])
    )
    assert "old.bmp" in town.shown(question)[0]
    assert town.model.requests == []


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def partial_picture(prompt: str) -> bytes:
    return event("image_generation.partial_image", b64_json=encoded(sketch(0, prompt)), partial_image_index=0)


def whole_picture(prompt: str, **fields: Any) -> bytes:
    return event("image_generation.completed", b64_json=encoded(picture(prompt)), **fields)


BLOCKED: Final = event("error", error={"code": "moderation_blocked", "message": "Rejected by the safety system."})
BROKEN: Final = [
    ("a sketch, and then the end of the body", partial_picture("x"), "ended_early", 2),
    ("a picture that is cut in its middle", partial_picture("x") + whole_picture("x")[:-200], "ended_early", 2),
    ("a sketch, and then no picture", partial_picture("x") + event("image_generation.completed"), "no_picture", 1),
    ("a sketch, and then a refusal", partial_picture("x") + BLOCKED, "drawing_refused", 1),
    ("a sketch, and then an error", partial_picture("x") + event("error", error={"message": "Oh."}), "error_event", 1),
    ("a picture that is none", event("image_generation.completed", b64_json=encoded(b"Hello")), "no_picture", 1),
    ("a picture that is no base64", event("image_generation.completed", b64_json="***"), "malformed", 2),
]


@pytest.mark.parametrize(("body", "key", "requests"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
async def test_a_sketch_that_never_becomes_a_picture_is_no_answer(
    town: Town, body: bytes, key: str, requests: int
) -> None:
    """Nothing of it stays in the reply or on disk. What broke off is asked for once more; what the server said itself is not."""
    await ready(town)
    town.model.script("comet", body=body)
    question = await town.alice.say(town.general, "A comet")
    await town.until(lambda: town.shown(question) == [ANSWERS[key]])  # type: ignore[index]
    assert pictures(town, question) == []
    assert len(town.model.requests) == requests
    assert await town.answered(await town.alice.say(town.general, "A cat")) == [""]
    assert town.model.requests[-1].path == GENERATIONS
    assert kept(town) == [picture("A cat")]


async def test_what_no_document_names_is_passed_over(town: Town) -> None:
    """Events and fields that are unknown, also one that looks like another picture: only the picture itself is shown."""
    await ready(town)
    body = b"".join(
        (
            b": aside\n\n",
            event("image_generation.primed", b64_json=encoded(png(1))),
            event("image_generation.partial_image", b64_json=None, mood="good"),
            whole_picture(
                "A comet", usage={"input_tokens": "many"}, safety={"b64_json": encoded(png(2)), "deep": [[1]]}
            ),
        )
    )
    town.model.script(body=body)
    question = await town.alice.say(town.general, "A comet")
    assert await town.answered(question) == [""]
    assert pictures(town, question) == kept(town) == [picture("A comet")]


async def test_all_pictures_of_an_answer_are_shown_and_the_last_one_is_changed_next(town: Town) -> None:
    """Under different names; what is no picture among them is left out."""
    await ready(town)
    drawn = [{"b64_json": encoded(content)} for content in (picture("one"), b"Hello", picture("two"))]
    town.model.script("comet", body=json.dumps({"created": 1, "data": drawn}).encode(), content_type=JSON)
    question = await town.alice.say(town.general, "A comet")
    assert await town.answered(question) == [""]
    (reply,) = town.replies(question)
    assert [one["filename"] for one in reply.attachments] == ["picture-1.jpeg", "picture-3.jpeg"]
    assert pictures(town, question) == [picture("one"), picture("two")]
    await town.answered(await town.alice.say(town.general, "Brighter"))
    assert [file.content for file in town.model.requests[-1].files] == [picture("two")]


async def test_what_the_server_made_of_the_prompt_describes_the_picture(town: Town) -> None:
    """As much of it as Discord takes, whatever it says; it calls nobody."""
    await ready(town)
    revised = f"<@{town.bob.id}> @everyone **A comet** {'x' * 5_000}"
    drawn = [{"b64_json": encoded(picture("one")), "revised_prompt": revised}]
    town.model.script(body=json.dumps({"created": 1, "data": drawn}).encode(), content_type=JSON)
    question = await town.alice.say(town.general, "A comet")
    assert await town.answered(question) == [""]
    (attachment,) = town.replies(question)[0].attachments
    assert attachment["description"] == revised[:1_023] + "…"


async def test_a_picture_that_takes_too_long_is_not_waited_for(town: Town) -> None:
    """Its sketch is no answer, and nobody asks again by themselves: it may have been paid for. *Retry* does."""
    await ready(town, module="tests.conversation.impatient")
    town.model.script("comet", stall_after=4, times=1)
    question = await town.alice.say(town.general, "A comet")
    await town.until(lambda: town.shown(question) == [ANSWERS["picture_late"]])
    assert pictures(town, question) == kept(town) == []
    assert len(town.model.requests) == 1
    await town.alice.press(town.replies(question)[0], "Retry")
    await town.until(lambda: pictures(town, question) == [picture("A comet")])


async def test_a_picture_that_is_gone_from_the_disk_is_not_changed(town: Town) -> None:
    """Nothing else is drawn in its place: what is attached is changed, and for a new one there is *new*."""
    await ready(town)
    await town.answered(await town.alice.say(town.general, "A comet"))
    (stored,) = (town.data / "files").iterdir()
    stored.unlink()
    question = await town.alice.say(town.general, "Brighter")
    await town.until(lambda: town.shown(question) == [ANSWERS["picture_gone"]])
    assert len(town.model.requests) == 1
    photo = attached(town, "photo.png", png(7))
    await town.answered(await town.alice.say(town.general, "Make it blue", attachments=[photo]))
    assert [file.content for file in town.model.requests[-1].files] == [png(7)]
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "A cat"))
    assert town.model.requests[-1].path == GENERATIONS


def is_edit(request: ModelRequest) -> bool:
    return request.path == EDITS


UNCHANGED: Final = [
    ("a server without the path", {"status": 404, "body": b'{"detail":"Not Found"}', "content_type": JSON}, "cannot_edit"),
    ("a picture that it cannot read", refused(400, code="invalid_image", message="Invalid image."), "picture_not_changed"),
    ("a picture that is too large for it", refused(413, type="server_error", message="Too large."), "picture_not_changed"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "key"), [case[1:] for case in UNCHANGED], ids=[case[0] for case in UNCHANGED])
async def test_a_server_that_does_not_change_a_picture_is_not_asked_to_draw_one_in_its_place(
    town: Town, script: dict[str, Any], key: str
) -> None:
    """It is asked once; a new picture can be had all the same."""
    await ready(town)
    await town.answered(await town.alice.say(town.general, "A comet"))
    town.model.script(is_edit, **script)
    question = await town.alice.say(town.general, "Brighter")
    await town.until(lambda: town.shown(question) == [ANSWERS[key]])  # type: ignore[index]
    assert [request.path for request in town.model.requests] == [GENERATIONS, EDITS]
    await town.set_status(town.alice, "new")
    assert await town.answered(await town.alice.say(town.general, "A cat")) == [""]


@pytest.mark.parametrize("takes_format", [True, False])
async def test_a_picture_of_which_only_the_address_is_given_is_not_fetched(town: Town, takes_format: bool) -> None:
    """The host that a server names is one that nobody chose. The server is asked for the picture itself, and a sentence says the rest."""
    await ready(town)
    async with a_host() as host:
        link = {"created": 1, "data": [{"url": f"{host.origin}/picture.png"}]}
        if not takes_format:
            unknown = "Unknown parameter: 'response_format'."
            town.model.script(
                lambda request: "response_format" in request.body,
                **refused(400, code="unknown_parameter", param="response_format", message=unknown),
            )
        else:
            town.model.script(body=json.dumps(link).encode(), content_type=JSON)
        town.model.script(
            lambda request: "response_format" not in request.body, body=json.dumps(link).encode(), content_type=JSON
        )
        for asked, text in ((2, "A comet"), (3, "A cat")):
            question = await town.alice.say(town.general, text)
            await town.until(partial(says, town, question, ANSWERS["only_link"]))
            assert len(town.model.requests) == asked
        assert host.paths == []
    assert kept(town) == []
    assert host.origin not in town.log.read_text()
