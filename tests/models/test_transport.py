"""How requests to the models' server travel."""

import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager

import httpx2
import openai
import pytest
from aiohttp import web

from models.api_client import ApiClient, fault_of_refusal, whole
from models.errors import reason_of
from models.transport import Body

ANSWER = b'{"said": "' + b"so much " * 10_000 + b'"}'


@asynccontextmanager
async def served(handler: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[ApiClient]:
    """A client of a server that answers every request with `handler`."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    api = ApiClient(base_url=f"http://127.0.0.1:{runner.addresses[0][1]}/v1", key="sk-1")
    try:
        yield api
    finally:
        await api.close()
        await runner.cleanup()


@pytest.mark.parametrize("coding", ["", "gzip", "deflate"])
async def test_an_answer_is_read_however_its_server_sends_it(coding: str) -> None:
    """Servers behind a content network compress what they send."""

    async def answered(_: web.Request) -> web.Response:
        packed = {"": ANSWER, "gzip": gzip.compress(ANSWER), "deflate": zlib.compress(ANSWER)}[coding]
        return web.Response(body=packed, headers={"Content-Encoding": coding} if coding else {})

    async with served(answered) as api:
        async with aclosing(await api.post("/chat/completions", b"{}")) as response:
            assert await whole(response) == ANSWER
        assert await api.get("/models") == ANSWER


@pytest.mark.parametrize("coding", ["", "gzip"])
async def test_a_refusal_is_read_however_its_server_sends_it(coding: str) -> None:
    """What a server says is read by the package where the status is bad."""

    async def refused(_: web.Request) -> web.Response:
        said = b'{"error": {"message": "The model does not exist", "code": "model_not_found"}}'
        packed = gzip.compress(said) if coding else said
        return web.Response(status=404, body=packed, headers={"Content-Encoding": coding} if coding else {})

    async with served(refused) as api:
        with pytest.raises(openai.NotFoundError) as caught:
            await api.post("/chat/completions", b"{}")
        fault = fault_of_refusal(caught.value)
    assert fault is not None
    assert reason_of(fault) == "model_unknown"


async def test_an_answer_that_streams_keeps_nothing_of_its_request() -> None:
    """A thousand answers stream for minutes; the histories that were sent for them are long."""

    async def answered(_: web.Request) -> web.Response:
        return web.Response(body=ANSWER)

    async with served(answered) as api, aclosing(await api.post("/chat/completions", b"{}")) as response:
        assert isinstance(response, Body)
        assert not isinstance(response, httpx2.Response)


async def test_each_request_has_its_own_headers() -> None:
    """Those that are the same every time are shared, and no other."""
    sizes, keys = [], []

    async def noted(request: web.Request) -> web.Response:
        sizes.append((request.headers["Content-Length"], await request.read()))
        keys.append(request.headers["Authorization"])
        return web.Response(body=ANSWER)

    async with served(noted) as api:
        for body in (b"{}", b'{"a": 1}', b"{}"):
            async with aclosing(await api.post("/chat/completions", body)):
                pass
    assert sizes == [("2", b"{}"), ("8", b'{"a": 1}'), ("2", b"{}")]
    assert set(keys) == {"Bearer sk-1"}


async def test_a_connection_is_used_again_once_an_answer_was_read() -> None:
    """Connecting to a server far away takes a tenth of a second."""
    ports = []

    async def noted(request: web.Request) -> web.Response:
        assert request.transport is not None
        ports.append(request.transport.get_extra_info("peername")[1])
        return web.Response(body=ANSWER)

    async with served(noted) as api:
        for _ in range(3):
            async with aclosing(await api.post("/chat/completions", b"{}")) as response:
                await whole(response)
    assert len(set(ports)) == 1
