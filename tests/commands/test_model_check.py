"""What `causerie check` says of the models' server, whatever that answers: each answer has a line with what to do."""

import datetime as dt
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from commands import model_check
from commands.finding import Finding
from commands.model_check import check_models
from settings.settings import read
from tests.settings.test_settings import TOKEN

TODAY = dt.date(2026, 11, 26)
LIST = {"object": "list", "data": [{"id": "small"}, {"id": "large:latest"}, {"id": "models/gem"}]}


class Server:
    """A server of models that answers every request alike."""

    def __init__(self) -> None:
        self.status, self.body, self.paths = 200, json.dumps(LIST), list[str]()
        self.address = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.paths.append(request.path)
        return web.Response(status=self.status, text=self.body, content_type="application/json")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A server with three models."""
    made = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.address = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield made
    await runner.cleanup()


async def said(folder: Path, server: Server, config: str = "", **variables: str) -> list[tuple[str, str]]:
    """Return state and text of the lines, for a bot with this file and these variables."""
    file = folder / "causerie.toml"
    file.write_text(config)
    env = {"DISCORD_TOKEN": TOKEN, "CAUSERIE_CONFIG": str(file), "OPENAI_BASE_URL": server.address, **variables}
    found: list[Finding] = []
    await check_models(read(env), TODAY, found)
    return [(finding.state, finding.text) for finding in found]


def models(*names: str) -> str:
    return "".join(f'[[models]]\nname = "{name}"\n' for name in names)


async def test_a_server_that_lists_its_own_models_is_taken_at_its_word(tmp_path: Path, server: Server) -> None:
    """The first that chats is the default; one question is asked."""
    lines = await said(tmp_path, server)
    assert lines == [
        ("ok", f"{server.address} answers, and asks for no key."),
        ("ok", "the server's are offered, small first: small, large:latest, models/gem."),
    ]
    assert server.paths == ["/v1/models"]
    server.body = json.dumps({"data": [{"id": "text-embedding-3-small"}]})
    assert (await said(tmp_path, server))[1][0] == "wrong"


async def test_names_are_found_as_their_servers_write_them(tmp_path: Path, server: Server) -> None:
    """Ollama lists a tag, and Gemini a word before the name; a name that is nowhere is wrong where there are several."""
    config = models("small", "large", "gem", "smal")
    lines = await said(tmp_path, server, config, OPENAI_API_KEY="sk-1")
    assert lines[0] == ("ok", f"{server.address} answers, and takes the key.")
    assert lines[1][0] == "wrong"
    assert lines[1][1].startswith("'smal' is not in the server's list.")
    assert lines[2] == ("ok", "3 of 4 are there; new sessions start with small: small, large, gem.")
    server.body = json.dumps({"data": [{"id": "/models/any.gguf"}]})
    assert [state for state, _ in await said(tmp_path, server, models("mine"))] == ["ok", "look"]


async def test_when_a_model_ends_is_said(tmp_path: Path, server: Server) -> None:
    """By the file or by the server's list: in time, and afterwards."""
    server.body = json.dumps(
        {
            "data": [
                {"id": "small", "shutdown_date": "2026-12-24"},
                {"id": "large"},
                {"id": "old", "shutdown_date": "2026-11-26"},
            ]
        }
    )
    lines = await said(tmp_path, server, models("small", "large", "old"))
    assert ("look", "'small' ends on 2026-12-24. Choose another one before.") in lines
    assert ("look", "'old' has ended on 2026-11-26, and is no longer offered. Remove it.") in lines
    assert lines[-1][1].startswith("1 of 3 are there")


async def test_the_model_that_judges_has_to_be_there_where_something_is_judged(tmp_path: Path, server: Server) -> None:
    """With `block`, nobody would be answered without it."""
    gate = models("small") + '[moderation]\ngate = "block"\n'
    assert any(
        state == "wrong" and "omni-moderation-latest" in text for state, text in await said(tmp_path, server, gate)
    )
    assert not any("omni-moderation" in text for _, text in await said(tmp_path, server, models("small")))


@pytest.mark.parametrize(
    ("status", "body", "state", "words"),
    [
        (
            401,
            {"error": {"message": "Incorrect API key provided: sk-SECRET", "code": "invalid_api_key"}},
            "wrong",
            "refuses the key",
        ),
        (403, {"error": {"message": "forbidden"}}, "wrong", ""),
        (404, {"detail": "Not Found"}, "look", "has no list of models there"),
        (404, "<html>nginx</html>", "look", "has no list of models there"),
        (301, "", "look", "has no list of models there"),
        (429, {"error": {"message": "slow", "code": "rate_limit_exceeded"}}, "wrong", "no more requests now"),
        (429, {"error": {"message": "no", "code": "insufficient_quota"}}, "wrong", "nothing left"),
        (500, {"error": {"message": "SECRET"}}, "wrong", "an error of its own"),
        (503, "<html>SECRET</html>", "wrong", "an error of its own"),
        (400, {"error": {"message": "SECRET"}}, "wrong", "answers with an error"),
        (200, "<html>SECRET</html>", "wrong", "no list of models"),
        (200, {"data": "SECRET"}, "wrong", "no list of models"),
        (200, "", "wrong", "no list of models"),
        (200, "[" * 100_000, "wrong", "no list of models"),
    ],
)
async def test_whatever_it_answers_there_is_one_line_without_a_word_of_it(
    tmp_path: Path, server: Server, status: int, body: Any, state: str, words: str
) -> None:
    """What a server writes may quote the key."""
    server.status, server.body = status, body if isinstance(body, str) else json.dumps(body)
    ((found, text),) = await said(tmp_path, server, models("small"), OPENAI_API_KEY="sk-SECRET")
    assert (found, words in text) == (state, True), text
    assert server.address in text
    assert "SECRET" not in text


async def test_a_key_that_is_missing_is_told_from_a_wrong_one(tmp_path: Path, server: Server) -> None:
    """The remedy is another one."""
    server.status, server.body = 401, json.dumps({"error": {"message": "no key", "code": "invalid_api_key"}})
    ((state, text),) = await said(tmp_path, server, models("small"))
    assert (state, "wants a key" in text) == ("wrong", True)
    server.status, server.body = 404, "{}"
    assert (await said(tmp_path, server))[0][0] == "wrong"  # whose models are needed to answer anybody


async def test_a_server_that_hangs_is_not_waited_for(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its line says so."""
    monkeypatch.setattr(model_check, "ANSWER_S", 0.0)
    ((state, text),) = await said(tmp_path, server, models("small"))
    assert (state, "does not answer within" in text) == ("wrong", True)
