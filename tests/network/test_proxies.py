"""Which connections go by which proxy, and which values of the variables are refused."""

import re

import pytest

from network.proxies import Proxies, read_proxies, refuse_unusable
from settings.errors import ConfigurationError
from settings.settings import read
from tests.settings.test_settings import TOKEN

DISCORD, GATEWAY = "https://discord.com/api/v10", "wss://gateway-us-east1-b.discord.gg"


def way(url: str, **env: str) -> str | None:
    """Return the address of the proxy by which a URL is reached."""
    proxy = read_proxies(env).for_url(url)
    return None if proxy is None else proxy.url


def test_the_scheme_chooses_the_variable() -> None:
    """A gateway's socket goes the way of HTTPS; ALL_PROXY is for what has no variable of its own."""
    every = {"HTTP_PROXY": "http://plain:1", "HTTPS_PROXY": "http://secure:2", "ALL_PROXY": "http://all:3"}
    assert way("http://example.org/v1", **every) == way("ws://example.org", **every) == "http://plain:1"
    assert way(DISCORD, **every) == way(GATEWAY, **every) == "http://secure:2"
    assert way(DISCORD, HTTP_PROXY="http://plain:1", ALL_PROXY="http://all:3") == "http://all:3"
    assert way(DISCORD, HTTP_PROXY="http://plain:1") is None
    assert way(DISCORD) is None


def test_small_letters_win() -> None:
    """Also where they say that there is none: `https_proxy= causerie run`."""
    assert way(DISCORD, HTTPS_PROXY="http://capitals:1", https_proxy="http://small:1") == "http://small:1"
    assert way(DISCORD, HTTPS_PROXY="http://capitals:1", https_proxy="") is None
    assert way(DISCORD, https_proxy="http://small:1", no_proxy="discord.com") is None


def test_an_address_without_a_scheme_is_an_http_proxys() -> None:
    """As curl reads it."""
    assert way(DISCORD, HTTPS_PROXY="proxy.example.org:3128") == "http://proxy.example.org:3128"
    assert way(DISCORD, HTTPS_PROXY=' "http://proxy.example.org:3128/" ') == "http://proxy.example.org:3128/"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8080/v1",
        "http://a.localhost/v1",
        "http://127.0.0.1:1/v1",
        "http://127.8.9.10/v1",
        "http://[::1]:1/v1",
    ],
)
def test_this_machine_is_reached_directly(url: str) -> None:
    """No proxy elsewhere could reach it."""
    assert way(url, ALL_PROXY="http://all:3") is None


@pytest.mark.parametrize(
    ("exceptions", "direct"),
    [
        ("*", True),
        ("discord.com", True),
        (".discord.com", True),
        ("*.discord.com", True),
        ("com", True),
        ("DISCORD.com", True),
        ("discord.com:443", True),
        ("example.org, discord.com", True),
        ("example.org discord.com", True),
        ("discord.com:80", False),
        ("iscord.com", False),
        ("api.discord.com", False),
        ("10.0.0.0/8", False),
        (",,", False),
        ("[", False),
        ("..", False),
    ],
)
def test_what_is_excepted_is_reached_directly(exceptions: str, direct: bool) -> None:
    """Hosts with everything below them, with a port or without (NousResearch/hermes-agent#107153)."""
    assert (way(DISCORD, ALL_PROXY="http://all:3", NO_PROXY=exceptions) is None) == direct


def test_addresses_and_networks_are_excepted() -> None:
    """Both versions of the Internet Protocol can be excepted."""
    for exceptions in ("10.1.2.3", "10.0.0.0/8", "10.1.2.3:8080"):
        assert way("http://10.1.2.3:8080/v1", ALL_PROXY="http://all:3", NO_PROXY=exceptions) is None
    for exceptions in ("fd00::1", "[fd00::1]", "fd00::/8"):
        assert way("http://[fd00::1]:8080/v1", ALL_PROXY="http://all:3", NO_PROXY=exceptions) is None
    assert way("http://11.1.2.3:8080/v1", ALL_PROXY="http://all:3", NO_PROXY="10.0.0.0/8") is not None


@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"])
@pytest.mark.parametrize(
    "value",
    [
        "ftp://proxy:21",
        "http://",
        "http://proxy:99999",
        "http://proxy:port",
        "http://[::1",
        "http://two words:1",
        "http://proxy:1/path",
        "http://pro\nxy:1",
        "http://me:hunter2@",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_proxys_address_is_refused(name: str, value: str) -> None:
    """By name, in one line, without the password."""
    with pytest.raises(ConfigurationError, match=f"^{name.upper()} is ") as refused:
        read({"DISCORD_TOKEN": TOKEN, name: value})
    said = str(refused.value)
    assert said.isprintable()
    assert "hunter2" not in said


def test_a_proxy_of_another_kind_is_refused_where_it_would_be_used() -> None:
    """Desktops set all three variables; the SOCKS proxy in ALL_PROXY is then for other programs."""
    socks = "socks5://me:hunter2@proxy:1080"
    with pytest.raises(
        ConfigurationError, match=re.escape("The proxy socks5://proxy:1080 is for discord.com, and only")
    ):
        read({"DISCORD_TOKEN": TOKEN, "ALL_PROXY": socks})
    read({"DISCORD_TOKEN": TOKEN, "ALL_PROXY": socks, "HTTPS_PROXY": "http://proxy:1081"})
    read({"DISCORD_TOKEN": TOKEN, "ALL_PROXY": socks, "NO_PROXY": "discord.com, api.openai.com"})
    refuse_unusable(Proxies(), DISCORD)


def test_a_proxys_password_is_not_in_what_is_printed_of_it() -> None:
    """Neither the proxy's nor that of the settings that hold it."""
    settings = read({"DISCORD_TOKEN": TOKEN, "HTTPS_PROXY": "http://me:hunter2@[fd00::1]:3128"})
    assert "hunter2" not in repr(settings.proxies)
    proxy = settings.proxies.for_url(DISCORD)
    assert proxy is not None
    assert (proxy.url, proxy.shown) == ("http://me:hunter2@[fd00::1]:3128", "http://[fd00::1]:3128")
