"""Pictures go to the model's server, and what it says of them is remembered."""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from files.folder import Folder
from messages.enclosure import Enclosure, LeftOut
from messages.turn import TurnTaken
from models.api_client import ApiClient
from models.chat import Chat
from models.events import StreamFinished
from models.kind_traits import Api
from models.model import Model
from tests.models.test_prompt import answered, said, turn
from tests.rig.api_documents import complaint_of_openai
from tests.rig.model import ModelRequest, ModelSandbox
from tests.rig.model.script import Match

APIS = ("responses", "chat_completions")


@pytest.fixture
async def server() -> AsyncIterator[ModelSandbox]:
    """A scripted OpenAI, which holds requests against OpenAI's own types."""

    def check(path: str, body: dict[str, Any]) -> str | None:
        return complaint_of_openai("POST", path.removeprefix("/v1"), body)

    async with ModelSandbox(check=check) as made:
        yield made
        assert made.complaints == []


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "files")
    made.make()
    return made


@pytest.fixture
async def chat(server: ModelSandbox, folder: Folder) -> AsyncIterator[Chat]:
    client = ApiClient(base_url=server.base_url, key=server.key)
    made = Chat(client, files=folder)
    yield made
    await client.close()


def picture(folder: Folder, name: str, content: bytes = b"") -> Enclosure:
    stored, file = folder.new(".png")
    with file:
        file.write(content or name.encode())
    return Enclosure(
        kind="file", name=name, media_type="image/png", stored=stored, size=len(content or name), width=9, height=9
    )


def asking(text: str, *pictures: Enclosure, before: tuple[Enclosure, ...] = ()) -> TurnTaken:
    """Return a turn whose question has these pictures, and whose history has those of `before`."""
    history = (replace(said("Before?"), enclosures=before), answered("Yes.")) if before else ()
    return replace(turn("", *history), question=replace(said(text), enclosures=pictures))


async def ask(chat: Chat, asked: TurnTaken, api: Api = "responses", **more: Any) -> tuple[str, StreamFinished]:
    *texts, end = [event async for event in chat.stream(asked, Model(name="gpt-4o", api=api, **more))]
    assert isinstance(end, StreamFinished)
    return "".join(str(text) for text in texts), end


def shown(request: ModelRequest) -> list[str]:
    """Return the pictures of a request in their order: what their files have in them."""
    found = []
    for message in request.body.get("input") or request.body["messages"]:
        for part in message["content"] if isinstance(message["content"], list) else ():
            url = part.get("image_url")
            url = url["url"] if isinstance(url, dict) else url
            if url:
                found.append(base64.b64decode(url.removeprefix("data:image/png;base64,")).decode())
    return found


@pytest.mark.parametrize("api", APIS)
async def test_pictures_are_sent_where_they_belong(server: ModelSandbox, folder: Folder, chat: Chat, api: Api) -> None:
    """Those of earlier turns too, in their order, with their names before them; and the length of the request is known."""
    asked = asking("And these?", picture(folder, "b"), picture(folder, "c"), before=(picture(folder, "a"),))
    _, end = await ask(chat, asked, api)
    (request,) = server.requests
    assert end.reason == "complete"
    assert end.left_out == ()
    assert shown(request) == ["a", "b", "c"]
    assert "Content-Length" in request.headers
    assert request.text == "[attachment: b, image/png]\n[attachment: c, image/png]\n[Alice]: And these?"


def about_drawn(text: str, drawn: Enclosure) -> TurnTaken:
    """Return a turn that asks about a picture that was drawn before."""
    return turn(text, said("A comet"), replace(answered(""), enclosures=(drawn,)))


@pytest.mark.parametrize("api", APIS)
async def test_a_picture_that_another_model_drew_is_shown(
    server: ModelSandbox, folder: Folder, chat: Chat, api: Api
) -> None:
    """In the message of a person, as OpenAI's types have it; no message is empty."""
    _, end = await ask(chat, about_drawn("What colour?", picture(folder, "comet")), api)
    (request,) = server.requests
    assert (end.reason, end.left_out) == ("complete", ())
    assert shown(request) == ["comet"]
    assert request.text == "[file of your answer: comet, image/png]\n[Alice]: What colour?"
    messages = request.body.get("input") or request.body["messages"]
    assert all(message["content"] for message in messages)


@pytest.mark.parametrize("api", APIS)
async def test_a_drawn_picture_that_is_not_taken_is_nothing_that_the_question_lost(
    server: ModelSandbox, folder: Folder, chat: Chat, api: Api
) -> None:
    """The answer names what was left out of its question; an earlier answer's picture is told of in words from then on."""
    status, words = NO_VISION["llama.cpp"]
    refusing(server, lambda request: bool(shown(request)), status, message=words)
    for _ in range(2):
        _, end = await ask(chat, about_drawn("What colour?", picture(folder, "comet")), api)
        assert (end.reason, end.left_out) == ("complete", ())
    assert server.requests[-1].text.startswith("[file of your answer: comet, image/png, which you are not shown]")
    assert len(server.requests) == 3


async def test_a_drawn_picture_that_the_server_cannot_read_spoils_one_turn(
    server: ModelSandbox, folder: Folder, chat: Chat
) -> None:
    """As one of a question does, and one that is gone from the disk spoils none."""
    bad = picture(folder, "bad")
    refusing(server, lambda request: "bad" in shown(request), 400, **BAD["OpenAI"])
    asked = about_drawn("What colour?", bad)
    assert [(await ask(chat, asked))[1].reason for _ in range(2)] == ["picture_refused", "complete"]
    gone = picture(folder, "gone")
    folder.remove([gone.stored])
    assert (await ask(chat, about_drawn("What colour?", gone)))[1].reason == "complete"
    assert len(server.requests) == 3


@pytest.mark.parametrize("api", APIS)
async def test_instructions_stand_before_the_pictures_of_the_first_message(
    server: ModelSandbox, folder: Folder, chat: Chat, api: Api
) -> None:
    """Where a server knows no system message."""
    await ask(chat, asking("What?", picture(folder, "a")), api, left_out=("system",))
    (request,) = server.requests
    assert shown(request) == ["a"]
    assert request.text.startswith("One person writes to you.")
    assert request.text.endswith("[attachment: a, image/png]\n[Alice]: What?")


async def test_pictures_are_sent_again_with_a_request_that_is_repeated(
    server: ModelSandbox, folder: Folder, chat: Chat
) -> None:
    """They are read anew."""
    refusing(server, lambda request: "store" in request.body, 400, message="Unsupported parameter: 'store'")
    _, end = await ask(chat, asking("What?", picture(folder, "a", b"x" * 600_000)))
    assert end.reason == "complete"
    assert [[len(one) for one in shown(request)] for request in server.requests] == [[600_000], [600_000]]


def refusing(server: ModelSandbox, which: Match, status: int, **error: str) -> None:
    """Have these requests refused with this error."""
    body = json.dumps({"error": error}).encode()
    server.script(which, status=status, body=body, content_type="application/json")


NO_VISION = {
    "llama.cpp": (
        500,
        "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
    ),
    "OpenAI": (400, "Invalid content type. image_url is only supported by certain models."),
    "xAI": (400, "Image inputs are not supported by this model."),
    "Ollama": (400, "this model does not support image input (ref: b8bd630e)"),
    "vLLM": (400, "At most 0 image(s) may be provided in one prompt."),
    "vLLM, text": (400, "gpt-oss is not a multimodal model"),
    "DeepSeek": (400, "messages[0]: unknown variant `image_url`, expected `text` at line 1 column 5"),
    "OpenRouter": (404, "No endpoints found that support image input"),
    "Groq": (400, "messages[1].content must be a string"),
    "gateway": (400, "Model do not support image input. Request id: 0217"),
    "LM Studio": (400, "Model does not support images. Please use a model that does."),
}


@pytest.mark.parametrize("name", NO_VISION)
async def test_a_server_that_takes_no_pictures_is_asked_without_them_once_and_for_all(
    server: ModelSandbox, folder: Folder, chat: Chat, name: str
) -> None:
    """The answer says what was left out.

    Reported: ollama/ollama#17301, vllm-project/vllm#11629.
    """
    status, words = NO_VISION[name]
    refusing(server, lambda request: bool(shown(request)), status, message=words)
    for requests in (2, 3):
        _, end = await ask(chat, asking("What?", picture(folder, "a")), "chat_completions")
        assert (end.reason, end.left_out) == ("complete", (LeftOut("a", "no_vision"),))
        assert len(server.requests) == requests


async def test_a_question_of_pictures_alone_is_not_asked_where_nobody_sees_them(
    server: ModelSandbox, folder: Folder, chat: Chat
) -> None:
    """The server is asked once to find that out, and not at all where the catalogue says so."""
    status, words = NO_VISION["llama.cpp"]
    refusing(server, lambda request: bool(shown(request)), status, message=words)
    for _ in range(2):
        text, end = await ask(chat, asking("", picture(folder, "a")))
        assert (text, end.reason, end.left_out) == ("", "only_files", (LeftOut("a", "no_vision"),))
        assert len(server.requests) == 1


BAD = {
    "OpenAI": {"code": "invalid_image_format", "message": "You uploaded an unsupported image."},
    "OpenAI, no code": {"message": "You uploaded an unsupported image. Please make sure your image is valid."},
    "LM Studio": {"message": "'url' field must be a base64 encoded image."},
    "vLLM": {"message": "cannot identify image file <_io.BytesIO object at 0x7f>"},
}


@pytest.mark.parametrize("name", BAD)
async def test_a_picture_that_the_server_cannot_read_spoils_one_turn(
    server: ModelSandbox, folder: Folder, chat: Chat, name: str
) -> None:
    """One request, one sentence; then it is left out. Pictures that the server took before are shown on."""
    good, bad = picture(folder, "good"), picture(folder, "bad")
    refusing(server, lambda request: "bad" in shown(request), 400, **BAD[name])
    assert (await ask(chat, asking("One?", good)))[1].reason == "complete"
    assert (await ask(chat, asking("Two?", bad, before=(good,))))[1].reason == "picture_refused"
    assert len(server.requests) == 2
    _, again = await ask(chat, asking("Two?", bad, before=(good,)))
    assert (again.reason, again.left_out) == ("complete", (LeftOut("bad", "picture_refused"),))
    _, later = await ask(chat, asking("Three?", before=(good, bad)))
    assert (later.reason, later.left_out) == ("complete", ())
    assert [shown(request) for request in server.requests[2:]] == [["good"], ["good"]]


async def test_a_request_that_is_too_large_for_a_proxy_is_sent_without_its_pictures_next_time(
    server: ModelSandbox, folder: Folder, chat: Chat
) -> None:
    """The conversation is not too long for it."""
    server.script(lambda request: bool(shown(request)), status=413, body=b"<html>413 Request Entity Too Large</html>")
    asked = asking("One?", picture(folder, "large"))
    assert (await ask(chat, asked))[1].reason == "picture_refused"
    _, end = await ask(chat, asked)
    assert (end.reason, end.left_out) == ("complete", (LeftOut("large", "picture_refused"),))
    assert len(server.requests) == 2


async def test_a_response_that_fails_for_a_picture_is_told_as_such(
    server: ModelSandbox, folder: Folder, chat: Chat
) -> None:
    """OpenAI may say it when the stream has begun."""
    bad = picture(folder, "bad")
    failed = {"type": "response.failed", "response": {"status": "failed", "error": {"code": "image_parse_error"}}}
    frame = f"event: response.failed\ndata: {json.dumps(failed)}\n\n".encode()
    server.script(lambda request: "bad" in shown(request), body=frame)
    assert (await ask(chat, asking("One?", bad)))[1].reason == "picture_refused"
    assert (await ask(chat, asking("One?", bad)))[1].reason == "complete"


async def test_a_picture_that_is_gone_from_the_disk_is_left_out(
    server: ModelSandbox, folder: Folder, chat: Chat
) -> None:
    """The others are shown."""
    gone, other = picture(folder, "gone"), picture(folder, "other")
    folder.remove([gone.stored])
    _, end = await ask(chat, asking("What?", gone, other))
    assert (end.reason, end.left_out) == ("complete", (LeftOut("gone", "gone"),))
    assert shown(server.requests[0]) == ["other"]


async def test_pictures_count_in_what_an_answer_used_where_the_server_does_not_count(
    server: ModelSandbox, folder: Folder, chat: Chat
) -> None:
    """By the same estimate as for the model's context."""
    chunk = {"choices": [{"index": 0, "delta": {"content": "Ice."}, "finish_reason": "stop"}]}
    server.script(body=f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode())
    used = []
    for pictures in ((), (replace(picture(folder, "a"), width=1024, height=1024),)):
        _, end = await ask(chat, asking("What?", *pictures), "chat_completions")
        assert end.usage is not None
        used.append(end.usage.input_tokens)
    assert used[1] - used[0] > 2000
