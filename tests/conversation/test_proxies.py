"""Discord and the model by way of a proxy, and by encrypted connections whose authority the operator names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from tests.conversation.started import StartedBot, answers
from tests.rig.certificates import Certificates, make_certificates
from tests.rig.proxy import ProxyRig, encrypted, proxy_rig
from tests.rig.town import Town

BEHIND: Final = {"DISCORD_REST_URL": "https://discord.test/api/v10", "OPENAI_BASE_URL": "https://model.test/v1"}
"""Hosts that only the proxy knows."""


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    """An authority that nobody else trusts."""
    return make_certificates(tmp_path)


@asynccontextmanager
async def behind_a_proxy(
    town: Town, certificates: Certificates, *, credentials: str = "", tls: bool = False
) -> AsyncIterator[ProxyRig]:
    """Have the town's Discord, its gateway and its model be reached by TLS under names that only the proxy knows."""
    ports = [urlsplit(url).port or 0 for url in (town.discord.rest_url, town.model.base_url)]
    town.discord.world.base_url = "https://discord.test"
    async with (
        encrypted(ports[0], certificates.server) as discord,
        encrypted(ports[1], certificates.server) as model,
        proxy_rig(
            {"discord.test": discord, "model.test": model},
            credentials=credentials,
            encryption=certificates.server if tls else None,
        ) as proxy,
    ):
        yield proxy


def says(town: Town, what: str) -> bool:
    """Return whether the log says it."""
    return what in town.log.read_text()


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
async def test_discord_its_gateway_and_the_model_are_reached_by_the_proxy(
    town: Town, bot: StartedBot, certificates: Certificates, name: str
) -> None:
    """With the password in its address, which is never logged; and the authority in SSL_CERT_FILE is trusted by all of them.

    The gateway's WebSocket too (aio-libs/aiohttp#4648).
    """
    async with behind_a_proxy(town, certificates, credentials="me:hunter2") as proxy:
        with_password = proxy.url.replace("://", "://me:hunter2@")
        await bot.start(variables={**BEHIND, name: with_password, "SSL_CERT_FILE": str(certificates.authority)})
        await answers(town)
        assert set(proxy.seen) == {"CONNECT discord.test:443", "CONNECT model.test:443"}
        assert proxy.seen.count("CONNECT discord.test:443") > 1, "the gateway has a connection of its own"
        assert not proxy.refused
    assert "hunter2" not in town.log.read_text()


async def test_a_proxy_may_be_spoken_to_by_tls_and_authorities_stand_in_a_folder(
    town: Town, bot: StartedBot, certificates: Certificates, tmp_path: Path
) -> None:
    """TLS within TLS; OpenSSL finds a certificate in a folder by the hash of its subject."""
    folder = tmp_path / "authorities"
    folder.mkdir()
    (folder / f"{subject_hash(certificates.authority)}.0").symlink_to(certificates.authority)
    async with behind_a_proxy(town, certificates, tls=True) as proxy:
        await bot.start(variables={**BEHIND, "HTTPS_PROXY": proxy.url, "SSL_CERT_DIR": str(folder)})
        await answers(town)
        assert proxy.hosts() == {"discord.test", "model.test"}


def subject_hash(certificate: Path) -> str:
    """Return the name under which OpenSSL looks for a certificate."""
    import subprocess  # noqa: PLC0415

    asked = ["openssl", "x509", "-in", str(certificate), "-noout", "-subject_hash"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


async def test_what_is_not_encrypted_goes_by_its_own_proxy(town: Town, bot: StartedBot) -> None:
    """The gateway's socket too, by a password as well."""
    ports = {
        "discord.test": urlsplit(town.discord.rest_url).port or 0,
        "model.test": urlsplit(town.model.base_url).port or 0,
    }
    town.discord.world.base_url = "http://discord.test"
    async with proxy_rig(ports, credentials="me:hunter2") as proxy:
        plain = {name: url.replace("https", "http") for name, url in BEHIND.items()}
        await bot.start(variables={**plain, "HTTP_PROXY": proxy.url.replace("://", "://me:hunter2@")})
        await answers(town)
        assert proxy.hosts() == {"discord.test", "model.test"}
        assert any("/gateway" in one for one in proxy.seen)
        assert not proxy.refused
    assert "hunter2" not in town.log.read_text()


async def test_this_machine_and_what_is_excepted_is_reached_directly(town: Town, bot: StartedBot) -> None:
    """A proxy that leads nowhere does no harm to them."""
    await bot.start(variables={"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"})
    await answers(town)


async def test_variables_in_env_count_as_those_of_the_environment(
    town: Town, bot: StartedBot, certificates: Certificates, tmp_path: Path
) -> None:
    """Proxies and authorities may stand in `.env`, with `~`, like all settings."""
    authority = tmp_path / "authority.pem"
    async with behind_a_proxy(town, certificates) as proxy:
        (tmp_path / ".env").write_text(f"SSL_CERT_FILE=~/{authority.name}\nHTTPS_PROXY={proxy.url}\n")
        checkout = str(Path(__file__).parents[2])
        variables = {**BEHIND, "HOME": str(tmp_path), "PYTHONPATH": checkout}
        await bot.start(variables=variables, cwd=tmp_path)
        await answers(town)
        assert proxy.hosts() == {"discord.test", "model.test"}


async def test_an_unreachable_discord_is_said_once_with_address_and_cause(
    town: Town, bot: StartedBot, certificates: Certificates
) -> None:
    """Nobody listens; the certificate is not trusted; the proxy wants a password, or is not there."""
    async with behind_a_proxy(town, certificates, credentials="me:hunter2") as proxy:
        for variables, said in (
            ({"DISCORD_REST_URL": "http://127.0.0.1:9/api/v10"}, "url='http://127.0.0.1:9/api/v10' cause='Connection refused'"),
            (
                {**BEHIND, "HTTPS_PROXY": proxy.url.replace("://", "://me:hunter2@")},
                f"url='https://discord.test/api/v10' proxy='{proxy.url}' cause='its certificate is not trusted: ",
            ),
            (
                {**BEHIND, "HTTPS_PROXY": proxy.url.replace("://", "://me:hunter3@")},
                f"proxy='{proxy.url}' cause='the proxy answered with status 407'",
            ),
            (
                {**BEHIND, "HTTPS_PROXY": "http://me:hunter2@127.0.0.1:9"},
                "proxy='http://127.0.0.1:9' cause='the proxy: Connection refused'",
            ),
        ):  # fmt: skip
            process = await bot.start(ready=False, variables=variables)
            await town.until(partial(says, town, said))
            process.terminate()
            assert await bot.ended() == 0
    assert "hunter" not in town.log.read_text()
