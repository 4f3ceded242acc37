"""The TLS settings of every encrypted connection, to Discord and to the models' server.

The certificate authorities that this machine trusts are trusted. `SSL_CERT_FILE` (a file) and `SSL_CERT_DIR` (a folder) name
others instead; OpenSSL reads both variables.
"""

import ssl
from functools import cache


@cache
def tls_context() -> ssl.SSLContext:
    """Return the one TLS context of the process. It is shared because reading the authorities takes 30 ms and a megabyte."""
    return ssl.create_default_context()
