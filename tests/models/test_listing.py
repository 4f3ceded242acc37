"""The models that a server lists, where the operator named none; and what the log says of a server that is not there."""

import datetime as dt
import json
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

import anyio
import pytest
import structlog
from aiohttp import web

from live import Live
from models import listing
from models.api_client import ApiClient
from models.catalogue import MODELS_MAX, SERVERS_FIRST, Catalogue
from models.chat import Chat
from models.listing import find_models, follow_models, models_in, shutdowns_in
from models.model import Model
from models.openai_models import OPENAI_MODELS
from models.temperatures import NONE
from tests.models.test_corpus import sorted_out
from tests.models.test_prompt import turn
from tests.rig.model import ModelSandbox


def named(*names: Any) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}


@pytest.mark.parametrize(
    ("listed", "names"),
    [
        (named("llama-3.1-8b", "qwen3"), ["llama-3.1-8b", "qwen3"]),
        ({"models": [{"name": "llama3:latest", "model": "llama3:latest"}]}, ["llama3:latest"]),
        (["a", "b", "a"], ["a", "b"]),
        (named("bge-reranker-v2", "chat", "rerank-3"), ["chat"]),
        (named("", "  ", "two\nlines", "x" * 101, 7, None, "fine"), ["fine"]),
        ({"data": [7, None, [], {"id": {}}, {"id": "fine"}]}, ["fine"]),
        (named(*(f"m{number}" for number in range(3000))), [f"m{number}" for number in range(MODELS_MAX)]),
        (named(SERVERS_FIRST, "fine"), ["fine"]),
        (named(), []),
    ],
)
def test_what_menus_can_show_is_taken_of_a_list(listed: Any, names: list[str]) -> None:
    """Names of one line, each once, at most a thousand; kinds of models that nothing asks are left out."""
    assert [model.name for model in models_in(listed)] == names


def test_the_kind_of_a_model_is_told_by_its_name() -> None:
    """A server lists all of its models and says of none what it is for; the first that chats is the default."""
    kinds = {
        "nomic-embed-text": "embedding",
        "llama-guard-3": "moderation",
        "gpt-3.5-turbo-instruct": "completion",
        "text-davinci-003": "completion",
        "dall-e-3": "image",
        "gpt-image-2": "image",
        "whisper-1": "transcription",
        "gpt-4o-mini-tts": "speech",
        "llama-3.1-8b": "chat",
    }
    models = list(models_in(named(*kinds)))
    assert {model.name: model.kind for model in models} == kinds
    assert [model.api for model in models][-1] == "chat_completions"
    catalogue = Catalogue()
    catalogue.learn(models)
    assert catalogue.default.label == "llama-3.1-8b"


def test_a_list_says_how_much_a_model_reads() -> None:
    """Under the names of several servers; nonsense is not believed."""
    entries = [
        {"id": "vllm", "max_model_len": 32_768},
        {"id": "openrouter", "context_length": 131_072},
        {"id": "groq", "context_window": 8_192},
        {"id": "odd", "context_length": -1},
        {"id": "text", "context_length": "many"},
    ]
    unknown = Model(name="any").context_tokens
    assert [model.context_tokens for model in models_in(entries)] == [32_768, 131_072, 8_192, unknown, unknown]


def test_a_list_says_which_models_see_pictures() -> None:
    """As several servers say it; of others it is not known."""
    entries = [
        {"id": "openrouter", "architecture": {"input_modalities": ["text", "image"]}},
        {"id": "openrouter-blind", "architecture": {"input_modalities": ["text"]}},
        {"id": "mistral", "capabilities": {"vision": False, "completion_chat": True}},
        {"id": "moonshot", "supports_image_in": True},
        {"id": "odd", "architecture": {"input_modalities": "image"}, "capabilities": ["vision"]},
        {"id": "llama"},
    ]
    assert [model.vision for model in models_in(entries)] == [True, False, False, True, None, None]


def test_a_catalogue_that_waits_has_one_model_that_says_so() -> None:
    """New sessions have it, and go on with whatever the server lists first."""
    catalogue = Catalogue()
    (waiting,) = catalogue.menu
    assert catalogue.is_waiting
    assert (waiting.name, waiting.description) == (SERVERS_FIRST, "models.not_reached")
    catalogue.learn([Model.listed(f"m{number}", 0) for number in range(40)])
    assert not catalogue.is_waiting
    assert len(catalogue.menu) == 41
    assert (catalogue.default.name, catalogue.default.label) == (SERVERS_FIRST, "m0")
    asked = catalogue.get(SERVERS_FIRST)
    assert asked is not None
    assert asked.name == "m0"
    catalogue.learn_temperatures("m0", NONE)
    assert [catalogue.takes_temperature(name, 1) for name in (SERVERS_FIRST, "m0", "m1", "gone")] == [
        False,
        False,
        True,
        True,
    ]
    assert catalogue.get("m39") is not None
    assert catalogue.offers("m39")
    assert not catalogue.offers("m40")


@pytest.fixture
async def server() -> AsyncIterator["Server"]:
    """A server whose list a test writes."""
    made = Server()
    app = web.Application()
    app.router.add_get("/v1/models", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.base_url = "http://{}:{}/v1?team=a".format(*runner.addresses[0][:2])
    yield made
    await runner.cleanup()


class Server:
    """Answers with one body after the other, the last of them for ever."""

    def __init__(self) -> None:
        self.base_url = ""
        self.answers: list[tuple[int, str]] = []
        self.asked: list[web.Request] = []
        self.asked_four_times = anyio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        if len(self.asked) == 4:
            self.asked_four_times.set()
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.Response(status=status, text=body, content_type="application/json")


async def test_the_servers_models_are_asked_for_until_they_are_there(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each failure is one line with the address and the cause, and without the query, which may be a secret."""
    monkeypatch.setattr(listing, "PAUSE_S", 0.01)
    server.answers = [
        (503, '{"error": "loading"}'),
        (401, '{"error": {"code": "invalid_api_key"}}'),
        (404, '{"detail": "Not Found"}'),
        (200, "<html>"),
        (200, json.dumps(named("whisper-1"))),
        (200, json.dumps(named("llama", "qwen"))),
    ]
    catalogue = Catalogue()
    with structlog.testing.capture_logs() as logs:
        await find_models(catalogue, base_url=server.base_url, key="sk-CANARY")
    causes = [entry["cause"] for entry in logs if entry["event"] == "models.not_listed"]
    assert causes == ["server_error", "wrong_key", "wrong_address", "malformed", "the list has no model that chats"]
    assert [model.label or model.name for model in catalogue.menu] == ["llama", "llama", "qwen"]
    assert {entry["address"] for entry in logs if "address" in entry} == {server.base_url.partition("?")[0]}
    assert "CANARY" not in repr(logs)
    assert {request.query["team"] for request in server.asked} == {"a"}


@pytest.mark.parametrize("models", [OPENAI_MODELS, [Model(name="mine")]])
async def test_models_that_are_known_stay_as_they_are(server: Server, models: Sequence[Model]) -> None:
    """The server is asked once: the log says at the start what would keep it from answering."""
    server.answers = [(500, "")]
    catalogue = Catalogue(models)
    menu = catalogue.menu
    with structlog.testing.capture_logs() as logs:
        await find_models(catalogue, base_url=server.base_url, key="")
    assert catalogue.menu == menu
    assert [(entry["event"], entry["cause"]) for entry in logs[-1:]] == [("models.not_listed", "server_error")]
    assert len(server.asked) == 1


def test_a_list_says_when_models_end() -> None:
    """Nonsense is not believed."""
    entries = [
        {"id": "gpt-4o", "shutdown_date": "2027-01-14"},
        {"id": "moment", "shutdown_date": "2027-01-14T00:00:00Z"},
        {"id": "lives", "shutdown_date": None},
        {"id": "odd", "shutdown_date": "2027-13-45"},
        {"id": "number", "shutdown_date": 1_800_000_000},
        {"shutdown_date": "2027-01-14"},
        "text",
    ]
    assert shutdowns_in(entries) == {"gpt-4o": dt.date(2027, 1, 14), "moment": dt.date(2027, 1, 14)}


async def test_the_log_names_each_model_that_ends_soon_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is asked again every day, also where it did not answer the day before."""
    monkeypatch.setattr(listing, "DAY_S", 0.001)
    soon = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)).isoformat()
    later = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=300)).isoformat()
    listed = [
        {"id": "a", "shutdown_date": soon},
        {"id": "b", "shutdown_date": later},
        {"id": "other", "shutdown_date": soon},
    ]
    server.answers = [(500, ""), (200, json.dumps({"data": listed}))]
    catalogue = Catalogue([Model(name="a"), Model(name="b"), Model(name="c")])
    with structlog.testing.capture_logs() as logs:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(partial(follow_models, Live(catalogue), base_url=server.base_url, key=""))
            await server.asked_four_times.wait()
            tasks.cancel_scope.cancel()
    ends = [entry for entry in logs if entry["event"] == "model.ends"]
    assert [(entry["model"], entry["shutdown_date"]) for entry in ends] == [("a", soon)]
    assert [str(model.shutdown_date) for model in catalogue] == [soon, later, "None"]


async def test_a_server_that_nobody_listens_at_is_named_with_its_cause() -> None:
    """In one line, for whoever reads the log."""
    with structlog.testing.capture_logs() as logs:
        await find_models(Catalogue(OPENAI_MODELS), base_url="http://127.0.0.1:9/v1", key="")
    (line,) = [entry for entry in logs if entry["event"] == "models.not_listed"]
    assert (line["address"], line["cause"]) == ("http://127.0.0.1:9/v1", "unreachable")
    assert "Connect" in line["error"]


async def test_the_query_of_an_address_goes_with_each_question() -> None:
    """And the key in the header of Azure, where an `api-version` is asked for."""
    async with ModelSandbox() as model:
        client = ApiClient(base_url=f"{model.base_url}?api-version=2024-10-21", key=model.key)
        chat = Chat(client)
        events = [event async for event in chat.stream(turn("Hello?"), Model(name="m", api="chat_completions"))]
        await client.close()
        assert sorted_out(events)[2].reason == "complete"
        (request,) = model.requests
        assert request.query == {"api-version": "2024-10-21"}
        assert request.headers["api-key"] == model.key


async def test_another_list_is_asked_about_at_once_and_nobody_asks_for_the_old_one(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bot that waits for its server's models is given a list; later that is taken away, and the server's counts again."""
    monkeypatch.setattr(listing, "PAUSE_S", 1000.0)
    monkeypatch.setattr(listing, "PAUSE_S_MAX", 1000.0)
    server.answers = [(503, ""), (200, json.dumps(named("llama")))]
    models = Live(Catalogue())
    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(partial(follow_models, models, base_url=server.base_url, key=""))
            while not server.asked:  # noqa: ASYNC110 nothing tells of a request
                await anyio.sleep(0.01)
            models.replace(Catalogue([Model(name="mine")]))
            while len(server.asked) < 2:  # noqa: ASYNC110
                await anyio.sleep(0.01)
            models.replace(Catalogue())
            while models.value.is_waiting:  # noqa: ASYNC110
                await anyio.sleep(0.01)
            tasks.cancel_scope.cancel()
    assert models.value.default.shown == "llama"
    assert len(server.asked) == 3
