"""The sandbox's server has a model of every kind, as OpenAI's own client asks for it."""

import base64
import io
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import openai
import pytest
from aiohttp import web

from sandbox.models import painter, sounds, thinker, words
from sandbox.models.server import ModelServer
from tests.rig.model.audio import RECORDINGS

QUESTION: Any = [{"role": "user", "content": "What is a comet?"}]


@asynccontextmanager
async def chatting() -> AsyncIterator[tuple[str, list[web.Request]]]:
    """A model that chats, at an address of its own, and what it was asked."""
    asked: list[web.Request] = []

    async def answer(http: web.Request) -> web.Response:
        asked.append(http)
        await http.read()
        if http.headers["Authorization"] != "Bearer sk-chat":
            return web.Response(status=401)
        return web.Response(body=b"data: [DONE]\n\n", content_type="text/event-stream")

    app = web.Application()
    app.router.add_post("/v1/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}/v1", asked
    finally:
        await runner.cleanup()


@pytest.fixture
async def client() -> AsyncIterator[openai.AsyncOpenAI]:
    async with (
        chatting() as (url, _),
        ModelServer(url, "sk-chat", "small") as server,
        openai.AsyncOpenAI(api_key=server.key, base_url=server.base_url, max_retries=0) as client,
    ):
        yield client


async def test_every_kind_is_listed(client: openai.AsyncOpenAI) -> None:
    """The model that chats, and the stand-ins."""
    listed = [model.id async for model in client.models.list()]
    assert listed == [
        "small",
        thinker.MODEL,
        painter.MODEL,
        sounds.LISTENER,
        sounds.SPEAKER,
        words.EMBEDDER,
        words.JUDGE,
    ]


async def test_what_chats_is_passed_on() -> None:
    """With the local model's own key, which nobody else is told; a picture is refused as by a model without eyes."""
    async with chatting() as (url, asked), ModelServer(url, "sk-chat", "small") as server:
        async with openai.AsyncOpenAI(api_key=server.key, base_url=server.base_url, max_retries=0) as client:
            stream = await client.chat.completions.create(model="small", messages=QUESTION, stream=True)
            assert [chunk async for chunk in stream] == []
            assert [http.path for http in asked] == ["/v1/chat/completions"]
            seen: Any = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}]
            with pytest.raises(openai.BadRequestError, match="image inputs"):
                await client.chat.completions.create(model="small", messages=seen)
        async with openai.AsyncOpenAI(api_key="sk-chat", base_url=server.base_url, max_retries=0) as stranger:
            with pytest.raises(openai.AuthenticationError):
                await stranger.models.list()
        assert len(asked) == 1


async def test_a_picture_is_drawn_in_steps(client: openai.AsyncOpenAI) -> None:
    """As many partial pictures as were asked for, then the whole one, of the size and format that were asked for."""
    from PIL import Image  # noqa: PLC0415  # the sandbox has it

    stream = await client.images.generate(
        model=painter.MODEL,
        prompt="A comet over a lake",
        size="1536x1024",
        stream=True,
        partial_images=1,
        output_format="webp",
    )
    events: list[Any] = [event async for event in stream]
    assert [event.type for event in events] == ["image_generation.partial_image", "image_generation.completed"]
    with Image.open(io.BytesIO(base64.b64decode(events[-1].b64_json))) as picture:
        assert (picture.size, picture.format) == ((1536, 1024), "WEBP")
    assert events[-1].usage.output_tokens > 0
    with pytest.raises(openai.BadRequestError, match="Supported values are"):
        await client.images.generate(model=painter.MODEL, prompt="A comet", size="256x256")


async def test_a_picture_is_edited(client: openai.AsyncOpenAI) -> None:
    """The words stand on what came; what is no picture is refused."""
    drawn = await client.images.generate(model=painter.MODEL, prompt="A lake")
    assert drawn.data
    picture = base64.b64decode(drawn.data[0].b64_json or "")
    edited = await client.images.edit(model=painter.MODEL, prompt="With a comet", image=("a.png", picture, "image/png"))
    assert edited.data
    assert edited.data[0].b64_json not in (None, drawn.data[0].b64_json)
    with pytest.raises(openai.BadRequestError, match="Invalid image file"):
        await client.images.edit(model=painter.MODEL, prompt="?", image=("a.png", b"no picture", "image/png"))


async def test_a_recording_is_taken_and_a_clip_is_spoken(client: openai.AsyncOpenAI) -> None:
    """Both say that no model is behind them."""
    recording = ("voice.ogg", (RECORDINGS / "voice.ogg").read_bytes(), "audio/ogg")
    heard = await client.audio.transcriptions.create(model=sounds.LISTENER, file=recording)
    assert "No model listened" in heard.text
    stream = await client.audio.transcriptions.create(model=sounds.LISTENER, file=recording, stream=True)
    events: list[Any] = [event async for event in stream]
    assert events[-1].text == heard.text
    spoken = await client.audio.speech.create(model=sounds.SPEAKER, voice="alloy", input="Hi!", response_format="opus")
    assert spoken.content.startswith(b"OggS")
    with pytest.raises(openai.BadRequestError, match="opus"):
        await client.audio.speech.create(model=sounds.SPEAKER, voice="alloy", input="Hi!", response_format="mp3")


async def test_texts_with_words_in_common_are_near_each_other(client: openai.AsyncOpenAI) -> None:
    """Vectors of length 1, in both encodings."""
    made = await client.embeddings.create(
        model=words.EMBEDDER, input=["a comet of ice", "ice of a comet!", "bread"], encoding_format="float"
    )
    one, same, other = (entry.embedding for entry in made.data)
    assert math.isclose(sum(value * value for value in one), 1.0)
    assert one == pytest.approx(same)
    assert sum(a * b for a, b in zip(one, other, strict=True)) < 0.5
    with pytest.raises(openai.BadRequestError, match="input"):
        await client.embeddings.create(model=words.EMBEDDER, input="")


async def test_a_few_words_are_flagged(client: openai.AsyncOpenAI) -> None:
    """Nothing else is."""
    judged = await client.moderations.create(model=words.JUDGE, input=["a forbidden thing", "a comet"])
    assert [result.flagged for result in judged.results] == [True, False]
    assert judged.results[0].categories.illicit


@pytest.mark.parametrize(("effort", "steps"), [("low", 2), ("high", 8), (None, 4)])
async def test_the_thinker_reasons_as_much_as_it_is_told(
    client: openai.AsyncOpenAI, monkeypatch: pytest.MonkeyPatch, effort: Any, steps: int
) -> None:
    """It says with which effort, and that no model thought; whole or as a stream, with what it used."""
    monkeypatch.setattr(thinker, "PAUSE_S", 0.0)
    told: Any = {} if effort is None else {"reasoning_effort": effort}
    whole = await client.chat.completions.create(model=thinker.MODEL, messages=QUESTION, **told)
    answer = whole.choices[0].message
    assert f"“{effort or 'medium'}”" in (answer.content or "")
    assert "No model thought" in (answer.content or "")
    stream = await client.chat.completions.create(model=thinker.MODEL, messages=QUESTION, stream=True, **told)
    chunks = [chunk async for chunk in stream]
    deltas: list[Any] = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert len([delta for delta in deltas if getattr(delta, "reasoning_content", None)]) == steps
    assert "".join(delta.content or "" for delta in deltas) == answer.content
    assert chunks[-1].usage == whole.usage


async def test_the_thinker_refuses_an_effort_that_is_none(client: openai.AsyncOpenAI) -> None:
    """As OpenAI does."""
    with pytest.raises(openai.BadRequestError, match="Supported values are"):
        await client.chat.completions.create(model=thinker.MODEL, messages=QUESTION, reasoning_effort="huge")  # type: ignore[call-overload]
