"""Whom encrypted connections trust: the authorities that this machine trusts (`SSL_CERT_FILE` names others)."""

import ssl
from functools import cache


@cache
def tls_context() -> ssl.SSLContext:
    """Return the one context of the process: reading the authorities takes 30 ms and a megabyte each time."""
    return ssl.create_default_context()
