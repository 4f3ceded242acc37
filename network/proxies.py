"""Which proxy a connection goes by: what HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY say, in capitals or not.

Every client in the process gets its proxy from here, so that Discord and the models go the same way. The libraries that read these
variables themselves differ: aiohttp knows no ALL_PROXY and sends what `~/.netrc` says, httpx2 knows no networks in NO_PROXY.

* A name in small letters wins over the same in capitals, as in curl and in Python.
* `https` and `wss` addresses go by HTTPS_PROXY, `http` and `ws` ones by HTTP_PROXY; where that is not set, by ALL_PROXY.
* This machine's own addresses never go by a proxy, and neither does what NO_PROXY lists: hosts with all below them, `host:port`,
  addresses, networks such as `10.0.0.0/8`, or `*` for everything.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

_SCHEMES: Final[Mapping[str, str]] = {
    "http": "HTTP_PROXY",
    "ws": "HTTP_PROXY",
    "https": "HTTPS_PROXY",
    "wss": "HTTPS_PROXY",
}
_CHARS_MAX: Final = 100
"""What is quoted of a value that is none; enough to find it."""

_PORTS: Final[Mapping[str, int]] = {"http": 80, "ws": 80, "https": 443, "wss": 443}


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """A proxy. `url` may contain a user's name and password; `shown` is its address without them, for the log."""

    url: str = field(repr=False)
    shown: str


@dataclass(frozen=True, kw_only=True)
class Proxies:
    """The proxies by the variable that names them, and what does not go by one."""

    by_name: Mapping[str, Proxy] = field(default_factory=dict)
    exceptions: tuple[str, ...] = ()

    def for_url(self, url: str) -> Proxy | None:
        """Return the proxy by which an address is reached; None when it is reached directly."""
        parts = urlsplit(url)
        proxy = self.by_name.get(_SCHEMES[parts.scheme]) or self.by_name.get("ALL_PROXY")
        if proxy is None or _is_this_machine(parts.hostname or "") or self._is_excepted(parts):
            return None
        return proxy

    def _is_excepted(self, parts: SplitResult) -> bool:
        host, port = (parts.hostname or "").rstrip("."), parts.port or _PORTS[parts.scheme]
        return any(_fits(exception, host, port) for exception in self.exceptions)


def read_proxies(env: Mapping[str, str]) -> Proxies:
    """Return what the variables say.

    :raises ValueError: one of them is no proxy's address; the message is a sentence with its name, without a password
    """
    by_name = {}
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        written = _value(env, name)
        if written:
            by_name[name] = _proxy(name, written)
    exceptions = tuple(one.lower() for one in re.split(r"[,\s]+", _value(env, "NO_PROXY")) if one)
    return Proxies(by_name=by_name, exceptions=exceptions)


def refuse_unusable(proxies: Proxies, url: str) -> None:
    """Refuse a proxy for an address that no client here can use. It is no mistake to have one: other programs may use it.

    :raises ValueError: a sentence with the proxy's address
    """
    proxy = proxies.for_url(url)
    if proxy is not None and urlsplit(proxy.url).scheme not in ("http", "https"):
        raise ValueError(
            f"the proxy {proxy.shown} is for {urlsplit(url).hostname}, and only http:// and https:// proxies can be used."
            " Name one in HTTPS_PROXY, or the host in NO_PROXY, and start again."
        )


def _value(env: Mapping[str, str], name: str) -> str:
    return env.get(name.lower(), env.get(name, "")).strip().strip("\"'")


def _proxy(name: str, written: str) -> Proxy:
    url = written if "://" in written else f"http://{written}"
    shown = "a URL with a password" if "@" in written else f"'{written[:_CHARS_MAX]}'"
    remedy = "Write http://host:port, or leave it away, and start again."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{name} is {shown}, which is not a URL. {remedy}") from error
    has_hidden = any(one.isspace() or not one.isprintable() for one in url)
    if (
        has_hidden
        or not re.fullmatch(r"https?|socks[45][ah]?", parts.scheme)
        or not parts.hostname
        or parts.path.strip("/")
    ):
        raise ValueError(f"{name} is {shown}, which is no proxy's address. {remedy}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Proxy(url=url, shown=f"{parts.scheme}://{host}{f':{port}' if port else ''}")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _fits(exception: str, host: str, port: int) -> bool:
    if exception == "*":
        return True
    try:
        return ip_address(host) in ip_network(exception.strip("[]"), strict=False)
    except ValueError:
        pass  # one of them is a name
    name, _, of_port = exception.rpartition(":") if re.search(r":\d+$", exception) else (exception, "", "")
    name = name.strip("[]").removeprefix("*").strip(".")
    return (not of_port or int(of_port) == port) and bool(name) and (host == name or host.endswith(f".{name}"))
