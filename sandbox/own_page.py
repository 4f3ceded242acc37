"""Keeps the web pages of other sites away from the sandbox's servers, which listen on this machine alone.

Any page that a browser shows may send requests to 127.0.0.1. Two headers that a page cannot choose tell them apart:
`Host` (RFC 9110, section 7.2) is the name in the address bar, so a name that was rebound to 127.0.0.1 ("DNS rebinding")
shows there; `Origin` (RFC 6454, section 7) is the site of the page that sends a request or opens a WebSocket. Programs
send no `Origin`.
"""

from typing import Final

from aiohttp import web

LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost")
"""What a browser on this machine may call a server that listens on 127.0.0.1."""


def complaint_about_sender(request: web.Request) -> str | None:
    """Return why a request is not to be answered, as a sentence for its sender; None when it comes from here.

    A request is refused with status 403 unless its `Host` is a loopback name with the very port that it arrived at,
    and its `Origin`, if it has one, is the page of that same address.
    """
    if request.transport is None:
        return "the connection is gone"
    port = request.transport.get_extra_info("sockname")[1]
    hosts = [host.lower() for host in request.headers.getall("Host", [])]
    if len(hosts) != 1 or hosts[0] not in {f"{name}:{port}" for name in LOOPBACK_NAMES}:
        return "this server is for this machine alone"
    if any(origin.lower() != f"http://{hosts[0]}" for origin in request.headers.getall("Origin", [])):
        return "another site's page may not use this server"
    return None
