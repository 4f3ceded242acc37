"""Another site's page, in the same browser on the same machine, can use neither the sandbox's page nor the small Discord."""

import asyncio
from urllib.parse import urlsplit

import aiohttp
import pytest

from sandbox.discord import DiscordSandbox
from sandbox.own_page import LOOPBACK_NAMES
from sandbox.web import FILES, Web

SAY = {"person": "Alice", "do": "say", "channel": "general", "text": "forged"}


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def hostile_headers(port: int) -> list[dict[str, str]]:
    """What a browser sends for a page of another site, with its own name rebound to 127.0.0.1 or without."""
    own = f"127.0.0.1:{port}"
    return [
        {"Host": f"evil.example:{port}", "Origin": f"http://evil.example:{port}"},
        {"Host": f"evil.example:{port}"},
        {"Host": f"127.0.0.1.evil.example:{port}"},
        {"Host": f"user@{own}"},
        {"Host": "127.0.0.1"},
        {"Host": f"127.0.0.1:{port + 1}"},
        {"Host": own, "Origin": "http://evil.example"},
        {"Host": own, "Origin": "null"},
        {"Host": own, "Origin": "http://127.0.0.1"},
        {"Host": own, "Origin": f"http://127.0.0.1:{port + 1}"},
        {"Host": own, "Origin": f"https://{own}"},
        {"Host": own, "Origin": f"http://localhost:{port}"},
        {"Host": own, "Origin": f"http://{own}.evil.example"},
    ]


async def statuses(base: str, routes: list[tuple[str, str]], headers: dict[str, str]) -> set[int]:
    """Ask for everything that a server has."""
    async with aiohttp.ClientSession(base) as http:
        found = set()
        for method, path in routes:
            body = SAY if method == "POST" else None
            async with http.request(method, path, json=body, headers=headers) as response:
                found.add(response.status)
        return found


async def knocks(base: str, path: str, headers: dict[str, str]) -> int:
    """Try to open a WebSocket; return the status of the refusal."""
    async with aiohttp.ClientSession(base) as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await http.ws_connect(path, headers=headers)
        return caught.value.status


async def test_another_sites_page_neither_reads_nor_writes_nor_listens(web: Web, discord: DiscordSandbox) -> None:
    """Every route of the page's server, also ones that do not exist, and its WebSocket, refuse every such sender."""
    routes = [("GET", path) for path in (*FILES, "/api/people", "/api/view", "/attachments/1/2/a.txt", "/nowhere")]
    routes += [("POST", "/api/people"), ("POST", "/api/deeds"), ("OPTIONS", "/api/deeds"), ("DELETE", "/api/view")]
    for headers in hostile_headers(port_of(web.url)):
        assert await statuses(web.url, routes, headers) == {403}, headers
        assert await knocks(web.url, "/live?person=Alice&channel=general", headers) == 403, headers
    assert discord.messages(discord.channel("general")) == []


async def test_another_sites_page_cannot_use_the_small_discord(discord: DiscordSandbox) -> None:
    """Neither its REST routes, even with the bot's token, nor its files, nor the gateway."""
    base = discord.world.base_url
    general = discord.channel("general")
    routes = [("GET", "/api/v10/gateway/bot"), ("POST", f"/api/v10/channels/{general.id}/messages")]
    routes += [("GET", "/attachments/1/2/a.txt"), ("GET", "/nowhere")]
    for headers in hostile_headers(port_of(base)):
        authorized = {**headers, "Authorization": f"Bot {discord.token}"}
        assert await statuses(base, routes, authorized) == {403}, headers
        assert await knocks(base, "/gateway?v=10&encoding=json", headers) == 403, headers
    assert discord.requests == []
    assert discord.messages(general) == []


@pytest.mark.parametrize("name", LOOPBACK_NAMES)
async def test_its_own_page_and_programs_are_served(web: Web, discord: DiscordSandbox, name: str) -> None:
    """The page by either name of this machine, and a program, which sends no Origin."""
    host = f"{name}:{port_of(web.url)}"
    own: list[dict[str, str]] = [{"Host": host}, {"Host": host, "Origin": f"http://{host}"}]
    for headers in own:
        assert await statuses(web.url, [("GET", "/"), ("GET", "/api/view"), ("POST", "/api/deeds")], headers) == {200}
        async with (
            aiohttp.ClientSession(web.url) as http,
            http.ws_connect("/live?person=Alice&channel=general", headers=headers) as live,
        ):
            assert (await live.receive_json())["items"]
    assert len(discord.messages(discord.channel("general"))) == 2


async def test_a_request_without_a_host_is_refused(web: Web) -> None:
    """HTTP/1.0 knows requests without a Host, and nobody can tell whose page sent one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(web.url))
    writer.write(b"GET /api/view HTTP/1.0\r\n\r\n")
    assert (await reader.readline()).split()[1] == b"403"
    writer.close()
